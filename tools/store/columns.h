/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_COLUMNS_H
#define TOOLS_STORE_COLUMNS_H

/* The tables of the store that have a row for each item of an array of summary.json, of
 * sim/verdict/summary_fields.h. */

#include "sim/verdict/summary_columns.h"

#include <stdio.h>

enum { STORE_COLUMNS_MAX = 64, STORE_ITEM_TABLES = SUMMARY_GROUPS + 1 };

typedef struct store_item_table {
    const char *table;
    const char *array;  /* of summary.json; or an object, which is then the only item */
    const char *number; /* the column with the item's number */
    const char *about;  /* what a row is */
    const char *note;   /* more of it, sentences; NULL: none */
} store_item_table;

extern const store_item_table STORE_ITEM_TABLE[STORE_ITEM_TABLES]; /* by summary_table */

/* The columns of a table in the order that the store has them, after `run` and the number. Their count. */
size_t store_columns_of(const char *table, const summary_column *columns[STORE_COLUMNS_MAX]);

/* The column's name in the store. */
const char *store_column_name(const summary_column *column);

/* CREATE TABLE IF NOT EXISTS for it; of `size` bytes, cut off when these are too few. */
void store_create_table(const store_item_table *table, char *sql, size_t size);

/* All columns of these tables as a page of Markdown (results/columns.md). */
void store_columns_print(FILE *to);

#endif
