/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/benchmarks/load.h"

#include <stdio.h>
#include <string.h>

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
