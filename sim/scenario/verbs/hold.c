/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hold: the links of a network, or of one node there, keep their packets and let them go afterwards. */
#include "sim/scenario/verb.h"

#define HOUR_NS UINT64_C(3600000000000)

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario_network *const network = scenario_entry_network(reader, draft);
    if (!network)
        return true;
    const bool is_pipe = network->link_type == SCENARIO_LINK_PIPE;
    if (is_pipe && !network->shared && network->discipline == SCENARIO_DROPTAIL)
        return true;
    scenario_fault(reader, tree_get(entry, "hold")->place,
                   is_pipe
                       ? "'%s' has queues of its own, which cannot be held: hold needs discipline: "
                         "drop-tail, and no queue that is shared"
                       : "'%s' has links of ns-3's own models, which cannot be held: hold needs link: pipe",
                   network->name);
    return false;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_explain_where(whole, event, stream);
    scenario_explain_time(stream, " for ", scenario_event_hold(event)->for_ns);
}

static const key_row ROWS[] = {
    {"hold", EVENT_FIELD(KEY_NETWORK, network),
     .about = "The network whose links keep their packets for a time", .example = "wifi"},
    {"node", EVENT_FIELD(KEY_NODE, node), .of_group = true, .about = "The node whose link it is",
     .otherwise = "all nodes of the network", .example = "laptop"},
    DIRECTION_ROW,
    {"for", DATA_FIELD(KEY_DURATION, hold.for_ns), .required = true, .min = 1, .max = HOUR_NS,
     .about = "How long the packets are kept", .example = "250ms"},
    {0},
};

const verb_descriptor SCENARIO_VERB_HOLD = {"hold", ROWS, .check = check, .follow = order_follow_on,
                                            .explain = explain};
