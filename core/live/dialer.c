/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/dialer.h"

#include "core/live/live_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define MS_NS UINT64_C(1000000)

enum { CANDIDATES_MAX = 64 };

typedef enum state {
    IDLE,
    DIALLING, /* attempts are under way, or names are being resolved */
    CONNECTED
} state;

/* One endpoint. */
typedef struct lookup {
    live_dialer *dialer;
    const live_endpoint *endpoint;
    live_resolve *resolve; /* NULL: not under way */
} lookup;

struct live_dialer {
    live_attachment attachment;
    live_node *live;
    live_dialer_options options;
    roam_subscription subscription;
    uv_timer_t timer; /* the next attempt */
    state state;
    roam_addr candidates[CANDIDATES_MAX];
    size_t candidate_count, next_candidate; /* the first that was not tried */
    size_t attempts;                        /* under way */
    lookup *lookups;                        /* one an endpoint */
    size_t lookups_open;
};

void live_dialer_options_default(live_dialer_options *options)
{
    *options = (live_dialer_options){.attempt_delay_ns = 250 * MS_NS};
}

static roam_node *core_of(const live_dialer *self)
{
    return live_node_core(self->live);
}

static void fail(const live_dialer *self, const char *endpoint, const char *why)
{
    if (self->options.failed)
        self->options.failed(self->options.ctx, endpoint, why);
}

/* ---- Attempts ---- */

static void try_next(live_dialer *self, uint64_t now_ns);

static void on_timer(uv_timer_t *timer)
{
    try_next(timer->data, live_now_ns());
}

static void set_timer(live_dialer *self)
{
    uv_update_time(live_node_loop(self->live));
    (void)uv_timer_start(&self->timer, on_timer, (self->options.attempt_delay_ns + MS_NS - 1) / MS_NS, 0);
}

/* Begins the next attempt that can be begun, and sets the timer for the one after it. now_ns: inside a
 * callback that of the callback, so that the time of the core does not run backwards. */
static void try_next(live_dialer *self, uint64_t now_ns)
{
    char text[ROAM_ADDR_STRING_MAX];
    roam_peer_id peer;
    int rv = ROAM_ERR_ADAPTER;
    (void)uv_timer_stop(&self->timer);
    while (self->next_candidate < self->candidate_count && rv) {
        const roam_addr *const remote = &self->candidates[self->next_candidate++];
        rv = roam_dial_also(core_of(self), self->options.name, remote, NULL, now_ns, &peer);
        if (rv == ROAM_ERR_EXISTS) {
            self->state = CONNECTED;
            return;
        }
        self->attempts += rv == 0;
        if (rv && self->attempts == 0 && self->next_candidate == self->candidate_count)
            fail(self, roam_addr_format(remote, text), roam_strerror(rv));
    }
    if (self->attempts == 0 && self->lookups_open == 0)
        self->state = IDLE;
    if (self->next_candidate < self->candidate_count)
        set_timer(self);
}

void live_dialer_unreachable(live_dialer *self, const roam_addr *remote)
{
    for (size_t i = 0; self->state == DIALLING && i < self->next_candidate; i++) {
        if (roam_addr_equal(&self->candidates[i], remote)) {
            try_next(self, live_now_ns());
            return;
        }
    }
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    live_dialer *const self = subscriber_data;
    if (event->peer.value != roam_peer_find(core_of(self), self->options.name).value)
        return;
    if (live_is_channel_up(self->live, event)) {
        self->state = CONNECTED;
        (void)uv_timer_stop(&self->timer);
    } else if (live_is_channel_down(self->live, event)) {
        self->attempts = 0;
        if (self->state == DIALLING && event->down.reason != ROAM_DOWN_REJECTED &&
            event->down.reason != ROAM_DOWN_LEFT) {
            try_next(self, now_ns);
        } else {
            self->state = IDLE;
            (void)uv_timer_stop(&self->timer);
        }
    }
}

/* ---- Candidates ---- */

static void add(live_dialer *self, const roam_addr *addr)
{
    for (size_t i = 0; i < self->candidate_count; i++)
        if (roam_addr_equal(&self->candidates[i], addr))
            return;
    if (self->candidate_count < CANDIDATES_MAX)
        self->candidates[self->candidate_count++] = *addr;
}

static roam_family other_family(const roam_addr *addr)
{
    return addr->family == ROAM_FAMILY_IPV4 ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_IPV4;
}

/* Families take turns among those that were not tried (RFC 8305 section 4); otherwise the order stays. */
static void interleave(live_dialer *self)
{
    roam_addr *const at = self->candidates;
    for (size_t i = self->next_candidate; i < self->candidate_count; i++) {
        size_t found = i;
        while (i > 0 && found < self->candidate_count && at[found].family != other_family(&at[i - 1]))
            found++;
        if (found == self->candidate_count)
            return; /* all that are left are of one family */
        const roam_addr next = at[found];
        memmove(&at[i + 1], &at[i], (found - i) * sizeof at[0]);
        at[i] = next;
    }
}

static void on_resolved(void *ctx, const roam_addr *found, size_t count, const char *error)
{
    lookup *const l = ctx;
    live_dialer *const self = l->dialer;
    l->resolve = NULL;
    self->lookups_open--;
    if (self->state != DIALLING)
        return;
    if (error)
        fail(self, l->endpoint->host, error);
    for (size_t i = 0; i < count; i++)
        add(self, &found[i]);
    interleave(self);
    if (self->attempts == 0)
        try_next(self, live_now_ns());
    else if (self->next_candidate < self->candidate_count && !uv_is_active((uv_handle_t *)&self->timer))
        set_timer(self);
}

void live_dialer_start(live_dialer *self)
{
    if (self->state != IDLE)
        return;
    self->state = DIALLING;
    self->candidate_count = self->next_candidate = self->attempts = 0;
    for (size_t i = 0; i < self->options.endpoint_count; i++) {
        lookup *const l = &self->lookups[i];
        if (l->endpoint->addr.family != ROAM_FAMILY_NONE)
            add(self, &l->endpoint->addr);
        else if (l->resolve)
            continue; /* since the last start */
        else if (live_resolve_new(self->live, l->endpoint, on_resolved, l, &l->resolve))
            fail(self, l->endpoint->host, "no memory to resolve it");
        else
            self->lookups_open++;
    }
    interleave(self);
    try_next(self, live_now_ns());
}

bool live_dialer_is_busy(const live_dialer *self)
{
    return self->state != IDLE;
}

/* ---- Beginning and end ---- */

static void on_closed(uv_handle_t *handle)
{
    live_dialer *const self = handle->data;
    free(self->lookups);
    free(self);
}

static void end(void *data)
{
    live_dialer *const self = data;
    roam_unsubscribe(core_of(self), self->subscription);
    for (size_t i = 0; i < self->options.endpoint_count; i++)
        live_resolve_cancel(self->lookups[i].resolve);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

int live_dialer_new(live_node *live, const live_dialer_options *options, live_dialer **out)
{
    live_dialer *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->live = live;
    self->options = *options;
    self->lookups = calloc(options->endpoint_count + 1, sizeof *self->lookups);
    if (!self->lookups || roam_subscribe(live_node_core(live), on_event, self, &self->subscription)) {
        free(self->lookups);
        free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < options->endpoint_count; i++)
        self->lookups[i] = (lookup){.dialer = self, .endpoint = &options->endpoints[i]};
    (void)uv_timer_init(live_node_loop(live), &self->timer);
    self->timer.data = self;
    self->attachment = (live_attachment){.end = end, .data = self};
    live_node_attach(live, &self->attachment);
    *out = self;
    return 0;
}
