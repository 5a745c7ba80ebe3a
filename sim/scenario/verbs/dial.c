/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dial: a node connects anew; stage: it prepares an adapter for its next migration. */
#include "sim/scenario/verb.h"

bool scenario_check_dialer(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario *const whole = reader->scenario;
    const scenario_event *const event = &draft->event;
    if (!scenario_check_pair(reader, entry, draft))
        return false;
    if (whole->peers[event->peer].dialer != event->node) {
        scenario_fault(reader, tree_get(entry, draft->verb->name)->place,
                       "%s: it is '%s' that dials '%s', by peers", draft->verb->name,
                       whole->nodes[event->to].name, whole->nodes[event->node].name);
        return false;
    }
    return scenario_check_via(reader, tree_get(entry, "via"), event->via, draft->pair);
}

static const key_row DIAL_ROWS[] = {
    {"dial", KEY_FIELD(KEY_PAIR, entry_draft, pair), .of_group = true,
     .about = "The first node dials the second anew", .example = "laptop -> server"},
    {"via", EVENT_FIELD(KEY_NODE, via), .in_turn = true, .about = "The relay through which it dials",
     .otherwise = "none", .example = "relay"},
    {0},
};
static const key_row STAGE_ROWS[] = {
    {"stage", KEY_FIELD(KEY_PAIR, entry_draft, pair), .of_group = true,
     .about = "The connection whose next migration uses an adapter through a relay",
     .example = "laptop -> server"},
    {"via", EVENT_FIELD(KEY_NODE, via), .required = true, .in_turn = true,
     .about = "The relay of the adapter", .example = "relay"},
    {"network", EVENT_FIELD(KEY_NETWORK, network), .about = "The network of the adapter",
     .otherwise = "the one in use", .example = "cellular"},
    {0},
};

const verb_descriptor SCENARIO_VERB_DIAL = {"dial", DIAL_ROWS, .check = scenario_check_dialer,
                                            .follow = order_follow_call};
const verb_descriptor SCENARIO_VERB_STAGE = {"stage", STAGE_ROWS, .check = scenario_check_dialer,
                                             .follow = order_follow_call};
