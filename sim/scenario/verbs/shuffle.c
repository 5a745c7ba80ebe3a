/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shuffle, expire and stale: bindings of a NAT move, are forgotten, or pass nothing any more. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <inttypes.h>

#include <string.h>

/* --- whose bindings --- */

static bool read_share(scenario_reader *reader, const tree_node *value, scenario_subscribers *of)
{
    char message[UNITS_MESSAGE_MAX];
    uint64_t share = 0;
    if (units_parse(UNITS_FRACTION, value->text, 1, SCENARIO_PPB, &share, message) != UNITS_OK) {
        scenario_fault(reader, value->place, "of: %s", message);
        return false;
    }
    of->share = (uint32_t)share;
    return true;
}

static bool read_number(scenario_reader *reader, const tree_node *value, scenario_subscribers *of)
{
    uint64_t number = 0;
    for (const char *digit = value->text; *digit && number <= SCENARIO_EVENTS_MAX; digit++)
        number = number * 10 + (uint64_t)(*digit - '0');
    if (number == 0 || number > SCENARIO_EVENTS_MAX) {
        scenario_fault(reader, value->place, "of: '%.40s' is not a number from 1 to %d", value->text,
                       SCENARIO_EVENTS_MAX);
        return false;
    }
    of->number = (uint32_t)number;
    return true;
}

/* A node, a group, a list of these, all, a number or a share. A node of such a name comes first. */
static bool read_subscribers(scenario_reader *reader, const tree_node *value, scenario_subscribers *of)
{
    if (value->kind != TREE_LIST &&
        !scenario_read_kind(reader, value, TREE_SCALAR, "whose bindings", "laptop"))
        return false;
    const bool is_node = value->kind == TREE_LIST ||
                         scenario_node_index(reader->scenario, value->text) != SCENARIO_NONE ||
                         scenario_group_index(reader->scenario, value->text) != SCENARIO_NONE;
    const size_t length = is_node ? 0 : strlen(value->text);
    if (!is_node && strcmp(value->text, "all") == 0)
        return true;
    if (!is_node && length > 0 && value->text[length - 1] == '%')
        return read_share(reader, value, of);
    if (!is_node && strspn(value->text, "0123456789") == length)
        return read_number(reader, value, of);
    scenario_node_set nodes;
    if (!scenario_check_nodes(reader, value, &nodes))
        return false;
    *of = (scenario_subscribers){.nodes = nodes.nodes, .count = nodes.count};
    return true;
}

/* --- checks --- */

/* What the NAT cannot do, whatever bindings it has then. */
static bool check_change(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const tree_node *const change = tree_get(entry, "change");
    const scenario_nat *const which = &reader->scenario->nats[event->nat];
    const bool fixed = which->options.blocks == NAT_BLOCKS_DETERMINISTIC;
    if (event->verb != SCENARIO_SHUFFLE || event->data.bindings.change == NAT_CHANGE_PORT ||
        event->data.bindings.change == NAT_CHANGE_BACK || (which->options.pool_count != 1 && !fixed))
        return true;
    scenario_fault(reader, change->place,
                   fixed ? "change: %s: '%s' has deterministic blocks, so each subscriber has one address"
                         : "change: %s: '%s' has one address and no other to change to: give its pool more",
                   change->text, which->name);
    return false;
}

/* What a NAT of its kind has none of. */
static bool check_kind(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const tree_node *const value = tree_get(entry, scenario_verb_name(event->verb));
    const scenario_nat *const which = &reader->scenario->nats[event->nat];
    if (which->prefixes)
        scenario_fault(reader, value->place, "%s: '%s' is of kind nptv6 and has no bindings", value->key,
                       which->name);
    else if (which->options.transparent && event->verb == SCENARIO_SHUFFLE)
        scenario_fault(reader, value->place,
                       "shuffle: '%s' is a firewall, which gives out no ports and no addresses", which->name);
    else
        return true;
    return false;
}

/* `to`: bindings towards a node, recognised by its own addresses. */
static bool check_remote(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const tree_node *const to = tree_get(entry, "to");
    const scenario *const whole = reader->scenario;
    if (!to || event->to == SCENARIO_NONE || event->nat == SCENARIO_NONE)
        return true;
    if (whole->nats[event->nat].options.mapping == NAT_ENDPOINT_INDEPENDENT) {
        scenario_fault(
            reader, to->place,
            "to: the mapping of '%s' is endpoint-independent, one binding serves all remotes: expire it "
            "without to",
            whole->nats[event->nat].name);
        return false;
    }
    const scenario_node *const node = &whole->nodes[event->to];
    for (size_t i = 0; i < node->network_count; i++) {
        if (whole->networks[node->networks[i]].nat != SCENARIO_NONE) {
            scenario_fault(reader, to->place,
                           "to: '%s' is behind a NAT: name a node that has addresses outside", node->name);
            return false;
        }
    }
    return true;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *const event = &draft->event;
    const tree_node *const of = tree_get(entry, "of");
    const tree_node *const over = tree_get(entry, "over");
    bool good = !of || read_subscribers(reader, of, &event->data.bindings.subscribers);
    if (entry->group && (event->data.bindings.subscribers.number || event->data.bindings.subscribers.share)) {
        scenario_fault(reader, of->place,
                       "of: %s: drawn for each member of '%s' anew: write whose, for example all", of->text,
                       entry->group->name);
        good = false;
    }
    if (draft->good && event->nat != SCENARIO_NONE)
        good = check_kind(reader, entry, event) && check_change(reader, entry, event) && good;
    good = check_remote(reader, entry, event) && good;
    if (event->nat != SCENARIO_NONE) {
        good =
            scenario_check_nat_used(reader, tree_get(entry, scenario_verb_name(event->verb)), event->nat) &&
            good;
    }
    if (over && event->at_ns + event->data.bindings.over_ns > reader->scenario->duration_ns) {
        scenario_fault(reader, over->place, "over %s from %s on: the scenario ends before (duration)",
                       over->text, tree_get(entry, "at") ? tree_get(entry, "at")->text : "there");
        good = false;
    }
    return good;
}

/* Each node that is named has bindings there, or can have. */
static void follow(order_check *at, const scenario_event *event)
{
    const scenario *const whole = at->reader->scenario;
    const scenario_subscribers *const of = &scenario_event_bindings(event)->subscribers;
    for (size_t i = 0; i < of->count; i++) {
        const uint32_t node = of->nodes[i];
        bool is_there = false;
        for (uint32_t network = 0; network < whole->network_count; network++) {
            is_there |= order_presence_of(at, node, network)->attached &&
                        scenario_is_behind(whole, network, event->nat);
        }
        if (!is_there && !order_reported(at, event, node)) {
            char time[UNITS_TEXT_MAX];
            scenario_fault(at->reader, event->place, "%s: '%s' is not behind '%s' at %s",
                           scenario_verb_name(event->verb), whole->nodes[node].name,
                           whole->nats[event->nat].name, units_format(UNITS_DURATION, event->at_ns, time));
        }
    }
}

/* --- words --- */

/* Addresses behind the NAT that hosts have at some time. */
static uint32_t behind_count(const scenario *whole, uint32_t index)
{
    uint32_t count = 0;
    for (size_t i = 0; i < whole->node_count; i++)
        for (size_t j = 0; j < whole->nodes[i].network_count; j++)
            count += scenario_is_behind(whole, whole->nodes[i].networks[j], index);
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_event *const event = &whole->events[i];
        count += event->verb == SCENARIO_ATTACH && scenario_is_behind(whole, event->network, index);
    }
    return count;
}

static void explain_subscribers(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_subscribers *const of = &scenario_event_bindings(event)->subscribers;
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < of->count; i++)
        fprintf(stream, "%s%s", i ? ", " : " for ", whole->nodes[of->nodes[i]].name);
    if (of->number) {
        fprintf(stream, " for %" PRIu32 " subscribers", of->number);
        if (event->repetition == 0 && of->number > behind_count(whole, event->nat))
            fprintf(stream, " (more than there are: all)");
    } else if (of->share) {
        fprintf(stream, " for %s of all", units_format(UNITS_FRACTION, of->share, text));
    } else if (of->count == 0) {
        fprintf(stream, " for all");
    }
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    static const char *const CHANGES[] = {[NAT_CHANGE_PORT] = ", other ports",
                                          [NAT_CHANGE_ADDRESS] = ", other addresses",
                                          [NAT_CHANGE_BOTH] = ", other addresses and ports",
                                          [NAT_CHANGE_BACK] = ", back to the last ones"};
    const scenario_bindings *const bindings = scenario_event_bindings(event);
    scenario_explain_at_nat(whole, event, stream);
    fprintf(stream, "%s", event->verb == SCENARIO_SHUFFLE ? CHANGES[bindings->change] : "");
    explain_subscribers(whole, event, stream);
    scenario_explain_where(whole, event, stream);
    if (bindings->over_ns)
        scenario_explain_time(stream, " over ", bindings->over_ns);
}

/* --- keys --- */

static const key_choice CHANGES[] = {{"port", NAT_CHANGE_PORT},
                                     {"address", NAT_CHANGE_ADDRESS},
                                     {"both", NAT_CHANGE_BOTH},
                                     {"back", NAT_CHANGE_BACK},
                                     {0}};

#define SCHEMA_NAME "{\"$ref\": \"#/$defs/name\"}"
#define SCHEMA_OF                                                                                            \
    "{\"anyOf\": [" SCHEMA_NAME ", {\"type\": \"string\", \"pattern\": \"^[0-9]+(\\\\.[0-9]+)? ?%$\"}, "     \
    "{\"type\": \"array\", \"minItems\": 1, \"items\": " SCHEMA_NAME "}]}"

#define SUBSCRIBER_ROWS                                                                                      \
    {"of",                                                                                                   \
     KEY_OTHER,                                                                                              \
     0,                                                                                                      \
     0,                                                                                                      \
     .required = true,                                                                                       \
     .about = "Whose bindings: a node, a group, a list of these, all, or so many at random, as a number or " \
              "a share",                                                                                     \
     .example = "laptop",                                                                                    \
     .schema = SCHEMA_OF},                                                                                   \
    {                                                                                                        \
        "over", DATA_FIELD(KEY_DURATION, bindings.over_ns),                                                  \
            .min = 1, .max = SCENARIO_DAY_NS,                                                                \
            .about =                                                                                         \
                "One subscriber after the other has its turn, evenly in this time; without it, all at once", \
            .example = "1s"                                                                                  \
    }

static const key_row SHUFFLE_ROWS[] = {
    {"shuffle", EVENT_FIELD(KEY_NAT, nat), .about = "The NAT whose bindings get another endpoint",
     .example = "home"},
    {"change", DATA_FIELD(KEY_CHOICE, bindings.change), .required = true, .choices = CHANGES,
     .about = "What of the endpoint changes; back undoes the last move", .example = "port"},
    SUBSCRIBER_ROWS,
    {0},
};
static const key_row EXPIRE_ROWS[] = {
    {"expire", EVENT_FIELD(KEY_NAT, nat), .about = "The NAT that removes bindings", .example = "home"},
    SUBSCRIBER_ROWS,
    {"to", EVENT_FIELD(KEY_NODE, to), .of_group = true,
     .about = "Only bindings towards that node's addresses", .otherwise = "all", .example = "server"},
    {0},
};

static const key_row STALE_ROWS[] = {
    {"stale", EVENT_FIELD(KEY_NAT, nat), .about = "The NAT whose bindings pass nothing any more",
     .example = "home"},
    SUBSCRIBER_ROWS,
    DIRECTION_ROW,
    {0},
};

const verb_descriptor SCENARIO_VERB_STALE = {"stale", STALE_ROWS, .check = check, .follow = follow,
                                             .explain = explain};
const verb_descriptor SCENARIO_VERB_SHUFFLE = {"shuffle", SHUFFLE_ROWS, .check = check, .follow = follow,
                                               .explain = explain};
const verb_descriptor SCENARIO_VERB_EXPIRE = {"expire", EXPIRE_ROWS, .check = check, .follow = follow,
                                              .explain = explain};
