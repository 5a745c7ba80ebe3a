/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/combination.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* In nanoseconds where it is a time, so that 1500us comes before 9ms. *end: behind the unit. */
static double quantity(const char *text, const char **end)
{
    static const struct {
        const char *unit;
        double factor;
    } UNITS[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"min", 6e10}, {"s", 1e9}};
    char *behind;
    const double number = strtod(text, &behind);
    *end = behind;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        const size_t len = strlen(UNITS[i].unit);
        if (strncmp(behind, UNITS[i].unit, len) != 0)
            continue;
        *end = behind + len;
        return number * UNITS[i].factor;
    }
    return number;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int combination_compare(const char *a, const char *b)
{
    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            const double left = quantity(a, &a);
            const double right = quantity(b, &b);
            if (left < right || left > right)
                return left < right ? -1 : 1;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++, b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

void combination_short(const char *combination, char *text, size_t size)
{
    size_t used = 0;
    const char *key = combination;
    int depth = 0;
    bool in_key = true;
    for (const char *at = combination; used + 3 < size && *at; at++) {
        depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
        if (in_key && *at == '.') {
            used -= (size_t)(at - key);
            key = at + 1;
            continue;
        }
        in_key = in_key && *at != '=';
        text[used++] = *at;
        if (*at != ',' || depth > 0)
            continue;
        text[used++] = ' ';
        key = at + 1;
        in_key = true;
    }
    text[used] = '\0';
}
