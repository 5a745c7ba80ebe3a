/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/stats/paired.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define NEAR(actual, expected)                                                                               \
    do {                                                                                                     \
        const double a = (actual), e = (expected);                                                           \
        if (!(fabs(a - e) <= 1e-9 * fmax(1, fabs(e))))                                                       \
            (void)printf("    line %d: %s is %.17g, not %.17g\n", __LINE__, #actual, a, e);                  \
        CU_ASSERT(fabs(a - e) <= 1e-9 * fmax(1, fabs(e)));                                                   \
    } while (0)

#define EQUAL(actual, expected)                                                                              \
    do {                                                                                                     \
        const long long a = (long long)(actual), e = (long long)(expected);                                  \
        if (a != e)                                                                                          \
            (void)printf("    line %d: %s is %lld, not %lld\n", __LINE__, #actual, a, e);                    \
        CU_ASSERT_EQUAL(a, e);                                                                               \
    } while (0)

/* The figures of this file are those of another program, which counts with fractions. */
static void test_signs(void)
{
    static const struct {
        uint64_t worse, better;
        double chance;
    } CASES[] = {
        {.worse = 0, .better = 0, .chance = 1},
        {.worse = 0, .better = 5, .chance = 1},
        {.worse = 1, .better = 0, .chance = 0.5},
        {.worse = 10, .better = 0, .chance = 0.0009765625},
        {.worse = 10, .better = 2, .chance = 0.019287109375},
        {.worse = 120, .better = 80, .chance = 0.0028425779983751527},
        {.worse = 700, .better = 600, .chance = 0.0030078969305224763},
    };
    for (size_t i = 0; i < COUNT(CASES); i++)
        NEAR(paired_sign_test(CASES[i].worse, CASES[i].better), CASES[i].chance);
}

static const int64_t PLAIN[] = {10, -20, 30, 40, 50, -60, 70, 80};
static const int64_t TIED[] = {5, 5, 5, -5, 0, 0, 12, -3, 7, 7};
static const int64_t ZEROS[] = {0, 0, 0};

/* Values that are spread without order, n of them, from low on. */
static void spread(int64_t *out, size_t n, int64_t modulus, int64_t low)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int64_t)i * 7919 % modulus - low;
}

static double other_way(const int64_t *differences, size_t count)
{
    int64_t turned[256];
    for (size_t i = 0; i < count; i++)
        turned[i] = -differences[i];
    return paired_signed_rank(turned, count);
}

static void test_signed_ranks(void)
{
    int64_t many[200];
    NEAR(paired_signed_rank(PLAIN, COUNT(PLAIN)), 0.09765625);
    NEAR(other_way(PLAIN, COUNT(PLAIN)), 0.92578125);
    NEAR(paired_signed_rank(TIED, COUNT(TIED)), 0.0390625);
    NEAR(other_way(TIED, COUNT(TIED)), 0.9765625);
    NEAR(paired_signed_rank(ZEROS, COUNT(ZEROS)), 1);
    NEAR(paired_signed_rank(NULL, 0), 1);
    spread(many, 60, 101, 40);
    NEAR(paired_signed_rank(many, 60), 0.0103223690836339);
}

/* By the normal distribution: close to the exact chance, and on the side of it that is safe far out. */
static void test_many(void)
{
    int64_t many[200];
    const double exact = 1.4522734583357096e-06;
    spread(many, 200, 1009, 400);
    const double got = paired_signed_rank(many, 200);
    if (!(got >= exact && got < 1.5 * exact))
        (void)printf("    %.17g\n", got);
    CU_ASSERT(got >= exact && got < 1.5 * exact);
    const double other = other_way(many, 200);
    CU_ASSERT(fabs(other - 0.999998556772937) < 1e-6);
}

/* Never is later than any time. */
static void test_never(void)
{
    const int64_t some[] = {PAIRED_NEVER, 5, PAIRED_NEVER, 7, -3, 6, 8};
    const int64_t large[] = {1000, 5, 1000, 7, -3, 6, 8};
    NEAR(paired_signed_rank(some, COUNT(some)), paired_signed_rank(large, COUNT(large)));
    const int64_t gone[] = {PAIRED_NEVER, PAIRED_NEVER, -PAIRED_NEVER};
    NEAR(paired_signed_rank(gone, 3), 0.5);
    const paired_shift shift = paired_shift_of(some, COUNT(some));
    EQUAL(shift.value, 7); /* of 7.5 and 8 */
    EQUAL(shift.low, 1);   /* of -3 and 6 */
    EQUAL(shift.high, PAIRED_NEVER);
}

static void test_shift(void)
{
    const struct {
        const int64_t *differences;
        size_t count;
        paired_shift expected;
    } CASES[] = {
        {.differences = PLAIN,
         .count = COUNT(PLAIN),
         .expected = {.value = 30, .low = -20, .high = 65, .moved = 8}},
        {.differences = TIED,
         .count = COUNT(TIED),
         .expected = {.value = 5, .low = 0, .high = 8, .moved = 8}}, /* 8.5, of whole nanoseconds */
        {.differences = ZEROS,
         .count = COUNT(ZEROS),
         .expected = {.value = 0, .low = 0, .high = 0, .moved = 0}},
        {.differences = PLAIN,
         .count = 5,
         .expected = {.value = 25,
                      .low = -PAIRED_NEVER,
                      .high = PAIRED_NEVER,
                      .moved = 5}}, /* five pairs bound nothing with 95 % */
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const paired_shift got = paired_shift_of(CASES[i].differences, CASES[i].count);
        EQUAL(got.value, CASES[i].expected.value);
        EQUAL(got.low, CASES[i].expected.low);
        EQUAL(got.high, CASES[i].expected.high);
        EQUAL(got.moved, CASES[i].expected.moved);
    }
    int64_t many[200];
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = 5000000;
    const paired_shift same = paired_shift_of(many, COUNT(many));
    EQUAL(same.value, 5000000);
    EQUAL(same.low, 5000000);
    EQUAL(same.high, 5000000);
}

/* The first is the example of Newcombe's paper, which gives 0.0569 to 0.3404. */
static void test_shares(void)
{
    static const struct {
        paired_counts counts;
        double value, low, high;
    } CASES[] = {
        {.counts = {.both = 36, .only_before = 12, .only_after = 2, .neither = 0},
         .value = -0.2,
         .low = -0.340427602974,
         .high = -0.056929584003},
        {.counts = {.both = 2, .only_before = 2, .only_after = 17, .neither = 179},
         .value = 0.075,
         .low = 0.033129024693,
         .high = 0.123467837301},
        {.counts = {.both = 0, .only_before = 0, .only_after = 0, .neither = 200},
         .value = 0,
         .low = -0.018845326377,
         .high = 0.018845326377},
        {.counts = {.both = 0, .only_before = 10, .only_after = 10, .neither = 0},
         .value = 0,
         .low = -0.401403983603,
         .high = 0.401403983603},
        {.counts = {.both = 0, .only_before = 0, .only_after = 0, .neither = 0},
         .value = 0,
         .low = -1,
         .high = 1},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const paired_share got = paired_share_of(&CASES[i].counts);
        CU_ASSERT(fabs(got.value - CASES[i].value) < 1e-9);
        if (fabs(got.low - CASES[i].low) > 5e-6 || fabs(got.high - CASES[i].high) > 5e-6)
            (void)printf("    case %zu: %.9f to %.9f\n", i, got.low, got.high);
        CU_ASSERT(fabs(got.low - CASES[i].low) <= 5e-6); /* Wilson's are rounded outward to 1e-6 */
        CU_ASSERT(fabs(got.high - CASES[i].high) <= 5e-6);
    }
}

/* The example of Benjamini and Hochberg (1995): at 5 %, the first four are discoveries. */
static void test_discoveries(void)
{
    double values[] = {0.0298, 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0344,
                       0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    CU_ASSERT_FATAL(paired_discoveries(values, COUNT(values)));
    size_t found = 0;
    for (size_t i = 0; i < COUNT(values); i++)
        found += values[i] <= 0.05;
    EQUAL(found, 4);
    NEAR(values[1], 0.0001 * 15);
    NEAR(values[4], 0.0095 * 15 / 4);
    NEAR(values[0], 0.0298 * 15 / 7 < 0.0344 * 15 / 8 ? 0.0298 * 15 / 7 : 0.0344 * 15 / 8);
    NEAR(values[14], 1);
}

static const check_test TESTS[] = {{"signs", test_signs},
                                   {"signed ranks", test_signed_ranks},
                                   {"many", test_many},
                                   {"never", test_never},
                                   {"shift", test_shift},
                                   {"shares", test_shares},
                                   {"discoveries", test_discoveries}};
CHECK_MAIN("paired", TESTS)
