/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_FAILURES_H
#define TOOLS_STATS_FAILURES_H

/* What failed in the runs of a store: of each scenario and combination what, in how many runs, with which
 * seeds, and the command that shows it. */

#include "tools/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    STATS_FAILURE_SEEDS = 3,
    STATS_FAILURE_SEEDS_MAX = STATS_FAILURE_SEEDS * 24,
    STATS_FAILURES_SHOWN = 20
};

/* What weighs more stands first. */
typedef enum stats_failure_kind {
    STATS_FAILURE_CRASHED,
    STATS_FAILURE_HUNG,
    STATS_FAILURE_REFUSED,       /* the world could not be made */
    STATS_FAILURE_CONTRADICTION, /* the core and the packet taps differ */
    STATS_FAILURE_RULE,          /* of RFC 9000: an end broke it, in a run that did not pass */
    STATS_FAILURE_EXPECTATION,
    STATS_FAILURE_NO_FAULT,    /* a known fault did not happen */
    STATS_FAILURE_UNSUPPORTED, /* a QUIC library cannot do what an expectation needs */
    STATS_FAILURE_KINDS
} stats_failure_kind;

const char *stats_failure_name(stats_failure_kind kind); /* "crashed", "expectation", ... */

/* One thing that failed in runs of one build, scenario, text and combination. */
typedef struct stats_failure {
    int64_t build;
    char *commit; /* STORE_BUILD_NAME */
    char *scenario;
    char *digest;
    char *combination; /* "" without */
    stats_failure_kind kind;
    char *text;    /* what: the expectation, the rule, what a process died of; "" where the kind says all */
    uint64_t runs; /* in which it failed */
    uint64_t of;   /* runs of that build, scenario, text and combination */
    uint64_t seeds[STATS_FAILURE_SEEDS]; /* the least ones, ascending; `runs` of them, if these are fewer */
    char *first;                         /* what was measured, or said, with the first of the seeds */
    char *command;                       /* roam run with the first of the seeds */
} stats_failure;

typedef struct stats_failures {
    stats_failure *items; /* by kind, then those of most runs first, then by scenario, combination, text */
    size_t count;
} stats_failures;

typedef struct stats_failures_filter {
    const char *scenario; /* NULL: all */
    int64_t build;        /* 0: all */
    const char *of;       /* a JSON array of "DIGEST COMBINATION": the runs of these alone; NULL: all */
} stats_failures_filter;

/* Errors: store_error. To be freed with stats_failures_fini. */
ROAM_CHECKED int stats_failures_read(store *from, stats_failures_filter filter, stats_failures *out);
void stats_failures_fini(stats_failures *self);

/* What it is in words: "contradicted by the packet taps", "broke: 9000/9.1 (...)", an expectation. Returns
 * text. */
const char *stats_failure_what(const stats_failure *self, char *text, size_t size);
/* "1, 2, 3, ...". Returns text. */
const char *stats_failure_seeds(const stats_failure *self, char text[STATS_FAILURE_SEEDS_MAX]);

/* As people read them: the first `shown` of them, and how to see the others of the store in the file `db`.
 * Nothing when there is none. False: out of memory. */
bool stats_failures_print(const stats_failures *self, size_t shown, const char *db, FILE *to, bool colour);

#endif
