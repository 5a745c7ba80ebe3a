/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/latencies.h"

#include "sim/record/latency.h"
#include "tools/cli/table.h"

#include <inttypes.h>

enum { CELL_MAX = 128, ROWS_MAX = 20 };

static void row(table *out, const scenario *whole, const scenario_traffic *traffic,
                const recorder_latency *measured)
{
    char text[CELL_MAX];
    const uint64_t times[] = {measured->p50_ns, measured->p90_ns, measured->p99_ns, measured->worst_ns};
    (void)snprintf(text, sizeof text, "%s -> %s", whole->nodes[traffic->from].name,
                   whole->nodes[traffic->to].name);
    table_cell(out, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%" PRIu64, measured->count);
    table_cell(out, TABLE_PLAIN, text);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        table_cell(out, TABLE_PLAIN, table_time(times[i], text));
}

bool run_latencies_print(const scenario *whole, const recorder *record, FILE *stream, bool colour)
{
    static const char *const titles[] = {"latency", ">messages", ">50 %", ">90 %", ">99 %", ">worst"};
    table *out = NULL;
    size_t count = 0;
    for (uint32_t i = 0; i < whole->traffic_count; i++) {
        const recorder_latency *const measured = recorder_latency_of_flow(record, i);
        if (!measured || count++ >= ROWS_MAX)
            continue;
        if (!out)
            out = table_new(titles, sizeof titles / sizeof titles[0]);
        if (!out)
            return false;
        row(out, whole, &whole->traffic[i], measured);
    }
    if (count == 0)
        return true;
    const bool printed = table_print(out, stream, colour);
    if (count > ROWS_MAX)
        (void)fprintf(stream, "  and %zu more flows\n", count - ROWS_MAX);
    (void)putc('\n', stream);
    table_free(out);
    return printed;
}
