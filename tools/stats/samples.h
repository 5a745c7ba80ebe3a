/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_SAMPLES_H
#define TOOLS_STATS_SAMPLES_H

/* Several measures of the same runs: an array of values each, all of one length, and how a table shows them.
 * STATISTICS_NEVER stands for NULL in a store. */

#include "tools/cli/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3_stmt;

/* The value in a column. */
uint64_t samples_number(struct sqlite3_stmt *row, int column);

/* Appends a value to each of the arrays, which have `count` now: that of measure 0 from column `first`, the
 * others from the columns behind it. False: out of memory. */
bool samples_take(uint64_t **values, int measures, size_t count, struct sqlite3_stmt *row, int first);
/* Each ascending. */
void samples_sort(uint64_t *const *values, int measures, size_t count);
void samples_free(uint64_t *const *values, int measures);

/* Cells of a table. Of times in ns, ascending, a percentile. */
void samples_time_cell(table *out, const uint64_t *values, size_t count, unsigned percent);
/* The mean, in units of `unit`. */
void samples_mean_cell(table *out, const uint64_t *values, size_t count, double unit, int decimals);

#endif
