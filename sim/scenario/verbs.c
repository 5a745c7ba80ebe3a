/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/verbs.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_NS (5000 * SCENARIO_MILLISECOND_NS)

enum { KNOWN_MAX_BYTES = 512 };

/* --- keys --- */

const key_row SCENARIO_ENTRY_ROWS[] = {
    {"at", KEY_DURATION, EVENT_FIELD(at_ns), .required = true, .max = SCENARIO_DAY_NS, .example = "5s"},
    {"every", KEY_DURATION, KEY_FIELD(entry_draft, every_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .example = "2s"},
    {"times", KEY_INTEGER, KEY_FIELD(entry_draft, times), .min = 1, .max = SCENARIO_EVENTS_MAX,
     .example = "3"},
    {0},
};

const key_choice SCENARIO_DIRECTIONS[] = {
    {"both", SCENARIO_BOTH}, {"up", SCENARIO_UP}, {"down", SCENARIO_DOWN}, {0}};
static const key_choice MODES[] = {
    {"validate-first", SCENARIO_VALIDATE_FIRST}, {"follow-first", SCENARIO_FOLLOW_FIRST}, {0}};
static const key_choice CHANGES[] = {{"true", SCENARIO_DISABLED}, {"false", SCENARIO_ENABLED}, {0}};
static const key_choice BOOLEANS[] = {{"true", true}, {"false", false}, {0}};

static const key_row ATTACH_ROWS[] = {NODE_ROW("attach"), NETWORK_ROW, {0}};
static const key_row DETACH_ROWS[] = {NODE_ROW("detach"), NETWORK_ROW, {0}};
static const key_row DOWN_ROWS[] = {NODE_ROW("down"), NETWORK_ROW, {0}};
static const key_row UP_ROWS[] = {NODE_ROW("up"), NETWORK_ROW, {0}};
static const key_row HEAL_ROWS[] = {NODE_ROW("heal"), NETWORK_ROW, DIRECTION_ROW, {0}};
static const key_row BLACKHOLE_ROWS[] = {
    NODE_ROW("blackhole"),
    NETWORK_ROW,
    DIRECTION_ROW,
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "2s"},
    {0},
};
static const key_row SAY_ROWS[] = {{"say", KEY_TEXT, EVENT_FIELD(text), .example = "the lift"}, {0}};
/* What a migration is called with, by the timeline or by a watchdog. */
#define CALL_ROWS                                                                                            \
    {"network", KEY_NETWORK, EVENT_FIELD(network), .example = "cellular"}, {"timeout",                       \
                                                                            KEY_DURATION,                    \
                                                                            EVENT_FIELD(timeout_ns),         \
                                                                            .min = SCENARIO_MILLISECOND_NS,  \
                                                                            .max = SCENARIO_DAY_NS,          \
                                                                            .example = "5s"},                \
        {"as", KEY_NAME, EVENT_FIELD(label), .max = SCENARIO_LABEL_MAX_BYTES, .example = "move"},            \
    {                                                                                                        \
        "mode", KEY_CHOICE, EVENT_FIELD(mode), .choices = MODES, .example = "follow-first"                   \
    }

static const key_row MIGRATE_ROWS[] = {
    {"migrate", KEY_NODE_OR_PAIR, KEY_FIELD(entry_draft, migrate), .example = "laptop -> server"},
    CALL_ROWS,
    {0},
};
static const key_row WATCHDOG_ROWS[] = {
    NODE_ROW("watchdog"),
    {"threshold", KEY_DURATION, EVENT_FIELD(watchdog.threshold_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .example = "200ms"},
    {"sample", KEY_DURATION, EVENT_FIELD(watchdog.sample_ns), .min = SCENARIO_MILLISECOND_NS,
     .max = SCENARIO_DAY_NS, .example = "5s"},
    {"silence", KEY_DURATION, EVENT_FIELD(watchdog.silence_ns), .min = SCENARIO_MILLISECOND_NS,
     .max = SCENARIO_DAY_NS, .example = "2s"},
    {"strikes", KEY_INTEGER, EVENT_FIELD(watchdog.strikes), .min = 1, .max = 1000, .example = "2"},
    CALL_ROWS,
    {0},
};
static const key_row RESTART_ROWS[] = {
    {"restart", KEY_OTHER, 0, 0, .example = "laptop",
     .schema = "{\"$ref\": \"#/$defs/name\"}"}, /* or a NAT */
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .max = SCENARIO_DAY_NS, .example = "3s"},
    {"leave", KEY_CHOICE, EVENT_FIELD(leave), .choices = BOOLEANS, .example = "true"},
    {"redial", KEY_CHOICE, EVENT_FIELD(redial), .choices = BOOLEANS, .example = "true"},
    {"disable_active_migration", KEY_CHOICE, EVENT_FIELD(active_migration), .choices = CHANGES,
     .example = "false"},
    {0},
};
static const key_row DIAL_ROWS[] = {
    {"dial", KEY_PAIR, KEY_FIELD(entry_draft, migrate), .example = "laptop -> server"},
    {"via", KEY_NODE, EVENT_FIELD(via), .example = "relay"},
    {0},
};
static const key_row STAGE_ROWS[] = {
    {"stage", KEY_PAIR, KEY_FIELD(entry_draft, migrate), .example = "laptop -> server"},
    {"via", KEY_NODE, EVENT_FIELD(via), .required = true, .example = "relay"},
    {"network", KEY_NETWORK, EVENT_FIELD(network), .example = "cellular"},
    {0},
};
static const key_row REFUSE_ROWS[] = {
    NODE_ROW("refuse"),
    NETWORK_ROW,
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "2s"},
    {0},
};
static const key_row PERMIT_ROWS[] = {NODE_ROW("permit"), NETWORK_ROW, {0}};
static const key_row SET_ROWS[] = {
    {"set", KEY_NETWORK, EVENT_FIELD(network), .example = "wifi"},
    {"node", KEY_NODE, EVENT_FIELD(node), .example = "laptop"},
    DIRECTION_ROW,
#define FIELD(bit, type, member, key, kind, limits, example, changed, ...)                                   \
    LINK_ROW(EVENT_FIELD(link.member), key, kind, limits, changed)
    LINK_FIELDS(FIELD)
#undef FIELD
        {"over", KEY_DURATION, EVENT_FIELD(over_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "2s"},
    {0},
};

/* --- checks --- */

/* What stock ns-3 links cannot do. */
static bool check_set_p2p(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const scenario *whole = reader->scenario;
    if (event->network == SCENARIO_NONE || whole->networks[event->network].link_type != SCENARIO_LINK_P2P) {
        return true;
    }
    const tree_node *jitter = event->link.jitter_ns > 0 ? tree_get(entry, "jitter") : NULL;
    const tree_node *rate = event->link.rate_bps == 0 ? tree_get(entry, "rate") : NULL;
    const tree_node *delay = event->direction != SCENARIO_BOTH ? tree_get(entry, "delay") : NULL;
    const char *name = whole->networks[event->network].name;
    if (jitter) {
        scenario_fault(reader, jitter->place, "'%s' has p2p links, which have no jitter", name);
    }
    if (rate) {
        scenario_fault(reader, rate->place, "'%s' has p2p links, which need a rate", name);
    }
    if (delay) {
        scenario_fault(reader, delay->place, "'%s' has p2p links, whose delay is one for both directions",
                       name);
    }
    return !jitter && !rate && !delay;
}

static bool check_set(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *event = &draft->event;
    event->changes = scenario_link_written(entry);
    if (event->changes == 0) {
        scenario_fault(reader, entry->place, "set changes nothing: write for example delay: 500ms");
    }
    return scenario_burst_read(reader, entry, &event->link.burst) &&
           (event->over_ns == 0 || scenario_check_ramps(reader, entry)) && event->changes != 0 &&
           (!draft->good ||
            (check_set_p2p(reader, entry, event) && scenario_check_set_medium(reader, entry, draft)));
}

static bool check_label(scenario_reader *reader, const tree_node *entry, const entry_draft *draft)
{
    const char *label = draft->event.label;
    for (size_t i = 0; label && i < reader->label_count; i++) {
        if (strcmp(reader->labels[i], label) == 0) {
            scenario_fault(reader, tree_get(entry, "as")->place, "two migrations are called '%.63s'", label);
            return false;
        }
    }
    if (label) {
        reader->labels[reader->label_count++] = label;
    }
    return true;
}

/* The two nodes of migrate, dial and stage: peers of each other. */
static bool check_pair(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *event = &draft->event;
    const tree_node *value = tree_get(entry, scenario_verb_name(event->verb));
    event->node = draft->migrate.from;
    event->to = draft->migrate.to;
    if (event->verb == SCENARIO_MIGRATE && event->to == SCENARIO_NONE) {
        return event->node != SCENARIO_NONE;
    }
    event->peer = scenario_peer_of_pair(reader, value, draft->migrate);
    if (event->peer == SCENARIO_NONE) {
        return false;
    }
    const scenario *whole = reader->scenario;
    if (event->verb != SCENARIO_MIGRATE && whole->peers[event->peer].dialer != event->node) {
        scenario_fault(reader, value->place, "%s: it is '%s' that dials '%s', by peers",
                       scenario_verb_name(event->verb), whole->nodes[event->to].name,
                       whole->nodes[event->node].name);
        return false;
    }
    return scenario_check_via(reader, tree_get(entry, "via"), event->via, (key_pair){event->node, event->to});
}

static bool check_migrate(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    bool good = check_pair(reader, entry, draft);
    return check_label(reader, entry, draft) && good;
}

static bool check_restart(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    bool good = false;
    return scenario_check_restart_nat(reader, entry, draft, &good)
               ? good
               : scenario_read_node(reader, tree_get(entry, "restart"), &draft->event.node);
}

static bool check_watchdog(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    return check_label(reader, entry, draft);
}

/* --- the table --- */

static const verb_row VERBS[] = {
    {"attach", SCENARIO_ATTACH, .rows = ATTACH_ROWS},
    {"detach", SCENARIO_DETACH, .rows = DETACH_ROWS},
    {"set", SCENARIO_SET, .rows = SET_ROWS, .check = check_set},
    {"down", SCENARIO_LINK_DOWN, .rows = DOWN_ROWS},
    {"up", SCENARIO_LINK_UP, .rows = UP_ROWS},
    {"blackhole", SCENARIO_BLACKHOLE, .rows = BLACKHOLE_ROWS, .undone_by = SCENARIO_HEAL},
    {"heal", SCENARIO_HEAL, .rows = HEAL_ROWS},
    {"migrate", SCENARIO_MIGRATE, .rows = MIGRATE_ROWS, .check = check_migrate, .timeout_ns = TIMEOUT_NS},
    {"say", SCENARIO_SAY, .rows = SAY_ROWS},
    {"restart", SCENARIO_RESTART, .rows = RESTART_ROWS, .check = check_restart, .undone_by = SCENARIO_START,
     .undone_at_once = true},
    {"shuffle", SCENARIO_SHUFFLE, .rows = SCENARIO_SHUFFLE_ROWS, .check = scenario_check_subscribers},
    {"expire", SCENARIO_EXPIRE, .rows = SCENARIO_EXPIRE_ROWS, .check = scenario_check_subscribers},
    {"renumber", SCENARIO_RENUMBER, .rows = SCENARIO_RENUMBER_ROWS, .check = scenario_check_renumber},
    {"dial", SCENARIO_DIAL, .rows = DIAL_ROWS, .check = check_pair},
    {"stage", SCENARIO_STAGE, .rows = STAGE_ROWS, .check = check_pair},
    {"refuse", SCENARIO_REFUSE, .rows = REFUSE_ROWS, .undone_by = SCENARIO_PERMIT},
    {"permit", SCENARIO_PERMIT, .rows = PERMIT_ROWS},
    {"watchdog", SCENARIO_WATCHDOG, .rows = WATCHDOG_ROWS, .check = check_watchdog, .timeout_ns = TIMEOUT_NS},
    {"trace", SCENARIO_TRACE, .rows = SCENARIO_TRACE_ROWS, .check = scenario_check_trace},
    {"mtu", SCENARIO_MTU, SCENARIO_MTU_ROWS, scenario_check_mtu, .undone_by = SCENARIO_HEAL},
    {"walk", SCENARIO_WALK, .rows = SCENARIO_WALK_ROWS, .check = scenario_check_walk},
    {"drop", SCENARIO_DROP, SCENARIO_DROP_ROWS, scenario_check_impair, .undone_by = SCENARIO_HEAL},
    {"duplicate", SCENARIO_DUPLICATE, SCENARIO_DUPLICATE_ROWS, scenario_check_impair,
     .undone_by = SCENARIO_HEAL},
    {"reorder", SCENARIO_REORDER, SCENARIO_REORDER_ROWS, scenario_check_impair, .undone_by = SCENARIO_HEAL},
    {"corrupt", SCENARIO_CORRUPT, SCENARIO_CORRUPT_ROWS, scenario_check_impair, .undone_by = SCENARIO_HEAL},
    {"attack", SCENARIO_ATTACK, SCENARIO_ATTACK_ROWS, scenario_check_attack,
     .undone_by = SCENARIO_STAND_DOWN},
};

enum { VERB_COUNT = sizeof(VERBS) / sizeof(VERBS[0]) };

bool scenario_event_ends(const scenario_event *event)
{
    return event->ends != SCENARIO_HEAL && event->verb != SCENARIO_START;
}

const char *scenario_verb_name(scenario_verb verb)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (VERBS[i].verb == verb) {
            return VERBS[i].name;
        }
    }
    if (verb == SCENARIO_STAND_DOWN) {
        return "stand-down"; /* not written by itself: see attack */
    }
    return verb == SCENARIO_START ? "start" : "?"; /* likewise: see restart */
}

bool scenario_verb_table(size_t index, key_table *table)
{
    if (index >= VERB_COUNT) {
        return false;
    }
    *table = (key_table){SCENARIO_ENTRY_ROWS, VERBS[index].rows, VERBS[index].name};
    return true;
}

/* --- the verb of an entry --- */

static const char *verb_name(const void *names, size_t index)
{
    return names && index < VERB_COUNT ? VERBS[index].name : NULL;
}

static bool is_common(const char *key)
{
    for (const key_row *row = SCENARIO_ENTRY_ROWS; row->name; row++) {
        if (strcmp(row->name, key) == 0) {
            return true;
        }
    }
    return false;
}

static void report_no_verb(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *odd = NULL;
    for (const tree_node *child = entry->first; child; child = child->next) {
        const char *near =
            is_common(child->key) ? NULL : scenario_suggest(child->key, verb_name, VERBS, NULL);
        if (near) {
            scenario_fault(reader, child->key_place, "unknown verb '%.60s'; did you mean '%s'?", child->key,
                           near);
            return;
        }
        odd = odd || is_common(child->key) ? odd : child;
    }
    if (odd) {
        char known[KNOWN_MAX_BYTES] = "";
        for (size_t i = 0, used = 0; i < VERB_COUNT && used < sizeof(known); i++) {
            int more = snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", VERBS[i].name);
            used += more > 0 ? (size_t)more : 0;
        }
        scenario_fault(reader, odd->key_place, "unknown verb '%.60s'; known: %s", odd->key, known);
    } else {
        scenario_fault(reader, entry->place, "no verb: write for example %s", SCENARIO_ENTRY_EXAMPLE);
    }
}

const verb_row *scenario_verb_find(scenario_reader *reader, const tree_node *entry)
{
    const verb_row *found = NULL;
    for (const tree_node *child = entry->first; child; child = child->next) {
        for (size_t i = 0; i < VERB_COUNT; i++) {
            if (strcmp(VERBS[i].name, child->key) != 0 || found == &VERBS[i]) {
                continue;
            }
            if (found) {
                scenario_fault(reader, child->key_place, "'%s' and '%s' in one entry: write two", found->name,
                               child->key);
                return NULL;
            }
            found = &VERBS[i];
        }
    }
    if (!found) {
        report_no_verb(reader, entry);
    }
    return found;
}
