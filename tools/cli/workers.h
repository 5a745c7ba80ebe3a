/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_WORKERS_H
#define TOOLS_CLI_WORKERS_H

/*
 * Many jobs on several processes. Workers are forked from the caller, which must not have made a world
 * before, and each does job after job, so that libraries are loaded once. Results come to the caller in the
 * order of the jobs, whichever was done first. When a worker crashes, or gives no sign for too long, its job
 * alone is lost: another worker takes its place. No worker outlives the caller.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WORKERS_ANSWER_MAX ((uint64_t)1 << 30) /* bytes; a longer answer counts as a crash */
#define WORKERS_STOP_NS UINT64_C(5000000000)   /* for jobs under way, after stop: then they are ended */

typedef enum workers_outcome {
    WORKERS_DONE,
    WORKERS_CRASHED, /* status says how */
    WORKERS_HUNG     /* no sign for silence_ns: it was killed */
} workers_outcome;

typedef struct workers_result {
    size_t job;
    workers_outcome outcome;
    int status;        /* crashed: as waitpid() gives it */
    const char *bytes; /* done: what work wrote; a NUL follows the last */
    size_t len;
} workers_result;

/* A worker's line to the caller; NULL when the caller works itself. */
typedef struct workers_pulse workers_pulse;
/* A sign of life, to be given now and then by a long job. Cheap: at most five a second leave. */
void workers_beat(workers_pulse *pulse);

typedef struct workers_options {
    size_t jobs;
    size_t processes;    /* 1: the caller does all of it, without a guard against crashes, ... */
    bool guarded;        /* ... unless this is set: then there is a worker also for one */
    bool as_they_come;   /* results are given when they come, not in the order of the jobs */
    uint64_t silence_ns; /* wall clock; 0: for ever */
    /* Does job (from 0). In a worker, with a copy of the caller's memory as it was before. */
    void (*work)(void *ctx, size_t job, workers_pulse *pulse, FILE *answer);
    /* In the caller, in order of the jobs. False: the rest is given up. */
    bool (*done)(void *ctx, const workers_result *result);
    /* In the caller, often. True: no job is begun any more; those under way get SIGTERM and are waited for,
     * for WORKERS_STOP_NS. done is not called for jobs that are not done then. Optional. */
    bool (*stop)(void *ctx);
    /* In the caller, every now and then while it waits. Optional. */
    void (*waiting)(void *ctx, size_t finished);
    void *ctx;
} workers_options;

/* 0, or an errno value: a process could not be made, or memory ran out. */
__attribute__((warn_unused_result)) int workers_run(const workers_options *options);

#endif
