/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_SEED_RUNS_H
#define SIM_TESTS_SEED_RUNS_H

/*
 * Fixture: a program that makes something of each seed of a range and judges it, in several processes. It
 * prints a line for each seed that fails, and what came of all; tools/worlds --help tells its arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEED_TEXT_MAX 512
#define SEED_OUTCOMES_MAX 16
#define SEED_FIGURES_MAX 8

typedef struct seed_verdict {
    unsigned outcome;
    char text[SEED_TEXT_MAX]; /* one line: what is wrong; "" where nothing is */
    uint64_t figures[SEED_FIGURES_MAX];
} seed_verdict;

/* The options that the program was given, for a suite. */
typedef struct seed_options {
    uint64_t late_max_ns; /* UINT64_MAX: no limit */
} seed_options;

typedef struct seed_suite {
    const char *about; /* "random calls" */
    unsigned outcomes; /* from 0 */
    const char *(*name)(unsigned outcome);
    bool (*is_fault)(unsigned outcome);
    const char *const *figures; /* names of those of a verdict, which are added up; NULL ends the list */
    uint64_t patience_s;        /* wall time of a seed; 0: no limit, as a check sets itself one */
    void (*check)(const seed_options *options, uint64_t seed, seed_verdict *out);
    /* The scenario of a seed, as made; to be freed. */
    char *(*text)(uint64_t seed);
    /* The same, smaller, of one that failed. */
    char *(*shrunk)(const seed_options *options, uint64_t seed, const seed_verdict *verdict);
    /* Judges a scenario from a file; prints a line. */
    bool (*replay)(const char *path, const char *text);
} seed_suite;

/* With the arguments of the program; its exit status. */
int seed_runs_main(const seed_suite *suite, int argc, char **argv);

#endif
