/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_MEASURE_H
#define TOOLS_GATE_MEASURE_H

/* Measures the scenarios of a gate: with this build, or with the program of another one. */

#include "tools/gate/baseline.h"
#include "tools/sweep/runs.h"

typedef struct gate_plan {
    const scenario_files_options *given; /* the libraries that nodes run */
    isolation isolation;
    const scenario_files *files;
    const run_jobs *jobs;
    sweep_seeds *seeds; /* of each file */
    bool find_kind;     /* by a pilot, see below; else a baseline's kind is what its seeds say */
    bool choose;        /* the seeds, by the kind: those that `gate:` names, else as many as it needs */
    size_t processes;
    uint64_t patience_s; /* a world that gives no sign of life for so long is hung: wall clock */
    bool (*stop)(void *ctx);
    bool progress;
} gate_plan;

/*
 * A pilot of so many seeds, or of all that are wanted when they are more, tells whether a scenario is exact:
 * one seed always agrees with itself, so the few that are compared may not. Of an exact one fewer are enough.
 * A sample of a stochastic one is this large unless its `gate:` says otherwise.
 */
#define GATE_PILOT_SEEDS 10
#define GATE_EXACT_SEEDS 3
#define GATE_SAMPLE_SEEDS 200

/*
 * Runs the plan in a store of its own, which is gone afterwards, and gives a baseline for each file. *out is
 * an array of files->count, the caller's, freed by gate_measured_free. Where the plan lets it choose, the
 * seeds are then those that it chose. The exit status: COMMAND_INTERRUPTED, or COMMAND_BROKEN after a
 * message.
 */
ROAM_CHECKED int gate_measure(const gate_plan *plan, json_t ***out);

/*
 * The same with another program: directory holds its `roam`, or is the build directory of one. A file that it
 * cannot read gives NULL, and a note on standard error.
 */
ROAM_CHECKED int gate_measure_with(const gate_plan *plan, const char *directory, json_t ***out);

void gate_measured_free(json_t **measured, size_t count);

/* Builds a commit, tag or branch of this repository beside it, and gives the directory of its program (the
 * caller's). A command_status; on failure after a message. */
ROAM_CHECKED int gate_build(const char *reference, char **out);

#endif
