/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dist protocol, roam-dist/1, on the streams of one connection.
 *
 *   control stream: the dialling end's bidirectional stream 0. Frames of type, length (varints), payload.
 *     TICK (2): nothing; asks for an acknowledgement.
 *     HELLO (1): version 1, longest message accepted (varints). Each end sends one, first of all.
 *     MEMBERSHIP (3): a message of the membership (core/node/channel.h).
 *     Frames of other types are skipped.
 *   data streams: unidirectional, up to 64 from each end. The type 0 (varint), and then
 * messages: payload length, key (varints), payload. All messages of a key go on one stream, so they stay in
 * order.
 *
 * Integers are variable-length integers of RFC 9000 section 16. Whatever does not follow this is answered
 * with ROAM_CLOSE_PROTOCOL; ROAM_CLOSE_FAILED: there is no memory for it.
 */
#ifndef CORE_STREAMS_DIST_H
#define CORE_STREAMS_DIST_H

#include "core/streams/owner.h"

#define CORE_DIST_STREAMS_MAX 64
#define CORE_DIST_FRAME_MAX 4096    /* bytes of a control frame's payload */
#define CORE_DIST_CONTROL_MAX 65536 /* bytes of the control stream that wait for an acknowledgement */

typedef struct core_dist {
    const core_streams_owner *owner;
    core_stream *control;
    core_stream *data[CORE_DIST_STREAMS_MAX]; /* ours; opened when first used */
    bool hello_received;
    uint64_t peer_max_message; /* bytes */
    uint64_t early;            /* bytes of messages that overtook the peer's HELLO */
    uint64_t queued;           /* bytes appended and not acknowledged, all data streams */
    bool blocked;              /* a send was refused; WRITABLE follows once there is room */
} core_dist;

void core_dist_init(core_dist *dist, const core_streams_owner *owner);

/* Opens the control stream and sends HELLO; the dialling end's part. NO_MEMORY, QUIC. */
ROAM_CHECKED int core_dist_begin(core_dist *dist);

/* Sends a TICK. NO_MEMORY. */
ROAM_CHECKED int core_dist_tick(core_dist *dist);

/* Sends a MEMBERSHIP frame. WOULD_BLOCK: the peer has not acknowledged CORE_DIST_CONTROL_MAX bytes of the
 * control stream; TOO_LARGE: over CORE_DIST_FRAME_MAX; NO_MEMORY. */
ROAM_CHECKED int core_dist_send_membership(core_dist *dist, core_span body);

/* Errors as roam_send. */
ROAM_CHECKED int core_dist_send(core_dist *dist, uint64_t key, core_span message);

/* Handlers of core_quic. */
core_reject core_dist_stream_opened(core_dist *dist, core_stream *stream);
core_reject core_dist_stream_data(core_dist *dist, core_stream *stream, const uint8_t *data, size_t len);
core_reject core_dist_stream_closed(core_dist *dist, core_stream *stream);
void core_dist_stream_acked(core_dist *dist, core_stream *stream);

/* Frees the readers of all streams of quic. */
void core_dist_fini(core_dist *dist);

#endif
