/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migrations that a scenario's timeline and its watchdogs call for: numbered, told to the observers, each
 * with its one result. */
#ifndef SIM_WORLD_MIGRATIONS_H
#define SIM_WORLD_MIGRATIONS_H

#include "sim/fault.h"
#include "sim/net/network.h"
#include "sim/scenario/scenario.h"
#include "sim/tap/observer_set.h"
#include "sim/world/endpoint.h"

typedef struct migrations migrations;

typedef struct migrations_options {
    const scenario *scenario; /* all that is pointed to must outlive the migrations */
    const network *networks;  /* both by scenario index */
    endpoint *const *endpoints;
    const observer_set *observers;
    fault_latch *fault;
} migrations_options;

/* NULL when out of memory. */
ROAM_CHECKED migrations *migrations_new(const migrations_options *options);

/* The endpoints must be gone, because calls under way refer to it. NULL is fine. */
void migrations_free(migrations *self);

/* Carries out a migrate event: one connection, or each that is up. Errors: a refusal (refusal.h), or
 * world_error_code with the text in the fault. */
ROAM_CHECKED int migrations_call(migrations *self, const scenario_event *event, uint64_t now_ns);

/* Carries out a watchdog event: the node is watched until it is restarted. Errors likewise. */
ROAM_CHECKED int migrations_watch(migrations *self, const scenario_event *event, uint64_t now_ns);

/* The endpoint of the node is gone, and with it the results of its calls. */
void migrations_drop(migrations *self, uint32_t node, uint64_t now_ns);

#endif
