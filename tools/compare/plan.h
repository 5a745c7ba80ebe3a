/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_PLAN_H
#define TOOLS_COMPARE_PLAN_H

/* The runs of a comparison, as one sweep: every scenario once for each column. */

#include "tools/compare/libraries.h"
#include "tools/compare/options.h"

typedef struct compare_plan {
    scenario_files files; /* those of a column one after the other, column after column */
    run_jobs jobs;        /* likewise */
    size_t files_each;    /* of a column */
    size_t jobs_each;
    sweep_seeds *seeds; /* of each file */
    const char **more;  /* of each file: the settings of its column */
    char **settings;    /* of each column; owned */
    size_t settings_count;
    compare_row *rows;
    size_t row_count;
    const compare_columns *columns;
    bool each; /* a row a combination; else a row a scenario */
} compare_plan;

/* Loads the scenarios for each column, which gets its settings; they live as long as the plan. A
 * command_status; unless COMMAND_OK after a message on standard error, and then *out is empty. Options and
 * columns must outlive it. */
ROAM_CHECKED int compare_plan_make(const compare_options *options, compare_columns *columns,
                                   const compare_libraries *libraries, compare_plan *out);
void compare_plan_free(compare_plan *self);

/* Of a job of the sweep. */
size_t compare_plan_column(const compare_plan *self, size_t job);
size_t compare_plan_row(const compare_plan *self, size_t job);

#endif
