/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/link_field.h"

#include "sim/scenario/internal.h"

#include <assert.h>
#include <string.h>

const key_choice SCENARIO_BOOLEANS[] = {{"true", true}, {"false", false}, {0}};

const key_row SCENARIO_BURST_ROWS[] = {
    {"enter", KEY_FIELD(KEY_FRACTION, scenario_burst, enter_ppb), .required = true, .max = SCENARIO_PPB,
     .about = "The probability before each packet that a good link becomes bad", .example = "1%"},
    {"leave", KEY_FIELD(KEY_FRACTION, scenario_burst, leave_ppb), .required = true, .max = SCENARIO_PPB,
     .about = "The probability before each packet that a bad link becomes good", .example = "25%"},
    {"loss", KEY_FIELD(KEY_FRACTION, scenario_burst, loss_ppb), .max = SCENARIO_PPB,
     .about = "The share of packets that a bad link loses", .otherwise = "100%", .example = "100%"},
    {"otherwise", KEY_FIELD(KEY_FRACTION, scenario_burst, otherwise_ppb), .max = SCENARIO_PPB,
     .about = "The share of packets that a good link loses", .otherwise = "0%", .example = "0%"},
    {0},
};

const link_field LINK_FIELD[LINK_FIELD_COUNT] = {
#define FIELD(bit, type, member, key, kind, limits, standard, example, changed, ...)                         \
    {__VA_ARGS__, .offset = offsetof(scenario_link, member), .size = sizeof(type)},
    LINK_FIELDS(FIELD)
#undef FIELD
};

const key_row SCENARIO_LINK_ROWS[] = {
#define FIELD(bit, type, member, key, kind, limits, standard, example, changed, ...)                         \
    LINK_ROW(KEY_FIELD(kind, scenario_link, member), key, limits, standard, example)
    LINK_FIELDS(FIELD)
#undef FIELD
        {0},
};

uint64_t link_field_get(const link_field *field, const scenario_link *link)
{
    const unsigned char *const member = (const unsigned char *)link + field->offset;
    uint32_t four;
    uint64_t eight;
    switch (field->size) {
    case sizeof(bool):
        return *member;
    case sizeof four:
        memcpy(&four, member, sizeof four);
        return four;
    default:
        assert(field->size == sizeof eight);
        memcpy(&eight, member, sizeof eight);
        return eight;
    }
}

void link_field_set(const link_field *field, scenario_link *link, uint64_t value)
{
    unsigned char *const member = (unsigned char *)link + field->offset;
    switch (field->size) {
    case sizeof(bool):
        *member = value != 0;
        break;
    case sizeof(uint32_t):
        memcpy(member, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
        break;
    default:
        assert(field->size == sizeof value);
        memcpy(member, &value, sizeof value);
    }
}

void scenario_link_change(scenario_link *link, uint32_t changes, const scenario_link *values)
{
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        const link_field *const field = &LINK_FIELD[i];
        if (changes & 1u << i)
            memcpy((unsigned char *)link + field->offset, (const unsigned char *)values + field->offset,
                   field->size);
    }
}

uint32_t scenario_link_equal(const scenario_link *a, const scenario_link *b)
{
    uint32_t equal = 0;
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        const link_field *const field = &LINK_FIELD[i];
        if (memcmp((const unsigned char *)a + field->offset, (const unsigned char *)b + field->offset,
                   field->size) == 0)
            equal |= 1u << i;
    }
    return equal;
}

scenario_link scenario_link_initial(void)
{
    scenario_link link = {0};
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++)
        if (LINK_FIELD[i].initial)
            link_field_set(&LINK_FIELD[i], &link, LINK_FIELD[i].initial);
    return link;
}

bool scenario_burst_is_set(const void *burst)
{
    const scenario_burst *const of = burst;
    return of->enter_ppb > 0 || of->otherwise_ppb > 0;
}

/* --- for the loader --- */

uint32_t scenario_link_written(const tree_node *entry)
{
    uint32_t written = 0;
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++)
        written |= tree_get(entry, SCENARIO_LINK_ROWS[i].name) ? 1u << i : 0;
    return written;
}

static const char *ramp_name(const void *names, size_t index)
{
    (void)names;
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++)
        if (LINK_FIELD[i].ramps && index-- == 0)
            return SCENARIO_LINK_ROWS[i].name;
    return NULL;
}

bool scenario_check_ramps(scenario_reader *reader, const tree_node *entry)
{
    char known[SCENARIO_NAMES_MAX];
    bool good = true;
    scenario_list_names(known, ramp_name, NULL, " and ");
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        const tree_node *const key = tree_get(entry, SCENARIO_LINK_ROWS[i].name);
        if (!key || LINK_FIELD[i].ramps)
            continue;
        scenario_fault(reader, key->key_place, "'%s' does not change bit by bit: 'over' is for %s", key->key,
                       known);
        good = false;
    }
    return good;
}

uint32_t scenario_link_column(size_t number)
{
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++)
        if (number > 0 && LINK_FIELD[i].column == number)
            return i;
    return SCENARIO_NONE;
}
