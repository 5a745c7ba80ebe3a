/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/numbers.h"

#include "core/number.h"

#include <string.h>

/* The number at the front of text; *end is what follows. */
static bool front(const char *text, uint64_t max, uint64_t *value, const char **end)
{
    uint64_t read = 0;
    bool fits = true;
    *end = core_number_digits(text, &read, &fits);
    if (*end == text || !fits || read > max)
        return false;
    *value = read;
    return true;
}

bool numbers_range(const char *text, uint64_t *first, uint64_t *last)
{
    uint64_t from;
    uint64_t to;
    const char *end;
    if (!front(text, INT64_MAX, &from, &end))
        return false;
    to = from;
    if (*end && (strncmp(end, "..", 2) != 0 || !core_number_whole(end + 2, from, INT64_MAX, &to)))
        return false;
    if (to - from >= NUMBERS_RANGE_MAX)
        return false;
    *first = from;
    *last = to;
    return true;
}

bool numbers_part(const char *text, uint64_t *part, uint64_t *parts)
{
    uint64_t of;
    uint64_t all;
    const char *end;
    if (!front(text, 10000, &of, &end) || *end != '/' || !core_number_whole(end + 1, 1, 10000, &all) ||
        of < 1 || of > all)
        return false;
    *part = of;
    *parts = all;
    return true;
}
