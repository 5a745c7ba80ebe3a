/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/combination.h"
#include "tools/store/internal.h"
#include "tools/store/schema.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x726f616d /* "roam" */
#define BUSY_MS 10000             /* another process may be writing */
enum { COLLATED_MAX = 512 };

/*
 * Of a store that is written. Runs of different combinations, and all with --independent, change pages all
 * over the file: with a cache of 64 MiB a page is written once a transaction, and with a log of as much it is
 * copied into the file once for many transactions.
 */
#define WRITING                                                                                              \
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; " STORE_CACHE                                   \
    " PRAGMA wal_autocheckpoint = 16384"

const char *store_message(const store *self)
{
    return self->message;
}

int store_fault(store *self)
{
    return store_fail_sqlite(self, "reading");
}

char *store_names(const char *const *names, size_t count)
{
    json_t *const array = json_array();
    bool good = array != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = json_array_append_new(array, json_string(names[i])) == 0;
    char *const text = good ? json_dumps(array, JSON_COMPACT) : NULL;
    json_decref(array);
    return text;
}

struct sqlite3 *store_database(store *self)
{
    return self->db;
}

char *store_file(store *self, const char *scenario, const char *digest)
{
    sqlite3_stmt *row = NULL;
    char *file = NULL;
    /* A store of before has no such table. */
    if (sqlite3_prepare_v2(self->db, "SELECT file FROM files WHERE scenario = ? AND digest = ?", -1, &row,
                           NULL) == SQLITE_OK &&
        sqlite3_bind_text(row, 1, scenario, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(row, 2, digest, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        file = strdup((const char *)sqlite3_column_text(row, 0));
    (void)sqlite3_finalize(row);
    return file;
}

int store_fail(store *self, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(self->message, sizeof self->message, format, arguments);
    va_end(arguments);
    return code;
}

int store_fail_sqlite(store *self, const char *doing)
{
    const int code = sqlite3_errcode(self->db) & 0xff;
    const char *const why = sqlite3_errmsg(self->db);
    if (code == SQLITE_NOMEM)
        return store_fail(self, STORE_ERR_NO_MEMORY, "%s: out of memory", self->path);
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return store_fail(self, STORE_ERR_NOT_STORE, "%s: not a store of roam, or damaged (%s)", self->path,
                          why);
    if (code == SQLITE_FULL)
        return store_fail(self, STORE_ERR_SYSTEM, "%s: the disk is full; what was committed is kept",
                          self->path);
    return store_fail(self, STORE_ERR_SYSTEM, "%s: %s: %s", self->path, doing, why);
}

int store_execute(store *self, const char *sql, const char *doing)
{
    return sqlite3_exec(self->db, sql, NULL, NULL, NULL) == SQLITE_OK ? STORE_OK
                                                                      : store_fail_sqlite(self, doing);
}

int store_prepare(store *self, const char *sql, sqlite3_stmt **statement)
{
    if (sqlite3_prepare_v2(self->db, sql, -1, statement, NULL) == SQLITE_OK)
        return STORE_OK;
    return store_fail_sqlite(self, "a query");
}

int store_step(store *self, sqlite3_stmt *statement)
{
    const int stepped = sqlite3_step(statement);
    const int status =
        stepped == SQLITE_DONE || stepped == SQLITE_ROW ? STORE_OK : store_fail_sqlite(self, "writing");
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return status;
}

/* ---- opening ---- */

static int pragma(store *self, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int status = store_prepare(self, sql, &statement);
    if (!status && sqlite3_step(statement) == SQLITE_ROW)
        *value = sqlite3_column_int64(statement, 0);
    else if (!status)
        status = store_fail_sqlite(self, "reading");
    (void)sqlite3_finalize(statement);
    return status;
}

static int check_version(store *self)
{
    int64_t application = 0;
    int64_t version = 0;
    int status = pragma(self, "PRAGMA application_id", &application);
    if (!status)
        status = pragma(self, "PRAGMA user_version", &version);
    if (status)
        return status;
    if (application != APPLICATION_ID)
        return store_fail(self, STORE_ERR_NOT_STORE, "%s: not a store of roam, but another SQLite file",
                          self->path);
    if (version > STORE_VERSION)
        return store_fail(
            self, STORE_ERR_VERSION,
            "%s: made by a later roam (version %lld of the store, this one reads up to %d): update roam",
            self->path, (long long)version, STORE_VERSION);
    if (version < 1)
        return store_fail(self, STORE_ERR_NOT_STORE, "%s: a store of roam without a version: damaged",
                          self->path);
    return STORE_OK;
}

/* In one transaction: a store is there whole or not at all. */
static int create(store *self)
{
    char sql[128];
    char table[4096];
    int status = store_execute(self, WRITING "; BEGIN IMMEDIATE", "making it");
    if (!status)
        status = store_execute(self, STORE_SCHEMA_FIRST, "making it");
    for (size_t i = 0; !status && i < STORE_ITEM_TABLES; i++) {
        store_create_table(&STORE_ITEM_TABLE[i], table, sizeof table);
        status = store_execute(self, table, "making it");
    }
    if (!status)
        status = store_execute(self, STORE_SCHEMA_LAST, "making it");
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                   APPLICATION_ID, STORE_VERSION);
    return status ? status : store_execute(self, sql, "making it");
}

const char *store_text(sqlite3_stmt *row, int column)
{
    const char *const text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

bool store_has_column(store *self, const char *table, const char *column)
{
    char sql[256];
    int64_t there = 0;
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM pragma_table_info('%s') WHERE name = '%s'", table,
                   column);
    return pragma(self, sql, &there) == STORE_OK && there > 0;
}

/* Tables that a store from before they were lacks. */
static int add_tables(store *self)
{
    char table[4096];
    int status = store_execute(self, STORE_SCHEMA_FILES STORE_SCHEMA_RULE_SETS STORE_SCHEMA_INDEX, "opening");
    for (size_t i = 0; !status && i < STORE_ITEM_TABLES; i++) {
        store_create_table(&STORE_ITEM_TABLE[i], table, sizeof table);
        status = store_execute(self, table, "opening");
    }
    return status;
}

static int add_column(store *self, const char *table, const char *column, const char *type)
{
    char sql[256];
    if (store_has_column(self, table, column))
        return STORE_OK;
    (void)snprintf(sql, sizeof sql, "ALTER TABLE %s ADD COLUMN %s %s", table, column, type);
    return store_execute(self, sql, "opening");
}

/* Those that a store from before they were lacks; NULL for runs of before. */
static int add_later_columns(store *self)
{
    size_t count;
    const summary_column *const columns = summary_columns(&count);
    int status = STORE_OK;
    for (size_t i = 0; !status && i < count; i++)
        if (columns[i].later)
            status = add_column(self, columns[i].table, store_column_name(&columns[i]), columns[i].type);
    for (size_t i = 0; !status && i < sizeof STORE_SCHEMA_LATER / sizeof *STORE_SCHEMA_LATER; i++)
        status = add_column(self, "runs", STORE_SCHEMA_LATER[i], "INTEGER");
    return status;
}

/* A file that was made and never filled: its maker was killed. */
static bool is_unmade(store *self)
{
    int64_t tables = 1;
    int64_t application = 1;
    return pragma(self, "SELECT count(*) FROM sqlite_master", &tables) == STORE_OK && tables == 0 &&
           pragma(self, "PRAGMA application_id", &application) == STORE_OK && application == 0;
}

/* Whether SQLite cannot read a store because it may not write beside it: WAL needs two files there. */
static bool is_unwritable(store *self)
{
    const int code = sqlite3_exec(self->db, "PRAGMA user_version", NULL, NULL, NULL);
    return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

/* No writer is there, and none left results in its log. */
static bool is_settled(const char *path)
{
    struct stat status;
    char *const wal = sqlite3_mprintf("%s-wal", path);
    const bool settled = wal && (stat(wal, &status) != 0 || status.st_size == 0);
    sqlite3_free(wal);
    return settled;
}

char *store_immutable_uri(const char *path)
{
    char *uri = is_settled(path) ? sqlite3_mprintf("file:") : NULL;
    for (const char *at = path; uri && *at; at++)
        uri = sqlite3_mprintf(strchr("%?#", *at) ? "%z%%%02x" : "%z%c", uri, (unsigned char)*at);
    return uri ? sqlite3_mprintf("%z?immutable=1", uri) : NULL;
}

/* A read-only directory or file system: there is no writer, and the file is complete, unless a writer left
 * its log. */
static int read_unwritable(store *self)
{
    if (!is_unwritable(self))
        return STORE_OK;
    char *const uri = store_immutable_uri(self->path);
    if (!uri)
        return store_fail(self, STORE_ERR_SYSTEM,
                          "%s: its directory cannot be written, and %s-wal holds results that are not in it "
                          "yet: copy both to where you may write",
                          self->path, self->path);
    (void)sqlite3_close(self->db);
    self->db = NULL;
    self->tidies = false;
    const int opened = sqlite3_open_v2(uri, &self->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    return opened == SQLITE_OK ? STORE_OK : store_fail_sqlite(self, "opening");
}

static int open_file(store *self, store_mode mode)
{
    const int flags = SQLITE_OPEN_NOMUTEX |
                      (mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI);
    const bool there = access(self->path, F_OK) == 0;
    if (mode == STORE_CREATE && there)
        return store_fail(self, STORE_ERR_EXISTS,
                          "%s exists: --resume goes on with it, or choose another name", self->path);
    if (mode != STORE_CREATE && !there)
        return store_fail(self, STORE_ERR_MISSING, "%s: %s", self->path, strerror(errno));
    if (sqlite3_open_v2(self->path, &self->db, flags | (mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0),
                        NULL) != SQLITE_OK)
        return store_fail_sqlite(self, "opening");
    (void)sqlite3_busy_timeout(self->db, BUSY_MS);
    if (mode == STORE_READ) {
        self->tidies = is_settled(self->path);
        const int status = read_unwritable(self);
        return status ? status : check_version(self);
    }
    if (mode == STORE_CREATE || (mode == STORE_APPEND && is_unmade(self)))
        return create(self);
    int status = check_version(self);
    if (!status)
        status = store_execute(self, WRITING, "opening");
    if (!status)
        status = add_tables(self);
    return status ? status : add_later_columns(self);
}

/* Of long combinations the beginning is compared. */
static int collate(void *ctx, int left_bytes, const void *left, int right_bytes, const void *right)
{
    char a[COLLATED_MAX];
    char b[COLLATED_MAX];
    (void)ctx;
    (void)snprintf(a, sizeof a, "%.*s", left_bytes, (const char *)left);
    (void)snprintf(b, sizeof b, "%.*s", right_bytes, (const char *)right);
    return combination_compare(a, b);
}

static int add_collation(store *self)
{
    return sqlite3_create_collation(self->db, "combination", SQLITE_UTF8, NULL, collate) == SQLITE_OK
               ? STORE_OK
               : store_fail_sqlite(self, "opening");
}

int store_open(const char *path, store_mode mode, store **out, char *message)
{
    int status = STORE_ERR_NO_MEMORY;
    store *const self = calloc(1, sizeof *self);
    (void)snprintf(message, STORE_MESSAGE_MAX, "out of memory");
    if (!self)
        return status;
    self->read_only = mode == STORE_READ;
    self->path = malloc(strlen(path) + 1);
    if (!self->path)
        goto out;
    memcpy(self->path, path, strlen(path) + 1);
    status = open_file(self, mode);
    if (!status)
        status = add_collation(self);
    if (!status && !self->read_only)
        status = store_prepare_writes(self);
    if (status)
        (void)snprintf(message, STORE_MESSAGE_MAX, "%s", self->message);
out:
    if (status)
        store_close(self);
    else
        *out = self;
    return status;
}

/* A reader makes the files of the log, and cannot remove them: the last one who may write does. */
static void remove_log(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        (void)sqlite3_exec(db, "PRAGMA user_version", NULL, NULL, NULL);
    (void)sqlite3_close(db);
}

void store_close(store *self)
{
    if (!self)
        return;
    sqlite3_stmt *const statements[] = {self->add_build,  self->add_run,  self->add_setting,
                                        self->add_timing, self->add_file, self->add_rule_set,
                                        self->has_run};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        (void)sqlite3_finalize(statements[i]);
    for (size_t i = 0; i < SUMMARY_TABLES; i++)
        (void)sqlite3_finalize(self->add_items[i]);
    for (size_t i = 0; i < STORE_FORGETS; i++)
        (void)sqlite3_finalize(self->forget[i]);
    (void)sqlite3_close(self->db);
    if (self->tidies && is_settled(self->path))
        remove_log(self->path);
    free(self->path);
    free(self);
}

int store_begin(store *self)
{
    if (self->read_only)
        return store_fail(self, STORE_ERR_READ_ONLY, "%s: opened to be read", self->path);
    self->latest = (store_latest){0};
    return store_execute(self, "BEGIN IMMEDIATE", "writing");
}

int store_commit(store *self)
{
    return store_execute(self, "COMMIT", "writing");
}
