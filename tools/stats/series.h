/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_SERIES_H
#define TOOLS_STATS_SERIES_H

/*
 * What the runs of a store say, put together: for each build, scenario and combination the verdicts, and for
 * each thing that was measured a series over all seeds. Statistics, gate, plots and report all start here.
 */

#include "tools/stats/estimators.h"
#include "tools/store/store.h"

#include <stddef.h>
#include <stdint.h>

/* A value that is not there: of a validation or rebind that failed a time that was never reached, which
 * counts as greater than all others; of a gap none at all, for nothing was due. */
#define MEASURE_NONE STATISTICS_NEVER

/* A group with more series of a kind than these has one of all, labelled MEASURE_EVERY: a thousand lines of
 * one storm would be of no use. */
#define MEASURE_LABELS_MAX 8
#define MEASURE_EVERY "every one"

typedef enum measure_kind {
    MEASURE_VALIDATION, /* of migrations with one label, calls that joined counted once: validation_ns;
                         * outcome: the result */
    MEASURE_REBIND,     /* of a peer by a NAT: noticed to validated; outcome: validated, not validated */
    MEASURE_GAP,        /* from one node to another: the worst of its flows; outcome: complete, incomplete */
    MEASURE_PREFERRED   /* of a server's preferred address by a client, from the confirmed handshake on;
                         * outcome:   the result */
} measure_kind;

const char *measure_kind_name(measure_kind kind); /* "validation", "rebind", "gap", "preferred address" */

/* One measurement. */
typedef struct measure_point {
    uint64_t seed;
    uint64_t value_ns;   /* or MEASURE_NONE */
    const char *outcome; /* "ok", "timeout", ...; "none" when the run ended without one */
} measure_point;

typedef struct measure_outcome {
    const char *name;
    size_t count;
} measure_outcome;

typedef struct measure_series {
    measure_kind kind;
    const char *label;           /* of a migration its `as:`, or "laptop -> server" */
    const measure_point *points; /* by seed, then in the order of the run; of MEASURE_EVERY by value */
    size_t count;
    const uint64_t *sorted;        /* the values there are, ascending, and then MEASURE_NONE `never` times */
    size_t sorted_count;           /* of those that there are */
    size_t never;                  /* times that were never reached */
    statistics_sample sample;      /* of sorted_count + never: what percentiles are of */
    statistics_proportion success; /* the result is ok, the rebound path was validated, nothing is missing */
    const measure_outcome *outcomes; /* by name */
    size_t outcome_count;
} measure_series;

typedef struct measure_group {
    int64_t build;
    const char *commit; /* of the build (STORE_BUILD_NAME); "" when not known */
    const char *scenario;
    const char *directory;
    const char *digest; /* of the scenario's text */
    const char *combination;
    size_t runs; /* = finished + crashed + hung + refused */
    size_t crashed;
    size_t hung;
    size_t refused;
    size_t passed; /* of the finished ones */
    size_t failed;
    size_t contradictions;
    size_t known_faults;
    size_t unsupported; /* a QUIC library cannot do what was asked of it */
    uint64_t first_seed;
    uint64_t last_seed;
    const uint64_t *seeds;        /* of all runs, ascending */
    const char *const *verdicts;  /* of each: the verdict, or the status of one that did not finish */
    const measure_series *series; /* by kind, then by label */
    size_t series_count;
} measure_group;

typedef struct measures {
    const measure_group *groups; /* by build, the oldest commit first, then scenario, then combination */
    size_t count;
    struct measures_memory *memory; /* owns all of the above */
} measures;

typedef struct measures_filter {
    const char *scenario;         /* NULL: all */
    const char *const *scenarios; /* these alone; of count 0: all */
    size_t scenario_count;
    int64_t build; /* 0: all */
    bool of_seeds; /* from first_seed to last_seed alone */
    uint64_t first_seed;
    uint64_t last_seed;
    bool independent;    /* a seed is read as the one that it stands for in its combination (own_seed.h) */
    bool without_points; /* points, seeds and verdicts stay NULL: a million runs then take little room */
    bool validations_alone;
    bool preferred_addresses; /* MEASURE_PREFERRED too, which the gate has no baselines of */
} measures_filter;

/* Errors: store_error, store_message(from) says more. */
ROAM_CHECKED int measures_load(store *from, measures_filter filter, measures *out);
void measures_free(measures *self);

/* The p-th percentile of a series and its interval. False: there is no value, nor one that was never reached.
 */
bool measures_percentile(const measure_series *series, unsigned p, statistics_percentile *out);

/* The series of that kind and label, or NULL. */
const measure_series *measures_find(const measure_group *group, measure_kind kind, const char *label);

/* The worst value of a seed: MEASURE_NONE when one of its points has none. False: the seed has no point. */
bool measures_worst(const measure_series *series, uint64_t seed, uint64_t *value_ns);

#endif
