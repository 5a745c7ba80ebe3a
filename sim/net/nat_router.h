/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NAT of the scenario at run time, as a router that rewrites what passes it: nat.h on datagrams, with its
 * events for the observers. Routing is the caller's (internet.h), and so are the errors of ICMP that a NAT
 * sends.
 */
#ifndef SIM_NET_NAT_ROUTER_H
#define SIM_NET_NAT_ROUTER_H

#include "sim/nat/nat.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/tap/observer_set.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ip.h"

typedef struct nat_router nat_router;

typedef struct nat_router_options {
    n3_world *n3;
    const scenario *scenario; /* this, observers and error must outlive the nat_router */
    const observer_set *observers;
    run_error *error;
    uint32_t nat; /* index */
} nat_router_options;

/* Errors: run_error_code, with the text in the run_error. */
ROAM_CHECKED int nat_router_new(const nat_router_options *options, nat_router **out);
void nat_router_free(nat_router *self); /* NULL is fine */

const scenario_nat *nat_router_scenario(const nat_router *self);

/* A node behind the NAT has that address from now on, or no more: what its static mappings lead to. */
void nat_router_announce(nat_router *self, uint32_t node, const roam_addr *addr, bool attached);

/* An address outside that leads to the NAT's inside by its prefix (RFC 6296), and is no host's. */
bool nat_router_has_prefix(const nat_router *self, const roam_addr *addr);

/* A datagram from inside gets its external source; one from outside its internal destination. hairpin: it is
 * for an external address of this same NAT. OBSERVER_NOT_DROPPED, or why it does not pass. */
ROAM_CHECKED observer_drop nat_router_outward(nat_router *self, n3_frame *frame, const ip_datagram *datagram,
                                              bool hairpin, uint64_t now_ns);
ROAM_CHECKED observer_drop nat_router_inward(nat_router *self, n3_frame *frame, const ip_datagram *datagram,
                                             uint64_t now_ns);

/* An ICMP error is translated by the datagram that it quotes, which came through the NAT the other way (RFC
 * 5508 section 4.2); it makes and refreshes nothing. */
ROAM_CHECKED observer_drop nat_router_error_outward(nat_router *self, n3_frame *frame,
                                                    const icmp_error *error, uint64_t now_ns);
ROAM_CHECKED observer_drop nat_router_error_inward(nat_router *self, n3_frame *frame, const icmp_error *error,
                                                   uint64_t now_ns);

/* What the NAT answers a datagram with that it has dropped for that reason, and from which address. False:
 * with nothing; such a NAT has no icmp. */
bool nat_router_answers(const nat_router *self, observer_drop drop, icmp_kind *kind, roam_addr *from);

/* The external endpoint of an internal one towards a destination, which may answer from then on: as when the
 * host sends a datagram to it. False when the NAT refuses. */
ROAM_CHECKED bool nat_router_open(nat_router *self, const roam_addr *internal, const roam_addr *destination,
                                  uint64_t now_ns, roam_addr *external);

/* The actions of the timeline; subscriber NULL: of all. Each is reported to the observers. None but the last
 * two is for a NAT of kind nptv6. RUN_ERROR_MEMORY. */
ROAM_CHECKED int nat_router_shuffle(nat_router *self, nat_change change, const roam_addr *subscriber,
                                    uint64_t now_ns);
void nat_router_expire(nat_router *self, const roam_addr *subscriber, uint64_t now_ns);
void nat_router_make_stale(nat_router *self, nat_way way, const roam_addr *subscriber, uint64_t now_ns);
/* Of those towards these remote addresses alone. */
void nat_router_expire_towards(nat_router *self, const roam_addr *subscriber, const roam_addr *remotes,
                               size_t count, uint64_t now_ns);
/* Nothing passes until nat_router_start, and all bindings are lost. */
void nat_router_stop(nat_router *self, uint64_t now_ns);
void nat_router_start(nat_router *self);
bool nat_router_is_stopped(const nat_router *self);

/* The internal addresses (port 0) that have bindings, in the order of their bytes; the caller frees *out.
 * RUN_ERROR_MEMORY. */
ROAM_CHECKED int nat_router_subscribers(nat_router *self, uint64_t now_ns, roam_addr **out, size_t *count);

/* A number below bound, from the NAT's stream for the timeline. */
uint64_t nat_router_draw(nat_router *self, uint64_t bound);

nat_counts nat_router_count(nat_router *self, uint64_t now_ns);
/* As nat_next_binding; of one that only translates prefixes there are none. */
bool nat_router_next_binding(nat_router *self, uint64_t now_ns, uint32_t *cursor, nat_binding *out);

#endif
