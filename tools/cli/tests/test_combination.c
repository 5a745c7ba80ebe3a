/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/cli/combination.h"

#include <CUnit/Basic.h>
#include <string.h>

/* Each stands before the next one, and never the other way round. */
static void test_order(void)
{
    static const char *const ROWS[][2] = {
        {"a.delay=9ms", "a.delay=49ms"},
        {"a.delay=49ms", "a.delay=249ms"},
        {"a.delay=1500us", "a.delay=9ms"},
        {"a.delay=900ms", "a.delay=1s"},
        {"a.delay=59s", "a.delay=1min"},
        {"a.rate=900kbps", "a.rate=1Mbps"},
        {"a.rate=20Mbps", "a.rate=1Gbps"},
        {"a.size=900B", "a.size=1kB"},
        {"a.size=1kB", "a.size=1KiB"},
        {"a.away=900m", "a.away=1km"},
        {"a.loss=0.5%", "a.loss=10%"},
        {"a.count=9", "a.count=10"},
        {"a.count=2.5", "a.count=10"},
        {"a.delay=9ms,b.loss=10%", "a.delay=49ms,b.loss=1%"},
        {"a.delay=9ms,b.loss=2%", "a.delay=9ms,b.loss=10%"},
        {"a.mapping=address-dependent", "a.mapping=endpoint-independent"},
        {"", "a.count=1"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *const first = ROWS[i][0];
        const char *const second = ROWS[i][1];
        CHECK(combination_compare(first, second) < 0, true, "'%s' before '%s'", first, second);
        CHECK(combination_compare(second, first) > 0, true, "'%s' behind '%s'", second, first);
        CHECK(combination_compare(first, first), 0, "'%s' and itself", first);
    }
    CHECK(combination_compare("a=1000us", "a=1ms"), 0, "two texts of one time");
}

static void test_quantities(void)
{
    static const struct {
        const char *value;
        bool quantity;
    } ROWS[] = {{"9ms", true},   {"0", true},          {"2.5", true},  {"10%", true},
                {"1Mbps", true}, {"", false},          {"off", false}, {"203.0.113.7", false},
                {"9x", false},   {"9ms..20ms", false}, {"inf", false}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        CHECK(combination_is_quantity(ROWS[i].value), ROWS[i].quantity, "'%s'", ROWS[i].value);
}

static void test_short(void)
{
    static const char *const ROWS[][2] = {
        {"networks.lte.delay=9ms,networks.lte.loss=1%", "delay=9ms, loss=1%"},
        {"params.x=[1,2],b=1.5", "x=[1,2], b=1.5"},
        {"", ""}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[64];
        combination_short(ROWS[i][0], text, sizeof text);
        CHECK(strcmp(text, ROWS[i][1]), 0, "'%s' is '%s'", ROWS[i][0], text);
    }
}

/* A key is a whole one, or its last parts; of one key any value, of several keys each. */
static void test_conditions(void)
{
    static const struct {
        const char *combination;
        const char *conditions[3];
        bool meets;
    } ROWS[] = {
        {"networks.lte.delay=9ms,networks.lte.loss=1%", {"networks.lte.delay=9ms"}, true},
        {"networks.lte.delay=9ms,networks.lte.loss=1%", {"lte.delay=9ms"}, true},
        {"networks.lte.delay=9ms,networks.lte.loss=1%", {"delay=9ms", "loss=1%"}, true},
        {"networks.lte.delay=9ms,networks.lte.loss=1%", {"delay=9ms", "loss=2%"}, false},
        {"networks.lte.delay=9ms,networks.lte.loss=1%", {"delay=9ms", "delay=49ms"}, true},
        {"networks.lte.delay=49ms,networks.lte.loss=1%", {"delay=9ms", "loss=1%", "delay=49ms"}, true},
        {"networks.lte.delay=249ms,networks.lte.loss=1%", {"delay=9ms", "loss=1%", "delay=49ms"}, false},
        {"networks.lte.delay=9ms", {"delay=9000us"}, true},
        {"networks.lte.delay=9ms", {"delay=9"}, false},
        {"networks.lte.delay=9ms", {"elay=9ms"}, false},
        {"networks.lte.delay=9ms", {"delay=9m"}, false},
        {"networks.lte.delay=9ms", {"lte=9ms"}, false},
        {"b=[1,c=2],d=3", {"c=2]"}, false},
        {"b=[1,c=2],d=3", {"b=[1,c=2]", "d=3"}, true},
        {"", {"delay=9ms"}, false},
        {"", {NULL}, true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        size_t count = 0;
        while (count < 3 && ROWS[i].conditions[count])
            count++;
        CHECK(combination_meets(ROWS[i].combination, ROWS[i].conditions, count), ROWS[i].meets,
              "row %zu: '%s' with '%s' and %zu in all", i, ROWS[i].combination,
              count > 0 ? ROWS[i].conditions[0] : "", count);
    }
}

static const check_test TESTS[] = {{"order", test_order},
                                   {"quantities", test_quantities},
                                   {"short", test_short},
                                   {"conditions", test_conditions}};
CHECK_MAIN("combination", TESTS)
