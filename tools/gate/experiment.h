/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_EXPERIMENT_H
#define TOOLS_GATE_EXPERIMENT_H

/*
 * The gate's statistics, tried out: many gates of code that did not change, with draws made
 * anew, and of a change that is there. A gate's two samples are drawn, without a seed in common, from a pool
 * of runs; so the gates are not independent of one another, but each is as a gate with seeds of its own is.
 */

#include "tools/gate/baseline.h"
#include "tools/gate/compare.h"

#include <stdio.h>

typedef struct gate_experiment_file {
    const json_t *pool; /* as a baseline; of at least 2 * seeds seeds */
    const json_t
        *changed;       /* a pool of the same seeds with the change in question; NULL: detect_ns is added */
    const char *change; /* what it is */
    gate_tolerance tolerance;
    uint64_t detect_ns;
    size_t seeds; /* of each sample */
} gate_experiment_file;

/* Prints a table: of so many gates of all files how many were red with nothing changed, and in how many a
 * change of one file alone was found; files in which nothing is validated have no rows of their own unless
 * they have a `changed`. False: out of memory. */
ROAM_CHECKED bool gate_experiment(const gate_experiment_file *files, size_t count, size_t gates, FILE *stream,
                                  bool colour);

#endif
