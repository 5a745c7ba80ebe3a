/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_PAIRED_H
#define TOOLS_STATS_PAIRED_H

/*
 * Tests of two samples that were taken with the same seeds: what differs, and how often chance alone gives
 * that much. A pair is what two programs measured with one seed.
 *
 * When the programs do the same, the two values of a pair may be exchanged: both when the draws of a run
 * stayed the same, where they are equal or close, and when one more packet moved all later draws, where they
 * are independent. So every test here holds its level in both cases, and nothing has to be decided
 * beforehand. Where the values of a pair are correlated, the tests are as sharp as the correlation allows;
 * where they are not, they are as sharp as a test of two independent samples, but for the few degrees of
 * freedom that count under 30 pairs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIRED_NEVER INT64_MAX /* a difference: from a time to never; -PAIRED_NEVER is the way back */
#define PAIRED_LIMIT_NS (INT64_MAX / 8) /* of the differences that are finite (asserted) */

/* The chance that at least `worse` of worse + better pairs that differ are worse, when either is as likely
 * (McNemar's test, exact and one-sided: the binomial distribution of chance 1/2). 1 without any. */
double paired_sign_test(uint64_t worse, uint64_t better);

/*
 * Wilcoxon's signed-rank test, one-sided for greater: the chance of a sum of ranks of positive differences as
 * great as this one. Differences of zero are left out, equal ones share their mean rank. Exact up to
 * PAIRED_EXACT_MAX differences, beyond it by the normal distribution, whose tail is the heavier one. 1 when
 * none differs. NaN: out of memory.
 */
#define PAIRED_EXACT_MAX 60
double paired_signed_rank(const int64_t *differences, size_t count);

/* A difference with its interval of 95 %; in the unit of the values. */
typedef struct paired_shift {
    int64_t value;
    int64_t low;  /* -PAIRED_NEVER: no lower bound, there are too few pairs */
    int64_t high; /* PAIRED_NEVER: no upper bound */
    size_t moved; /* pairs that differ */
} paired_shift;

/* Hodges and Lehmann's estimate, the median of the means of any two differences that are not zero, and the
 * interval that belongs to the signed-rank test. Out of memory, or none differs: all zero. */
paired_shift paired_shift_of(const int64_t *differences, size_t count);

/* Pairs by whether each value has a property: failed, later than some time. */
typedef struct paired_counts {
    uint64_t both;
    uint64_t only_before; /* better */
    uint64_t only_after;  /* worse */
    uint64_t neither;
} paired_counts;

/* A difference of two shares, -1 to 1, with its interval of 95 %: Newcombe's for pairs (1998, method 10). Of
 * no pair: 0, -1 to 1. */
typedef struct paired_share {
    double value;
    double low;
    double high;
} paired_share;
paired_share paired_share_of(const paired_counts *counts);

/*
 * Benjamini and Hochberg's: values of count tests become the least false discovery rate at which each is a
 * discovery. To hold a rate of r, take those at most r. False: out of memory.
 */
__attribute__((warn_unused_result)) bool paired_discoveries(double *values, size_t count);

#endif
