/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/timeline_nats.h"

#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

/* An event on its way through the subscribers. */
typedef struct sweep {
    timeline_nats *owner;
    const scenario_event *event;
    uint64_t start_ns;
    roam_addr *subscribers;
    size_t count;
    size_t room;
    size_t done;
    bool *is_added;  /* while they are found: NATs whose addresses are among them; NULL: none */
    n3_timer *timer; /* NULL: all at once */
    struct sweep *next;
} sweep;

struct timeline_nats {
    const timeline_options *options;
    sweep *sweeps; /* those over a time, under way or done */
};

static int out_of_memory(const timeline_nats *self)
{
    return run_error_set(self->options->error, RUN_ERROR_MEMORY, "timeline: out of memory");
}

timeline_nats *timeline_nats_new(const timeline_options *options)
{
    timeline_nats *const self = calloc(1, sizeof *self);
    if (self)
        self->options = options;
    return self;
}

static void sweep_free(sweep *self)
{
    n3_timer_free(self->timer);
    free(self->subscribers);
    free(self);
}

void timeline_nats_free(timeline_nats *self)
{
    if (!self)
        return;
    for (sweep *at = self->sweeps, *next; at; at = next) {
        next = at->next;
        sweep_free(at);
    }
    free(self);
}

static nat_router *nat_of(const timeline_nats *self, const scenario_event *event)
{
    return self->options->nats[event->nat];
}

/* What a node behind no NAT has: its addresses on all networks that it is on. */
static int expire_towards(const timeline_nats *self, const scenario_event *event, const roam_addr *subscriber,
                          uint64_t now_ns)
{
    const timeline_options *const options = self->options;
    const host *const node = endpoint_host(options->endpoints[event->to]);
    roam_addr *const remotes = calloc(options->scenario->network_count, sizeof *remotes);
    size_t count = 0;
    if (!remotes)
        return out_of_memory(self);
    for (uint32_t i = 0; i < options->scenario->network_count; i++) {
        const network *const on = &options->networks[i];
        roam_addr addr;
        if (options->scenario->networks[i].nat == SCENARIO_NONE && host_is_on(node, on) &&
            host_address(node, on, &addr))
            remotes[count++] = addr;
    }
    nat_router_expire_towards(nat_of(self, event), subscriber, remotes, count, now_ns);
    free(remotes);
    return RUN_ERROR_NONE;
}

static int act(const timeline_nats *self, const scenario_event *event, const roam_addr *subscriber,
               uint64_t now_ns)
{
    static const nat_way WAYS[] = {
        [SCENARIO_BOTH] = NAT_BOTH_WAYS, [SCENARIO_UP] = NAT_OUT, [SCENARIO_DOWN] = NAT_IN};
    nat_router *const gate = nat_of(self, event);
    if (event->verb == SCENARIO_SHUFFLE)
        return nat_router_shuffle(gate, scenario_event_bindings(event)->change, subscriber, now_ns);
    if (event->verb == SCENARIO_STALE) {
        nat_router_make_stale(gate, WAYS[event->direction], subscriber, now_ns);
        return RUN_ERROR_NONE;
    }
    if (event->to != SCENARIO_NONE)
        return expire_towards(self, event, subscriber, now_ns);
    nat_router_expire(gate, subscriber, now_ns);
    return RUN_ERROR_NONE;
}

/* ---- the subscribers ---- */

static bool add_subscribers(sweep *self, const roam_addr *addresses, size_t count)
{
    if (self->count + count > self->room) {
        const size_t room = 2 * self->room + count;
        roam_addr *const grown = realloc(self->subscribers, room * sizeof *grown);
        if (!grown)
            return false;
        self->subscribers = grown;
        self->room = room;
    }
    memcpy(self->subscribers + self->count, addresses, count * sizeof *addresses);
    self->count += count;
    return true;
}

/* The addresses of a NAT, once for all nodes that are behind it. */
static bool add_nat(sweep *self, uint32_t index)
{
    const scenario *const whole = self->owner->options->scenario;
    const nat_options *const inner = &whole->nats[index].options;
    if (!self->is_added)
        self->is_added = calloc(whole->nat_count, sizeof *self->is_added);
    if (!self->is_added)
        return false;
    const bool again = self->is_added[index];
    self->is_added[index] = true;
    return again || add_subscribers(self, inner->pool, inner->pool_count);
}

/* The addresses by which that NAT sees a node: its own, or those of the NATs between them. A firewall between
 * them changes none. */
static bool add_node(sweep *self, uint32_t node, uint32_t index)
{
    const timeline_options *const options = self->owner->options;
    const scenario *const whole = options->scenario;
    for (uint32_t i = 0; i < whole->network_count; i++) {
        const network *const on = &options->networks[i];
        uint32_t inner = SCENARIO_NONE;
        roam_addr addr;
        if (!scenario_is_behind(whole, i, index) ||
            !host_is_on(endpoint_host(options->endpoints[node]), on) ||
            !host_address(endpoint_host(options->endpoints[node]), on, &addr))
            continue;
        for (uint32_t at = whole->networks[i].nat; at != index; at = whole->nats[at].behind)
            inner = whole->nats[at].options.transparent ? inner : at;
        if (!(inner == SCENARIO_NONE ? add_subscribers(self, &addr, 1) : add_nat(self, inner)))
            return false;
    }
    return true;
}

/* Keeps so many of them, drawn without replacement. */
static void draw(sweep *self, nat_router *gate, size_t number)
{
    if (number > self->count)
        number = self->count;
    for (size_t i = 0; i < number; i++) {
        const size_t other = i + (size_t)nat_router_draw(gate, self->count - i);
        const roam_addr drawn = self->subscribers[other];
        self->subscribers[other] = self->subscribers[i];
        self->subscribers[i] = drawn;
    }
    self->count = number;
}

static int find_subscribers(sweep *self, uint64_t now_ns)
{
    const scenario_subscribers *const of = &scenario_event_bindings(self->event)->subscribers;
    nat_router *const gate = nat_of(self->owner, self->event);
    bool good = true;
    for (size_t i = 0; good && i < of->count; i++)
        good = add_node(self, of->nodes[i], self->event->nat);
    free(self->is_added);
    self->is_added = NULL;
    if (!good)
        return out_of_memory(self->owner);
    if (of->count > 0)
        return RUN_ERROR_NONE;
    const int status = nat_router_subscribers(gate, now_ns, &self->subscribers, &self->count);
    if (status)
        return status;
    if (of->number)
        draw(self, gate, of->number);
    else if (of->share)
        draw(self, gate, (size_t)((self->count * (uint64_t)of->share + 999999999) / 1000000000));
    return RUN_ERROR_NONE;
}

/* ---- one after the other ---- */

static uint64_t due_ns(const sweep *self)
{
    return self->start_ns + scenario_event_bindings(self->event)->over_ns * self->done / self->count;
}

static void on_timer(void *user, uint64_t now_ns)
{
    sweep *const self = user;
    while (self->done < self->count && due_ns(self) <= now_ns)
        if (act(self->owner, self->event, &self->subscribers[self->done++], now_ns))
            return; /* the run_error has it */
    if (self->done < self->count) {
        n3_timer_set(self->timer, due_ns(self));
    } else {
        free(self->subscribers);
        self->subscribers = NULL;
    }
}

static int begin(timeline_nats *self, sweep *made, uint64_t now_ns)
{
    int status = find_subscribers(made, now_ns);
    if (status)
        return status;
    if (scenario_event_bindings(made->event)->over_ns == 0) {
        for (size_t i = 0; !status && i < made->count; i++)
            status = act(self, made->event, &made->subscribers[i], now_ns);
        return status;
    }
    if (n3_timer_new(self->options->n3, on_timer, made, &made->timer))
        return out_of_memory(self);
    n3_timer_set(made->timer, made->count > 0 ? now_ns : N3_NEVER);
    return RUN_ERROR_NONE;
}

static int sweep_event(timeline_nats *self, const scenario_event *event, uint64_t now_ns)
{
    sweep *const made = calloc(1, sizeof *made);
    if (!made)
        return out_of_memory(self);
    *made = (sweep){.owner = self, .event = event, .start_ns = now_ns};
    const int status = begin(self, made, now_ns);
    if (made->timer) {
        made->next = self->sweeps;
        self->sweeps = made;
    } else {
        sweep_free(made);
    }
    return status;
}

int timeline_nats_event(timeline_nats *self, const scenario_event *event, uint64_t now_ns)
{
    if (event->verb == SCENARIO_RESTART) {
        nat_router_stop(nat_of(self, event), now_ns);
        return RUN_ERROR_NONE;
    }
    if (event->verb == SCENARIO_START) {
        nat_router_start(nat_of(self, event));
        return RUN_ERROR_NONE;
    }
    const scenario_bindings *const bindings = scenario_event_bindings(event);
    const scenario_subscribers *const of = &bindings->subscribers;
    if (of->count == 0 && of->number == 0 && of->share == 0 && bindings->over_ns == 0)
        return act(self, event, NULL, now_ns);
    return sweep_event(self, event, now_ns);
}
