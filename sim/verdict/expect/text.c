/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/units.h"
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void expect_say(expect_outcome *outcome, bool held, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    outcome->held = held;
    (void)vsnprintf(outcome->text, sizeof outcome->text, format, arguments);
    va_end(arguments);
}

/* "43.112 ms", cut to three decimals: never more than was measured. */
const char *expect_time(uint64_t time_ns, char text[EXPECT_TIME_MAX])
{
    const uint64_t whole_ms = time_ns / 1000000;
    if (time_ns == ROAM_NEVER)
        (void)snprintf(text, EXPECT_TIME_MAX, "never");
    else if (whole_ms < 1000)
        (void)snprintf(text, EXPECT_TIME_MAX, "%" PRIu64 ".%03" PRIu64 " ms", whole_ms,
                       time_ns / 1000 % 1000);
    else
        (void)snprintf(text, EXPECT_TIME_MAX, "%" PRIu64 ".%03" PRIu64 " s", whole_ms / 1000,
                       whole_ms % 1000);
    return text;
}

static const char *bound_of(units_kind kind, const scenario_bound *bound, char text[EXPECT_LIST_MAX])
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (bound->min > 0)
        (void)units_format(kind, bound->min, low);
    if (bound->max < UINT64_MAX)
        (void)units_format(kind, bound->max, high);
    if (bound->min > 0 && bound->max < UINT64_MAX)
        (void)snprintf(text, EXPECT_LIST_MAX, "%s to %s", low, high);
    else if (bound->min > 0)
        (void)snprintf(text, EXPECT_LIST_MAX, ">= %s", low);
    else if (bound->max < UINT64_MAX)
        (void)snprintf(text, EXPECT_LIST_MAX, "<= %s", high);
    return text;
}

/* "<= 120ms", ">= 1s", "10ms to 20ms", or "" without bounds. */
const char *expect_bound(const scenario_bound *bound, char text[EXPECT_LIST_MAX])
{
    return bound_of(UNITS_DURATION, bound, text);
}

const char *expect_sizes(const scenario_bound *bound, char text[EXPECT_LIST_MAX])
{
    return bound_of(UNITS_SIZE, bound, text);
}

const char *expect_rates(const scenario_bound *bound, char text[EXPECT_LIST_MAX])
{
    return bound_of(UNITS_RATE, bound, text);
}

const char *expect_share(const scenario_bound *share, char text[EXPECT_LIST_MAX])
{
    scenario_bound shown = *share;
    if (shown.min > 0 && shown.max == SCENARIO_PPB)
        shown.max = UINT64_MAX;
    return bound_of(UNITS_FRACTION, &shown, text);
}

const char *expect_rate(uint64_t rate_bps, char text[EXPECT_TIME_MAX])
{
    if (rate_bps == ROAM_NEVER)
        (void)snprintf(text, EXPECT_TIME_MAX, "none");
    else
        (void)snprintf(text, EXPECT_TIME_MAX, "%" PRIu64 ".%03" PRIu64 " Mbps", rate_bps / 1000000,
                       rate_bps / 1000 % 1000);
    return text;
}

bool expect_is_share(uint64_t good, uint64_t count, const scenario_bound *share)
{
    const uint64_t held = good * SCENARIO_PPB;
    return held >= share->min * count && held <= share->max * count;
}

void expect_append_share(uint64_t good, uint64_t count, const scenario_bound *share,
                         char text[EXPECT_TEXT_MAX])
{
    char part[EXPECT_LIST_MAX + 64];
    char bound[EXPECT_LIST_MAX];
    if (share->min == SCENARIO_PPB && share->max == SCENARIO_PPB)
        return;
    (void)snprintf(part, sizeof part, "; so in %" PRIu64 " of %" PRIu64 ", wanted share %s", good, count,
                   expect_share(share, bound));
    expect_append(text, EXPECT_TEXT_MAX, part);
}

void expect_check_bounds(scenario_reader *reader, const tree_node *entry, const scenario_bound *bound,
                         const char *example)
{
    if (!tree_get(entry, "min") && !tree_get(entry, "max"))
        scenario_fault(reader, entry->place, "no bound: write for example %s", example);
    else if (bound->min > bound->max)
        scenario_fault(reader, tree_get(entry, "max")->place, "max is below min");
}

bool expect_within(uint64_t value, const scenario_bound *bound)
{
    return value >= bound->min && value <= bound->max;
}

bool expect_bounded(const scenario_bound *bound)
{
    return bound->min > 0 || bound->max < UINT64_MAX;
}

const char *expect_count(const scenario_bound *count, char text[EXPECT_LIST_MAX])
{
    if (count->min == count->max)
        (void)snprintf(text, EXPECT_LIST_MAX, "%" PRIu64, count->min);
    else if (count->max == UINT64_MAX)
        (void)snprintf(text, EXPECT_LIST_MAX, "%" PRIu64 " or more", count->min);
    else
        (void)snprintf(text, EXPECT_LIST_MAX, "%" PRIu64 " to %" PRIu64, count->min, count->max);
    return text;
}

bool expect_node_flags(const scenario *whole, const scenario_node_set *set, bool **flags)
{
    *flags = set->count > 0 ? calloc(whole->node_count, sizeof **flags) : NULL;
    for (size_t i = 0; *flags && i < set->count; i++)
        (*flags)[set->nodes[i]] = true;
    return *flags || set->count == 0;
}

void expect_append(char *text, size_t size, const char *more)
{
    const size_t len = strlen(text);
    (void)snprintf(text + len, size - len, "%s", more);
}
