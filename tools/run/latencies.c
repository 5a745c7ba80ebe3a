/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/latencies.h"

#include "sim/record/latency.h"
#include "tools/run/print.h"

enum { ROWS_MAX = 20 };

static void row(table *out, const scenario *whole, const scenario_traffic *traffic,
                const recorder_latency *measured)
{
    const uint64_t times[] = {measured->p50_ns, measured->p90_ns, measured->p99_ns, measured->worst_ns};
    run_print_ends(out, whole, traffic->from, traffic->to);
    table_count_cell(out, measured->count);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        table_time_cell(out, times[i]);
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
    if (count > ROWS_MAX)
        table_more(out, count - ROWS_MAX, "flows");
    return table_end(out, stream, colour);
}
