/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/estimators.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define PPM 1000000.0
#define NORMAL_QUANTILE 1.959963984540054 /* of 0.975: two-sided 95 % */
#define TAIL 0.025

enum { EXACT_MAX = 25, RUNS_MIN = 10 };

/* ---- distributions ---- */

/* The chance that a binomial variable of n trials is at least k, 0 <= k <= n: the sum of its terms from the
 * greatest one outward, where they are no more than dust. */
static double at_least(size_t k, size_t n, double chance)
{
    if (k == 0 || chance >= 1)
        return 1;
    if (chance <= 0)
        return 0;
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

/* Student's t, 0.975; beyond the table the expansion of Cornish and Fisher is good to four digits. */
static double student_quantile(size_t freedom)
{
    static const double FEW[] = {INFINITY, 12.7062, 4.3027, 3.1824, 2.7764, 2.5706,
                                 2.4469,   2.3646,  2.3060, 2.2622, 2.2281};
    if (freedom < sizeof FEW / sizeof *FEW)
        return FEW[freedom];
    const double z = NORMAL_QUANTILE;
    const double f = (double)freedom;
    const double z3 = z * z * z;
    return z + (z3 + z) / (4 * f) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * f * f);
}

/* ---- runs that give more than one value ---- */

void statistics_runs_add(statistics_runs *self, size_t n, size_t k)
{
    assert(n > 0 && k <= n);
    const double nd = (double)n;
    const double kd = (double)k;
    self->count++;
    self->none += k == 0;
    self->all += k == n;
    self->n += nd;
    self->nn += nd * nd;
    self->n_most = fmax(self->n_most, nd);
    self->k += kd;
    self->kk += kd * kd;
    self->kn += kd * nd;
}

size_t statistics_effective(const statistics_runs *runs)
{
    if (runs->nn <= runs->n)
        return runs->count;
    const double least = runs->n / runs->n_most;
    if (runs->count - runs->none < RUNS_MIN || runs->count - runs->all < RUNS_MIN)
        return (size_t)least;
    const double share = runs->k / runs->n;
    const double m = (double)runs->count;
    const double between = m / (m - 1) * (runs->kk - 2 * share * runs->kn + share * share * runs->nn);
    const double effect = between / (runs->n * share * (1 - share));
    const double cost = NORMAL_QUANTILE / student_quantile(runs->count - 1);
    const double most = effect > 1 ? runs->n / effect : runs->n;
    return (size_t)fmax(least, most * cost * cost);
}

/* ---- a share ---- */

static double clamp(double value)
{
    return fmin(1, fmax(0, value));
}

/* Clopper's and Pearson's lower bound: the share of which so many or more have a chance of TAIL. */
static double exact_low(size_t successes, size_t trials)
{
    enum { STEPS = 60 };
    double low = 0;
    double high = (double)successes / (double)trials;
    for (int i = 0; i < STEPS; i++) {
        const double middle = (low + high) / 2;
        if (at_least(successes, trials, middle) < TAIL)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double statistics_score_low(uint64_t successes, uint64_t trials)
{
    assert(successes <= trials);
    if (successes == 0)
        return 0;
    const double n = (double)trials;
    const double share = (double)successes / n;
    const double z2 = NORMAL_QUANTILE * NORMAL_QUANTILE;
    const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const double half = NORMAL_QUANTILE * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    return clamp(centre - half);
}

static double share_low(size_t successes, size_t trials)
{
    const double low = statistics_score_low(successes, trials);
    return successes == 0 || successes > EXACT_MAX ? low : fmin(low, exact_low(successes, trials));
}

/* worth: of how many trials the interval is. */
static statistics_proportion proportion(uint64_t successes, uint64_t trials, size_t worth)
{
    assert(successes <= trials);
    if (trials == 0)
        return (statistics_proportion){.high_ppm = 1000000};
    const double share = (double)successes / (double)trials;
    const size_t good = worth == trials ? successes : (size_t)floor(share * (double)worth);
    const size_t bad = worth == trials ? trials - successes : (size_t)floor((1 - share) * (double)worth);
    return (statistics_proportion){.successes = successes,
                                   .trials = trials,
                                   .ppm = (uint32_t)lround(share * PPM),
                                   .low_ppm = (uint32_t)floor(share_low(good, worth) * PPM),
                                   .high_ppm = (uint32_t)ceil((1 - share_low(bad, worth)) * PPM)};
}

statistics_proportion statistics_wilson(uint64_t successes, uint64_t trials)
{
    return proportion(successes, trials, trials);
}

statistics_proportion statistics_wilson_of_runs(const statistics_runs *runs)
{
    return proportion((uint64_t)runs->k, (uint64_t)runs->n, statistics_effective(runs));
}

/* ---- a percentile ---- */

/* The greatest rank that at most TAIL of samples have above the percentile; 0: there is none. */
static size_t low_rank(size_t count, double share)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low + 1) / 2;
        if (1 - at_least(middle, count, share) <= TAIL)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* The smallest rank that at most TAIL of samples have below the percentile; count + 1: there is none. */
static size_t high_rank(size_t count, double share)
{
    size_t low = 1;
    size_t high = count + 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (at_least(middle, count, share) <= TAIL)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* worth: of how many values the interval is. */
static statistics_percentile percentile(const uint64_t *sorted, size_t count, unsigned p, size_t worth)
{
    assert(count > 0 && p >= 1 && p <= 100);
    const size_t k = (size_t)(((unsigned long long)count * p + 99) / 100);
    statistics_percentile at = {.value = sorted[k - 1], .high = STATISTICS_NEVER};
    if (p == 100)
        return at;
    const double stretch = (double)count / (double)worth;
    const size_t low = low_rank(worth, p / 100.0);
    const size_t high = high_rank(worth, p / 100.0);
    at.has_low = low > 0;
    at.has_high = high <= worth;
    /* Where values of a run are the same, each rank is several places of sorted: the outer ones are taken. */
    if (at.has_low)
        at.low = sorted[(size_t)floor((double)(low - 1) * stretch)];
    if (at.has_high)
        at.high = sorted[(size_t)fmin((double)count, ceil((double)high * stretch)) - 1];
    return at;
}

statistics_percentile statistics_percentile_of(const uint64_t *sorted, size_t count, unsigned p)
{
    return percentile(sorted, count, p, count);
}

/* Of each run how many of its values do not exceed the bound. */
static statistics_runs runs_within(const statistics_sample *sample, uint64_t bound)
{
    statistics_runs runs = {0};
    for (size_t i = 0; i < sample->count;) {
        const size_t first = i;
        size_t within = 0;
        for (; i < sample->count && sample->runs[i] == sample->runs[first]; i++)
            within += sample->values[i] <= bound;
        statistics_runs_add(&runs, i - first, within);
    }
    return runs;
}

statistics_percentile statistics_percentile_of_sample(const statistics_sample *sample, unsigned p)
{
    if (!sample->values || p == 100)
        return statistics_percentile_of(sample->sorted, sample->count, p);
    const statistics_runs runs =
        runs_within(sample, statistics_percentile_of(sample->sorted, sample->count, p).value);
    return percentile(sample->sorted, sample->count, p, statistics_effective(&runs));
}

static int compare(const void *left, const void *right)
{
    const uint64_t *const a = left;
    const uint64_t *const b = right;
    return (*a > *b) - (*a < *b);
}

void statistics_sort(uint64_t *values, size_t count)
{
    if (count > 1)
        qsort(values, count, sizeof *values, compare);
}
