/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>

static void take(recorder *self, const scenario_expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (expectations[i].kind != SCENARIO_EXPECT_GOODPUT)
            continue;
        if (self->windows)
            self->windows[self->window_count] =
                (recorder_window){.expectation = &expectations[i], .last_ns = ROAM_NEVER};
        self->window_count++;
    }
}

static void take_all(recorder *self)
{
    const scenario *const whole = self->scenario;
    self->window_count = 0;
    take(self, whole->expectations, whole->expectation_count);
    take(self, whole->known_fault.expectations, whole->known_fault.expectation_count);
}

bool recorder_windows_init(recorder *self)
{
    take_all(self);
    self->windows = calloc(self->window_count + 1, sizeof *self->windows);
    if (!self->windows)
        return false;
    take_all(self);
    return true;
}

void recorder_windows_delivered(recorder *self, const observer_message *message, uint64_t now_ns)
{
    const scenario_traffic *const traffic = &self->scenario->traffic[message->traffic];
    for (size_t i = 0; i < self->window_count; i++) {
        recorder_window *const window = &self->windows[i];
        const scenario_expect_goodput *const of = &window->expectation->goodput;
        if (of->flow.from != traffic->from || of->flow.to != traffic->to || now_ns < of->since_ns ||
            now_ns >= of->until_ns)
            continue;
        window->bytes += message->len;
        window->last_ns = now_ns;
    }
}

static bool all_delivered(const recorder *self, const scenario_expect_goodput *of)
{
    for (uint32_t i = 0; i < self->scenario->traffic_count; i++) {
        const scenario_traffic *const traffic = &self->scenario->traffic[i];
        if (traffic->from == of->flow.from && traffic->to == of->flow.to && !recorder_flow_ended(self, i))
            return false;
    }
    return true;
}

static uint64_t last_delivery_ns(const recorder *self, const scenario_expect_goodput *of)
{
    uint64_t last_ns = 0;
    for (size_t i = 0; i < self->scenario->traffic_count; i++) {
        const scenario_traffic *const traffic = &self->scenario->traffic[i];
        const recorder_flow *const flow = &self->flows[i];
        if (traffic->from == of->flow.from && traffic->to == of->flow.to && flow->delivered > 0 &&
            flow->last_delivery_ns > last_ns)
            last_ns = flow->last_delivery_ns;
    }
    return last_ns;
}

recorder_goodput recorder_goodput_of(const recorder *self, const scenario_expectation *expectation)
{
    const scenario_expect_goodput *const of = &expectation->goodput;
    recorder_goodput found = {.start_ns = of->since_ns, .end_ns = of->since_ns};
    for (size_t i = 0; i < self->window_count; i++) {
        const recorder_window *const window = &self->windows[i];
        if (window->expectation != expectation || window->bytes == 0)
            continue;
        const uint64_t last_ns =
            all_delivered(self, of) ? last_delivery_ns(self, of) : self->scenario->duration_ns;
        found.bytes = window->bytes;
        found.end_ns = of->until_ns < last_ns ? of->until_ns : last_ns;
        if (found.end_ns < window->last_ns)
            found.end_ns = window->last_ns;
    }
    return found;
}
