/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/groups.h"

#include "tools/cli/table.h"

#define CELL_MAX 256

/* What the rows are called: "migration move", "rebind", "gap". */
static const char *name_of(const summary_group *row, char text[CELL_MAX])
{
    static const char *const NAMES[] = {[SUMMARY_MIGRATIONS] = "migration",
                                        [SUMMARY_REBINDS] = "rebind",
                                        [SUMMARY_FLOWS] = "gap",
                                        [SUMMARY_PEERS] = "connection",
                                        [SUMMARY_MOVES] = "move"};
    (void)snprintf(text, CELL_MAX, "%s%s%s", NAMES[row->table], row->label ? " " : "",
                   row->label ? row->label : "");
    return text;
}

static void put_row(table *out, const scenario *whole, const summary_group *row)
{
    char text[CELL_MAX];
    table_cell(out, TABLE_PLAIN, name_of(row, text));
    table_cell(out, TABLE_PLAIN, row->of);
    table_count_cell(out, row->count);
    if (row->valued < row->count)
        table_count_cell(out, row->count - row->valued);
    else
        table_cell(out, TABLE_PLAIN, "-");
    table_time_cell(out, row->p50_ns);
    table_time_cell(out, row->p90_ns);
    table_time_cell(out, row->p99_ns);
    table_time_cell(out, row->max_ns);
    table_cell(out, TABLE_PLAIN, whole->nodes[row->worst_nodes[0]].name);
}

bool run_groups_print(const scenario *whole, const summary_groups *groups, bool reconnects, FILE *stream,
                      bool colour)
{
    static const char *const titles[] = {"group", "",      ">count", ">without", ">50 %",
                                         ">90 %", ">99 %", ">worst", "of"};
    table *out;
    if (groups->count == 0)
        return true;
    out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < groups->count; i++)
        if (reconnects || groups->rows[i].table != SUMMARY_MOVES)
            put_row(out, whole, &groups->rows[i]);
    return table_end(out, stream, colour);
}
