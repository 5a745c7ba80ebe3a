/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/print.h"

#include "tools/cli/parts.h"
#include "tools/run/background.h"
#include "tools/run/groups.h"
#include "tools/run/landings.h"
#include "tools/run/latencies.h"
#include "tools/run/moves.h"
#include "tools/run/preferred.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 256

void run_print_ends(table *out, const scenario *whole, uint32_t from, uint32_t to)
{
    char text[CELL_MAX];
    (void)snprintf(text, sizeof text, "%s -> %s", whole->nodes[from].name, whole->nodes[to].name);
    table_cell(out, TABLE_PLAIN, text);
}

/* The result, and what is known of why it is not ok. */
static const char *result_text(const recorder_migration *migration, char text[CELL_MAX])
{
    const roam_migration_record *const record = &migration->record;
    if (!migration->done)
        return "none yet";
    if (record->result == ROAM_OK || record->detail == ROAM_DETAIL_NONE)
        return roam_result_name(record->result);
    (void)snprintf(text, CELL_MAX, "%s (%s)", roam_result_name(record->result),
                   roam_migration_detail_name(record->detail));
    return text;
}

static void migration_row(table *out, const scenario *whole, const recorder_migration *migration)
{
    const scenario_event *const event = migration->event;
    const char *const label = scenario_event_call(event)->label;
    const bool ok = migration->done && migration->record.result == ROAM_OK;
    char text[CELL_MAX];
    table_cell(out, TABLE_PLAIN, label ? label : "");
    run_print_ends(out, whole, event->node, migration->to);
    table_cell(out, TABLE_PLAIN,
               event->network == SCENARIO_NONE ? "same" : whole->networks[event->network].name);
    table_time_cell(out, migration->requested_ns);
    table_cell(out, ok ? TABLE_GOOD : TABLE_PLAIN, result_text(migration, text));
    table_time_cell(out, migration->done ? migration->done_ns - migration->requested_ns : UINT64_MAX);
    if (migration->done)
        table_count_cell(out, migration->record.challenges_sent);
    else
        table_cell(out, TABLE_PLAIN, "-");
}

static bool print_migrations(const run_print *print, const scenario *whole, const run *finished,
                             const summary_groups *groups)
{
    static const char *const titles[] = {"migration", "connection", "to",         ">at",
                                         "result",    ">took",      ">challenges"};
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(run_recorder(finished), &count);
    size_t listed = 0;
    for (size_t i = 0; i < count; i++)
        listed += summary_is_listed(groups, SUMMARY_MIGRATIONS, i);
    if (listed == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < count; i++)
        if (summary_is_listed(groups, SUMMARY_MIGRATIONS, i))
            migration_row(out, whole, &migrations[i]);
    return table_end(out, print->stream, print->colour);
}

/* Those of large groups in a table of their own. */
static bool print_calls(const run_print *print, const scenario *whole, const run *finished)
{
    summary_groups groups;
    if (!summary_groups_of(whole, run_recorder(finished), RUN_GROUPS_EACH_MAX, print->each, &groups))
        return false;
    if (!print->each)
        summary_groups_leave_out_all(&groups);
    const bool printed =
        print_migrations(print, whole, finished, &groups) &&
        run_groups_print(whole, &groups, run_moves_any(run_recorder(finished)), print->stream, print->colour);
    summary_groups_free(&groups);
    return printed;
}

static bool print_moves(const run_print *print, const scenario *whole, const run *finished)
{
    char *const lines = run_moves_lines(whole, run_recorder(finished), print->each);
    const bool printed = lines && run_moves_print(lines, print->stream, print->colour);
    free(lines);
    return printed;
}

/* ---- what validations took ---- */

/* Lines of one kind that are told. */
enum { LINES_MAX = 8 };

static void print_more(const run_print *print, size_t count, const char *what)
{
    if (count > LINES_MAX)
        (void)fprintf(print->stream, "  and %zu more %s\n", count - LINES_MAX, what);
}

static void print_more_validations(const run_print *print, size_t count)
{
    print_more(print, count, "validations took longer than a round trip");
}

static size_t print_slow_calls(const run_print *print, const scenario *whole, const run *finished)
{
    size_t count;
    size_t told = 0;
    const recorder_migration *const migrations = recorder_migrations(run_recorder(finished), &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_migration *const move = &migrations[i];
        const char *const label = scenario_event_call(move->event)->label;
        uint64_t values[PARTS_COUNT];
        char text[PARTS_TEXT_MAX];
        parts_values(&move->parts, values);
        if (move->validated_ns == ROAM_NEVER || !parts_line(values, move->round_trip_ns, text) ||
            ++told > LINES_MAX)
            continue;
        if (label)
            (void)fprintf(print->stream, "  %s %s\n", label, text);
        else
            (void)fprintf(print->stream, "  %s -> %s %s\n", whole->nodes[move->event->node].name,
                          whole->nodes[move->to].name, text);
    }
    print_more_validations(print, told);
    return told;
}

static size_t print_slow_rebinds(const run_print *print, const scenario *whole, const run *finished)
{
    size_t count;
    size_t told = 0;
    const recorder_rebind *const rebinds = recorder_rebinds(run_recorder(finished), &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_rebind *const rebind = &rebinds[i];
        uint64_t values[PARTS_COUNT];
        char text[PARTS_TEXT_MAX];
        char time[TABLE_TIME_MAX];
        parts_values(&rebind->parts, values);
        if (!rebind->record.validated || !parts_line(values, rebind->round_trip_ns, text) ||
            ++told > LINES_MAX)
            continue;
        (void)fprintf(print->stream, "  %s noticed a new address of %s at %s; its validation %s\n",
                      whole->nodes[rebind->node].name,
                      rebind->other == SCENARIO_NONE ? "a peer" : whole->nodes[rebind->other].name,
                      table_time(rebind->record.noticed_ns, time), text);
    }
    print_more_validations(print, told);
    return told;
}

static void print_slow(const run_print *print, const scenario *whole, const run *finished)
{
    const size_t calls = print_slow_calls(print, whole, finished);
    if (calls + print_slow_rebinds(print, whole, finished) > 0)
        (void)putc('\n', print->stream);
}

static void refusal_row(table *out, const scenario *whole, const recorder_refusal *refused)
{
    const observer_refused *const told = &refused->told;
    char text[CELL_MAX];
    table_cell(out, TABLE_PLAIN, scenario_verb_name(told->verb));
    (void)snprintf(text, sizeof text, "%s%s%s",
                   told->node == SCENARIO_NONE ? "" : whole->nodes[told->node].name,
                   told->to == SCENARIO_NONE ? "" : " -> ",
                   told->to == SCENARIO_NONE ? "" : whole->nodes[told->to].name);
    table_cell(out, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%" PRIu32 ":%" PRIu32, told->place.line, told->place.column);
    table_cell(out, TABLE_PLAIN, text);
    table_time_cell(out, refused->at_ns);
    (void)snprintf(text, sizeof text, "%s: %s", refusal_name(told->why), refusal_sentence(told->why));
    table_cell(out, TABLE_PLAIN, text);
}

static bool print_refusals(const run_print *print, const scenario *whole, const run *finished)
{
    static const char *const titles[] = {"refused", "node", ">line", ">at", "why"};
    size_t count;
    const recorder_refusal *const refusals = recorder_refusals(run_recorder(finished), &count);
    if (count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < count; i++)
        refusal_row(out, whole, &refusals[i]);
    return table_end(out, print->stream, print->colour);
}

/* Entries of the timeline that waited for an instant that did not come, or came too late. */
static bool print_waiting(const run_print *print, const scenario *whole, const run *finished)
{
    static const char *const titles[] = {"not started", ">line", "after"};
    size_t at = 0;
    const scenario_after *after = recorder_next_waiting(run_recorder(finished), &at);
    if (!after)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (; out && after; after = recorder_next_waiting(run_recorder(finished), &at)) {
        char text[SCENARIO_AFTER_TEXT_MAX];
        table_cell(out, TABLE_PLAIN, scenario_verb_name(whole->events[after->first].verb));
        (void)snprintf(text, sizeof text, "%" PRIu32 ":%" PRIu32, after->place.line, after->place.column);
        table_cell(out, TABLE_PLAIN, text);
        table_cell(out, TABLE_PLAIN, scenario_after_text(whole, after, text));
    }
    return table_end(out, print->stream, print->colour);
}

static void outage_row(table *out, const scenario *whole, const recorder_outage *outage)
{
    const scenario_peer *const peer = &whole->peers[outage->peer];
    char text[CELL_MAX];
    run_print_ends(out, whole, peer->dialer, peer->acceptor);
    table_time_cell(out, outage->lost_ns);
    (void)snprintf(text, sizeof text, "%s%s", outage->was_up ? "" : "dial failed: ",
                   outage->has_reason ? roam_down_reason_name(outage->reason) : "restart");
    table_cell(out, TABLE_PLAIN, text);
    table_count_cell(out, outage->dials);
    if (outage->regained_ns == ROAM_NEVER)
        table_cell(out, TABLE_PLAIN, "never");
    else
        table_time_cell(out, outage->regained_ns);
    table_time_cell(out, outage->end_ns - outage->lost_ns);
}

/* Connections lost and regained. */
static bool print_outages(const run_print *print, const scenario *whole, const run *finished)
{
    static const char *const titles[] = {"lost", ">at", "why", ">dials", ">regained", ">without"};
    size_t count;
    const recorder_outage *const outages = recorder_outages(run_recorder(finished), &count);
    if (count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < count && i < LINES_MAX; i++)
        outage_row(out, whole, &outages[i]);
    if (out && count > LINES_MAX)
        table_more(out, count - LINES_MAX, "times without a connection");
    return table_end(out, print->stream, print->colour);
}

static bool print_nats(const run_print *print, const scenario *whole, const run *finished)
{
    static const char *const titles[] = {"NAT",       ">bindings", ">at once",  ">timed out", ">forgotten",
                                         ">shuffled", ">refused",  ">filtered", ">no binding"};
    if (whole->nat_count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < whole->nat_count; i++) {
        const nat_counts *const counts = &run_nats(finished)[i];
        const uint64_t refused =
            counts->no_port + counts->no_block + counts->subscriber_limit + counts->table_full;
        const uint64_t numbers[] = {counts->made,     counts->peak, counts->timed_out, counts->forgotten,
                                    counts->shuffled, refused,      counts->filtered,  counts->no_binding};
        table_cell(out, TABLE_PLAIN, whole->nats[i].name);
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++)
            table_count_cell(out, numbers[j]);
    }
    return table_end(out, print->stream, print->colour);
}

/* An address that changes too often is not followed (RFC 9000 section 9.3.3): seldom, and worth a line. */
static void print_damped(const run_print *print, const scenario *whole, const run *finished)
{
    const summary_path *const paths = run_paths(finished);
    size_t told = 0;
    for (size_t i = 0; i < whole->peer_count; i++) {
        const uint64_t damped = paths[2 * i + 1].stats.datagrams_damped;
        if (damped == 0 || told++ >= LINES_MAX)
            continue;
        (void)fprintf(
            print->stream, "  %s left %" PRIu64 " datagrams of %s unread: its address changed too often\n",
            whole->nodes[whole->peers[i].acceptor].name, damped, whole->nodes[whole->peers[i].dialer].name);
    }
    print_more(print, told, "nodes were left unread");
    if (told > 0)
        (void)putc('\n', print->stream);
}

static bool expects_delivery(const scenario_expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (expectations[i].kind == SCENARIO_EXPECT_DELIVERED)
            return true;
    return false;
}

/* Messages that were to be sent and were not: where no expectation shows them. */
static void print_passed_over(const run_print *print, const scenario *whole, const run *finished)
{
    const recorder_flow *const flows = recorder_flows(run_recorder(finished));
    uint64_t sum = 0;
    size_t most = 0;
    if (expects_delivery(whole->expectations, whole->expectation_count))
        return;
    for (size_t i = 0; i < whole->traffic_count; i++) {
        sum += flows[i].passed_over;
        most = flows[i].passed_over > flows[most].passed_over ? i : most;
    }
    if (sum > 0)
        (void)fprintf(print->stream,
                      "  %" PRIu64 " messages were passed over, %" PRIu64 " of them of %s -> %s\n\n", sum,
                      flows[most].passed_over, whole->nodes[whole->traffic[most].from].name,
                      whole->nodes[whole->traffic[most].to].name);
}

/* The expectation stands in the first column: it is repeated only beside a result that differs. */
static void print_measured(table *out, const expect_outcome *outcome)
{
    char text[sizeof outcome->text];
    (void)snprintf(text, sizeof text, "%s", outcome->text);
    char *const wanted = outcome->held ? strstr(text, ", wanted ") : NULL;
    if (wanted)
        *wanted = '\0';
    table_cell(out, TABLE_PLAIN, text);
}

typedef struct expectation_list {
    const char *title;
    const scenario_expectation *items;
    const expect_outcome *outcomes;
    size_t count;
    const char *failed; /* what one that does not hold is called */
    table_style style;
} expectation_list;

static bool print_list(const run_print *print, const expectation_list *list)
{
    const char *const titles[] = {list->title, "", "measured"};
    if (list->count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < list->count; i++) {
        const expect_outcome *const outcome = &list->outcomes[i];
        table_cell(out, TABLE_PLAIN, list->items[i].text);
        if (outcome->unsupported)
            table_cell(out, TABLE_PLAIN, "unsupported");
        else
            table_cell(out, outcome->held ? TABLE_GOOD : list->style, outcome->held ? "held" : list->failed);
        print_measured(out, outcome);
    }
    return table_end(out, print->stream, print->colour);
}

static bool print_expectations(const run_print *print, const scenario *whole, const run *finished)
{
    char title[CELL_MAX];
    const scenario_known_fault *const fault = &whole->known_fault;
    const expect_outcome *const outcomes = run_outcomes(finished);
    const expectation_list expected = {.title = "expected",
                                       .items = whole->expectations,
                                       .outcomes = outcomes,
                                       .count = whole->expectation_count,
                                       .failed = "FAILED",
                                       .style = TABLE_BAD};
    const expectation_list known = {.title = title,
                                    .items = fault->expectations,
                                    .outcomes = outcomes + whole->expectation_count,
                                    .count = fault->expectation_count,
                                    .failed = "fails",
                                    .style = TABLE_PLAIN};
    const expectation_list implied = {.title = "expected of every scenario",
                                      .items = &EXPECT_IMPLIED,
                                      .outcomes = run_implied(finished),
                                      .count = run_implied(finished)->held ? 0 : 1,
                                      .failed = "FAILED",
                                      .style = TABLE_BAD};
    (void)snprintf(title, sizeof title, "known fault %s", fault->reference ? fault->reference : "");
    return print_list(print, &expected) && print_list(print, &implied) && print_list(print, &known);
}

static void print_contradictions(const run_print *print, const run *finished)
{
    size_t count;
    const char *const of_run = recorder_contradiction(run_recorder(finished));
    if (of_run[0] != '\0')
        (void)fprintf(print->stream, "  %scontradiction%s: %s\n",
                      table_style_sequence(TABLE_BAD, print->colour),
                      table_style_sequence(TABLE_PLAIN, print->colour), of_run);
    const recorder_migration *const migrations = recorder_migrations(run_recorder(finished), &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_migration *const migration = &migrations[i];
        if (migration->contradiction[0] == '\0')
            continue;
        const char *const label = scenario_event_call(migration->event)->label;
        (void)fprintf(print->stream, "  %scontradiction%s in migration %" PRIu32 "%s%s%s: %s\n",
                      table_style_sequence(TABLE_BAD, print->colour),
                      table_style_sequence(TABLE_PLAIN, print->colour), migration->call, label ? " (" : "",
                      label ? label : "", label ? ")" : "", migration->contradiction);
    }
}

/* ---- rules ---- */

/* ", 2 broken: challenge-padded response-once"; nothing when there is none. */
static void print_told(FILE *stream, const witness_rule *rules, rules_verdict verdict)
{
    size_t count = 0;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        count += rules[rule].verdict == verdict;
    if (count > 0)
        (void)fprintf(stream, ", %zu %s: ", count, rules_verdict_name(verdict));
    for (rules_rule rule = 0, before = 0; rule < RULES_COUNT; rule++)
        if (rules[rule].verdict == verdict)
            (void)fprintf(stream, "%s%s", before++ ? " " : "", rules_name(rule));
}

static void print_rules(const run_print *print, const run *finished)
{
    const witness_rule *const rules = witness_rules(run_witness(finished));
    size_t exercised = 0;
    size_t broken = 0;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        exercised += rules[rule].verdict != RULES_NOT_EXERCISED;
        broken += rules[rule].verdict == RULES_BROKEN;
    }
    const uint64_t unread = witness_unread(run_witness(finished));
    (void)fprintf(print->stream, "rules: %zu exercised%s%s", exercised, broken ? "" : ", none broken",
                  unread ? " in what was seen" : "");
    print_told(print->stream, rules, RULES_BROKEN);
    print_told(print->stream, rules, RULES_DECLINED);
    (void)putc('\n', print->stream);
    if (unread > 0)
        (void)fprintf(print->stream,
                      "not all was seen: connections that %" PRIu64
                      " Initial packets began are beyond the limit of the witness, and none of their packets "
                      "was read\n",
                      unread);
}

static void print_overlay(const run_print *print, const run *finished)
{
    const summary_overlay *const measured = run_overlay(finished);
    char text[SUMMARY_OVERLAY_TEXT_MAX];
    if (!measured)
        return;
    summary_overlay_text(measured, text);
    (void)fprintf(print->stream, "overlay: %s\n", text);
}

static table_style verdict_style(summary_verdict verdict)
{
    switch (verdict) {
    case SUMMARY_PASSED:
        return TABLE_GOOD;
    case SUMMARY_KNOWN_FAULT:
    case SUMMARY_UNSUPPORTED:
        return TABLE_PLAIN;
    case SUMMARY_FAILED:
    case SUMMARY_CONTRADICTION:
        break;
    }
    return TABLE_BAD;
}

static size_t count_unsupported(const expect_outcome *outcomes, size_t count)
{
    return count - expect_count_held(outcomes, count) - expect_count_failed(outcomes, count);
}

static void print_verdict(const run_print *print, const scenario *whole, const run *finished)
{
    const summary_verdict verdict = run_verdict(finished);
    const expect_outcome *const outcomes = run_outcomes(finished);
    const scenario_known_fault *const fault = &whole->known_fault;
    const size_t faulty = expect_count_held(outcomes + whole->expectation_count, fault->expectation_count);
    const bool combined = whole->combination;
    (void)fprintf(print->stream,
                  "%s%s%s: %s%s%s%s: ", table_style_sequence(verdict_style(verdict), print->colour),
                  summary_verdict_name(verdict), table_style_sequence(TABLE_PLAIN, print->colour),
                  whole->name, combined ? "[" : "", combined ? whole->combination : "", combined ? "]" : "");
    if (verdict == SUMMARY_CONTRADICTION)
        (void)fprintf(print->stream, "what the core says and what the taps saw differ; ");
    (void)fprintf(print->stream, "%zu of %zu expectations held",
                  expect_count_held(outcomes, whole->expectation_count), whole->expectation_count);
    const size_t unsupported =
        count_unsupported(outcomes, whole->expectation_count + fault->expectation_count);
    if (unsupported > 0)
        (void)fprintf(print->stream, ", %zu unsupported", unsupported);
    if (!run_implied(finished)->held)
        (void)fprintf(print->stream, ", and rules are broken");
    if (whole->expectation_count == 0)
        (void)fprintf(print->stream, " (no expectation applies)");
    if (verdict == SUMMARY_KNOWN_FAULT)
        (void)fprintf(print->stream, "; %s%s%s", fault->reference, fault->about[0] ? ": " : "", fault->about);
    else if (fault->expectation_count > 0 && faulty == fault->expectation_count && !fault->may_be_gone)
        (void)fprintf(print->stream, "; %s: %s", fault->reference, SUMMARY_NO_FAULT);
    (void)putc('\n', print->stream);
}

bool run_print_result(const run_print *print, const scenario *whole, uint64_t seed, const run *finished)
{
    const summary_verdict verdict = run_verdict(finished);
    const bool good = verdict == SUMMARY_PASSED || verdict == SUMMARY_KNOWN_FAULT;
    bool printed = true;
    if (!print->quiet && !(whole->combination && good)) {
        (void)fprintf(print->stream, "%s%s%s%s, seed %" PRIu64 "\n", whole->name,
                      whole->combination ? "[" : "", whole->combination ? whole->combination : "",
                      whole->combination ? "]" : "", seed);
        if (whole->about[0] != '\0')
            (void)fprintf(print->stream, "%s\n", whole->about);
        (void)putc('\n', print->stream);
        printed = print_calls(print, whole, finished) && print_moves(print, whole, finished);
        print_slow(print, whole, finished);
        printed = printed && print_refusals(print, whole, finished) &&
                  print_waiting(print, whole, finished) && print_outages(print, whole, finished) &&
                  run_preferred_print(whole, run_recorder(finished), print->stream, print->colour) &&
                  print_nats(print, whole, finished) &&
                  run_background_print(whole, finished, print->stream, print->colour) &&
                  run_landings_print(whole, run_recorder(finished), print->stream, print->colour) &&
                  run_latencies_print(whole, run_recorder(finished), print->stream, print->colour);
        print_damped(print, whole, finished);
        print_passed_over(print, whole, finished);
        printed = printed && print_expectations(print, whole, finished);
        print_contradictions(print, finished);
        print_overlay(print, finished);
        print_rules(print, finished);
    }
    print_verdict(print, whole, finished);
    return printed;
}
