/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_GRAPH_MEASURES_H
#define SIM_GRAPH_MEASURES_H

/*
 * What is measured of an overlay as a graph, as in the HyParView paper (Leitao, Pereira, Rodrigues, DSN 2007,
 * section 2.3): connectivity, paths, clustering, in-degrees, and whether edges are symmetric. A function that
 * takes links wants a graph of graph_links(): components and clustering are of links, whatever their
 * direction. Memory is linear in the nodes.
 */

#include "sim/graph/graph.h"

/* Of links. All of a graph without nodes are 0. */
typedef struct graph_components {
    uint32_t count;
    uint32_t largest; /* nodes of the largest */
    uint32_t in_it;   /* one of these: the lowest of the first that is so large */
} graph_components;

/* components, unless it is NULL, gets the component of each node: they are numbered from 0, by their lowest
 * node. O(nodes + edges). ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int graph_components_of(const graph *links, uint32_t *components, graph_components *out);

/* Shortest paths. */
typedef struct graph_paths {
    uint32_t sources; /* nodes from which all paths were followed */
    uint64_t pairs;   /* ordered pairs of a source and another node that it reaches */
    uint64_t hops;    /* the lengths of the shortest paths of these, added up */
    uint32_t longest; /* the longest of them: with all nodes as sources, the diameter */
} graph_paths;

/* From how many nodes paths are followed when there are more. */
#define GRAPH_SOURCES_MAX 2000

/* Along the edges, from every node; of a graph with more than sources_max nodes from so many that are evenly
 * spread over their numbers, the same in every run, and `longest` is then the longest of a sample. Pairs
 * without a path do not count. O(sources * (nodes + edges)). ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int graph_paths_of(const graph *self, uint32_t sources_max, graph_paths *out);

/* The mean length of a path; 0 without a pair. */
double graph_paths_mean(const graph_paths *paths);

/* The clustering coefficient: of each node the links among its neighbours divided by those that could be (0
 * with fewer than two neighbours), on average over all nodes; 0 without nodes. O(edges^1.5 log(edges)).
 * ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int graph_clustering_of(const graph *links, double *out);

/* How many edges lead to each node; in_degrees has room for all. */
void graph_in_degrees(const graph *self, uint32_t *in_degrees);

/* How many edges have their reverse. */
size_t graph_symmetric_edges(const graph *self);

#endif
