/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_H
#define SIM_VERDICT_SUMMARY_H

/*
 * summary.json: what a run measured, as text that follows from commit, scenario and seed alone. Times are
 * integers in nanoseconds, null where there is none.
 */

#include "sim/record/recorder.h"
#include "sim/verdict/expect/expect.h"
#include "sim/verdict/summary_groups.h"
#include "sim/verdict/summary_overlay.h"
#include "sim/verdict/summary_rows.h"
#include "sim/world/world.h"

#define SUMMARY_SCHEMA 1

typedef enum summary_verdict {
    SUMMARY_PASSED,
    SUMMARY_KNOWN_FAULT,  /* every expectation held, and the known fault showed itself */
    SUMMARY_UNSUPPORTED,  /* none failed, but a QUIC library cannot do what was asked of it */
    SUMMARY_FAILED,       /* an expectation was not held, or the known fault did not happen */
    SUMMARY_CONTRADICTION /* the core's records and the taps differ: this goes before all else */
} summary_verdict;

#define SUMMARY_NO_FAULT "the known fault did not happen: move its expectations to expect"

const char *summary_verdict_name(summary_verdict verdict); /* "passed", ... */

/* The access link of a node in a network, or those of a large group's members, added up. */
typedef struct summary_link {
    uint32_t links; /* 1, or how many; the node is then a member of the group */
    uint32_t node;
    uint32_t network;
    world_link_counts up;
    world_link_counts down;
} summary_link;

/* What one end of a connection says of its path at the end. */
typedef struct summary_path {
    bool connected;
    roam_path_stats stats;
} summary_path;

typedef struct summary_input {
    const scenario *scenario;
    uint64_t seed;
    const recorder *recorder;       /* finished */
    const witness *witness;         /* finished */
    const expect_outcome *outcomes; /* as run_outcomes has them */
    const summary_link *links;
    size_t link_count;
    const summary_path *paths;           /* two for each peer: dialer, acceptor */
    const nat_counts *nats;              /* one for each of the scenario */
    const background_counts *background; /* likewise of its background */
    const char *const *versions;         /* of the QUIC library of each node; NULL: not known */
    const summary_overlay *overlay;      /* NULL: no node has membership */
    const summary_groups *groups;        /* NULL: every item is listed, and there are none */
} summary_input;

summary_verdict summary_judge(const summary_input *input);

/* The text, ended by a newline, to be freed by the caller. NULL: out of memory. */
char *summary_text(const summary_input *input);

/* The same as values, to be freed by summary_rows_free; their texts are those of scenario, recorder and
 * outcomes. False: out of memory, and *out is untouched. */
ROAM_CHECKED bool summary_rows_of(const summary_input *input, summary_rows *out);

#endif
