/* SPDX-License-Identifier: GPL-2.0-or-later */
/* walk: a node moves towards or away from the access point of a wifi network. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario_network *const network = scenario_entry_network(reader, draft);
    const tree_node *const speed = tree_get(entry, "speed");
    const tree_node *const over = tree_get(entry, "over");
    bool good = true;
    if (network && network->link_type != SCENARIO_LINK_WIFI) {
        scenario_fault(reader, tree_get(entry, "network")->place,
                       "'%s' is no wifi network, so no node can walk there: give it link: wifi",
                       network->name);
        good = false;
    }
    if (speed && over) {
        scenario_fault(reader, over->key_place, "'speed' and 'over' in one entry: write one of them");
        good = false;
    }
    if (!speed && !over) {
        scenario_fault(reader, entry->place, "how fast? write for example speed: 1.4mps, or over: 60s");
        good = false;
    }
    if (speed)
        draft->event.data.walk.over_ns = SCENARIO_NEVER;
    return good;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_walk *const walk = scenario_event_walk(event);
    char text[UNITS_TEXT_MAX];
    scenario_explain_where(whole, event, stream);
    fprintf(stream, " to %s", units_format(UNITS_LENGTH, walk->to_mm, text));
    if (walk->over_ns == SCENARIO_NEVER)
        fprintf(stream, " at %s", units_format(UNITS_SPEED, walk->speed_mmps, text));
    else
        scenario_explain_time(stream, " over ", walk->over_ns);
}

static const key_row ROWS[] = {
    NODE_ROW("walk", "The node that moves to another distance from the access point"),
    NETWORK_ROW,
    {"to", DATA_FIELD(KEY_LENGTH, walk.to_mm), .required = true, .min = SCENARIO_DISTANCE_MIN_MM,
     .max = SCENARIO_DISTANCE_MAX_MM, .about = "The distance from the access point to which the node moves",
     .example = "120m"},
    {"speed", DATA_FIELD(KEY_SPEED, walk.speed_mmps), .min = 1, .max = SCENARIO_SPEED_MAX_MMPS,
     .about = "How fast it moves; or write over", .example = "1.4mps"},
    {"over", DATA_FIELD(KEY_DURATION, walk.over_ns), .max = SCENARIO_DAY_NS,
     .about = "The time that it takes; 0s: at once; or write speed", .example = "60s"},
    {0},
};

const verb_descriptor SCENARIO_VERB_WALK = {"walk", ROWS, .check = check, .follow = order_follow_on,
                                            .explain = explain};
