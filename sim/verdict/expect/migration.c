/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of one label: how they end, and in what time. */
#include "sim/verdict/expect/internal.h"
#include "sim/verdict/expect/result_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One more than the core's, so that 0 is none asked for. */
static const key_choice DETAILS[] = {
    {"none", 1 + ROAM_DETAIL_NONE},
    {"waiting_for_confirmation", 1 + ROAM_DETAIL_WAITING_FOR_CONFIRMATION},
    {"waiting_for_connection_id", 1 + ROAM_DETAIL_WAITING_FOR_CONNECTION_ID},
    {"no_response", 1 + ROAM_DETAIL_NO_RESPONSE},
    {"connection_lost", 1 + ROAM_DETAIL_CONNECTION_LOST},
    {"address_not_local", 1 + ROAM_DETAIL_ADDRESS_NOT_LOCAL},
    {"address_in_use", 1 + ROAM_DETAIL_ADDRESS_IN_USE},
    {"address_refused", 1 + ROAM_DETAIL_ADDRESS_REFUSED},
    {"no_route", 1 + ROAM_DETAIL_NO_ROUTE},
    {"family", 1 + ROAM_DETAIL_FAMILY},
    {"limit", 1 + ROAM_DETAIL_LIMIT},
    {"no_memory", 1 + ROAM_DETAIL_NO_MEMORY},
    {0},
};

static const key_choice NEW[] = {{"new", true}, {0}};

static const key_row ROWS[] = {
    {"migration", EXPECT_FIELD(KEY_TEXT, migration.label),
     .about = "The label of the migrations that the expectation is about", .example = "move"},
    {"result", EXPECT_FIELD(KEY_CHOICES, migration.results), .choices = RESULT_SET_CHOICES,
     .about = "How each of them ends", .example = "ok"},
    {"detail", EXPECT_FIELD(KEY_CHOICE, migration.detail), .choices = DETAILS,
     .about = "The detail in the record of each of them", .example = "no_response"},
    {"count", EXPECT_FIELD(KEY_COUNT, migration.count), .max = SCENARIO_EVENTS_MAX,
     .about = "How many of that label end so; 0 alone: none is called", .example = "2.."},
    {"connection_id", EXPECT_FIELD(KEY_CHOICE, migration.new_connection_id), .choices = NEW,
     .about = "Whether each of them changes to a new connection ID", .example = "new"},
    {"validation", EXPECT_FIELD(KEY_BOUND, migration.validation), .max = SCENARIO_DAY_NS,
     .alone = KEY_ALONE_IS_MOST,
     .about = "How long the validation of the path takes, from the call to the result",
     .example = "<= 120ms"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_check_label(reader, tree_get(entry, "migration"), true);
    draft->expectation.migration.counted = tree_get(entry, "count");
}

/* "ok or timeout in <= 120ms" */
static const char *wanted_text(const scenario_expect_migration *expectation, char text[EXPECT_LIST_MAX])
{
    char bound[EXPECT_LIST_MAX];
    text[0] = '\0';
    for (int result = 0; result > -RESULT_SET_COUNT; result--) {
        if (!result_set_has(expectation->results, result))
            continue;
        expect_append(text, EXPECT_LIST_MAX, text[0] ? " or " : "");
        expect_append(text, EXPECT_LIST_MAX, roam_result_name(result));
    }
    if (expectation->detail > 0) {
        expect_append(text, EXPECT_LIST_MAX, text[0] ? " with detail " : "detail ");
        expect_append(text, EXPECT_LIST_MAX, key_choice_name(DETAILS, expectation->detail));
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
static bool migration_holds(const scenario_expect_migration *expectation, const recorder_migration *migration)
{
    const uint32_t bounded = expect_bounded(&expectation->validation) ? SCENARIO_RESULT_OK : 0;
    const uint32_t results = expectation->results ? expectation->results : bounded;
    if (expectation->new_connection_id && !migration->record.connection_id_changed)
        return false;
    if (expectation->detail > 0 && migration->record.detail + 1 != expectation->detail)
        return false;
    return migration->done && (!results || result_set_has(results, migration->record.result)) &&
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

static bool is_of(const scenario_expect_migration *expectation, const recorder_migration *migration)
{
    const char *const label = scenario_event_call(migration->event)->label;
    return label && strcmp(label, expectation->label) == 0;
}

/* "2 of 3 calls, wanted 1 or more ok in <= 120ms" */
static void judge_count(const scenario_expect_migration *expectation, const recorder *recorded,
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
    outcome->value = ROAM_NEVER;
    (void)expect_count(count, bound);
    expect_say(outcome, expect_within(found, count), "%" PRIu64 " of %" PRIu64 " calls, wanted %s%s%s", found,
               calls, bound, any ? "" : " with ", any ? "" : wanted_text(expectation, wanted));
}

/* All calls of the label; shown is the first that fails, or else the slowest. */
static void judge_worst(const scenario_expect_migration *expectation, const recorder *recorded,
                        expect_outcome *outcome)
{
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(recorded, &count);
    const recorder_migration *shown = NULL;
    uint64_t slowest_ns = ROAM_NEVER;
    size_t calls = 0;
    bool held = true;
    for (size_t i = 0; i < count; i++) {
        const recorder_migration *const migration = &migrations[i];
        if (!is_of(expectation, migration))
            continue;
        const uint64_t took_ns = duration_of(migration);
        slowest_ns = calls++ == 0 || took_ns > slowest_ns ? took_ns : slowest_ns;
        if (!held)
            continue;
        held = migration_holds(expectation, migration);
        if (!held || !shown || duration_of(migration) > duration_of(shown))
            shown = migration;
    }
    char found[EXPECT_LIST_MAX];
    char wanted[EXPECT_LIST_MAX];
    outcome->value = slowest_ns;
    if (!shown) {
        expect_say(outcome, false, "never called, wanted %s", wanted_text(expectation, wanted));
        return;
    }
    describe_migration(shown, found);
    if (expectation->detail > 0 && shown->done) {
        expect_append(found, EXPECT_LIST_MAX, " with detail ");
        expect_append(found, EXPECT_LIST_MAX, roam_migration_detail_name(shown->record.detail));
    }
    if (calls > 1)
        expect_say(outcome, held, "%s%s (of %zu calls), wanted %s", held ? "at worst " : "", found, calls,
                   wanted_text(expectation, wanted));
    else
        expect_say(outcome, held, "%s, wanted %s", found, wanted_text(expectation, wanted));
}

static void each(const scenario *whole, const scenario_expectation *expectation,
                 const expect_evidence *evidence, expect_item_fn *item, void *ctx)
{
    const scenario_expect_migration *const of = &expectation->migration;
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(evidence->recorder, &count);
    (void)whole;
    for (size_t i = 0; i < count; i++) {
        if (!is_of(of, &migrations[i]))
            continue;
        char found[EXPECT_LIST_MAX];
        char wanted[EXPECT_LIST_MAX];
        expect_outcome one = {.value = recorder_validation_ns(&migrations[i])};
        describe_migration(&migrations[i], found);
        expect_say(&one, migration_holds(of, &migrations[i]), "%s, wanted %s", found,
                   wanted_text(of, wanted));
        item(ctx, migrations[i].event->node, &one);
    }
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_migration *const of = &expectation->migration;
    (void)whole;
    (of->counted ? judge_count : judge_worst)(of, evidence->recorder, outcome);
}

const expect_kind EXPECT_MIGRATION = {
    .rows = ROWS,
    .blank = {.migration = {.validation = EXPECT_UNBOUNDED, .count = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .measure = "validation",
    .each = each,
};
