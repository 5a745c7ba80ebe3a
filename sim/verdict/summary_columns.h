/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_COLUMNS_H
#define SIM_VERDICT_SUMMARY_COLUMNS_H

/* The fields of summary.json that come in many items (summary_fields.h), as columns of tables: for the store,
 * and for the page that documents them (results/columns.md). */

typedef enum summary_table {
    SUMMARY_MIGRATIONS,
    SUMMARY_REBINDS,
    SUMMARY_FLOWS, /* `traffic` of summary.json */
    SUMMARY_PEERS,
    SUMMARY_MOVES,
    SUMMARY_OUTAGES,
    SUMMARY_PREFERRED_ADDRESSES,
    SUMMARY_RULES,    /* those that are broken or declined; the others are in summary.json alone */
    SUMMARY_OVERLAYS, /* `overlay` of summary.json: at most one */
    SUMMARY_GROUPS,   /* of large groups: what their members measured together */
    SUMMARY_EXPECTATIONS,
    SUMMARY_FAULT_EXPECTATIONS, /* those under known_fault; the columns are those of expectations */
    SUMMARY_TABLES
} summary_table;

#include <stdbool.h>
#include <stddef.h>

typedef struct summary_column {
    const char *table; /* of the store: migrations, rebinds, gaps, peers, moves, outages,
                          preferred_addresses, rules, overlays, groups, expectations */
    const char *path;  /* of the field in an item of summary.json, dotted: "core.srtt_before_ns" */
    const char *name;  /* of the column */
    const char *type;  /* of SQLite: INTEGER, TEXT, TEXT NOT NULL */
    const char *about; /* what it says, a phrase */
    bool stored;       /* the store has it */
    bool later;        /* stores made before it was have not: the last columns, in their order here */
    const char *as;    /* its name there; NULL: `name` */
    const char *after; /* the column that it follows there; NULL: the one before it here */
} summary_column;

/* In the order of summary.json, the columns of a table one after the other. */
const summary_column *summary_columns(size_t *count);

/* The columns of one table: the first, and how many there are. */
const summary_column *summary_table_columns(summary_table table);
size_t summary_table_width(summary_table table);

#endif
