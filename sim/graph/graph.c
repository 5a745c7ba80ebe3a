/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/graph/graph.h"

#include <assert.h>
#include <stdlib.h>

/* The successors of node n are to[first[n]] to to[first[n + 1] - 1], ascending. */
struct graph {
    uint32_t nodes;
    uint32_t *first;
    uint32_t *to;
};

static graph *allocate(uint32_t nodes, size_t edges)
{
    graph *const made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->nodes = nodes;
    made->first = calloc((size_t)nodes + 1, sizeof *made->first);
    made->to = calloc(edges + 1, sizeof *made->to);
    if (made->first && made->to)
        return made;
    graph_free(made);
    return NULL;
}

void graph_free(graph *self)
{
    if (!self)
        return;
    free(self->first);
    free(self->to);
    free(self);
}

/* first[n + 1] holds how many successors n has; then where they begin. */
static void add_up(graph *self)
{
    for (uint32_t node = 0; node < self->nodes; node++)
        self->first[node + 1] += self->first[node];
}

/* While a graph is filled, first[n] is the place of the next successor of n; afterwards it is one node late.
 */
static void shift_back(graph *self)
{
    for (uint32_t node = self->nodes; node > 0; node--)
        self->first[node] = self->first[node - 1];
    self->first[0] = 0;
}

static void fill(graph *self, const graph_edge *edges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        self->first[edges[i].from + 1]++;
    add_up(self);
    for (size_t i = 0; i < count; i++)
        self->to[self->first[edges[i].from]++] = edges[i].to;
    shift_back(self);
}

/* All edges the other way. The lists come out ascending, so that a graph turned round twice is sorted. */
static graph *turn_round(const graph *self)
{
    graph *const made = allocate(self->nodes, graph_edges(self));
    if (!made)
        return NULL;
    for (size_t i = 0; i < graph_edges(self); i++)
        made->first[self->to[i] + 1]++;
    add_up(made);
    for (uint32_t node = 0; node < self->nodes; node++)
        for (uint32_t i = self->first[node]; i < self->first[node + 1]; i++)
            made->to[made->first[self->to[i]]++] = node;
    shift_back(made);
    return made;
}

/* Of ascending lists: edges that are there twice, and those from a node to itself, are taken out. */
static void take_out(graph *self)
{
    uint32_t kept = 0;
    uint32_t begin = 0;
    for (uint32_t node = 0; node < self->nodes; node++) {
        const uint32_t end = self->first[node + 1];
        for (uint32_t i = begin; i < end; i++)
            if (self->to[i] != node && (kept == self->first[node] || self->to[kept - 1] != self->to[i]))
                self->to[kept++] = self->to[i];
        begin = end;
        self->first[node + 1] = kept;
    }
}

int graph_new(uint32_t nodes, const graph_edge *edges, size_t count, graph **out)
{
    if (nodes == UINT32_MAX || count >= UINT32_MAX)
        return ROAM_ERR_INVALID_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (edges[i].from >= nodes || edges[i].to >= nodes)
            return ROAM_ERR_INVALID_ARGUMENT;
    graph *const unsorted = allocate(nodes, count);
    if (unsorted)
        fill(unsorted, edges, count);
    graph *const reverse = unsorted ? turn_round(unsorted) : NULL;
    graph *const sorted = reverse ? turn_round(reverse) : NULL;
    graph_free(unsorted);
    graph_free(reverse);
    if (!sorted)
        return ROAM_ERR_NO_MEMORY;
    take_out(sorted);
    *out = sorted;
    return 0;
}

/* Two ascending lists as one: what is in either, or what is in both. Its length; to NULL: only that. */
static uint32_t merge(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count,
                      graph_link link, uint32_t *to)
{
    uint32_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < a_count || j < b_count) {
        const bool of_a = i < a_count && (j == b_count || a[i] <= b[j]);
        const bool of_b = j < b_count && (i == a_count || b[j] <= a[i]);
        const uint32_t value = of_a ? a[i] : b[j];
        if (link == GRAPH_EITHER || (of_a && of_b)) {
            if (to)
                to[count] = value;
            count++;
        }
        i += of_a;
        j += of_b;
    }
    return count;
}

static uint32_t merge_lists(const graph *self, const graph *reverse, uint32_t node, graph_link link,
                            uint32_t *to)
{
    uint32_t out_count;
    uint32_t in_count;
    const uint32_t *const out = graph_successors(self, node, &out_count);
    const uint32_t *const in = graph_successors(reverse, node, &in_count);
    return merge(out, out_count, in, in_count, link, to);
}

int graph_links(const graph *self, graph_link link, graph **out)
{
    graph *const reverse = turn_round(self);
    if (!reverse)
        return ROAM_ERR_NO_MEMORY;
    size_t edges = 0;
    for (uint32_t node = 0; node < self->nodes; node++)
        edges += merge_lists(self, reverse, node, link, NULL);
    graph *const made = edges < UINT32_MAX ? allocate(self->nodes, edges) : NULL;
    for (uint32_t node = 0; made && node < self->nodes; node++)
        made->first[node + 1] =
            made->first[node] + merge_lists(self, reverse, node, link, made->to + made->first[node]);
    graph_free(reverse);
    if (!made)
        return ROAM_ERR_NO_MEMORY;
    *out = made;
    return 0;
}

uint32_t graph_nodes(const graph *self)
{
    return self->nodes;
}

size_t graph_edges(const graph *self)
{
    return self->first[self->nodes];
}

const uint32_t *graph_successors(const graph *self, uint32_t node, uint32_t *count)
{
    assert(node < self->nodes);
    *count = self->first[node + 1] - self->first[node];
    return self->to + self->first[node];
}

bool graph_has(const graph *self, uint32_t from, uint32_t to)
{
    uint32_t count;
    const uint32_t *at = graph_successors(self, from, &count);
    while (count > 0) {
        const uint32_t half = count / 2;
        if (at[half] == to)
            return true;
        if (at[half] < to) {
            at += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return false;
}
