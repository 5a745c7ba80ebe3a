/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of an endpoint: endpoint.c has its life, endpoint_peers.c what it does with its peers. */
#ifndef SIM_WORLD_ENDPOINT_INTERNAL_H
#define SIM_WORLD_ENDPOINT_INTERNAL_H

#include "sim/world/endpoint.h"
#include "sim/world/peer_table.h"
#include "sim/world/preferred.h"
#include "sim/world/quic_library.h"
#include "sim/world/relay_binding.h"

struct endpoint {
    endpoint_options options;
    const char *name;
    uint32_t
        end; /* node index: whom the traffic names, the node itself or the service that it is a server of */
    host *host;
    foreign *library;       /* of the node; NULL: the core's own QUIC, or stopped */
    const char *version;    /* of the library, also of one that is stopped; NULL: the core's own QUIC */
    roam_node *node;        /* NULL: stopped */
    relay *relay;           /* NULL: not running, or the node is none */
    relay_binding *binding; /* NULL: needs none, or not running */
    relay_path *relay_paths;
    const relay_path_options
        *dial_relay; /* while a dial goes through one; all but the addresses of its ends */
    n3_timer *timer;
    n3_random *random;
    peer_table peers;
    preferred_addresses preferred;
    member member;
    uint32_t connections;        /* of all nodes that this endpoint had */
    uint32_t connections_before; /* of earlier ones */
    uint64_t fired_ns;           /* of the timer */
    uint32_t fired_count;
    bool disable_active_migration;
    host_receive_fn *redirect; /* NULL: the core gets what comes */
    void *redirect_ctx;
};

/* A connection with another node is up; is down. The traffic is told, and of servers the services. */
void endpoint_connected(endpoint *self, roam_peer_id peer, uint32_t other, uint64_t now_ns);
void endpoint_disconnected(endpoint *self, uint32_t other, uint64_t now_ns);
/* The connection with that node is the one that counts: another server of the service may have one since. */
bool endpoint_has_traffic_of(const endpoint *self, uint32_t other);

/* A server takes what comes to the address of its service. Errors of host_open_service. */
ROAM_CHECKED int endpoint_open_service(endpoint *self, roam_adapter **out);

#endif
