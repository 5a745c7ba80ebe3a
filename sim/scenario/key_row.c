/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a row of a table of keys agrees with the field that it fills. */
#include "sim/scenario/internal.h"

/* The largest number that such a field can hold; 0: it holds none. */
static uint64_t largest(key_holds holds)
{
    switch (holds) {
    case KEY_HOLDS_BOOL:
        return 1;
    case KEY_HOLDS_8_BITS:
        return UINT8_MAX;
    case KEY_HOLDS_16_BITS:
        return UINT16_MAX;
    case KEY_HOLDS_32_BITS:
        return UINT32_MAX;
    case KEY_HOLDS_64_BITS:
        return UINT64_MAX;
    case KEY_HOLDS_NOTHING:
    case KEY_HOLDS_TEXT:
    case KEY_HOLDS_PAIR:
    case KEY_HOLDS_BOUND:
    case KEY_HOLDS_PREFIX:
    case KEY_HOLDS_BURST:
        break;
    }
    return 0;
}

static bool choices_fit(const key_row *row)
{
    uint64_t value = 1;
    for (const key_choice *choice = row->choices; choice->name; choice++) {
        value |= choice->value; /* any of them, and all together */
    }
    return value <= largest(row->holds);
}

bool key_row_fits(const key_row *row)
{
    switch (row->type) {
    case KEY_DURATION:
    case KEY_RATE:
    case KEY_LINK_RATE:
    case KEY_SIZE:
    case KEY_PACKETS:
    case KEY_FRACTION:
    case KEY_LENGTH:
    case KEY_SPEED:
    case KEY_INTEGER:
        return row->max > 0 && row->holds != KEY_HOLDS_BOOL && row->max <= largest(row->holds);
    case KEY_CHOICE:
    case KEY_CHOICES:
        return choices_fit(row);
    case KEY_TEXT:
    case KEY_NAME:
        return row->holds == KEY_HOLDS_TEXT;
    case KEY_NODE:
    case KEY_NETWORK:
    case KEY_NAT:
        return row->holds == KEY_HOLDS_32_BITS;
    case KEY_PAIR:
    case KEY_NODE_OR_PAIR:
        return row->holds == KEY_HOLDS_PAIR;
    case KEY_BOUND:
    case KEY_COUNT:
        return row->holds == KEY_HOLDS_BOUND;
    case KEY_PREFIX:
        return row->holds == KEY_HOLDS_PREFIX;
    case KEY_OTHER:
        break;
    }
    return true;
}
