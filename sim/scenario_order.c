/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario_internal.h"
#include "sim/units.h"

#include <stdlib.h>

/* Follows timeline and dials in order, to know on which networks each node is when something is done to it.
 */

typedef struct presence {
    bool attached;
    bool before; /* is or was attached */
    bool down;   /* outlives a detach */
} presence;

typedef struct tracker {
    scenario_reader *reader;
    presence *presences;         /* node by network */
    uint32_t *counts;            /* networks of each node */
    bool *stopped;               /* each node: by a restart that is not over */
    const scenario_peer **dials; /* by time, equal times in the file's order */
    size_t next_dial;
    scenario_place last; /* an entry is reported once, whatever its repetitions do */
} tracker;

static presence *cell(const tracker *t, uint32_t node, uint32_t network)
{
    return &t->presences[node * t->reader->scenario->network_count + network];
}

/* --- events --- */

static void report(tracker *t, const scenario_event *event, const char *what)
{
    const scenario *whole = t->reader->scenario;
    char time[UNITS_TEXT_MAX];
    bool again = t->last.line == event->place.line && t->last.column == event->place.column &&
                 t->last.override == event->place.override;
    if (again || t->reader->all_unsure || t->reader->unsure[event->node]) {
        return;
    }
    t->last = event->place;
    units_format(UNITS_DURATION, event->at_ns, time);
    if (event->network == SCENARIO_NONE) {
        scenario_fault(t->reader, event->place, "%s: '%s' is on no network at %s",
                       scenario_verb_name(event->verb), whole->nodes[event->node].name, time);
    } else {
        scenario_fault(t->reader, event->place, "%s: '%s' is %s network '%s' at %s",
                       scenario_verb_name(event->verb), whole->nodes[event->node].name, what,
                       whole->networks[event->network].name, time);
    }
}

static void report_stopped(tracker *t, const scenario_event *event)
{
    char time[UNITS_TEXT_MAX];
    bool again = t->last.line == event->place.line && t->last.column == event->place.column &&
                 t->last.override == event->place.override;
    if (again || t->reader->all_unsure) {
        return;
    }
    t->last = event->place;
    units_format(UNITS_DURATION, event->at_ns, time);
    scenario_fault(t->reader, event->place, "%s: '%s' is stopped by a restart at %s",
                   scenario_verb_name(event->verb), t->reader->scenario->nodes[event->node].name, time);
}

static void follow_attachment(tracker *t, const scenario_event *event, presence *at)
{
    bool attach = event->verb == SCENARIO_ATTACH;
    if (at->attached == attach) {
        report(t, event, attach ? "already on" : "not on");
        return;
    }
    at->attached = attach;
    at->before = true;
    t->counts[event->node] += attach ? 1u : UINT32_MAX;
}

static void follow_link(tracker *t, const scenario_event *event, presence *at)
{
    bool down = event->verb == SCENARIO_LINK_DOWN;
    if (!at->attached) {
        report(t, event, "not on");
    } else if (at->down == down) {
        report(t, event, down ? "down already on" : "not down on");
    }
    at->down = down;
}

/* A restart while another is under way, or something that only a running node can do. */
static void follow_node(tracker *t, const scenario_event *event)
{
    bool *stopped = &t->stopped[event->node];
    if (event->verb == SCENARIO_START) {
        *stopped = false;
        return;
    }
    if (*stopped) {
        report_stopped(t, event);
    }
    *stopped = *stopped || event->verb == SCENARIO_RESTART;
}

static void follow(tracker *t, const scenario_event *event)
{
    bool known = event->node != SCENARIO_NONE && event->network != SCENARIO_NONE;
    presence *at = known ? cell(t, event->node, event->network) : NULL;
    switch (event->verb) {
    case SCENARIO_ATTACH:
    case SCENARIO_DETACH:
        follow_attachment(t, event, at);
        break;
    case SCENARIO_LINK_DOWN:
    case SCENARIO_LINK_UP:
        follow_link(t, event, at);
        break;
    case SCENARIO_MIGRATE:
    case SCENARIO_DIAL:
    case SCENARIO_STAGE:
    case SCENARIO_WATCHDOG:
        follow_node(t, event);
        if (known ? !at->attached : t->counts[event->node] == 0) {
            report(t, event, "not on");
        }
        break;
    case SCENARIO_RESTART:
    case SCENARIO_START:
        follow_node(t, event);
        break;
    case SCENARIO_SET:
    case SCENARIO_WALK:
    case SCENARIO_BLACKHOLE:
    case SCENARIO_HEAL:
    case SCENARIO_DROP:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
    case SCENARIO_CORRUPT:
    case SCENARIO_MTU:
    case SCENARIO_TRACE:
    case SCENARIO_REFUSE:
    case SCENARIO_PERMIT:
        if (known && !at->attached) {
            report(t, event, "not on");
        }
        break;
    case SCENARIO_ATTACK:
        if (t->counts[event->node] == 0) {
            report(t, event, "not on");
        }
        if (event->attack->kind == SCENARIO_CHALLENGE_FLOOD) {
            t->stopped[event->attack->from] = true; /* for good: another has its keys */
        }
        break;
    case SCENARIO_STAND_DOWN:
    case SCENARIO_SAY:
        break;
    }
}

/* --- dials --- */

/* An acceptor that is on no network now is dialled at an address that it had, if there is one. */
static bool share_family(const tracker *t, const scenario_peer *peer)
{
    const scenario *whole = t->reader->scenario;
    bool gone = t->counts[peer->acceptor] == 0;
    bool has[2] = {false, false};
    bool reachable[2] = {false, false};
    for (uint32_t i = 0; i < whole->network_count; i++) {
        const presence *there = cell(t, peer->acceptor, i);
        scenario_family family = whole->networks[i].family;
        has[family] |= cell(t, peer->dialer, i)->attached;
        reachable[family] |= gone ? there->before : there->attached;
    }
    return (has[SCENARIO_IPV4] && reachable[SCENARIO_IPV4]) ||
           (has[SCENARIO_IPV6] && reachable[SCENARIO_IPV6]);
}

static void follow_dial(const tracker *t, const scenario_peer *peer)
{
    const scenario *whole = t->reader->scenario;
    const char *dialer = whole->nodes[peer->dialer].name;
    const char *acceptor = whole->nodes[peer->acceptor].name;
    char time[UNITS_TEXT_MAX];
    if (t->reader->all_unsure || t->reader->unsure[peer->dialer] || t->reader->unsure[peer->acceptor]) {
        return;
    }
    units_format(UNITS_DURATION, peer->at_ns, time);
    if (t->counts[peer->dialer] == 0) {
        scenario_fault(t->reader, peer->place, "'%s' cannot dial '%s': it is on no network at %s", dialer,
                       acceptor, time);
    } else if (!share_family(t, peer)) {
        scenario_fault(t->reader, peer->place,
                       "'%s' cannot dial '%s': they have no address of one family (ipv4, ipv6) at %s", dialer,
                       acceptor, time);
    }
}

/* At equal times they come before events. */
static void follow_dials(tracker *t, uint64_t until_ns)
{
    size_t count = t->reader->scenario->peer_count;
    while (t->next_dial < count && t->dials[t->next_dial]->at_ns <= until_ns) {
        follow_dial(t, t->dials[t->next_dial++]);
    }
}

static int compare_dials(const void *left, const void *right)
{
    const scenario_peer *a = *(const scenario_peer *const *)left;
    const scenario_peer *b = *(const scenario_peer *const *)right;
    if (a->at_ns != b->at_ns) {
        return a->at_ns < b->at_ns ? -1 : 1;
    }
    return (a > b) - (a < b); /* one array: its order */
}

/* --- all of it --- */

static bool prepare(tracker *t)
{
    const scenario *whole = t->reader->scenario;
    scenario_arena *arena = t->reader->arena;
    t->presences = scenario_arena_alloc(arena, whole->node_count * whole->network_count, sizeof(presence));
    t->counts = scenario_arena_alloc(arena, whole->node_count, sizeof(uint32_t));
    t->stopped = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    t->dials = scenario_arena_alloc(arena, whole->peer_count, sizeof(const scenario_peer *));
    if (!t->presences || !t->counts || !t->stopped || !t->dials) {
        return false;
    }
    for (uint32_t node = 0; node < whole->node_count; node++) {
        for (size_t i = 0; i < whole->nodes[node].network_count; i++) {
            *cell(t, node, whole->nodes[node].networks[i]) = (presence){.attached = true, .before = true};
            t->counts[node]++;
        }
    }
    for (size_t i = 0; i < whole->peer_count; i++) {
        t->dials[i] = &whole->peers[i];
    }
    qsort(t->dials, whole->peer_count, sizeof(const scenario_peer *), compare_dials);
    return true;
}

void scenario_order_check(scenario_reader *reader)
{
    const scenario *whole = reader->scenario;
    tracker t = {.reader = reader};
    if (!reader->unsure || !prepare(&t)) {
        return;
    }
    for (size_t i = 0; i < whole->event_count; i++) {
        follow_dials(&t, whole->events[i].at_ns);
        follow(&t, &whole->events[i]);
    }
    follow_dials(&t, SCENARIO_NEVER);
}
