/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suspend: a node whose timers stand still, and which hears nothing; wake: what `for:` makes of it. */
#include "sim/scenario/verb.h"

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const uint32_t node = draft->event.node;
    if (node == SCENARIO_NONE || !reader->scenario->nodes[node].attacker)
        return true;
    scenario_fault(reader, tree_get(entry, "suspend")->place,
                   "'%s' is an attacker, which has no endpoint to suspend",
                   reader->scenario->nodes[node].name);
    return false;
}

static void follow(order_check *at, const scenario_event *event)
{
    if (event->verb == SCENARIO_SUSPEND)
        order_follow_node(at, event);
    at->suspended[event->node] = event->verb == SCENARIO_SUSPEND;
}

static const key_row ROWS[] = {
    NODE_ROW("suspend", "The node that sleeps: it sends nothing, and what comes to it is dropped"),
    {"for", KEY_FIELD(KEY_DURATION, entry_draft, for_ns), .required = true, .min = 1, .max = SCENARIO_DAY_NS,
     .about = "How long the node sleeps", .example = "9min"},
    {0},
};

const verb_descriptor SCENARIO_VERB_SUSPEND = {"suspend", ROWS, .check = check, .follow = follow,
                                               .undone_by = SCENARIO_WAKE};
const verb_descriptor SCENARIO_VERB_WAKE = {"wake", .follow = follow};
