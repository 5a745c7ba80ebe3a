/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/tables.h"

#include "tools/cli/combination.h"
#include "tools/cli/table.h"
#include "tools/run/moves.h"

#include <stdlib.h>
#include <string.h>

#define CELL_MAX 512
#define KEYS_MAX 6 /* that have a column each */

/* --- verdicts --- */

static table_style style_of(run_state state, summary_verdict verdict)
{
    if (state == RUN_FINISHED && verdict == SUMMARY_PASSED)
        return TABLE_GOOD;
    const bool plain = verdict == SUMMARY_KNOWN_FAULT || verdict == SUMMARY_UNSUPPORTED;
    return state == RUN_NOT_FINISHED || (state == RUN_FINISHED && plain) ? TABLE_PLAIN : TABLE_BAD;
}

static const char *verdict_text(run_state state, summary_verdict verdict)
{
    switch (state) {
    case RUN_NOT_FINISHED:
        return "not run";
    case RUN_CRASHED:
        return "crashed";
    case RUN_BROKEN:
        return "could not be run";
    case RUN_FINISHED:
        break;
    }
    return verdict == SUMMARY_FAILED ? "FAILED" : summary_verdict_name(verdict);
}

static uint64_t worse(uint64_t a, uint64_t b)
{
    if (a == ROAM_NEVER || b == ROAM_NEVER)
        return a == ROAM_NEVER ? b : a;
    return a > b ? a : b;
}

static run_state worse_state(run_state a, run_state b)
{
    static const run_state BAD_FIRST[] = {RUN_BROKEN, RUN_NOT_FINISHED, RUN_CRASHED};
    for (size_t i = 0; i < sizeof BAD_FIRST / sizeof *BAD_FIRST; i++)
        if (a == BAD_FIRST[i] || b == BAD_FIRST[i])
            return BAD_FIRST[i];
    return RUN_FINISHED;
}

run_file run_tables_file(const run_row *rows, size_t count)
{
    run_file file = {.state = RUN_FINISHED, .runs = count, .validation_ns = ROAM_NEVER, .gap_ns = ROAM_NEVER};
    for (size_t i = 0; i < count; i++) {
        const run_result *const answer = &rows[i].answer;
        file.state = worse_state(file.state, rows[i].state);
        if (rows[i].state != RUN_FINISHED)
            continue;
        file.good += answer->verdict == SUMMARY_PASSED || answer->verdict == SUMMARY_KNOWN_FAULT;
        file.unsupported += answer->verdict == SUMMARY_UNSUPPORTED;
        if (answer->verdict > file.verdict)
            file.verdict = answer->verdict;
        file.migrations += answer->migrations;
        file.migrations_ok += answer->migrations_ok;
        file.validation_ns = worse(file.validation_ns, answer->validation_ns);
        file.gap_ns = worse(file.gap_ns, answer->gap_ns);
        file.wall_ns += answer->wall_ns;
    }
    return file;
}

run_tally run_tables_count(const run_file *files, size_t count)
{
    run_tally counts = {0};
    size_t *const of_state[] = {
        [RUN_NOT_FINISHED] = &counts.left, [RUN_BROKEN] = &counts.broken, [RUN_CRASHED] = &counts.crashed};
    size_t *const of_verdict[] = {[SUMMARY_PASSED] = &counts.passed,
                                  [SUMMARY_KNOWN_FAULT] = &counts.known,
                                  [SUMMARY_UNSUPPORTED] = &counts.unsupported,
                                  [SUMMARY_FAILED] = &counts.failed,
                                  [SUMMARY_CONTRADICTION] = &counts.failed};
    for (size_t i = 0; i < count; i++)
        ++*(files[i].state == RUN_FINISHED ? of_verdict[files[i].verdict] : of_state[files[i].state]);
    return counts;
}

void run_tables_print_counts(const run_tables *report, const run_tally *counts)
{
    const struct {
        size_t count;
        const char *what;
    } others[] = {{counts->unsupported, "unsupported"},
                  {counts->known, counts->known > 1 ? "known faults" : "known fault"},
                  {counts->crashed, "crashed"},
                  {counts->broken, "could not be run"},
                  {counts->left, "not run"}};
    (void)fprintf(report->stream, "%zu passed, %zu failed", counts->passed, counts->failed);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].count > 0)
            (void)fprintf(report->stream, ", %zu %s", others[i].count, others[i].what);
    (void)putc('\n', report->stream);
}

/* --- combinations --- */

static bool has_labels(const scenario_expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (expectations[i].kind == SCENARIO_EXPECT_PEER && expectations[i].peer.label)
            return true;
    return false;
}

static void grid_cell(table *out, const run_row *row, bool labelled)
{
    char text[CELL_MAX];
    char time[TABLE_TIME_MAX];
    const bool finished = row->state == RUN_FINISHED;
    const bool timed = finished && !labelled && row->answer.validation_ns != ROAM_NEVER;
    const bool passed = finished && row->answer.verdict == SUMMARY_PASSED;
    const bool said = finished && row->outcome[0] != '\0';
    (void)snprintf(text, sizeof text, "%s%s%s%s%s", said ? row->outcome : "", timed ? " " : "",
                   timed ? table_time(row->answer.validation_ns, time) : "",
                   (said || timed) && !passed ? ", " : "",
                   passed && (said || timed) ? "" : verdict_text(row->state, row->answer.verdict));
    table_cell(out, passed ? TABLE_PLAIN : style_of(row->state, row->answer.verdict), text);
}

/* The places of a key's values in the order of a table: by value where all are quantities, else as the file
 * has them. NULL: out of memory; the caller frees it. */
static size_t *value_order(const scenario_vary *key)
{
    size_t *const order = calloc(key->value_count ? key->value_count : 1, sizeof *order);
    bool quantities = true;
    for (size_t i = 0; i < key->value_count; i++)
        quantities = quantities && combination_is_quantity(key->values[i]);
    for (size_t i = 0; order && i < key->value_count; i++) {
        size_t at = i;
        for (; quantities && at > 0 && combination_compare(key->values[order[at - 1]], key->values[i]) > 0;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}

/* The first key's values go down, the second's across. */
static bool print_grid(const run_tables *report, const scenario *varied, const run_row *rows)
{
    const scenario_vary *const down = &varied->vary[0];
    const scenario_vary *const across = &varied->vary[1];
    const char *titles[TABLE_COLUMNS_MAX] = {""};
    const bool labelled = has_labels(varied->expectations, varied->expectation_count) ||
                          has_labels(varied->known_fault.expectations, varied->known_fault.expectation_count);
    size_t *const lines = value_order(down);
    size_t *const columns = value_order(across);
    for (size_t i = 0; columns && i < across->value_count; i++)
        titles[i + 1] = across->values[columns[i]];
    table *const out = lines && columns ? table_new(titles, across->value_count + 1) : NULL;
    for (size_t i = 0; out && i < down->value_count; i++) {
        table_cell(out, TABLE_DIM, down->values[lines[i]]);
        for (size_t j = 0; j < across->value_count; j++)
            grid_cell(out, &rows[lines[i] * across->value_count + columns[j]], labelled);
    }
    free(lines);
    free(columns);
    (void)fprintf(report->stream, "\n%s: down %s, across %s\n\n", varied->name, down->key, across->key);
    const bool printed = out && table_print(out, report->stream, report->colour);
    table_free(out);
    return printed;
}

static void list_row(table *out, const run_job *job, const run_row *row, bool columns)
{
    char time[TABLE_TIME_MAX];
    const run_result *const answer = &row->answer;
    const bool finished = row->state == RUN_FINISHED;
    for (size_t i = 0; columns && i < job->scenario->choice_count; i++)
        table_cell(out, TABLE_PLAIN, job->scenario->choices[i]);
    if (!columns)
        table_cell(out, TABLE_PLAIN, job->scenario->combination);
    table_cell(out, TABLE_PLAIN, table_time(finished ? answer->validation_ns : ROAM_NEVER, time));
    table_cell(out, TABLE_PLAIN, table_time(finished ? answer->gap_ns : ROAM_NEVER, time));
    table_cell(out, TABLE_PLAIN, finished ? row->outcome : "");
    table_cell(out, style_of(row->state, answer->verdict), verdict_text(row->state, answer->verdict));
}

static bool print_list(const run_tables *report, const scenario *varied, const run_job *jobs,
                       const run_row *rows, size_t count)
{
    static const char *const measured[] = {">validation", ">gap", "outcome", "verdict"};
    const char *titles[KEYS_MAX + sizeof measured / sizeof measured[0]];
    const bool columns = varied->vary_count <= KEYS_MAX;
    size_t used = 0;
    for (size_t i = 0; columns && i < varied->vary_count; i++)
        titles[used++] = varied->vary[i].key;
    if (!columns)
        titles[used++] = "combination";
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++)
        titles[used++] = measured[i];
    table *const out = table_new(titles, used);
    for (size_t i = 0; out && i < count; i++)
        list_row(out, &jobs[i], &rows[i], columns);
    (void)fprintf(report->stream, "\n%s: each combination\n\n", varied->name);
    const bool printed = out && table_print(out, report->stream, report->colour);
    table_free(out);
    return printed;
}

/* The values of what was varied, as many cells as `keys` says. */
static void choice_cells(table *out, const scenario *one, size_t keys)
{
    if (keys < one->choice_count) {
        table_cell(out, TABLE_PLAIN, one->combination);
        return;
    }
    for (size_t i = 0; i < one->choice_count; i++)
        table_cell(out, TABLE_PLAIN, one->choices[i]);
}

static bool has_moves(const run_row *row)
{
    return row->state == RUN_FINISHED && row->moves[0] != '\0';
}

static size_t move_titles(const scenario *varied, const char *titles[TABLE_COLUMNS_MAX])
{
    size_t used = 0;
    if (varied->vary_count + RUN_MOVES_CELLS > TABLE_COLUMNS_MAX)
        titles[used++] = "combination";
    else
        while (used < varied->vary_count) {
            titles[used] = varied->vary[used].key;
            used++;
        }
    return used;
}

static bool print_moves(const run_tables *report, const scenario *varied, const run_job *jobs,
                        const run_row *rows, size_t count)
{
    const char *titles[TABLE_COLUMNS_MAX];
    const size_t keys = move_titles(varied, titles);
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any |= has_moves(&rows[i]);
    if (!any)
        return true;
    for (size_t i = 0; i < RUN_MOVES_CELLS; i++)
        titles[keys + i] = RUN_MOVES_TITLES[i];
    table *const out = table_new(titles, keys + RUN_MOVES_CELLS);
    for (size_t i = 0; out && i < count; i++) {
        for (const char *line = has_moves(&rows[i]) ? rows[i].moves : NULL; line;) {
            choice_cells(out, jobs[i].scenario, keys);
            line = run_moves_cells(out, line);
        }
    }
    (void)fprintf(report->stream, "\n%s: what each move cost\n\n", varied->name);
    const bool printed = out && table_print(out, report->stream, report->colour);
    table_free(out);
    return printed;
}

bool run_tables_combinations(const run_tables *report, const scenario *varied, const run_job *jobs,
                             const run_row *rows, size_t count)
{
    const bool grid = varied->vary_count == 2 && varied->vary[1].value_count < TABLE_COLUMNS_MAX;
    return (grid ? print_grid(report, varied, rows) : print_list(report, varied, jobs, rows, count)) &&
           print_moves(report, varied, jobs, rows, count);
}

/* --- all scenarios --- */

static void file_row(table *out, const scenario *whole, const run_file *file, bool timing)
{
    char text[CELL_MAX];
    char time[TABLE_TIME_MAX];
    const bool several = file->runs > 1;
    (void)snprintf(text, sizeof text, several ? "%s (%zu runs)" : "%s", whole->name, file->runs);
    table_cell(out, TABLE_PLAIN, text);
    table_cell(out, style_of(file->state, file->verdict), verdict_text(file->state, file->verdict));
    if (file->migrations == file->migrations_ok)
        (void)snprintf(text, sizeof text, "%zu", file->migrations);
    else
        (void)snprintf(text, sizeof text, "%zu of %zu ok", file->migrations_ok, file->migrations);
    table_cell(out, TABLE_PLAIN, file->migrations > 0 ? text : "-");
    table_cell(out, TABLE_PLAIN, table_time(file->validation_ns, time));
    table_cell(out, TABLE_PLAIN, table_time(file->gap_ns, time));
    if (timing)
        table_cell(out, TABLE_PLAIN, table_time(file->wall_ns, time));
}

bool run_tables_all(const run_tables *report, const scenario_files *files, const run_file *each)
{
    static const char *const titles[] = {"scenario",          "verdict",    ">migrations",
                                         ">worst validation", ">worst gap", ">wall clock"};
    table *const out = table_new(titles, sizeof titles / sizeof titles[0] - !report->timing);
    for (size_t i = 0; out && i < files->count; i++)
        file_row(out, files->items[i], &each[i], report->timing);
    const bool printed = out && table_print(out, report->stream, report->colour);
    table_free(out);
    return printed;
}
