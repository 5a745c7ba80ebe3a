/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_TABLE_H
#define TOOLS_CLI_TABLE_H

/* Tables of text for a terminal: columns as wide as their widest cell. Cells are copied. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 12
#define TABLE_TIME_MAX 32

typedef enum table_style { TABLE_PLAIN, TABLE_GOOD, TABLE_BAD, TABLE_DIM } table_style;

typedef struct table table;

/* A title of a column that begins with '>' (not printed) sets the column to the right. NULL: out of memory.
 */
table *table_new(const char *const *titles, size_t columns);
void table_free(table *table);

/* The next cell, from left to right, row after row. Out of memory sticks and shows in table_print. */
void table_cell(table *table, table_style style, const char *text);
/* One with a number, and one with a time as table_time writes it. */
void table_count_cell(table *table, uint64_t count);
void table_time_cell(table *table, uint64_t time_ns);
/* What stands below the last row: "and 3 more connections". */
void table_more(table *table, size_t count, const char *of);

/* colour: with ANSI sequences. False: out of memory, nothing was printed. */
__attribute__((warn_unused_result)) bool table_print(const table *table, FILE *stream, bool colour);
/* The same, then an empty line; the table is freed. NULL is out of memory. */
__attribute__((warn_unused_result)) bool table_end(table *table, FILE *stream, bool colour);

/* Colour on this stream: a terminal, and neither NO_COLOR nor TERM=dumb. */
bool table_colour(FILE *stream);
/* The sequence that begins a style, and "" without colour. TABLE_PLAIN ends one. */
const char *table_style_sequence(table_style style, bool colour);

/* "43.112 ms": three decimals, rounded down, in ns, us, ms or s; "-" for UINT64_MAX. Returns text. */
const char *table_time(uint64_t time_ns, char text[TABLE_TIME_MAX]);

#endif
