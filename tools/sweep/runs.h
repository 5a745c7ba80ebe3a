/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_RUNS_H
#define TOOLS_SWEEP_RUNS_H

/* Scenarios x combinations x seeds over worker processes, into a store. What the sweep, the gate and the
 * report are made from. */

#include "tools/run/isolated.h"
#include "tools/run/jobs.h"
#include "tools/store/store.h"

/* Both ends belong to it. */
typedef struct sweep_seeds {
    uint64_t first;
    uint64_t last;
    bool independent; /* each combination has seeds of its own (own_seed.h), which the store then holds */
    bool none;        /* no seed at all */
} sweep_seeds;

typedef struct sweep_options {
    const char *command;  /* for messages: "roam sweep" */
    const run_jobs *jobs; /* one a scenario and combination; their seeds are not looked at */
    const scenario_files *files;
    const char *set;          /* what all of them were given, as settings_text writes it; "" for none */
    const char *const *more;  /* of each file, what its combinations have behind that; NULL: nothing */
    const sweep_seeds *seeds; /* of each file */
    size_t processes;         /* at least 1 */
    uint64_t silence_ns;      /* wall clock without a sign of life, after which a world counts as hung */
    isolation isolation;      /* of runs with adapters of other QUIC libraries */
    uint32_t shard;           /* from 0; this part of ... */
    uint32_t shards;          /* ... so many, by a hash of scenario, combination and seed; 1: all */
    bool alone;               /* no run shares its beginning with others (shared.h) */
    store *into;              /* runs that it has are not run again */
    bool (*stop)(void *ctx);  /* true ends the sweep; optional */
    void *ctx;
    bool progress; /* on standard error: a bar on a terminal, else a line every ten seconds */
} sweep_options;

typedef struct sweep_result {
    size_t planned; /* of this shard */
    size_t stored;  /* were in the store before */
    size_t passed;
    size_t failed;         /* contradictions too */
    size_t contradictions; /* of those: the core and the taps differ */
    size_t known_faults;
    size_t unsupported;
    size_t crashed;
    size_t adapters; /* of those: an adapter is at fault, which is a verdict on it; its limits count too */
    size_t hung;
    size_t refused; /* the world could not be made */
    size_t shared;  /* of all of these: went on from a beginning that others had, too */
    bool stopped;
    uint64_t wall_ns;
    int64_t build; /* its id in the store */
} sweep_result;

/*
 * Runs what the store does not have yet. A run counts as done once it is committed; so whatever happens to
 * this process, the store holds what was reported. Faults go to standard error. COMMAND_OK when every run was
 * done or the stop asked for, whatever their verdicts, COMMAND_BROKEN otherwise.
 */
ROAM_CHECKED int sweep_run(const sweep_options *options, sweep_result *result);

/* One run of a sweep. */
typedef struct sweep_planned {
    size_t job;    /* of options->jobs */
    store_key key; /* its texts are valid during the call */
} sweep_planned;

/* Calls each for all runs, of other shards too, job after job and seed after seed, until it gives false.
 * False then, and without memory. */
ROAM_CHECKED bool sweep_each(const sweep_options *options,
                             bool (*each)(void *ctx, const sweep_planned *planned), void *ctx);

/* Adds the runs of `from`, by what became of them. */
void sweep_add_counts(sweep_result *to, const sweep_result *from);
/* Runs done now, per second of wall clock. */
double sweep_rate(const sweep_result *result);

#endif
