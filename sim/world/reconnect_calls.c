/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/reconnect_calls.h"

#include <stdlib.h>

typedef struct reconnect {
    reconnect_calls *owner;
    const scenario_event *event;
    uint32_t to;
    uint32_t number;
    uint64_t until_ns;
    bool dialled; /* what becomes of the connection is of this call, and no more of the old one */
    n3_timer *timer;
    struct reconnect *next; /* of those of one node that have no result */
} reconnect;

struct reconnect_calls {
    reconnect_calls_options options;
    reconnect **open; /* by node: without a result */
    uint32_t count;   /* that were called */
};

reconnect_calls *reconnect_calls_new(const reconnect_calls_options *options)
{
    reconnect_calls *const self = calloc(1, sizeof *self);
    reconnect **const open = calloc(options->dials->scenario->node_count + 1, sizeof *open);
    if (!self || !open) {
        free(self);
        free(open);
        return NULL;
    }
    *self = (reconnect_calls){.options = *options, .open = open};
    return self;
}

static void release(reconnect *call)
{
    n3_timer_free(call->timer);
    free(call);
}

void reconnect_calls_free(reconnect_calls *self)
{
    if (!self)
        return;
    for (uint32_t node = 0; node < self->options.dials->scenario->node_count; node++) {
        for (reconnect *at = self->open[node], *next; at; at = next) {
            next = at->next;
            release(at);
        }
    }
    free(self->open);
    free(self);
}

/* ---- one call ---- */

static endpoint *endpoint_of(const reconnect *call)
{
    return call->owner->options.dials->endpoints[call->event->node];
}

static void tell(const reconnect *call, observer_reconnect_kind kind, int result, uint64_t now_ns)
{
    const observer_reconnect told = {
        .kind = kind, .number = call->number, .event = call->event, .to = call->to, .result = result};
    observer_set_reconnect(call->owner->options.observers, &told, now_ns);
}

static void unlink_call(const reconnect *call)
{
    reconnect **at = &call->owner->open[call->event->node];
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
}

/* The call is freed. */
static void finish(reconnect *call, int result, uint64_t now_ns)
{
    unlink_call(call);
    tell(call, OBSERVER_RECONNECT_DONE, result, now_ns);
    release(call);
}

static dial_request request_of(const scenario_event *event, uint32_t to)
{
    return (dial_request){
        .dialer = event->node, .acceptor = to, .via = event->via, .network = event->network};
}

/* 0 or a run_error_code. */
static int dial(reconnect *call, uint64_t now_ns)
{
    const dials *const with = call->owner->options.dials;
    const dial_request request = request_of(call->event, call->to);
    call->dialled = true;
    n3_timer_set(call->timer, call->until_ns);
    tell(call, OBSERVER_RECONNECT_DIALS, 0, now_ns);
    const int status = dials_dial(with, &request, now_ns);
    if (status > 0)
        finish(call, ROAM_ERR_ADAPTER, now_ns);
    return status < 0 ? status : RUN_ERROR_NONE;
}

static void on_timer(void *user, uint64_t now_ns)
{
    reconnect *const call = user;
    endpoint *const from = endpoint_of(call);
    const uint32_t to = call->to;
    if (now_ns < call->until_ns) {
        (void)dial(call, now_ns); /* the run_error has it */
        return;
    }
    finish(call, ROAM_ERR_TIMEOUT, now_ns);
    endpoint_hang_up(from, to, now_ns);
}

void reconnect_calls_event(const reconnect_calls *self, uint32_t node, uint32_t other,
                           const roam_event *event, uint64_t now_ns)
{
    const observer_channel channel = observer_channel_of(self->options.dials->scenario, node, event);
    if (channel == OBSERVER_CHANNEL_AS_BEFORE)
        return;
    for (reconnect *call = self->open[node]; call; call = call->next) {
        if (call->to != other || !call->dialled)
            continue;
        if (channel == OBSERVER_CHANNEL_UP)
            finish(call, ROAM_OK, now_ns);
        else if (now_ns + RECONNECT_REST_NS < call->until_ns)
            n3_timer_set(call->timer, now_ns + RECONNECT_REST_NS);
        return;
    }
}

static void supersede(const reconnect_calls *self, uint32_t node, uint32_t to, uint64_t now_ns)
{
    for (reconnect *call = self->open[node]; call; call = call->next) {
        if (call->to != to)
            continue;
        finish(call, ROAM_ERR_SUPERSEDED, now_ns);
        return;
    }
}

/* NULL: out of memory. */
static reconnect *call_new(reconnect_calls *self, const scenario_event *event, uint32_t to)
{
    reconnect *const made = calloc(1, sizeof *made);
    if (!made || n3_timer_new(self->options.n3, on_timer, made, &made->timer)) {
        free(made);
        return NULL;
    }
    made->owner = self;
    made->event = event;
    made->to = to;
    made->number = self->count++;
    made->next = self->open[event->node];
    self->open[event->node] = made;
    return made;
}

static int call_one(reconnect_calls *self, const scenario_event *event, uint32_t to, uint64_t now_ns)
{
    const dials *const with = self->options.dials;
    const dial_request request = request_of(event, to);
    dial_addresses found;
    const int status = dials_find(with, &request, &found);
    if (status)
        return status;
    supersede(self, event->node, to, now_ns);
    reconnect *const made = call_new(self, event, to);
    if (!made)
        return run_error_set(with->error, RUN_ERROR_MEMORY, "reconnects: out of memory");
    made->until_ns = now_ns + scenario_event_call(event)->timeout_ns;
    tell(made, OBSERVER_RECONNECT_CALLED, 0, now_ns);
    endpoint_hang_up(with->endpoints[event->node], to, now_ns);
    return with->error->code ? with->error->code : dial(made, now_ns);
}

/* The node itself knows where it can dial: the other end listens. */
static int call_all(reconnect_calls *self, const scenario_event *event, uint64_t now_ns)
{
    const dials *const with = self->options.dials;
    endpoint *const from = with->endpoints[event->node];
    uint32_t *const others = calloc(with->scenario->node_count + 1, sizeof *others);
    size_t count = 0;
    int status = RUN_ERROR_NONE;
    if (!others)
        return run_error_set(with->error, RUN_ERROR_MEMORY, "reconnects: out of memory");
    roam_peer_id at = {0};
    for (uint32_t to = endpoint_next_up(from, &at); to != SCENARIO_NONE; to = endpoint_next_up(from, &at))
        if (with->scenario->nodes[to].listen)
            others[count++] = to;
    for (size_t i = 0; status >= 0 && i < count; i++)
        status = refusal_worse(status, call_one(self, event, others[i], now_ns));
    free(others);
    return status;
}

int reconnect_calls_call(reconnect_calls *self, const scenario_event *event, uint64_t now_ns)
{
    if (event->to != SCENARIO_NONE)
        return call_one(self, event, event->to, now_ns);
    return endpoint_is_running(self->options.dials->endpoints[event->node]) ? call_all(self, event, now_ns)
                                                                            : REFUSAL_STOPPED;
}

void reconnect_calls_drop(reconnect_calls *self, uint32_t node, uint64_t now_ns)
{
    for (reconnect *at = self->open[node], *next; at; at = next) {
        next = at->next;
        tell(at, OBSERVER_RECONNECT_DROPPED, 0, now_ns);
        release(at);
    }
    self->open[node] = NULL;
}
