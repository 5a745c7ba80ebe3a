/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/expect.h"

#include "sim/units.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RESULT_COUNT 8
#define LIST_MAX 200
#define TIME_MAX 40

__attribute__((format(printf, 3, 4))) static void judge(expect_outcome *outcome, bool held,
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    outcome->held = held;
    (void)vsnprintf(outcome->text, sizeof outcome->text, format, arguments);
    va_end(arguments);
}

/* "43.112 ms", cut to three decimals: never more than was measured. */
static const char *measured(uint64_t time_ns, char text[TIME_MAX])
{
    const uint64_t whole_ms = time_ns / 1000000;
    if (time_ns == ROAM_NEVER)
        (void)snprintf(text, TIME_MAX, "never");
    else if (whole_ms < 1000)
        (void)snprintf(text, TIME_MAX, "%" PRIu64 ".%03" PRIu64 " ms", whole_ms, time_ns / 1000 % 1000);
    else
        (void)snprintf(text, TIME_MAX, "%" PRIu64 ".%03" PRIu64 " s", whole_ms / 1000, whole_ms % 1000);
    return text;
}

/* "<= 120ms", ">= 1s", "10ms to 20ms", or "" without bounds. */
static const char *bound_text(const scenario_bound *bound, char text[LIST_MAX])
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (bound->min > 0)
        (void)units_format(UNITS_DURATION, bound->min, low);
    if (bound->max < UINT64_MAX)
        (void)units_format(UNITS_DURATION, bound->max, high);
    if (bound->min > 0 && bound->max < UINT64_MAX)
        (void)snprintf(text, LIST_MAX, "%s to %s", low, high);
    else if (bound->min > 0)
        (void)snprintf(text, LIST_MAX, ">= %s", low);
    else if (bound->max < UINT64_MAX)
        (void)snprintf(text, LIST_MAX, "<= %s", high);
    return text;
}

static bool is_within(uint64_t value, const scenario_bound *bound)
{
    return value >= bound->min && value <= bound->max;
}

static bool is_bounded(const scenario_bound *bound)
{
    return bound->min > 0 || bound->max < UINT64_MAX;
}

/* Results are numbered from 0 downwards, their bits from 0 upwards. */
static bool result_is_in(int result, uint32_t results)
{
    return result <= 0 && result > -RESULT_COUNT && (results & 1U << -result) != 0;
}

static void append(char *text, size_t size, const char *more)
{
    const size_t len = strlen(text);
    (void)snprintf(text + len, size - len, "%s", more);
}

/* "ok or timeout in <= 120ms" */
static const char *wanted_text(const scenario_expectation *expectation, char text[LIST_MAX])
{
    char bound[LIST_MAX];
    text[0] = '\0';
    for (int result = 0; result > -RESULT_COUNT; result--) {
        if (!result_is_in(result, expectation->results))
            continue;
        append(text, LIST_MAX, text[0] ? " or " : "");
        append(text, LIST_MAX, roam_result_name(result));
    }
    if (is_bounded(&expectation->validation)) {
        append(text, LIST_MAX, text[0] ? " in " : "validation ");
        append(text, LIST_MAX, bound_text(&expectation->validation, bound));
    }
    if (expectation->new_connection_id)
        append(text, LIST_MAX, text[0] ? " with a new connection ID" : "a new connection ID");
    return text[0] ? text : strcpy(text, "a result");
}

static uint64_t duration_of(const recorder_migration *migration)
{
    return migration->done ? migration->done_ns - migration->requested_ns : ROAM_NEVER;
}

/* The bound is on the time from request to result, so that it can say when a timeout must come. Alone it asks
 * for a validation. */
static bool migration_holds(const scenario_expectation *expectation, const recorder_migration *migration)
{
    const uint32_t bounded = is_bounded(&expectation->validation) ? SCENARIO_RESULT_OK : 0;
    const uint32_t results = expectation->results ? expectation->results : bounded;
    if (expectation->new_connection_id && !migration->record.connection_id_changed)
        return false;
    return migration->done && (!results || result_is_in(migration->record.result, results)) &&
           is_within(duration_of(migration), &expectation->validation);
}

static void describe_migration(const recorder_migration *migration, char text[LIST_MAX])
{
    char time[TIME_MAX];
    if (migration->dropped)
        (void)snprintf(text, LIST_MAX, "no result: its node was restarted");
    else if (!migration->done)
        (void)snprintf(text, LIST_MAX, "no result by the end");
    else
        (void)snprintf(text, LIST_MAX, "%s in %s", roam_result_name(migration->record.result),
                       measured(migration->done_ns - migration->requested_ns, time));
}

static bool is_of(const scenario_expectation *expectation, const recorder_migration *migration)
{
    return migration->event->label && strcmp(migration->event->label, expectation->label) == 0;
}

/* "2 of 3 calls, wanted 1 or more ok in <= 120ms" */
static void judge_count(const scenario_expectation *expectation, const recorder *recorded,
                        expect_outcome *outcome)
{
    const scenario_bound *const count = &expectation->count;
    const bool any =
        !expectation->results && !expectation->new_connection_id && !is_bounded(&expectation->validation);
    size_t migration_count;
    const recorder_migration *const migrations = recorder_migrations(recorded, &migration_count);
    uint64_t calls = 0;
    uint64_t found = 0;
    char bound[64];
    char wanted[LIST_MAX];
    for (size_t i = 0; i < migration_count; i++) {
        if (!is_of(expectation, &migrations[i]))
            continue;
        calls++;
        found += any || migration_holds(expectation, &migrations[i]);
    }
    if (count->min == count->max)
        (void)snprintf(bound, sizeof bound, "%" PRIu64, count->min);
    else if (count->max == UINT64_MAX)
        (void)snprintf(bound, sizeof bound, "%" PRIu64 " or more", count->min);
    else
        (void)snprintf(bound, sizeof bound, "%" PRIu64 " to %" PRIu64, count->min, count->max);
    judge(outcome, is_within(found, count), "%" PRIu64 " of %" PRIu64 " calls, wanted %s%s%s", found, calls,
          bound, any ? "" : " with ", any ? "" : wanted_text(expectation, wanted));
}

/* All calls of the label; shown is the first that fails, or else the slowest. */
static void judge_migration(const scenario_expectation *expectation, const recorder *recorded,
                            expect_outcome *outcome)
{
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(recorded, &count);
    const recorder_migration *shown = NULL;
    size_t calls = 0;
    bool held = true;
    for (size_t i = 0; i < count; i++) {
        const recorder_migration *const migration = &migrations[i];
        if (!is_of(expectation, migration))
            continue;
        calls++;
        if (!held)
            continue;
        held = migration_holds(expectation, migration);
        if (!held || !shown || duration_of(migration) > duration_of(shown))
            shown = migration;
    }
    char found[LIST_MAX];
    char wanted[LIST_MAX];
    if (!shown) {
        judge(outcome, false, "never called, wanted %s", wanted_text(expectation, wanted));
        return;
    }
    describe_migration(shown, found);
    if (calls > 1)
        judge(outcome, held, "%s%s (of %zu calls), wanted %s", held ? "at worst " : "", found, calls,
              wanted_text(expectation, wanted));
    else
        judge(outcome, held, "%s, wanted %s", found, wanted_text(expectation, wanted));
}

static void judge_gap(const scenario_expectation *expectation, const recorder *recorded,
                      expect_outcome *outcome)
{
    uint32_t flow;
    char time[TIME_MAX];
    char start[TIME_MAX];
    char wanted[LIST_MAX];
    const uint64_t gap_ns = recorder_gap_ns(recorded, expectation->from, expectation->to, &flow);
    (void)bound_text(&expectation->gap, wanted);
    if (flow == SCENARIO_NONE) {
        judge(outcome, false, "no message was sent, wanted a gap %s", wanted);
        return;
    }
    if (gap_ns == 0) {
        judge(outcome, is_within(gap_ns, &expectation->gap), "no gap, wanted %s", wanted);
        return;
    }
    judge(outcome, is_within(gap_ns, &expectation->gap), "%s from %s on, wanted %s", measured(gap_ns, time),
          measured(recorder_flows(recorded)[flow].gap_start_ns, start), wanted);
}

/* ", 3 missing" and the like. */
static void append_count(char *text, uint64_t count, const char *what)
{
    char part[64];
    if (count == 0)
        return;
    (void)snprintf(part, sizeof part, ", %" PRIu64 " %s", count, what);
    append(text, EXPECT_TEXT_MAX, part);
}

static void judge_delivered(const scenario *whole, const recorder *recorded, expect_outcome *outcome)
{
    const recorder_flow *const flows = recorder_flows(recorded);
    recorder_flow sum = {0};
    for (size_t i = 0; i < whole->traffic_count; i++) {
        sum.sent += flows[i].sent;
        sum.delivered += flows[i].delivered;
        sum.missing += flows[i].missing;
        sum.unsent += flows[i].unsent;
        sum.duplicated += flows[i].duplicated;
        sum.reordered += flows[i].reordered;
        sum.corrupt += flows[i].corrupt;
    }
    const uint64_t faults = sum.missing + sum.unsent + sum.duplicated + sum.reordered + sum.corrupt;
    if (sum.sent == 0 && sum.unsent == 0) {
        judge(outcome, false, "no message was sent, wanted every one delivered");
        return;
    }
    judge(outcome, faults == 0, "%" PRIu64 " of %" PRIu64 " messages", sum.delivered, sum.sent + sum.unsent);
    append_count(outcome->text, sum.unsent, "not sent by the end");
    append_count(outcome->text, sum.missing, "missing");
    append_count(outcome->text, sum.duplicated, "duplicated");
    append_count(outcome->text, sum.reordered, "out of order");
    append_count(outcome->text, sum.corrupt, "corrupt");
    append(outcome->text, EXPECT_TEXT_MAX, ", wanted each once, in order, intact");
}

static void judge_never(const scenario *whole, const scenario_expectation *expectation,
                        const recorder *recorded, expect_outcome *outcome)
{
    uint64_t first_ns;
    char time[TIME_MAX];
    const uint64_t count = recorder_event_count(recorded, expectation->event, expectation->node, &first_ns);
    const char *const name = scenario_never_event_name(expectation->event);
    const bool anywhere = expectation->node == SCENARIO_NONE;
    const char *const node = anywhere ? "" : whole->nodes[expectation->node].name;
    if (count == 0)
        judge(outcome, true, "no %s%s%s", name, anywhere ? "" : " on ", node);
    else
        judge(outcome, false, "%" PRIu64 " %s%s%s, the first at %s, wanted none", count, name,
              anywhere ? "" : " on ", node, measured(first_ns, time));
}

void expect_judge(const scenario *whole, const recorder *recorded, expect_outcome *outcomes)
{
    for (size_t i = 0; i < whole->expectation_count; i++) {
        const scenario_expectation *const expectation = &whole->expectations[i];
        switch (expectation->kind) {
        case SCENARIO_EXPECT_MIGRATION:
            (expectation->counted ? judge_count : judge_migration)(expectation, recorded, &outcomes[i]);
            break;
        case SCENARIO_EXPECT_GAP:
            judge_gap(expectation, recorded, &outcomes[i]);
            break;
        case SCENARIO_EXPECT_DELIVERED:
            judge_delivered(whole, recorded, &outcomes[i]);
            break;
        case SCENARIO_EXPECT_NEVER:
            judge_never(whole, expectation, recorded, &outcomes[i]);
            break;
        }
    }
}
