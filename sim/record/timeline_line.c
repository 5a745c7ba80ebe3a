/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/timeline_line.h"

#include <jansson.h>

static void put_text(json_t *object, const char *key, const char *text)
{
    (void)json_object_set_new(object, key, json_string(text));
}

static void put_node(const scenario *whole, json_t *object, const char *key, uint32_t node)
{
    if (node != SCENARIO_NONE)
        put_text(object, key, whole->nodes[node].name);
}

bool timeline_line_put(const scenario *whole, const scenario_event *event, json_t *object)
{
    put_text(object, "verb", scenario_verb_name(event->verb));
    if (scenario_event_ends(event))
        put_text(object, "ends", scenario_verb_name(event->ends));
    put_node(whole, object, "node", event->node);
    put_node(whole, object, "to", event->to);
    put_node(whole, object, "via", event->via);
    if (event->network != SCENARIO_NONE)
        put_text(object, "network", whole->networks[event->network].name);
    if (event->nat != SCENARIO_NONE)
        put_text(object, "nat", whole->nats[event->nat].name);
    if (event->direction != SCENARIO_BOTH)
        put_text(object, "direction", event->direction == SCENARIO_UP ? "up" : "down");
    return scenario_event_record(whole, event, object);
}
