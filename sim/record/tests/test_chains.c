/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Items of one key in their order, however many other keys there are. */
#include "core/tests/check.h"
#include "sim/record/chains.h"

#include <CUnit/Basic.h>

static void test_order(void)
{
    enum { ITEMS = 1000, KEYS = 37 };
    chains all;
    CU_ASSERT_FATAL(chains_init(&all, ITEMS));
    for (uint32_t i = 0; i < ITEMS; i++)
        chains_add(&all, UINT64_C(1) << 40 | i % KEYS);
    for (uint32_t key = 0; key < KEYS; key++) {
        uint32_t wanted = key;
        uint32_t found = chains_first(&all, UINT64_C(1) << 40 | key);
        for (; found != CHAINS_END; found = chains_next(&all, found), wanted += KEYS)
            CHECK(found, wanted, "key %u", key);
        CU_ASSERT(wanted >= ITEMS && wanted < ITEMS + KEYS);
    }
    CU_ASSERT_EQUAL(chains_first(&all, KEYS), CHAINS_END);
    chains_fini(&all);
}

static void test_empty(void)
{
    chains none = {0};
    CU_ASSERT_EQUAL(chains_first(&none, 7), CHAINS_END);
    chains_fini(&none);
    CU_ASSERT_FATAL(chains_init(&none, 0));
    CU_ASSERT_EQUAL(chains_first(&none, 7), CHAINS_END);
    chains_fini(&none);
    CU_ASSERT_NOT_EQUAL(chains_pair(1, 2), chains_pair(2, 1));
}

static const check_test TESTS[] = {{"order", test_order}, {"empty", test_empty}};
CHECK_MAIN("chains", TESTS)
