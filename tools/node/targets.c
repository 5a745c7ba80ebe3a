/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/targets.h"

#include "core/live/dialer.h"
#include "tools/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SECOND_NS UINT64_C(1000000000)

enum { LOOK_MS = 100, PAUSE_MAX_S = 8, SAID_MAX = 512 };

typedef struct target {
    const node_target *options;
    live_dialer *dialer;
    bool rejected;       /* for good */
    uint64_t pause_ns;   /* after the next failure */
    uint64_t redial_ns;  /* not before */
    char said[SAID_MAX]; /* why it could not be dialled: once is enough */
} target;

struct node_targets {
    live_node *live;
    uv_timer_t redial;
    target *all;
    size_t count;
};

static void on_failed(void *ctx, const char *endpoint, const char *why)
{
    target *const self = ctx;
    char text[SAID_MAX];
    (void)snprintf(text, sizeof text, "dial %s at %s: %s", self->options->name, endpoint, why);
    if (strcmp(text, self->said) != 0)
        (void)fprintf(stderr, "roam node: %s\n", text);
    memcpy(self->said, text, sizeof text);
}

static void pause_dialling(target *self, uint64_t now_ns)
{
    self->redial_ns = now_ns + self->pause_ns;
    if (self->pause_ns < PAUSE_MAX_S * SECOND_NS)
        self->pause_ns *= 2;
}

static void on_redial(uv_timer_t *timer)
{
    node_targets *const self = timer->data;
    const uint64_t now_ns = live_now_ns();
    for (size_t i = 0; i < self->count; i++) {
        target *const t = &self->all[i];
        if (t->rejected || live_dialer_is_busy(t->dialer) || now_ns < t->redial_ns)
            continue;
        live_dialer_start(t->dialer);
        if (!live_dialer_is_busy(t->dialer))
            pause_dialling(t, now_ns);
    }
}

static int add(node_targets *self, const node_options *options)
{
    target *const t = &self->all[self->count];
    live_dialer_options dialer;
    t->options = &options->targets[self->count];
    t->pause_ns = SECOND_NS;
    live_dialer_options_default(&dialer);
    dialer.name = t->options->name;
    dialer.endpoints = t->options->endpoints;
    dialer.endpoint_count = t->options->endpoint_count;
    dialer.attempt_delay_ns = options->attempt_delay_ns;
    dialer.failed = on_failed;
    dialer.ctx = t;
    if (live_dialer_new(self->live, &dialer, &t->dialer))
        return COMMAND_BROKEN;
    self->count++;
    return COMMAND_OK;
}

int node_targets_new(live_node *live, const node_options *options, node_targets **out)
{
    node_targets *const self = calloc(1, sizeof *self);
    int status = COMMAND_BROKEN;
    if (!self)
        return status;
    self->live = live;
    *out = self;
    (void)uv_timer_init(live_node_loop(live), &self->redial);
    self->redial.data = self;
    self->all = calloc(options->target_count + 1, sizeof *self->all);
    if (self->all)
        status = COMMAND_OK;
    while (status == COMMAND_OK && self->count < options->target_count)
        status = add(self, options);
    (void)uv_timer_start(&self->redial, on_redial, 0, LOOK_MS);
    return status;
}

void node_targets_close(node_targets *targets)
{
    if (targets)
        uv_close((uv_handle_t *)&targets->redial, NULL);
}

void node_targets_free(node_targets *targets)
{
    if (!targets)
        return;
    free(targets->all);
    free(targets);
}

/* NULL: it is none of them. */
static target *find(node_targets *targets, roam_peer_id peer)
{
    const char *const name = roam_peer_name(live_node_core(targets->live), peer);
    for (size_t i = 0; i < targets->count; i++)
        if (strcmp(targets->all[i].options->name, name) == 0)
            return &targets->all[i];
    return NULL;
}

void node_targets_up(node_targets *targets, roam_peer_id peer)
{
    target *const t = find(targets, peer);
    if (t)
        t->pause_ns = SECOND_NS;
}

void node_targets_down(node_targets *targets, const roam_event *event, uint64_t now_ns)
{
    target *const t = find(targets, event->peer);
    if (!t)
        return;
    pause_dialling(t, now_ns);
    t->rejected = event->down.reason == ROAM_DOWN_REJECTED && event->down.application &&
                  event->down.code != ROAM_CLOSE_DUPLICATE && event->down.code != ROAM_CLOSE_TICK;
}

void node_targets_unreachable(node_targets *targets, const roam_addr *remote)
{
    for (size_t i = 0; i < targets->count; i++)
        live_dialer_unreachable(targets->all[i].dialer, remote);
}

bool node_targets_are_rejected(const node_targets *targets)
{
    bool rejected = targets->count > 0;
    for (size_t i = 0; i < targets->count; i++)
        rejected = rejected && targets->all[i].rejected;
    return rejected;
}
