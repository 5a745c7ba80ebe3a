/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the expectations on events share: never and happens. */
#include "sim/verdict/expect/events.h"
#include "sim/refusal.h"

#include <stdio.h>

const key_choice EXPECT_EVENTS[] = {
    {"peer_up", SCENARIO_NEVER_PEER_UP},
    {"peer_down", SCENARIO_NEVER_PEER_DOWN},
    {"path_changed", SCENARIO_NEVER_PATH_CHANGED},
    {"migration_done", SCENARIO_NEVER_MIGRATION_DONE},
    {"left", SCENARIO_NEVER_LEFT},
    {"channel_up", SCENARIO_NEVER_CHANNEL_UP},
    {"channel_down", SCENARIO_NEVER_CHANNEL_DOWN},
    {"preferred_address", SCENARIO_NEVER_PREFERRED_ADDRESS},
    {"timeout", SCENARIO_NEVER_TIMEOUT},
    {"refused", SCENARIO_NEVER_REFUSED},
    {"not_started", SCENARIO_NEVER_NOT_STARTED},
    {0},
};

const key_choice EXPECT_VERBS[] = {{"attach", SCENARIO_ATTACH},     {"detach", SCENARIO_DETACH},
                                   {"renumber", SCENARIO_RENUMBER}, {"walk", SCENARIO_WALK},
                                   {"restart", SCENARIO_RESTART},   {"dial", SCENARIO_DIAL},
                                   {"stage", SCENARIO_STAGE},       {"reconnect", SCENARIO_RECONNECT},
                                   {"set", SCENARIO_SET},           {"down", SCENARIO_LINK_DOWN},
                                   {"up", SCENARIO_LINK_UP},        {"blackhole", SCENARIO_BLACKHOLE},
                                   {"heal", SCENARIO_HEAL},         {"migrate", SCENARIO_MIGRATE},
                                   {"say", SCENARIO_SAY},           {"shuffle", SCENARIO_SHUFFLE},
                                   {"expire", SCENARIO_EXPIRE},     {"refuse", SCENARIO_REFUSE},
                                   {"permit", SCENARIO_PERMIT},     {"watchdog", SCENARIO_WATCHDOG},
                                   {"trace", SCENARIO_TRACE},       {"mtu", SCENARIO_MTU},
                                   {"drop", SCENARIO_DROP},         {"duplicate", SCENARIO_DUPLICATE},
                                   {"reorder", SCENARIO_REORDER},   {"corrupt", SCENARIO_CORRUPT},
                                   {"attack", SCENARIO_ATTACK},     {"join", SCENARIO_JOIN},
                                   {"leave", SCENARIO_LEAVE},       {"partition", SCENARIO_PARTITION},
                                   {"forge", SCENARIO_FORGE},       {0}};
const key_choice EXPECT_STATUSES[] = {
#define STATUS(name, text, status, sentence) {text, REFUSAL_##name},
    REFUSALS(STATUS)
#undef STATUS
        {0}};

static void check_seen_by(scenario_reader *reader, const tree_node *entry, scenario_expect_event *expectation)
{
    const tree_node *const seen_by = tree_get(entry, "seen_by");
    if (!seen_by)
        return;
    if (expectation->event == SCENARIO_NEVER_REFUSED || expectation->event == SCENARIO_NEVER_NOT_STARTED)
        scenario_fault(reader, seen_by->key_place,
                       "'seen_by' is about events of nodes: write for example node");
    else if (scenario_is_all(reader, seen_by))
        return; /* whoever sees it */
    else if (tree_get(entry, "node"))
        scenario_fault(reader, seen_by->key_place, "'node' and 'seen_by' in one entry: write seen_by alone");
    else if (scenario_check_nodes_or(reader, seen_by, "third", &expectation->seen_by))
        expectation->third = expectation->seen_by.count == 0;
}

void expect_event_check(scenario_reader *reader, const tree_node *entry, scenario_expect_event *expectation)
{
    check_seen_by(reader, entry, expectation);
    const tree_node *const verb = tree_get(entry, "verb");
    const tree_node *const status = tree_get(entry, "status");
    const bool waits = expectation->event == SCENARIO_NEVER_NOT_STARTED;
    const tree_node *const odd = verb && !waits ? verb : status;
    if (expectation->event != SCENARIO_NEVER_REFUSED && odd) {
        scenario_fault(reader, odd->key_place,
                       "'%s' is about what is refused: write for example happens: refused", odd->key);
    }
}

static bool is_meant(const scenario_expect_event *expectation, const observer_refused *told)
{
    const bool restart = expectation->verb == SCENARIO_RESTART && told->verb == SCENARIO_START;
    return (expectation->node == SCENARIO_NONE || expectation->node == told->node) &&
           (expectation->verb == SCENARIO_NONE || expectation->verb == told->verb || restart) &&
           (expectation->status == REFUSAL_NONE || expectation->status == told->why);
}

static uint64_t count_refusals(const scenario_expect_event *expectation, const recorder *recorded,
                               uint64_t *first_ns)
{
    size_t all;
    uint64_t count = 0;
    const recorder_refusal *const refusals = recorder_refusals(recorded, &all);
    *first_ns = ROAM_NEVER;
    for (size_t i = 0; i < all; i++)
        if (is_meant(expectation, &refusals[i].told) && count++ == 0)
            *first_ns = refusals[i].at_ns;
    return count;
}

static bool next_refusal(const scenario_expect_event *expectation, const recorder *recorded, size_t *at,
                         expect_event *out)
{
    size_t all;
    const recorder_refusal *const refusals = recorder_refusals(recorded, &all);
    while (*at < all) {
        const recorder_refusal *const one = &refusals[(*at)++];
        if (!is_meant(expectation, &one->told))
            continue;
        *out = (expect_event){*at, one->at_ns, one->told.node, one->told.to};
        return true;
    }
    return false;
}

static bool is_of(const scenario_expect_event *expectation, const recorder_logged *event)
{
    const scenario_node_set *const set = &expectation->seen_by;
    bool among = set->count == 0;
    for (size_t i = 0; i < set->count; i++)
        among = among || set->nodes[i] == event->node;
    return expectation->event == event->event && among && (event->third || !expectation->third);
}

/* The index of the first event from there on that may be of the expectation's node; CHAINS_END: none. */
static size_t look_from(const scenario_expect_event *expectation, const recorder *recorded, size_t at)
{
    size_t all;
    (void)recorder_log(recorded, &all);
    if (expectation->node == SCENARIO_NONE)
        return at < all ? at : CHAINS_END;
    return at == 0 ? recorder_log_first(recorded, expectation->node)
                   : recorder_log_next(recorded, (uint32_t)(at - 1));
}

bool expect_event_next(const scenario_expect_event *expectation, const recorder *recorded, size_t *at,
                       expect_event *out)
{
    size_t all;
    const recorder_logged *const events = recorder_log(recorded, &all);
    if (expectation->event == SCENARIO_NEVER_REFUSED)
        return next_refusal(expectation, recorded, at, out);
    for (size_t i; (i = look_from(expectation, recorded, *at)) != CHAINS_END;) {
        const recorder_logged *const one = &events[i];
        *at = i + 1;
        if (!is_of(expectation, one))
            continue;
        *out = (expect_event){*at, one->at_ns, one->node, one->other};
        return true;
    }
    return false;
}

/* They have no times. */
static uint64_t count_waiting(const scenario *whole, const scenario_expect_event *expectation,
                              const recorder *recorded)
{
    uint64_t count = 0;
    size_t at = 0;
    const scenario_after *after;
    while ((after = recorder_next_waiting(recorded, &at))) {
        const scenario_event *const event = &whole->events[after->first];
        count += (expectation->node == SCENARIO_NONE || expectation->node == event->node) &&
                 (expectation->verb == SCENARIO_NONE || expectation->verb == event->verb);
    }
    return count;
}

uint64_t expect_event_count(const scenario *whole, const scenario_expect_event *expectation,
                            const recorder *recorded, uint64_t *first_ns)
{
    *first_ns = ROAM_NEVER;
    if (expectation->event == SCENARIO_NEVER_NOT_STARTED)
        return count_waiting(whole, expectation, recorded);
    if (expectation->event == SCENARIO_NEVER_REFUSED)
        return count_refusals(expectation, recorded, first_ns);
    if (expectation->third)
        return recorder_third_count(recorded, expectation->event, first_ns);
    if (expectation->seen_by.count == 0)
        return recorder_event_count(recorded, expectation->event, expectation->node, first_ns);
    uint64_t count = 0;
    for (size_t i = 0; i < expectation->seen_by.count; i++) {
        uint64_t own_ns;
        count += recorder_event_count(recorded, expectation->event, expectation->seen_by.nodes[i], &own_ns);
        *first_ns = own_ns < *first_ns ? own_ns : *first_ns;
    }
    return count;
}

/* " on laptop", " on laptop and 2 others", " on third nodes", or nothing. */
static void who(const scenario *whole, const scenario_expect_event *expectation, char text[EXPECT_LIST_MAX])
{
    const scenario_node_set *const set = &expectation->seen_by;
    const uint32_t node = set->count > 0 ? set->nodes[0] : expectation->node;
    if (expectation->third)
        (void)snprintf(text, EXPECT_LIST_MAX, " on third nodes");
    else if (set->count > 1)
        (void)snprintf(text, EXPECT_LIST_MAX, " on %s and %zu other%s", whole->nodes[node].name,
                       set->count - 1, set->count == 2 ? "" : "s");
    else
        (void)snprintf(text, EXPECT_LIST_MAX, "%s%s", node == SCENARIO_NONE ? "" : " on ",
                       node == SCENARIO_NONE ? "" : whole->nodes[node].name);
}

void expect_event_text(const scenario *whole, const scenario_expect_event *expectation,
                       char text[EXPECT_LIST_MAX])
{
    const char *const verb =
        expectation->verb == SCENARIO_NONE ? "" : scenario_verb_name((scenario_verb)expectation->verb);
    const char *const status = refusal_name((refusal)expectation->status);
    char nodes[EXPECT_LIST_MAX];
    (void)snprintf(text, EXPECT_LIST_MAX, "%s%s%s%s%s%s", key_choice_name(EXPECT_EVENTS, expectation->event),
                   *verb ? " " : "", verb, *status ? " (" : "", status, *status ? ")" : "");
    who(whole, expectation, nodes);
    expect_append(text, EXPECT_LIST_MAX, nodes);
}
