/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reconnects that a scenario's timeline calls for: what an application does that does not migrate.
 *
 * A reconnect closes the connection (roam_hang_up) and dials the other end anew, from its address in the
 * network that is given, or from the one that leads there. A dial that fails is repeated RECONNECT_REST_NS
 * later. The result is ok when the new connection is up; timeout when it is not in time: the node then gives
 * up, and closes what it has begun; superseded when another reconnect with the same node is called;
 * adapter when it cannot dial at all: the address is gone, or no socket can be had.
 */
#ifndef SIM_WORLD_RECONNECT_CALLS_H
#define SIM_WORLD_RECONNECT_CALLS_H

#include "sim/ns3/ns3.h"
#include "sim/scenario/event.h"
#include "sim/tap/observer_set.h"
#include "sim/world/dials.h"

/* Less, and a peer that refuses would be asked again and again in one round trip. */
#define RECONNECT_REST_NS UINT64_C(100000000)

typedef struct reconnect_calls reconnect_calls;

typedef struct reconnect_calls_options {
    n3_world *n3;
    const dials *dials; /* this and the observers must outlive the reconnect_calls */
    const observer_set *observers;
} reconnect_calls_options;

/* NULL when out of memory. */
ROAM_CHECKED reconnect_calls *reconnect_calls_new(const reconnect_calls_options *options);

/* The endpoints must be gone, because they refer to it. NULL is fine. */
void reconnect_calls_free(reconnect_calls *self);

/* Carries out a reconnect event: one connection, or each of the node that is up and whose other end listens.
 * Errors: a refusal (refusal.h), and the old connection is as it was; or run_error_code with the text in the
 * run_error. */
ROAM_CHECKED int reconnect_calls_call(reconnect_calls *self, const scenario_event *event, uint64_t now_ns);

/* An event of the core on a node: a connection with the other one is up, or down. */
void reconnect_calls_event(const reconnect_calls *self, uint32_t node, uint32_t other,
                           const roam_event *event, uint64_t now_ns);

/* The endpoint of the node is gone, and with it the results of its calls. */
void reconnect_calls_drop(reconnect_calls *self, uint32_t node, uint64_t now_ns);

#endif
