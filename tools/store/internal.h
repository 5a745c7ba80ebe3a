/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_INTERNAL_H
#define TOOLS_STORE_INTERNAL_H

/* What store.c (the file), write.c (its rows) and merge.c share. */

#include "core/hash.h"
#include "tools/store/columns.h"
#include "tools/store/store.h"

#include <sqlite3.h>

enum {
    STORE_OTHERS = 3, /* tables with a column `run` besides those of items */
    STORE_FORGETS = STORE_OTHERS + STORE_ITEM_TABLES + 1 /* the last one is runs */
};

#define STORE_CACHE "PRAGMA cache_size = -65536;" /* 64 MiB: see WRITING in store.c */

/* Of the transaction: what the latest run entered and the next one often has as well. */
typedef struct store_latest {
    int64_t rule_set; /* 0: none */
    uint64_t exercised[SUMMARY_RULE_WORDS];
    uint64_t file; /* a hash */
    bool has_file;
} store_latest;

/* A table that has a row for each item of a table of the summary; its key is the item's number. */
typedef struct store_items {
    const char *table;
    const char *number;
    int64_t first; /* number of the first item */
    size_t count;
    const summary_column *columns[STORE_COLUMNS_MAX];
} store_items;

struct store {
    sqlite3 *db;
    char *path;
    bool read_only;
    bool tidies; /* there was no log beside it when it was opened to be read */
    sqlite3_stmt *add_build;
    sqlite3_stmt *add_run;
    sqlite3_stmt *add_setting;
    sqlite3_stmt *add_timing;
    sqlite3_stmt *add_file;
    sqlite3_stmt *add_rule_set;
    sqlite3_stmt *has_run;
    sqlite3_stmt *forget[STORE_FORGETS];
    store_items items[SUMMARY_TABLES];
    sqlite3_stmt *add_items[SUMMARY_TABLES];
    store_latest latest;
    char message[STORE_MESSAGE_MAX];
};

/* Writes the message and returns the code. */
__attribute__((format(printf, 3, 4))) int store_fail(store *self, int code, const char *format, ...);
/* The same for what SQLite says now. */
int store_fail_sqlite(store *self, const char *doing);
/* Runs statements without results. */
ROAM_CHECKED int store_execute(store *self, const char *sql, const char *doing);
ROAM_CHECKED int store_prepare(store *self, const char *sql, sqlite3_stmt **statement);
/* Runs a prepared statement to its end, and makes it ready for the next values. */
ROAM_CHECKED int store_step(store *self, sqlite3_stmt *statement);
/* Of a store in a directory that cannot be written; to be freed with sqlite3_free. NULL: a writer left its
 * log there, or out of memory. */
char *store_immutable_uri(const char *path);
/* The statements of write.c. */
ROAM_CHECKED int store_prepare_writes(store *self);

/* core_hash_bytes of a text with its NUL, so that "a", "b" and "ab", "" differ. */
uint64_t store_hash(uint64_t hash, const char *text);

#endif
