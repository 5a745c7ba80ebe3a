/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network of the scenario at run time: the addresses it has given out, and the links it gives from now on.
 */
#ifndef SIM_NET_NETWORK_H
#define SIM_NET_NETWORK_H

#include "core/roam.h"
#include "sim/ns3/ns3.h"
#include "sim/scenario/event.h"

#include <stdint.h>

/* Value. The timeline changes up, down and mtu; all else is for reading. */
typedef struct network {
    const scenario_network *scenario;
    uint32_t index;              /* of the scenario's networks */
    scenario_link up;            /* of links to come, from the host */
    scenario_link down;          /* to the host */
    scenario_mtu mtu;            /* likewise */
    struct address_realm *realm; /* where its hosts are; the world sets it */
    scenario_prefix prefix;      /* of its addresses, in the network's family */
    uint64_t given;              /* addresses given out of it so far */
    n3_medium *medium;           /* what the hosts share; NULL: not made yet, or each has a link of its own */
} network;

void network_init(network *self, const scenario *whole, uint32_t index);

/* The medium for a host's attachment (of that number, from 0): what the network's hosts share, made when it
 * is first asked for; a queue of its own, where the network has a discipline and its hosts do not share; NULL
 * when it has a plain link of its own. Errors: n3_status, those of n3_medium_new. */
ROAM_CHECKED int network_medium(network *self, n3_world *n3, const char *node, uint32_t attachment,
                                n3_medium **out);

/* Each attachment has such a queue of its own. */
bool network_divides_queues(const network *self);

/* A queue, shared or of one attachment, has the rates and limits of these links. Errors: n3_status, those of
 * n3_medium_set. */
ROAM_CHECKED int network_set_queue(n3_medium *queue, const scenario_link *up, const scenario_link *down);

/* up and down have changed: the queue that hosts share follows. Errors: n3_status, those of n3_medium_set. */
ROAM_CHECKED int network_follow(network *self);

/* The next address in the network's family, port 0: host number 1, 2, ... in its prefix, none twice. False
 * when the prefix is used up. */
ROAM_CHECKED bool network_next_address(network *self, roam_addr *out);

/* Addresses come from that prefix from now on, which is no other network's. */
void network_renumber(network *self, const scenario_prefix *prefix);

/* The address of its router, which is no host's: the highest but one of the prefix, port 0. */
roam_addr network_router_address(const network *self);

/* An address in the network's family that no host has or will have (host number 0 of the prefix), port 0. */
roam_addr network_vacant_address(const network *self);

#endif
