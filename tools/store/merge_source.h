/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_MERGE_SOURCE_H
#define TOOLS_STORE_MERGE_SOURCE_H

/* A store that is joined with others: its rows of runs in the order of their ids, table by table. */

#include "tools/store/internal.h"

enum {
    MERGE_TABLES = 4 + STORE_ITEM_TABLES, /* runs, settings, those of items, expectations, timings */
    MERGE_RUNS = 0,
    MERGE_TIMINGS = MERGE_TABLES - 1,
    MERGE_COLUMNS_MAX = STORE_COLUMNS_MAX + 2
};

/* A table of the store that is joined into. */
typedef struct merge_table {
    const char *name;
    char *columns[MERGE_COLUMNS_MAX]; /* the id of the run is the first, then the rest of the key */
    size_t count;
} merge_table;

typedef struct merge_cursor {
    sqlite3_stmt
        *rows; /* in the order of the key, the columns of the merge_table; NULL: it has no such table */
    bool present[MERGE_COLUMNS_MAX]; /* the store has this column: it may be from before the column was */
    bool has;                        /* rows is on a row */
    int64_t run;                     /* of this row */
} merge_cursor;

typedef struct merge_source {
    store *of; /* opened to be read */
    merge_cursor cursors[MERGE_TABLES];
    size_t width; /* columns that it has */
} merge_source;

/* Each table of runs, with its columns in a store; to be released with merge_tables_fini. */
ROAM_CHECKED int merge_tables_read(store *from, merge_table tables[MERGE_TABLES]);
void merge_tables_fini(merge_table tables[MERGE_TABLES]);

/* Opens it, and sets each cursor on its first row. On failure the message (STORE_MESSAGE_MAX bytes) says why,
 * and there is nothing to be closed. */
ROAM_CHECKED int merge_source_open(merge_source *self, const char *path,
                                   const merge_table tables[MERGE_TABLES], char *message);
void merge_source_close(merge_source *self);

/* To the next row of a table. A failure's text is that of the source's store. */
ROAM_CHECKED int merge_source_next(merge_source *self, size_t table);

/* "a, b": the columns of a table that are in both stores; "" where one has no such table. To be freed with
 * sqlite3_free; NULL: out of memory. */
char *merge_common_columns(store *a, store *b, const char *table);

#endif
