/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NAT of the scenario at run time, as a router that rewrites what passes it: nat.h on datagrams, told to
 * the observers. It does not know where datagrams come from or go to. There is no ICMP: what a NAT refuses is
 * dropped without a word to its sender.
 */
#ifndef SIM_NET_GATEWAY_H
#define SIM_NET_GATEWAY_H

#include "sim/fault.h"
#include "sim/nat/nat.h"
#include "sim/ns3/ns3.h"
#include "sim/tap/observer_set.h"
#include "sim/wire/ip.h"

typedef struct gateway gateway;

typedef struct gateway_options {
    n3_world *n3;
    const scenario *scenario; /* this, observers and fault must outlive the gateway */
    const observer_set *observers;
    fault_latch *fault;
    uint32_t nat; /* index */
} gateway_options;

/* Errors: world_error_code, with the text in the fault. */
ROAM_CHECKED int gateway_new(const gateway_options *options, gateway **out);
void gateway_free(gateway *self); /* NULL is fine */

uint32_t gateway_index(const gateway *self);
const scenario_nat *gateway_scenario(const gateway *self);

/* A datagram from inside gets its external source; one from outside its internal destination. hairpin: it is
 * for an external address of this same NAT. OBSERVER_NOT_DROPPED, or why it does not pass. */
ROAM_CHECKED observer_drop gateway_outward(gateway *self, n3_frame *frame, const ip_datagram *datagram,
                                           bool hairpin, uint64_t now_ns);
ROAM_CHECKED observer_drop gateway_inward(gateway *self, n3_frame *frame, const ip_datagram *datagram,
                                          uint64_t now_ns);

/* The external endpoint of an internal one towards a destination, which may answer from then on: what a host
 * achieves with a datagram to it. False when the NAT refuses. */
ROAM_CHECKED bool gateway_open(gateway *self, const roam_addr *internal, const roam_addr *destination,
                               uint64_t now_ns, roam_addr *external);

/* What the timeline asks for; subscriber NULL: of all. All are told to the observers. WORLD_ERR_MEMORY. */
ROAM_CHECKED int gateway_shuffle(gateway *self, nat_change change, const roam_addr *subscriber,
                                 uint64_t now_ns);
void gateway_expire(gateway *self, const roam_addr *subscriber, uint64_t now_ns);
/* Of those towards these remote addresses alone. */
void gateway_expire_towards(gateway *self, const roam_addr *subscriber, const roam_addr *remotes,
                            size_t count, uint64_t now_ns);
/* Nothing passes until gateway_start, and all bindings are lost. */
void gateway_stop(gateway *self, uint64_t now_ns);
void gateway_start(gateway *self);

/* The internal addresses (port 0) that have bindings, in the order of their bytes; the caller frees *out.
 * WORLD_ERR_MEMORY. */
ROAM_CHECKED int gateway_subscribers(gateway *self, uint64_t now_ns, roam_addr **out, size_t *count);

/* A number below bound, from the NAT's stream for the timeline. */
uint64_t gateway_draw(gateway *self, uint64_t bound);

nat_counts gateway_count(gateway *self, uint64_t now_ns);

#endif
