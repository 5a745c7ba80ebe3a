/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* builds and runs first: the others refer to them. */
static const char *const TABLES[] = {"builds", "runs",  "settings",     "migrations", "rebinds",
                                     "gaps",   "peers", "expectations", "timings"};

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
    for (size_t i = 2; !status && i + 1 < sizeof TABLES / sizeof *TABLES; i++) {
        char sql[512];
        /* What either side has and the other has not, of runs that both have. */
        (void)snprintf(
            sql, sizeof sql,
            "SELECT run FROM (SELECT * FROM main.%s WHERE run IN (SELECT id FROM other.runs) EXCEPT"
            " SELECT * FROM other.%s) UNION ALL SELECT run FROM (SELECT * FROM other.%s WHERE run IN"
            " (SELECT id FROM main.runs) EXCEPT SELECT * FROM main.%s) LIMIT 1",
            TABLES[i], TABLES[i], TABLES[i], TABLES[i]);
        statement = NULL;
        status = store_prepare(self, sql, &statement);
        if (!status && sqlite3_step(statement) == SQLITE_ROW)
            status = store_fail(self, STORE_ERR_INPUT, "%s and %s both hold the run %lld, and its %s differ",
                                self->path, path, (long long)sqlite3_column_int64(statement, 0), TABLES[i]);
        (void)sqlite3_finalize(statement);
    }
    return status;
}

static int copy(store *self)
{
    int status = store_begin(self);
    for (size_t i = 0; !status && i < sizeof TABLES / sizeof *TABLES; i++) {
        char sql[128];
        (void)snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO main.%s SELECT * FROM other.%s", TABLES[i],
                       TABLES[i]);
        status = store_execute(self, sql, "joining");
    }
    return status ? status : store_commit(self);
}

int store_merge(store *self, const char *path)
{
    store *other = NULL;
    char message[STORE_MESSAGE_MAX];
    int status = store_open(path, STORE_READ, &other, message);
    if (status)
        return store_fail(self, status, "%s", message);
    store_close(other);
    char *attach = sqlite3_mprintf("ATTACH %Q AS other", path);
    if (!attach)
        return store_fail(self, STORE_ERR_NO_MEMORY, "out of memory");
    status = store_execute(self, attach, "joining");
    sqlite3_free(attach);
    if (status)
        return status;
    status = check_equal(self, path);
    if (!status)
        status = copy(self);
    if (status && !sqlite3_get_autocommit(self->db)) {
        char kept[STORE_MESSAGE_MAX];
        (void)snprintf(kept, sizeof kept, "%s", self->message);
        (void)sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
        (void)snprintf(self->message, sizeof self->message, "%s", kept);
    }
    (void)sqlite3_exec(self->db, "DETACH other", NULL, NULL, NULL);
    return status;
}
