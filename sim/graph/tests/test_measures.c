/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graphs with known closed forms, and a model that knows nothing of lists. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/graph/measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EDGES_MAX = 40000, MODEL_NODES = 24 };

typedef struct drawn {
    uint32_t nodes;
    size_t count;
    graph_edge edges[EDGES_MAX];
} drawn;

static void edge(drawn *to, uint32_t a, uint32_t b)
{
    to->edges[to->count++] = (graph_edge){a, b};
}

static void link_both(drawn *to, uint32_t a, uint32_t b)
{
    edge(to, a, b);
    edge(to, b, a);
}

static void ring(drawn *to, uint32_t nodes)
{
    to->nodes = nodes;
    for (uint32_t i = 0; i < nodes; i++)
        link_both(to, i, (i + 1) % nodes);
}

static void one_way_ring(drawn *to, uint32_t nodes)
{
    to->nodes = nodes;
    for (uint32_t i = 0; i < nodes; i++)
        edge(to, i, (i + 1) % nodes);
}

static void complete(drawn *to, uint32_t nodes)
{
    to->nodes = nodes;
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t j = 0; j < nodes; j++)
            if (i != j)
                edge(to, i, j);
}

static void star(drawn *to, uint32_t nodes)
{
    to->nodes = nodes;
    for (uint32_t i = 1; i < nodes; i++)
        link_both(to, 0, i);
}

/* Two complete graphs; the second is the larger one. */
static void two_cliques(drawn *to, uint32_t nodes)
{
    const uint32_t half = nodes / 2 - 1;
    to->nodes = nodes;
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t j = 0; j < nodes; j++)
            if (i != j && (i < half) == (j < half))
                edge(to, i, j);
}

static void petersen(drawn *to, uint32_t nodes)
{
    (void)nodes;
    to->nodes = 10;
    for (uint32_t i = 0; i < 5; i++) {
        link_both(to, i, (i + 1) % 5);
        link_both(to, i, 5 + i);
        link_both(to, 5 + i, 5 + (i + 2) % 5);
    }
}

static void unconnected(drawn *to, uint32_t nodes)
{
    to->nodes = nodes;
}

/* All is there three times, with edges of nodes to themselves. */
static void repeated_ring(drawn *to, uint32_t nodes)
{
    ring(to, nodes);
    ring(to, nodes);
    ring(to, nodes);
    for (uint32_t i = 0; i < nodes; i++)
        edge(to, i, i);
}

typedef struct known {
    const char *name;
    void (*draw)(drawn *to, uint32_t nodes);
    uint32_t nodes;
    size_t edges;
    size_t symmetric;
    graph_components components;
    uint32_t mutual_components;
    graph_paths paths; /* along the edges */
    double clustering;
    uint32_t in_least, in_most;
} known;

static const known KNOWN[] = {
    {"nothing", unconnected, 0, 0, 0, {0, 0, 0}, 0, {0, 0, 0, 0}, 0, UINT32_MAX, 0},
    {"one node", unconnected, 1, 0, 0, {1, 1, 0}, 1, {1, 0, 0, 0}, 0, 0, 0},
    {"no edge", unconnected, 7, 0, 0, {7, 1, 0}, 7, {7, 0, 0, 0}, 0, 0, 0},
    /* Even ring: n/2 is once the distance, every other one twice: n * n/4 * n hops in all. */
    {"ring of 10", ring, 10, 20, 20, {1, 10, 0}, 1, {10, 90, 250, 5}, 0, 2, 2},
    {"ring of 9", ring, 9, 18, 18, {1, 9, 0}, 1, {9, 72, 180, 4}, 0, 2, 2},
    {"triangle", ring, 3, 6, 6, {1, 3, 0}, 1, {3, 6, 6, 1}, 1, 2, 2},
    {"one-way ring", one_way_ring, 10, 10, 0, {1, 10, 0}, 10, {10, 90, 450, 9}, 0, 1, 1},
    {"edges that are repeated", repeated_ring, 10, 20, 20, {1, 10, 0}, 1, {10, 90, 250, 5}, 0, 2, 2},
    {"complete", complete, 20, 380, 380, {1, 20, 0}, 1, {20, 380, 380, 1}, 1, 19, 19},
    /* Leaves are two hops apart. */
    {"star", star, 20, 38, 38, {1, 20, 0}, 1, {20, 380, 2 * 19 + 2 * 19 * 18, 2}, 0, 1, 19},
    {"two cliques", two_cliques, 20, 182, 182, {2, 11, 9}, 2, {20, 182, 182, 1}, 1, 8, 10},
    /* 3-regular, girth 5, diameter 2: 3 nodes at distance 1 of each, 6 at 2. */
    {"Petersen", petersen, 10, 30, 30, {1, 10, 0}, 1, {10, 90, 150, 2}, 0, 3, 3},
};

static graph *made(const drawn *from)
{
    graph *out = NULL;
    if (graph_new(from->nodes, from->edges, from->count, &out) != 0)
        abort();
    return out;
}

static graph *links_of(const graph *from, graph_link link)
{
    graph *out = NULL;
    if (graph_links(from, link, &out) != 0)
        abort();
    return out;
}

static void check_degrees(const known *row, const graph *of)
{
    uint32_t degrees[64];
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    graph_in_degrees(of, degrees);
    for (uint32_t i = 0; i < row->nodes; i++) {
        least = degrees[i] < least ? degrees[i] : least;
        most = degrees[i] > most ? degrees[i] : most;
    }
    CHECK(least, row->in_least, "%s: the least in-degree", row->name);
    CHECK(most, row->in_most, "%s: the largest in-degree", row->name);
}

static void check_known(const known *row, const drawn *of)
{
    graph *const directed = made(of);
    graph *const either = links_of(directed, GRAPH_EITHER);
    graph *const mutual = links_of(directed, GRAPH_MUTUAL);
    graph_components components;
    graph_paths paths;
    double clustering;
    CHECK(graph_nodes(directed), row->nodes, "%s: nodes", row->name);
    CHECK(graph_edges(directed), row->edges, "%s: edges", row->name);
    CHECK(graph_symmetric_edges(directed), row->symmetric, "%s: symmetric edges", row->name);
    CHECK(graph_components_of(either, NULL, &components), 0, "%s", row->name);
    CHECK(components.count, row->components.count, "%s: components", row->name);
    CHECK(components.largest, row->components.largest, "%s: the largest", row->name);
    CHECK(components.in_it, row->components.in_it, "%s: a node of the largest", row->name);
    CHECK(graph_components_of(mutual, NULL, &components), 0, "%s", row->name);
    CHECK(components.count, row->mutual_components, "%s: components of mutual edges", row->name);
    CHECK(graph_paths_of(directed, GRAPH_SOURCES_MAX, &paths), 0, "%s", row->name);
    CHECK(paths.sources, row->paths.sources, "%s: sources", row->name);
    CHECK(paths.pairs, row->paths.pairs, "%s: pairs", row->name);
    CHECK(paths.hops, row->paths.hops, "%s: hops", row->name);
    CHECK(paths.longest, row->paths.longest, "%s: the longest path", row->name);
    CHECK(graph_clustering_of(either, &clustering), 0, "%s", row->name);
    CHECK(clustering == row->clustering, true, "%s: clustering %.17g, not %.17g", row->name, clustering,
          row->clustering);
    check_degrees(row, directed);
    graph_free(directed);
    graph_free(either);
    graph_free(mutual);
}

static void closed_forms(void)
{
    static drawn of;
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        of.count = 0;
        KNOWN[i].draw(&of, KNOWN[i].nodes);
        check_known(&KNOWN[i], &of);
    }
}

/* A wheel: the hub has 5 links among 10 pairs of neighbours, a node of the rim 2 among 3. */
static void clustering_of_a_wheel(void)
{
    static drawn of;
    double clustering;
    of.count = 0;
    of.nodes = 6;
    for (uint32_t i = 0; i < 5; i++) {
        edge(&of, 5, i);
        edge(&of, i, (i + 1) % 5);
    }
    graph *const directed = made(&of);
    graph *const links = links_of(directed, GRAPH_EITHER);
    CHECK(graph_clustering_of(links, &clustering), 0, "clustering");
    CHECK(fabs(clustering - (0.5 + 5 * (2.0 / 3)) / 6) < 1e-15, true, "it is %.17g", clustering);
    graph_free(directed);
    graph_free(links);
}

/* --- against a matrix --- */

typedef struct model {
    bool has[MODEL_NODES][MODEL_NODES];
    uint32_t distance[MODEL_NODES][MODEL_NODES];
} model;

/* Floyd and Warshall. */
static graph_paths model_paths(model *self)
{
    graph_paths found = {.sources = MODEL_NODES};
    for (uint32_t i = 0; i < MODEL_NODES; i++)
        for (uint32_t j = 0; j < MODEL_NODES; j++)
            self->distance[i][j] = i == j ? 0 : self->has[i][j] ? 1 : 1000;
    for (uint32_t k = 0; k < MODEL_NODES; k++)
        for (uint32_t i = 0; i < MODEL_NODES; i++)
            for (uint32_t j = 0; j < MODEL_NODES; j++)
                if (self->distance[i][k] + self->distance[k][j] < self->distance[i][j])
                    self->distance[i][j] = self->distance[i][k] + self->distance[k][j];
    for (uint32_t i = 0; i < MODEL_NODES; i++) {
        for (uint32_t j = 0; j < MODEL_NODES; j++) {
            const uint32_t hops = self->distance[i][j];
            if (i == j || hops >= 1000)
                continue;
            found.pairs++;
            found.hops += hops;
            found.longest = hops > found.longest ? hops : found.longest;
        }
    }
    return found;
}

static double model_clustering(const model *self)
{
    double sum = 0;
    for (uint32_t i = 0; i < MODEL_NODES; i++) {
        uint32_t neighbours = 0;
        uint32_t pairs = 0;
        for (uint32_t j = 0; j < MODEL_NODES; j++) {
            neighbours += self->has[i][j];
            for (uint32_t k = 0; k < j; k++)
                pairs += self->has[i][j] && self->has[i][k] && self->has[j][k];
        }
        sum += neighbours < 2 ? 0 : 2.0 * pairs / (neighbours * (neighbours - 1.0));
    }
    return sum / MODEL_NODES;
}

static void check_links(const drawn *of, const graph *directed, graph_link link, uint64_t seed)
{
    graph *const links = links_of(directed, link);
    model matrix = {0};
    model undirected = {0};
    double clustering;
    graph_paths paths;
    for (size_t i = 0; i < of->count; i++)
        matrix.has[of->edges[i].from][of->edges[i].to] = of->edges[i].from != of->edges[i].to;
    for (uint32_t i = 0; i < MODEL_NODES; i++) {
        for (uint32_t j = 0; j < MODEL_NODES; j++) {
            undirected.has[i][j] = link == GRAPH_EITHER ? matrix.has[i][j] || matrix.has[j][i]
                                                        : matrix.has[i][j] && matrix.has[j][i];
            CHECK(graph_has(links, i, j), undirected.has[i][j], "%llu: %u - %u", (unsigned long long)seed, i,
                  j);
        }
    }
    const graph_paths expected = model_paths(&undirected);
    CHECK(graph_paths_of(links, GRAPH_SOURCES_MAX, &paths), 0, "paths");
    CHECK(paths.pairs, expected.pairs, "%llu: pairs", (unsigned long long)seed);
    CHECK(paths.hops, expected.hops, "%llu: hops", (unsigned long long)seed);
    CHECK(paths.longest, expected.longest, "%llu: longest", (unsigned long long)seed);
    CHECK(graph_clustering_of(links, &clustering), 0, "clustering");
    CHECK(fabs(clustering - model_clustering(&undirected)) < 1e-12, true, "%llu: clustering %.17g",
          (unsigned long long)seed, clustering);
    graph_free(links);
}

static void against_a_matrix(void)
{
    static drawn of;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t state = seed;
        of.nodes = MODEL_NODES;
        of.count = 0;
        while (of.count < 3 * seed)
            edge(&of, (uint32_t)(check_random(&state) % MODEL_NODES),
                 (uint32_t)(check_random(&state) % MODEL_NODES));
        graph *const directed = made(&of);
        check_links(&of, directed, GRAPH_EITHER, seed);
        check_links(&of, directed, GRAPH_MUTUAL, seed);
        graph_free(directed);
    }
}

/* --- the rest --- */

static void component_of_each_node(void)
{
    static drawn of;
    uint32_t components[6];
    static const uint32_t expected[6] = {0, 1, 0, 2, 1, 0};
    graph_components found;
    of.count = 0;
    of.nodes = 6;
    edge(&of, 5, 2);
    edge(&of, 0, 2);
    edge(&of, 4, 1);
    graph *const directed = made(&of);
    graph *const links = links_of(directed, GRAPH_EITHER);
    CHECK(graph_components_of(links, components, &found), 0, "components");
    for (uint32_t i = 0; i < 6; i++)
        CHECK(components[i], expected[i], "node %u", i);
    graph_free(directed);
    graph_free(links);
}

/* A ring looks the same from every node, so that a sample has the mean of the whole. */
static void paths_of_a_sample(void)
{
    static drawn of;
    graph_paths paths;
    of.count = 0;
    ring(&of, 1001);
    graph *const directed = made(&of);
    CHECK(graph_paths_of(directed, 10, &paths), 0, "paths");
    CHECK(paths.sources, 10, "sources");
    CHECK(paths.pairs, 10 * 1000, "pairs");
    CHECK(paths.hops, 10 * 500 * 501, "hops");
    CHECK(paths.longest, 500, "longest");
    CHECK(graph_paths_mean(&paths) == 250.5, true, "the mean is %g", graph_paths_mean(&paths));
    CHECK(graph_paths_of(directed, 0, &paths), 0, "paths");
    CHECK(paths.sources, 0, "no sources");
    CHECK(graph_paths_mean(&paths) == 0, true, "the mean of none is %g", graph_paths_mean(&paths));
    graph_free(directed);
}

/* Evenly spread sources, not the first ones: of a long path, those at its beginning see the longest ways. */
static void sample_is_spread(void)
{
    static drawn of;
    graph_paths paths;
    of.count = 0;
    of.nodes = 100;
    for (uint32_t i = 0; i + 1 < 100; i++)
        edge(&of, i, i + 1);
    graph *const directed = made(&of);
    CHECK(graph_paths_of(directed, 4, &paths), 0, "paths");
    CHECK(paths.pairs, 99 + 74 + 49 + 24, "pairs of 0, 25, 50 and 75");
    graph_free(directed);
}

static void refusals(void)
{
    static const graph_edge beyond[] = {{0, 1}, {1, 2}};
    static const graph_edge before[] = {{0, 1}, {2, 1}};
    graph *out = NULL;
    CHECK(graph_new(2, beyond, 2, &out), ROAM_ERR_INVALID_ARGUMENT, "to a node that is not there");
    CHECK(graph_new(2, before, 2, &out), ROAM_ERR_INVALID_ARGUMENT, "from a node that is not there");
    CHECK(graph_new(0, beyond, 1, &out), ROAM_ERR_INVALID_ARGUMENT, "an edge without nodes");
    CHECK(graph_new(UINT32_MAX, NULL, 0, &out), ROAM_ERR_INVALID_ARGUMENT, "too many nodes");
    CHECK(graph_new(2, beyond, UINT32_MAX, &out), ROAM_ERR_INVALID_ARGUMENT, "too many edges");
    CHECK(out == NULL, true, "nothing is made");
    graph_free(NULL);
}

/* A hub to which all others lead, and who are a ring besides: quadratic work would take minutes. */
static void hub_of_many(void)
{
    enum { MANY = 300000 };
    graph_edge *const edges = calloc(2 * MANY, sizeof *edges);
    graph *directed = NULL;
    double clustering;
    graph_components components;
    if (!edges)
        abort();
    for (uint32_t i = 0; i < MANY; i++) {
        edges[2 * i] = (graph_edge){i + 1, 0};
        edges[2 * i + 1] = (graph_edge){i + 1, (i + 1) % MANY + 1};
    }
    CHECK(graph_new(MANY + 1, edges, 2 * (size_t)MANY, &directed), 0, "made");
    graph *const links = links_of(directed, GRAPH_EITHER);
    CHECK(graph_clustering_of(links, &clustering), 0, "clustering");
    /* Of the rim 2 of 3; of the hub next to nothing. */
    CHECK(fabs(clustering - 2.0 / 3) < 1e-5, true, "clustering %.17g", clustering);
    CHECK(graph_components_of(links, NULL, &components), 0, "components");
    CHECK(components.largest, MANY + 1, "all are one");
    CHECK(graph_symmetric_edges(directed), 0, "no edge is symmetric");
    graph_free(directed);
    graph_free(links);
    free(edges);
}

static const check_test TESTS[] = {
    {"closed forms", closed_forms},
    {"clustering of a wheel", clustering_of_a_wheel},
    {"against a matrix", against_a_matrix},
    {"component of each node", component_of_each_node},
    {"paths of a sample", paths_of_a_sample},
    {"a sample is spread", sample_is_spread},
    {"refusals", refusals},
    {"hub of many", hub_of_many},
};

CHECK_MAIN("graph measures", TESTS)
