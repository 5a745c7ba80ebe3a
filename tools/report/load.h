/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_LOAD_H
#define TOOLS_REPORT_LOAD_H

/* What a report is made from: a store, or directories that roam run --out left. */

#include "tools/gate/baseline.h"
#include "tools/gate/compare.h"
#include "tools/stats/where.h"

/* Opens a store, or makes one in memory of every summary.json in and below a directory. A command_status; on
 * failure after a message on standard error. */
ROAM_CHECKED int report_load(const char *source, store **out);

/* Calls visit with each directory of a run in and below one, in order of their names, until it gives
 * something else than 0, which is returned. A command_status where a directory cannot be read, after a
 * message. */
typedef int report_visit(void *ctx, const char *directory);
ROAM_CHECKED int report_each_run(const char *directory, report_visit *visit, void *ctx);

/* Whether the run in a directory is of a combination that the conditions name. */
bool report_run_meets(const char *directory, const where_conditions *where);

/* What was compared with baselines: borrows from both, so it goes before them. */
typedef struct report_comparison {
    json_t **baselines; /* those read, and those made of the store */
    size_t baseline_count;
    gate_changes changes;
    char **unmatched; /* "NAME: why it was not compared" */
    size_t unmatched_count;
} report_comparison;

/* The newest build's runs against the baselines in a directory, over the seeds of each baseline; all: of the
 * store. A scenario without a baseline is listed among the unmatched. A command_status. */
ROAM_CHECKED int report_compare(store *from, const measures *all, const char *directory,
                                report_comparison *out);
void report_comparison_free(report_comparison *comparison);

#endif
