/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/benchmarks/load.h"

#include <stdio.h>
#include <string.h>

const char BENCH_EXPERIMENT[] = "roam: 1\n"
                                "name: bench-experiment\n"
                                "duration: 1s\n"
                                "networks:\n"
                                "  wifi: {delay: 10ms, rate: 100Mbps}\n"
                                "  cellular: {delay: 10ms, rate: 100Mbps}\n"
                                "  datacentre: {delay: 1ms, rate: 1Gbps}\n"
                                "nodes:\n"
                                "  laptop: {networks: [wifi, cellular]}\n"
                                "  server: {networks: [datacentre], listen: 4433}\n"
                                "peers:\n"
                                "  - laptop -> server\n"
                                "traffic:\n"
                                "  - {flow: laptop -> server, bulk: 10kB}\n"
                                "  - {flow: server -> laptop, bulk: 10kB}\n"
                                "timeline:\n"
                                "  - {at: 300ms, migrate: laptop -> server, network: cellular, as: move}\n"
                                "expect:\n"
                                "  - {migration: move, result: ok}\n"
                                "  - {delivered: all}\n";

int bench_load(const bench_text *from, scenario **out, char message[BENCH_MESSAGE_MAX])
{
    scenario_diagnostics diagnostics;
    scenario_diagnostics_init(&diagnostics);
    scenario_source source = {.text = from->text,
                              .text_bytes = strlen(from->text),
                              .name = "bench",
                              .overrides = &from->override,
                              .override_count = from->override ? 1 : 0,
                              .players = &from->player,
                              .player_count = from->player ? 1 : 0};
    const int rv = scenario_load(&source, out, &diagnostics);
    if (rv != SCENARIO_OK)
        snprintf(message, BENCH_MESSAGE_MAX, "%s",
                 diagnostics.count > 0 ? diagnostics.items[0].text : scenario_strerror(rv));
    scenario_diagnostics_fini(&diagnostics);
    return rv == SCENARIO_OK ? 0 : -1;
}
