/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_ESTIMATORS_H
#define TOOLS_STATS_ESTIMATORS_H

/*
 * What is said about many runs of one scenario. Times are counted, not binned: a percentile is one of the
 * observed values, so it is exact, and equal data give equal figures on every machine. A time that was never
 * reached is STATISTICS_NEVER, which is greater than all others: a failure stays in the sample.
 *
 * Each interval covers the true value in 95 % of samples; none of them in less than 93 %, whatever the true
 * value is (tests/test_estimators.c). Where no such bound exists, none is given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATISTICS_CONFIDENCE_PPM 950000u /* of every interval here: 95 % */
#define STATISTICS_NEVER UINT64_MAX

/* ---- runs that give more than one value ---- */

/*
 * What a run gave several of: those of one run may resemble one another, so that they say less than as many
 * of different runs. Sums over runs of n, how many a run gave, and k, how many of them count.
 */
typedef struct statistics_runs {
    size_t count;     /* of runs with n > 0 */
    size_t none;      /* of them: k = 0 */
    size_t all;       /* of them: k = n */
    double n, nn;     /* of n, and of its square */
    double n_most;    /* the greatest n */
    double k, kk, kn; /* of k, of its square, and of the product */
} statistics_runs;

void statistics_runs_add(statistics_runs *self, size_t n, size_t k);

/*
 * How many independent values say as much: the count over the design effect of Kish (1965), which is the
 * variance of the share between runs over that of independent values, less what the few degrees of freedom
 * of that variance cost (Korn and Graubard 1998). It is at least the count over the greatest n, as when all
 * values of a run are the same, and it is that as well where fewer than 10 runs have some or lack some: their
 * variance says nothing. The count itself where no run gave more than one.
 */
size_t statistics_effective(const statistics_runs *runs);

/* ---- a share ---- */

/* Of a proportion; parts per million, 0 to 1000000, rounded outward. */
typedef struct statistics_proportion {
    uint64_t successes;
    uint64_t trials;
    uint32_t ppm; /* successes / trials, rounded to the nearest; 0 of no trials */
    uint32_t low_ppm;
    uint32_t high_ppm;
} statistics_proportion;

/*
 * Wilson's score interval (Wilson 1927), which stays inside 0 to 1 and says something also when all trials
 * succeeded. Alone it covers as little as 79 % where few succeed or few fail: the lower bound of 25 successes
 * or fewer is the exact one (Clopper and Pearson 1934) where that is wider, and so is the upper bound of 25
 * failures or fewer. Of no trials: 0 to 1. successes must not exceed trials (asserted).
 */
statistics_proportion statistics_wilson(uint64_t successes, uint64_t trials);

/* The lower bound of Wilson's interval alone, 0 to 1, for intervals that are made of it. trials must be more
 * than 0. */
double statistics_score_low(uint64_t successes, uint64_t trials);

/* statistics_wilson of runs that give several: the interval is that of so many trials as they are worth. */
statistics_proportion statistics_wilson_of_runs(const statistics_runs *runs);

/* ---- a percentile ---- */

/* Of a percentile; in the unit of the values. */
typedef struct statistics_percentile {
    uint64_t value; /* STATISTICS_NEVER where it falls among those never reached */
    uint64_t low;   /* 0 without bound */
    uint64_t high;  /* STATISTICS_NEVER without bound, and where the bound falls among those never reached */
    bool has_low;
    bool has_high;
} statistics_percentile;

/*
 * The p-th percentile of count > 0 values in ascending order, p from 1 to 100: the smallest value that at
 * least p % of all do not exceed (type 1 of Hyndman and Fan 1996); 100 is the maximum.
 *
 * Its interval is from one order statistic to another, as the binomial distribution has it (Thompson 1936):
 * it holds for every distribution. A count that is too small for a bound has none; a maximum has neither.
 */
statistics_percentile statistics_percentile_of(const uint64_t *sorted, size_t count, unsigned p);

/* Values of which a run may have given several. */
typedef struct statistics_sample {
    const uint64_t *sorted; /* ascending */
    size_t count;           /* > 0 */
    const uint64_t *values; /* the same ones, those of a run side by side; NULL: each run gave one */
    const uint32_t *runs;   /* the number of the run of each of values */
} statistics_sample;

/* The order statistics of the interval are those of so many values as these are worth, stretched to count. */
statistics_percentile statistics_percentile_of_sample(const statistics_sample *sample, unsigned p);

/* Ascending, for the above. */
void statistics_sort(uint64_t *values, size_t count);

#endif
