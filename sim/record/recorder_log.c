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

void recorder_log_fini(recorder *self)
{
    free(self->logged);
}

const recorder_logged *recorder_log(const recorder *self, size_t *count)
{
    *count = self->logged_count;
    return self->logged;
}
