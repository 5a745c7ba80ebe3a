/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"

const char *core_number_digits(const char *text, uint64_t *value, bool *fits)
{
    bool beyond = false;
    for (; *text >= '0' && *text <= '9'; text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        beyond = beyond || *value > (UINT64_MAX - digit) / 10;
        *value = beyond ? UINT64_MAX : *value * 10 + digit;
    }
    *fits = *fits && !beyond;
    return text;
}

bool core_number_whole(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    uint64_t number = 0;
    bool fits = true;
    const char *const end = core_number_digits(text, &number, &fits);
    if (end == text || *end != '\0' || !fits || number < min || number > max)
        return false;
    *value = number;
    return true;
}
