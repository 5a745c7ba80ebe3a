/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_REPORT_H
#define TOOLS_GATE_REPORT_H

/* The gate's verdict, for people and for CI systems. */

#include "tools/ci/verdicts.h"
#include "tools/gate/baselines.h"
#include "tools/gate/compare.h"

#include <stdio.h>

/* One scenario that was compared. */
typedef struct gate_scenario {
    const char *name;
    const char *file; /* for the command that replays */
    size_t runs;
    uint64_t first; /* seeds */
    uint64_t last;
    bool independent; /* each combination has seeds of its own, which stand for these (own_seed.h) */
    bool exact;
    bool unsupported; /* in each run a QUIC library cannot do what was asked of it */
    size_t combinations;
    gate_tolerance tolerance;
    const scenario *whole; /* where its expectations stand; NULL: not known */
} gate_scenario;

typedef struct gate_verdict {
    const gate_scenario *scenarios;
    size_t scenario_count;
    const gate_changes *changes;
    const char *against; /* "the baselines in results/baselines", "commit 1234567" */
    const char *commit;  /* the other side, as it was named; NULL: it is no commit */
    const char *build;   /* the directory of the other side's program; NULL: it is no build */
    const gate_problems *problems;
    bool strict; /* every problem is red */
    bool colour;
} gate_verdict;

/* Any change for the worse; when strict, any problem too. */
bool gate_is_red(const gate_verdict *verdict);

/* "red", "green", or "undecided" where something is not compared: the exit status is 2. */
const char *gate_colour(const gate_verdict *verdict);

/* Tables and a last line. False: out of memory. */
ROAM_CHECKED bool gate_print(const gate_verdict *verdict, FILE *stream);

/* The table alone. */
ROAM_CHECKED bool gate_print_changes(const gate_verdict *verdict, FILE *stream);

/* A line each: on standard error, where they make the exit status 2. gate_print does it, too. */
void gate_print_problems(const gate_problems *problems, FILE *stream);

/* As CI systems read it; a failure is in *out. */
void gate_verdicts(const gate_verdict *verdict, ci_verdicts *out);

/* As JSON. False: out of memory. */
ROAM_CHECKED bool gate_json(const gate_verdict *verdict, FILE *stream);

/* GitHub's Markdown (markdown.c): what got worse in sentences first, then each measure, the words, and the
 * commands that show it. */
void gate_markdown(const gate_verdict *verdict, FILE *stream);

#endif
