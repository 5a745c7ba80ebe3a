/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/verbs.h"

#define WALK_FIELD(member) EVENT_FIELD(walk.member)

const key_row SCENARIO_WALK_ROWS[] = {
    NODE_ROW("walk"),
    NETWORK_ROW,
    {"to", KEY_LENGTH, WALK_FIELD(to_mm), .required = true, .min = SCENARIO_DISTANCE_MIN_MM,
     .max = SCENARIO_DISTANCE_MAX_MM, .example = "120m"},
    {"speed", KEY_SPEED, WALK_FIELD(speed_mmps), .min = 1, .max = SCENARIO_SPEED_MAX_MMPS,
     .example = "1.4mps"},
    {"over", KEY_DURATION, WALK_FIELD(over_ns), .max = SCENARIO_DAY_NS, .example = "60s"},
    {0},
};

static const scenario_network *network_of(const scenario_reader *reader, const entry_draft *draft)
{
    uint32_t index = draft->event.network;
    return index == SCENARIO_NONE ? NULL : &reader->scenario->networks[index];
}

bool scenario_check_walk(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario_network *network = network_of(reader, draft);
    const tree_node *speed = tree_get(entry, "speed");
    const tree_node *over = tree_get(entry, "over");
    bool good = true;
    if (network && network->link_type != SCENARIO_LINK_WIFI) {
        scenario_fault(reader, tree_get(entry, "network")->place,
                       "'%s' is no wifi, so nobody can walk there: give it link: wifi", network->name);
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
    if (speed) {
        draft->event.walk.over_ns = SCENARIO_NEVER;
    }
    return good;
}

/* Rate and queue of a bus are those of all its devices, and are what the bus began with. */
bool scenario_check_set_medium(scenario_reader *reader, const tree_node *entry, const entry_draft *draft)
{
    const scenario_network *network = network_of(reader, draft);
    static const char *const FIXED[] = {"rate", "queue"};
    bool good = true;
    for (size_t i = 0; network && network->link_type == SCENARIO_LINK_CSMA && i < 2; i++) {
        const tree_node *value = tree_get(entry, FIXED[i]);
        if (value) {
            scenario_fault(reader, value->key_place, "'%s' is a csma bus, whose %s cannot be changed",
                           network->name, FIXED[i]);
            good = false;
        }
    }
    return good;
}

bool scenario_check_mtu(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario_network *network = network_of(reader, draft);
    return !draft->good || scenario_check_mtu_fits(reader, tree_get(entry, "bytes"), network->link_type,
                                                   draft->event.mtu.bytes);
}
