/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/timeline.h"

#include "sim/net/internet.h"
#include "sim/world/dials.h"
#include "sim/world/forger.h"
#include "sim/world/link_schedule.h"
#include "sim/world/migrate_calls.h"
#include "sim/world/reconnect_calls.h"
#include "sim/world/redials.h"
#include "sim/world/timeline_guard.h"
#include "sim/world/timeline_links.h"
#include "sim/world/timeline_nats.h"
#include "sim/world/timeline_pauses.h"
#include "sim/world/world.h"

#include <assert.h>
#include <stdlib.h>

struct timeline {
    timeline_options options;
    n3_timer *timer;
    size_t next; /* of the scenario's steps */
    dials dials;
    migrate_calls *migrations;
    reconnect_calls *reconnects;
    redials *redials;
    link_schedules *link_schedules;
    timeline_nats *nats;
    /* By event: it does not come. NULL where no entry has `after`: then all is as the loader has followed it.
     */
    bool *cancelled;
};

static const char *name_of(const timeline *self, uint32_t node)
{
    return self->options.scenario->nodes[node].name;
}

/* The node and the network that an event is about, where it has one. */
static endpoint *node_of(const timeline *self, const scenario_event *event)
{
    return self->options.endpoints[event->node];
}

static network *network_of(const timeline *self, const scenario_event *event)
{
    return &self->options.networks[event->network];
}

/* Records a refusal, and leaves 0 or a run_error_code. */
static int settle(const timeline *self, const observer_refused *entry, int result, uint64_t now_ns)
{
    if (result <= 0)
        return result;
    observer_refused refused = *entry;
    refused.why = (refusal)result;
    observer_set_refused(self->options.observers, &refused, now_ns);
    return RUN_ERROR_NONE;
}

/* Of an event; node: the one that it is about now. */
static int settle_event(const timeline *self, const scenario_event *event, uint32_t node, int result,
                        uint64_t now_ns)
{
    const observer_refused entry = {
        .verb = event->verb, .place = event->place, .node = node, .to = event->to};
    return settle(self, &entry, result, now_ns);
}

static int dial(const timeline *self, const dial_request *request, uint64_t now_ns)
{
    const int result = dials_dial(&self->dials, request, now_ns);
    redials_dialled(self->redials, request, result, now_ns);
    return result;
}

/* As the scenario's peers say. */
static int dial_peer(timeline *self, const scenario_peer *peer, uint64_t now_ns)
{
    const observer_refused entry = {
        .verb = SCENARIO_DIAL, .place = peer->place, .node = peer->dialer, .to = peer->acceptor};
    const dial_request request = {
        .dialer = peer->dialer, .acceptor = peer->acceptor, .via = peer->via, .network = SCENARIO_NONE};
    return settle(self, &entry, dial(self, &request, now_ns), now_ns);
}

static int migrate(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return migrate_calls_call(self->migrations, event, now_ns);
}

static int watchdog(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return migrate_calls_watch(self->migrations, event, now_ns);
}

/* ---- starts, dials and relays ---- */

/* A node that was a member, and is made anew. */
static int join_again(const timeline *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *const node = node_of(self, event);
    if (!endpoint_is_running(node))
        return RUN_ERROR_NONE;
    const int status = member_join(endpoint_member(node), SCENARIO_NONE, NULL, now_ns);
    if (status)
        return run_error_set(self->options.error, RUN_ERROR_CORE, "%s: roam_join: %s",
                             name_of(self, event->node), roam_strerror(status));
    endpoint_step(node, now_ns);
    return RUN_ERROR_NONE;
}

/* The endpoint is gone, and the results of its calls. */
static void stop(timeline *self, uint32_t node, bool leave, uint64_t now_ns)
{
    endpoint_stop(self->options.endpoints[node], leave, now_ns);
    migrate_calls_drop(self->migrations, node, now_ns);
    reconnect_calls_drop(self->reconnects, node, now_ns);
    redials_drop(self->redials, node);
}

static int restart(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    stop(self, event->node, scenario_event_restart(event)->leave, now_ns);
    return self->options.error->code;
}

static int start(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    const scenario *const whole = self->options.scenario;
    const scenario_restart *const how = scenario_event_restart(event);
    endpoint *const node = node_of(self, event);
    int status = settle_event(self, event, event->node, endpoint_start(node, how->active_migration), now_ns);
    for (size_t i = 0; !status && how->redial && i < whole->peer_count; i++)
        if (whole->peers[i].dialer == event->node && whole->peers[i].at_ns <= now_ns)
            status = dial_peer(self, &whole->peers[i], now_ns);
    return status || !how->redial ? status : join_again(self, event, now_ns);
}

static int stage(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)now_ns;
    endpoint *const node = node_of(self, event);
    roam_addr local = {.family = ROAM_FAMILY_NONE};
    roam_addr remote;
    roam_addr relay;
    if (!endpoint_is_running(node))
        return REFUSAL_STOPPED;
    if (event->network != SCENARIO_NONE)
        (void)host_address(endpoint_host(node), network_of(self, event), &local);
    int status = endpoint_remote(node, event->to, &remote);
    const roam_family family = local.family == ROAM_FAMILY_NONE ? remote.family : local.family;
    if (!status && !dials_relay_address(&self->dials, event->via, family, &relay))
        return REFUSAL_NO_RELAY;
    if (!status)
        status = endpoint_stage(node, event->to, &local, &relay);
    return refusal_or_error(self->options.error, name_of(self, event->node), "roam_stage_adapter", status);
}

static int dial_again(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return dial(self, &(dial_request){event->node, event->to, event->via, SCENARIO_NONE}, now_ns);
}

static int reconnect(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return reconnect_calls_call(self->reconnects, event, now_ns);
}

/* ---- events ---- */

/* One host's link, or a change for all: of links to come, and of every link there is. */
static int apply_link(void *ctx, uint32_t node, uint32_t network_index, scenario_direction direction,
                      uint32_t changes, const scenario_link *link)
{
    timeline *const self = ctx;
    network *const on = &self->options.networks[network_index];
    if (node != SCENARIO_NONE)
        return host_set_link(endpoint_host(self->options.endpoints[node]), on, direction, changes, link);
    if (direction != SCENARIO_DOWN)
        scenario_link_change(&on->up, changes, link);
    if (direction != SCENARIO_UP)
        scenario_link_change(&on->down, changes, link);
    if (network_follow(on))
        return run_error_set(self->options.error, RUN_ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < self->options.scenario->node_count; i++) {
        const int status =
            host_follow_network(endpoint_host(self->options.endpoints[i]), on, direction, changes, link);
        if (status)
            return status;
    }
    return RUN_ERROR_NONE;
}

static int set(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    const network *const on = network_of(self, event);
    const scenario_set *const what = scenario_event_set(event);
    scenario_link up = on->up;
    scenario_link down = on->down;
    if (what->over_ns == 0) {
        link_schedules_interrupt(self->link_schedules, event);
        return apply_link(self, event->node, event->network, event->direction, what->changes, &what->link);
    }
    if (event->node != SCENARIO_NONE)
        host_get_link(endpoint_host(node_of(self, event)), on, &up, &down);
    return link_schedules_ramp(self->link_schedules, event, &up, &down, now_ns);
}

static int trace(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return link_schedules_trace(self->link_schedules, event, now_ns);
}

/* Of hosts' links, but for what their queues and rates are. */
static int links(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return timeline_links_event(&self->options, event, now_ns);
}

/* An attacker that has a node's keys has silenced it. */
static int attack(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    const scenario_attack *const what = scenario_event_attack(event);
    const uint32_t from = what->from;
    if (what->kind == SCENARIO_CHALLENGE_FLOOD && endpoint_is_running(self->options.endpoints[from]))
        stop(self, from, false, now_ns);
    return attackers_begin(self->options.attackers, event, now_ns);
}

static int forge(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    const forger_options forger = {.scenario = self->options.scenario, .endpoints = self->options.endpoints};
    return forger_send(&forger, event, now_ns);
}

static int stand_down(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)now_ns;
    attackers_end(self->options.attackers, event);
    return RUN_ERROR_NONE;
}

/* Another address in the place of the one that the node has there, at once, or beside it for an overlap. */
static int give_address(endpoint *node, network *on, const scenario_event *event, uint64_t now_ns)
{
    const uint64_t overlap_ns = scenario_event_renumber(event)->overlap_ns;
    if (overlap_ns > 0)
        return endpoint_replace_address(node, on, now_ns + overlap_ns, now_ns);
    const int status = endpoint_detach(node, on, now_ns);
    return status ? status : endpoint_attach(node, on, now_ns);
}

/* All hosts of the network get addresses of another prefix, in the order of the nodes; those that they had
 * are gone, as after a router advertisement that ends the lifetime of the old prefix (RFC 4862), or, with an
 * overlap, deprecated until that is over (RFC 4192). */
static int renumber(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    network *const on = network_of(self, event);
    int status = RUN_ERROR_NONE;
    network_renumber(on, &scenario_event_renumber(event)->prefix);
    for (size_t i = 0; !status && i < self->options.scenario->node_count; i++) {
        endpoint *const node = self->options.endpoints[i];
        if (!host_is_on(endpoint_host(node), on))
            continue;
        status = give_address(node, on, event, now_ns);
        status = settle_event(self, event, (uint32_t)i, status, now_ns);
    }
    return status;
}

/* What an overlap has deprecated is gone, at one host of the network or at all. */
static int withdraw(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    const network *const on = network_of(self, event);
    if (event->node != SCENARIO_NONE)
        host_withdraw_deprecated(endpoint_host(node_of(self, event)), on, now_ns);
    for (size_t i = 0; event->node == SCENARIO_NONE && i < self->options.scenario->node_count; i++)
        host_withdraw_deprecated(endpoint_host(self->options.endpoints[i]), on, now_ns);
    return RUN_ERROR_NONE;
}

static int temporary(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return give_address(node_of(self, event), network_of(self, event), event, now_ns);
}

/* A node enters the overlay through another, wherever that can be reached now. */
static int join(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *const node = node_of(self, event);
    const dial_request through = {event->node, event->to, SCENARIO_NONE, SCENARIO_NONE};
    dial_addresses found;
    int status = dials_find(&self->dials, &through, &found);
    if (status)
        return status;
    status = member_join(endpoint_member(node), event->to, &found.remote, now_ns);
    if (status)
        return refusal_or_error(self->options.error, name_of(self, event->node), "roam_join", status);
    endpoint_step(node, now_ns);
    return RUN_ERROR_NONE;
}

static int leave(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *const node = node_of(self, event);
    if (!endpoint_is_running(node))
        return REFUSAL_STOPPED;
    member_leave(endpoint_member(node), now_ns);
    endpoint_step(node, now_ns);
    return RUN_ERROR_NONE;
}

/* Of any network: it names networks, there are some. */
static int partition(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)now_ns;
    return internet_part(self->options.networks[0].realm, scenario_event_partition(event))
               ? run_error_set(self->options.error, RUN_ERROR_MEMORY, "partition: out of memory")
               : RUN_ERROR_NONE;
}

static int rejoin(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)now_ns;
    internet_rejoin(self->options.networks[0].realm, scenario_event_partition(event));
    return RUN_ERROR_NONE;
}

static int change_balancer(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)now_ns;
    const scenario *const whole = self->options.scenario;
    const scenario_balancer *const of = whole->nodes[event->to].balancer;
    balancer *const changed = self->options.balancers[of - whole->balancers];
    const uint32_t server = scenario_server_of(of, event->node);
    if (event->verb == SCENARIO_DRAIN)
        balancer_drain(changed, server);
    else if (event->verb == SCENARIO_REMOVE)
        balancer_remove(changed, server);
    else if (event->verb == SCENARIO_RESTORE)
        balancer_restore(changed, server);
    else
        balancer_reroute(changed, server, event->network);
    return RUN_ERROR_NONE;
}

static int pauses(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    return timeline_pauses_event(&self->options, event, now_ns);
}

/* It is there to be recorded. */
static int nothing(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)self, (void)event, (void)now_ns;
    return RUN_ERROR_NONE;
}

/* By verb; those of NATs alone have no row. Returns 0, a run_error_code or a refusal. */
static int (*const CARRY_OUT[])(timeline *self, const scenario_event *event, uint64_t now_ns) = {
    [SCENARIO_ATTACH] = links,
    [SCENARIO_DETACH] = links,
    [SCENARIO_SET] = set,
    [SCENARIO_TRACE] = trace,
    [SCENARIO_LINK_DOWN] = links,
    [SCENARIO_LINK_UP] = links,
    [SCENARIO_DROP] = links,
    [SCENARIO_DUPLICATE] = links,
    [SCENARIO_REORDER] = links,
    [SCENARIO_CORRUPT] = links,
    [SCENARIO_HEAL] = links,
    [SCENARIO_MTU] = links,
    [SCENARIO_MIGRATE] = migrate,
    [SCENARIO_WATCHDOG] = watchdog,
    [SCENARIO_RESTART] = restart,
    [SCENARIO_START] = start,
    [SCENARIO_RENUMBER] = renumber,
    [SCENARIO_TEMPORARY] = temporary,
    [SCENARIO_WITHDRAW] = withdraw,
    [SCENARIO_DIAL] = dial_again,
    [SCENARIO_RECONNECT] = reconnect,
    [SCENARIO_STAGE] = stage,
    [SCENARIO_BLACKHOLE] = links,
    [SCENARIO_WALK] = links,
    [SCENARIO_REFUSE] = links,
    [SCENARIO_PERMIT] = links,
    [SCENARIO_ATTACK] = attack,
    [SCENARIO_FORGE] = forge,
    [SCENARIO_STAND_DOWN] = stand_down,
    [SCENARIO_JOIN] = join,
    [SCENARIO_LEAVE] = leave,
    [SCENARIO_PARTITION] = partition,
    [SCENARIO_REJOIN] = rejoin,
    [SCENARIO_DRAIN] = change_balancer,
    [SCENARIO_REMOVE] = change_balancer,
    [SCENARIO_RESTORE] = change_balancer,
    [SCENARIO_REROUTE] = change_balancer,
    [SCENARIO_SUSPEND] = pauses,
    [SCENARIO_WAKE] = pauses,
    [SCENARIO_HOLD] = pauses,
    [SCENARIO_SAY] = nothing,
};

static int carry_out(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    if (event->nat != SCENARIO_NONE)
        return timeline_nats_event(self->nats, event, now_ns);
    assert((size_t)event->verb < sizeof CARRY_OUT / sizeof *CARRY_OUT && CARRY_OUT[event->verb]);
    return CARRY_OUT[event->verb](self, event, now_ns);
}

/* ---- time ---- */

static const scenario_step *next_step(const timeline *self)
{
    const scenario *const whole = self->options.scenario;
    return self->next < whole->step_count ? &whole->steps[self->next] : NULL;
}

/* The end of what `for:` gave the event is not to come. */
static void cancel_end(const timeline *self, const scenario_event *event)
{
    const scenario *const whole = self->options.scenario;
    for (size_t i = (size_t)(event - whole->events) + 1; i < whole->event_count; i++) {
        const scenario_event *const later = &whole->events[i];
        if (later->entry != event->entry || later->repetition != event->repetition)
            continue;
        self->cancelled[i] = true;
        return;
    }
}

static int take_event(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    if (self->cancelled && self->cancelled[event - self->options.scenario->events])
        return RUN_ERROR_NONE;
    observer_set_timeline(self->options.observers, event, now_ns);
    int result = timeline_pauses_refuse(&self->options, event);
    if (!result && self->cancelled)
        result = timeline_guard_event(&self->options, event);
    if (!result)
        result = carry_out(self, event, now_ns);
    if (result > 0 && self->cancelled && event->until_ns != SCENARIO_NEVER)
        cancel_end(self, event);
    return settle_event(self, event, event->node, result, now_ns);
}

static int take_step(timeline *self, const scenario_step *step, uint64_t now_ns)
{
    return step->dial ? dial_peer(self, step->dial, now_ns) : take_event(self, step->event, now_ns);
}

void timeline_take(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    (void)take_event(self, event, now_ns); /* the run_error has it */
}

static void on_timer(void *user, uint64_t now_ns)
{
    timeline *const self = user;
    const scenario_step *step;
    while (!self->options.error->code && (step = next_step(self)) && step->at_ns <= now_ns) {
        self->next++;
        if (take_step(self, step, now_ns))
            return; /* the run_error has it */
    }
    step = next_step(self);
    n3_timer_set(self->timer, step ? step->at_ns : N3_NEVER);
}

/* The timer keeps the place among events of one time that it has since the latest step. */
void timeline_follow(timeline *self)
{
    const scenario_step *const step = next_step(self);
    const uint64_t at_ns = step ? step->at_ns : N3_NEVER;
    if (at_ns != n3_timer_at_ns(self->timer))
        n3_timer_move(self->timer, at_ns);
}

static int out_of_memory(const timeline *self)
{
    return run_error_set(self->options.error, RUN_ERROR_MEMORY, "timeline: out of memory");
}

static int prepare(timeline *self)
{
    const scenario *const whole = self->options.scenario;
    const migrate_calls_options options = {.scenario = whole,
                                           .networks = self->options.networks,
                                           .endpoints = self->options.endpoints,
                                           .observers = self->options.observers,
                                           .error = self->options.error};
    const link_schedules_options gradual = {
        .n3 = self->options.n3, .error = self->options.error, .apply = apply_link, .ctx = self};
    const reconnect_calls_options reconnects = {
        .n3 = self->options.n3, .dials = &self->dials, .observers = self->options.observers};
    const redials_options again = {.n3 = self->options.n3, .dials = &self->dials};
    self->dials = (dials){.scenario = whole,
                          .networks = self->options.networks,
                          .endpoints = self->options.endpoints,
                          .observers = self->options.observers,
                          .error = self->options.error};
    self->migrations = migrate_calls_new(&options);
    self->reconnects = reconnect_calls_new(&reconnects);
    self->redials = redials_new(&again);
    self->link_schedules = link_schedules_new(&gradual);
    self->nats = timeline_nats_new(&self->options);
    self->cancelled = whole->after_count > 0 ? calloc(whole->event_count, sizeof *self->cancelled) : NULL;
    if (whole->after_count > 0 && !self->cancelled)
        return out_of_memory(self);
    if (!self->migrations || !self->reconnects || !self->redials || !self->link_schedules || !self->nats ||
        n3_timer_new(self->options.n3, on_timer, self, &self->timer))
        return out_of_memory(self);
    n3_timer_set(self->timer, 0);
    return RUN_ERROR_NONE;
}

int timeline_new(const timeline_options *options, timeline **out)
{
    timeline *const self = calloc(1, sizeof *self);
    if (!self)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "timeline: out of memory");
    self->options = *options;
    const int status = prepare(self);
    if (status)
        timeline_free(self);
    else
        *out = self;
    return status;
}

void timeline_core_event(const timeline *self, uint32_t node, uint32_t other, const roam_event *event,
                         uint64_t now_ns)
{
    reconnect_calls_event(self->reconnects, node, other, event, now_ns);
    redials_event(self->redials, node, other, event, now_ns);
}

void timeline_free(timeline *self)
{
    if (!self)
        return;
    n3_timer_free(self->timer);
    migrate_calls_free(self->migrations);
    reconnect_calls_free(self->reconnects);
    redials_free(self->redials);
    link_schedules_free(self->link_schedules);
    timeline_nats_free(self->nats);
    free(self->cancelled);
    free(self);
}
