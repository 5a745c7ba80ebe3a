/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a link's parameters: each has its own bytes, its own bit and a key, and is told. */
#include "core/tests/check.h"
#include "sim/scenario/internal.h"

#include <string.h>

static const char *name_of(uint32_t field)
{
    return SCENARIO_LINK_ROWS[field].name;
}

static scenario_link all_set(void)
{
    scenario_link link;
    memset(&link, 1, sizeof link); /* 1 is a bool too */
    return link;
}

/* A change of one bit changes that parameter, and no other one. */
static void test_one_bit_each(void)
{
    const scenario_link set = all_set();
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        const uint32_t every = (1u << LINK_FIELD_COUNT) - 1;
        scenario_link link = {0};
        scenario_link_change(&link, 1u << i, &set);
        CHECK(scenario_link_equal(&link, &set), 1u << i, "%s", name_of(i));
        CHECK(scenario_link_equal(&link, &(scenario_link){0}), every & ~(1u << i), "%s", name_of(i));
    }
}

static void test_values(void)
{
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        if (SCENARIO_LINK_ROWS[i].inner)
            continue;
        scenario_link link = {0};
        link_field_set(&LINK_FIELD[i], &link, 1);
        CHECK(link_field_get(&LINK_FIELD[i], &link), 1, "%s", name_of(i));
        CHECK(scenario_link_equal(&link, &(scenario_link){0}) & 1u << i, 0, "%s", name_of(i));
    }
}

/* One table is the other's other half. */
static void test_keys(void)
{
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        const key_row *row = &SCENARIO_LINK_ROWS[i];
        CHECK(row->name != NULL, true, "field %u", i);
        CHECK(row->offset, LINK_FIELD[i].offset, "%s", name_of(i));
        CHECK(row->size, LINK_FIELD[i].size, "%s", name_of(i));
        CHECK(LINK_FIELD[i].words != NULL, true, "%s", name_of(i));
        CHECK(row->type != KEY_CHOICE || LINK_FIELD[i].at_zero != NULL, true, "%s", name_of(i));
        CHECK(LINK_FIELD[i].ramps && row->inner, false, "%s", name_of(i));
    }
    CHECK(SCENARIO_LINK_ROWS[LINK_FIELD_COUNT].name != NULL, false, "the end of the rows");
}

/* The columns of a trace are numbered from 1, none twice, none left out. */
static void test_columns(void)
{
    uint32_t columns = 0;
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++)
        columns += LINK_FIELD[i].column > 0;
    for (uint32_t number = 1; number <= columns; number++)
        CHECK(scenario_link_column(number) < LINK_FIELD_COUNT, true, "column %u", number);
    CHECK(scenario_link_column(columns + 1), SCENARIO_NONE, "past the last column");
}

static void test_initial(void)
{
    const scenario_link link = scenario_link_initial();
    const uint32_t every = (1u << LINK_FIELD_COUNT) - 1;
    CHECK(link.queue, 100, "queue");
    CHECK(scenario_link_equal(&link, &(scenario_link){0}), every & ~(uint32_t)SCENARIO_CHANGE_QUEUE,
          "others");
}

static const check_test TESTS[] = {{"one bit each", test_one_bit_each},
                                   {"values", test_values},
                                   {"keys", test_keys},
                                   {"columns of a trace", test_columns},
                                   {"initial", test_initial}};
CHECK_MAIN("link fields", TESTS)
