/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set: parameters of the links of a network, or of one node there. */
#include "sim/scenario/verb.h"

/* What stock ns-3 links cannot do. */
static bool check_p2p(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const scenario *const whole = reader->scenario;
    if (event->network == SCENARIO_NONE || whole->networks[event->network].link_type != SCENARIO_LINK_P2P)
        return true;
    const tree_node *const jitter = event->data.set.link.jitter_ns > 0 ? tree_get(entry, "jitter") : NULL;
    const tree_node *const rate = event->data.set.link.rate_bps == 0 ? tree_get(entry, "rate") : NULL;
    const tree_node *const delay = event->direction != SCENARIO_BOTH ? tree_get(entry, "delay") : NULL;
    const char *const name = whole->networks[event->network].name;
    if (jitter)
        scenario_fault(reader, jitter->place, "'%s' has p2p links, which have no jitter", name);
    if (rate)
        scenario_fault(reader, rate->place, "'%s' has p2p links, which need a rate", name);
    if (delay) {
        scenario_fault(reader, delay->place, "'%s' has p2p links, whose delay is one for both directions",
                       name);
    }
    return !jitter && !rate && !delay;
}

/* Rate and queue of a bus are those of all its devices, and are what the bus began with. */
static bool check_csma(scenario_reader *reader, const tree_node *entry, const entry_draft *draft)
{
    const scenario_network *const network = scenario_entry_network(reader, draft);
    static const char *const FIXED[] = {"rate", "queue"};
    bool good = true;
    for (size_t i = 0; network && network->link_type == SCENARIO_LINK_CSMA && i < 2; i++) {
        const tree_node *const value = tree_get(entry, FIXED[i]);
        if (value) {
            scenario_fault(reader, value->key_place, "'%s' is a csma bus, whose %s cannot be changed",
                           network->name, FIXED[i]);
            good = false;
        }
    }
    return good;
}

/* Rate and queue that nodes share are not one node's. */
static bool check_shared(scenario_reader *reader, const tree_node *entry, const entry_draft *draft)
{
    const scenario_network *const network = scenario_entry_network(reader, draft);
    static const char *const SHARED[] = {"rate", "queue"};
    bool good = true;
    for (size_t i = 0; network && network->shared && tree_get(entry, "node") && i < 2; i++) {
        const tree_node *const value = tree_get(entry, SHARED[i]);
        if (value) {
            scenario_fault(reader, value->key_place, "the nodes of '%s' share its %s: leave out 'node'",
                           network->name, SHARED[i]);
            good = false;
        }
    }
    return good && (!network || scenario_check_queue_unit(reader, entry, network->link_type,
                                                          draft->event.data.set.link.queue));
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_set *const set = &draft->event.data.set;
    set->changes = scenario_link_written(entry);
    if (set->changes == 0)
        scenario_fault(reader, entry->place, "set changes nothing: write for example delay: 500ms");
    return scenario_burst_read(reader, entry, &set->link.burst) &&
           (set->over_ns == 0 || scenario_check_ramps(reader, entry)) && set->changes != 0 &&
           (!draft->good || (check_p2p(reader, entry, &draft->event) && check_csma(reader, entry, draft) &&
                             check_shared(reader, entry, draft)));
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_set *const set = scenario_event_set(event);
    scenario_explain_where(whole, event, stream);
    scenario_explain_link(stream, &set->link, set->changes);
    if (set->over_ns)
        scenario_explain_time(stream, " over ", set->over_ns);
}

static const key_row ROWS[] = {
    {"set", EVENT_FIELD(KEY_NETWORK, network), .about = "The network whose links change their parameters",
     .example = "wifi"},
    {"node", EVENT_FIELD(KEY_NODE, node), .of_group = true, .about = "The node whose link it is",
     .otherwise = "all nodes of the network, now and later", .example = "laptop"},
    DIRECTION_ROW,
#define FIELD(bit, type, member, key, kind, limits, standard, example, changed, ...)                         \
    LINK_ROW(DATA_FIELD(kind, set.link.member), key, limits, NULL, changed)
    LINK_FIELDS(FIELD)
#undef FIELD
        {"over", DATA_FIELD(KEY_DURATION, set.over_ns), .min = 1, .max = SCENARIO_DAY_NS,
         .about = "Delay, jitter, rate and loss get there in equal steps in this time; without it, at once",
         .example = "2s"},
    {0},
};

const verb_descriptor SCENARIO_VERB_SET = {"set", ROWS, .check = check, .follow = order_follow_on,
                                           .explain = explain};
