/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario_internal.h"
#include "sim/units.h"

/* Follows the timeline in order, to know on which networks each node is when something is done to it. */

typedef struct tracker {
    scenario_reader *reader;
    bool *attached;      /* node by network */
    uint32_t *counts;    /* networks of each node */
    scenario_place last; /* an entry is reported once, whatever its repetitions do */
} tracker;

static bool *cell(const tracker *t, uint32_t node, uint32_t network)
{
    return &t->attached[node * t->reader->scenario->network_count + network];
}

static void report(tracker *t, const scenario_event *event, const char *what)
{
    const scenario *whole = t->reader->scenario;
    char time[UNITS_TEXT_MAX];
    bool again = t->last.line == event->place.line && t->last.column == event->place.column &&
                 t->last.override == event->place.override;
    if (again || t->reader->all_unsure || t->reader->unsure[event->node]) {
        return;
    }
    t->last = event->place;
    units_format(UNITS_DURATION, event->at_ns, time);
    if (event->network == SCENARIO_NONE) {
        scenario_fault(t->reader, event->place, "%s: '%s' is on no network at %s",
                       scenario_verb_name(event->verb), whole->nodes[event->node].name, time);
    } else {
        scenario_fault(t->reader, event->place, "%s: '%s' is %s network '%s' at %s",
                       scenario_verb_name(event->verb), whole->nodes[event->node].name, what,
                       whole->networks[event->network].name, time);
    }
}

static void follow(tracker *t, const scenario_event *event)
{
    bool known = event->node != SCENARIO_NONE && event->network != SCENARIO_NONE;
    bool *attached = known ? cell(t, event->node, event->network) : NULL;
    switch (event->verb) {
    case SCENARIO_ATTACH:
        if (*attached) {
            report(t, event, "already on");
        } else {
            *attached = true;
            t->counts[event->node]++;
        }
        break;
    case SCENARIO_DETACH:
        if (!*attached) {
            report(t, event, "not on");
        } else {
            *attached = false;
            t->counts[event->node]--;
        }
        break;
    case SCENARIO_MIGRATE:
        if (known ? !*attached : t->counts[event->node] == 0) {
            report(t, event, "not on");
        }
        break;
    case SCENARIO_SET:
    case SCENARIO_LINK_DOWN:
    case SCENARIO_LINK_UP:
    case SCENARIO_BLACKHOLE:
    case SCENARIO_HEAL:
        if (known && !*attached) {
            report(t, event, "not on");
        }
        break;
    case SCENARIO_SAY:
        break;
    }
}

void scenario_order_check(scenario_reader *reader)
{
    const scenario *whole = reader->scenario;
    if (!reader->unsure) {
        return;
    }
    tracker t = {.reader = reader};
    t.attached = scenario_arena_alloc(reader->arena, whole->node_count * whole->network_count, sizeof(bool));
    t.counts = scenario_arena_alloc(reader->arena, whole->node_count, sizeof(uint32_t));
    if (!t.attached || !t.counts) {
        return;
    }
    for (uint32_t node = 0; node < whole->node_count; node++) {
        for (size_t i = 0; i < whole->nodes[node].network_count; i++) {
            *cell(&t, node, whole->nodes[node].networks[i]) = true;
            t.counts[node]++;
        }
    }
    for (size_t i = 0; i < whole->event_count; i++) {
        follow(&t, &whole->events[i]);
    }
}
