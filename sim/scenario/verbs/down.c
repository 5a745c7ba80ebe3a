/* SPDX-License-Identifier: GPL-2.0-or-later */
/* down and up: the link of a node carries nothing, its address stays. */
#include "sim/scenario/verb.h"

static void follow(order_check *at, const scenario_event *event)
{
    const bool down = event->verb == SCENARIO_LINK_DOWN;
    order_presence *const there = order_presence_at(at, event);
    if (!there->attached)
        order_report(at, event, "not on");
    else if (there->down == down)
        order_report(at, event, down ? "down already on" : "not down on");
    there->down = down;
}

static const key_row DOWN_ROWS[] = {
    NODE_ROW("down", "The node whose link stops; the address stays"), NETWORK_ROW, {0}};
static const key_row UP_ROWS[] = {NODE_ROW("up", "The node whose link goes again"), NETWORK_ROW, {0}};

const verb_descriptor SCENARIO_VERB_LINK_DOWN = {"down", DOWN_ROWS, .follow = follow};
const verb_descriptor SCENARIO_VERB_LINK_UP = {"up", UP_ROWS, .follow = follow};
