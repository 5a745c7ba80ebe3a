/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store/internal.h"
#include "tools/store/provenance.h"

#include <stdio.h>
#include <stdlib.h>

/* Besides the tables of items (tools/store/columns.h), which refer to these. */
static const char *const FIRST[] = {"builds", "rule_sets", "runs", "settings"};
static const char *const LAST[] = {"expectations", "timings"};

enum {
    RUN_TABLES = 3, /* the first with a column `run` */
    FIRST_TABLES = sizeof FIRST / sizeof *FIRST,
    TABLES = FIRST_TABLES + STORE_ITEM_TABLES + sizeof LAST / sizeof *LAST,
};

static const char *table_at(size_t at)
{
    if (at < FIRST_TABLES)
        return FIRST[at];
    at -= FIRST_TABLES;
    return at < STORE_ITEM_TABLES ? STORE_ITEM_TABLE[at].table : LAST[at - STORE_ITEM_TABLES];
}

/* The names of the columns that a table has in both stores: the other one may be from before some were. To be
 * freed by sqlite3_free; "" when one has no such table. NULL: out of memory. */
static char *columns_of(store *self, const char *table)
{
    static const char SQL[] =
        "SELECT group_concat(name, ', ') FROM pragma_table_info(?1, 'main') WHERE name IN"
        " (SELECT name FROM pragma_table_info(?1, 'other'))";
    sqlite3_stmt *statement = NULL;
    char *names = NULL;
    if (store_prepare(self, SQL, &statement) == STORE_OK &&
        sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        names = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement);
    return names;
}

/* Rows of runs that both stores have must be equal; timings never are. */
static int check_equal(store *self, const char *path)
{
    static const char *const COMMON =
        "SELECT scenario, combination, seed FROM runs AS a JOIN other.runs AS b USING (id, scenario, "
        "combination, seed)"
        " WHERE a.status != b.status OR a.verdict IS NOT b.verdict OR a.digest != b.digest LIMIT 1";
    sqlite3_stmt *statement = NULL;
    int status = store_prepare(self, COMMON, &statement);
    if (!status && sqlite3_step(statement) == SQLITE_ROW)
        status = store_fail(self, STORE_ERR_INPUT, "%s and %s both hold %s (%s) with seed %lld, and differ",
                            self->path, path, (const char *)sqlite3_column_text(statement, 0),
                            (const char *)sqlite3_column_text(statement, 1),
                            (long long)sqlite3_column_int64(statement, 2));
    (void)sqlite3_finalize(statement);
    for (size_t i = RUN_TABLES; !status && i + 1 < TABLES; i++) {
        /* What either side has and the other has not, of runs that both have. */
        static const char DIFFERENT[] =
            "SELECT run FROM (SELECT %s FROM main.%s WHERE run IN (SELECT id FROM other.runs) EXCEPT"
            " SELECT %s FROM other.%s) UNION ALL SELECT run FROM (SELECT %s FROM other.%s WHERE run IN"
            " (SELECT id FROM main.runs) EXCEPT SELECT %s FROM main.%s) LIMIT 1";
        const char *const table = table_at(i);
        char *const names = columns_of(self, table);
        if (names && !names[0]) {
            sqlite3_free(names);
            continue;
        }
        char *const sql =
            names ? sqlite3_mprintf(DIFFERENT, names, table, names, table, names, table, names, table) : NULL;
        statement = NULL;
        status = sql ? store_prepare(self, sql, &statement)
                     : store_fail(self, STORE_ERR_NO_MEMORY, "out of memory");
        sqlite3_free(sql);
        sqlite3_free(names);
        if (!status && sqlite3_step(statement) == SQLITE_ROW)
            status = store_fail(self, STORE_ERR_INPUT, "%s and %s both hold the run %lld, and its %s differ",
                                self->path, path, (long long)sqlite3_column_int64(statement, 0), table);
        (void)sqlite3_finalize(statement);
    }
    return status;
}

static int copy(store *self, bool files)
{
    int status = store_begin(self);
    if (!status && files)
        status = store_execute(self, "INSERT OR IGNORE INTO main.files SELECT * FROM other.files", "joining");
    for (size_t i = 0; !status && i < TABLES; i++) {
        const char *const table = table_at(i);
        char *const names = columns_of(self, table);
        if (names && !names[0]) {
            sqlite3_free(names);
            continue;
        }
        char *const sql = names
                              ? sqlite3_mprintf("INSERT OR IGNORE INTO main.%s (%s) SELECT %s FROM other.%s",
                                                table, names, names, table)
                              : NULL;
        status = sql ? store_execute(self, sql, "joining")
                     : store_fail(self, STORE_ERR_NO_MEMORY, "out of memory");
        sqlite3_free(sql);
        sqlite3_free(names);
    }
    if (!status)
        status = store_merge_provenance(self);
    return status ? status : store_commit(self);
}

/* A part in a directory that cannot be written is read as it is. */
static int attach_as(store *self, const char *name)
{
    char *const sql = name ? sqlite3_mprintf("ATTACH %Q AS other", name) : NULL;
    const int status =
        sql ? store_execute(self, sql, "joining") : store_fail(self, STORE_ERR_NO_MEMORY, "out of memory");
    sqlite3_free(sql);
    return status;
}

static int attach(store *self, const char *path)
{
    int status = attach_as(self, path);
    if (status != STORE_ERR_SYSTEM)
        return status;
    char *const uri = store_immutable_uri(path);
    if (uri)
        status = attach_as(self, uri);
    sqlite3_free(uri);
    return status;
}

/* Stores made before the table was have none. */
static bool has_files(store *self)
{
    return sqlite3_exec(self->db, "SELECT 1 FROM other.files LIMIT 1", NULL, NULL, NULL) == SQLITE_OK;
}

int store_merge(store *self, const char *path)
{
    store *other = NULL;
    char message[STORE_MESSAGE_MAX];
    int status = store_open(path, STORE_READ, &other, message);
    if (status)
        return store_fail(self, status, "%s", message);
    store_close(other);
    status = attach(self, path);
    if (!status)
        status = check_equal(self, path);
    if (!status)
        status = copy(self, has_files(self));
    if (status && !sqlite3_get_autocommit(self->db)) {
        char kept[STORE_MESSAGE_MAX];
        (void)snprintf(kept, sizeof kept, "%s", self->message);
        (void)sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
        (void)snprintf(self->message, sizeof self->message, "%s", kept);
    }
    (void)sqlite3_exec(self->db, "DETACH other", NULL, NULL, NULL);
    return status;
}
