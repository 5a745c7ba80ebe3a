/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_parts.h"

#include "core/roam.h"

#include <assert.h>

recorder_flight recorder_flight_none(void)
{
    return (recorder_flight){.sent_ns = ROAM_NEVER,
                             .received_ns = ROAM_NEVER,
                             .response_sent_ns = ROAM_NEVER,
                             .response_received_ns = ROAM_NEVER};
}

/* A walk from the begin to the end that never turns back. */
typedef struct walk {
    uint64_t at_ns;
    uint64_t end_ns;
} walk;

/* Goes on to that time, if it is known and ahead; how far that was. */
static uint64_t go(walk *self, uint64_t to_ns)
{
    const uint64_t from_ns = self->at_ns;
    if (to_ns != ROAM_NEVER && to_ns > from_ns)
        self->at_ns = to_ns < self->end_ns ? to_ns : self->end_ns;
    return self->at_ns - from_ns;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Until the first challenge left. */
static void go_before(const recorder_validation *validation, walk *to, recorder_parts *parts)
{
    const recorder_waits *const waits = validation->waits;
    if (waits && validation->first_ns != ROAM_NEVER) {
        walk before = {to->at_ns, earlier(validation->first_ns, to->end_ns)};
        if (before.end_ns < before.at_ns)
            before.end_ns = before.at_ns;
        parts->confirmation_ns = go(&before, waits->confirmed_ns);
        parts->connection_id_ns = go(&before, waits->connection_id_ns);
        parts->other_ns = go(&before, waits->started_ns);
        if (waits->started_ns != ROAM_NEVER)
            parts->window_ns = go(&before, validation->first_ns);
        to->at_ns = before.at_ns;
    }
    parts->other_ns += go(to, validation->first_ns);
}

recorder_parts recorder_parts_of(const recorder_validation *validation)
{
    const recorder_flight none = recorder_flight_none();
    const recorder_flight *const flight = validation->flight ? validation->flight : &none;
    walk to = {validation->begin_ns, validation->end_ns};
    recorder_parts parts = {0};
    go_before(validation, &to, &parts);
    parts.unanswered_ns = go(&to, flight->sent_ns);
    if (flight->sent_ns != ROAM_NEVER)
        parts.queue_ns = go(&to, earlier(flight->sent_ns + flight->queue_ns, flight->received_ns));
    parts.to_peer_ns = go(&to, flight->received_ns);
    parts.at_peer_ns = go(&to, flight->response_sent_ns);
    parts.back_ns = go(&to, flight->response_received_ns);
    parts.again_ns = go(&to, validation->again_ns);
    parts.result_ns = go(&to, to.end_ns);
    assert(recorder_parts_sum(&parts) == validation->end_ns - validation->begin_ns);
    return parts;
}

uint64_t recorder_parts_sum(const recorder_parts *parts)
{
    uint64_t sum = 0;
#define ADD(to, field, words) to += parts->field;
    RECORDER_PARTS(ADD, sum)
#undef ADD
    return sum;
}
