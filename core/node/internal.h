/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of a node, which the modules of this room share. */
#ifndef CORE_NODE_INTERNAL_H
#define CORE_NODE_INTERNAL_H

#include "core/adapter.h"
#include "core/heap.h"
#include "core/map.h"
#include "core/outbox.h"
#include "core/quic/library.h"
#include "core/quic/quic.h"
#include "core/roam.h"

typedef struct core_connection core_connection;

/* A peer outlives its connections. */
typedef struct core_peer {
    roam_peer_id id;
    char name[ROAM_NAME_MAX + 1];
    core_connection *connection; /* the one in use: in handshake or up */
    roam_adapter *staged;        /* for the next migration; NULL: none */
    uint32_t ups;                /* PEER_UP events delivered */
    core_token token;            /* that the peer gave for the next dial; len 0: none */
    bool had_channel;            /* a connection was up at some time, and was not left on purpose */
    bool active;                 /* in the active view, on a node with membership */
} core_peer;

typedef struct core_pin {
    struct core_pin *next;
    char name[ROAM_NAME_MAX + 1];
    uint8_t key[ROAM_KEY_BYTES];
} core_pin;

struct roam_node {
    roam_node_options options;
    core_random random;
    const core_quic_library *library; /* NULL: ngtcp2, which the next four serve */
    core_tls_context *tls;
    uint8_t reset_secret[32], token_secret[32];
    core_used_tokens used_tokens;
    bool busy; /* inside roam_node_receive or roam_node_step */
    uint64_t now_ns;
    roam_adapter *receiving; /* library: the datagram under way came in on it */

    roam_adapter **listeners;
    size_t listener_count;
    roam_addr preferred[2]; /* of IPv4 and IPv6; of no family: none */

    core_peer **peers; /* index: id - 1 */
    size_t peer_count, peer_capacity;
    core_map peers_by_name;
    core_map pins_by_name;
    core_pin *pins;

    core_map connections_by_id; /* by connection ID */
    core_connection *connections;
    size_t connection_count;
    size_t half_open; /* accepted, and the handshake not completed */
    uint32_t connection_serial;
    core_heap timers; /* one a connection */
    uint64_t overdue; /* deadlines that a step could not serve */
    core_connection *dirty_first, *dirty_last;

    core_outbox outbox;
    const struct core_channel_hooks *channel_hooks; /* of the membership; NULL: there is none */
    roam_watchdog *watchdogs;
    size_t watchdog_count;
    struct core_round *rounds; /* of roam_migrate_all, under way */
};

/* The node's own adapter bound to that address, or NULL. */
roam_adapter *core_node_listener(const roam_node *node, const roam_addr *local);

/* Makes sure that one more timer can be set, besides the one that a membership has. NO_MEMORY. */
ROAM_CHECKED static inline int core_node_reserve_timer(roam_node *node)
{
    return core_heap_reserve(&node->timers, node->connection_count + node->watchdog_count + 2);
}

#endif
