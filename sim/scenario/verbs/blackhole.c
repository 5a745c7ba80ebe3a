/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blackhole: packets are eaten silently; and heal, which ends that and all other faults of a link. */
#include "sim/scenario/verb.h"

static void follow_heal(order_check *at, const scenario_event *event)
{
    order_presence *const there = order_presence_at(at, event);
    if (!there || event->ends != SCENARIO_HEAL) /* what `for:` ends may have been ended before */
        return;
    if (!there->attached)
        order_report(at, event, "not on");
    else if (!there->wrong)
        order_report(at, event, "not disturbed on");
    there->wrong = false;
}

static const key_row BLACKHOLE_ROWS[] = {NODE_ROW("blackhole", "The node whose link drops packets silently"),
                                         NETWORK_ROW,
                                         DIRECTION_ROW,
                                         FOR_ROW("2s"),
                                         {0}};
static const key_row HEAL_ROWS[] = {
    NODE_ROW("heal", "The node whose link has no fault any more"), NETWORK_ROW, DIRECTION_ROW, {0}};

const verb_descriptor SCENARIO_VERB_BLACKHOLE = {
    "blackhole", BLACKHOLE_ROWS, .follow = order_follow_disturbance, .undone_by = SCENARIO_HEAL};
const verb_descriptor SCENARIO_VERB_HEAL = {"heal", HEAL_ROWS, .follow = follow_heal, .lapses = true};
