/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of links that take their time: ramps (`set ... over`) and traces, which are series of steps read
 * from a file. A ramp goes from the values that a link has when it begins to those of the event, in equal
 * steps, of which there are at most 100 and none shorter than 1 ms; the last one is there when its time is
 * over. A rate of 0, which is no limit, cannot be approached in steps: such a ramp changes the rate at its
 * end.
 *
 * Whatever changes the same parameter of the same links later ends, for that parameter, what is under way.
 */
#ifndef SIM_WORLD_LINK_SCHEDULE_H
#define SIM_WORLD_LINK_SCHEDULE_H

#include "core/roam.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/event.h"

#include <stdint.h>

typedef struct link_schedules link_schedules;

/* Changes the link of a node in a network, or of all and those to come when node is SCENARIO_NONE. Errors are
 * set in the run_error. */
typedef int link_schedule_apply_fn(void *ctx, uint32_t node, uint32_t network, scenario_direction direction,
                                   uint32_t changes, const scenario_link *link);

typedef struct link_schedules_options {
    n3_world *n3;
    run_error *error; /* must outlive it */
    link_schedule_apply_fn *apply;
    void *ctx;
} link_schedules_options;

/* NULL when out of memory. */
link_schedules *link_schedules_new(const link_schedules_options *options);
void link_schedules_free(link_schedules *self); /* NULL is fine */

/* Begins a ramp: a set event with over_ns. up and down: what the links have now. Errors: run_error_code,
 * with the text in the run_error. */
ROAM_CHECKED int link_schedules_ramp(link_schedules *self, const scenario_event *event,
                                     const scenario_link *up, const scenario_link *down, uint64_t now_ns);

/* Begins a trace event. Errors: as link_schedules_ramp. */
ROAM_CHECKED int link_schedules_trace(link_schedules *self, const scenario_event *event, uint64_t now_ns);

/* Something else sets these parameters. */
void link_schedules_interrupt(const link_schedules *self, const scenario_event *event);

#endif
