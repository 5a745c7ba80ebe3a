/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes with `redial` dial again: when a connection that they dialled is down, or a dial of theirs has failed
 * or was refused, after a time that grows from attempt to attempt until there is a connection. The times are
 * exact. A node that is stopped forgets what it was to dial; nothing is dialled at the scenario's duration or
 * after it.
 */
#ifndef SIM_WORLD_REDIALS_H
#define SIM_WORLD_REDIALS_H

#include "sim/ns3/ns3.h"
#include "sim/tap/observer_set.h"
#include "sim/world/dials.h"

typedef struct redials redials;

typedef struct redials_options {
    n3_world *n3;
    const dials *dials; /* this and what it points to must outlive the redials */
} redials_options;

/* NULL: out of memory. */
ROAM_CHECKED redials *redials_new(const redials_options *options);
void redials_free(redials *self); /* NULL is fine */

/* The timeline or the peers have dialled so; result: of dials_dial. It is dialled so again. */
void redials_dialled(redials *self, const dial_request *request, int result, uint64_t now_ns);

/* An event of the core on a node. */
void redials_event(redials *self, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns);

/* The endpoint of the node is gone. */
void redials_drop(redials *self, uint32_t node);

#endif
