/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a node of the scenario dials another: which addresses it takes, and why it cannot. */
#ifndef SIM_WORLD_DIALS_H
#define SIM_WORLD_DIALS_H

#include "sim/net/network.h"
#include "sim/run_error.h"
#include "sim/world/endpoint.h"

typedef struct dials {
    const scenario *scenario; /* all that is pointed to must outlive it */
    const network *networks;  /* both by scenario index */
    endpoint *const *endpoints;
    const observer_set *observers;
    run_error *error;
} dials;

/* A connection to be made. */
typedef struct dial_request {
    uint32_t dialer;
    uint32_t acceptor;
    uint32_t via;     /* SCENARIO_NONE: straight */
    uint32_t network; /* from the address there; SCENARIO_NONE: from the one that leads to the acceptor */
} dial_request;

/* Addresses that a dial takes. */
typedef struct dial_addresses {
    roam_addr remote;
    roam_addr relay;
    roam_addr local; /* ROAM_FAMILY_NONE: any */
} dial_addresses;

/* Where a relay takes datagrams in that family; false: nowhere. */
bool dials_relay_address(const dials *self, uint32_t relay, roam_family family, roam_addr *out);

/* What would be dialled now. 0, or the refusal that says why it cannot be; nothing is sent. Whether a NAT
 * that the acceptor is behind has a binding to give is not asked. */
ROAM_CHECKED int dials_find(const dials *self, const dial_request *wanted, dial_addresses *out);

/* Dials, and steps the dialler. 0, a refusal (refusal.h), or a run_error_code with the text in the run_error.
 */
ROAM_CHECKED int dials_dial(const dials *self, const dial_request *wanted, uint64_t now_ns);

#endif
