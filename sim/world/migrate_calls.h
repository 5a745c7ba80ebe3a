/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migrations that a scenario's timeline and its watchdogs call for: numbered, reported to the observers,
 * each with its one result. */
#ifndef SIM_WORLD_MIGRATE_CALLS_H
#define SIM_WORLD_MIGRATE_CALLS_H

#include "sim/net/network.h"
#include "sim/run_error.h"
#include "sim/scenario/event.h"
#include "sim/tap/observer_set.h"
#include "sim/world/endpoint.h"

typedef struct migrate_calls migrate_calls;

typedef struct migrate_calls_options {
    const scenario *scenario; /* all that is pointed to must outlive the migrate_calls */
    const network *networks;  /* both by scenario index */
    endpoint *const *endpoints;
    const observer_set *observers;
    run_error *error;
} migrate_calls_options;

/* NULL when out of memory. */
ROAM_CHECKED migrate_calls *migrate_calls_new(const migrate_calls_options *options);

/* The endpoints must be gone, because calls under way refer to it. NULL is fine. */
void migrate_calls_free(migrate_calls *self);

/* Carries out a migrate event: one connection, or each that is up. Errors: a refusal (refusal.h), or
 * run_error_code with the text in the run_error. */
ROAM_CHECKED int migrate_calls_call(migrate_calls *self, const scenario_event *event, uint64_t now_ns);

/* Carries out a watchdog event: the node is watched until it is restarted. Errors likewise. */
ROAM_CHECKED int migrate_calls_watch(migrate_calls *self, const scenario_event *event, uint64_t now_ns);

/* The endpoint of the node is gone, and with it the results of its calls. */
void migrate_calls_drop(migrate_calls *self, uint32_t node, uint64_t now_ns);

#endif
