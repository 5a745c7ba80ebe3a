/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User streams of one connection: QUIC streams that belong to the application, bidirectional ones and, in the
 * raw protocol, all.
 *
 * In the dist protocol a user stream begins, in its opener's direction, with the type 1, the priority, the
 * length of the tag (varints) and the tag; all bytes after that, and all bytes of the other direction, are
 * the application's. In the raw protocol there is nothing before them.
 */
#ifndef CORE_STREAMS_USER_STREAM_H
#define CORE_STREAMS_USER_STREAM_H

#include "core/map.h"
#include "core/streams/owner.h"

typedef struct core_user_streams {
    const core_streams_owner *owner;
    core_map by_id; /* int64_t stream ID to core_stream */
    uint64_t early; /* bytes that overtook what brings the peer up */
} core_user_streams;

/* seed: a random one, for the map (core/map.h). */
void core_user_streams_init(core_user_streams *streams, const core_streams_owner *owner, uint64_t seed);
void core_user_streams_fini(core_user_streams *streams); /* also what is kept with those that are open */

typedef struct core_user_stream_options {
    core_span tag;
    uint8_t priority;
    bool unidirectional; /* raw protocol only */
} core_user_stream_options;

/* Errors as roam_stream_open, _send and _reset. */
ROAM_CHECKED int core_user_stream_open(core_user_streams *streams, const core_user_stream_options *options,
                                       roam_stream_id *out);
ROAM_CHECKED int core_user_stream_send(core_user_streams *streams, roam_stream_id id, core_span data,
                                       bool fin);
ROAM_CHECKED int core_user_stream_reset(core_user_streams *streams, roam_stream_id id);

/* The peer is up, and PEER_UP was delivered: reads what arrived before. */
core_reject core_user_streams_up(core_user_streams *streams);

/* Handlers of core_quic. */
core_reject core_user_stream_opened(core_user_streams *streams, core_stream *stream);
core_reject core_user_stream_data(core_user_streams *streams, core_stream *stream, core_span data, bool fin);
void core_user_stream_acked(core_user_streams *streams, core_stream *stream);
void core_user_stream_closed(core_user_streams *streams, core_stream *stream);

#endif
