/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define PPM 1000000.0
#define NORMAL_QUANTILE 1.959963984540054 /* of 0.975: two-sided 95 % */
#define TAIL 0.025

static double clamp(double value)
{
    return fmin(1, fmax(0, value));
}

statistics_proportion statistics_wilson(uint64_t successes, uint64_t trials)
{
    assert(successes <= trials);
    if (trials == 0)
        return (statistics_proportion){.high_ppm = 1000000};
    const double n = (double)trials;
    const double share = (double)successes / n;
    const double z2 = NORMAL_QUANTILE * NORMAL_QUANTILE;
    const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const double half = NORMAL_QUANTILE * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    /* At the ends the formula gives 0 and 1 but for rounding. */
    const double low = successes == 0 ? 0 : clamp(centre - half);
    const double high = successes == trials ? 1 : clamp(centre + half);
    return (statistics_proportion){.successes = successes,
                                   .trials = trials,
                                   .ppm = (uint32_t)lround(share * PPM),
                                   .low_ppm = (uint32_t)floor(low * PPM),
                                   .high_ppm = (uint32_t)ceil(high * PPM)};
}

/* The chance that a binomial variable of n trials is at least k, 1 <= k <= n: the sum of its terms from the
 * greatest one outward, where they are no more than dust. */
static double at_least(size_t k, size_t n, double chance)
{
    if (chance <= 0)
        return 0;
    if (chance >= 1)
        return 1;
    const double mean = (double)n * chance;
    const double odds = chance / (1 - chance);
    size_t from = mean > (double)k ? (size_t)mean : k;
    if (from > n)
        from = n;
    const double top = exp(lgamma((double)n + 1) - lgamma((double)from + 1) - lgamma((double)(n - from) + 1) +
                           (double)from * log(chance) + (double)(n - from) * log1p(-chance));
    double sum = top;
    double term = top;
    for (size_t i = from; i < n && term > top * 1e-18; i++) {
        term *= odds * (double)(n - i) / (double)(i + 1);
        sum += term;
    }
    term = top;
    for (size_t i = from; i > k && term > top * 1e-18; i--) {
        term *= (double)i / ((double)(n - i + 1) * odds);
        sum += term;
    }
    return fmin(1, sum);
}

/* The index of the smallest value that the k-th smallest of a resample does not exceed with that chance. */
static size_t resampled_index(size_t k, size_t count, double chance)
{
    size_t low = 0;
    size_t high = count - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (at_least(k, count, (double)(middle + 1) / (double)count) >= chance)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

statistics_percentile statistics_percentile_of(const uint64_t *sorted, size_t count, unsigned p)
{
    assert(count > 0 && p >= 1 && p <= 100);
    const size_t k = (size_t)(((unsigned long long)count * p + 99) / 100);
    return (statistics_percentile){.value = sorted[k - 1],
                                   .low = sorted[resampled_index(k, count, TAIL)],
                                   .high = sorted[resampled_index(k, count, 1 - TAIL)]};
}

static int compare(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;
    return (*a > *b) - (*a < *b);
}

void statistics_sort(uint64_t *values, size_t count)
{
    if (count > 1)
        qsort(values, count, sizeof *values, compare);
}
