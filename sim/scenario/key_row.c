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
    for (const key_choice *choice = row->choices; choice->name; choice++)
        value |= choice->value; /* any of them, and all together */
    return value <= largest(row->holds);
}

bool key_row_fits(const key_row *row)
{
    const bool numbers = row->type <= KEY_INTEGER;
    const bool choices = row->type == KEY_CHOICE || row->type == KEY_CHOICES;
    return (KEY_MAY_FILL(row->type) >> row->holds & 1) != 0 &&
           (!numbers || (row->max > 0 && row->max <= largest(row->holds))) && (!choices || choices_fit(row));
}
