/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_ARGUMENTS_H
#define TOOLS_RUN_ARGUMENTS_H

/* What roam run was asked for. */

#include "sim/qlog/qlog.h"
#include "tools/ci/outputs.h"
#include "tools/cli/settings.h"
#include "tools/run/isolated.h"
#include "tools/watch/live.h"

typedef struct run_arguments {
    scenario_files_options files;
    settings settings;
    isolation isolation;
    watch_settings watch;
    bool seed_given;
    bool independent;
    uint64_t seed;
    uint64_t processes; /* 0: not said */
    const char *out;
    ci_outputs outputs;
    qlog_form qlog;
    bool pcap, each, json, quiet, help;
} run_arguments;

/* The command: what COMMAND_RUN calls. */
int run_command(int argc, char **argv);

/* Changes what argv names; the rest stays as the caller set it. False: a fault, reported on standard error.
 */
ROAM_CHECKED bool run_arguments_read(run_arguments *self, int argc, char **argv);

#endif
