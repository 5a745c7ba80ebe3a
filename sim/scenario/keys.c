/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/keys.h"

#include "sim/scenario/internal.h"

#include <string.h>

const char *key_choice_name(const key_choice *choices, uint32_t value)
{
    for (; choices->name; choices++)
        if (choices->value == value)
            return choices->name;
    return "?";
}

uint64_t key_load(const key_row *row, const void *object)
{
    const unsigned char *const field = (const unsigned char *)object + row->offset;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (row->size) {
    case 1:
        return *field;
    case 2:
        memcpy(&two, field, sizeof(two));
        return two;
    case 4:
        memcpy(&four, field, sizeof(four));
        return four;
    default:
        memcpy(&eight, field, sizeof(eight));
        return eight;
    }
}

units_kind key_units(key_type type)
{
    static const units_kind KINDS[] = {
        [KEY_DURATION] = UNITS_DURATION, [KEY_RATE] = UNITS_RATE,         [KEY_SIZE] = UNITS_SIZE,
        [KEY_PACKETS] = UNITS_PACKETS,   [KEY_FRACTION] = UNITS_FRACTION, [KEY_LENGTH] = UNITS_LENGTH,
        [KEY_SPEED] = UNITS_SPEED,       [KEY_LINK_RATE] = UNITS_RATE,    [KEY_BOUND] = UNITS_DURATION,
    };
    return KINDS[type];
}
