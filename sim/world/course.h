/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of links that take their time: ramps (`set ... over`) and traces, which are series of steps read
 * from a file. A ramp goes from the values that a link has when it begins to those of the event, in equal
 * steps, of which there are at most 100 and none shorter than 1 ms; the last one is there when its time is
 * over. A rate of 0, which is no limit, is not on the way to anything: such a ramp changes the rate at its
 * end.
 *
 * Whatever changes the same parameter of the same links later ends, for that parameter, what is under way.
 */
#ifndef SIM_WORLD_COURSE_H
#define SIM_WORLD_COURSE_H

#include "core/roam.h"
#include "sim/fault.h"
#include "sim/ns3/ns3.h"
#include "sim/scenario/scenario.h"

#include <stdint.h>

typedef struct courses courses;

/* Changes the link of a node in a network, or of all and those to come when node is SCENARIO_NONE. Errors are
 * told to the fault. */
typedef int course_apply_fn(void *ctx, uint32_t node, uint32_t network, scenario_direction direction,
                            uint32_t changes, const scenario_link *link);

typedef struct courses_options {
    n3_world *n3;
    fault_latch *fault; /* must outlive it */
    course_apply_fn *apply;
    void *ctx;
} courses_options;

/* NULL when out of memory. */
courses *courses_new(const courses_options *options);
void courses_free(courses *self); /* NULL is fine */

/* Begins a ramp: a set event with over_ns. up and down: what the links have now. Errors: world_error_code,
 * with the text in the fault. */
ROAM_CHECKED int courses_ramp(courses *self, const scenario_event *event, const scenario_link *up,
                              const scenario_link *down, uint64_t now_ns);

/* Begins a trace event. Errors: as courses_ramp. */
ROAM_CHECKED int courses_trace(courses *self, const scenario_event *event, uint64_t now_ns);

/* Something else sets these parameters. */
void courses_interrupt(const courses *self, const scenario_event *event);

#endif
