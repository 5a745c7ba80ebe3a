/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_EXPECTATIONS_H
#define TOOLS_STATS_EXPECTATIONS_H

/* Which expectation held in how many runs, and what was measured where it has a bound. */

#include "tools/stats/series.h"
#include "tools/store/store.h"

#include <jansson.h>
#include <stdio.h>

/* One expectation of a build, scenario, text and combination. Those under known_fault are none. */
typedef struct stats_expectation {
    char *text;
    statistics_proportion held; /* of the runs that came to an end */
    size_t unsupported;         /* of those that do not hold: a QUIC library cannot do what it needs */
    bool is_rate;               /* the values are bit/s; else ns */
    uint64_t *values;           /* ascending; STATISTICS_NEVER: there was none */
    size_t value_count; /* 0: it has no bound on one value, or the store is from before it had these */
} stats_expectation;

typedef struct stats_expectations {
    struct stats_expectations_group *groups; /* for expectations.c alone */
    size_t count;
} stats_expectations;

/* Of a scenario (NULL: of all). Errors: store_error. To be freed with stats_expectations_fini. */
ROAM_CHECKED int stats_expectations_read(store *from, const char *scenario, stats_expectations *out);
void stats_expectations_fini(stats_expectations *self);

/* Those of a group, in the order of the scenario, NULL when it has none. */
const stats_expectation *stats_expectations_of(const stats_expectations *self, const measure_group *group,
                                               size_t *count);

/* As people read them, after an empty line; nothing when there is none. False: out of memory. */
bool stats_expectations_print(const stats_expectations *self, const measure_group *group, FILE *to,
                              bool colour);
/* An array. NULL: out of memory. */
json_t *stats_expectations_json(const stats_expectations *self, const measure_group *group);

#endif
