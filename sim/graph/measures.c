/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/graph/measures.h"

#include <stdlib.h>
#include <string.h>

#define NOT_SEEN UINT32_MAX

/* --- breadth first --- */

/* What a search needs, of as many places as there are nodes. */
typedef struct search {
    uint32_t *queue;
    uint32_t *marks; /* of each node what the search wrote there, or NOT_SEEN */
} search;

static bool search_init(search *self, uint32_t nodes)
{
    self->queue = calloc((size_t)nodes + 1, sizeof *self->queue);
    self->marks = calloc((size_t)nodes + 1, sizeof *self->marks);
    if (self->queue && self->marks) {
        memset(self->marks, 0xff, ((size_t)nodes + 1) * sizeof *self->marks);
        return true;
    }
    free(self->queue);
    free(self->marks);
    return false;
}

static void search_fini(search *self)
{
    free(self->queue);
    free(self->marks);
}

/* Marks what is reached from the node: with step 0 all with the first mark, with step 1 with their distance
 * more. How many there are; they stand in the queue, by their distance. */
static uint32_t search_from(search *self, const graph *of, uint32_t node, uint32_t mark, uint32_t step)
{
    uint32_t reached = 1;
    self->queue[0] = node;
    self->marks[node] = mark;
    for (uint32_t i = 0; i < reached; i++) {
        const uint32_t from = self->queue[i];
        uint32_t count;
        const uint32_t *const to = graph_successors(of, from, &count);
        for (uint32_t j = 0; j < count; j++) {
            if (self->marks[to[j]] != NOT_SEEN)
                continue;
            self->marks[to[j]] = self->marks[from] + step;
            self->queue[reached++] = to[j];
        }
    }
    return reached;
}

int graph_components_of(const graph *links, uint32_t *components, graph_components *out)
{
    const uint32_t nodes = graph_nodes(links);
    graph_components found = {0};
    search searched;
    if (!search_init(&searched, nodes))
        return ROAM_ERR_NO_MEMORY;
    for (uint32_t node = 0; node < nodes; node++) {
        if (searched.marks[node] != NOT_SEEN)
            continue;
        const uint32_t size = search_from(&searched, links, node, found.count++, 0);
        if (size > found.largest) {
            found.largest = size;
            found.in_it = node;
        }
    }
    if (components && nodes > 0)
        memcpy(components, searched.marks, nodes * sizeof *components);
    search_fini(&searched);
    *out = found;
    return 0;
}

int graph_paths_of(const graph *self, uint32_t sources_max, graph_paths *out)
{
    const uint32_t nodes = graph_nodes(self);
    graph_paths found = {.sources = nodes < sources_max ? nodes : sources_max};
    search searched;
    if (!search_init(&searched, nodes))
        return ROAM_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < found.sources; i++) {
        const uint32_t source = (uint32_t)((uint64_t)i * nodes / found.sources);
        const uint32_t reached = search_from(&searched, self, source, 0, 1);
        found.pairs += reached - 1;
        for (uint32_t j = 0; j < reached; j++) {
            uint32_t *const distance = &searched.marks[searched.queue[j]];
            found.hops += *distance;
            found.longest = *distance > found.longest ? *distance : found.longest;
            *distance = NOT_SEEN;
        }
    }
    search_fini(&searched);
    *out = found;
    return 0;
}

double graph_paths_mean(const graph_paths *paths)
{
    return paths->pairs > 0 ? (double)paths->hops / (double)paths->pairs : 0;
}

/* --- clustering --- */

/* Each link counts from the end with fewer links, or with the lower number: then no node has many, and each
 * triangle is found once, from the node that comes first. */
static bool comes_before(const graph *links, uint32_t a, uint32_t b)
{
    uint32_t a_count;
    uint32_t b_count;
    (void)graph_successors(links, a, &a_count);
    (void)graph_successors(links, b, &b_count);
    return a_count != b_count ? a_count < b_count : a < b;
}

static void count_triangles(const graph *links, uint32_t node, uint32_t *later, uint64_t *triangles)
{
    uint32_t count;
    uint32_t later_count = 0;
    const uint32_t *const near = graph_successors(links, node, &count);
    for (uint32_t i = 0; i < count; i++)
        if (comes_before(links, node, near[i]))
            later[later_count++] = near[i];
    for (uint32_t i = 0; i < later_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (!graph_has(links, later[i], later[j]))
                continue;
            triangles[node]++;
            triangles[later[i]]++;
            triangles[later[j]]++;
        }
    }
}

int graph_clustering_of(const graph *links, double *out)
{
    const uint32_t nodes = graph_nodes(links);
    uint64_t *const triangles = calloc((size_t)nodes + 1, sizeof *triangles);
    uint32_t *const later = calloc((size_t)nodes + 1, sizeof *later);
    const bool room = triangles && later;
    double sum = 0;
    for (uint32_t node = 0; room && node < nodes; node++)
        count_triangles(links, node, later, triangles);
    for (uint32_t node = 0; room && node < nodes; node++) {
        uint32_t count;
        (void)graph_successors(links, node, &count);
        if (count >= 2)
            sum += 2 * (double)triangles[node] / ((double)count * (count - 1));
    }
    free(triangles);
    free(later);
    if (!room)
        return ROAM_ERR_NO_MEMORY;
    *out = nodes > 0 ? sum / nodes : 0;
    return 0;
}

/* --- edges --- */

void graph_in_degrees(const graph *self, uint32_t *in_degrees)
{
    const uint32_t nodes = graph_nodes(self);
    for (uint32_t node = 0; node < nodes; node++)
        in_degrees[node] = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        uint32_t count;
        const uint32_t *const to = graph_successors(self, node, &count);
        for (uint32_t i = 0; i < count; i++)
            in_degrees[to[i]]++;
    }
}

size_t graph_symmetric_edges(const graph *self)
{
    size_t symmetric = 0;
    for (uint32_t node = 0; node < graph_nodes(self); node++) {
        uint32_t count;
        const uint32_t *const to = graph_successors(self, node, &count);
        for (uint32_t i = 0; i < count; i++)
            symmetric += graph_has(self, to[i], node);
    }
    return symmetric;
}
