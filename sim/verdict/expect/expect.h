/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_EXPECT_EXPECT_H
#define SIM_VERDICT_EXPECT_EXPECT_H

/* Compares what a scenario expects with what was recorded. */

#include "core/roam_membership.h"
#include "sim/record/overlay.h"
#include "sim/record/recorder.h"
#include "sim/record/witness.h"

#define EXPECT_TEXT_MAX 320

#define EXPECT_WORST_MAX 10

/* A member of a group, or a call. */
typedef struct expect_over_item {
    uint32_t node;
    bool held;
    uint64_t value; /* the larger, the worse, but of a rate the smaller; ROAM_NEVER: none */
    char text[EXPECT_TEXT_MAX];
} expect_over_item;

/* Of an expectation over several. */
typedef struct expect_over {
    size_t count;
    size_t failed;
    uint64_t
        percentiles[SCENARIO_PERCENTILES_MAX]; /* as the expectation asks for them; ROAM_NEVER: no value */
    expect_over_item worst[EXPECT_WORST_MAX];  /* those that fail first, then by value */
    size_t worst_count;
} expect_over;

typedef struct expect_outcome {
    bool held;
    bool unsupported;  /* not held, and no fault: a QUIC library cannot do what it needs */
    bool alive;        /* of a peer: it is up at both ends */
    bool has_traffic;  /* of a peer: messages were to go that way ... */
    bool arrived;      /* ... and all of them have arrived */
    uint64_t value;    /* of which percentiles are taken, for kinds that have these; ROAM_NEVER: none */
    expect_over *over; /* expect_outcomes_fini frees it; NULL: it is about one */
    char text[EXPECT_TEXT_MAX]; /* "ok in 43.112 ms, wanted ok in <= 120 ms" */
} expect_outcome;

/* What a node with membership had at the end; 0 while it is stopped. */
typedef struct expect_member {
    uint32_t passive;              /* members in its passive view */
    roam_membership_counts counts; /* since it was started last */
} expect_member;

/* What a run left, finished. */
typedef struct expect_evidence {
    const recorder *recorder;
    const witness *witness;
    const overlay *overlay;
    const expect_member *members; /* one a node of the scenario; NULL: none has membership */
} expect_evidence;

/* A QUIC library could not do what was asked of it: a migration, or a dial, ended so. */
bool expect_lacks_support(const recorder *recorded);

/*
 * Judges expectations of the scenario, in their order; outcomes has room for count, all 0, and is given to
 * expect_outcomes_fini. One that names a migration that is unsupported is unsupported itself, whatever was
 * measured; and so is one that does not hold in a run in which anything was, but for the rules of RFC 9000,
 * which hold for any library.
 */
void expect_judge(const scenario *whole, const scenario_expectation *expectations, size_t count,
                  const expect_evidence *evidence, expect_outcome *outcomes);

/* Frees what the outcomes own, not the array; NULL is fine. */
void expect_outcomes_fini(expect_outcome *outcomes, size_t count);

/* Those that failed: they neither held nor are unsupported. */
size_t expect_count_failed(const expect_outcome *outcomes, size_t count);
size_t expect_count_held(const expect_outcome *outcomes, size_t count);

/* What was measured where a kind has a bound on it that percentiles may be taken of: a time, or a rate in
 * bit/s. ROAM_NEVER: it is of another kind, or over several, or there was none. */
uint64_t expect_value_ns(const scenario_expectation *expectation, const expect_outcome *outcome);
uint64_t expect_value_bps(const scenario_expectation *expectation, const expect_outcome *outcome);

/* That no rule is broken: what a scenario expects besides, unless it speaks of rules itself. */
extern const scenario_expectation EXPECT_IMPLIED;
bool expect_is_implied(const scenario *whole);

#endif
