/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BENCHMARKS_BENCH_H
#define TOOLS_BENCHMARKS_BENCH_H

/*
 * What roam costs, against the budgets it keeps. Every measurement runs once a round, one after the other, so
 * that the two figures of a round were taken on a machine in the same state, and their ratio is of use even
 * on a busy one. A measurement checks that the work was done (all bytes arrived, the migration succeeded) and
 * fails otherwise.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { BENCH_ROUNDS_MAX = 99, BENCH_MESSAGE_MAX = 512 };

#define BENCH_CHECKED __attribute__((warn_unused_result))

typedef struct bench_context {
    bool quick;       /* a tenth of the work */
    const char *roam; /* the command whose cold start is measured */
    uint64_t seed;    /* another one each round */
} bench_context;

/* One figure, in the unit of its row. */
typedef struct bench_sample {
    double wall;   /* by the clock on the wall */
    double on_cpu; /* by processor time; the same figure where no time is measured */
} bench_sample;

/* Takes one sample. 0, or -1 with a message. */
typedef int bench_measure(const bench_context *context, bench_sample *sample,
                          char message[BENCH_MESSAGE_MAX]);

bench_measure bench_world_experiments; /* a second, through sim/world/world.h */
bench_measure bench_abi_experiments;   /* the same, the core through the door of sim/endpoint */
bench_measure bench_run_experiments;   /* a second, through sim/verdict/run.h: with recorder and verdict */
bench_measure bench_sweep_experiments; /* a second, by roam sweep with one worker, into a store */
bench_measure bench_store_runs;        /* of these experiments, entered into a store, a second */
bench_measure bench_stack_experiments; /* a second, the core over a direct link */
bench_measure bench_world_bulk;        /* datagrams a second, both directions */
bench_measure bench_stack_bulk;        /* the same over a direct link */
bench_measure bench_stack_migrate;     /* moves of a connection a second, the core over a direct link */
bench_measure bench_stack_reconnect;   /* the same by closing and dialling anew */
bench_measure bench_pipe_hop;          /* ns a packet a hop */
bench_measure bench_nat_1000;          /* ns a packet through a NAT of 1,000 bindings */
bench_measure bench_nat_100000;
bench_measure bench_cold_start;     /* ms of one process */
bench_measure bench_pair_memory;    /* kB a connection, both ends */
bench_measure bench_overlay_formed; /* s until an overlay of 1,000 members is formed */
bench_measure bench_overlay_memory; /* kB a member of it */

/* The work, the same for the world and for the stack alone. */
#define BENCH_MS UINT64_C(1000000)
#define BENCH_TRANSFER_BYTES 10000u /* each way, in an experiment */
#define BENCH_MESSAGE_BYTES 16384u  /* of bulk */
#define BENCH_BULK_RATE_BPS UINT64_C(100000000)
#define BENCH_BULK_DELAY_NS (5 * BENCH_MS) /* one way */
#define BENCH_BULK_QUEUE_PACKETS 100u

/* Of all child processes that ended. */
double bench_child_cpu_s(void);
/* Runs a program to its end, its output thrown away; argv ends with NULL. 0 and the status of waitpid(), or
 * an errno value. */
BENCH_CHECKED int bench_spawn(const char *const argv[], int *status);

unsigned bench_experiment_count(const bench_context *context);
uint64_t bench_bulk_bytes(const bench_context *context);

/* A point in time, for bench_rate. */
typedef struct bench_time {
    double wall_s, cpu_s;
} bench_time;

bench_time bench_clock(void);
/* How many a second, since start. */
bench_sample bench_rate(double count, bench_time start);

/* ---- Report ---- */

typedef struct bench_row {
    const char *name; /* as --only takes it */
    const char *about;
    const char *unit;
    bench_measure *measure;
    double budget; /* 0: none */
    bool at_most;  /* the budget is an upper bound */
} bench_row;

typedef struct bench_series {
    const bench_row *row;
    bench_sample samples[BENCH_ROUNDS_MAX];
    size_t count; /* 0: not asked for */
} bench_series;

typedef struct bench_report {
    const bench_series *series; /* in the order of the rows */
    size_t series_count;
    bool quick;
    bool pinned; /* one processor is allowed to this process */
} bench_report;

/* Of those with a budget and samples: their median is within. */
bool bench_report_met(const bench_report *report);
void bench_report_print(const bench_report *report, FILE *stream);
/* JSON text with a newline at its end; the caller frees it. NULL: out of memory. */
char *bench_report_json(const bench_report *report);

#endif
