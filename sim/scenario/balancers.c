/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services: several servers behind one address. */
#include "sim/scenario/internal.h"

#include <string.h>

enum { BALANCERS_MAX = 16, NAME_MAX_BYTES = 31, ROTATION_MAX = 6 };

typedef struct balancer_draft {
    scenario_balancer balancer;
    key_prefix address;
    bool resets;
} balancer_draft;

static const key_choice WAYS[] = {{"four-tuple", SCENARIO_BY_FOUR_TUPLE},
                                  {"connection-id", SCENARIO_BY_CONNECTION_ID},
                                  {"route", SCENARIO_BY_ROUTE},
                                  {0}};

static const key_row ROWS[] = {
    {"address", KEY_OTHER, 0, 0, .required = true,
     .about = "The address of the service, of no network, NAT or other balancer", .example = "10.250.0.1",
     .schema = "{\"type\": \"string\"}"},
    {"to", KEY_OTHER, 0, 0, .required = true, .about = "The servers, 1 to 250: nodes and groups",
     .example = "[s1, s2]",
     .schema = "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/name\"}, \"minItems\": 1}"},
    {"by", KEY_FIELD(KEY_CHOICE, balancer_draft, balancer.by), .choices = WAYS,
     .about = "How datagrams find their server", .otherwise = "four-tuple", .example = "four-tuple"},
    {"network", KEY_FIELD(KEY_NETWORK, balancer_draft, balancer.network),
     .about = "The network over which servers are reached",
     .otherwise = "the first one that each of them is on", .example = "edge"},
    {"resets", KEY_FIELD(KEY_CHOICE, balancer_draft, resets), .choices = SCENARIO_BOOLEANS,
     .about = "Whether a server answers a packet of an unknown connection with a Stateless Reset",
     .otherwise = "true", .example = "true"},
    {"rotation", KEY_FIELD(KEY_INTEGER, balancer_draft, balancer.config_rotation), .max = ROTATION_MAX,
     .about = "With by: connection-id, the first three bits of connection IDs", .otherwise = "0",
     .example = "0"},
    {0},
};

const key_table SCENARIO_BALANCER_TABLE = {ROWS, NULL, "a balancer"};

uint32_t scenario_end_of(const scenario *whole, uint32_t node)
{
    const scenario_balancer *const behind = node == SCENARIO_NONE ? NULL : whole->nodes[node].behind;
    return behind ? behind->node : node;
}

uint32_t scenario_server_of(const scenario_balancer *balancer, uint32_t node)
{
    for (uint32_t i = 0; i < balancer->server_count; i++)
        if (balancer->servers[i] == node)
            return i;
    return SCENARIO_NONE;
}

roam_addr scenario_balancer_address(const scenario_balancer *balancer, uint16_t port)
{
    roam_addr address = {.family = balancer->family == SCENARIO_IPV4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6,
                         .port = port};
    memcpy(address.bytes, balancer->address, sizeof address.bytes);
    return address;
}

bool scenario_check_host(scenario_reader *reader, scenario_place place, uint32_t node, const char *what)
{
    if (node == SCENARIO_NONE || !reader->scenario->nodes[node].balancer)
        return true;
    scenario_fault(reader, place, "'%s' is a balancer, which %s: name one of its servers",
                   reader->scenario->nodes[node].name, what);
    return false;
}

/* --- the nodes that they are --- */

static const tree_node *section_of(const scenario_reader *reader)
{
    const tree_node *const section = tree_get(reader->root, "balancers");
    return section && section->kind == TREE_MAP && section->count <= BALANCERS_MAX ? section : NULL;
}

size_t scenario_balancers_count(const scenario_reader *reader)
{
    const tree_node *const section = section_of(reader);
    return section ? section->count : 0;
}

void scenario_balancers_declare(scenario_reader *reader, scenario_node *nodes)
{
    scenario *const whole = reader->scenario;
    const tree_node *const section = section_of(reader);
    scenario_balancer *const balancers =
        section ? scenario_arena_alloc(reader->arena, section->count, sizeof(*balancers)) : NULL;
    if (!balancers)
        return;
    size_t count = 0;
    for (const tree_node *entry = section->first; entry; entry = entry->next, count++) {
        balancers[count] = (scenario_balancer){.name = entry->key, .place = entry->key_place};
        nodes[count] = scenario_node_default(entry->key, entry->key_place);
        nodes[count].listen = 1;
        nodes[count].balancer = &balancers[count];
        scenario_read_name(reader, entry->key_place, entry->key, NAME_MAX_BYTES);
        for (const scenario_node *other = whole->nodes; other < nodes; other++)
            if (strcmp(other->name, entry->key) == 0)
                scenario_fault(reader, entry->key_place, "'%s' is a node and a balancer: rename one of them",
                               entry->key);
    }
    whole->balancers = balancers;
    whole->balancer_count = count;
}

/* --- what is said of them --- */

static bool is_taken(scenario_reader *reader, const key_prefix *address, const scenario_balancer *own)
{
    const scenario *const whole = reader->scenario;
    for (const scenario_balancer *other = whole->balancers; other < own; other++)
        if (other->family == address->family &&
            memcmp(other->address, address->prefix.address, sizeof(other->address)) == 0)
            return true;
    for (size_t i = 0; i < whole->network_count; i++) {
        const scenario_prefix *const prefix =
            address->family == SCENARIO_IPV4 ? &whole->networks[i].prefix4 : &whole->networks[i].prefix6;
        if (whole->networks[i].family == address->family &&
            scenario_prefixes_overlap(prefix, &address->prefix))
            return true;
    }
    return scenario_pool_with(reader, address) != NULL;
}

static void read_address(scenario_reader *reader, const tree_node *entry, balancer_draft *draft,
                         const scenario_balancer *own)
{
    const tree_node *const value = tree_get(entry, "address");
    if (!value || !scenario_read_kind(reader, value, TREE_SCALAR, "an address", "10.250.0.1"))
        return;
    key_prefix *const address = &draft->address;
    if (!scenario_parse_prefix(value->text, true, address) ||
        address->prefix.bits != (address->family == SCENARIO_IPV4 ? 32 : 128)) {
        scenario_fault(reader, value->place, "address: '%.60s' is no address: write for example 10.250.0.1",
                       value->text);
        return;
    }
    if (!scenario_check_prefix(reader, value, address))
        return;
    if (is_taken(reader, address, own))
        scenario_fault(reader, value->place,
                       "address: %.60s is of a network, a NAT or another balancer: write one outside of them",
                       value->text);
    draft->balancer.family = address->family;
    memcpy(draft->balancer.address, address->prefix.address, sizeof draft->balancer.address);
}

static bool may_serve(scenario_reader *reader, const tree_node *value, uint32_t node,
                      const scenario_balancer *balancer)
{
    const scenario_node *const server = &reader->scenario->nodes[node];
    if (!scenario_check_host(reader, value->place, node, "serves nobody"))
        return false;
    const scenario_balancer *const behind = server->behind;
    if (behind)
        scenario_fault(reader, value->place, "'%s' is behind '%s' already", server->name, behind->name);
    else if (server->attacker || server->relay_to != SCENARIO_NONE || server->membership.on)
        scenario_fault(reader, value->place, "'%s' is %s, which cannot be behind a balancer", server->name,
                       server->attacker        ? "an attacker"
                       : server->membership.on ? "a member of an overlay"
                                               : "a relay");
    else if (server->listen == 0)
        scenario_fault(reader, value->place,
                       "'%s' does not listen, so it cannot be behind '%s': give it for example listen: 4433",
                       server->name, balancer->name);
    else if (server->endpoint != SCENARIO_NONE)
        scenario_fault(reader, value->place,
                       "'%s' runs another QUIC library: servers behind a balancer run roam's", server->name);
    else
        return true;
    return false;
}

/* All listen on one port, which is the service's. */
static void take_server(scenario_reader *reader, const tree_node *value, uint32_t node, uint32_t *servers,
                        scenario_balancer *balancer)
{
    const scenario *const whole = reader->scenario;
    if (!may_serve(reader, value, node, balancer))
        return;
    scenario_node *const server = (scenario_node *)&whole->nodes[node];
    scenario_node *const service = (scenario_node *)&whole->nodes[balancer->node];
    if (balancer->server_count > 0 && server->listen != service->listen) {
        scenario_fault(reader, value->place, "'%s' listens on %u, and '%s' on %u: a balancer has one port",
                       server->name, server->listen, whole->nodes[servers[0]].name, service->listen);
        return;
    }
    service->listen = server->listen;
    server->behind = balancer;
    servers[balancer->server_count++] = node;
}

/* How many servers the list names, each member of a group. */
static size_t count_servers(const scenario *whole, const tree_node *list)
{
    size_t count = 0;
    for (const tree_node *value = list->first; value; value = value->next) {
        const uint32_t group =
            value->kind == TREE_SCALAR ? scenario_group_index(whole, value->text) : SCENARIO_NONE;
        count += group == SCENARIO_NONE ? 1 : whole->groups[group].count;
    }
    return count;
}

static void take_named(scenario_reader *reader, const tree_node *value, uint32_t *servers,
                       scenario_balancer *balancer)
{
    const scenario *const whole = reader->scenario;
    const uint32_t index =
        value->kind == TREE_SCALAR ? scenario_group_index(whole, value->text) : SCENARIO_NONE;
    const scenario_group *const group = index == SCENARIO_NONE ? NULL : &whole->groups[index];
    const size_t before = reader->diagnostics->total;
    uint32_t node = SCENARIO_NONE;
    if (!group && scenario_read_node(reader, value, &node))
        take_server(reader, value, node, servers, balancer);
    for (uint32_t i = 0; group && i < group->count && reader->diagnostics->total == before; i++)
        take_server(reader, value, group->first + i, servers, balancer);
}

static void read_servers(scenario_reader *reader, const tree_node *entry, scenario_balancer *balancer)
{
    const tree_node *const list = tree_get(entry, "to");
    if (!list || !scenario_read_kind(reader, list, TREE_LIST, "a list of servers", "[s1, s2]"))
        return;
    const size_t count = count_servers(reader->scenario, list);
    if (count == 0 || count > SCENARIO_SERVERS_MAX) {
        scenario_fault(reader, list->place, "to: %zu servers: write 1 to %d", count, SCENARIO_SERVERS_MAX);
        return;
    }
    uint32_t *const servers = scenario_arena_alloc(reader->arena, count, sizeof(*servers));
    if (!servers)
        return;
    balancer->servers = servers;
    for (const tree_node *value = list->first; value; value = value->next)
        take_named(reader, value, servers, balancer);
}

static void check_network(scenario_reader *reader, const tree_node *entry, const scenario_balancer *balancer)
{
    const scenario_network *const networks = reader->scenario->networks;
    const tree_node *const value = tree_get(entry, "network");
    if (balancer->network == SCENARIO_NONE || !value)
        return;
    const scenario_network *const on = &networks[balancer->network];
    if (on->nat != SCENARIO_NONE)
        scenario_fault(reader, value->place, "'%s' is behind a NAT, where no balancer leads", on->name);
    else if (on->family != balancer->family && tree_get(entry, "address"))
        scenario_fault(reader, value->place, "'%s' has another family than the address", on->name);
}

static void read_one(scenario_reader *reader, const tree_node *entry, scenario_balancer *balancer,
                     uint32_t node)
{
    balancer_draft draft = {.balancer = *balancer, .resets = true};
    draft.balancer.node = node;
    draft.balancer.network = SCENARIO_NONE;
    if (!scenario_read_kind(reader, entry, TREE_MAP, "the balancer's keys",
                            "{address: 10.250.0.1, to: [s1, s2]}"))
        return;
    scenario_read_map(reader, entry, SCENARIO_BALANCER_TABLE, &draft);
    read_address(reader, entry, &draft, balancer);
    draft.balancer.silent = !draft.resets;
    *balancer = draft.balancer;
    read_servers(reader, entry, balancer);
    check_network(reader, entry, balancer);
    const tree_node *const rotation = tree_get(entry, "rotation");
    if (rotation && balancer->by != SCENARIO_BY_CONNECTION_ID)
        scenario_fault(reader, rotation->key_place, "'rotation' is about by: connection-id");
}

void scenario_balancers_read(scenario_reader *reader, const tree_node *section)
{
    scenario *const whole = reader->scenario;
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of balancers",
                            "{vip: {address: 10.250.0.1, to: [s1, s2]}}"))
        return;
    if (section->count > BALANCERS_MAX) {
        scenario_fault(reader, section->place, "%zu balancers: at most %d", section->count, BALANCERS_MAX);
        return;
    }
    if (!whole->balancers)
        return;
    scenario_balancer *balancer = (scenario_balancer *)whole->balancers;
    uint32_t node = (uint32_t)(whole->node_count - whole->balancer_count);
    for (const tree_node *entry = section->first; entry; entry = entry->next)
        read_one(reader, entry, balancer++, node++);
}

void scenario_check_landing(scenario_reader *reader, const tree_node *entry, const scenario_flow *flow,
                            uint32_t on)
{
    const scenario *const whole = reader->scenario;
    if (flow->peer == SCENARIO_NONE)
        return;
    const scenario_balancer *const balancer = whole->nodes[flow->to].balancer;
    if (!balancer) {
        scenario_fault(reader, tree_get(entry, "lands")->place,
                       "'%s' is no balancer, on whose servers connections land", whole->nodes[flow->to].name);
    } else if (on != SCENARIO_NONE && scenario_server_of(balancer, on) == SCENARIO_NONE) {
        scenario_fault(reader, tree_get(entry, "on")->place, "'%s' is no server of '%s'",
                       whole->nodes[on].name, balancer->name);
    } else if (!tree_get(entry, "on") && !tree_get(entry, "times") && !tree_get(entry, "servers")) {
        scenario_fault(reader, entry->place,
                       "lands needs 'on', 'times' or 'servers': write for example on: %s",
                       balancer->server_count ? whole->nodes[balancer->servers[0]].name : "s1");
    }
}

void scenario_balancers_explain(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->balancer_count; i++) {
        const scenario_balancer *const balancer = &whole->balancers[i];
        const roam_addr address = scenario_balancer_address(balancer, whole->nodes[balancer->node].listen);
        char text[ROAM_ADDR_STRING_MAX];
        fprintf(stream, "  balancer %s at %s, by %s, to", balancer->name, roam_addr_format(&address, text),
                key_choice_name(WAYS, balancer->by));
        for (size_t k = 0; k < balancer->server_count; k++)
            fprintf(stream, "%s %s", k ? "," : "", whole->nodes[balancer->servers[k]].name);
        if (balancer->network != SCENARIO_NONE)
            fprintf(stream, " on %s", whole->networks[balancer->network].name);
        fprintf(stream, "%s\n", balancer->silent ? ", no stateless resets" : "");
    }
}
