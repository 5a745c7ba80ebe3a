/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instant of the protocol as it is seen, for the entries that wait for it. */
#ifndef SIM_WORLD_TRIGGER_INSTANT_H
#define SIM_WORLD_TRIGGER_INSTANT_H

#include "sim/scenario/after.h"

typedef struct trigger_instant {
    scenario_after_kind kind;
    uint32_t what;                /* as scenario_after.what */
    uint32_t node;                /* as the next ones there */
    uint32_t other;               /* SCENARIO_NONE: not known */
    scenario_direction direction; /* frame */
    const char *label;            /* migration */
} trigger_instant;

/* Who wants to know. */
typedef struct trigger_sink {
    void (*see)(void *ctx, const trigger_instant *instant, uint64_t now_ns);
    void *ctx;
} trigger_sink;

static inline void trigger_sink_see(const trigger_sink *sink, const trigger_instant *instant, uint64_t now_ns)
{
    sink->see(sink->ctx, instant, now_ns);
}

#endif
