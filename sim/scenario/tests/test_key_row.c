/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the tables of keys against the fields that they fill. */
#include "core/tests/check.h"
#include "sim/scenario/endpoints.h"

#include <stdio.h>
#include <string.h>

typedef struct object {
    bool flag;
    uint8_t byte;
    uint16_t port;
    uint32_t index;
    uint64_t time_ns;
    const char *text;
    key_pair pair;
    scenario_bound bound;
    key_prefix prefix;
    scenario_family family;
} object;

static const key_choice SMALL[] = {{"off", 0}, {"on", 1}, {0}};
static const key_choice WIDE[] = {{"low", 1}, {"high", 256}, {0}};

/* KEY_FIELD would not let most of the wrong ones compile. */
#define ANY_FIELD(type, member)                                                                              \
    offsetof(type, member), sizeof(((type *)0)->member), KEY_HOLDS(((type *)0)->member)

static void test_rows(void)
{
    static const struct {
        key_row row;
        bool fits;
    } cases[] = {
        {{"a time", KEY_DURATION, ANY_FIELD(object, time_ns), .max = SCENARIO_DAY_NS}, true},
        {{"a time in 32 bits", KEY_DURATION, ANY_FIELD(object, index), .max = SCENARIO_DAY_NS}, false},
        {{"a short time in 32 bits", KEY_DURATION, ANY_FIELD(object, index), .max = UINT32_MAX}, true},
        {{"a port", KEY_INTEGER, ANY_FIELD(object, port), .max = 65535}, true},
        {{"more than a port", KEY_INTEGER, ANY_FIELD(object, port), .max = 65536}, false},
        {{"a byte", KEY_INTEGER, ANY_FIELD(object, byte), .max = 255}, true},
        {{"a number in a flag", KEY_INTEGER, ANY_FIELD(object, flag), .max = 1}, false},
        {{"a number without a limit", KEY_INTEGER, ANY_FIELD(object, time_ns), .min = 0}, false},
        {{"a number in a text", KEY_INTEGER, ANY_FIELD(object, text), .max = 1}, false},
        {{"a flag", KEY_CHOICE, ANY_FIELD(object, flag), .choices = SMALL}, true},
        {{"an enum", KEY_CHOICE, ANY_FIELD(object, family), .choices = WIDE}, true},
        {{"a wide choice in a flag", KEY_CHOICE, ANY_FIELD(object, flag), .choices = WIDE}, false},
        {{"wide choices in a byte", KEY_CHOICES, ANY_FIELD(object, byte), .choices = WIDE}, false},
        {{"wide choices in two bytes", KEY_CHOICES, ANY_FIELD(object, port), .choices = WIDE}, true},
        {{"a name", KEY_NAME, ANY_FIELD(object, text), .min = 0}, true},
        {{"a text in a number", KEY_TEXT, ANY_FIELD(object, time_ns), .min = 0}, false},
        {{"a node", KEY_NODE, ANY_FIELD(object, index), .min = 0}, true},
        {{"a node in 64 bits", KEY_NODE, ANY_FIELD(object, time_ns), .min = 0}, false},
        {{"a network in 16 bits", KEY_NETWORK, ANY_FIELD(object, port), .min = 0}, false},
        {{"a pair", KEY_PAIR, ANY_FIELD(object, pair), .min = 0}, true},
        {{"a pair in 64 bits", KEY_NODE_OR_PAIR, ANY_FIELD(object, time_ns), .min = 0}, false},
        {{"a bound", KEY_BOUND, ANY_FIELD(object, bound), .min = 0}, true},
        {{"a bound in a pair", KEY_COUNT, ANY_FIELD(object, pair), .min = 0}, false},
        {{"a prefix", KEY_PREFIX, ANY_FIELD(object, prefix), .min = 0}, true},
        {{"a prefix in a text", KEY_PREFIX, ANY_FIELD(object, text), .min = 0}, false},
        {{"read by its section", KEY_OTHER, 0, 0, .min = 0}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(key_row_fits(&cases[i].row), cases[i].fits, "%s", cases[i].row.name);
}

static size_t check_rows(const char *what, const key_row *rows)
{
    size_t count = 0;
    for (; rows && rows->name; rows++, count++) {
        CHECK(key_row_fits(rows), true, "%s: %s", what, rows->name);
        const size_t len = rows->about ? strlen(rows->about) : 0;
        CHECK(len > 0 && rows->about[len - 1] != '.', true, "%s: %s: .about is '%s'", what, rows->name,
              rows->about ? rows->about : "");
        count += check_rows(what, rows->inner);
    }
    return count;
}

/* Every key of the format. */
static void test_tables(void)
{
    const key_table *const named[] = {
        &SCENARIO_ROOT_TABLE,     &SCENARIO_NETWORK_TABLE,     &SCENARIO_NAT_TABLE,
        &SCENARIO_NODE_TABLE,     &SCENARIO_PEER_TABLE,        &SCENARIO_BACKGROUND_TABLE,
        &SCENARIO_GATE_TABLE,     &SCENARIO_KNOWN_FAULT_TABLE, &SCENARIO_ENDPOINT_TABLE,
        &SCENARIO_BALANCER_TABLE,
    };
    size_t count = 0;
    key_table table;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        count += check_rows(named[i]->what, named[i]->rows) + check_rows(named[i]->what, named[i]->more);
    for (size_t i = 0; scenario_traffic_table(i, &table); i++)
        count += check_rows(table.what, table.rows) + check_rows(table.what, table.more);
    for (size_t i = 0; scenario_verb_table(i, &table); i++)
        count += check_rows(table.what, table.rows) + check_rows(table.what, table.more);
    for (size_t i = 0; scenario_expect_table(i, &table); i++)
        count += check_rows(table.what, table.rows) + check_rows(table.what, table.more);
    CHECK(count > 200, true, "%zu keys", count);
}

static const check_test tests[] = {
    {"rows", test_rows},
    {"every table", test_tables},
};

CHECK_MAIN("key rows", tests)
