/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_JOBS_H
#define TOOLS_RUN_JOBS_H

/* The runs that scenario files ask for: one each, or one for each combination of what `vary` lists. */

#include "tools/cli/scenario_files.h"

typedef struct run_job {
    const scenario *scenario; /* its combination, when there are several */
    size_t file;              /* index into the files */
    uint64_t seed;
    char *name;    /* "NAME" or "NAME[KEY=VALUE,KEY=VALUE]" */
    char *out_dir; /* NULL: nothing is written */
} run_job;

typedef struct run_jobs {
    run_job *items; /* file after file */
    size_t count;
    scenario **owned; /* combinations */
    size_t owned_count;
} run_jobs;

typedef struct run_jobs_options {
    const scenario_files_options *loaded; /* as the files were loaded */
    const scenario_files *files;
    const uint64_t *seed; /* NULL: each scenario's own */
    bool independent;     /* each combination has a seed of its own (own_seed.h) */
    const char *out;      /* NULL: nothing is written */
} run_jobs_options;

/* Loads combinations, and looks whether every output directory can be written to. Faults go to standard
 * error. The exit status; unless COMMAND_OK, *out is empty. */
__attribute__((warn_unused_result)) int run_jobs_make(const run_jobs_options *options, run_jobs *out);
void run_jobs_fini(run_jobs *jobs);

#endif
