/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RUN_H
#define SIM_VERDICT_RUN_H

/*
 * One scenario from start to verdict: world, evidence, expectations, output directory. Writes nothing to the
 * terminal.
 *
 * The world goes on for a while after the scenario's end, at most RUN_OUT_MAX_NS, until messages under way
 * have arrived and migrations under way have their result. Nothing that is new in that time counts.
 */

#include "sim/qlog/qlog.h"
#include "sim/record/recorder.h"
#include "sim/scenario/scenario.h"
#include "sim/verdict/expect/expect.h"
#include "sim/verdict/summary.h"

#define RUN_OUT_MAX_NS UINT64_C(10000000000)
#define RUN_SLICE_NS UINT64_C(100000000)
#define RUN_MESSAGE_MAX 512
#define RUN_SEED_MAX ((uint64_t)INT64_MAX) /* JSON integers end there */

struct json_t;

typedef enum run_status {
    RUN_OK = 0,
    RUN_ERR_WORLD = -1,       /* the world could not be made or run */
    RUN_ERR_OUTPUT = -2,      /* the output directory could not be written: no summary.json was left there */
    RUN_ERR_NO_MEMORY = -3,   /* likewise */
    RUN_ERR_INTERRUPTED = -4, /* stopped: events and capture so far are kept, there is no summary.json */
    RUN_ERR_REFUSED = -5,     /* the output directory holds other files than those of an earlier run */
    RUN_ERR_ENDPOINT = -6     /* the adapter of another QUIC library broke a rule or failed: a verdict on it.
                                 What was written so far is kept, there is no summary.json */
} run_status;

typedef struct run_options {
    const scenario *scenario; /* must outlive the run */
    uint64_t seed;            /* at most RUN_SEED_MAX */
    const char *out_dir;      /* NULL: nothing is written. See output.h for what may be there before. */
    bool pcap;                /* packets.pcapng; needs out_dir */
    bool each;                /* the summary lists all items of members of large groups (summary_groups.h) */
    qlog_form qlog;           /* NODE-CONNECTION.sqlog; needs out_dir */
    /* Of which the witness reads the packets; 0: packet_inspector_connections_max (sim/tap). */
    uint32_t connections_max;
    /* The process ends after the run: its world is not freed when it has ended. Without out_dir. */
    bool last;
    /* Asked every 100 ms of virtual time; true ends the run. Optional. */
    bool (*stop)(void *ctx);
    /* Called after every 100 ms of virtual time. Optional. */
    void (*progress)(void *ctx, uint64_t now_ns, uint64_t end_ns);
    /* Called with each line of events.jsonl, also without out_dir, as it happens. Optional. */
    void (*told)(void *ctx, const struct json_t *line);
    void *ctx;
} run_options;

typedef struct run run;

/* Runs to the end. On failure the message (RUN_MESSAGE_MAX bytes) says what and where, and *out is untouched.
 */
ROAM_CHECKED int run_scenario(const run_options *options, run **out, char *message);
void run_free(run *run); /* NULL is fine */

/*
 * The same in three parts, for runs that share their beginning. All of its errors are as above. In between it
 * goes on as another scenario, when options->scenario is a plan that has become that one
 * (scenario_variants_take), and so may a copy of it in a process that is forked from this one.
 */
ROAM_CHECKED int run_begin(const run_options *options, run **out, char *message);
/* On to a time, a multiple of RUN_SLICE_NS before the end of the scenario. After an error it is to be freed.
 */
ROAM_CHECKED int run_to(run *run, uint64_t until_ns, char *message);
void run_follow(run *run);
/* The rest. On failure the run is gone. */
ROAM_CHECKED int run_end(run *run, char *message);

/* What a run that has begun and has not ended has now: the current path of a peer of the scenario at one of
 * its ends (false: it has no connection), the counts of a NAT, and its bindings, one after the other (as
 * nat_next_binding). */
bool run_path_now(const run *run, uint32_t peer, uint32_t node, roam_path_stats *out);
nat_counts run_nat_now(const run *run, uint32_t index);
bool run_nat_next_binding(const run *run, uint32_t index, uint32_t *cursor, nat_binding *out);

summary_verdict run_verdict(const run *run);
const recorder *run_recorder(const run *run);
const witness *run_witness(const run *run);
/* One for each expectation, one for each of the known fault, and one for EXPECT_IMPLIED. */
const expect_outcome *run_outcomes(const run *run);
/* The last of these; it holds where EXPECT_IMPLIED is not implied. */
const expect_outcome *run_implied(const run *run);
/* The summary as summary.json holds it: JSON text with a newline at its end, to be freed by the caller. NULL:
 * out of memory. */
char *run_summary(const run *run);
/* The summary as values, to be freed by summary_rows_free; their texts are the run's, valid until it is asked
 * again, and the scenario's. False: out of memory, and *out is untouched. */
ROAM_CHECKED bool run_summary_rows(run *run, summary_rows *out);

/* NULL: no node has membership. */
const summary_overlay *run_overlay(const run *run);
/* Of each NAT of the scenario, as of the end. */
const nat_counts *run_nats(const run *run);
/* Of each entry of its background, likewise. */
const background_counts *run_background(const run *run);
/* Of each peer of the scenario, as of the end: the end that dialled, and the one that accepted. */
const summary_path *run_paths(const run *run);

#endif
