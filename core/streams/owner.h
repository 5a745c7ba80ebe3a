/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dist protocol and the user streams of a connection need of their owner. */
#ifndef CORE_STREAMS_OWNER_H
#define CORE_STREAMS_OWNER_H

#include "core/outbox.h"
#include "core/quic/quic.h"

/* The pointers are set before the first stream is there, and what they point to outlives the streams. */
typedef struct core_streams_owner {
    core_quic *quic;
    const roam_node_options *options; /* the node's: limits, and the callbacks of messages and streams */
    core_outbox *outbox;              /* takes the events */
    roam_peer_id peer;                /* of the other end; known when the channel is up */
    bool up;                          /* PEER_UP was delivered */

    /* The peer's HELLO is there: the dist channel is up. Sets peer and up. */
    core_reject (*channel_up)(void *ctx);
    /* A membership frame came: its body. */
    core_reject (*membership)(void *ctx, core_span body);
    void *ctx;
} core_streams_owner;

#endif
