/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_GRAPH_GRAPH_H
#define SIM_GRAPH_GRAPH_H

/*
 * A directed graph as lists of successors, in memory linear in nodes and edges. It knows nothing of the
 * world: nodes are numbers from 0. An edge from a node to itself is none, and one that is given twice is one.
 * What is measured of it stands in measures.h.
 */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct graph graph;

typedef struct graph_edge {
    uint32_t from;
    uint32_t to;
} graph_edge;

/* Which links an undirected graph has. */
typedef enum graph_link {
    GRAPH_EITHER, /* between nodes with an edge one way or the other */
    GRAPH_MUTUAL  /* between nodes with an edge both ways */
} graph_link;

/* The edges are copied. ROAM_ERR_INVALID_ARGUMENT: one has a node that is none of them, or there are
 * UINT32_MAX edges or more, or as many nodes; ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int graph_new(uint32_t nodes, const graph_edge *edges, size_t count, graph **out);
void graph_free(graph *self); /* NULL is fine */

/* The links of a graph, as a graph of its own in which the reverse of each edge is there. ROAM_ERR_NO_MEMORY.
 */
ROAM_CHECKED int graph_links(const graph *self, graph_link link, graph **out);

uint32_t graph_nodes(const graph *self);
/* Edges; of an undirected graph twice as many as it has links. */
size_t graph_edges(const graph *self);

/* The successors of a node, ascending; valid until the graph is freed. */
const uint32_t *graph_successors(const graph *self, uint32_t node, uint32_t *count);
bool graph_has(const graph *self, uint32_t from, uint32_t to);

#endif
