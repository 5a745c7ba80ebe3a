/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/preferred.h"

#include "tools/cli/table.h"

enum { LINES_MAX = 8, CELL_MAX = 96 };

static void put_row(table *out, const scenario *whole, const recorder_preferred *preferred)
{
    const roam_preferred_record *const record = &preferred->record;
    char ends[CELL_MAX];
    char address[ROAM_ADDR_STRING_MAX];
    (void)snprintf(ends, sizeof ends, "%s -> %s", whole->nodes[preferred->node].name,
                   preferred->other == SCENARIO_NONE ? "?" : whole->nodes[preferred->other].name);
    table_cell(out, TABLE_PLAIN, ends);
    table_cell(out, TABLE_PLAIN, roam_addr_format(&record->new_remote, address));
    table_time_cell(out, record->started_ns);
    table_cell(out, record->result == ROAM_OK ? TABLE_GOOD : TABLE_PLAIN, roam_result_name(record->result));
    table_time_cell(out, recorder_preferred_ns(preferred));
    table_count_cell(out, record->challenges_sent);
    table_count_cell(out, record->validation_rounds);
}

bool run_preferred_print(const scenario *whole, const recorder *recorded, FILE *stream, bool colour)
{
    static const char *const titles[] = {
        "to a preferred address", "address", ">at", "result", ">validation", ">challenges", ">rounds"};
    size_t count;
    const recorder_preferred *const all = recorder_preferred_addresses(recorded, &count);
    if (count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < count && i < LINES_MAX; i++)
        put_row(out, whole, &all[i]);
    if (out && count > LINES_MAX)
        table_more(out, count - LINES_MAX, "clients");
    return table_end(out, stream, colour);
}
