/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/expect.h"

#include "sim/verdict/expect_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RESULT_COUNT 8

/* Results are numbered from 0 downwards, their bits from 0 upwards. */
static bool result_is_in(int result, uint32_t results)
{
    return result <= 0 && result > -RESULT_COUNT && (results & 1U << -result) != 0;
}

/* "ok or timeout in <= 120ms" */
static const char *wanted_text(const scenario_expectation *expectation, char text[EXPECT_LIST_MAX])
{
    char bound[EXPECT_LIST_MAX];
    text[0] = '\0';
    for (int result = 0; result > -RESULT_COUNT; result--) {
        if (!result_is_in(result, expectation->results))
            continue;
        expect_append(text, EXPECT_LIST_MAX, text[0] ? " or " : "");
        expect_append(text, EXPECT_LIST_MAX, roam_result_name(result));
    }
    if (expect_bounded(&expectation->validation)) {
        expect_append(text, EXPECT_LIST_MAX, text[0] ? " in " : "validation ");
        expect_append(text, EXPECT_LIST_MAX, expect_bound(&expectation->validation, bound));
    }
    if (expectation->new_connection_id)
        expect_append(text, EXPECT_LIST_MAX, text[0] ? " with a new connection ID" : "a new connection ID");
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
    const uint32_t bounded = expect_bounded(&expectation->validation) ? SCENARIO_RESULT_OK : 0;
    const uint32_t results = expectation->results ? expectation->results : bounded;
    if (expectation->new_connection_id && !migration->record.connection_id_changed)
        return false;
    return migration->done && (!results || result_is_in(migration->record.result, results)) &&
           expect_within(duration_of(migration), &expectation->validation);
}

static void describe_migration(const recorder_migration *migration, char text[EXPECT_LIST_MAX])
{
    char time[EXPECT_TIME_MAX];
    if (migration->dropped)
        (void)snprintf(text, EXPECT_LIST_MAX, "no result: its node was restarted");
    else if (!migration->done)
        (void)snprintf(text, EXPECT_LIST_MAX, "no result by the end");
    else
        (void)snprintf(text, EXPECT_LIST_MAX, "%s in %s", roam_result_name(migration->record.result),
                       expect_time(migration->done_ns - migration->requested_ns, time));
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
        !expectation->results && !expectation->new_connection_id && !expect_bounded(&expectation->validation);
    size_t migration_count;
    const recorder_migration *const migrations = recorder_migrations(recorded, &migration_count);
    uint64_t calls = 0;
    uint64_t found = 0;
    char bound[EXPECT_LIST_MAX];
    char wanted[EXPECT_LIST_MAX];
    for (size_t i = 0; i < migration_count; i++) {
        if (!is_of(expectation, &migrations[i]))
            continue;
        calls++;
        found += any || migration_holds(expectation, &migrations[i]);
    }
    (void)expect_count(count, bound);
    expect_say(outcome, expect_within(found, count), "%" PRIu64 " of %" PRIu64 " calls, wanted %s%s%s", found,
               calls, bound, any ? "" : " with ", any ? "" : wanted_text(expectation, wanted));
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
    char found[EXPECT_LIST_MAX];
    char wanted[EXPECT_LIST_MAX];
    if (!shown) {
        expect_say(outcome, false, "never called, wanted %s", wanted_text(expectation, wanted));
        return;
    }
    describe_migration(shown, found);
    if (calls > 1)
        expect_say(outcome, held, "%s%s (of %zu calls), wanted %s", held ? "at worst " : "", found, calls,
                   wanted_text(expectation, wanted));
    else
        expect_say(outcome, held, "%s, wanted %s", found, wanted_text(expectation, wanted));
}

static void judge_gap(const scenario_expectation *expectation, const recorder *recorded,
                      expect_outcome *outcome)
{
    uint32_t flow;
    char time[EXPECT_TIME_MAX];
    char start[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    const uint64_t gap_ns = recorder_gap_ns(recorded, expectation->from, expectation->to, &flow);
    (void)expect_bound(&expectation->gap, wanted);
    if (flow == SCENARIO_NONE) {
        expect_say(outcome, false, "no message was to be sent, wanted a gap %s", wanted);
        return;
    }
    if (gap_ns == 0) {
        expect_say(outcome, expect_within(gap_ns, &expectation->gap), "no gap, wanted %s", wanted);
        return;
    }
    expect_say(outcome, expect_within(gap_ns, &expectation->gap), "%s from %s on, wanted %s",
               expect_time(gap_ns, time), expect_time(recorder_flows(recorded)[flow].gap_start_ns, start),
               wanted);
}

/* ", 3 missing" and the like. */
static void append_count(char *text, uint64_t count, const char *what)
{
    char part[64];
    if (count == 0)
        return;
    (void)snprintf(part, sizeof part, ", %" PRIu64 " %s", count, what);
    expect_append(text, EXPECT_TEXT_MAX, part);
}

bool expect_silent(const recorder_flow *flow)
{
    return flow->delivered == 0 && flow->sent + flow->unsent + flow->passed_over > 0;
}

static recorder_flow sum_of(const scenario *whole, const recorder_flow *flows)
{
    recorder_flow sum = {0};
    for (size_t i = 0; i < whole->traffic_count; i++) {
        sum.sent += flows[i].sent;
        sum.delivered += flows[i].delivered;
        sum.missing += flows[i].missing;
        sum.unsent += flows[i].unsent;
        sum.passed_over += flows[i].passed_over;
        sum.passed_over_at_start += flows[i].passed_over_at_start;
        sum.duplicated += flows[i].duplicated;
        sum.reordered += flows[i].reordered;
        sum.corrupt += flows[i].corrupt;
    }
    return sum;
}

/* ", nothing of c -> server and 2 more"; how many there are. */
static size_t append_silent(const scenario *whole, const recorder_flow *flows, char *text)
{
    size_t silent = 0;
    for (size_t i = 0; i < whole->traffic_count; i++) {
        const scenario_traffic *const entry = &whole->traffic[i];
        if (!expect_silent(&flows[i]) || silent++ > 0)
            continue;
        char part[EXPECT_LIST_MAX];
        (void)snprintf(part, sizeof part, ", nothing of %s -> %s", whole->nodes[entry->from].name,
                       whole->nodes[entry->to].name);
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
    if (silent > 1) {
        char part[EXPECT_LIST_MAX];
        (void)snprintf(part, sizeof part, " and %zu more", silent - 1);
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
    return silent;
}

static void judge_delivered(const scenario *whole, const recorder *recorded, expect_outcome *outcome)
{
    const recorder_flow *const flows = recorder_flows(recorded);
    const recorder_flow sum = sum_of(whole, flows);
    const uint64_t faults = sum.missing + sum.unsent + sum.duplicated + sum.reordered + sum.corrupt;
    if (sum.sent + sum.unsent + sum.passed_over == 0) {
        expect_say(outcome, false, "no message was sent, wanted every one delivered");
        return;
    }
    expect_say(outcome, faults == 0, "%" PRIu64 " of %" PRIu64 " messages", sum.delivered,
               sum.sent + sum.unsent);
    outcome->held = append_silent(whole, flows, outcome->text) == 0 && outcome->held;
    append_count(outcome->text, sum.unsent, "not sent by the end");
    append_count(outcome->text, sum.passed_over_at_start, "passed over before the first");
    append_count(outcome->text, sum.passed_over - sum.passed_over_at_start, "passed over");
    append_count(outcome->text, sum.missing, "missing");
    append_count(outcome->text, sum.duplicated, "duplicated");
    append_count(outcome->text, sum.reordered, "out of order");
    append_count(outcome->text, sum.corrupt, "corrupt");
    expect_append(outcome->text, EXPECT_TEXT_MAX, ", wanted each once, in order, intact");
}

static void judge_never(const scenario *whole, const scenario_expectation *expectation,
                        const recorder *recorded, expect_outcome *outcome)
{
    uint64_t first_ns;
    char time[EXPECT_TIME_MAX];
    char event[EXPECT_LIST_MAX];
    const uint64_t count = expect_event_count(expectation, recorded, &first_ns);
    expect_event_text(whole, expectation, event);
    if (count == 0)
        expect_say(outcome, true, "no %s", event);
    else
        expect_say(outcome, false, "%" PRIu64 " %s, the first at %s, wanted none", count, event,
                   expect_time(first_ns, time));
}

static void judge_one(const scenario *whole, const scenario_expectation *expectation,
                      const recorder *recorded, expect_outcome *outcome)
{
    switch (expectation->kind) {
    case SCENARIO_EXPECT_MIGRATION:
        (expectation->counted ? judge_count : judge_migration)(expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_GAP:
        judge_gap(expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_DELIVERED:
        judge_delivered(whole, recorded, outcome);
        break;
    case SCENARIO_EXPECT_NEVER:
        judge_never(whole, expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_HAPPENS:
        expect_happens(whole, expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_REBIND:
        expect_rebind(whole, expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_PEER:
        expect_peer(whole, expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_AMPLIFICATION:
        expect_amplification(whole, expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_REFUSED:
        expect_refused(whole, expectation, recorded, outcome);
        break;
    case SCENARIO_EXPECT_GOODPUT:
        expect_goodput(expectation, recorded, outcome);
        break;
    }
}

void expect_judge(const scenario *whole, const scenario_expectation *expectations, size_t count,
                  const recorder *recorded, expect_outcome *outcomes)
{
    for (size_t i = 0; i < count; i++)
        judge_one(whole, &expectations[i], recorded, &outcomes[i]);
}
