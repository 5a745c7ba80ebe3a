/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An IP host: several access networks at a time, each attachment with an address of its own, and UDP sockets,
 * which are roam adapters. It does not read the payload of datagrams.
 */
#ifndef SIM_NET_HOST_H
#define SIM_NET_HOST_H

#include "core/roam.h"
#include "sim/net/internet.h"
#include "sim/net/network.h"
#include "sim/run_error.h"
#include "sim/tap/observer_set.h"

#include <stdbool.h>
#include <stdint.h>

#define HOST_EPHEMERAL_FIRST 49152u /* RFC 6335 section 6: dynamic ports, to 65535 */

typedef struct host host;

/* A datagram came in for adapter; it is valid during the call, in which the adapter may be freed. */
typedef void host_receive_fn(void *ctx, roam_adapter *adapter, const roam_datagram *datagram,
                             uint64_t now_ns);

/* An ICMP error came in that quotes a datagram of adapter, and is valid during the call. */
typedef void host_error_fn(void *ctx, roam_adapter *adapter, const icmp_error *error, uint64_t now_ns);

typedef struct host_options {
    n3_world *n3;
    internet *internet;
    const observer_set *observers; /* these, and error, must outlive the host */
    run_error *error;              /* set when frames run out */
    const char *name;
    uint32_t node;         /* scenario index */
    uint16_t ports_except; /* never given out as an ephemeral port; 0 for none */
    host_receive_fn *receive;
    host_error_fn *receive_error; /* NULL: errors are ignored */
    void *receive_ctx;
} host_options;

/* Errors: run_error_code, with the text in the run_error; the same for all functions here unless they say. */
ROAM_CHECKED int host_new(const host_options *options, host **out);

/* Its adapters must have been freed before (asserted). NULL is fine. */
void host_free(host *self);

/* The host gets a new address and a new link there. The network must outlive the host. Refusals: ATTACHED,
 * NO_ADDRESS. */
ROAM_CHECKED int host_attach(host *self, network *on, uint64_t now_ns, roam_addr *address);

/* The host gets one more address there, on the same link. It takes precedence over those that it has there;
 * the latest of them is deprecated (RFC 8981 section 3.4, RFC 4862 section 5.5.4), which sockets bound to it
 * do not notice, until host_withdraw_deprecated at until_ns, which is later than now. Refusals: NOT_ATTACHED,
 * NO_ADDRESS. */
ROAM_CHECKED int host_replace_address(host *self, network *on, uint64_t until_ns, uint64_t now_ns,
                                      roam_addr *address);
/* The deprecated addresses there whose time has come are gone; adapters bound to them stay open and can send
 * no more. */
void host_withdraw_deprecated(host *self, const network *on, uint64_t now_ns);

/* The addresses there and the link are gone; adapters bound to them stay open and can send no more. Refusal:
 * NOT_ATTACHED. */
ROAM_CHECKED int host_detach(host *self, network *on, uint64_t now_ns);

bool host_is_on(const host *self, const network *on);

/* The realm of an address that the host has now; NULL when it has not. */
address_realm *host_realm(const host *self, const roam_addr *addr);

/* The address the host has in the network now, of several the latest, or had last. False when it never had
 * one. */
bool host_address(const host *self, const network *on, roam_addr *out);

/* The addresses the host has now, in the order of attachment, and the latest of a network first; false when
 * there are not so many. */
bool host_attached(const host *self, size_t number, roam_addr *out);

/* The address, whatever its port, is one the host has now. */
bool host_has(const host *self, const roam_addr *addr);

/* Changes, in one direction or both, those fields of the host's link in that network that changes names; they
 * stay changed over later attachments. SCENARIO when the delays of a p2p link would differ. */
ROAM_CHECKED int host_set_link(host *self, network *on, scenario_direction direction, uint32_t changes,
                               const scenario_link *values);
/* The same, if the host has state for that network (host_has_been_on); otherwise a later attachment takes the
 * network's.
 */
ROAM_CHECKED int host_follow_network(host *self, network *on, scenario_direction direction, uint32_t changes,
                                     const scenario_link *values);
/* The parameters of the host's link there, now or when it attaches. */
void host_get_link(const host *self, const network *on, scenario_link *up, scenario_link *down);

/* Until undone, over later attachments too. */
ROAM_CHECKED int host_set_down(host *self, network *on, bool down);
ROAM_CHECKED int host_set_blackhole(host *self, network *on, scenario_direction direction, bool black);

/* Over later attachments too. */
ROAM_CHECKED int host_set_mtu(host *self, network *on, const scenario_mtu *mtu);
/* It has or had an attachment there, or something was set. */
bool host_has_been_on(const host *self, const network *on);

/* Faults aimed at single packets (impair.h), of one or both directions; a rule must outlive the host. With
 * NULL all of them end. */
ROAM_CHECKED int host_begin_fault(host *self, network *on, scenario_direction direction,
                                  const scenario_impair *rule);
void host_end_fault(const host *self, const network *on, scenario_direction direction,
                    const scenario_impair *rule);

/* The host is suspended: what comes to it is dropped (OBSERVER_DROP_SUSPENDED), and it sends nothing. */
void host_suspend(host *self, bool suspended);
bool host_is_suspended(const host *self);

/* The link that the host has there, if it has one, keeps its packets until then (access_hold). */
ROAM_CHECKED int host_hold(host *self, const network *on, scenario_direction direction, uint64_t until_ns);

/* The host walks on a network of wifi; on any other it is an error of the simulator. Refusal: NOT_ATTACHED.
 */
ROAM_CHECKED int host_walk(host *self, network *on, const scenario_walk *walk);

/* No socket can be opened there, as when the system does not permit it, until undone; over later attachments
 * too. */
ROAM_CHECKED int host_set_refused(host *self, network *on, bool refused);

/*
 * Opens a UDP socket. local: ROAM_FAMILY_NONE chooses the address attached last that has the family of
 * remote, and of several attached at one time the first; port 0 chooses 49152, 49153, ... whichever is next
 * and free. Errors, as open_adapter of roam.h: ADDRESS_NOT_LOCAL, NO_ROUTE (no address of that family to
 * choose), ADDRESS_REFUSED, ADDRESS_IN_USE, LIMIT, NO_MEMORY.
 */
ROAM_CHECKED int host_open(host *self, const roam_addr *local, const roam_addr *remote, roam_adapter **out);

/* The link of the host's attachment to that network, or, with SCENARIO_NONE, of its first one, that has an
 * address of that family; NULL: there is none. */
access_link *host_link(const host *self, uint32_t network_index, roam_family family);

/* Opens a UDP socket at an address of the host that is none of a link's: what it sends leaves over that link
 * (host_link), from that address, and the link of that network brings what comes to it. When the socket is
 * open, it is bound to the link that there is now, and *out is NULL. Errors: NO_ROUTE, LIMIT, NO_MEMORY. */
ROAM_CHECKED int host_open_service(host *self, const roam_addr *service, uint32_t network_index,
                                   roam_adapter **out);

/* A hook that sees, and may change, what a host sends. Either function may be NULL. */
typedef struct host_hook {
    void *ctx;
    /* The host hands a datagram to its link. */
    void (*leaving)(void *ctx, const ip_datagram *datagram, uint64_t now_ns);
    /* A datagram has come to the far end of the host's link, and goes on as the call leaves it. */
    void (*passing)(void *ctx, n3_frame *frame, uint64_t now_ns);
} host_hook;

/* In place of the one before. Over later attachments too. */
void host_set_hook(host *self, const host_hook *watch);

/* Sends a datagram as it stands, whatever its source address, over the attachment that came first of those of
 * its family. 0 or ROAM_ERR_ADAPTER. */
int host_inject(host *self, const ip_datagram *datagram, uint64_t now_ns);

/* Sends a datagram over the attachment that has its source. 0 or an error of the adapters' send; NO_ROUTE:
 * there is none. */
int host_send_from(host *self, const ip_datagram *datagram, uint64_t now_ns);

/* Sends through an adapter of host_open, as the core does: 0 or ROAM_ERR_ADAPTER. */
int host_send(const roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);

/* Of the host's links in that network, all attachments added up. */
access_counts host_count(const host *self, const network *on, bool up);

#endif
