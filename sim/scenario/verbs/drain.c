/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drain, remove, restore: a server of a balancer; reroute: an anycast address leads to another server. */
#include "sim/scenario/verb.h"

static const scenario_balancer *balancer_of(scenario_reader *reader, const tree_node *entry,
                                            const entry_draft *draft)
{
    const uint32_t service = draft->event.to;
    if (!draft->good || service == SCENARIO_NONE)
        return NULL;
    const scenario_node *const node = &reader->scenario->nodes[service];
    if (!node->balancer)
        scenario_fault(reader, tree_get(entry, draft->verb->name)->place, "'%s' is no balancer", node->name);
    return node->balancer;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario_balancer *const balancer = balancer_of(reader, entry, draft);
    const bool reroutes = draft->event.verb == SCENARIO_REROUTE;
    const uint32_t server = draft->event.node;
    if (!balancer || server == SCENARIO_NONE)
        return false;
    if (reroutes != (balancer->by == SCENARIO_BY_ROUTE)) {
        scenario_fault(reader, tree_get(entry, draft->verb->name)->place,
                       reroutes ? "reroute is about balancers by: route; '%s' has drain, remove and restore"
                                : "'%s' is by: route, which only reroute changes",
                       balancer->name);
        return false;
    }
    if (scenario_server_of(balancer, server) != SCENARIO_NONE)
        return true;
    scenario_fault(reader, tree_get(entry, "server")->place, "'%s' is no server of '%s'",
                   reader->scenario->nodes[server].name, balancer->name);
    return false;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    fprintf(stream, " %s, server %s", whole->nodes[event->to].name,
            scenario_explain_name(whole, event, event->node));
    if (event->network != SCENARIO_NONE)
        fprintf(stream, ", from %s", whole->networks[event->network].name);
}

#define SERVICE_ROW(verb, says)                                                                              \
    {                                                                                                        \
        verb, EVENT_FIELD(KEY_NODE, to), .one = "a group is no balancer", .about = says, .example = "vip"    \
    }
#define SERVER_ROW                                                                                           \
    {                                                                                                        \
        "server", EVENT_FIELD(KEY_NODE, node), .required = true, .of_group = true,                           \
                                               .about = "The server of the balancer that this is about",     \
                                               .example = "s1"                                               \
    }

static const key_row DRAIN_ROWS[] = {
    SERVICE_ROW("drain", "The balancer that gives a server no new connections"), SERVER_ROW, {0}};
static const key_row REMOVE_ROWS[] = {
    SERVICE_ROW("remove", "The balancer that sends a server nothing any more"), SERVER_ROW, {0}};
static const key_row RESTORE_ROWS[] = {
    SERVICE_ROW("restore", "The balancer that undoes drain and remove of a server"), SERVER_ROW, {0}};
static const key_row REROUTE_ROWS[] = {
    SERVICE_ROW("reroute", "The balancer that sends to another server; it has by: route"),
    SERVER_ROW,
    {"from", EVENT_FIELD(KEY_NETWORK, network), .about = "The network from which datagrams go to that server",
     .otherwise = "all", .example = "lte"},
    {0},
};

const verb_descriptor SCENARIO_VERB_DRAIN = {"drain", DRAIN_ROWS, .check = check, .explain = explain};
const verb_descriptor SCENARIO_VERB_REMOVE = {"remove", REMOVE_ROWS, .check = check, .explain = explain};
const verb_descriptor SCENARIO_VERB_RESTORE = {"restore", RESTORE_ROWS, .check = check, .explain = explain};
const verb_descriptor SCENARIO_VERB_REROUTE = {"reroute", REROUTE_ROWS, .check = check, .explain = explain};
