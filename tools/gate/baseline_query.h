/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_BASELINE_QUERY_H
#define TOOLS_GATE_BASELINE_QUERY_H

/* Queries over the runs of a combination of a baseline, in the store that they were made in. */

#include "tools/gate/baseline.h"

#include <sqlite3.h>

typedef struct baseline_origin {
    store *runs;
    int64_t build; /* 0: all */
} baseline_origin;

/* The runs of a combination; goes on with AND. */
#define BASELINE_OF_RUNS                                                                                     \
    " WHERE r.scenario = ?1 AND r.combination = ?2 AND r.seed BETWEEN ?3 AND ?4 AND (?5 = 0 OR r.build = "   \
    "?5)"

/* A statement with these parameters bound. Errors: store_error. */
ROAM_CHECKED int baseline_prepare(const baseline_origin *from, const json_t *baseline,
                                  const json_t *combination, const char *sql, sqlite3_stmt **out);

/* The seed of the baseline for which a seed of the store stands. */
uint64_t baseline_seed_of(const json_t *baseline, const json_t *combination, int64_t seed);

#endif
