/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run_print.h"

#include "tools/table.h"

#include <inttypes.h>
#include <string.h>

#define CELL_MAX 256

static void migration_row(table *out, const scenario *whole, const recorder_migration *migration)
{
    const scenario_event *const event = migration->event;
    const bool ok = migration->done && migration->record.result == ROAM_OK;
    char text[CELL_MAX];
    char time[TABLE_TIME_MAX];
    table_cell(out, TABLE_PLAIN, event->label ? event->label : "");
    (void)snprintf(text, sizeof text, "%s -> %s", whole->nodes[event->node].name,
                   whole->nodes[migration->to].name);
    table_cell(out, TABLE_PLAIN, text);
    table_cell(out, TABLE_PLAIN,
               event->network == SCENARIO_NONE ? "same" : whole->networks[event->network].name);
    table_cell(out, TABLE_PLAIN, table_time(migration->requested_ns, time));
    table_cell(out, ok ? TABLE_GOOD : TABLE_PLAIN,
               migration->done ? roam_result_name(migration->record.result) : "none yet");
    table_cell(out, TABLE_PLAIN,
               table_time(migration->done ? migration->done_ns - migration->requested_ns : UINT64_MAX, time));
    (void)snprintf(text, sizeof text, "%" PRIu32, migration->record.challenges_sent);
    table_cell(out, TABLE_PLAIN, migration->done ? text : "-");
}

static bool print_migrations(const run_print *print, const scenario *whole, const run *finished)
{
    static const char *const titles[] = {"migration", "connection", "to",         ">at",
                                         "result",    ">took",      ">challenges"};
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(run_recorder(finished), &count);
    if (count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < count; i++)
        migration_row(out, whole, &migrations[i]);
    const bool printed = out && table_print(out, print->stream, print->colour);
    (void)putc('\n', print->stream);
    table_free(out);
    return printed;
}

/* What was wanted stands in the first column: said again only next to what came instead. */
static void print_measured(table *out, const expect_outcome *outcome)
{
    char text[sizeof outcome->text];
    (void)snprintf(text, sizeof text, "%s", outcome->text);
    char *const wanted = outcome->held ? strstr(text, ", wanted ") : NULL;
    if (wanted)
        *wanted = '\0';
    table_cell(out, TABLE_PLAIN, text);
}

static bool print_expectations(const run_print *print, const scenario *whole, const run *finished)
{
    static const char *const titles[] = {"expected", "", "measured"};
    const expect_outcome *const outcomes = run_outcomes(finished);
    if (whole->expectation_count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < whole->expectation_count; i++) {
        table_cell(out, TABLE_PLAIN, whole->expectations[i].text);
        table_cell(out, outcomes[i].held ? TABLE_GOOD : TABLE_BAD, outcomes[i].held ? "held" : "FAILED");
        print_measured(out, &outcomes[i]);
    }
    const bool printed = out && table_print(out, print->stream, print->colour);
    (void)putc('\n', print->stream);
    table_free(out);
    return printed;
}

static void print_contradictions(const run_print *print, const run *finished)
{
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(run_recorder(finished), &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_migration *const migration = &migrations[i];
        if (migration->contradiction[0] == '\0')
            continue;
        (void)fprintf(print->stream, "  %scontradiction%s in migration %" PRIu32 "%s%s%s: %s\n",
                      table_style_sequence(TABLE_BAD, print->colour),
                      table_style_sequence(TABLE_PLAIN, print->colour), migration->call,
                      migration->event->label ? " (" : "",
                      migration->event->label ? migration->event->label : "",
                      migration->event->label ? ")" : "", migration->contradiction);
    }
}

static void print_verdict(const run_print *print, const scenario *whole, const run *finished)
{
    const summary_verdict verdict = run_verdict(finished);
    const expect_outcome *const outcomes = run_outcomes(finished);
    size_t held = 0;
    for (size_t i = 0; i < whole->expectation_count; i++)
        held += outcomes[i].held;
    (void)fprintf(print->stream, "%s%s%s: %s: ",
                  table_style_sequence(verdict == SUMMARY_PASSED ? TABLE_GOOD : TABLE_BAD, print->colour),
                  summary_verdict_name(verdict), table_style_sequence(TABLE_PLAIN, print->colour),
                  whole->name);
    if (verdict == SUMMARY_CONTRADICTION)
        (void)fprintf(print->stream, "what the core says and what the taps saw differ; ");
    (void)fprintf(print->stream, "%zu of %zu expectations held\n", held, whole->expectation_count);
}

bool run_print_result(const run_print *print, const scenario *whole, uint64_t seed, const run *finished)
{
    bool printed = true;
    if (!print->quiet) {
        (void)fprintf(print->stream, "%s, seed %" PRIu64 "\n", whole->name, seed);
        if (whole->about[0] != '\0')
            (void)fprintf(print->stream, "%s\n", whole->about);
        (void)putc('\n', print->stream);
        printed = print_migrations(print, whole, finished) && print_expectations(print, whole, finished);
        print_contradictions(print, finished);
    }
    print_verdict(print, whole, finished);
    return printed;
}
