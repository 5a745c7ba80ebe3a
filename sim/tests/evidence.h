/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_EVIDENCE_H
#define SIM_TESTS_EVIDENCE_H

/*
 * Fixture: a scenario from a text, a world of it, and what comes of it, for an observer of the test or a
 * recorder. All assert that they succeed, print why they did not, and end the test then.
 */

#include "sim/record/recorder.h"
#include "sim/record/witness.h"
#include "sim/verdict/expect/expect.h"
#include "sim/world/world.h"

/* The diagnostics name the text "t". To be freed with scenario_free. */
scenario *evidence_scenario(const char *text);

#define EVIDENCE_WATCHERS_MAX 2

typedef struct evidence_options {
    const char *text;     /* of the scenario */
    const char *override; /* KEY=VALUE; NULL: none */
    uint64_t seed;        /* 0: 1 */
    const observer *watchers;
    size_t watcher_count; /* at most EVIDENCE_WATCHERS_MAX */
    bool recorded;        /* a recorder and a witness look on, and first */
} evidence_options;

typedef struct evidence {
    scenario *scenario;
    world *world;       /* NULL: the test itself tells the recorder what happens */
    recorder *recorder; /* NULL: none looks on */
    witness *witness;   /* likewise */
    observer told;      /* that of the recorder */
} evidence;

/* A world that has not begun. To be freed with evidence_free. */
evidence evidence_new(const evidence_options *options);
/* A recorder of the scenario, which becomes its own, and no world. Likewise. */
evidence evidence_of(scenario *whole);
/* Runs the world to the end of the scenario; the recorder finishes there. */
void evidence_finish(const evidence *self);
void evidence_free(evidence *self);

/* A recorded world of the text that has come to its end, with seed 1. To be freed with evidence_free. */
evidence evidence_run(const char *text);
/* What comes of the scenario's only expectation, by the recorder and the witness. */
expect_outcome evidence_judge(const evidence *self);

/* All of it, with seed 1. */
void evidence_watch(const char *text, const observer *watcher);

#endif
