/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_OPTIONS_H
#define TOOLS_COMPARE_OPTIONS_H

/* What roam compare was asked for. */

#include "tools/ci/outputs.h"
#include "tools/cli/settings.h"
#include "tools/sweep/runs.h"

typedef struct compare_options {
    scenario_files_options files; /* with --set and --endpoint, which `given` owns */
    settings given;
    isolation isolation;
    const char *libraries; /* "roam,quinn" */
    const char *db;        /* NULL, as all that was not given */
    ci_outputs outputs;
    sweep_seeds seeds;
    uint64_t jobs;
    uint64_t shard; /* from 1 */
    uint64_t shards;
    uint64_t patience_s; /* of wall clock */
    bool seeds_given;
    bool resume;
    bool pairs;
    bool each;
    bool quiet;
    bool help;
} compare_options;

/* The command: what COMMAND_COMPARE calls. */
int compare_command(int argc, char **argv);

/* False: a fault, reported on standard error. To be freed either way. */
ROAM_CHECKED bool compare_options_read(compare_options *self, int argc, char **argv);
void compare_options_free(compare_options *self);

#endif
