/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log: what the nodes say, as it comes. */
#include "sim/record/overlay_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

static bool counts(const overlay *self, uint32_t node, uint64_t now_ns)
{
    return node < self->scenario->node_count && self->scenario->nodes[node].membership.on &&
           now_ns <= self->scenario->duration_ns;
}

/* An array of items with room for one more. False: out of memory. */
static bool reserve(overlay *self, void **items, size_t count, size_t *capacity, size_t size)
{
    void *const moved = room_for_one(*items, count, capacity, size);
    if (moved)
        *items = moved;
    else
        self->failed = true;
    return moved;
}

/* --- members --- */

static void begin_span(overlay *self, uint32_t node, uint64_t now_ns)
{
    void *spans = self->spans;
    if (self->nodes[node].span != SCENARIO_NONE ||
        !reserve(self, &spans, self->span_count, &self->span_capacity, sizeof *self->spans))
        return;
    self->spans = spans;
    self->nodes[node].span = (uint32_t)self->span_count;
    self->spans[self->span_count++] =
        (overlay_span){.node = node, .from_ns = now_ns, .until_ns = ROAM_NEVER, .linked_ns = ROAM_NEVER};
}

static void end_span(overlay *self, uint32_t node, uint64_t now_ns)
{
    overlay_node *const at = &self->nodes[node];
    if (at->span != SCENARIO_NONE)
        self->spans[at->span].until_ns = now_ns;
    at->span = SCENARIO_NONE;
}

/* --- active views --- */

/* The place in the node's view; its count: not there. */
static uint32_t place_of(const overlay *self, const overlay_node *node, uint32_t other)
{
    uint32_t place = 0;
    while (place < node->count && self->edges[node->view[place]].to != other)
        place++;
    return place;
}

static bool reserve_place(overlay *self, overlay_node *node)
{
    if (node->count < node->capacity)
        return true;
    const uint32_t capacity = node->capacity ? 2 * node->capacity : 8;
    uint32_t *const view = realloc(node->view, capacity * sizeof *view);
    if (!view) {
        self->failed = true;
        return false;
    }
    node->view = view;
    node->capacity = capacity;
    return true;
}

static void enter(overlay *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    overlay_node *const at = &self->nodes[node];
    void *edges = self->edges;
    at->churn.ups++;
    begin_span(self, node, now_ns);
    if (other == SCENARIO_NONE || other == node || place_of(self, at, other) < at->count ||
        !reserve_place(self, at) ||
        !reserve(self, &edges, self->edge_count, &self->edge_capacity, sizeof *self->edges))
        return;
    self->edges = edges;
    at->view[at->count++] = (uint32_t)self->edge_count;
    self->edges[self->edge_count++] =
        (overlay_edge){.from = node, .to = other, .from_ns = now_ns, .until_ns = ROAM_NEVER};
}

static void leave(overlay *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    overlay_node *const at = &self->nodes[node];
    const uint32_t place = place_of(self, at, other);
    at->churn.downs++;
    if (place == at->count)
        return;
    overlay_edge *const edge = &self->edges[at->view[place]];
    edge->until_ns = now_ns;
    edge->told = true;
    at->view[place] = at->view[--at->count];
}

/* A node that is stopped has no view any more, and no PEER_DOWN says so. */
static void stop(overlay *self, uint32_t node, uint64_t now_ns)
{
    overlay_node *const at = &self->nodes[node];
    for (uint32_t i = 0; i < at->count; i++)
        self->edges[at->view[i]].until_ns = now_ns;
    at->count = 0;
    at->stopped = true;
    end_span(self, node, now_ns);
}

static void start(overlay *self, const scenario_event *event, uint64_t now_ns)
{
    overlay_node *const node = &self->nodes[event->node];
    node->stopped = false;
    if (node->joined && scenario_event_restart(event)->redial)
        begin_span(self, event->node, now_ns);
}

/* The contact is a member, too, unless it is not there. */
static void join(overlay *self, const scenario_event *event, uint64_t now_ns)
{
    if (self->nodes[event->node].stopped)
        return;
    self->nodes[event->node].joined = true;
    begin_span(self, event->node, now_ns);
    if (!self->nodes[event->to].stopped)
        begin_span(self, event->to, now_ns);
}

/* PEER_DOWN comes for each of its peers. */
static void leave_overlay(overlay *self, uint32_t node, uint64_t now_ns)
{
    self->nodes[node].joined = false;
    end_span(self, node, now_ns);
}

/* --- the observer --- */

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    overlay *const self = ctx;
    if (!counts(self, node, now_ns))
        return;
    if (event->kind == ROAM_EVENT_PEER_UP)
        enter(self, node, other, now_ns);
    else if (event->kind == ROAM_EVENT_PEER_DOWN)
        leave(self, node, other, now_ns);
}

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    overlay *const self = ctx;
    if (!counts(self, event->node, now_ns))
        return;
    if (event->verb == SCENARIO_JOIN)
        join(self, event, now_ns);
    else if (event->verb == SCENARIO_LEAVE)
        leave_overlay(self, event->node, now_ns);
    else if (event->verb == SCENARIO_RESTART)
        stop(self, event->node, now_ns);
    else if (event->verb == SCENARIO_START)
        start(self, event, now_ns);
}

observer overlay_observer(overlay *self)
{
    return (observer){.ctx = self, .timeline = on_timeline, .core_event = on_core_event};
}

/* --- all of it --- */

int overlay_new(const scenario *whole, overlay **out)
{
    const size_t count = whole->node_count;
    overlay *const created = calloc(1, sizeof *created);
    if (created)
        created->nodes = calloc(count + 1, sizeof *created->nodes);
    if (!created || !created->nodes) {
        free(created);
        return ROAM_ERR_NO_MEMORY;
    }
    created->scenario = whole;
    for (size_t i = 0; i < count; i++)
        created->nodes[i].span = SCENARIO_NONE;
    *out = created;
    return 0;
}

void overlay_free(overlay *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->scenario->node_count; i++)
        free(self->nodes[i].view);
    free(self->nodes);
    free(self->edges);
    free(self->spans);
    overlay_history_fini(&self->history);
    free(self);
}

int overlay_finish(overlay *self)
{
    return self->failed ? ROAM_ERR_NO_MEMORY : overlay_history_of(self, NULL, &self->history);
}

const overlay_history *overlay_history_all(const overlay *self)
{
    return &self->history;
}

uint32_t overlay_nodes_of(const scenario *whole)
{
    uint32_t count = 0;
    for (size_t i = 0; i < whole->node_count; i++)
        count += whole->nodes[i].membership.on;
    return count;
}

overlay_churn overlay_churn_of(const overlay *self, uint32_t node)
{
    if (node != SCENARIO_NONE)
        return self->nodes[node].churn;
    overlay_churn all = {0};
    for (size_t i = 0; i < self->scenario->node_count; i++) {
        all.ups += self->nodes[i].churn.ups;
        all.downs += self->nodes[i].churn.downs;
    }
    return all;
}
