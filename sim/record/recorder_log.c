/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each event of a node with its time, for expectations that need more than how many there were and when the
 * first came. */
#include "sim/record/recorder_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

static bool needs_times(const scenario_expectation *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].kind == SCENARIO_EXPECT_HAPPENS &&
            (items[i].happens.nth > 0 || items[i].happens.within_ns != SCENARIO_NEVER))
            return true;
    return false;
}

void recorder_log_init(recorder *self)
{
    const scenario *const whole = self->scenario;
    self->logs = needs_times(whole->expectations, whole->expectation_count) ||
                 needs_times(whole->known_fault.expectations, whole->known_fault.expectation_count);
}

void recorder_log_event(recorder *self, const recorder_logged *event)
{
    if (!self->logs)
        return;
    recorder_logged *const grown =
        room_for_one(self->logged, self->logged_count, &self->logged_capacity, sizeof *grown);
    if (!grown) {
        self->failed = true;
        return;
    }
    self->logged = grown;
    self->logged[self->logged_count++] = *event;
}

bool recorder_log_finish(recorder *self)
{
    if (!chains_init(&self->logged_of, self->logged_count))
        return false;
    for (size_t i = 0; i < self->logged_count; i++)
        chains_add(&self->logged_of, self->logged[i].node);
    return true;
}

void recorder_log_fini(recorder *self)
{
    chains_fini(&self->logged_of);
    free(self->logged);
}

const recorder_logged *recorder_log(const recorder *self, size_t *count)
{
    *count = self->logged_count;
    return self->logged;
}

uint32_t recorder_log_first(const recorder *self, uint32_t node)
{
    return chains_first(&self->logged_of, node);
}

uint32_t recorder_log_next(const recorder *self, uint32_t event)
{
    return chains_next(&self->logged_of, event);
}
