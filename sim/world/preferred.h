/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that a listening node prefers (RFC 9000 section 9.6): those of its host on the networks that
 * the scenario names. */
#ifndef SIM_WORLD_PREFERRED_H
#define SIM_WORLD_PREFERRED_H

#include "core/roam.h"
#include "sim/net/network.h"

/* Value, by scenario_family; of no family: none now. */
typedef struct preferred_addresses {
    roam_addr at[2];
} preferred_addresses;

/* The host has that address on the network, and listens at it if the node does. */
void preferred_attached(preferred_addresses *self, const scenario_node *node, const network *on,
                        const roam_addr *address);
/* The node has added an adapter at that address: clients that dial it from now on are told. Errors of
 * roam_node_prefer. */
ROAM_CHECKED int preferred_listens(const preferred_addresses *self, roam_node *core,
                                   const roam_addr *address);
/* The port of a relay that leads to the preferred addresses of the node it serves, beside the one that leads
 * to where clients dial; 0: it has none. */
uint16_t preferred_relay_port(const scenario_node *served, uint16_t relay_port);
/* The host's address on the network is gone. core: NULL for a node that is stopped. */
void preferred_detached(preferred_addresses *self, roam_node *core, const scenario_node *node,
                        const network *on);

#endif
