/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which nodes came in lately. */
#include "core/membership/joins.h"
#include "core/tests/check.h"

#include <stdio.h>

static void test_again(void)
{
    core_joins joins = {0};
    CHECK(core_joins_again(&joins, "a", 10, 100), false, "a at 100");
    CHECK(core_joins_again(&joins, "b", 10, 100), false, "b at 100");
    CHECK(core_joins_again(&joins, "a", 10, 109), true, "a at 109");
    CHECK(core_joins_again(&joins, "a", 10, 110), false, "a at 110: its time is over, and begins anew");
    CHECK(core_joins_again(&joins, "a", 10, 119), true, "a at 119");
    CHECK(core_joins_again(&joins, "b", 10, 119), false, "b at 119");
}

/* The oldest gives way. */
static void test_many(void)
{
    core_joins joins = {0};
    char name[16];
    for (int i = 0; i <= CORE_JOINS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        CHECK(core_joins_again(&joins, name, 1000, 1), false, "%s", name);
    }
    CHECK(core_joins_again(&joins, "n1", 1000, 2), true, "the second");
    CHECK(core_joins_again(&joins, "n0", 1000, 2), false, "the first");
}

static const check_test tests[] = {{"again", test_again}, {"many", test_many}};

CHECK_MAIN("joins", tests)
