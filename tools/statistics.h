/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATISTICS_H
#define TOOLS_STATISTICS_H

/*
 * What is said about many runs of one scenario. Times are counted, not binned: a percentile is one of the
 * observed values, so it is exact, and equal data give equal figures on every machine.
 */

#include <stddef.h>
#include <stdint.h>

#define STATISTICS_CONFIDENCE_PPM 950000u /* of every interval here: 95 % */

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
 * succeeded. Of no trials: 0 to 1. successes must not exceed trials (asserted).
 */
statistics_proportion statistics_wilson(uint64_t successes, uint64_t trials);

/* Of a percentile; in the unit of the values. */
typedef struct statistics_percentile {
    uint64_t value;
    uint64_t low;
    uint64_t high;
} statistics_percentile;

/*
 * The p-th percentile of count > 0 values in ascending order, p from 1 to 100: the smallest value that at
 * least p % of all do not exceed (type 1 of Hyndman and Fan 1996); 100 is the maximum.
 *
 * Its interval is the bootstrap percentile interval (Efron 1979) in the limit of infinitely many resamples:
 * the k-th smallest of a resample is at most the j-th value with the probability that a binomial variable of
 * count trials and chance j / count is at least k (Hutson and Ernst 2000). So no seed is drawn from, and no
 * error of a finite number of resamples is in it.
 */
statistics_percentile statistics_percentile_of(const uint64_t *sorted, size_t count, unsigned p);

/* Ascending, for the above. */
void statistics_sort(uint64_t *values, size_t count);

#endif
