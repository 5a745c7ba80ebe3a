/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_COMPARE_H
#define TOOLS_GATE_COMPARE_H

/*
 * What differs between two baselines of one scenario. Virtual time is exact: code that did not change gives
 * no difference at all.
 *
 * An exact scenario, in which nothing depends on the seed, is compared seed by seed, and every difference is
 * one. A stochastic one is compared as two samples: the draws of a run may differ although the code is as
 * good, and what chance gives is no difference. A test gives each hypothesis ("validation: move takes
 * longer") the chance of what was seen if it were false (paired.h), and of all that are tested in one gate
 * those are believed that keep the false discovery rate at most GATE_DISCOVERY_RATE.
 */

#include "tools/gate/baseline.h"

#include <jansson.h>

#define GATE_TEXT_MAX 320
#define GATE_DISCOVERY_RATE 0.01
#define GATE_SEEDS_LEAST                                                                                     \
    20 /* of a stochastic scenario: with fewer no test is sure enough among those of a library */

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
    GATE_WORSE,
    GATE_CHANCE /* no more than chance explains; gone once settled */
} gate_weight;

/* One thing that moved. */
typedef struct gate_change {
    gate_weight weight;
    const char *scenario; /* these point into the baselines compared */
    const char *directory;
    const char *combination;
    char measure[GATE_TEXT_MAX]; /* "verdict", "validation: move", ... */
    char what[GATE_TEXT_MAX];    /* of the measure: "typical", "50 %", "failed", ... */
    char was[GATE_TEXT_MAX];
    char is[GATE_TEXT_MAX];
    char by[GATE_TEXT_MAX];       /* the difference of what is shown; "" where it is none of numbers */
    char interval[GATE_TEXT_MAX]; /* of 95 %, of by; "" when exact */
    char parts[GATE_TEXT_MAX]; /* of a validation: which part moved, "at the peer +5.000 ms"; "": not known */
    int64_t by_ns;       /* by as a time: the farthest move of a percentile or a seed; 0 when no time moved */
    size_t seeds_moved;  /* of which anything differs here */
    size_t seeds;        /* compared */
    uint64_t worst_seed; /* of the farthest move, to replay */
    bool by_chance;      /* of a stochastic scenario; the next ones are of these alone */
    bool tail;           /* a share of late seeds, which follows the typical value */
    bool slight;         /* the estimate is less than the tolerance */
    double chance;       /* that so much for the worse, or more, is found where there is no difference; once
                          * settled: of the discoveries down to this one, which share may be false */
    double chance_better; /* the same for the better */
} gate_change;

typedef struct gate_changes {
    gate_change *items;
    size_t count;
    size_t capacity;
    size_t tested; /* hypotheses of stochastic scenarios in which anything differed; once settled */
} gate_changes;

/*
 * Adds what differs to *out, in the way that the baseline `was` says (baseline_is_exact); both must have the
 * same seeds (asserted), and outlive it. A measure that only one of them has is a change too: worse when it
 * is gone. False: out of memory.
 */
ROAM_CHECKED bool gate_compare(const json_t *was, const json_t *is, const gate_tolerance *tolerance,
                               gate_changes *out);

/* Judges the changes of stochastic scenarios, all together, and drops what chance explains. Puts those in
 * front that name a cause (a contradiction, a crash, a broken rule), then the measures that are worse in most
 * scenarios; of two that are worse in as many, the one nearer to a cause: a challenge more before a
 * validation that takes longer, that before a gap. To be called once, after the last gate_compare. False: out
 * of memory. */
ROAM_CHECKED bool gate_changes_settle(gate_changes *changes);
void gate_changes_free(gate_changes *changes);

#endif
