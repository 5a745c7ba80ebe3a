/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/landings.h"

#include "tools/run/print.h"

enum { ROWS_MAX = 20 };

static void row(table *out, const scenario *whole, const recorder *record, uint32_t peer)
{
    const scenario_peer *const ends = &whole->peers[peer];
    const uint32_t server = recorder_server(record, peer);
    run_print_ends(out, whole, ends->dialer, ends->acceptor);
    table_count_cell(out, recorder_connections_landed(record, peer));
    table_count_cell(out, recorder_servers_seen(record, peer));
    table_cell(out, TABLE_PLAIN, server == SCENARIO_NONE ? "none" : whole->nodes[server].name);
}

bool run_landings_print(const scenario *whole, const recorder *record, FILE *stream, bool colour)
{
    static const char *const titles[] = {"landed", ">connections", ">servers", "the last on"};
    size_t count = 0;
    if (whole->balancer_count == 0)
        return true;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    if (!out)
        return false;
    for (uint32_t i = 0; i < whole->peer_count; i++)
        if (whole->nodes[whole->peers[i].acceptor].balancer && count++ < ROWS_MAX)
            row(out, whole, record, i);
    if (count == 0) {
        table_free(out);
        return true;
    }
    if (count > ROWS_MAX)
        table_more(out, count - ROWS_MAX, "connections");
    return table_end(out, stream, colour);
}
