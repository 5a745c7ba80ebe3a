/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/preferred.h"

static const char *family_name(scenario_family family)
{
    return family == SCENARIO_IPV6 ? "IPv6" : "IPv4";
}

/* Where the node is attached from the start, and whether to another network of that family, too. */
static bool is_on(const scenario_reader *reader, const scenario_node *node, uint32_t network, bool *elsewhere)
{
    const scenario_network *const networks = reader->scenario->networks;
    bool there = false;
    *elsewhere = false;
    for (size_t i = 0; i < node->network_count; i++) {
        there |= node->networks[i] == network;
        *elsewhere |=
            node->networks[i] != network && networks[node->networks[i]].family == networks[network].family;
    }
    return there;
}

static bool check(scenario_reader *reader, const tree_node *item, const scenario_node *node, uint32_t index)
{
    const scenario_network *const network = &reader->scenario->networks[index];
    const uint32_t other = node->preferred[network->family];
    bool elsewhere;
    if (!is_on(reader, node, index, &elsewhere)) {
        scenario_fault(reader, item->place, "'%s' is not on '%s' from the start: add it to its networks",
                       node->name, network->name);
    } else if (!elsewhere) {
        scenario_fault(reader, item->place,
                       "'%s' is the only %s network of '%s': its clients are there already", network->name,
                       family_name(network->family), node->name);
    } else if (network->nat != SCENARIO_NONE) {
        scenario_fault(
            reader, item->place,
            "'%s' is behind the NAT '%s': clients cannot reach the address that the node has there",
            network->name, reader->scenario->nats[network->nat].name);
    } else if (other != SCENARIO_NONE) {
        scenario_fault(reader, item->place,
                       "'%s' and '%s' are both %s: a server prefers one address of each family",
                       reader->scenario->networks[other].name, network->name, family_name(network->family));
    } else {
        return true;
    }
    return false;
}

static void read_one(scenario_reader *reader, const tree_node *item, scenario_node *node)
{
    uint32_t index = SCENARIO_NONE;
    if (scenario_read_network(reader, item, &index) && index != SCENARIO_NONE &&
        check(reader, item, node, index))
        node->preferred[reader->scenario->networks[index].family] = index;
}

bool scenario_prefers_address(const scenario_node *node)
{
    return node->preferred[SCENARIO_IPV4] != SCENARIO_NONE || node->preferred[SCENARIO_IPV6] != SCENARIO_NONE;
}

void scenario_preferred_read(scenario_reader *reader, const tree_node *entry, scenario_node *node)
{
    const tree_node *const map = tree_get(entry, "quic");
    const tree_node *const value = map && map->kind == TREE_MAP ? tree_get(map, "preferred_address") : NULL;
    node->preferred[SCENARIO_IPV4] = node->preferred[SCENARIO_IPV6] = SCENARIO_NONE;
    if (!value)
        return;
    if (value->kind == TREE_LIST && value->count == 0) {
        scenario_fault(reader, value->place, "preferred_address: no network is named");
        return;
    }
    if (node->listen == 0) {
        scenario_fault(reader, value->place,
                       "'%s' does not listen, and has no clients to tell an address: give it for example "
                       "listen: 4433",
                       node->name);
        return;
    }
    if (value->kind != TREE_LIST) {
        read_one(reader, value, node);
        return;
    }
    for (const tree_node *item = value->first; item; item = item->next)
        read_one(reader, item, node);
}

void scenario_preferred_explain(const scenario *whole, const scenario_node *node, FILE *stream)
{
    const char *before = ", prefers to be reached over ";
    for (size_t i = 0; i < 2; i++) {
        if (node->preferred[i] == SCENARIO_NONE)
            continue;
        fprintf(stream, "%s%s", before, whole->networks[node->preferred[i]].name);
        before = " and ";
    }
}

scenario_flow scenario_check_preferred(scenario_reader *reader, const tree_node *value,
                                       const expect_draft *draft)
{
    const scenario *const whole = reader->scenario;
    const scenario_flow flow = scenario_check_flow(reader, value, draft);
    if (flow.peer == SCENARIO_NONE)
        return flow;
    const scenario_node *const client = &whole->nodes[flow.from];
    const scenario_node *const server = &whole->nodes[flow.to];
    if (whole->peers[flow.peer].dialer != flow.from) {
        scenario_fault(reader, value->place, "'%s' is the client of the two: write %s -> %s", server->name,
                       server->name, client->name);
    } else if (server->preferred[SCENARIO_IPV4] == SCENARIO_NONE &&
               server->preferred[SCENARIO_IPV6] == SCENARIO_NONE) {
        scenario_fault(reader, value->place,
                       "'%s' prefers no address: write for example quic: {preferred_address: NETWORK} there",
                       server->name);
    } else if (client->quic.ignore_preferred_address) {
        scenario_fault(reader, value->place,
                       "'%s' ignores preferred addresses: write {never: preferred_address, node: %s}",
                       client->name, client->name);
    }
    return flow;
}
