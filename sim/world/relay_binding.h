/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a node behind a NAT stays in reach of its relays, as clients of TURN and DERP servers do: from where it
 * listens it sends a keepalive to each of them, and to each of their ports of which it has got a signal
 * (relay_signal.h). The relay sends to the address where that comes from.
 */
#ifndef SIM_WORLD_RELAY_BINDING_H
#define SIM_WORLD_RELAY_BINDING_H

#include "sim/net/relay.h"
#include "sim/world/endpoint.h"

/* RFC 8445 section 11: the default of Tr, between two keepalives. */
#define RELAY_KEEPALIVE_NS UINT64_C(15000000000)

typedef struct relay_binding relay_binding;

typedef struct relay_binding_options {
    n3_world *n3;
    const scenario *scenario; /* all that is pointed to must outlive the object */
    endpoint *const *endpoints;
    host *host;
    run_error *error;
    uint32_t node; /* it listens */
} relay_binding_options;

/* *out is NULL for a node that needs none: no relay leads to it, or the scenario has no NAT. Errors:
 * run_error_code, with the text in the run_error. */
ROAM_CHECKED int relay_binding_new(const relay_binding_options *options, relay_binding **out);
void relay_binding_free(relay_binding *self); /* NULL is fine */

/* The node has begun to listen at an address: keepalives leave after the event under way. NULL is fine. */
void relay_binding_refresh(relay_binding *self, uint64_t now_ns);

/* A datagram came to the node. True when it was a signal of one of its relays. NULL is fine. */
bool relay_binding_receive(relay_binding *self, const roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns);

/* How a relay reaches the node that it serves for clients that send to an address and port of its own; *out
 * is set with RELAY_STRAIGHT. */
relay_reach relay_binding_reach(const scenario *whole, endpoint *const *endpoints, uint32_t by,
                                const roam_addr *from, roam_addr *out);

#endif
