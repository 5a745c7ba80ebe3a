/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_ROWS_H
#define SIM_VERDICT_SUMMARY_ROWS_H

/* What summary.json says, as values instead of text: of each table of summary_columns.h a row an item and a
 * value a column, and the verdict. For the store, which then has nothing to parse. */

#include "sim/verdict/summary_columns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUMMARY_RULE_WORDS 2

typedef enum summary_value_kind {
    SUMMARY_NULL, /* null in JSON */
    SUMMARY_NUMBER,
    SUMMARY_TEXT
} summary_value_kind;

typedef struct summary_value {
    summary_value_kind kind;
    union {
        int64_t number;   /* of NUMBER; a flag is 0 or 1 */
        const char *text; /* of TEXT; the values do not own it */
    };
} summary_value;

typedef struct summary_rows {
    summary_value verdict;
    summary_value contradiction; /* the one of no migration */
    summary_value duration_ns;
    /* Of rules of the witness; NULL: the summary is from before there was one. */
    summary_value rules_exercised;
    summary_value rules_broken;
    uint64_t exercised[SUMMARY_RULE_WORDS]; /* a bit for each rule */
    size_t counts[SUMMARY_TABLES];
    summary_value *values; /* the rows of all tables, in their order; a column without `stored` is NULL */
} summary_rows;

/* NULL for a NULL. */
summary_value summary_value_of(const char *text);

/* Makes room for the rows that counts names, all NULL. False: out of memory, and nothing is to be freed. */
bool summary_rows_alloc(summary_rows *self);
void summary_rows_free(summary_rows *self);

/* How many values there are in all rows. */
size_t summary_rows_total(const summary_rows *self);

/* A row: summary_table_width(table) values, in the order of summary_table_columns(table). */
summary_value *summary_row(const summary_rows *self, summary_table table, size_t index);

#endif
