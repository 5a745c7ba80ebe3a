/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channels of a node as a membership sees them. A node without one reports a channel that comes up or
 * goes down as PEER_UP and PEER_DOWN; with one they are CHANNEL_UP and CHANNEL_DOWN, and the membership
 * decides who is a peer. */
#ifndef CORE_NODE_CHANNEL_H
#define CORE_NODE_CHANNEL_H

#include "core/node/internal.h"

/* What a membership gives a node: node->channel_hooks. The functions are called from inside of
 * roam_node_receive and roam_node_step, and may call all that a callback of the application may call. */
typedef struct core_channel_hooks {
    void *ctx;
    /* The channel can carry messages; CHANNEL_UP was delivered. */
    void (*up)(void *ctx, core_peer *peer, uint64_t now_ns);
    /* It is gone, or a dial has failed; CHANNEL_DOWN was delivered. how->down says why; ROAM_DOWN_REPLACED:
     * `up` follows at once. */
    void (*down)(void *ctx, core_peer *peer, const roam_event *how, uint64_t now_ns);
    /* A membership message came, from a peer whose channel is up. */
    core_reject (*message)(void *ctx, core_peer *peer, core_span body, uint64_t now_ns);
    /* The node is about to be freed. */
    void (*free)(void *ctx);
} core_channel_hooks;

/* ---- From the node ---- */

void core_channel_up(roam_node *node, core_peer *peer, uint64_t now_ns);
/* event: all but its kind. */
void core_channel_down(roam_node *node, core_peer *peer, const roam_event *event, uint64_t now_ns);
/* core_streams_owner.membership of a connection. */
core_reject core_channel_frame(void *owner, core_span body);

/* ---- For the membership ---- */

bool core_channel_is_up(const core_peer *peer);
/* A handshake with the peer is under way, or its channel is up. */
bool core_channel_exists(const core_peer *peer);
/* This node dialled it. */
bool core_channel_is_dialled(const core_peer *peer);
/* The Ed25519 public key with which the peer came up, ROAM_KEY_BYTES; NULL: it showed none, or is not up. */
const uint8_t *core_channel_key(const core_peer *peer);
/* The application uses it: user streams are open, or messages are not acknowledged yet. */
bool core_channel_is_in_use(const core_peer *peer);
/* Sends a membership message. Errors: NOT_CONNECTED, WOULD_BLOCK, TOO_LARGE, NO_MEMORY, those of
 * core_dist_send_membership. */
ROAM_CHECKED int core_channel_send(core_peer *peer, core_span body);

#endif
