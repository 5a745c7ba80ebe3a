/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_overlay.h"

#include <inttypes.h>

int summary_overlay_of(const scenario *whole, const overlay *from, summary_overlay *out)
{
    summary_overlay made = {.nodes = overlay_nodes_of(whole), .counts = out->counts};
    made.churn = overlay_churn_of(from, SCENARIO_NONE);
    const int result = overlay_state_at(from, whole->duration_ns, NULL, &made.state);
    if (result != 0)
        return result;
    made.connected_ns = overlay_connected_ns(overlay_history_all(from));
    made.divided_ns = overlay_divided_ns(overlay_history_all(from));
    *out = made;
    return 0;
}

void summary_overlay_add(summary_overlay *self, const roam_membership_counts *counts)
{
#define ADD(name, about) self->counts.name += counts->name;
    ROAM_MEMBERSHIP_COUNTS(ADD)
#undef ADD
}

void summary_overlay_fini(summary_overlay *self)
{
    overlay_state_fini(&self->state);
}

uint64_t summary_ppm(uint64_t part, uint64_t whole)
{
    return whole > 0 ? part * 1000000 / whole : 0;
}

uint64_t summary_ppm_of(double value)
{
    return (uint64_t)(value * 1e6);
}

void summary_overlay_text(const summary_overlay *self, char text[SUMMARY_OVERLAY_TEXT_MAX])
{
    const overlay_state *const state = &self->state;
    char connected[60];
    if (state->components.count == 1)
        (void)snprintf(connected, sizeof connected, "connected");
    else
        (void)snprintf(connected, sizeof connected, "%" PRIu32 " components, the largest of %" PRIu32,
                       state->components.count, state->components.largest);
    (void)snprintf(text, SUMMARY_OVERLAY_TEXT_MAX,
                   "%" PRIu32 " of %" PRIu32 " nodes, %s, mean path %.2f, clustering %.3f, in-degree %" PRIu32
                   " to %" PRIu32 ", %" PRIu64 " up, %" PRIu64 " down",
                   state->nodes, self->nodes, connected, graph_paths_mean(&state->paths), state->clustering,
                   state->in_degree_min, state->in_degree_max, self->churn.ups, self->churn.downs);
}
