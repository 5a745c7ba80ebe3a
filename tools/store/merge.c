/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores joined: all are read at once, run by run in the order of ids, which is that of their tables, and
 * written in this order. So memory does not grow with the stores, each page is read once, and a page is
 * written once, whichever runs the stores have.
 */
#include "tools/store/merge_source.h"
#include "tools/store/provenance.h"
#include "tools/store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 100,       /* stores that are open, three files each */
    BATCH_ROWS = 100000, /* of a transaction */
};

/* Tables whose rows are of no run. */
static const char *const OTHERS[] = {"builds",  "rule_sets",   "files",   "texts",
                                     "sources", "build_facts", "machines"};

typedef struct merging {
    store *into;
    bool was_empty; /* no look into it is needed */
    merge_table tables[MERGE_TABLES];
    sqlite3_stmt *add[MERGE_TABLES];
    sqlite3_stmt *look_up[MERGE_TABLES]; /* rows of a run, as those of a cursor */
    merge_source *sources;
    size_t count;
    size_t *holders; /* sources that have the run; the first is the one with the most columns */
    size_t holder_count;
    size_t rows; /* of the transaction */
} merging;

/* ---- statements ---- */

static int prepare(merging *self, size_t index)
{
    const merge_table *const table = &self->tables[index];
    sqlite3_str *const add = sqlite3_str_new(NULL);
    sqlite3_str *const look_up = sqlite3_str_new(NULL);
    sqlite3_str_appendf(add, "INSERT INTO %s VALUES (", table->name);
    sqlite3_str_appendall(look_up, "SELECT ");
    for (size_t i = 0; i < table->count; i++) {
        sqlite3_str_appendall(add, i > 0 ? ", ?" : "?");
        sqlite3_str_appendf(look_up, "%s%s", i > 0 ? ", " : "", table->columns[i]);
    }
    sqlite3_str_appendall(add, ")");
    sqlite3_str_appendf(look_up, " FROM %s WHERE %s = ? ORDER BY 1, 2", table->name, table->columns[0]);
    char *const texts[] = {sqlite3_str_finish(add), sqlite3_str_finish(look_up)};
    int status = texts[0] && texts[1] ? store_prepare(self->into, texts[0], &self->add[index])
                                      : store_fail(self->into, STORE_ERR_NO_MEMORY, "out of memory");
    if (!status)
        status = store_prepare(self->into, texts[1], &self->look_up[index]);
    sqlite3_free(texts[0]);
    sqlite3_free(texts[1]);
    return status;
}

/* The failure of a source as that of the store. */
static int pass_on(const merging *self, const merge_source *from, int status)
{
    return status ? store_fail(self->into, status, "%s", store_message(from->of)) : STORE_OK;
}

static int bind_row(const merging *self, sqlite3_stmt *to, sqlite3_stmt *row)
{
    const int count = sqlite3_column_count(row);
    for (int i = 0; i < count; i++)
        if (sqlite3_bind_value(to, i + 1, sqlite3_column_value(row, i)) != SQLITE_OK)
            return store_fail_sqlite(self->into, "joining");
    return STORE_OK;
}

/* ---- tables of no run ---- */

static int copy_other(merging *self, const merge_source *from, const char *table)
{
    char *const names = merge_common_columns(self->into, from->of, table);
    if (!names)
        return store_fail(self->into, STORE_ERR_NO_MEMORY, "out of memory");
    sqlite3_stmt *rows = NULL;
    sqlite3_stmt *add = NULL;
    char *const select = sqlite3_mprintf("SELECT %s FROM %s", names, table);
    int status = STORE_OK;
    int stepped = SQLITE_DONE;
    if (names[0])
        status = pass_on(self, from, store_prepare(from->of, select, &rows));
    if (rows) {
        sqlite3_str *const text = sqlite3_str_new(NULL);
        sqlite3_str_appendf(text, "INSERT OR IGNORE INTO %s (%s) VALUES (?", table, names);
        for (int i = 1; i < sqlite3_column_count(rows); i++)
            sqlite3_str_appendall(text, ", ?");
        sqlite3_str_appendall(text, ")");
        char *const insert = sqlite3_str_finish(text);
        status = insert ? store_prepare(self->into, insert, &add)
                        : store_fail(self->into, STORE_ERR_NO_MEMORY, "out of memory");
        sqlite3_free(insert);
    }
    while (add && !status && (stepped = sqlite3_step(rows)) == SQLITE_ROW) {
        status = bind_row(self, add, rows);
        if (!status)
            status = store_step(self->into, add);
    }
    if (!status && stepped != SQLITE_DONE)
        status = pass_on(self, from, store_fail_sqlite(from->of, "reading"));
    (void)sqlite3_finalize(rows);
    (void)sqlite3_finalize(add);
    sqlite3_free(select);
    sqlite3_free(names);
    return status;
}

static int copy_others(merging *self)
{
    int status = store_execute(self->into, STORE_PROVENANCE_SCHEMA, "joining");
    for (size_t i = 0; !status && i < self->count; i++)
        for (size_t n = 0; !status && n < sizeof OTHERS / sizeof *OTHERS; n++)
            status = copy_other(self, &self->sources[i], OTHERS[n]);
    return status;
}

/* ---- rows of one run ---- */

static bool is_compared(const merge_table *table, size_t index, size_t column)
{
    static const char *const OF_RUNS[] = {"scenario", "combination", "seed", "status", "verdict", "digest"};
    bool compared = index != MERGE_RUNS;
    for (size_t i = 0; !compared && i < sizeof OF_RUNS / sizeof *OF_RUNS; i++)
        compared = strcmp(table->columns[column], OF_RUNS[i]) == 0;
    return compared;
}

static bool equal_values(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    const int type = sqlite3_column_type(a, column);
    if (type != sqlite3_column_type(b, column))
        return false;
    if (type == SQLITE_NULL)
        return true;
    if (type == SQLITE_INTEGER)
        return sqlite3_column_int64(a, column) == sqlite3_column_int64(b, column);
    return strcmp(store_text(a, column), store_text(b, column)) == 0;
}

/* present: which columns both have. */
static bool equal_rows(const merging *self, size_t index, sqlite3_stmt *a, sqlite3_stmt *b,
                       const bool *present_a, const bool *present_b)
{
    const merge_table *const table = &self->tables[index];
    for (size_t i = 0; i < table->count; i++)
        if (present_a[i] && (!present_b || present_b[i]) && is_compared(table, index, i) &&
            !equal_values(a, b, (int)i))
            return false;
    return true;
}

static int contradict(const merging *self, size_t index, const char *other, int64_t run)
{
    const merge_source *const first = &self->sources[self->holders[0]];
    sqlite3_stmt *const row = first->cursors[MERGE_RUNS].rows;
    if (index != MERGE_RUNS)
        return store_fail(self->into, STORE_ERR_INPUT, "%s and %s both hold the run %lld, and its %s differ",
                          other, first->of->path, (long long)run, self->tables[index].name);
    int columns[3] = {0};
    static const char *const NAMES[] = {"scenario", "combination", "seed"};
    for (size_t i = 0; i < self->tables[MERGE_RUNS].count; i++)
        for (int n = 0; n < 3; n++)
            if (strcmp(self->tables[MERGE_RUNS].columns[i], NAMES[n]) == 0)
                columns[n] = (int)i;
    return store_fail(self->into, STORE_ERR_INPUT, "%s and %s both hold %s (%s) with seed %lld, and differ",
                      other, first->of->path, store_text(row, columns[0]), store_text(row, columns[1]),
                      (long long)sqlite3_column_int64(row, columns[2]));
}

static bool is_at(const merge_cursor *cursor, int64_t run)
{
    return cursor->has && cursor->run == run;
}

/* The rows that the other holders and the store have where the first one is. stored: the store's, or NULL. */
static int compare(merging *self, size_t index, int64_t run, sqlite3_stmt *stored)
{
    const merge_cursor *const first = &self->sources[self->holders[0]].cursors[index];
    const bool there = is_at(first, run);
    for (size_t i = 1; i < self->holder_count; i++) {
        const merge_source *const other = &self->sources[self->holders[i]];
        const merge_cursor *const at = &other->cursors[index];
        if (at->rows && (is_at(at, run) != there || (there && !equal_rows(self, index, first->rows, at->rows,
                                                                          first->present, at->present))))
            return contradict(self, index, other->of->path, run);
    }
    if (!stored || !first->rows)
        return STORE_OK;
    const int stepped = sqlite3_step(stored);
    if (stepped != SQLITE_ROW && stepped != SQLITE_DONE)
        return store_fail_sqlite(self->into, "reading");
    if ((stepped == SQLITE_ROW) != there ||
        (there && !equal_rows(self, index, first->rows, stored, first->present, NULL)))
        return contradict(self, index, self->into->path, run);
    return STORE_OK;
}

/* Every holder's cursor to its next row, unless it is beyond the run. */
static int advance(merging *self, size_t index, int64_t run)
{
    int status = STORE_OK;
    for (size_t i = 0; !status && i < self->holder_count; i++) {
        merge_source *const holder = &self->sources[self->holders[i]];
        if (is_at(&holder->cursors[index], run))
            status = pass_on(self, holder, merge_source_next(holder, index));
    }
    return status;
}

/* One table of the run. The cursors of runs stay, for messages. */
static int join_table(merging *self, size_t index, int64_t run, bool is_stored)
{
    const merge_cursor *const first = &self->sources[self->holders[0]].cursors[index];
    sqlite3_stmt *const stored = is_stored && index != MERGE_TIMINGS ? self->look_up[index] : NULL;
    int status = STORE_OK;
    if (stored && sqlite3_bind_int64(stored, 1, run) != SQLITE_OK)
        status = store_fail_sqlite(self->into, "reading");
    while (!status) {
        const bool there = is_at(first, run);
        if (index != MERGE_TIMINGS)
            status = compare(self, index, run, stored);
        if (!status && there && !is_stored) {
            status = bind_row(self, self->add[index], first->rows);
            if (!status)
                status = store_step(self->into, self->add[index]);
            self->rows++;
        }
        if (!status && index != MERGE_RUNS)
            status = advance(self, index, run);
        if (!there || index == MERGE_RUNS)
            break;
    }
    if (stored)
        (void)sqlite3_reset(stored);
    return status;
}

static int has_run(merging *self, int64_t run, bool *has)
{
    sqlite3_stmt *const row = self->look_up[MERGE_RUNS];
    *has = false;
    if (self->was_empty)
        return STORE_OK;
    const int stepped = sqlite3_bind_int64(row, 1, run) == SQLITE_OK ? sqlite3_step(row) : -1;
    *has = stepped == SQLITE_ROW;
    const int status = *has || stepped == SQLITE_DONE ? STORE_OK : store_fail_sqlite(self->into, "reading");
    (void)sqlite3_reset(row);
    return status;
}

/* ---- all runs ---- */

/* The least run that a source is at, and who has it. False: there is none. */
static bool find_run(merging *self, int64_t *run)
{
    self->holder_count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const merge_cursor *const at = &self->sources[i].cursors[MERGE_RUNS];
        if (!at->has || (self->holder_count > 0 && at->run > *run))
            continue;
        if (self->holder_count > 0 && at->run < *run)
            self->holder_count = 0;
        *run = at->run;
        self->holders[self->holder_count++] = i;
        const size_t first = self->holders[0];
        if (self->sources[i].width > self->sources[first].width) {
            self->holders[0] = i;
            self->holders[self->holder_count - 1] = first;
        }
    }
    return self->holder_count > 0;
}

static int join_run(merging *self, int64_t run)
{
    bool stored = false;
    int status = has_run(self, run, &stored);
    for (size_t index = 0; !status && index < MERGE_TABLES; index++)
        status = join_table(self, index, run, stored);
    return status ? status : advance(self, MERGE_RUNS, run);
}

static int join_runs(merging *self)
{
    int64_t run = 0;
    int status = STORE_OK;
    while (!status && find_run(self, &run)) {
        status = join_run(self, run);
        if (!status && self->rows >= BATCH_ROWS) {
            self->rows = 0;
            status = store_commit(self->into);
            if (!status)
                status = store_begin(self->into);
        }
    }
    return status;
}

static int join(merging *self)
{
    int status = store_begin(self->into);
    /* An index in another order than that of the ids: made at the end, it is sorted once. */
    if (!status && self->was_empty)
        status = store_execute(self->into, "DROP INDEX IF EXISTS runs_by_scenario", "joining");
    if (!status)
        status = copy_others(self);
    if (!status)
        status = join_runs(self);
    return status ? status : store_commit(self->into);
}

/* ---- the stores ---- */

static int is_empty(store *self, bool *empty)
{
    sqlite3_stmt *row = NULL;
    int status = store_prepare(self, "SELECT 1 FROM runs LIMIT 1", &row);
    if (!status)
        *empty = sqlite3_step(row) != SQLITE_ROW;
    (void)sqlite3_finalize(row);
    return status;
}

static int open_sources(merging *self, const char *const *paths, size_t count)
{
    char message[STORE_MESSAGE_MAX];
    self->sources = calloc(count, sizeof *self->sources);
    self->holders = calloc(count, sizeof *self->holders);
    if (!self->sources || !self->holders)
        return store_fail(self->into, STORE_ERR_NO_MEMORY, "out of memory");
    int status = merge_tables_read(self->into, self->tables);
    for (size_t i = 0; !status && i < MERGE_TABLES; i++)
        status = prepare(self, i);
    for (; !status && self->count < count; self->count += !status) {
        status = merge_source_open(&self->sources[self->count], paths[self->count], self->tables, message);
        if (status)
            status = store_fail(self->into, status, "%s", message);
    }
    return status;
}

static void finish(merging *self)
{
    char kept[STORE_MESSAGE_MAX];
    memcpy(kept, self->into->message, sizeof kept);
    for (size_t i = 0; i < MERGE_TABLES; i++) {
        (void)sqlite3_finalize(self->add[i]);
        (void)sqlite3_finalize(self->look_up[i]);
    }
    if (!sqlite3_get_autocommit(self->into->db))
        (void)sqlite3_exec(self->into->db, "ROLLBACK", NULL, NULL, NULL);
    for (size_t i = 0; i < self->count; i++)
        merge_source_close(&self->sources[i]);
    merge_tables_fini(self->tables);
    free(self->sources);
    free(self->holders);
    memcpy(self->into->message, kept, sizeof kept);
}

static int join_some(store *into, const char *const *paths, size_t count)
{
    merging self = {.into = into};
    int status = is_empty(into, &self.was_empty);
    if (!status)
        status = open_sources(&self, paths, count);
    if (!status)
        status = join(&self);
    finish(&self);
    return status;
}

int store_merge(store *self, const char *const *paths, size_t count)
{
    /* Rows come in the order of their places, and an index is sorted in as much as the cache. */
    int status = store_execute(self, "PRAGMA cache_size = -16384", "joining");
    for (size_t at = 0; !status && at < count; at += AT_ONCE)
        status = join_some(self, paths + at, count - at < AT_ONCE ? count - at : AT_ONCE);
    char kept[STORE_MESSAGE_MAX];
    memcpy(kept, self->message, sizeof kept);
    const int indexed = store_execute(self, STORE_SCHEMA_INDEX STORE_CACHE, "joining");
    if (status)
        memcpy(self->message, kept, sizeof kept);
    return status ? status : indexed;
}
