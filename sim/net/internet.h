/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internet core: it joins all access links, without delay or loss of its own, and sends each datagram to
 * the link that has the destination address. NATs divide it into address realms (RFC 2663 section 2.1): the
 * internet itself, and a private one behind each NAT. A datagram for an address of its own realm goes there;
 * any other goes out through the realm's NAT. So nothing leads from outside to an address behind a NAT but
 * the NAT's bindings; an address behind a firewall (nat_options.transparent), and each that NPTv6 (RFC 6296)
 * translates, is reached from outside as far as the firewall lets it.
 */
#ifndef SIM_NET_INTERNET_H
#define SIM_NET_INTERNET_H

#include "sim/net/access.h"
#include "sim/net/balancer.h"
#include "sim/net/nat_router.h"
#include "sim/ns3/ns3.h"

typedef struct internet internet;
typedef struct address_realm address_realm;

/* Errors: n3_status. */
ROAM_CHECKED int internet_new(n3_world *n3, internet **out);
void internet_free(internet *self); /* NULL is fine */

n3_node *internet_node(const internet *self);

/* The realm of hosts that are behind no NAT. */
address_realm *internet_outside(internet *self);

/* A NAT between two realms: its addresses, which no other link or NAT has, are in `outer`; *inside is the
 * realm behind it. Takes the nat_router, also on failure. N3_ERR_MEMORY. */
ROAM_CHECKED int internet_add_nat(internet *self, nat_router *nat, address_realm *outer,
                                  address_realm **inside);

/* Routes the address of a balancer, which must outlive self, in the realm outside of all NATs. N3_ERR_MEMORY.
 */
ROAM_CHECKED int internet_add_balancer(internet *self, balancer *added);

/* Routes an address, which no other link or NAT has, to the link. It must stay where it is until
 * internet_remove, or the end. N3_ERR_MEMORY. */
ROAM_CHECKED int internet_add(const address_realm *in, access_link *link, const roam_addr *address);

/* That address of the link has no route from now on. */
void internet_remove(internet *self, const access_link *link, const roam_addr *address);

/* A node has an address there, or no more: for the static mappings of its NAT. */
void internet_announce(const address_realm *in, uint32_t node, const roam_addr *addr, bool attached);

/* The link that has the address (the port does not count), or NULL. */
access_link *internet_route(const internet *self, const roam_addr *addr);

/* An access_forward_fn; ctx is the realm of the link. Each router and NAT on the way decrements the TTL; a
 * datagram without a route, or one that a NAT refuses, is dropped at the link where it came from, and
 * answered where the NAT, or the network of that link, has icmp. */
void internet_forward(void *ctx, access_link *link, n3_frame *frame, uint64_t now_ns);

/* A router or a host of that realm answers a datagram with an ICMP error, from an address of its own. None is
 * answered that is no UDP datagram. */
typedef struct internet_answer {
    roam_addr from; /* family NONE: it answers nothing */
    icmp_kind kind;
    uint32_t mtu;
} internet_answer;

void internet_send_error(const address_realm *in, const internet_answer *answer, n3_frame *about,
                         uint64_t now_ns);

/* A partition begins for all realms that the internet joins: a datagram between networks of different sets is
 * dropped where it leaves the internet, when it has passed the NATs on its way (OBSERVER_DROP_PARTITION, at
 * the link where it came from). It must outlive the internet. N3_ERR_MEMORY. */
ROAM_CHECKED int internet_part(const address_realm *in, const scenario_partition *partition);
/* One that has begun ends. */
void internet_rejoin(const address_realm *in, const scenario_partition *partition);

/* One end of a connection to be: a UDP endpoint of a host. */
typedef struct internet_end {
    address_realm *in;
    roam_addr local;
} internet_end;

/*
 * Two hosts get each other's endpoints from a rendezvous server, and each sends a datagram to the endpoint of
 * the other, so that its NATs let the other in (RFC 8445's outcome; neither those datagrams nor the server's
 * are simulated). *out is where the dialler reaches the acceptor; for an acceptor that the dialler's NATs
 * lead to without that, its own endpoint. False when a NAT has no binding to give.
 */
ROAM_CHECKED bool internet_rendezvous(const internet_end *dialler, const internet_end *acceptor,
                                      uint64_t now_ns, roam_addr *out);

/* The acceptor is behind a NAT that the dialler is not behind. */
bool internet_needs_rendezvous(const address_realm *dialler, const address_realm *acceptor);

#endif
