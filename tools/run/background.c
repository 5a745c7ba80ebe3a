/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/background.h"

#include "tools/cli/table.h"

enum { ROWS_MAX = 20 };

static void row(table *out, const scenario *whole, const scenario_background *entry,
                const background_counts *counts)
{
    const uint64_t numbers[] = {counts->sent, counts->bytes, counts->delivered, counts->dropped};
    table_cell(out, TABLE_PLAIN, whole->networks[entry->network].name);
    table_cell(out, TABLE_PLAIN, entry->up ? "up" : "down");
    table_cell(out, TABLE_PLAIN, scenario_pattern_name(entry->pattern));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        table_count_cell(out, numbers[i]);
}

bool run_background_print(const scenario *whole, const run *finished, FILE *stream, bool colour)
{
    static const char *const titles[] = {"background", "",           "",        ">packets",
                                         ">bytes",     ">delivered", ">dropped"};
    const size_t count = whole->background_count;
    if (count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < count && i < ROWS_MAX; i++)
        row(out, whole, &whole->background[i], &run_background(finished)[i]);
    if (out && count > ROWS_MAX)
        table_more(out, count - ROWS_MAX, "");
    return table_end(out, stream, colour);
}
