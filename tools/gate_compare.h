/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_COMPARE_H
#define TOOLS_GATE_COMPARE_H

/* What differs between two baselines of one scenario, seed by seed. Virtual time is exact: code that did not
 * change gives no difference at all. */

#include "tools/baseline.h"

#include <jansson.h>

#define GATE_TEXT_MAX 160

/* A value that grew by this much or more is worse, one that shrank by as much is better. In nanoseconds, at
 * least 1. */
typedef struct gate_tolerance {
    uint64_t validation_ns;
    uint64_t rebind_ns;
    uint64_t gap_ns;
} gate_tolerance;

typedef enum gate_weight {
    GATE_SLIGHT, /* less than the tolerance */
    GATE_BETTER,
    GATE_WORSE
} gate_weight;

/* One thing that moved. */
typedef struct gate_change {
    gate_weight weight;
    const char *scenario; /* these point into the baselines compared */
    const char *directory;
    const char *combination;
    char measure[GATE_TEXT_MAX]; /* "verdict", "validation: move", ... */
    char was[GATE_TEXT_MAX];
    char is[GATE_TEXT_MAX];
    int64_t by_ns;       /* the farthest move of a percentile or a seed; 0 when no time moved */
    size_t seeds_moved;  /* of which anything differs here */
    size_t seeds;        /* compared */
    uint64_t worst_seed; /* of the farthest move, to replay */
} gate_change;

typedef struct gate_changes {
    gate_change *items;
    size_t count;
    size_t capacity;
} gate_changes;

/*
 * Adds what differs to *out; both must have the same seeds (asserted), and outlive it. A measure that only
 * one of them has is a change too: worse when it is gone. False: out of memory.
 */
ROAM_CHECKED bool gate_compare(const json_t *was, const json_t *is, const gate_tolerance *tolerance,
                               gate_changes *out);
void gate_changes_free(gate_changes *changes);

#endif
