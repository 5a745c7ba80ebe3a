/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/runs.h"

#include "tools/cli/replay_command.h"
#include "tools/report/html.h"
#include "tools/stats/series_text.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 100, SLOWEST = 5 };

const char *report_name(const char *scenario, const char *combination, char text[REPORT_TEXT_MAX])
{
    (void)snprintf(text, REPORT_TEXT_MAX, "%s%s%s%s", scenario, combination[0] ? " [" : "", combination,
                   combination[0] ? "]" : "");
    return text;
}

/* The first columns of each query: a run. */
enum { SCENARIO, COMBINATION, SEED, DIRECTORY, DIGEST, HAS_PATH, OWN };
#define RUN_COLUMNS "scenario, combination, seed, directory, digest"
#define HAS_PATH_OF(run)                                                                                     \
    "(EXISTS (SELECT 1 FROM migrations WHERE run = " run ")"                                                 \
    " OR EXISTS (SELECT 1 FROM rebinds WHERE run = " run "))"

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *const text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

static void print_name(sqlite3_stmt *row, FILE *page)
{
    char text[REPORT_TEXT_MAX];
    html_name(page, report_name(text_of(row, SCENARIO), text_of(row, COMBINATION), text));
    (void)fprintf(page, ", seed %lld", (long long)sqlite3_column_int64(row, SEED));
}

/* What runs the run of a row again, and what draws its timeline, which a run that failed must not prevent. */
static void print_commands(const report_input *input, sqlite3_stmt *row, FILE *page)
{
    char command[REPLAY_COMMAND_MAX];
    char file[REPORT_TEXT_MAX];
    const char *const directory = text_of(row, DIRECTORY);
    (void)snprintf(file, sizeof file, "scenarios/%s%s%s.yaml", directory, directory[0] ? "/" : "",
                   text_of(row, SCENARIO));
    char *const known = store_file(input->from, text_of(row, SCENARIO), text_of(row, DIGEST));
    (void)replay_command(known ? known : file, text_of(row, COMBINATION),
                         (uint64_t)sqlite3_column_int64(row, SEED), command);
    free(known);
    (void)fputs("<pre>", page);
    html_text(page, command);
    (void)fputs("</pre>\n", page);
    if (input->timelines || !sqlite3_column_int(row, HAS_PATH))
        return;
    (void)fputs("<p class=\"soft\">Its timeline:</p>\n<pre>", page);
    html_text(page, command);
    (void)fputs(" --out run --qlog; roam plot timeline --run run -o timeline</pre>\n", page);
}

static int finish(const report_input *input, sqlite3_stmt *row)
{
    return sqlite3_finalize(row) == SQLITE_OK ? STORE_OK : store_fault(input->from);
}

/* ---- what did not hold ---- */

/* A row for each run and each thing that did not hold in it; of one without any, its verdict. Of the rows of
 * a group SQLite takes the columns of the one with the least seed. */
#define REASON(what, is) "SELECT b.*, " what " AS what, " is " AS measured FROM bad b"
static const char FAILURES_SQL[] =
    "WITH bad AS (SELECT id, " RUN_COLUMNS ", coalesce(verdict, status) AS verdict, status, message FROM runs"
    "  WHERE status != 'finished' OR verdict NOT IN ('passed', 'known fault', 'unsupported')),"
    " reasons AS (" REASON(
        "e.text",
        "e.measured") " JOIN expectations e ON e.run = b.id WHERE e.held = 0"
                      " UNION ALL " REASON(
                          "'taps: ' || coalesce(m.label, m.node || ' -> ' || m.peer)",
                          "m.contradiction") " JOIN migrations m ON m.run = b.id WHERE m.contradiction NOT "
                                             "NULL"
                                             " UNION ALL " REASON(
                                                 "b.status",
                                                 "b.message") " WHERE b.message NOT NULL),"
                                                              " every AS (SELECT * FROM reasons UNION "
                                                              "ALL " REASON(
                                                                  "b.verdict",
                                                                  "NULL") " WHERE b.id NOT IN"
                                                                          "  (SELECT id FROM reasons))"
                                                                          " SELECT scenario, combination, "
                                                                          "min(seed), directory, "
                                                                          "digest, " HAS_PATH_OF(
                                                                              "every.id") ","
                                                                                          " what, measured, "
                                                                                          "verdict, "
                                                                                          "count(DISTINCT "
                                                                                          "id), "
                                                                                          "count(DISTINCT "
                                                                                          "combination)"
                                                                                          " FROM every GROUP "
                                                                                          "BY scenario, what "
                                                                                          "ORDER BY "
                                                                                          "scenario, "
                                                                                          "count(DISTINCT "
                                                                                          "id) DESC, what";

static void print_failure(const report_input *input, sqlite3_stmt *row, FILE *page)
{
    enum { WHAT = OWN, MEASURED, VERDICT, RUNS, COMBINATIONS };
    const long long runs = sqlite3_column_int64(row, RUNS);
    const long long combinations = sqlite3_column_int64(row, COMBINATIONS);
    (void)fputs("<h3>", page);
    html_text(page, text_of(row, SCENARIO));
    (void)fputs(": ", page);
    html_text(page, text_of(row, WHAT));
    (void)fprintf(page, "</h3>\n<p>%lld run%s", runs, runs == 1 ? "" : "s");
    if (combinations > 1)
        (void)fprintf(page, ", in %lld combinations", combinations);
    (void)fputs(runs > 1 ? "; for example " : ": ", page);
    print_name(row, page);
    (void)fputs(": <span class=\"bad\">", page);
    html_text(page, text_of(row, VERDICT));
    (void)fputs("</span>", page);
    if (text_of(row, MEASURED)[0]) {
        (void)fputs(" &mdash; ", page);
        html_text(page, text_of(row, MEASURED));
    }
    (void)fputs("</p>\n", page);
    print_commands(input, row, page);
}

int report_failures(const report_input *input, FILE *page)
{
    sqlite3_stmt *row = NULL;
    size_t count = 0;
    if (sqlite3_prepare_v2(store_database(input->from), FAILURES_SQL, -1, &row, NULL) != SQLITE_OK)
        return store_fault(input->from);
    for (; sqlite3_step(row) == SQLITE_ROW; count++) {
        if (count == 0)
            (void)fputs("<h2>Runs that did not pass</h2>\n<p class=\"soft\">By scenario, and by what did not "
                        "hold.</p>\n",
                        page);
        if (count < SHOWN_MAX)
            print_failure(input, row, page);
    }
    if (count > SHOWN_MAX)
        (void)fprintf(page, "<p>And %zu more: <code>roam stats</code> counts them.</p>\n", count - SHOWN_MAX);
    return finish(input, row);
}

/* ---- runs of a verdict ---- */

static const char REASONS_SQL[] =
    "SELECT text, measured FROM expectations WHERE run = ?1 AND held = 0"
    " UNION ALL SELECT 'taps: ' || coalesce(label, node || ' -> ' || peer), contradiction FROM migrations"
    " WHERE run = ?1 AND contradiction IS NOT NULL"
    " UNION ALL SELECT status, message FROM runs WHERE id = ?1 AND message IS NOT NULL";

static int print_reasons(const report_input *input, int64_t run, FILE *page)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store_database(input->from), REASONS_SQL, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_int64(row, 1, run) != SQLITE_OK) {
        (void)sqlite3_finalize(row);
        return store_fault(input->from);
    }
    (void)fputs("<ul>\n", page);
    while (sqlite3_step(row) == SQLITE_ROW) {
        (void)fputs("<li>", page);
        html_text(page, text_of(row, 0));
        (void)fputs(text_of(row, 1)[0] ? " &mdash; " : "", page);
        html_text(page, text_of(row, 1));
        (void)fputs("</li>\n", page);
    }
    (void)fputs("</ul>\n", page);
    return finish(input, row);
}

int report_runs_of(const report_input *input, const char *title, const char *verdict, FILE *page)
{
    static const char SQL[] = "SELECT scenario, combination, min(seed), directory, digest, 0, id, count(*)"
                              " FROM runs WHERE verdict = ?1 GROUP BY scenario, combination"
                              " ORDER BY scenario, combination, seed LIMIT ?2";
    enum { ID = OWN, RUNS };
    sqlite3_stmt *row = NULL;
    int status = STORE_OK;
    bool first = true;
    if (sqlite3_prepare_v2(store_database(input->from), SQL, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_text(row, 1, verdict, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int(row, 2, SHOWN_MAX) != SQLITE_OK)
        status = store_fault(input->from);
    for (; !status && sqlite3_step(row) == SQLITE_ROW; first = false) {
        if (first)
            (void)fprintf(page, "<h2>%s</h2>\n", title);
        (void)fputs("<h3>", page);
        print_name(row, page);
        if (sqlite3_column_int64(row, RUNS) > 1)
            (void)fprintf(page, " and %lld more", (long long)sqlite3_column_int64(row, RUNS) - 1);
        (void)fputs(": <span class=\"known\">", page);
        html_text(page, verdict);
        (void)fputs("</span></h3>\n", page);
        status = print_reasons(input, sqlite3_column_int64(row, ID), page);
        print_commands(input, row, page);
    }
    const int finished = finish(input, row);
    return status ? status : finished;
}

/* ---- what took longest ---- */

/* Of the rows of a scenario SQLite takes the columns of the one with the greatest time. */
static const char SLOWEST_SQL[] =
    "WITH paths AS (SELECT run, 'migration ' || coalesce(label, node || ' -> ' || peer) AS what, "
    "validation_ns"
    "  FROM migrations WHERE validation_ns NOT NULL"
    " UNION ALL SELECT run, 'rebind of ' || peer || ', seen by ' || node, validation_ns"
    "  FROM rebinds WHERE validation_ns NOT NULL)"
    " SELECT " RUN_COLUMNS ", 1, what, max(validation_ns) FROM paths JOIN runs r ON r.id = run"
    " WHERE status = 'finished' GROUP BY scenario ORDER BY 8 DESC, scenario LIMIT ?1";

int report_slowest(const report_input *input, FILE *page)
{
    enum { WHAT = OWN, MOST };
    sqlite3_stmt *row = NULL;
    char time[MEASURES_TEXT_MAX];
    bool first = true;
    if (sqlite3_prepare_v2(store_database(input->from), SLOWEST_SQL, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_int(row, 1, SLOWEST) != SQLITE_OK) {
        (void)sqlite3_finalize(row);
        return store_fault(input->from);
    }
    for (; sqlite3_step(row) == SQLITE_ROW; first = false) {
        if (first)
            (void)fprintf(page,
                          "<h2>Slowest validations</h2>\n<p class=\"soft\">The longest of a scenario, "
                          "of at most %d scenarios.</p>\n",
                          SLOWEST);
        (void)fputs("<h3>", page);
        print_name(row, page);
        (void)fprintf(page, ": %s</h3>\n<p>",
                      measures_time_text((uint64_t)sqlite3_column_int64(row, MOST), time));
        html_text(page, text_of(row, WHAT));
        (void)fputs("</p>\n", page);
        print_commands(input, row, page);
    }
    return finish(input, row);
}
