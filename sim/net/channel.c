/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/channel.h"

#include "sim/net/delay_queue.h"
#include "sim/wire/ip.h"

#include <stdlib.h>

#define PPB 1000000000u

enum { ECN_NOT_ECT = 0, ECN_CE = 3 }; /* RFC 3168 section 5 */

struct channel {
    channel_options options;
    scenario_link link;
    bool is_bad;
    n3_random *burst;
    n3_random *jitter;
    n3_random *mark;
    delay_queue held;
    n3_timer *timer;
    channel_counts counts;
};

bool channel_is_needed(const scenario_link *link)
{
    return scenario_burst_is_set(&link->burst) || (link->reordering && link->jitter_ns > 0) ||
           link->ecn_mark_ppb > 0 || link->ecn_bleach;
}

static void on_timer(void *user, uint64_t now_ns)
{
    channel *const self = user;
    while (delay_queue_next(&self->held) <= now_ns)
        self->options.come_out(self->options.ctx, delay_queue_take(&self->held).frame, now_ns);
    n3_timer_set(self->timer, delay_queue_next(&self->held));
}

channel *channel_new(const channel_options *options)
{
    channel *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->options = *options;
    if (n3_random_new(options->n3, options->burst_stream, &self->burst) ||
        n3_random_new(options->n3, options->jitter_stream, &self->jitter) ||
        n3_random_new(options->n3, options->mark_stream, &self->mark) ||
        n3_timer_new(options->n3, on_timer, self, &self->timer)) {
        channel_free(self);
        return NULL;
    }
    return self;
}

void channel_free(channel *self)
{
    if (!self)
        return;
    n3_random_free(self->burst);
    n3_random_free(self->jitter);
    n3_random_free(self->mark);
    n3_timer_free(self->timer);
    delay_queue_fini(&self->held, self->options.n3);
    free(self);
}

void channel_set(channel *self, const scenario_link *link)
{
    self->link = *link;
}

static bool happens(n3_random *random, uint32_t ppb)
{
    return ppb > 0 && n3_random_below(random, PPB) < ppb;
}

static bool loses(channel *self)
{
    const scenario_burst *const burst = &self->link.burst;
    if (!scenario_burst_is_set(burst)) {
        self->is_bad = false;
        return false;
    }
    if (happens(self->burst, self->is_bad ? burst->leave_ppb : burst->enter_ppb))
        self->is_bad = !self->is_bad;
    return happens(self->burst, self->is_bad ? burst->loss_ppb : burst->otherwise_ppb);
}

static void touch_ecn(channel *self, n3_frame *frame)
{
    const uint8_t before = ip_ecn(frame->bytes, frame->length);
    uint8_t after = before;
    if (before != ECN_NOT_ECT && before != ECN_CE && happens(self->mark, self->link.ecn_mark_ppb))
        after = ECN_CE;
    if (self->link.ecn_bleach)
        after = ECN_NOT_ECT;
    if (after == before || ip_set_ecn(frame->bytes, frame->length, after) != IP_OK)
        return;
    self->counts.marked += after == ECN_CE;
    self->counts.bleached += after == ECN_NOT_ECT;
}

channel_fate channel_take(channel *self, n3_frame *frame, uint64_t now_ns)
{
    if (loses(self)) {
        self->counts.lost++;
        return CHANNEL_LOSES;
    }
    touch_ecn(self, frame);
    if (!self->link.reordering || self->link.jitter_ns == 0)
        return CHANNEL_PASSES;
    const uint64_t at_ns = now_ns + n3_random_below(self->jitter, self->link.jitter_ns + 1);
    if (delay_queue_put(&self->held, at_ns, frame, NULL)) {
        if (self->options.error)
            (void)run_error_set(self->options.error, RUN_ERROR_MEMORY, "out of memory");
        return CHANNEL_PASSES;
    }
    n3_timer_set(self->timer, delay_queue_next(&self->held));
    return CHANNEL_HOLDS;
}

channel_counts channel_count(const channel *self)
{
    return self->counts;
}
