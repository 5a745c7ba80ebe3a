/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_RANDOM_JUDGE_H
#define SIM_TESTS_RANDOM_JUDGE_H

/*
 * Fixture: runs a scenario, whatever it is, in a process of its own, judges it, and makes it smaller while
 * its fault stays. What must hold of each:
 *
 * It is run to its end within RANDOM_PATIENCE_S of processor time, without a crash and without a leak. Core
 * and taps do not contradict each other. No rule of RFC 9000 is broken, as packets show. No message is
 * damaged, doubled or out of order. Every call of migrate whose budget ends before the run does has its
 * result, within its budget, unless its node restarted first; a second result ends the world
 * (sim/world/migrate_calls.c). No member of an overlay refuses a message as one that only a hostile
 * member sends, unless there is one. A second run leaves the same bytes.
 *
 * Whether messages arrive, and whether expectations are met, is no matter here: anything may happen to these
 * worlds.
 */

#include "sim/scenario/scenario.h"
#include "sim/tests/random_scenario.h"

#define RANDOM_PATIENCE_S 20
#define RANDOM_HANG_S 300 /* wall time */
#define RANDOM_JUDGED_MAX 512

typedef enum random_judgement {
    RANDOM_SOUND,
    RANDOM_REFUSED,     /* the loader refuses what it has no place for */
    RANDOM_STOPPED,     /* the world could not be run to its end: exit status 3 of roam run */
    RANDOM_CONTRADICTS, /* core and taps */
    RANDOM_BREAKS_RULE, /* of RFC 9000, as the witness sees it */
    RANDOM_MESSAGES,    /* damaged, doubled or out of order */
    RANDOM_RESULTS,     /* a call without its one result in time */
    RANDOM_DIFFERS,     /* the second run */
    RANDOM_CRASHED,
    RANDOM_SLOW,
    RANDOM_JUDGEMENTS
} random_judgement;

const char *random_judgement_name(random_judgement judgement);

typedef struct random_judged {
    random_judgement judgement;
    size_t entries, refused; /* of the timeline, and those of them that were not carried out */
    size_t calls;
    uint64_t packets;
    uint64_t wall_ms;             /* of both runs */
    char text[RANDOM_JUDGED_MAX]; /* one line: what is wrong; "" where nothing is */
} random_judged;

typedef struct random_trial {
    const char *text; /* of the scenario */
    const char *dir;  /* for what the runs leave, in directories of their own: to be there */
    bool twice;
    bool files; /* with captures and qlog */
} random_trial;

/* Aborts when the machine has no process, pipe or memory to give. */
void random_judge(const random_trial *trial, random_judged *out);

/* Drops what can be dropped without changing the judgement. `trial` without its text. */
void random_judge_shrink(random_scenario *whole, const random_trial *trial, const random_judged *judged);

/* The name of a file of the one run, but timing.json, that is not the same in the other; "": all are.
 * RANDOM_JUDGED_MAX bytes. */
void random_judge_compare(const char *one_dir, const char *other_dir, char *differs);

/* The scenario, to be freed with scenario_free. NULL: it is refused, and the first reason is written. */
scenario *random_judge_load(const char *text, char reason[RANDOM_JUDGED_MAX]);

/* Removes `dir` with what trials left there. */
void random_judge_clean(const char *dir);

#endif
