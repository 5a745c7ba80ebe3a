/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reproduce/compare.h"

#include "tools/cli/build_id.h"
#include "tools/store/provenance.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 20, SQL_MAX = 256 };

/* ---- builds ---- */

/* Each line of a text that the other does not have. */
static void print_lines(FILE *stream, const char *what, const char *text, const char *other)
{
    for (const char *at = text; *at;) {
        const size_t length = strcspn(at, "\n");
        bool found = false;
        for (const char *line = other; !found && *line; line += strcspn(line, "\n"), line += *line == '\n')
            found = strcspn(line, "\n") == length && strncmp(line, at, length) == 0;
        if (!found)
            (void)fprintf(stream, "    %s %.*s\n", what, (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static size_t compare_text(FILE *stream, const char *what, const char *was, const char *is)
{
    if (strcmp(was, is) == 0)
        return 0;
    if (strchr(was, '\n') || strchr(is, '\n')) {
        (void)fprintf(stream, "  %s:\n", what);
        print_lines(stream, "was", was, is);
        print_lines(stream, "is", is, was);
    } else
        (void)fprintf(stream, "  %s: was %s, is %s\n", what, was[0] ? was : "not known",
                      is[0] ? is : "not known");
    return 1;
}

static sqlite3_stmt *query(store *in, const char *sql, int64_t number)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store_database(in), sql, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_int64(row, 1, number) != SQLITE_OK) {
        (void)sqlite3_finalize(row);
        return NULL;
    }
    return row;
}

static size_t compare_versions(const reproduce_run *was, FILE *stream)
{
    static const char *const NAMES[] = {"commit", "roam", "ngtcp2", "wolfSSL", "ns-3"};
    const char *const now[] = {BUILD_ID.commit, BUILD_ID.roam, BUILD_ID.ngtcp2, BUILD_ID.wolfssl,
                               BUILD_ID.ns3};
    size_t lines = 0;
    sqlite3_stmt *const row =
        query(was->in, "SELECT commit_id, roam, ngtcp2, wolfssl, ns3 FROM builds WHERE id = ?", was->build);
    if (row && sqlite3_step(row) == SQLITE_ROW)
        for (int i = 0; i < 5; i++)
            lines += compare_text(stream, NAMES[i], store_text(row, i), now[i]);
    (void)sqlite3_finalize(row);
    return lines;
}

static size_t compare_facts(const reproduce_run *was, FILE *stream)
{
    store_fact facts[STORE_FACTS_MAX];
    const size_t count = store_facts(facts);
    size_t lines = 0;
    sqlite3_stmt *const row =
        query(was->in, "SELECT fact, value FROM build_facts WHERE build = ?", was->build);
    while (row && sqlite3_step(row) == SQLITE_ROW)
        for (size_t i = 0; i < count; i++)
            if (strcmp(facts[i].name, store_text(row, 0)) == 0)
                lines += compare_text(stream, facts[i].name, store_text(row, 1), facts[i].value);
    (void)sqlite3_finalize(row);
    return lines;
}

/* The changes that no commit had are said by size; the store has their text. */
static size_t compare_diffs(const reproduce_run *was, FILE *stream)
{
    size_t lines = 0;
    sqlite3_stmt *const row = query(was->in,
                                    "SELECT t.digest, t.text, length(t.text) FROM build_facts f JOIN texts t"
                                    " ON t.digest = f.value WHERE f.build = ? AND f.fact = 'diff'",
                                    was->build);
    const bool had = row && sqlite3_step(row) == SQLITE_ROW;
    if (strcmp(had ? store_text(row, 1) : "", BUILD_DIFF) != 0) {
        char before[128] = "none";
        if (had)
            (void)snprintf(before, sizeof before, "%d bytes (texts, digest %.32s)",
                           sqlite3_column_int(row, 2), store_text(row, 0));
        (void)fprintf(stream, "  changes that no commit has: was %s, is %zu bytes\n", before,
                      strlen(BUILD_DIFF));
        lines = 1;
    }
    (void)sqlite3_finalize(row);
    return lines;
}

/* Several machines may have run one build: reported unless this one is among them. */
static size_t compare_machines(const reproduce_run *was, FILE *stream)
{
    store_machine now;
    store_machine then = {"", ""};
    bool same = false;
    store_machine_read(&now);
    sqlite3_stmt *const row = query(was->in, "SELECT cpu, uname FROM machines WHERE build = ?", was->build);
    while (row && !same && sqlite3_step(row) == SQLITE_ROW) {
        (void)snprintf(then.cpu, sizeof then.cpu, "%s", store_text(row, 0));
        (void)snprintf(then.uname, sizeof then.uname, "%s", store_text(row, 1));
        same = strcmp(then.cpu, now.cpu) == 0 && strcmp(then.uname, now.uname) == 0;
    }
    (void)sqlite3_finalize(row);
    return same ? 0
                : compare_text(stream, "CPU", then.cpu, now.cpu) +
                      compare_text(stream, "uname", then.uname, now.uname);
}

size_t reproduce_compare_builds(const reproduce_run *was, FILE *stream)
{
    return compare_versions(was, stream) + compare_diffs(was, stream) + compare_facts(was, stream) +
           compare_machines(was, stream);
}

/* ---- results ---- */

typedef struct comparison {
    const char *table;
    FILE *stream;
    size_t count;
} comparison;

static bool is_same(sqlite3_stmt *was, sqlite3_stmt *is, int column)
{
    const char *const before = (const char *)sqlite3_column_text(was, column);
    const char *const after = (const char *)sqlite3_column_text(is, column);
    return before && after ? strcmp(before, after) == 0 : before == after;
}

/* What a run has another of when it is run again: nothing that it measured. */
static bool is_name(const char *column)
{
    static const char *const NAMES[] = {"id", "run", "build", "digest", "directory"};
    bool found = false;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        found = found || strcmp(column, NAMES[i]) == 0;
    return found;
}

/* The second column is the row's number in the run. */
static void compare_row(comparison *self, sqlite3_stmt *was, sqlite3_stmt *is)
{
    for (int i = 0; i < sqlite3_column_count(was) && i < sqlite3_column_count(is); i++) {
        const char *const column = sqlite3_column_name(was, i);
        if (is_name(column) || strcmp(column, sqlite3_column_name(is, i)) != 0 || is_same(was, is, i))
            continue;
        const char *const before = (const char *)sqlite3_column_text(was, i);
        const char *const after = (const char *)sqlite3_column_text(is, i);
        if (self->count++ < SHOWN_MAX)
            (void)fprintf(self->stream, "  %s %s: %s: was %s, is %s\n", self->table, store_text(was, 1),
                          column, before ? before : "none", after ? after : "none");
    }
}

static void report_row(comparison *self, sqlite3_stmt *row, const char *what)
{
    if (self->count++ < SHOWN_MAX)
        (void)fprintf(self->stream, "  %s %s: %s\n", self->table, store_text(row, 1), what);
}

static bool compare_table(comparison *self, const reproduce_run *was, const reproduce_run *is,
                          const char *key)
{
    char sql[SQL_MAX];
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s = ? ORDER BY 1, 2", self->table, key);
    sqlite3_stmt *const before = query(was->in, sql, was->id);
    sqlite3_stmt *const after = query(is->in, sql, is->id);
    int left = before ? sqlite3_step(before) : SQLITE_ERROR;
    int right = after ? sqlite3_step(after) : SQLITE_ERROR;
    while (left == SQLITE_ROW || right == SQLITE_ROW) {
        if (left == SQLITE_ROW && right == SQLITE_ROW)
            compare_row(self, before, after);
        else
            report_row(self, left == SQLITE_ROW ? before : after, left == SQLITE_ROW ? "is gone" : "is new");
        left = left == SQLITE_ROW ? sqlite3_step(before) : left;
        right = right == SQLITE_ROW ? sqlite3_step(after) : right;
    }
    (void)sqlite3_finalize(before);
    (void)sqlite3_finalize(after);
    return left == SQLITE_DONE && right == SQLITE_DONE;
}

size_t reproduce_compare_results(const reproduce_run *was, const reproduce_run *is, FILE *stream)
{
    static const char *const TABLES[] = {"runs",  "migrations", "rebinds", "gaps",
                                         "peers", "moves",      "rules",   "expectations"};
    comparison self = {.stream = stream};
    bool read = true;
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
        self.table = TABLES[i];
        if (!store_has_column(was->in, self.table, i == 0 ? "id" : "run"))
            continue; /* made before the table was */
        read = compare_table(&self, was, is, i == 0 ? "id" : "run") && read;
    }
    if (self.count > SHOWN_MAX)
        (void)fprintf(stream, "  and %zu more\n", self.count - SHOWN_MAX);
    return read ? self.count : SIZE_MAX;
}
