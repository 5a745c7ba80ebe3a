/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load balancer in front of several servers, with direct server return: it gives a datagram to the link of
 * a server as it stands, and the server, which has the service's address too, answers from that. So both ends
 * of a connection see the same addresses, as with Maglev, Katran or anycast.
 *
 * By four-tuple: a datagram of a flow that is known (addresses and ports) goes to that flow's server. Another
 * one begins a flow, at the server with the highest hash of flow and server number (rendezvous hashing: when
 * a server is gone, its flows alone go elsewhere): core_hash_bytes over source address, source port,
 * destination port and number, each in network byte order, mixed by core_hash_mix. Of more than
 * BALANCER_FLOWS_MAX flows the least recently used one is forgotten.
 *
 * By connection ID (draft-ietf-quic-load-balancers, plaintext algorithm): the first three bits of the
 * destination connection ID are the configuration, the octet after the first one is the server's number. What
 * has another configuration or no such server, as the ID that a client chooses has, goes by four-tuple.
 *
 * By route (anycast): all that comes from a network goes to one server.
 *
 * A server that is drained begins no flows; one that is removed gets nothing, and its flows are forgotten.
 */
#ifndef SIM_NET_BALANCER_H
#define SIM_NET_BALANCER_H

#include "sim/net/access.h"
#include "sim/scenario/scenario.h"

#define BALANCER_FLOWS_MAX 65536u

typedef struct balancer balancer;

/* The link over which the server is reached now, or NULL. */
typedef access_link *balancer_link_fn(void *ctx, uint32_t node, roam_family family);

typedef struct balancer_options {
    const scenario *scenario; /* must outlive the balancer */
    uint32_t index;           /* of the scenario's balancers */
    balancer_link_fn *link;
    void *ctx;
} balancer_options;

/* NULL when out of memory. */
balancer *balancer_new(const balancer_options *options);
void balancer_free(balancer *self); /* NULL is fine */

/* Without a port. */
const roam_addr *balancer_address(const balancer *self);

/* Where a datagram to its address goes, that came from that network; NULL: nowhere. */
access_link *balancer_forward(balancer *self, const ip_datagram *datagram, uint32_t network);

/* What the verbs of the timeline do; server: its number among the balancer's. network: SCENARIO_NONE: all. */
void balancer_drain(balancer *self, uint32_t server);
void balancer_remove(balancer *self, uint32_t server);
void balancer_restore(balancer *self, uint32_t server);
void balancer_reroute(balancer *self, uint32_t server, uint32_t network);

#endif
