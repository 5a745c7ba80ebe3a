/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_UNTIL_H
#define TOOLS_SWEEP_UNTIL_H

/*
 * A sweep that goes on until its figures are known well enough: 'validation.p99 <= 5%'. The interval of each
 * series of that kind, as roam stats prints it, must then have no bound further from the figure than 5 % of
 * it. A series of which this percentile was never reached is known when the lower bound was not either.
 */

#include "tools/stats/series.h"
#include "tools/sweep/runs.h"

#define UNTIL_TEXT_MAX 64
#define UNTIL_CONDITIONS_MAX 16
#define UNTIL_SEEDS 10000 /* at most so many, unless the command says otherwise */

typedef struct until_condition {
    char text[UNTIL_TEXT_MAX]; /* as it was given */
    measure_kind kind;
    unsigned percent; /* of the percentile, 1 to 99; 0: the share of successes */
    bool relative;    /* within: parts per billion of the percentile, or of all; else ns */
    uint64_t within;
} until_condition;

/* False after a message on standard error that begins with command. */
ROAM_CHECKED bool until_parse(const char *command, const char *text, until_condition *out);

/* The interval of this series is that narrow. */
bool until_is_narrow(const until_condition *condition, const measure_series *series);

typedef struct until_options {
    const until_condition *conditions;
    size_t count; /* of them, which all must hold */
} until_options;

/*
 * sweep_run in rounds: the first 100 seeds, then a quarter more each time. After each round every scenario is
 * looked at, and one whose series are all narrow enough, in all of its combinations, is done; so the last
 * seed follows from the results alone. options->seeds are the bounds of each file. Counts in *result are
 * those of all rounds; *narrow: every condition holds. COMMAND_USAGE: no run measured what a condition is
 * about.
 */
ROAM_CHECKED int until_run(const sweep_options *options, const until_options *until, sweep_result *result,
                           bool *narrow);

#endif
