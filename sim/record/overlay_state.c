/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The overlay at one moment, as a graph; and overlay.csv. */
#include "sim/record/overlay_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_at(uint64_t from_ns, uint64_t until_ns, uint64_t at_ns)
{
    return from_ns <= at_ns && at_ns < until_ns;
}

/* The edges of that time between nodes that have a number. */
static int graph_of(const overlay *self, uint64_t at_ns, const uint32_t *numbers, uint32_t nodes, graph **out)
{
    graph_edge *const edges = calloc(self->edge_count + 1, sizeof *edges);
    size_t count = 0;
    if (!edges)
        return ROAM_ERR_NO_MEMORY;
    for (size_t i = 0; i < self->edge_count; i++) {
        const overlay_edge *const edge = &self->edges[i];
        const uint32_t from = numbers ? numbers[edge->from] : edge->from;
        const uint32_t to = numbers ? numbers[edge->to] : edge->to;
        if (is_at(edge->from_ns, edge->until_ns, at_ns) && from != SCENARIO_NONE && to != SCENARIO_NONE)
            edges[count++] = (graph_edge){from, to};
    }
    const int result = graph_new(nodes, edges, count, out);
    free(edges);
    return result == 0 ? 0 : ROAM_ERR_NO_MEMORY;
}

int overlay_views_at(const overlay *self, uint64_t at_ns, graph **out)
{
    return graph_of(self, at_ns, NULL, (uint32_t)self->scenario->node_count, out);
}

void overlay_members_at(const overlay *self, uint64_t at_ns, bool *members)
{
    for (size_t i = 0; i < self->span_count; i++)
        if (is_at(self->spans[i].from_ns, self->spans[i].until_ns, at_ns))
            members[self->spans[i].node] = true;
}

/* A number for each of the members, in the order of the scenario; how many there are. NULL: out of memory. */
static uint32_t *number_members(const overlay *self, uint64_t at_ns, overlay_nodes of, uint32_t *count)
{
    const size_t all = self->scenario->node_count;
    uint32_t *const numbers = calloc(all + 1, sizeof *numbers);
    *count = 0;
    if (!numbers)
        return NULL;
    for (size_t i = 0; i < self->span_count; i++) {
        const overlay_span *const span = &self->spans[i];
        if (is_at(span->from_ns, span->until_ns, at_ns) && overlay_has(of, span->node))
            numbers[span->node] = 1;
    }
    for (size_t i = 0; i < all; i++)
        numbers[i] = numbers[i] ? (*count)++ : SCENARIO_NONE;
    return numbers;
}

static int count_degrees(const graph *directed, overlay_state *state)
{
    uint32_t *const degrees = calloc((size_t)state->nodes + 1, sizeof *degrees);
    if (!degrees)
        return ROAM_ERR_NO_MEMORY;
    graph_in_degrees(directed, degrees);
    state->in_degree_min = state->nodes > 0 ? degrees[0] : 0;
    for (uint32_t i = 0; i < state->nodes; i++) {
        state->in_degree_min = degrees[i] < state->in_degree_min ? degrees[i] : state->in_degree_min;
        state->in_degree_max = degrees[i] > state->in_degree_max ? degrees[i] : state->in_degree_max;
    }
    state->in_degrees = calloc((size_t)state->in_degree_max + 1, sizeof *state->in_degrees);
    for (uint32_t i = 0; state->in_degrees && i < state->nodes; i++)
        state->in_degrees[degrees[i]]++;
    free(degrees);
    return state->in_degrees ? 0 : ROAM_ERR_NO_MEMORY;
}

static int measure(const graph *directed, overlay_state *state)
{
    graph *links = NULL;
    int result = graph_links(directed, GRAPH_MUTUAL, &links);
    state->nodes = graph_nodes(directed);
    state->edges = graph_edges(directed);
    state->symmetric = graph_symmetric_edges(directed);
    if (result == 0)
        result = graph_components_of(links, NULL, &state->components);
    if (result == 0)
        result = graph_paths_of(links, GRAPH_SOURCES_MAX, &state->paths);
    if (result == 0)
        result = graph_clustering_of(links, &state->clustering);
    if (result == 0)
        result = count_degrees(directed, state);
    graph_free(links);
    return result;
}

int overlay_state_at(const overlay *self, uint64_t at_ns, overlay_nodes of, overlay_state *out)
{
    overlay_state state = {0};
    uint32_t nodes;
    graph *directed = NULL;
    uint32_t *const numbers = number_members(self, at_ns, of, &nodes);
    int result = numbers ? graph_of(self, at_ns, numbers, nodes, &directed) : ROAM_ERR_NO_MEMORY;
    if (result == 0)
        result = measure(directed, &state);
    free(numbers);
    graph_free(directed);
    if (result != 0) {
        overlay_state_fini(&state);
        return result;
    }
    *out = state;
    return 0;
}

void overlay_state_fini(overlay_state *state)
{
    free(state->in_degrees);
    *state = (overlay_state){0};
}

/* --- overlay.csv --- */

/* 100 ms, 200 ms, 500 ms, 1 s and so on: the first of which there are few enough. */
static uint64_t row_ns(uint64_t end_ns)
{
    static const uint64_t TIMES[] = {2, 5, 10};
    uint64_t unit_ns = 100000000;
    uint64_t row = unit_ns;
    for (size_t i = 0; end_ns / row >= OVERLAY_ROWS_MAX; i = (i + 1) % 3) {
        row = unit_ns * TIMES[i];
        unit_ns = i == 2 ? row : unit_ns;
    }
    return row;
}

/* PEER_UP events before that time, of edges from the *at-th on. */
static uint64_t count_ups(const overlay *self, size_t *at, uint64_t until_ns)
{
    const size_t before = *at;
    while (*at < self->edge_count && self->edges[*at].from_ns < until_ns)
        (*at)++;
    return *at - before;
}

/* PEER_DOWN events in each row. NULL: out of memory. */
static uint32_t *count_downs(const overlay *self, uint64_t each_ns, size_t rows)
{
    uint32_t *const downs = calloc(rows + 1, sizeof *downs);
    for (size_t i = 0; downs && i < self->edge_count; i++)
        if (self->edges[i].told)
            downs[self->edges[i].until_ns / each_ns]++;
    return downs;
}

/* The one in which the largest component has the smaller share of the members; one without members has none.
 */
static const overlay_step *worse(const overlay_step *a, const overlay_step *b)
{
    if (a->members == 0 || b->members == 0)
        return a->members == 0 ? b : a;
    return (uint64_t)b->largest * a->members < (uint64_t)a->largest * b->members ? b : a;
}

/* False: out of memory. */
static bool write_rows(const overlay *self, const overlay_history *history, FILE *to)
{
    const uint64_t each_ns = row_ns(history->end_ns);
    const size_t rows = history->end_ns / each_ns + 1;
    uint32_t *const downs = count_downs(self, each_ns, rows);
    const overlay_step *step = history->steps;
    const overlay_step *const end = history->steps + history->count;
    size_t edge = 0;
    if (!downs)
        return false;
    (void)fputs("at_ns,members,components,largest,ups,downs\n", to);
    for (size_t row = 0; row < rows; row++) {
        const uint64_t until_ns = (row + 1) * each_ns;
        const overlay_step *worst = step;
        while (step + 1 < end && step[1].at_ns < until_ns)
            worst = worse(worst, ++step);
        (void)fprintf(to, "%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%" PRIu32 "\n",
                      row * each_ns, worst->members, worst->components, worst->largest,
                      count_ups(self, &edge, until_ns), downs[row]);
    }
    free(downs);
    return true;
}

char *overlay_csv(const overlay *self)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const to = open_memstream(&text, &size);
    bool good = to && write_rows(self, overlay_history_all(self), to);
    if (to)
        good = fclose(to) == 0 && good;
    if (good)
        return text;
    free(text);
    return NULL;
}
