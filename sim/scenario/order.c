/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/order.h"

#include "sim/scenario/after.h"
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <stdlib.h>
#include <string.h>

order_presence *order_presence_of(const order_check *self, uint32_t node, uint32_t network)
{
    return &self->presences[node * self->reader->scenario->network_count + network];
}

order_presence *order_presence_at(const order_check *self, const scenario_event *event)
{
    const bool known = event->node != SCENARIO_NONE && event->network != SCENARIO_NONE;
    return known ? order_presence_of(self, event->node, event->network) : NULL;
}

uint32_t order_families(const order_check *self, uint32_t node)
{
    const scenario *const whole = self->reader->scenario;
    uint32_t bits = 0;
    if (whole->nodes[node].balancer)
        return 1u << whole->nodes[node].balancer->family;
    for (uint32_t i = 0; i < whole->network_count; i++)
        bits |= order_presence_of(self, node, i)->attached ? 1u << whole->networks[i].family : 0;
    return bits;
}

/* --- reports --- */

bool order_reported(order_check *self, const scenario_event *event, uint32_t node)
{
    return scenario_fault_at(self->reader, event->place) || self->reader->all_unsure ||
           (node != SCENARIO_NONE && self->reader->unsure[node]);
}

void order_report(order_check *self, const scenario_event *event, const char *what)
{
    const scenario *const whole = self->reader->scenario;
    char time[UNITS_TEXT_MAX];
    if (order_reported(self, event, event->node))
        return;
    units_format(UNITS_DURATION, event->at_ns, time);
    if (event->network == SCENARIO_NONE) {
        scenario_fault(self->reader, event->place, "%s: '%s' is on no network at %s",
                       scenario_verb_name(event->verb), whole->nodes[event->node].name, time);
    } else {
        scenario_fault(self->reader, event->place, "%s: '%s' is %s network '%s' at %s",
                       scenario_verb_name(event->verb), whole->nodes[event->node].name, what,
                       whole->networks[event->network].name, time);
    }
}

/* --- what several verbs do --- */

void order_follow_node(order_check *self, const scenario_event *event)
{
    char time[UNITS_TEXT_MAX];
    const bool stopped = self->stopped[event->node];
    if ((!stopped && !self->suspended[event->node]) || order_reported(self, event, SCENARIO_NONE))
        return;
    units_format(UNITS_DURATION, event->at_ns, time);
    scenario_fault(self->reader, event->place, "%s: '%s' is %s at %s", scenario_verb_name(event->verb),
                   self->reader->scenario->nodes[event->node].name,
                   !stopped                   ? "suspended"
                   : self->taken[event->node] ? "stopped by an attack"
                                              : "stopped by a restart",
                   time);
}

void order_follow_call(order_check *self, const scenario_event *event)
{
    const order_presence *const there = order_presence_at(self, event);
    order_follow_node(self, event);
    if (there ? !there->attached : self->counts[event->node] == 0)
        order_report(self, event, "not on");
}

void order_follow_on(order_check *self, const scenario_event *event)
{
    const order_presence *const there = order_presence_at(self, event);
    if (there && !there->attached)
        order_report(self, event, "not on");
}

void order_follow_disturbance(order_check *self, const scenario_event *event)
{
    order_presence *const there = order_presence_at(self, event);
    order_follow_on(self, event);
    if (there)
        there->wrong = true;
}

/* --- dials --- */

uint32_t scenario_dial_families(uint32_t dialer, uint32_t acceptor, uint32_t acceptor_before)
{
    return dialer & (acceptor ? acceptor : acceptor_before);
}

static bool share_family(const order_check *self, const scenario_peer *peer)
{
    const scenario *const whole = self->reader->scenario;
    uint32_t before = 0;
    for (uint32_t i = 0; i < whole->network_count; i++) {
        const bool was_there = order_presence_of(self, peer->acceptor, i)->before;
        before |= was_there ? 1u << whole->networks[i].family : 0;
    }
    return scenario_dial_families(order_families(self, peer->dialer), order_families(self, peer->acceptor),
                                  before) != 0;
}

static void follow_dial(const order_check *self, const scenario_peer *peer)
{
    const scenario *const whole = self->reader->scenario;
    const char *const dialer = whole->nodes[peer->dialer].name;
    const char *const acceptor = whole->nodes[peer->acceptor].name;
    char time[UNITS_TEXT_MAX];
    if (self->reader->all_unsure || self->reader->unsure[peer->dialer] ||
        self->reader->unsure[peer->acceptor] || scenario_fault_at(self->reader, peer->place))
        return;
    units_format(UNITS_DURATION, peer->at_ns, time);
    if (self->counts[peer->dialer] == 0) {
        scenario_fault(self->reader, peer->place, "'%s' cannot dial '%s': it is on no network at %s", dialer,
                       acceptor, time);
    } else if (!share_family(self, peer)) {
        scenario_fault(self->reader, peer->place,
                       "'%s' cannot dial '%s': they have no address of one family (ipv4, ipv6) at %s", dialer,
                       acceptor, time);
    }
}

/* --- all of it --- */

static int compare_steps(const void *left, const void *right)
{
    const scenario_step *const a = left;
    const scenario_step *const b = right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (!a->dial != !b->dial)
        return a->dial ? -1 : 1;
    if (a->dial)
        return (a->dial > b->dial) - (a->dial < b->dial); /* one array: its order is the file's */
    return (a->event > b->event) - (a->event < b->event);
}

static bool put_in_order(scenario_reader *reader)
{
    scenario *const whole = reader->scenario;
    scenario_step *const steps =
        scenario_arena_alloc(reader->arena, whole->peer_count + whole->event_count, sizeof(*steps));
    if (!steps)
        return false;
    for (size_t i = 0; i < whole->peer_count; i++) {
        steps[whole->step_count++] =
            (scenario_step){.at_ns = whole->peers[i].at_ns, .dial = &whole->peers[i]};
    }
    for (size_t i = 0; i < whole->event_count && !whole->events[i].after; i++) {
        steps[whole->step_count++] =
            (scenario_step){.at_ns = whole->events[i].at_ns, .event = &whole->events[i]};
    }
    qsort(steps, whole->step_count, sizeof(*steps), compare_steps);
    whole->steps = steps;
    return true;
}

static bool prepare(order_check *self)
{
    const scenario *const whole = self->reader->scenario;
    scenario_arena *const arena = self->reader->arena;
    self->presences =
        scenario_arena_alloc(arena, whole->node_count * whole->network_count, sizeof(order_presence));
    self->counts = scenario_arena_alloc(arena, whole->node_count, sizeof(uint32_t));
    self->stopped = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    self->suspended = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    self->taken = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    self->members = scenario_arena_alloc(arena, whole->node_count, sizeof(order_member));
    self->captured = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    self->stopped_nats = scenario_arena_alloc(arena, whole->nat_count, sizeof(bool));
    self->prefixes = scenario_arena_alloc(arena, whole->network_count, sizeof(scenario_prefix));
    self->leaving = scenario_arena_alloc(arena, whole->network_count, sizeof(order_leaving));
    if (!self->presences || !self->counts || !self->stopped || !self->suspended || !self->taken ||
        !self->members || !self->captured || !self->stopped_nats || !self->prefixes || !self->leaving)
        return false;
    for (size_t i = 0; i < whole->network_count; i++) {
        self->prefixes[i] = whole->networks[i].family == SCENARIO_IPV4 ? whole->networks[i].prefix4
                                                                       : whole->networks[i].prefix6;
    }
    for (uint32_t node = 0; node < whole->node_count; node++) {
        self->members[node].contact = SCENARIO_NONE;
        for (size_t i = 0; i < whole->nodes[node].network_count; i++) {
            *order_presence_of(self, node, whole->nodes[node].networks[i]) =
                (order_presence){.attached = true, .before = true};
            self->counts[node]++;
        }
    }
    return true;
}

/* An event without a time may come at any time: what it changes is not known from the beginning on. */
static void doubt(order_check *self, const scenario_event *event)
{
    bool *const unsure = self->reader->unsure;
    const verb_descriptor *const verb = SCENARIO_VERB_TABLE[event->verb];
    const scenario_attack *const attack = scenario_event_attack(event);
    if (event->verb == SCENARIO_SHUFFLE || event->verb == SCENARIO_EXPIRE || !verb->follow ||
        verb->follow == order_follow_node || verb->follow == order_follow_call ||
        verb->follow == order_follow_on)
        return; /* it changes nothing here */
    if (event->node == SCENARIO_NONE) {
        self->reader->all_unsure = true;
        return;
    }
    unsure[event->node] = true;
    if (event->verb == SCENARIO_JOIN)
        unsure[event->to] = true;
    if (attack)
        unsure[attack->from] = true;
}

void scenario_order_check(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    order_check self = {.reader = reader};
    if (!put_in_order(reader) || !reader->unsure || !prepare(&self))
        return;
    for (size_t i = 0; i < whole->after_count; i++)
        doubt(&self, &whole->events[whole->afters[i]->first]);
    for (size_t i = 0; i < whole->step_count; i++) {
        const scenario_step *const step = &whole->steps[i];
        self.upset += whole->after_count > 0 || (step->event && step->event->verb != SCENARIO_JOIN);
        if (step->dial)
            follow_dial(&self, step->dial);
        else if (step->event && SCENARIO_VERB_TABLE[step->event->verb]->follow)
            SCENARIO_VERB_TABLE[step->event->verb]->follow(&self, step->event);
    }
}
