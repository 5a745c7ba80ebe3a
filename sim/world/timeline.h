/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the dials of a scenario's peers and its timeline, each at its time. At one time dials come
 * first, then events, each in the file's order. Events that an instant starts (triggers.h) are handed to it.
 */
#ifndef SIM_WORLD_TIMELINE_H
#define SIM_WORLD_TIMELINE_H

#include "sim/net/nat_router.h"
#include "sim/net/network.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/event.h"
#include "sim/tap/observer_set.h"
#include "sim/world/attacker.h"
#include "sim/world/endpoint.h"

typedef struct timeline timeline;

typedef struct timeline_options {
    n3_world *n3;
    const scenario *scenario; /* all that is pointed to must outlive the timeline */
    network *networks;        /* both by scenario index */
    endpoint **endpoints;
    attackers *attackers;
    nat_router **nats; /* both by scenario index */
    balancer **balancers;
    const observer_set *observers;
    run_error *error;
} timeline_options;

/* Errors: run_error_code, with the text in the run_error. Later errors are set in the run_error. */
ROAM_CHECKED int timeline_new(const timeline_options *options, timeline **out);

/* An event of the core on a node (observer.core_event): reconnects wait for theirs. */
void timeline_core_event(const timeline *self, uint32_t node, uint32_t other, const roam_event *event,
                         uint64_t now_ns);

/* An event whose entry has `after` takes place. Errors are set in the run_error. */
void timeline_take(timeline *self, const scenario_event *event, uint64_t now_ns);

/* The scenario's steps that are still to come have become others (sim/scenario/variants.h). */
void timeline_follow(timeline *self);

/* The endpoints must be gone, because migrations under way refer to the timeline. NULL is fine. */
void timeline_free(timeline *self);

#endif
