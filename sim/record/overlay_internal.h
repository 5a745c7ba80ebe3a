/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_OVERLAY_INTERNAL_H
#define SIM_RECORD_OVERLAY_INTERNAL_H

/* What the files of the overlay share: overlay.c keeps the log, overlay_links.c makes links of it,
 * overlay_history.c follows their components, overlay_state.c measures one moment. */

#include "sim/record/overlay.h"

/* A peer in an active view, from then until before then. */
typedef struct overlay_edge {
    uint32_t from;
    uint32_t to;
    uint64_t from_ns;
    uint64_t until_ns; /* ROAM_NEVER: to the end */
    bool told;         /* its end was a PEER_DOWN; else the node was stopped */
} overlay_edge;

/* A node is a member. */
typedef struct overlay_span {
    uint32_t node;
    uint64_t from_ns;
    uint64_t until_ns;
    uint64_t linked_ns; /* its first link; of use in overlay_history.c alone */
} overlay_span;

typedef struct overlay_node {
    bool stopped;
    bool joined;    /* it was told to, and not to leave since */
    uint32_t span;  /* that it is in; SCENARIO_NONE: it is no member */
    uint32_t *view; /* edges that have not ended */
    uint32_t count;
    uint32_t capacity;
    overlay_churn churn;
} overlay_node;

struct overlay {
    const scenario *scenario;
    overlay_node *nodes;
    overlay_edge *edges; /* by beginning */
    size_t edge_count;
    size_t edge_capacity;
    overlay_span *spans; /* likewise */
    size_t span_count;
    size_t span_capacity;
    bool failed;             /* out of memory */
    overlay_history history; /* of all nodes, once it is finished */
};

static inline bool overlay_has(overlay_nodes of, uint32_t node)
{
    return !of || of[node];
}

/* --- overlay_links.c --- */

/* Two members are linked. */
typedef struct overlay_link {
    uint32_t a;
    uint32_t b;
    uint64_t from_ns;
    uint64_t until_ns;
} overlay_link;

typedef struct overlay_links {
    overlay_link *items;
    size_t count;
    size_t capacity;
    overlay_span *spans; /* of the nodes asked for, by node and time, with linked_ns */
    size_t span_count;
} overlay_links;

/* Of these nodes. False: out of memory, and nothing is to be freed. */
bool overlay_links_of(const overlay *self, overlay_nodes of, overlay_links *out);
void overlay_links_fini(overlay_links *links);

#endif
