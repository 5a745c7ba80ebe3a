/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reconnect: what a node does that does not migrate: it closes a connection, and dials the other end anew. */
#include "sim/scenario/verb.h"

#define TIMEOUT_NS (5000 * SCENARIO_MILLISECOND_NS)

static void defaults(entry_draft *draft)
{
    draft->event.data.call = (scenario_call){.timeout_ns = TIMEOUT_NS};
}

/* By peers, or by its membership. */
static bool dials(const scenario *whole, uint32_t node)
{
    bool found = whole->nodes[node].membership.on;
    for (size_t i = 0; !found && i < whole->peer_count; i++)
        found = whole->peers[i].dialer == node;
    return found;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    draft->event.node = draft->pair.from; /* of each connection that the node can dial, if it stands alone */
    const bool good = draft->pair.to == SCENARIO_NONE ? draft->pair.from != SCENARIO_NONE
                                                      : scenario_check_dialer(reader, entry, draft);
    if (draft->pair.to == SCENARIO_NONE && draft->event.via != SCENARIO_NONE) {
        scenario_fault(reader, tree_get(entry, "via")->place,
                       "reconnect: via needs a pair: write for example laptop -> server");
        return false;
    }
    if (draft->pair.to == SCENARIO_NONE && good && !dials(reader->scenario, draft->pair.from)) {
        scenario_fault(reader, tree_get(entry, "reconnect")->place,
                       "reconnect: '%s' dials no node, by peers: only who dialled can dial anew",
                       reader->scenario->nodes[draft->pair.from].name);
        return false;
    }
    return scenario_check_as(reader, entry, draft) && good;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_call *const call = scenario_event_call(event);
    scenario_explain_where(whole, event, stream);
    scenario_explain_time(stream, " within ", call->timeout_ns);
    fprintf(stream, "%s%s", call->label ? ", as " : "", call->label ? call->label : "");
}

static const key_row ROWS[] = {
    {"reconnect", KEY_FIELD(KEY_NODE_OR_PAIR, entry_draft, pair), .of_group = true,
     .about = "The first node closes its connection with the second and dials it anew; of one node: each "
              "connection that is up",
     .example = "laptop -> server"},
    {"network", EVENT_FIELD(KEY_NETWORK, network), .about = "The network from which it dials",
     .otherwise = "the one that leads there", .example = "cellular"},
    {"via", EVENT_FIELD(KEY_NODE, via), .in_turn = true, .about = "The relay through which it dials",
     .otherwise = "none", .example = "relay"},
    {"timeout", DATA_FIELD(KEY_DURATION, call.timeout_ns), .min = SCENARIO_MILLISECOND_NS,
     .max = SCENARIO_DAY_NS, .about = "How long the reconnect may take", .otherwise = "5s", .example = "5s"},
    {"as", DATA_FIELD(KEY_NAME, call.label), .max = SCENARIO_LABEL_MAX_BYTES,
     .about = "The label by which expectations and tables call it", .example = "again"},
    {0},
};

const verb_descriptor SCENARIO_VERB_RECONNECT = {
    "reconnect", ROWS, .defaults = defaults, .check = check, .follow = order_follow_call, .explain = explain};
