/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/parts.h"

#include "tools/cli/parts.h"
#include "tools/cli/table.h"
#include "tools/report/html.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

enum { SQL_MAX = 4096, ROWS_MAX = 1000 };

/* Columns before the parts. */
enum { SCENARIO, COMBINATION, MEASURE, COUNT, VALIDATION, ROUND_TRIP, PARTS };

static size_t put_select(char *sql, size_t used, bool rebinds)
{
    used +=
        (size_t)snprintf(sql + used, SQL_MAX - used,
                         "SELECT scenario, combination, %s, count(*), CAST(avg(validation_ns) AS INTEGER),"
                         " CAST(avg(round_trip_ns) AS INTEGER)",
                         rebinds ? "'rebind: ' || node || ' of ' || coalesce(peer, '?') AS measure"
                                 : "'validation: ' || coalesce(label, node || ' -> ' || peer) AS measure");
    for (size_t i = 0; i < PARTS_COUNT; i++)
        if (rebinds && i < PARTS_OF_MIGRATIONS)
            used += (size_t)snprintf(sql + used, SQL_MAX - used, ", 0");
        else
            used += (size_t)snprintf(sql + used, SQL_MAX - used, ", CAST(avg(%s) AS INTEGER)",
                                     PARTS_NAMES[i].column);
    return used + (size_t)snprintf(sql + used, SQL_MAX - used,
                                   " FROM runs JOIN %s ON run = id WHERE %s IS NOT NULL AND build = ?1"
                                   " GROUP BY scenario, combination, measure",
                                   rebinds ? "rebinds" : "migrations", PARTS_NAMES[PARTS_COUNT - 1].column);
}

static void print_row(sqlite3_stmt *row, FILE *page)
{
    char text[PARTS_TEXT_MAX];
    char time[TABLE_TIME_MAX];
    uint64_t values[PARTS_COUNT];
    const char *const combination = (const char *)sqlite3_column_text(row, COMBINATION);
    (void)fputs("<tr><th scope=\"row\">", page);
    html_text(page, (const char *)sqlite3_column_text(row, SCENARIO));
    html_text(page, combination[0] ? " [" : "");
    html_name(page, combination);
    html_text(page, combination[0] ? "]" : "");
    (void)fputs("</th>", page);
    html_cell(page, NULL, (const char *)sqlite3_column_text(row, MEASURE));
    for (int i = COUNT; i < PARTS; i++) {
        const bool known = sqlite3_column_type(row, i) != SQLITE_NULL;
        const uint64_t value = known ? (uint64_t)sqlite3_column_int64(row, i) : UINT64_MAX;
        if (i == COUNT)
            (void)snprintf(text, sizeof text, "%" PRIu64, value);
        html_number(page, value, i == COUNT ? text : table_time(value, time));
    }
    for (int i = 0; i < PARTS_COUNT; i++)
        values[i] = (uint64_t)sqlite3_column_int64(row, PARTS + i);
    html_cell(page, NULL, parts_text(values, text));
    (void)fputs("</tr>\n", page);
}

int report_parts(store *from, int64_t build, FILE *page)
{
    static const char *const TITLES[] = {"scenario", "measure",     ">n",
                                         ">mean",    ">round trip", "parts of the mean"};
    char sql[SQL_MAX];
    sqlite3_stmt *row = NULL;
    if (!store_has_column(from, "migrations", PARTS_NAMES[0].column))
        return STORE_OK;
    size_t used = put_select(sql, 0, false);
    used += (size_t)snprintf(sql + used, SQL_MAX - used, " UNION ALL ");
    used = put_select(sql, used, true);
    (void)snprintf(sql + used, SQL_MAX - used, " ORDER BY scenario, combination, measure LIMIT %d", ROWS_MAX);
    if (sqlite3_prepare_v2(store_database(from), sql, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_int64(row, 1, build) != SQLITE_OK) {
        (void)sqlite3_finalize(row);
        return store_fault(from);
    }
    (void)fputs(
        "<h2>Why it took so long</h2>\n<p class=\"soft\">What the time of validations went by, as the "
        "packets at the hosts show it, in the mean of those that succeeded. Round trip: the delays of the "
        "links on the way there and back.</p>\n",
        page);
    html_table(page, "Why it took so long", TITLES, sizeof TITLES / sizeof *TITLES, true);
    while (sqlite3_step(row) == SQLITE_ROW)
        print_row(row, page);
    html_table_end(page);
    return sqlite3_finalize(row) == SQLITE_OK ? STORE_OK : store_fault(from);
}
