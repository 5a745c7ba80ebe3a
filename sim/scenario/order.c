/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"
#include "sim/scenario/units.h"

#include <stdlib.h>
#include <string.h>

/* Follows timeline and dials in order, to know on which networks each node is when something is done to it.
 */

typedef struct presence {
    bool attached;
    bool before;  /* is or was attached */
    bool down;    /* outlives a detach */
    bool wrong;   /* there is something for heal to end */
    bool refused; /* outlives a detach */
} presence;

typedef struct tracker {
    scenario_reader *reader;
    presence *presences;         /* node by network */
    uint32_t *counts;            /* networks of each node */
    bool *stopped;               /* each node: by a restart that is not over, or for good */
    bool *taken;                 /* each node: by an attacker that has its keys */
    bool *captured;              /* each attacker: something that it could replay */
    bool *stopped_nats;          /* each NAT: by a restart that is not over */
    scenario_prefix *prefixes;   /* each network */
    const scenario_peer **dials; /* by time, equal times in the file's order */
    size_t next_dial;
    scenario_place last; /* an entry is reported once, whatever its repetitions do */
} tracker;

static presence *cell(const tracker *t, uint32_t node, uint32_t network)
{
    return &t->presences[node * t->reader->scenario->network_count + network];
}

/* --- events --- */

/* True when nothing (more) is to be said about the entry; it is taken as reported from now on. */
static bool reported(tracker *t, const scenario_event *event, uint32_t node)
{
    bool again = t->last.line == event->place.line && t->last.column == event->place.column &&
                 t->last.override == event->place.override;
    if (again || t->reader->all_unsure || (node != SCENARIO_NONE && t->reader->unsure[node])) {
        return true;
    }
    t->last = event->place;
    return false;
}

static void report(tracker *t, const scenario_event *event, const char *what)
{
    const scenario *whole = t->reader->scenario;
    char time[UNITS_TEXT_MAX];
    if (reported(t, event, event->node)) {
        return;
    }
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
    if (reported(t, event, SCENARIO_NONE)) {
        return;
    }
    units_format(UNITS_DURATION, event->at_ns, time);
    scenario_fault(t->reader, event->place, "%s: '%s' is stopped by %s at %s",
                   scenario_verb_name(event->verb), t->reader->scenario->nodes[event->node].name,
                   t->taken[event->node] ? "an attack" : "a restart", time);
}

static void follow_attachment(tracker *t, const scenario_event *event, presence *at)
{
    bool attach = event->verb == SCENARIO_ATTACH;
    if (at->attached == attach) {
        report(t, event, attach ? "already on" : "not on");
        return;
    }
    at->attached = attach;
    at->wrong = false;
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

/* Each node that is named has bindings there, or can have. */
static void follow_subscribers(tracker *t, const scenario_event *event)
{
    const scenario *whole = t->reader->scenario;
    for (size_t i = 0; i < event->subscribers.count; i++) {
        const uint32_t node = event->subscribers.nodes[i];
        bool is_there = false;
        for (uint32_t network = 0; network < whole->network_count; network++) {
            is_there |= cell(t, node, network)->attached && scenario_is_behind(whole, network, event->nat);
        }
        if (!is_there && !reported(t, event, node)) {
            char time[UNITS_TEXT_MAX];
            units_format(UNITS_DURATION, event->at_ns, time);
            scenario_fault(t->reader, event->place, "%s: '%s' is not behind '%s' at %s",
                           scenario_verb_name(event->verb), whole->nodes[node].name,
                           whole->nats[event->nat].name, time);
        }
    }
}

static bool same_prefix(const scenario_prefix *a, const scenario_prefix *b)
{
    return a->bits == b->bits && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static void follow_renumber(tracker *t, const scenario_event *event)
{
    const scenario *whole = t->reader->scenario;
    const scenario_family family = whole->networks[event->network].family;
    const char *wrong = NULL;
    for (uint32_t i = 0; i < whole->network_count; i++) {
        if (i == event->network && same_prefix(&t->prefixes[i], &event->prefix)) {
            wrong = "has that prefix already";
        } else if (i != event->network && whole->networks[i].family == family &&
                   scenario_prefixes_overlap(&t->prefixes[i], &event->prefix)) {
            wrong = whole->networks[i].name;
        }
    }
    if (wrong && !reported(t, event, SCENARIO_NONE)) {
        char time[UNITS_TEXT_MAX];
        const char *name = whole->networks[event->network].name;
        const bool same = same_prefix(&t->prefixes[event->network], &event->prefix);
        units_format(UNITS_DURATION, event->at_ns, time);
        scenario_fault(t->reader, event->place, "renumber: '%s' %s%s at %s", name,
                       same ? "" : "would have addresses of ", wrong, time);
    }
    t->prefixes[event->network] = event->prefix;
}

/* A NAT is stopped while `for:` of its restart lasts. */
static void follow_nat(tracker *t, const scenario_event *event)
{
    bool *stopped = &t->stopped_nats[event->nat];
    if (event->verb == SCENARIO_RESTART && *stopped && !reported(t, event, SCENARIO_NONE)) {
        char time[UNITS_TEXT_MAX];
        units_format(UNITS_DURATION, event->at_ns, time);
        scenario_fault(t->reader, event->place, "restart: '%s' is stopped by a restart at %s",
                       t->reader->scenario->nats[event->nat].name, time);
    }
    *stopped = event->verb == SCENARIO_RESTART;
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

/* A heal for nothing, a permit of what was not refused, and the other way round. What `for:` ends may have
 * been ended before, and its link may be gone. */
static void follow_fault(tracker *t, const scenario_event *event, presence *at)
{
    const bool made = event->ends != SCENARIO_HEAL; /* of `for:` */
    if (!made && !at->attached) {
        report(t, event, "not on");
    } else if (event->verb == SCENARIO_HEAL && !made && !at->wrong) {
        report(t, event, "not disturbed on");
    } else if (event->verb == SCENARIO_PERMIT && !made && !at->refused) {
        report(t, event, "not refused on");
    } else if (event->verb == SCENARIO_REFUSE && at->refused) {
        report(t, event, "refused already on");
    }
    if (event->verb == SCENARIO_REFUSE || event->verb == SCENARIO_PERMIT) {
        at->refused = event->verb == SCENARIO_REFUSE;
    } else if (!made) {
        at->wrong = event->verb != SCENARIO_HEAL;
    }
}

/* Bits by scenario_family. */
static uint32_t families(const tracker *t, uint32_t node)
{
    const scenario *whole = t->reader->scenario;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < whole->network_count; i++) {
        bits |= cell(t, node, i)->attached ? 1u << whole->networks[i].family : 0;
    }
    return bits;
}

/* Whose addresses stand in what the attack sends; SCENARIO_NONE: the sender's own. */
static uint32_t pretended(const scenario_event *event)
{
    switch (event->attack->kind) {
    case SCENARIO_SPOOFED_SOURCE:
        return event->attack->victim;
    case SCENARIO_OFF_PATH_FORWARD:
    case SCENARIO_ON_PATH_REWRITE:
    case SCENARIO_REPLAYED_MIGRATION:
        return event->node;
    case SCENARIO_CHALLENGE_FLOOD:
        return event->attack->addresses > 0 ? event->node : SCENARIO_NONE;
    case SCENARIO_CAPTURE:
        break;
    }
    return SCENARIO_NONE;
}

/* A datagram has source and destination of one family. */
static void follow_families(tracker *t, const scenario_event *event)
{
    static const char *const names[] = {"", "ipv4", "ipv6", "ipv4 or ipv6"};
    const scenario *whole = t->reader->scenario;
    const uint32_t from = event->attack->from;
    const uint32_t spoken = families(t, from) & families(t, event->to);
    const uint32_t as = pretended(event);
    char time[UNITS_TEXT_MAX];
    if (as == SCENARIO_NONE || spoken == 0 || (families(t, as) & spoken) || reported(t, event, as)) {
        return;
    }
    units_format(UNITS_DURATION, event->at_ns, time);
    scenario_fault(t->reader, event->place, "%s: '%s' has no %s address at %s, and '%s -> %s' no other",
                   scenario_attack_name(event->attack->kind), whole->nodes[as].name, names[spoken], time,
                   whole->nodes[from].name, whole->nodes[event->to].name);
}

static void follow_attack(tracker *t, const scenario_event *event)
{
    const scenario_attack *attack = event->attack;
    if (t->counts[event->node] == 0) {
        report(t, event, "not on");
    } else {
        follow_families(t, event);
    }
    if (attack->kind == SCENARIO_CAPTURE) {
        t->captured[event->node] = true;
    } else if (attack->kind == SCENARIO_CHALLENGE_FLOOD) {
        t->stopped[attack->from] = t->taken[attack->from] = true;
    } else if (attack->kind == SCENARIO_REPLAYED_MIGRATION && !t->captured[event->node] &&
               !reported(t, event, event->node)) {
        scenario_fault(t->reader, event->place,
                       "replayed-migration: '%s' has captured nothing by then: let a capture come before",
                       t->reader->scenario->nodes[event->node].name);
    }
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
        follow_node(t, event);
        if (known ? !at->attached : t->counts[event->node] == 0) {
            report(t, event, "not on");
        }
        break;
    case SCENARIO_WATCHDOG: /* resolves its network when it calls */
        follow_node(t, event);
        break;
    case SCENARIO_RESTART:
    case SCENARIO_START:
        (event->nat == SCENARIO_NONE ? follow_node : follow_nat)(t, event);
        break;
    case SCENARIO_SHUFFLE:
    case SCENARIO_EXPIRE:
        follow_subscribers(t, event);
        break;
    case SCENARIO_RENUMBER:
        follow_renumber(t, event);
        break;
    case SCENARIO_SET:
    case SCENARIO_WALK:
    case SCENARIO_TRACE:
        if (known && !at->attached) {
            report(t, event, "not on");
        }
        break;
    case SCENARIO_BLACKHOLE:
    case SCENARIO_HEAL:
    case SCENARIO_DROP:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
    case SCENARIO_CORRUPT:
    case SCENARIO_MTU:
    case SCENARIO_REFUSE:
    case SCENARIO_PERMIT:
        if (known) {
            follow_fault(t, event, at);
        }
        break;
    case SCENARIO_ATTACK:
        follow_attack(t, event);
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
    t->taken = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    t->captured = scenario_arena_alloc(arena, whole->node_count, sizeof(bool));
    t->dials = scenario_arena_alloc(arena, whole->peer_count, sizeof(const scenario_peer *));
    t->stopped_nats = scenario_arena_alloc(arena, whole->nat_count, sizeof(bool));
    t->prefixes = scenario_arena_alloc(arena, whole->network_count, sizeof(scenario_prefix));
    if (!t->presences || !t->counts || !t->stopped || !t->taken || !t->captured || !t->dials ||
        !t->stopped_nats || !t->prefixes) {
        return false;
    }
    for (size_t i = 0; i < whole->network_count; i++) {
        t->prefixes[i] = whole->networks[i].family == SCENARIO_IPV4 ? whole->networks[i].prefix4
                                                                    : whole->networks[i].prefix6;
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
