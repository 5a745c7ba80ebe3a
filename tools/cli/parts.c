/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/parts.h"

#include "tools/cli/table.h"

#include <stdbool.h>
#include <stdio.h>

#define ONE(to, field, words) 0,
_Static_assert(sizeof((const char[]){RECORDER_PARTS(ONE, )}) == PARTS_COUNT, "each has its place");
#undef ONE

#define NAME(to, field, words) {#field, "part_" #field, words},
const parts_name PARTS_NAMES[PARTS_COUNT] = {RECORDER_PARTS(NAME, )};
#undef NAME

void parts_values(const recorder_parts *parts, uint64_t values[PARTS_COUNT])
{
    size_t at = 0;
#define VALUE(to, field, words) to[at++] = parts->field;
    RECORDER_PARTS(VALUE, values)
#undef VALUE
}

const char *parts_text(const uint64_t values[PARTS_COUNT], char text[PARTS_TEXT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        char time[TABLE_TIME_MAX];
        if (values[i] > 0 && used < PARTS_TEXT_MAX)
            used += (size_t)snprintf(text + used, PARTS_TEXT_MAX - used, "%s%s %s", used ? ", " : "",
                                     table_time(values[i], time), PARTS_NAMES[i].words);
    }
    return text;
}

const char *parts_line(const uint64_t values[PARTS_COUNT], uint64_t round_trip_ns, char text[PARTS_TEXT_MAX])
{
    uint64_t sum_ns = 0;
    char took[TABLE_TIME_MAX];
    char round_trip[TABLE_TIME_MAX];
    char list[PARTS_TEXT_MAX];
    const bool known = round_trip_ns != UINT64_MAX;
    for (size_t i = 0; i < PARTS_COUNT; i++)
        sum_ns += values[i];
    if (sum_ns <= (known ? round_trip_ns : 0) + PARTS_TOLD_NS)
        return NULL;
    (void)snprintf(text, PARTS_TEXT_MAX, "took %s%s%s: %.400s", table_time(sum_ns, took),
                   known ? ", and a round trip of the path takes " : "",
                   known ? table_time(round_trip_ns, round_trip) : "", parts_text(values, list));
    return text;
}
