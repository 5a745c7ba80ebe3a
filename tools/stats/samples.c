/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/samples.h"

#include "tools/stats/estimators.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { CELL_MAX = 256 };

uint64_t samples_number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? STATISTICS_NEVER
                                                           : (uint64_t)sqlite3_column_int64(row, column);
}

/* Room for one more. */
static bool grow(uint64_t **values, int measures, size_t count)
{
    if (count & (count - 1))
        return true; /* grown at each power of two */
    const size_t capacity = count ? 2 * count : 1;
    for (int i = 0; i < measures; i++) {
        uint64_t *const grown = realloc(values[i], capacity * sizeof *grown);
        if (!grown)
            return false;
        values[i] = grown;
    }
    return true;
}

bool samples_take(uint64_t **values, int measures, size_t count, sqlite3_stmt *row, int first)
{
    if (!grow(values, measures, count))
        return false;
    for (int i = 0; i < measures; i++)
        values[i][count] = samples_number(row, first + i);
    return true;
}

void samples_sort(uint64_t *const *values, int measures, size_t count)
{
    for (int i = 0; i < measures; i++)
        statistics_sort(values[i], count);
}

void samples_free(uint64_t *const *values, int measures)
{
    for (int i = 0; i < measures; i++)
        free(values[i]);
}

void samples_time_cell(table *out, const uint64_t *values, size_t count, unsigned percent)
{
    char time[TABLE_TIME_MAX];
    const uint64_t at_ns = statistics_percentile_of(values, count, percent).value;
    table_cell(out, TABLE_PLAIN, at_ns == STATISTICS_NEVER ? "never" : table_time(at_ns, time));
}

void samples_mean_cell(table *out, const uint64_t *values, size_t count, double unit, int decimals)
{
    char text[CELL_MAX];
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i];
    (void)snprintf(text, sizeof text, "%.*f", decimals, sum / (double)count / unit);
    table_cell(out, TABLE_PLAIN, text);
}
