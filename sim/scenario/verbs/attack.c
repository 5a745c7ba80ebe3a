/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attack: what an attacker does to a connection; stand-down: what `for:` makes of it. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <jansson.h>

#include <string.h>

enum { ADDRESSES_MAX = 1000, CHALLENGES_MAX = 128 /* of 9 bytes: 1200 bytes hold them and the rest */ };

static const key_choice KINDS[] = {{"off-path-forward", SCENARIO_OFF_PATH_FORWARD},
                                   {"spoofed-source", SCENARIO_SPOOFED_SOURCE},
                                   {"on-path-rewrite", SCENARIO_ON_PATH_REWRITE},
                                   {"capture", SCENARIO_CAPTURE},
                                   {"replayed-migration", SCENARIO_REPLAYED_MIGRATION},
                                   {"challenge-flood", SCENARIO_CHALLENGE_FLOOD},
                                   {0}};
static const key_choice ANSWERS[] = {{"forward", true}, {"drop", false}, {0}};

const char *scenario_attack_name(scenario_attack_kind kind)
{
    return key_choice_name(KINDS, kind);
}

const scenario_attack *scenario_event_attack(const scenario_event *event)
{
    const bool attacks = event->verb == SCENARIO_ATTACK || event->verb == SCENARIO_STAND_DOWN;
    return attacks ? event->data.attack : NULL;
}

/* Which kinds have a key that not all have. */
static const struct special_key {
    const char *name;
    uint32_t kinds; /* bits */
} SPECIAL_KEYS[] = {
    {"victim", 1u << SCENARIO_SPOOFED_SOURCE},
    {"addresses", 1u << SCENARIO_OFF_PATH_FORWARD | 1u << SCENARIO_ON_PATH_REWRITE |
                      1u << SCENARIO_REPLAYED_MIGRATION | 1u << SCENARIO_CHALLENGE_FLOOD},
    {"answers", 1u << SCENARIO_OFF_PATH_FORWARD | 1u << SCENARIO_ON_PATH_REWRITE},
    {"challenges", 1u << SCENARIO_CHALLENGE_FLOOD},
    {"interval", 1u << SCENARIO_REPLAYED_MIGRATION | 1u << SCENARIO_CHALLENGE_FLOOD},
};

static bool has_key(scenario_attack_kind kind, const char *name)
{
    for (size_t i = 0; i < sizeof SPECIAL_KEYS / sizeof SPECIAL_KEYS[0]; i++)
        if (strcmp(SPECIAL_KEYS[i].name, name) == 0)
            return SPECIAL_KEYS[i].kinds & 1u << kind;
    return true;
}

/* Of the keys that are not written. A kind without the key has 0. */
static void fill_defaults(const tree_node *entry, scenario_attack *attack)
{
    const scenario_attack_kind kind = attack->kind;
    if (!tree_get(entry, "addresses"))
        attack->addresses = has_key(kind, "addresses") && kind != SCENARIO_CHALLENGE_FLOOD;
    if (!tree_get(entry, "answers"))
        attack->answers = kind == SCENARIO_OFF_PATH_FORWARD;
    if (!tree_get(entry, "challenges"))
        attack->challenges = has_key(kind, "challenges");
    if (!tree_get(entry, "interval"))
        attack->interval_ns = has_key(kind, "interval") ? SCENARIO_MILLISECOND_NS : 0;
}

static bool check_keys(scenario_reader *reader, const tree_node *entry, const scenario_attack *attack)
{
    bool good = true;
    for (size_t i = 0; i < sizeof SPECIAL_KEYS / sizeof SPECIAL_KEYS[0]; i++) {
        const tree_node *const value = tree_get(entry, SPECIAL_KEYS[i].name);
        if (value && !(SPECIAL_KEYS[i].kinds & 1u << attack->kind)) {
            scenario_fault(reader, value->key_place, "%s has no '%s'", key_choice_name(KINDS, attack->kind),
                           SPECIAL_KEYS[i].name);
            good = false;
        }
    }
    if (attack->kind == SCENARIO_SPOOFED_SOURCE && !tree_get(entry, "victim")) {
        scenario_fault(reader, entry->place,
                       "spoofed-source: no victim: write for example victim: bystander");
        good = false;
    }
    return good;
}

static bool check_attacker(scenario_reader *reader, const tree_node *entry, uint32_t node)
{
    const scenario *const whole = reader->scenario;
    if (node == SCENARIO_NONE || whole->nodes[node].attacker)
        return node != SCENARIO_NONE;
    scenario_fault(reader, tree_get(entry, "attack")->place,
                   "'%s' is no attacker: give the node attacker: true", whole->nodes[node].name);
    return false;
}

/* The keys of one connection are taken: it must be known which. */
static bool check_one_connection(scenario_reader *reader, const tree_node *entry, uint32_t node)
{
    const scenario *const whole = reader->scenario;
    size_t count = 0;
    for (size_t i = 0; i < whole->peer_count; i++)
        count += whole->peers[i].dialer == node || whole->peers[i].acceptor == node;
    if (count > 1) {
        scenario_fault(reader, tree_get(entry, "of")->place,
                       "challenge-flood takes over '%s', which must have no other connection",
                       whole->nodes[node].name);
    }
    return count <= 1;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *const event = &draft->event;
    scenario_attack *const attack = &draft->attack;
    bool good = check_attacker(reader, entry, event->node);
    const tree_node *const of = tree_get(entry, "of");
    attack->from = draft->pair.from;
    event->to = draft->pair.to;
    if (of && attack->from != SCENARIO_NONE && event->to != SCENARIO_NONE)
        event->peer = scenario_peer_of_pair(reader, of, draft->pair);
    if (!draft->good || event->peer == SCENARIO_NONE)
        return false;
    fill_defaults(entry, attack);
    good = check_keys(reader, entry, attack) && good;
    if (attack->kind == SCENARIO_CHALLENGE_FLOOD)
        good = check_one_connection(reader, entry, attack->from) && good;
    scenario_attack *const kept = scenario_arena_alloc(reader->arena, 1, sizeof *kept);
    if (!kept)
        return false;
    *kept = *attack;
    event->data.attack = kept;
    return good;
}

/* Whose addresses stand in what the attack sends; SCENARIO_NONE: the sender's own. */
static uint32_t pretended(const scenario_event *event)
{
    const scenario_attack *const attack = scenario_event_attack(event);
    switch (attack->kind) {
    case SCENARIO_SPOOFED_SOURCE:
        return attack->victim;
    case SCENARIO_OFF_PATH_FORWARD:
    case SCENARIO_ON_PATH_REWRITE:
    case SCENARIO_REPLAYED_MIGRATION:
        return event->node;
    case SCENARIO_CHALLENGE_FLOOD:
        return attack->addresses > 0 ? event->node : SCENARIO_NONE;
    case SCENARIO_CAPTURE:
        break;
    }
    return SCENARIO_NONE;
}

/* A datagram has source and destination of one family. */
static void follow_families(order_check *at, const scenario_event *event)
{
    static const char *const names[] = {"", "ipv4", "ipv6", "ipv4 or ipv6"};
    const scenario *const whole = at->reader->scenario;
    const scenario_attack *const attack = scenario_event_attack(event);
    const uint32_t from = attack->from;
    const uint32_t spoken = order_families(at, from) & order_families(at, event->to);
    const uint32_t as = pretended(event);
    char time[UNITS_TEXT_MAX];
    if (as == SCENARIO_NONE || spoken == 0 || (order_families(at, as) & spoken) ||
        order_reported(at, event, as))
        return;
    units_format(UNITS_DURATION, event->at_ns, time);
    scenario_fault(at->reader, event->place, "%s: '%s' has no %s address at %s, and '%s -> %s' no other",
                   scenario_attack_name(attack->kind), whole->nodes[as].name, names[spoken], time,
                   whole->nodes[from].name, whole->nodes[event->to].name);
}

static void follow(order_check *at, const scenario_event *event)
{
    const scenario_attack *const attack = scenario_event_attack(event);
    if (at->counts[event->node] == 0)
        order_report(at, event, "not on");
    else
        follow_families(at, event);
    if (attack->kind == SCENARIO_CAPTURE) {
        at->captured[event->node] = true;
    } else if (attack->kind == SCENARIO_CHALLENGE_FLOOD) {
        at->stopped[attack->from] = at->taken[attack->from] = true;
    } else if (attack->kind == SCENARIO_REPLAYED_MIGRATION && !at->captured[event->node] &&
               !order_reported(at, event, event->node)) {
        scenario_fault(at->reader, event->place,
                       "replayed-migration: '%s' has captured nothing by then: let a capture come before",
                       at->reader->scenario->nodes[event->node].name);
    }
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_attack *const attack = scenario_event_attack(event);
    scenario_explain_where(whole, event, stream);
    fprintf(stream, ": %s of %s", scenario_attack_name(attack->kind),
            scenario_explain_name(whole, event, attack->from));
}

static bool record(const scenario *whole, const scenario_event *event, json_t *object)
{
    const scenario_attack *const attack = scenario_event_attack(event);
    const char *const from = whole->nodes[attack->from].name;
    return json_object_set_new(object, "attack", json_string(scenario_attack_name(attack->kind))) == 0 &&
           json_object_set_new(object, "of", json_string(from)) == 0;
}

#define ATTACK_FIELD(type, member) KEY_FIELD(type, entry_draft, attack.member)

static const key_row ROWS[] = {
    {"attack", EVENT_FIELD(KEY_NODE, node), .of_group = true,
     .about = "The attacker that acts on datagrams of a connection", .example = "mallory"},
    {"kind", ATTACK_FIELD(KEY_CHOICE, kind), .required = true, .choices = KINDS,
     .about = "What the attacker does", .example = "off-path-forward"},
    {"of", KEY_FIELD(KEY_PAIR, entry_draft, pair), .required = true, .of_group = true,
     .about = "The datagrams from the first node to the second", .example = "laptop -> server"},
    FOR_ROW("1s"),
    {"victim", ATTACK_FIELD(KEY_NODE, victim), .in_turn = true,
     .about = "Of spoofed-source: the node whose address the datagrams come from", .example = "bystander"},
    {"addresses", ATTACK_FIELD(KEY_INTEGER, addresses), .min = 1, .max = ADDRESSES_MAX,
     .about = "How many addresses of its own the attacker uses in turn", .otherwise = "1", .example = "20"},
    {"answers", ATTACK_FIELD(KEY_CHOICE, answers), .choices = ANSWERS,
     .about = "What becomes of datagrams that come back to the attacker",
     .otherwise = "forward; of on-path-rewrite drop", .example = "drop"},
    {"challenges", ATTACK_FIELD(KEY_INTEGER, challenges), .min = 1, .max = CHALLENGES_MAX,
     .about = "Of challenge-flood: how many PATH_CHALLENGE frames a datagram has", .otherwise = "1",
     .example = "100"},
    {"interval", ATTACK_FIELD(KEY_DURATION, interval_ns), .min = 1000, .max = SCENARIO_DAY_NS,
     .about = "Of replayed-migration and challenge-flood: the time between two datagrams", .otherwise = "1ms",
     .example = "1ms"},
    {0},
};

const verb_descriptor SCENARIO_VERB_ATTACK = {"attack",
                                              ROWS,
                                              .check = check,
                                              .follow = follow,
                                              .explain = explain,
                                              .record = record,
                                              .undone_by = SCENARIO_STAND_DOWN};
const verb_descriptor SCENARIO_VERB_STAND_DOWN = {"stand-down", .explain = explain, .record = record};
