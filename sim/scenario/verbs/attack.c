/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb attack. */
#include "sim/scenario/verbs.h"

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

#define ATTACK_FIELD(member) KEY_FIELD(entry_draft, attack.member)

const key_row SCENARIO_ATTACK_ROWS[] = {
    {"attack", KEY_NODE, EVENT_FIELD(node), .example = "mallory"},
    {"kind", KEY_CHOICE, ATTACK_FIELD(kind), .required = true, .choices = KINDS,
     .example = "off-path-forward"},
    {"of", KEY_PAIR, KEY_FIELD(entry_draft, migrate), .required = true, .example = "laptop -> server"},
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "1s"},
    {"victim", KEY_NODE, ATTACK_FIELD(victim), .example = "bystander"},
    {"addresses", KEY_INTEGER, ATTACK_FIELD(addresses), .min = 1, .max = ADDRESSES_MAX, .example = "20"},
    {"answers", KEY_CHOICE, ATTACK_FIELD(answers), .choices = ANSWERS, .example = "drop"},
    {"challenges", KEY_INTEGER, ATTACK_FIELD(challenges), .min = 1, .max = CHALLENGES_MAX, .example = "100"},
    {"interval", KEY_DURATION, ATTACK_FIELD(interval_ns), .min = 1000, .max = SCENARIO_DAY_NS,
     .example = "1ms"},
    {0},
};

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
    for (size_t i = 0; i < sizeof SPECIAL_KEYS / sizeof SPECIAL_KEYS[0]; i++) {
        if (strcmp(SPECIAL_KEYS[i].name, name) == 0) {
            return SPECIAL_KEYS[i].kinds & 1u << kind;
        }
    }
    return true;
}

/* Of the keys that are not written. A kind without the key has 0. */
static void fill_defaults(const tree_node *entry, scenario_attack *attack)
{
    const scenario_attack_kind kind = attack->kind;
    if (!tree_get(entry, "addresses")) {
        attack->addresses = has_key(kind, "addresses") && kind != SCENARIO_CHALLENGE_FLOOD;
    }
    if (!tree_get(entry, "answers")) {
        attack->answers = kind == SCENARIO_OFF_PATH_FORWARD;
    }
    if (!tree_get(entry, "challenges")) {
        attack->challenges = has_key(kind, "challenges");
    }
    if (!tree_get(entry, "interval")) {
        attack->interval_ns = has_key(kind, "interval") ? SCENARIO_MILLISECOND_NS : 0;
    }
}

static bool check_keys(scenario_reader *reader, const tree_node *entry, const scenario_attack *attack)
{
    bool good = true;
    for (size_t i = 0; i < sizeof SPECIAL_KEYS / sizeof SPECIAL_KEYS[0]; i++) {
        const tree_node *value = tree_get(entry, SPECIAL_KEYS[i].name);
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
    const scenario *whole = reader->scenario;
    if (node == SCENARIO_NONE || whole->nodes[node].attacker) {
        return node != SCENARIO_NONE;
    }
    scenario_fault(reader, tree_get(entry, "attack")->place,
                   "'%s' is no attacker: give the node attacker: true", whole->nodes[node].name);
    return false;
}

/* The keys of one connection are taken: it must be known which. */
static bool check_one_connection(scenario_reader *reader, const tree_node *entry, uint32_t node)
{
    const scenario *whole = reader->scenario;
    size_t count = 0;
    for (size_t i = 0; i < whole->peer_count; i++) {
        count += whole->peers[i].dialer == node || whole->peers[i].acceptor == node;
    }
    if (count > 1) {
        scenario_fault(reader, tree_get(entry, "of")->place,
                       "challenge-flood takes over '%s', which must have no other connection",
                       whole->nodes[node].name);
    }
    return count <= 1;
}

bool scenario_check_attack(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *event = &draft->event;
    scenario_attack *attack = &draft->attack;
    bool good = check_attacker(reader, entry, event->node);
    const tree_node *of = tree_get(entry, "of");
    attack->from = draft->migrate.from;
    event->to = draft->migrate.to;
    if (of && attack->from != SCENARIO_NONE && event->to != SCENARIO_NONE) {
        event->peer = scenario_peer_of_pair(reader, of, draft->migrate);
    }
    if (!draft->good || event->peer == SCENARIO_NONE) {
        return false;
    }
    fill_defaults(entry, attack);
    good = check_keys(reader, entry, attack) && good;
    if (attack->kind == SCENARIO_CHALLENGE_FLOOD) {
        good = check_one_connection(reader, entry, attack->from) && good;
    }
    scenario_attack *kept = scenario_arena_alloc(reader->arena, 1, sizeof *kept);
    if (!kept) {
        return false;
    }
    *kept = *attack;
    event->attack = kept;
    return good;
}
