/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>

static uint64_t key_of(const scenario_expectation *expectation)
{
    const scenario_flow *const flow = &expectation->goodput.flow;
    return expectation->kind == SCENARIO_EXPECT_GOODPUT ? chains_pair(flow->from, flow->to) : ASKED_NOT;
}

bool recorder_windows_init(recorder *self)
{
    if (!asked_init(&self->windows_asked, self->scenario, key_of))
        return false;
    self->windows = calloc(self->windows_asked.count + 1, sizeof *self->windows);
    for (uint32_t i = 0; self->windows && i < self->windows_asked.count; i++)
        self->windows[i].last_ns = ROAM_NEVER;
    return self->windows;
}

void recorder_windows_fini(recorder *self)
{
    asked_fini(&self->windows_asked);
    free(self->windows);
}

void recorder_windows_delivered(recorder *self, const observer_message *message, uint64_t now_ns)
{
    const scenario_traffic *const traffic = &self->scenario->traffic[message->traffic];
    const chains *const by_pair = &self->windows_asked.by_key;
    for (uint32_t i = chains_first(by_pair, chains_pair(traffic->from, traffic->to)); i != CHAINS_END;
         i = chains_next(by_pair, i)) {
        recorder_window *const window = &self->windows[i];
        const scenario_expect_goodput *const of = &self->windows_asked.items[i]->goodput;
        if (now_ns < of->since_ns || now_ns >= of->until_ns)
            continue;
        window->bytes += message->len;
        window->last_ns = now_ns;
    }
}

static bool all_delivered(const recorder *self, const scenario_expect_goodput *of)
{
    for (uint32_t i = scenario_flow_first(self->scenario, of->flow.from, of->flow.to); i != SCENARIO_NONE;
         i = scenario_flow_next(self->scenario, i))
        if (!recorder_flow_ended(self, i))
            return false;
    return true;
}

static uint64_t last_delivery_ns(const recorder *self, const scenario_expect_goodput *of)
{
    uint64_t last_ns = 0;
    for (uint32_t i = scenario_flow_first(self->scenario, of->flow.from, of->flow.to); i != SCENARIO_NONE;
         i = scenario_flow_next(self->scenario, i)) {
        const recorder_flow *const flow = &self->flows[i];
        if (flow->delivered > 0 && flow->last_delivery_ns > last_ns)
            last_ns = flow->last_delivery_ns;
    }
    return last_ns;
}

recorder_goodput recorder_goodput_of(const recorder *self, const scenario_expectation *expectation)
{
    const scenario_expect_goodput *const of = &expectation->goodput;
    recorder_goodput found = {.start_ns = of->since_ns, .end_ns = of->since_ns};
    const uint32_t index = asked_index(&self->windows_asked, expectation);
    const recorder_window *const window = index == CHAINS_END ? NULL : &self->windows[index];
    if (!window || window->bytes == 0)
        return found;
    const uint64_t last_ns =
        all_delivered(self, of) ? last_delivery_ns(self, of) : self->scenario->duration_ns;
    found.bytes = window->bytes;
    found.end_ns = of->until_ns < last_ns ? of->until_ns : last_ns;
    if (found.end_ns < window->last_ns)
        found.end_ns = window->last_ns;
    return found;
}
