/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attach and detach: a node gets an address in a network, and loses it. */
#include "sim/scenario/verb.h"

static void follow(order_check *at, const scenario_event *event)
{
    const bool attach = event->verb == SCENARIO_ATTACH;
    order_presence *const there = order_presence_at(at, event);
    if (there->attached == attach) {
        order_report(at, event, attach ? "already on" : "not on");
        return;
    }
    there->attached = attach;
    there->wrong = false;
    there->before = true;
    at->counts[event->node] += attach ? 1u : UINT32_MAX;
}

static const key_row ATTACH_ROWS[] = {
    NODE_ROW("attach", "The node that gets an address on the network"), NETWORK_ROW, {0}};
static const key_row DETACH_ROWS[] = {
    NODE_ROW("detach", "The node that loses its address and link there"), NETWORK_ROW, {0}};

const verb_descriptor SCENARIO_VERB_ATTACH = {"attach", ATTACH_ROWS, .follow = follow, .attaches = true};
const verb_descriptor SCENARIO_VERB_DETACH = {"detach", DETACH_ROWS, .follow = follow, .attaches = true};
