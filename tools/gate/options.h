/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_OPTIONS_H
#define TOOLS_GATE_OPTIONS_H

/* What roam gate was asked for. */

#include "tools/ci/outputs.h"
#include "tools/cli/settings.h"
#include "tools/sweep/runs.h"

enum { GATE_SETS_MAX = 16 };

typedef struct gate_options {
    scenario_files_options files;
    settings settings; /* --endpoint and --as; the caller's to end */
    isolation isolation;
    const char *baselines;
    const char *against; /* NULL, as all that was not given */
    const char *with_build;
    ci_outputs outputs;
    sweep_seeds seeds;
    uint64_t jobs;
    uint64_t patience_s; /* of wall clock */
    uint64_t experiment; /* gates; 0: none */
    const char *set[GATE_SETS_MAX];
    size_t set_count;
    bool seeds_given;
    bool update;
    bool strict;
    bool power;
    bool quiet;
    bool help;
} gate_options;

/* The command: what COMMAND_GATE calls. */
int gate_command(int argc, char **argv);

/* Changes what argv names; the rest stays as the caller set it. False: a fault, reported on standard
 * error. */
ROAM_CHECKED bool gate_options_read(gate_options *self, int argc, char **argv);

#endif
