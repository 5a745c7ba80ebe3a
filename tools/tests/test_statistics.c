/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/statistics.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#define EQUAL(actual, expected)                                                                              \
    do {                                                                                                     \
        const unsigned long long a = (unsigned long long)(actual), e = (unsigned long long)(expected);       \
        if (a != e)                                                                                          \
            (void)printf("    line %d: %s is %llu, not %llu\n", __LINE__, #actual, a, e);                    \
        CU_ASSERT_EQUAL(a, e);                                                                               \
    } while (0)

/* The figures are those of the closed formula, worked out by another program, and rounded outward. */
static void test_wilson(void)
{
    static const struct {
        uint64_t successes, trials;
        uint32_t ppm, low, high;
    } CASES[] = {
        {0, 0, 0, 0, 1000000},
        {0, 10, 0, 0, 277533},
        {10, 10, 1000000, 722467, 1000000},
        {5, 10, 500000, 236593, 763407},
        {1, 2, 500000, 94531, 905469},
        {199, 200, 995000, 972226, 999117},
        {200, 200, 1000000, 981154, 1000000},
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

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Ten thousand resamples, drawn: their 2.5 % and 97.5 % points may be one place off, by chance. */
static void test_interval_is_that_of_many_resamples(void)
{
    enum { RESAMPLES = 10000 };
    static uint64_t kept[RESAMPLES];
    static const size_t COUNTS[] = {1, 2, 7, 20, 200};
    static const unsigned PERCENTS[] = {50, 90, 99, 100};
    uint64_t values[200];
    uint64_t resample[200];
    uint64_t state = 1;
    for (size_t c = 0; c < 5; c++) {
        for (size_t i = 0; i < COUNTS[c]; i++)
            values[i] = 10 * i; /* places, so that "one off" has a meaning */
        for (size_t p = 0; p < 4; p++) {
            for (size_t r = 0; r < RESAMPLES; r++) {
                for (size_t i = 0; i < COUNTS[c]; i++)
                    resample[i] = values[next(&state) % COUNTS[c]];
                statistics_sort(resample, COUNTS[c]);
                kept[r] = counted(resample, COUNTS[c], PERCENTS[p]);
            }
            statistics_sort(kept, RESAMPLES);
            const statistics_percentile got = statistics_percentile_of(values, COUNTS[c], PERCENTS[p]);
            const uint64_t low = kept[RESAMPLES / 40 - 1];
            const uint64_t high = kept[RESAMPLES - RESAMPLES / 40 - 1];
            if (llabs((long long)got.low - (long long)low) > 10 ||
                llabs((long long)got.high - (long long)high) > 10)
                (void)printf("    %zu values, p%u: %llu to %llu, drawn %llu to %llu\n", COUNTS[c],
                             PERCENTS[p], (unsigned long long)got.low, (unsigned long long)got.high,
                             (unsigned long long)low, (unsigned long long)high);
            CU_ASSERT(llabs((long long)got.low - (long long)low) <= 10);
            CU_ASSERT(llabs((long long)got.high - (long long)high) <= 10);
            CU_ASSERT(got.low <= got.value && got.value <= got.high);
        }
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite("statistics", NULL, NULL);
    CU_add_test(suite, "Wilson's interval", test_wilson);
    CU_add_test(suite, "a percentile is an observed value", test_percentile_is_an_observed_value);
    CU_add_test(suite, "the interval is that of many resamples", test_interval_is_that_of_many_resamples);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed > 0;
}
