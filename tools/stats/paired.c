/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/paired.h"

#include "tools/stats/estimators.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NORMAL_QUANTILE 1.959963984540054 /* of 0.975 */
#define INFINITE (INT64_MAX / 4)          /* two of them can be added */

/* ---- the sign test ---- */

double paired_sign_test(uint64_t worse, uint64_t better)
{
    const double n = (double)(worse + better);
    double sum = 0;
    if (worse == 0)
        return 1;
    /* From the smallest term on; a term is C(n, i) / 2^n. */
    for (uint64_t i = worse + better; i >= worse; i--)
        sum += exp(lgamma(n + 1) - lgamma((double)i + 1) - lgamma(n - (double)i + 1) - n * log(2));
    return fmin(1, sum);
}

/* ---- signed ranks ---- */

static int64_t bounded(int64_t difference)
{
    if (difference == PAIRED_NEVER || difference == -PAIRED_NEVER)
        return difference > 0 ? INFINITE : -INFINITE;
    assert(difference < PAIRED_LIMIT_NS && difference > -PAIRED_LIMIT_NS);
    return difference;
}

static int compare_sizes(const void *left, const void *right)
{
    const int64_t a = llabs(*(const int64_t *)left);
    const int64_t b = llabs(*(const int64_t *)right);
    return (a > b) - (a < b);
}

static int compare_values(const void *left, const void *right)
{
    const int64_t *const a = left;
    const int64_t *const b = right;
    return (*a > *b) - (*a < *b);
}

/* Those that are not zero, sorted; to be freed. */
static int64_t *nonzero(const int64_t *differences, size_t count, int (*compare)(const void *, const void *),
                        size_t *kept)
{
    int64_t *const out = malloc((count + 1) * sizeof *out);
    *kept = 0;
    for (size_t i = 0; out && i < count; i++)
        if (differences[i] != 0)
            out[(*kept)++] = bounded(differences[i]);
    if (out && *kept > 1)
        qsort(out, *kept, sizeof *out, compare);
    return out;
}

/* Twice the rank of each, which is whole also where equal ones share theirs. Gives the sum of the positive.
 */
static uint64_t double_ranks(const int64_t *sorted, size_t count, uint64_t *ranks)
{
    uint64_t positive = 0;
    for (size_t from = 0; from < count;) {
        size_t to = from;
        while (to < count && llabs(sorted[to]) == llabs(sorted[from]))
            to++;
        for (size_t i = from; i < to; i++) {
            ranks[i] = from + to + 1; /* the mean of the ranks from + 1 to `to`, twice */
            positive += sorted[i] > 0 ? ranks[i] : 0;
        }
        from = to;
    }
    return positive;
}

/* Ways to give signs, by their sum, as shares of all. */
static double exact_tail(const uint64_t *ranks, size_t count, uint64_t least)
{
    enum { SUMS_MAX = PAIRED_EXACT_MAX * (PAIRED_EXACT_MAX + 1) + 1 };
    double ways[SUMS_MAX] = {1};
    size_t highest = 0;
    double tail = 0;
    for (size_t i = 0; i < count; i++) {
        highest += ranks[i];
        for (size_t sum = highest + 1; sum-- > 0;)
            ways[sum] = (ways[sum] + (sum >= ranks[i] ? ways[sum - ranks[i]] : 0)) / 2;
    }
    for (size_t sum = highest + 1; sum-- > least;)
        tail += ways[sum];
    return fmin(1, tail);
}

static double normal_tail(const uint64_t *ranks, size_t count, uint64_t positive)
{
    double total = 0;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        total += (double)ranks[i];
        squares += (double)ranks[i] * (double)ranks[i];
    }
    return erfc(((double)positive - total / 2) / sqrt(squares / 4) / sqrt(2)) / 2;
}

double paired_signed_rank(const int64_t *differences, size_t count)
{
    size_t kept;
    double chance = NAN;
    int64_t *const sorted = nonzero(differences, count, compare_sizes, &kept);
    uint64_t *const ranks = calloc(kept + 1, sizeof *ranks);
    if (sorted && ranks && kept > 0) {
        const uint64_t positive = double_ranks(sorted, kept, ranks);
        chance =
            kept <= PAIRED_EXACT_MAX ? exact_tail(ranks, kept, positive) : normal_tail(ranks, kept, positive);
    } else if (sorted && ranks) {
        chance = 1;
    }
    free(ranks);
    free(sorted);
    return chance;
}

/* ---- the shift ---- */

/* How many sums of two, or of one with itself, are at most `most`. */
static uint64_t sums_up_to(const int64_t *sorted, size_t count, int64_t most)
{
    uint64_t sums = 0;
    size_t above = count;
    for (size_t i = 0; i < count; i++) {
        while (above > 0 && sorted[above - 1] > most - sorted[i])
            above--;
        sums += above > i ? above - i : 0;
    }
    return sums;
}

/* The rank-th smallest sum, from 1. */
static int64_t sum_of_rank(const int64_t *sorted, size_t count, uint64_t rank)
{
    int64_t low = 2 * sorted[0];
    int64_t high = 2 * sorted[count - 1];
    while (low < high) {
        const int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
        if (sums_up_to(sorted, count, middle) >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static int64_t half(int64_t sum)
{
    const int64_t mean = sum / 2;
    return mean >= PAIRED_LIMIT_NS / 2 ? PAIRED_NEVER : mean <= -PAIRED_LIMIT_NS / 2 ? -PAIRED_NEVER : mean;
}

/* The greatest c such that a sum of ranks of at most c - 1 has a chance of 2.5 %; 0: there is none. */
static uint64_t critical(size_t count)
{
    const double n = (double)count;
    if (count > PAIRED_EXACT_MAX) /* rounded down: the interval is the wider one */
        return (uint64_t)(n * (n + 1) / 4 - NORMAL_QUANTILE * sqrt(n * (n + 1) * (2 * n + 1) / 24));
    uint64_t ranks[PAIRED_EXACT_MAX];
    const uint64_t most = (uint64_t)count * (count + 1) / 2;
    uint64_t least = most + 1;
    for (size_t i = 0; i < count; i++)
        ranks[i] = 2 * (i + 1);
    while (least > 0 && exact_tail(ranks, count, 2 * (least - 1)) <= 0.025)
        least--;
    return most + 1 - least;
}

paired_shift paired_shift_of(const int64_t *differences, size_t count)
{
    size_t kept;
    paired_shift shift = {0};
    int64_t *const sorted = nonzero(differences, count, compare_values, &kept);
    if (sorted && kept > 0) {
        const uint64_t sums = (uint64_t)kept * (kept + 1) / 2;
        const uint64_t rank = critical(kept);
        const int64_t lower = sum_of_rank(sorted, kept, (sums + 1) / 2);
        const int64_t upper = sum_of_rank(sorted, kept, sums / 2 + 1);
        shift = (paired_shift){.value = half(lower / 2 + upper / 2 + (lower % 2 + upper % 2) / 2),
                               .low = rank ? half(sum_of_rank(sorted, kept, rank)) : -PAIRED_NEVER,
                               .high = rank ? half(sum_of_rank(sorted, kept, sums + 1 - rank)) : PAIRED_NEVER,
                               .moved = kept};
    }
    free(sorted);
    return shift;
}

/* ---- shares ---- */

static double wilson_side(uint64_t successes, uint64_t trials, bool high)
{
    return high ? 1 - statistics_score_low(trials - successes, trials)
                : statistics_score_low(successes, trials);
}

paired_share paired_share_of(const paired_counts *counts)
{
    const double both = (double)counts->both;
    const double before = (double)counts->only_before;
    const double after = (double)counts->only_after;
    const double neither = (double)counts->neither;
    const uint64_t n = counts->both + counts->only_before + counts->only_after + counts->neither;
    if (n == 0)
        return (paired_share){0, -1, 1};
    const uint64_t had = counts->both + counts->only_before;
    const uint64_t has = counts->both + counts->only_after;
    const double was = (double)had / (double)n;
    const double is = (double)has / (double)n;
    const double margins = sqrt((both + before) * (after + neither) * (both + after) * (before + neither));
    double cross = both * neither - before * after;
    if (cross > 0)
        cross = fmax(cross - (double)n / 2, 0); /* Newcombe's correction for continuity */
    const double phi = margins > 0 ? cross / margins : 0;
    const double is_low = is - wilson_side(has, n, false);
    const double is_high = wilson_side(has, n, true) - is;
    const double was_low = was - wilson_side(had, n, false);
    const double was_high = wilson_side(had, n, true) - was;
    const double value = is - was;
    return (paired_share){
        .value = value,
        .low = value - sqrt(is_low * is_low - 2 * phi * is_low * was_high + was_high * was_high),
        .high = value + sqrt(is_high * is_high - 2 * phi * is_high * was_low + was_low * was_low)};
}

/* ---- many tests ---- */

typedef struct discovery {
    double value;
    size_t index;
} discovery;

static int compare_discoveries(const void *left, const void *right)
{
    const discovery *const a = left;
    const discovery *const b = right;
    return a->value != b->value ? (a->value > b->value) - (a->value < b->value)
                                : (a->index > b->index) - (a->index < b->index);
}

bool paired_discoveries(double *values, size_t count)
{
    discovery *const sorted = calloc(count + 1, sizeof *sorted);
    double least = 1;
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = (discovery){values[i], i};
    qsort(sorted, count, sizeof *sorted, compare_discoveries);
    for (size_t i = count; i-- > 0;) {
        least = fmin(least, sorted[i].value * (double)count / (double)(i + 1));
        values[sorted[i].index] = least;
    }
    free(sorted);
    return true;
}
