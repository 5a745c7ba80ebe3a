/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_GROUPS_H
#define SIM_VERDICT_SUMMARY_GROUPS_H

/*
 * What the members of a group measured, together: of the items of summary.json that are about members of a
 * group, and alike but for which member, how many there are, percentiles of what is measured, and which are
 * the worst.
 */

#include "sim/record/recorder.h"
#include "sim/verdict/summary_columns.h"

#define SUMMARY_WORST 10
/* Of a larger group only the worst items are listed. */
#define SUMMARY_EACH_MAX 200
#define SUMMARY_STORED_MAX 1000 /* in the store, which has no aggregates over runs */
#define SUMMARY_OF_MAX 160

/* Items alike: one a member, or several. Percentiles are by nearest rank, of the items that have a value. */
typedef struct summary_group {
    summary_table table; /* migrations, rebinds, flows, peers, moves */
    const scenario_group *group;
    const char *label;       /* of migrations and moves; may be NULL */
    uint32_t other;          /* node at the other end, of one that is of a group its first; */
    bool other_is_group;     /* ... the other end is any member of that */
    bool up;                 /* the member sends, dials, migrates, or has noticed a rebind */
    char of[SUMMARY_OF_MAX]; /* "phone -> server" */
    uint64_t count;          /* items */
    uint64_t valued;         /* of those, the ones that have a value: validated, delivered, done, connected */
    uint64_t p50_ns, p90_ns, p99_ns, max_ns; /* ROAM_NEVER: no item has a value */
    uint32_t worst[SUMMARY_WORST];           /* indices of items: those without a value, then the largest */
    uint32_t worst_nodes[SUMMARY_WORST];     /* the members */
    size_t worst_count;
} summary_group;

typedef struct summary_groups {
    summary_group *rows; /* by table, then in the order of their first items */
    size_t count;
    bool *left_out[SUMMARY_TABLES]; /* of the tables above: items that are not listed; NULL: none */
} summary_groups;

/* Those of groups of more than `limit` members; of these all items but the worst are left out, or, with each,
 * none. False: out of memory, and nothing is to be freed. Needs only what recorder_finish left. */
ROAM_CHECKED bool summary_groups_of(const scenario *whole, const recorder *recorded, uint32_t limit,
                                    bool each, summary_groups *out);
/* The worst are left out too. */
void summary_groups_leave_out_all(summary_groups *groups);
void summary_groups_free(summary_groups *groups); /* also of one that is all 0 */

/* Without groups every item is. */
static inline bool summary_is_listed(const summary_groups *groups, summary_table of, size_t item)
{
    return !groups || !groups->left_out[of] || !groups->left_out[of][item];
}

/* What is about the connection of these two is listed with it; without a second one it is. */
static inline bool summary_is_peer_listed(const summary_groups *groups, const scenario *whole, uint32_t node,
                                          uint32_t other)
{
    const uint32_t peer = other == SCENARIO_NONE ? SCENARIO_NONE : scenario_peer_index(whole, node, other);
    return peer == SCENARIO_NONE || summary_is_listed(groups, SUMMARY_PEERS, peer);
}

/* As summary.json calls them: "migrations", "traffic". */
const char *summary_group_items(summary_table of);
/* "validation", "gap", "took", "connected" */
const char *summary_group_measure(summary_table of);

#endif
