/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/redials.h"

#include <stdlib.h>

/* A connection that a node with `redial` has dialled. */
typedef struct redial {
    redials *owner;
    dial_request request;
    uint32_t attempt; /* since there was a connection, or since it was dialled by the scenario */
    n3_timer *timer;
    struct redial *next; /* of those of one node */
} redial;

struct redials {
    redials_options options;
    redial **of; /* by node */
};

redials *redials_new(const redials_options *options)
{
    redials *const self = calloc(1, sizeof *self);
    redial **const of = calloc(options->dials->scenario->node_count + 1, sizeof *of);
    if (!self || !of) {
        free(self);
        free(of);
        return NULL;
    }
    *self = (redials){.options = *options, .of = of};
    return self;
}

static void free_list(redial *at)
{
    while (at) {
        redial *const next = at->next;
        n3_timer_free(at->timer);
        free(at);
        at = next;
    }
}

void redials_free(redials *self)
{
    if (!self)
        return;
    for (uint32_t node = 0; node < self->options.dials->scenario->node_count; node++)
        free_list(self->of[node]);
    free(self->of);
    free(self);
}

static const scenario_redial *asked(const redial *self)
{
    return &self->owner->options.dials->scenario->nodes[self->request.dialer].redial;
}

/* How long the next attempt waits: `after`, times `backoff` for each attempt before it, at most `max`. */
static uint64_t wait_ns(const redial *self)
{
    const scenario_redial *const how = asked(self);
    uint64_t wait = how->after_ns;
    for (uint32_t i = 0; i < self->attempt && wait < how->max_ns && how->backoff > 1; i++)
        wait *= how->backoff; /* a day in ns times BACKOFF_MAX: 63 bits */
    return wait < how->max_ns ? wait : how->max_ns;
}

static void wait(redial *self, uint64_t now_ns)
{
    const uint64_t at_ns = now_ns + wait_ns(self);
    const bool more = asked(self)->attempts == 0 || self->attempt < asked(self)->attempts;
    const bool in_time = at_ns < self->owner->options.dials->scenario->duration_ns;
    n3_timer_set(self->timer, more && in_time ? at_ns : N3_NEVER);
}

static void on_timer(void *user, uint64_t now_ns)
{
    redial *const self = user;
    const dials *const with = self->owner->options.dials;
    const scenario_node *const node = &with->scenario->nodes[self->request.dialer];
    const observer_redial told = {
        .node = self->request.dialer, .to = self->request.acceptor, .attempt = ++self->attempt};
    observer_set_redial(with->observers, &told, now_ns);
    const int status = dials_dial(with, &self->request, now_ns);
    if (status <= 0 || status == REFUSAL_EXISTS)
        return; /* the run_error has it, or what comes of a connection says how to go on */
    const observer_refused refused = {.why = (refusal)status,
                                      .verb = SCENARIO_DIAL,
                                      .place = node->place,
                                      .node = self->request.dialer,
                                      .to = self->request.acceptor};
    observer_set_refused(with->observers, &refused, now_ns);
    wait(self, now_ns);
}

static redial *find(const redials *self, uint32_t node, uint32_t other)
{
    redial *at = self->of[node];
    while (at && at->request.acceptor != other)
        at = at->next;
    return at;
}

/* NULL: out of memory. */
static redial *add(redials *self, uint32_t node)
{
    redial *const made = calloc(1, sizeof *made);
    if (!made || n3_timer_new(self->options.n3, on_timer, made, &made->timer)) {
        free(made);
        return NULL;
    }
    made->owner = self;
    made->next = self->of[node];
    self->of[node] = made;
    return made;
}

void redials_dialled(redials *self, const dial_request *request, int result, uint64_t now_ns)
{
    const dials *const with = self->options.dials;
    if (!with->scenario->nodes[request->dialer].redial.on || result < 0 || result == REFUSAL_EXISTS)
        return;
    redial *at = find(self, request->dialer, request->acceptor);
    at = at ? at : add(self, request->dialer);
    if (!at) {
        (void)run_error_set(with->error, RUN_ERROR_MEMORY, "redials: out of memory");
        return;
    }
    at->request = *request;
    at->attempt = 0;
    n3_timer_set(at->timer, N3_NEVER);
    if (result > 0 && result != REFUSAL_STOPPED)
        wait(at, now_ns);
}

void redials_event(redials *self, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    redial *const at = other == SCENARIO_NONE ? NULL : find(self, node, other);
    if (!at)
        return;
    switch (observer_channel_of(self->options.dials->scenario, node, event)) {
    case OBSERVER_CHANNEL_UP:
        at->attempt = 0;
        n3_timer_set(at->timer, N3_NEVER);
        break;
    case OBSERVER_CHANNEL_DOWN:
        wait(at, now_ns);
        break;
    case OBSERVER_CHANNEL_AS_BEFORE:
        break;
    }
}

void redials_drop(redials *self, uint32_t node)
{
    free_list(self->of[node]);
    self->of[node] = NULL;
}
