/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cross traffic that is not QUIC: packets that take room and time in a network's queue, or on its medium, and
 * end at the other side of it. They are of no node, so no tap sees them, and no capture has them.
 */
#ifndef SIM_WORLD_BACKGROUND_H
#define SIM_WORLD_BACKGROUND_H

#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/scenario.h"
#include "sim/tap/observer_set.h"

typedef struct background background;

typedef struct background_options {
    n3_world *n3;
    const scenario *scenario; /* these, and error, must outlive it */
    struct network *networks; /* by scenario index */
    n3_node *core;
    const observer_set *observers;
    run_error *error;
} background_options;

/* Of one entry, in one direction: sent = delivered + dropped + what is on its way. */
typedef struct background_counts {
    uint64_t sent;
    uint64_t bytes; /* of those */
    uint64_t delivered;
    uint64_t dropped; /* no place in the queue, dropped by its discipline, lost, or given up by the medium */
} background_counts;

/* Errors: run_error_code, with the text in the run_error. *out is NULL for a scenario without. */
ROAM_CHECKED int background_new(const background_options *options, background **out);
void background_free(background *self); /* NULL is fine */

background_counts background_count(const background *self, size_t index);

#endif
