/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to NATs and to the addresses of a network: shuffle, expire, the restart of a NAT, renumber. */
#include "sim/scenario/units.h"
#include "sim/scenario/verbs.h"

#include <string.h>

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
    {"of", KEY_OTHER, 0, 0, .required = true, .example = "laptop", .schema = SCHEMA_OF},                     \
    {                                                                                                        \
        "over", KEY_DURATION, EVENT_FIELD(over_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "1s"        \
    }

const key_row SCENARIO_SHUFFLE_ROWS[] = {
    {"shuffle", KEY_NAT, EVENT_FIELD(nat), .example = "home"},
    {"change", KEY_CHOICE, EVENT_FIELD(nat_change), .required = true, .choices = CHANGES, .example = "port"},
    SUBSCRIBER_ROWS,
    {0},
};
const key_row SCENARIO_EXPIRE_ROWS[] = {
    {"expire", KEY_NAT, EVENT_FIELD(nat), .example = "home"},
    SUBSCRIBER_ROWS,
    {"to", KEY_NODE, EVENT_FIELD(to), .example = "server"},
    {0},
};
const key_row SCENARIO_RENUMBER_ROWS[] = {
    {"renumber", KEY_NETWORK, EVENT_FIELD(network), .example = "wifi"},
    {"prefix", KEY_OTHER, 0, 0, .required = true, .example = "10.200.0.0/16",
     .schema = "{\"$ref\": \"#/$defs/prefix\"}"},
    {0},
};

/* --- whose bindings --- */

static bool read_nodes(scenario_reader *reader, const tree_node *list, scenario_subscribers *of)
{
    uint32_t *nodes = scenario_arena_alloc(reader->arena, list->count, sizeof(*nodes));
    bool good = nodes != NULL;
    if (list->count == 0) {
        scenario_fault(reader, list->place, "of nobody: write for example of: [laptop]");
        return false;
    }
    for (const tree_node *item = list->first; nodes && item; item = item->next) {
        if (!scenario_read_node(reader, item, &nodes[of->count])) {
            good = false;
            continue;
        }
        for (size_t i = 0; i < of->count; i++) {
            if (nodes[i] == nodes[of->count]) {
                scenario_fault(reader, item->place, "'%.60s' is listed twice", item->text);
                good = false;
            }
        }
        of->count++;
    }
    of->nodes = nodes;
    return good;
}

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
    for (const char *digit = value->text; *digit && number <= SCENARIO_EVENTS_MAX; digit++) {
        number = number * 10 + (uint64_t)(*digit - '0');
    }
    if (number == 0 || number > SCENARIO_EVENTS_MAX) {
        scenario_fault(reader, value->place, "of: '%.40s' is not a number from 1 to %d", value->text,
                       SCENARIO_EVENTS_MAX);
        return false;
    }
    of->number = (uint32_t)number;
    return true;
}

/* A node, a list of nodes, all, a number or a share. A node of such a name comes first. */
static bool read_subscribers(scenario_reader *reader, const tree_node *value, scenario_subscribers *of)
{
    if (value->kind == TREE_LIST) {
        return read_nodes(reader, value, of);
    }
    if (!scenario_read_kind(reader, value, TREE_SCALAR, "whose bindings", "laptop")) {
        return false;
    }
    const size_t length = strlen(value->text);
    const bool is_node = scenario_node_index(reader->scenario, value->text) != SCENARIO_NONE;
    if (!is_node && strcmp(value->text, "all") == 0) {
        return true;
    }
    if (!is_node && length > 0 && value->text[length - 1] == '%') {
        return read_share(reader, value, of);
    }
    if (!is_node && strspn(value->text, "0123456789") == length) {
        return read_number(reader, value, of);
    }
    uint32_t *node = scenario_arena_alloc(reader->arena, 1, sizeof(*node));
    if (!node || !scenario_read_node(reader, value, node)) {
        return false;
    }
    *of = (scenario_subscribers){.nodes = node, .count = 1};
    return true;
}

/* --- checks --- */

/* Somebody is behind it. */
static bool check_used(scenario_reader *reader, const tree_node *value, uint32_t index)
{
    const scenario *whole = reader->scenario;
    for (uint32_t i = 0; i < whole->network_count; i++) {
        if (scenario_is_behind(whole, i, index)) {
            return true;
        }
    }
    scenario_fault(reader, value->place, "no network is behind '%s': give one for example nat: %s",
                   whole->nats[index].name, whole->nats[index].name);
    return false;
}

/* What the NAT cannot do, whatever bindings it has then. */
static bool check_change(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const tree_node *change = tree_get(entry, "change");
    const scenario_nat *which = &reader->scenario->nats[event->nat];
    const bool fixed = which->options.blocks == NAT_BLOCKS_DETERMINISTIC;
    if (event->verb != SCENARIO_SHUFFLE || event->nat_change == NAT_CHANGE_PORT ||
        event->nat_change == NAT_CHANGE_BACK || (which->options.pool_count != 1 && !fixed)) {
        return true;
    }
    scenario_fault(reader, change->place,
                   fixed ? "change: %s: '%s' has deterministic blocks, so each subscriber has one address"
                         : "change: %s: '%s' has one address and no other to change to: give its pool more",
                   change->text, which->name);
    return false;
}

/* `to`: bindings towards a node, told apart by its own addresses. */
static bool check_remote(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const tree_node *to = tree_get(entry, "to");
    const scenario *whole = reader->scenario;
    if (!to || event->to == SCENARIO_NONE || event->nat == SCENARIO_NONE) {
        return true;
    }
    if (whole->nats[event->nat].options.mapping == NAT_ENDPOINT_INDEPENDENT) {
        scenario_fault(
            reader, to->place,
            "to: the mapping of '%s' is endpoint-independent, one binding serves all remotes: expire it "
            "without to",
            whole->nats[event->nat].name);
        return false;
    }
    const scenario_node *node = &whole->nodes[event->to];
    for (size_t i = 0; i < node->network_count; i++) {
        if (whole->networks[node->networks[i]].nat != SCENARIO_NONE) {
            scenario_fault(reader, to->place,
                           "to: '%s' is behind a NAT: name a node that has addresses outside", node->name);
            return false;
        }
    }
    return true;
}

bool scenario_check_subscribers(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *event = &draft->event;
    const tree_node *of = tree_get(entry, "of");
    const tree_node *over = tree_get(entry, "over");
    bool good = !of || read_subscribers(reader, of, &event->subscribers);
    if (draft->good && event->nat != SCENARIO_NONE) {
        good = check_change(reader, entry, event) && good;
    }
    good = check_remote(reader, entry, event) && good;
    if (event->nat != SCENARIO_NONE) {
        good = check_used(reader, tree_get(entry, scenario_verb_name(event->verb)), event->nat) && good;
    }
    if (over && event->at_ns + event->over_ns > reader->scenario->duration_ns) {
        scenario_fault(reader, over->place, "over %s from %s on: the scenario ends before (duration)",
                       over->text, tree_get(entry, "at") ? tree_get(entry, "at")->text : "there");
        good = false;
    }
    return good;
}

/* `restart: NAT`. True when it is one, and then *good says whether all is well. */
bool scenario_check_restart_nat(scenario_reader *reader, const tree_node *entry, entry_draft *draft,
                                bool *good)
{
    static const char *const OF_NODES[] = {"leave", "redial", "disable_active_migration"};
    const tree_node *value = tree_get(entry, "restart");
    if (value->kind != TREE_SCALAR || scenario_nat_index(reader->scenario, value->text) == SCENARIO_NONE) {
        return false;
    }
    *good =
        scenario_read_nat(reader, value, &draft->event.nat) && check_used(reader, value, draft->event.nat);
    if (scenario_node_index(reader->scenario, value->text) != SCENARIO_NONE) {
        scenario_fault(reader, value->place, "restart: '%.60s' is a node and a NAT: rename one of them",
                       value->text);
        *good = false;
    }
    for (size_t i = 0; i < sizeof(OF_NODES) / sizeof(OF_NODES[0]); i++) {
        const tree_node *odd = tree_get(entry, OF_NODES[i]);
        if (odd) {
            scenario_fault(reader, odd->key_place, "'%s' is about nodes, and '%.60s' is a NAT", OF_NODES[i],
                           value->text);
            *good = false;
        }
    }
    return true;
}

bool scenario_check_renumber(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario *whole = reader->scenario;
    const tree_node *value = tree_get(entry, "prefix");
    key_prefix prefix = {0};
    const key_row row[] = {{"prefix", KEY_PREFIX, 0, sizeof(prefix), .example = "fd00:a::/64"},
                           {"renumber", KEY_OTHER, 0, 0, .example = "wifi"},
                           {0}};
    if (!value || draft->event.network == SCENARIO_NONE ||
        !scenario_read_value(reader, value, row, &prefix)) {
        return false;
    }
    const scenario_network *network = &whole->networks[draft->event.network];
    const char *pool = scenario_pool_with(reader, &prefix);
    if (prefix.family != network->family) {
        scenario_fault(reader, value->place, "the prefix is %s and network '%s' %s",
                       prefix.family == SCENARIO_IPV4 ? "ipv4" : "ipv6", network->name,
                       network->family == SCENARIO_IPV4 ? "ipv4" : "ipv6");
        return false;
    }
    if (pool) {
        scenario_fault(reader, value->place, "prefix: '%.60s' overlaps with the pool of '%s'", value->text,
                       pool);
        return false;
    }
    draft->event.prefix = prefix.prefix;
    return true;
}
