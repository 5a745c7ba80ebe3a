/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/stats/estimators.h"

#include "core/hash.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>

#define EQUAL(actual, expected)                                                                              \
    do {                                                                                                     \
        const unsigned long long a = (unsigned long long)(actual), e = (unsigned long long)(expected);       \
        if (a != e)                                                                                          \
            (void)printf("    line %d: %s is %llu, not %llu\n", __LINE__, #actual, a, e);                    \
        CU_ASSERT_EQUAL(a, e);                                                                               \
    } while (0)

/* Wilson's closed formula, and Clopper's and Pearson's equation where 25 or fewer succeed or fail, worked out
 * by another program and rounded outward. */
static void test_wilson(void)
{
    static const struct {
        uint64_t successes, trials;
        uint32_t ppm, low, high;
    } CASES[] = {
        {.successes = 0, .trials = 0, .ppm = 0, .low = 0, .high = 1000000},
        {.successes = 0, .trials = 10, .ppm = 0, .low = 0, .high = 308498},
        {.successes = 10, .trials = 10, .ppm = 1000000, .low = 691502, .high = 1000000},
        {.successes = 5, .trials = 10, .ppm = 500000, .low = 187086, .high = 812914},
        {.successes = 1, .trials = 2, .ppm = 500000, .low = 12579, .high = 987421},
        {.successes = 199, .trials = 200, .ppm = 995000, .low = 972226, .high = 999874},
        {.successes = 100, .trials = 200, .ppm = 500000, .low = 431360, .high = 568640},
        {.successes = 200, .trials = 200, .ppm = 1000000, .low = 981154, .high = 1000000},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const statistics_proportion got = statistics_wilson(CASES[i].successes, CASES[i].trials);
        EQUAL(got.ppm, CASES[i].ppm);
        EQUAL(got.low_ppm, CASES[i].low);
        EQUAL(got.high_ppm, CASES[i].high);
    }
}

/* The smallest value that at least p % do not exceed, counted. */
static uint64_t counted(const uint64_t *sorted, size_t count, unsigned p)
{
    for (size_t i = 0; i < count; i++)
        if (100 * (i + 1) >= p * count)
            return sorted[i];
    return 0;
}

static void test_percentile_is_an_observed_value(void)
{
    uint64_t values[250];
    for (size_t count = 1; count <= 250; count += count < 20 ? 1 : 23) {
        for (size_t i = 0; i < count; i++)
            values[i] = (i * 7919 + 13) % 1009;
        statistics_sort(values, count);
        for (unsigned p = 1; p <= 100; p++)
            EQUAL(statistics_percentile_of(values, count, p).value, counted(values, count, p));
    }
}

/* ---- coverage: of samples of a known distribution ---- */

enum { SEEDS = 2000, VALUES_MAX = 4000 };

/* Of each claim of 95 %, at least 93 % of the seeds. */
#define HELD_MIN (SEEDS / 100 * 93)

/* Between 0 and 1, and neither. */
static double uniform(uint64_t *state)
{
    return ((double)(core_hash_next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
    const double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(6.283185307179586 * uniform(state));
}

static bool covers(statistics_percentile at, uint64_t truth)
{
    return (!at.has_low || at.low <= truth) && (!at.has_high || truth <= at.high);
}

static void check_held(unsigned held, const char *what, size_t count, unsigned p)
{
    CHECK_AT_LEAST(held, HELD_MIN, "%s, %zu, p%u, of %d", what, count, p, SEEDS);
}

/* A time as a function of its place u in the distribution. */
typedef struct times {
    const char *name;
    uint64_t (*at)(double u);
} times;

static uint64_t exponential(double u)
{
    return (uint64_t)(-1e6 * log1p(-u));
}

static uint64_t two_values(double u)
{
    return u < 0.93 ? 41 : 1065;
}

static uint64_t seldom_fails(double u)
{
    return u < 0.95 ? exponential(u) : STATISTICS_NEVER;
}

static uint64_t often_fails(double u)
{
    return u < 0.6 ? exponential(u) : STATISTICS_NEVER;
}

static void test_percentiles_cover(void)
{
    static const times TIMES[] = {{"exponential", exponential},
                                  {"two values", two_values},
                                  {"5 % never", seldom_fails},
                                  {"40 % never", often_fails}};
    static const size_t COUNTS[] = {3, 6, 10, 20, 50, 200, 500};
    static const unsigned PERCENTS[] = {50, 90, 99};
    static uint64_t values[500];
    uint64_t state = 1;
    for (size_t t = 0; t < sizeof TIMES / sizeof *TIMES; t++) {
        for (size_t c = 0; c < sizeof COUNTS / sizeof *COUNTS; c++) {
            unsigned held[3] = {0};
            for (unsigned seed = 0; seed < SEEDS; seed++) {
                for (size_t i = 0; i < COUNTS[c]; i++)
                    values[i] = TIMES[t].at(uniform(&state));
                statistics_sort(values, COUNTS[c]);
                for (size_t p = 0; p < 3; p++)
                    held[p] += covers(statistics_percentile_of(values, COUNTS[c], PERCENTS[p]),
                                      TIMES[t].at(PERCENTS[p] / 100.0));
            }
            for (size_t p = 0; p < 3; p++)
                check_held(held[p], TIMES[t].name, COUNTS[c], PERCENTS[p]);
        }
    }
}

/* The chance of each number of successes, summed over those whose interval holds the share: at and beside
 * each bound, where coverage is least. No chance is in it. */
static double wilson_coverage(const statistics_proportion *intervals, size_t trials, double share)
{
    double sum = 0;
    for (size_t k = 0; k <= trials; k++)
        if (intervals[k].low_ppm / 1e6 <= share && share <= intervals[k].high_ppm / 1e6)
            sum += exp(lgamma((double)trials + 1) - lgamma((double)k + 1) - lgamma((double)(trials - k) + 1) +
                       (double)k * log(share) + (double)(trials - k) * log1p(-share));
    return sum;
}

static void test_wilson_covers(void)
{
    enum { TRIALS_MAX = 300 };
    static statistics_proportion intervals[TRIALS_MAX + 1];
    for (size_t trials = 1; trials <= TRIALS_MAX; trials += trials < 60 ? 1 : 40) {
        double least = 1;
        double worst = 0;
        for (size_t k = 0; k <= trials; k++)
            intervals[k] = statistics_wilson(k, trials);
        for (size_t k = 0; k <= 2 * trials + 1; k++) {
            const uint32_t bound = k <= trials ? intervals[k].low_ppm : intervals[k - trials - 1].high_ppm;
            for (int beside = -1; beside <= 1; beside += 2) {
                const double share = bound / 1e6 + beside * 1e-9;
                const double held = share <= 0 || share >= 1 ? 1 : wilson_coverage(intervals, trials, share);
                worst = held < least ? share : worst;
                least = fmin(least, held);
            }
        }
        if (least < 0.93)
            (void)printf("    of %zu trials with a chance of %.6f each: %.4f\n", trials, worst, least);
        CU_ASSERT(least >= 0.93);
    }
}

/* Runs of several values, each log-normal: of what it varies by, the part `shared` is the run's. */
typedef struct many_of_a_run {
    const char *name;
    size_t runs;
    size_t least; /* values of a run, evenly from least to most */
    size_t most;
    double shared;
} many_of_a_run;

typedef struct drawn {
    uint64_t sorted[VALUES_MAX];
    uint64_t values[VALUES_MAX];
    uint32_t runs[VALUES_MAX];
    size_t count;
    statistics_runs good[3]; /* those below each percentile */
} drawn;

static const unsigned RUN_PERCENTS[] = {50, 90, 99};
static const double NORMAL_QUANTILES[] = {0, 1.2815515655446004, 2.3263478740408408};

static uint64_t log_normal(double z)
{
    return (uint64_t)(1e6 * exp(z));
}

static void draw(const many_of_a_run *of, uint64_t *state, drawn *out)
{
    out->count = 0;
    for (size_t p = 0; p < 3; p++)
        out->good[p] = (statistics_runs){0};
    for (size_t r = 0; r < of->runs; r++) {
        const double own = normal(state);
        const size_t n = of->least + (size_t)(core_hash_next(state) % (of->most - of->least + 1));
        size_t good[3] = {0};
        for (size_t i = 0; i < n; i++) {
            const double z = sqrt(of->shared) * own + sqrt(1 - of->shared) * normal(state);
            for (size_t p = 0; p < 3; p++)
                good[p] += z < NORMAL_QUANTILES[p];
            out->values[out->count] = out->sorted[out->count] = log_normal(z);
            out->runs[out->count++] = (uint32_t)r;
        }
        for (size_t p = 0; p < 3; p++)
            statistics_runs_add(&out->good[p], n, good[p]);
    }
    statistics_sort(out->sorted, out->count);
}

static void test_several_of_a_run_cover(void)
{
    static const many_of_a_run CASES[] = {
        {.name = "pairs alike", .runs = 20, .least = 2, .most = 2, .shared = 1},
        {.name = "pairs, some alike", .runs = 40, .least = 2, .most = 2, .shared = 0.5},
        {.name = "tens alike", .runs = 10, .least = 10, .most = 10, .shared = 1},
        {.name = "tens, some alike", .runs = 30, .least = 10, .most = 10, .shared = 0.3},
        {.name = "tens apart", .runs = 20, .least = 10, .most = 10},
        {.name = "uneven, alike", .runs = 25, .least = 1, .most = 15, .shared = 1},
        {.name = "uneven, some alike", .runs = 60, .least = 1, .most = 9, .shared = 0.4},
        {.name = "uneven, apart", .runs = 100, .least = 1, .most = 9},
        {.name = "many, some alike", .runs = 200, .least = 5, .most = 15, .shared = 0.2},
        {.name = "few runs of many", .runs = 12, .least = 50, .most = 50, .shared = 0.3},
        {.name = "two of ten, some alike", .runs = 2, .least = 10, .most = 10, .shared = 0.5},
        {.name = "five of four, apart", .runs = 5, .least = 4, .most = 4},
        {.name = "fifteen uneven, some alike", .runs = 15, .least = 1, .most = 5, .shared = 0.5},
    };
    static drawn sample;
    uint64_t state = 2;
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        unsigned held[3] = {0};
        unsigned shares[3] = {0};
        for (unsigned seed = 0; seed < SEEDS; seed++) {
            draw(&CASES[c], &state, &sample);
            const statistics_sample given = {sample.sorted, sample.count, sample.values, sample.runs};
            for (size_t p = 0; p < 3; p++) {
                held[p] += covers(statistics_percentile_of_sample(&given, RUN_PERCENTS[p]),
                                  log_normal(NORMAL_QUANTILES[p]));
                const statistics_proportion share = statistics_wilson_of_runs(&sample.good[p]);
                shares[p] +=
                    share.low_ppm <= RUN_PERCENTS[p] * 10000 && RUN_PERCENTS[p] * 10000 <= share.high_ppm;
            }
        }
        for (size_t p = 0; p < 3; p++) {
            check_held(held[p], CASES[c].name, CASES[c].runs, RUN_PERCENTS[p]);
            check_held(shares[p], "share", CASES[c].runs, RUN_PERCENTS[p]);
        }
    }
}

static const check_test TESTS[] = {
    {"Wilson's interval", test_wilson},
    {"a percentile is an observed value", test_percentile_is_an_observed_value},
    {"percentiles cover", test_percentiles_cover},
    {"Wilson's interval covers", test_wilson_covers},
    {"several of a run cover", test_several_of_a_run_cover}};
CHECK_MAIN("statistics", TESTS)
