/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/cli/own_seed.h"

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SEEDS = 1000000 };

static int compare(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* A million seeds of one combination, and as many of another, are seeds without repetition. */
static void test_different(void)
{
    static const char *const COMBINATIONS[] = {"a=1", "a=2"};
    uint64_t *const seeds = calloc(2 * SEEDS, sizeof *seeds);
    size_t twice = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(seeds);
    for (size_t i = 0; i < 2 * SEEDS; i++)
        seeds[i] = own_seed(1 + i % SEEDS, COMBINATIONS[i / SEEDS]);
    for (size_t half = 0; half < 2; half++) {
        qsort(seeds + half * SEEDS, SEEDS, sizeof *seeds, compare);
        for (size_t i = 1; i < SEEDS; i++)
            twice += seeds[half * SEEDS + i] == seeds[half * SEEDS + i - 1];
        CHECK(seeds[half * SEEDS + SEEDS - 1] < UINT64_C(1) << 48, true, "half %zu: seeds of 48 bits", half);
    }
    CHECK(twice, 0, "seeds that stand for two of one combination");
    qsort(seeds, 2 * SEEDS, sizeof *seeds, compare);
    for (size_t i = 1; i < 2 * SEEDS; i++)
        twice += seeds[i] == seeds[i - 1];
    CHECK(twice, 0, "seeds that both combinations have");
    free(seeds);
}

/* Seeds that differ in few bits, among them the highest ones, which a step that cannot be undone would lose.
 */
static void test_sparse(void)
{
    enum { COUNT = 1 << 20 };
    uint64_t *const seeds = calloc(COUNT, sizeof *seeds);
    size_t twice = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(seeds);
    for (uint64_t i = 0; i < COUNT; i++)
        seeds[i] = own_seed((i >> 10) << 38 | (i & 1023) << 22, "a=1");
    qsort(seeds, COUNT, sizeof *seeds, compare);
    for (size_t i = 1; i < COUNT; i++)
        twice += seeds[i] == seeds[i - 1];
    CHECK(twice, 0, "seeds that stand for two");
    free(seeds);
}

static void test_combinations(void)
{
    CHECK(own_seed(7, ""), 7, "no combination");
    CHECK(own_seed(7, NULL), 7, "NULL");
    CHECK(own_seed(7, "a=1,b=2"), own_seed(7, "b=2,a=1"), "another order of the keys");
    CHECK(own_seed(7, "a=[1,2],b=3") != own_seed(7, "a=[1,b=3,2]"), true, "a comma in brackets");
    CHECK(own_seed(7, "a=1,b=2") != own_seed(7, "a=2,b=1"), true, "values that change places");
    CHECK(own_seed((UINT64_C(1) << 50) + 7, "a=1") - own_seed(7, "a=1"), UINT64_C(1) << 50, "the upper bits");
}

static void test_undone(void)
{
    static const uint64_t SEEDS_TRIED[] = {
        0, 1, 7, 1000000, (UINT64_C(1) << 48) - 1, (UINT64_C(1) << 50) + 7, UINT64_MAX};
    static const char *const COMBINATIONS[] = {"", "a=1", "a=1,b=2", "b=[1,2],c={d: 3}"};
    for (size_t i = 0; i < sizeof SEEDS_TRIED / sizeof *SEEDS_TRIED; i++)
        for (size_t j = 0; j < sizeof COMBINATIONS / sizeof *COMBINATIONS; j++)
            CHECK(own_seed_stands_for(own_seed(SEEDS_TRIED[i], COMBINATIONS[j]), COMBINATIONS[j]),
                  SEEDS_TRIED[i], "'%s'", COMBINATIONS[j]);
    CHECK(own_seed_stands_for(7, NULL), 7, "NULL");
}

static const check_test TESTS[] = {{"different", test_different},
                                   {"sparse", test_sparse},
                                   {"combinations", test_combinations},
                                   {"undone", test_undone}};
CHECK_MAIN("own_seed", TESTS)
