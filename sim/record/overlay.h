/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_OVERLAY_H
#define SIM_RECORD_OVERLAY_H

/*
 * The overlay of a run, as its nodes say: which peers were in whose active view, and when. An observer keeps
 * a log of it, with a constant amount of work an event; everything else is worked out when it is asked for,
 * after the run. Memory grows with the changes of the views. Nothing is kept of nodes without membership.
 *
 * A node is a member from the time at which it joins, or another joins through it, or from its first peer,
 * until it leaves or is stopped; when it is started again with `redial`, it joins again. Two members are
 * linked while each has the other in its active view. The overlay is connected when all members are linked
 * with each other over other members; without members it is not.
 */

#include "sim/graph/measures.h"
#include "sim/tap/observer.h"

typedef struct overlay overlay;

/* The scenario must outlive the overlay. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int overlay_new(const scenario *whole, overlay **out);
void overlay_free(overlay *self); /* NULL is fine */

/* To give to a world; valid while the overlay is. What comes after the end of the scenario does not count. */
observer overlay_observer(overlay *self);

/* Ends the log: what follows is of use after that. ROAM_ERR_NO_MEMORY: something could not be recorded. */
ROAM_CHECKED int overlay_finish(overlay *self);

/* How many nodes have membership: without one there is nothing to tell. */
uint32_t overlay_nodes_of(const scenario *whole);

/* How often a peer entered and left active views in all; how often one left that of a node. */
typedef struct overlay_churn {
    uint64_t ups;
    uint64_t downs;
} overlay_churn;
overlay_churn overlay_churn_of(const overlay *self, uint32_t node); /* SCENARIO_NONE: of all nodes */

/* --- at one time --- */

/* A set of nodes: a flag a node of the scenario; NULL: all. */
typedef const bool *overlay_nodes;

/* The flag of each node of the scenario that is a member at that time becomes true; the others stay. */
void overlay_members_at(const overlay *self, uint64_t at_ns, bool *members);

/* The active views at that time, of all nodes and whether they are members or not: nodes of the graph are
 * those of the scenario. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int overlay_views_at(const overlay *self, uint64_t at_ns, graph **out);

/* The members at that time, and what is measured of the edges between them; components, paths and clustering
 * are of links. */
typedef struct overlay_state {
    uint32_t nodes;
    size_t edges;     /* entries of active views */
    size_t symmetric; /* of those, the ones whose reverse is there */
    graph_components components;
    graph_paths paths; /* from GRAPH_SOURCES_MAX nodes at most */
    double clustering;
    uint32_t in_degree_min, in_degree_max; /* how many active views a member is in */
    uint32_t *in_degrees;                  /* how many members have each in-degree from 0 to in_degree_max */
} overlay_state;

ROAM_CHECKED int overlay_state_at(const overlay *self, uint64_t at_ns, overlay_nodes of, overlay_state *out);
void overlay_state_fini(overlay_state *state);

/* --- over time --- */

/* From one change to the next. */
typedef struct overlay_step {
    uint64_t at_ns;      /* until the next step, or the end */
    uint32_t members;    /* nodes that are members */
    uint32_t entered;    /* of those, the ones that have been linked since they became members */
    uint32_t components; /* of members */
    uint32_t largest;    /* members of the largest component */
} overlay_step;

typedef struct overlay_history {
    overlay_step *steps; /* by time; the first is at 0 */
    size_t count;
    uint64_t end_ns; /* the end of the scenario */
} overlay_history;

/* Of all nodes; valid until the overlay is freed. */
const overlay_history *overlay_history_all(const overlay *self);
/* Of these nodes and the links between them: exact, O(changes log(changes) log(nodes)). ROAM_ERR_NO_MEMORY.
 */
ROAM_CHECKED int overlay_history_of(const overlay *self, overlay_nodes of, overlay_history *out);
void overlay_history_fini(overlay_history *history);

const overlay_step *overlay_step_at(const overlay_history *history, uint64_t at_ns);
static inline bool overlay_is_connected(const overlay_step *step)
{
    return step->components == 1;
}

/* The time from which it was connected until the end; ROAM_NEVER: at the end it is not. */
uint64_t overlay_connected_ns(const overlay_history *history);
/* The longest time in which the members that had entered were not connected: one that joins does not divide
 * the overlay before it has a link. */
uint64_t overlay_divided_ns(const overlay_history *history);

/* --- as a file --- */

#define OVERLAY_ROWS_MAX 1000

/* The text of overlay.csv, to be freed: a line of names, then at most OVERLAY_ROWS_MAX rows, each of an equal
 * time of at least 100 ms. Of the steps in its time, a row has the one in which the largest component has the
 * smallest share of the members; ups and downs are the changes of active views in all of its time. NULL: out
 * of memory. */
char *overlay_csv(const overlay *self);

#endif
