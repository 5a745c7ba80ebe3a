/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a hostile member of an overlay says: membership messages (core/membership/wire.h) that no honest node
 * sends, on connections that are honest. They are written here byte by byte, because what core/ writes is
 * well-formed. Whatever a message pretends follows from the sender, the receiver and a number, so that a run
 * repeats.
 */
#ifndef SIM_WORLD_FORGER_H
#define SIM_WORLD_FORGER_H

#include "sim/run_error.h"
#include "sim/scenario/scenario.h"
#include "sim/world/endpoint.h"

typedef struct forger_options {
    const scenario *scenario;
    endpoint *const *endpoints; /* of all nodes */
} forger_options;

/* The event's node sends what the event says to each node with which its connection is up. 0, or a refusal:
 * the node is stopped. */
ROAM_CHECKED int forger_send(const forger_options *options, const scenario_event *event, uint64_t now_ns);

#endif
