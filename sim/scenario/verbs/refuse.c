/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refuse and permit: sockets of a node in a network can no more be opened, and can again. */
#include "sim/scenario/verb.h"

static void follow(order_check *at, const scenario_event *event)
{
    const bool refuse = event->verb == SCENARIO_REFUSE;
    const bool made = event->ends != SCENARIO_HEAL; /* of `for:`: it may be permitted again, or detached */
    order_presence *const there = order_presence_at(at, event);
    if (!made && !there->attached)
        order_report(at, event, "not on");
    else if (!made && there->refused == refuse)
        order_report(at, event, refuse ? "refused already on" : "not refused on");
    there->refused = refuse;
}

static const key_row REFUSE_ROWS[] = {
    NODE_ROW("refuse", "The node that can open no socket on the network"), NETWORK_ROW, FOR_ROW("2s"), {0}};
static const key_row PERMIT_ROWS[] = {
    NODE_ROW("permit", "The node that can open sockets there again"), NETWORK_ROW, {0}};

const verb_descriptor SCENARIO_VERB_REFUSE = {"refuse", REFUSE_ROWS, .follow = follow,
                                              .undone_by = SCENARIO_PERMIT};
const verb_descriptor SCENARIO_VERB_PERMIT = {"permit", PERMIT_ROWS, .follow = follow, .lapses = true};
