/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_RANDOM_CHECK_H
#define SIM_TESTS_RANDOM_CHECK_H

/*
 * Fixture: runs a random world and judges it, and makes the world smaller while its fault stays.
 *
 * What is claimed of every world, where `end` is the end of the scenario, three seconds after the last event.
 *
 * It runs: no endpoint contradicts itself, refuses what it has to take, or leaves a deadline unserved. Every
 * call of migrate has its one result, within its budget, if that is over by `end`. No message is damaged,
 * doubled or out of order. No peer_down is told, but for a connection that was never up, and in worlds where
 * an endpoint restarts or gives up a peer that was silent for 4 s. Without a peer_down or a restart every
 * message that the core took before `end` arrives, at the latest RUN_OUT_MAX_NS after it, or sooner where
 * late_max_ns asks for that. What the core says of each call and what the taps saw do not contradict each
 * other. No rule of RFC 9000 is broken, as packets show.
 */

#include "sim/tests/random_world.h"

typedef enum random_outcome {
    RANDOM_HELD,
    RANDOM_EXCUSED, /* a peer_down that may be, a connection that was not up by `end`, or a watchdog that goes
                     * on moving: nothing else is wrong */
    RANDOM_INVALID, /* the generator's own fault: the scenario cannot be loaded */
    RANDOM_BROKEN,  /* the world could not be run to its end */
    RANDOM_LOST,    /* messages did not arrive */
    RANDOM_LATE,    /* the last message came, but too late */
    RANDOM_DAMAGED, /* messages were damaged, doubled or out of order */
    RANDOM_DOWN,    /* a peer_down without a cause */
    RANDOM_UNANSWERED,    /* a call without its result in time */
    RANDOM_CONTRADICTION, /* core and taps differ about a call */
    RANDOM_RULE,          /* of RFC 9000 is broken, as the witness sees it */
    RANDOM_OUTCOMES
} random_outcome;

const char *random_outcome_name(random_outcome outcome);
bool random_is_fault(random_outcome outcome);

typedef struct random_verdict {
    random_outcome outcome;
    char text[512];   /* one line: what is wrong; "" where nothing is */
    uint64_t late_ns; /* the last message came so long after the last event; 0: before, or none came */
    uint64_t packets;
} random_verdict;

/* One world at a time. Aborts when there is no memory. */
void random_check(const random_world *world, random_verdict *out);
/* The same for the text of a scenario, whose last event is RANDOM_WHOLE_NS before its end. */
void random_check_text(const char *text, uint64_t late_max_ns, random_verdict *out);

/* Drops what can be dropped without changing the outcome, one group after the other, until none can. Where a
 * rule is broken, that is the same rule, the first word of the text. */
void random_shrink(random_world *world, const random_verdict *verdict);

#endif
