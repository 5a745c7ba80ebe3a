/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store/merge_source.h"

#include <stdlib.h>
#include <string.h>

/* A row after another is read, so that few pages are of use again. */
#define CACHE "PRAGMA cache_size = -512; BEGIN"

static const char *table_at(size_t at)
{
    static const char *const FIRST[] = {"runs", "settings"};
    static const char *const LAST[] = {"expectations", "timings"};
    enum { FIRSTS = sizeof FIRST / sizeof *FIRST };
    if (at < FIRSTS)
        return FIRST[at];
    at -= FIRSTS;
    return at < STORE_ITEM_TABLES ? STORE_ITEM_TABLE[at].table : LAST[at - STORE_ITEM_TABLES];
}

/* ---- columns ---- */

static int prepare_columns(store *of, const char *table, sqlite3_stmt **names)
{
    const int status = store_prepare(of, "SELECT name FROM pragma_table_info(?, 'main') ORDER BY cid", names);
    if (!status && sqlite3_bind_text(*names, 1, table, -1, SQLITE_STATIC) != SQLITE_OK)
        return store_fail_sqlite(of, "reading");
    return status;
}

static int read_columns(store *from, merge_table *into)
{
    sqlite3_stmt *names = NULL;
    int status = prepare_columns(from, into->name, &names);
    int stepped = SQLITE_DONE;
    while (!status && into->count < MERGE_COLUMNS_MAX && (stepped = sqlite3_step(names)) == SQLITE_ROW) {
        into->columns[into->count] = strdup(store_text(names, 0));
        if (!into->columns[into->count++])
            status = store_fail(from, STORE_ERR_NO_MEMORY, "out of memory");
    }
    if (!status && stepped != SQLITE_DONE)
        status = store_fail_sqlite(from, "reading");
    (void)sqlite3_finalize(names);
    return status;
}

int merge_tables_read(store *from, merge_table tables[MERGE_TABLES])
{
    int status = STORE_OK;
    for (size_t i = 0; !status && i < MERGE_TABLES; i++) {
        tables[i] = (merge_table){.name = table_at(i)};
        status = read_columns(from, &tables[i]);
    }
    return status;
}

void merge_tables_fini(merge_table tables[MERGE_TABLES])
{
    for (size_t i = 0; i < MERGE_TABLES; i++)
        for (size_t n = 0; n < tables[i].count; n++)
            free(tables[i].columns[n]);
}

char *merge_common_columns(store *a, store *b, const char *table)
{
    sqlite3_stmt *names = NULL;
    sqlite3_str *const text = sqlite3_str_new(NULL);
    bool good = prepare_columns(a, table, &names) == STORE_OK;
    while (good && sqlite3_step(names) == SQLITE_ROW)
        if (store_has_column(b, table, store_text(names, 0)))
            sqlite3_str_appendf(text, "%s%s", sqlite3_str_length(text) > 0 ? ", " : "", store_text(names, 0));
    (void)sqlite3_finalize(names);
    if (good && sqlite3_str_length(text) == 0) {
        sqlite3_free(sqlite3_str_finish(text));
        return sqlite3_mprintf("");
    }
    return sqlite3_str_finish(text);
}

/* ---- cursors ---- */

int merge_source_next(merge_source *self, size_t table)
{
    merge_cursor *const at = &self->cursors[table];
    const int stepped = sqlite3_step(at->rows);
    at->has = stepped == SQLITE_ROW;
    if (at->has)
        at->run = sqlite3_column_int64(at->rows, 0);
    return at->has || stepped == SQLITE_DONE ? STORE_OK : store_fail_sqlite(self->of, "reading");
}

/* The columns that it lacks are NULL. */
static int open_cursor(merge_source *self, size_t index, const merge_table *table)
{
    merge_cursor *const at = &self->cursors[index];
    sqlite3_str *const text = sqlite3_str_new(NULL);
    size_t known = 0;
    sqlite3_str_appendall(text, "SELECT ");
    for (size_t i = 0; i < table->count; i++) {
        at->present[i] = store_has_column(self->of, table->name, table->columns[i]);
        known += at->present[i];
        sqlite3_str_appendf(text, "%s%s", i > 0 ? ", " : "", at->present[i] ? table->columns[i] : "NULL");
    }
    sqlite3_str_appendf(text, " FROM %s ORDER BY 1, 2", table->name);
    char *const sql = sqlite3_str_finish(text);
    int status = STORE_OK;
    if (!sql)
        status = store_fail(self->of, STORE_ERR_NO_MEMORY, "out of memory");
    else if (known > 0)
        status = store_prepare(self->of, sql, &at->rows);
    sqlite3_free(sql);
    self->width += known;
    return status || known == 0 ? status : merge_source_next(self, index);
}

int merge_source_open(merge_source *self, const char *path, const merge_table tables[MERGE_TABLES],
                      char *message)
{
    *self = (merge_source){0};
    int status = store_open(path, STORE_READ, &self->of, message);
    if (status)
        return status;
    status = store_execute(self->of, CACHE, "reading");
    for (size_t i = 0; !status && i < MERGE_TABLES; i++)
        status = open_cursor(self, i, &tables[i]);
    if (status) {
        memcpy(message, store_message(self->of), STORE_MESSAGE_MAX);
        merge_source_close(self);
    }
    return status;
}

void merge_source_close(merge_source *self)
{
    for (size_t i = 0; i < MERGE_TABLES; i++)
        (void)sqlite3_finalize(self->cursors[i].rows);
    store_close(self->of);
    *self = (merge_source){0};
}
