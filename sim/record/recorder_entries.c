/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the timeline: those that an instant starts, and those that are refused. */
#include "sim/record/recorder_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

bool recorder_entries_init(recorder *self)
{
    const size_t count = self->scenario->after_count;
    self->started_ns = calloc(count + 1, sizeof *self->started_ns);
    for (size_t i = 0; self->started_ns && i < count; i++)
        self->started_ns[i] = ROAM_NEVER;
    return self->started_ns != NULL;
}

void recorder_entry_event(recorder *self, const scenario_event *event, uint64_t now_ns)
{
    uint64_t *const started_ns = event->after ? &self->started_ns[event->after->number] : NULL;
    if (started_ns && *started_ns == ROAM_NEVER)
        *started_ns = now_ns;
}

uint64_t recorder_started_ns(const recorder *self, const scenario_after *after)
{
    return self->started_ns[after->number];
}

const scenario_after *recorder_next_waiting(const recorder *self, size_t *at)
{
    const scenario *const whole = self->scenario;
    while (*at < whole->after_count) {
        const scenario_after *const after = whole->afters[(*at)++];
        if (self->started_ns[after->number] == ROAM_NEVER)
            return after;
    }
    return NULL;
}

void recorder_entry_refused(recorder *self, const observer_refused *refused, uint64_t now_ns)
{
    recorder_refusal *const refusals =
        room_for_one(self->refusals, self->refusal_count, &self->refusal_capacity, sizeof *refusals);
    if (!refusals) {
        self->failed = true;
        return;
    }
    self->refusals = refusals;
    self->refusals[self->refusal_count++] = (recorder_refusal){.told = *refused, .at_ns = now_ns};
}

const recorder_refusal *recorder_refusals(const recorder *self, size_t *count)
{
    *count = self->refusal_count;
    return self->refusals;
}

void recorder_entries_fini(recorder *self)
{
    free(self->refusals);
    free(self->started_ns);
}
