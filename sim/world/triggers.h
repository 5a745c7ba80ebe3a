/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts the entries of a timeline that have `after` (sim/scenario/after.h): sees the instants for which they
 * wait, and hands their events over when their times have come, from there on.
 *
 * Instants of packets are seen where a datagram leaves its host, before anything can happen to it, and where
 * it comes to its host, before the endpoint reads it. Events are handed over by the clock, at the instant
 * itself for a delay of 0, but after all that the datagram or event caused at that time: a host has then
 * answered. Entries that one instant starts follow each other in the file's order.
 */
#ifndef SIM_WORLD_TRIGGERS_H
#define SIM_WORLD_TRIGGERS_H

#include "sim/scenario/after.h"
#include "sim/scenario/event.h"
#include "sim/tap/observer.h"
#include "sim/world/endpoint.h"

typedef struct triggers triggers;

typedef struct triggers_options {
    n3_world *n3;
    const scenario *scenario; /* all that is pointed to must outlive the triggers */
    endpoint *const *endpoints;
    run_error *error;
    /* The event takes place. */
    void (*take)(void *ctx, const scenario_event *event, uint64_t now_ns);
    void *ctx;
} triggers_options;

/* *out is NULL when no entry has `after`. Errors: run_error_code, with the text in the run_error. */
ROAM_CHECKED int triggers_new(const triggers_options *options, triggers **out);
void triggers_free(triggers *self); /* NULL is fine */

/* What must be one of the world's observers. */
observer triggers_observer(triggers *self);

#endif
