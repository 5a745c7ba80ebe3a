/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/verb.h"

#include <stdio.h>
#include <string.h>

enum { KNOWN_MAX_BYTES = 512 };

#define TABLE_ROW(NAME) [SCENARIO_##NAME] = &SCENARIO_VERB_##NAME,
const verb_descriptor *const SCENARIO_VERB_TABLE[] = {SCENARIO_VERBS(TABLE_ROW)};
enum { VERB_COUNT = sizeof(SCENARIO_VERB_TABLE) / sizeof(SCENARIO_VERB_TABLE[0]) };

bool scenario_event_ends(const scenario_event *event)
{
    return event->ends != SCENARIO_HEAL && event->verb != SCENARIO_START;
}

const char *scenario_verb_name(scenario_verb verb)
{
    return (size_t)verb < VERB_COUNT ? SCENARIO_VERB_TABLE[verb]->name : "?";
}

/* --- the keys of every entry --- */

#define ENTRY_ROWS                                                                                           \
    {"at", EVENT_FIELD(KEY_DURATION, at_ns), .max = SCENARIO_DAY_NS,                                         \
     .about = "When it happens; or write after", .example = "5s"},                                           \
        {"after",                                                                                            \
         KEY_OTHER,                                                                                          \
         0,                                                                                                  \
         0,                                                                                                  \
         .inner = SCENARIO_AFTER_ROWS,                                                                       \
         .about = "The instant of the protocol at which it happens; or write at",                            \
         .example = SCENARIO_AFTER_EXAMPLE},                                                                 \
        {"every",                                                                                            \
         KEY_FIELD(KEY_DURATION, entry_draft, every_ns),                                                     \
         .min = 1,                                                                                           \
         .max = SCENARIO_DAY_NS,                                                                             \
         .about = "The time after which it is repeated, with times",                                         \
         .example = "2s"},                                                                                   \
    {                                                                                                        \
        "times", KEY_FIELD(KEY_INTEGER, entry_draft, times), .min = 1, .max = SCENARIO_EVENTS_MAX,           \
                                                             .about = "How often it happens, with every",    \
                                                             .example = "3"                                  \
    }

static const key_row PLAIN_ROWS[] = {ENTRY_ROWS, {0}};
static const key_row GROUP_ROWS[] = {ENTRY_ROWS, TURNS_ROWS(entry_draft, turns), {0}};

const key_row *scenario_entry_rows(const verb_descriptor *verb)
{
    for (const key_row *row = verb->rows; row && row->name; row++)
        if (row->of_group)
            return GROUP_ROWS;
    return PLAIN_ROWS;
}

/* --- the verbs --- */

/* Of the verbs that an entry can have, the one of that number; NULL past the last. */
static const verb_descriptor *written_verb(size_t number)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (SCENARIO_VERB_TABLE[i]->rows && number-- == 0)
            return SCENARIO_VERB_TABLE[i];
    return NULL;
}

bool scenario_verb_table(size_t index, key_table *table)
{
    const verb_descriptor *const at = written_verb(index);
    if (!at)
        return false;
    *table = (key_table){scenario_entry_rows(at), at->rows, at->name};
    return true;
}

/* --- the verb of an entry --- */

static const char *verb_name(const void *names, size_t index)
{
    const verb_descriptor *const at = names ? written_verb(index) : NULL;
    return at ? at->name : NULL;
}

static bool is_common(const char *key)
{
    for (const key_row *row = GROUP_ROWS; row->name; row++)
        if (strcmp(row->name, key) == 0)
            return true;
    return false;
}

static void report_unknown(scenario_reader *reader, const tree_node *odd)
{
    char known[KNOWN_MAX_BYTES] = "";
    size_t used = 0;
    const verb_descriptor *at;
    for (size_t i = 0; (at = written_verb(i)) && used < sizeof(known); i++) {
        const int more = snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", at->name);
        used += more > 0 ? (size_t)more : 0;
    }
    scenario_fault(reader, odd->key_place, "unknown verb '%.60s'; known: %s", odd->key, known);
}

static void report_no_verb(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *odd = NULL;
    for (const tree_node *child = entry->first; child; child = child->next) {
        if (is_common(child->key))
            continue;
        const char *const near = scenario_suggest(child->key, verb_name, SCENARIO_VERB_TABLE, NULL);
        if (near) {
            scenario_fault(reader, child->key_place, "unknown verb '%.60s'; did you mean '%s'?", child->key,
                           near);
            return;
        }
        odd = odd ? odd : child;
    }
    if (odd)
        report_unknown(reader, odd);
    else
        scenario_fault(reader, entry->place, "no verb: write for example %s", SCENARIO_ENTRY_EXAMPLE);
}

/* The verb that has the key for its name, or VERB_COUNT. */
static size_t verb_of(const char *key)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (SCENARIO_VERB_TABLE[i]->rows && strcmp(SCENARIO_VERB_TABLE[i]->name, key) == 0)
            return i;
    return VERB_COUNT;
}

static bool has_key(size_t verb, const char *key)
{
    for (const key_row *row = SCENARIO_VERB_TABLE[verb]->rows; row->name; row++)
        if (strcmp(row->name, key) == 0)
            return true;
    return false;
}

/* The verb of an entry, VERB_COUNT when it has none; *odd: a second one, or NULL. The name of a verb may be a
 * key of another, as `leave` is of restart. */
static size_t find_verb(const tree_node *entry, const tree_node **odd)
{
    size_t found = VERB_COUNT;
    *odd = NULL;
    for (const tree_node *child = entry->first; child; child = child->next) {
        const size_t one = verb_of(child->key);
        if (one == VERB_COUNT || one == found || (found != VERB_COUNT && has_key(found, child->key)))
            continue;
        if (found == VERB_COUNT || has_key(one, SCENARIO_VERB_TABLE[found]->name))
            found = one;
        else if (!*odd)
            *odd = child;
    }
    return found;
}

const key_row *scenario_verb_rows(const tree_node *entry)
{
    const tree_node *odd;
    const size_t found = find_verb(entry, &odd);
    return found == VERB_COUNT || odd ? NULL : SCENARIO_VERB_TABLE[found]->rows;
}

bool scenario_verb_find(scenario_reader *reader, const tree_node *entry, scenario_verb *found)
{
    const tree_node *odd;
    const size_t verb = find_verb(entry, &odd);
    if (odd) {
        scenario_fault(reader, odd->key_place, "'%s' and '%s' in one entry: write two",
                       SCENARIO_VERB_TABLE[verb]->name, odd->key);
        return false;
    }
    if (verb == VERB_COUNT) {
        report_no_verb(reader, entry);
        return false;
    }
    *found = (scenario_verb)verb;
    return true;
}

/* --- what many verbs have --- */

const key_choice SCENARIO_DIRECTIONS[] = {
    {"both", SCENARIO_BOTH}, {"up", SCENARIO_UP}, {"down", SCENARIO_DOWN}, {0}};
const scenario_network *scenario_entry_network(const scenario_reader *reader, const entry_draft *draft)
{
    const uint32_t index = draft->event.network;
    return index == SCENARIO_NONE ? NULL : &reader->scenario->networks[index];
}

bool scenario_check_pair(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *const event = &draft->event;
    event->node = draft->pair.from;
    event->to = draft->pair.to;
    event->peer = scenario_peer_of_pair(reader, tree_get(entry, draft->verb->name), draft->pair);
    return event->peer != SCENARIO_NONE;
}

bool scenario_check_nat_used(scenario_reader *reader, const tree_node *value, uint32_t index)
{
    const scenario *const whole = reader->scenario;
    for (uint32_t i = 0; i < whole->network_count; i++)
        if (scenario_is_behind(whole, i, index))
            return true;
    scenario_fault(reader, value->place, "no network is behind '%s': give one for example nat: %s",
                   whole->nats[index].name, whole->nats[index].name);
    return false;
}
