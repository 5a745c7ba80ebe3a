/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The peers of an endpoint: which node of the scenario a peer id of its core means, and back. Both bear the
 * node's name. */
#ifndef SIM_WORLD_PEER_TABLE_H
#define SIM_WORLD_PEER_TABLE_H

#include "core/roam.h"
#include "sim/scenario/node_index.h"
#include "sim/scenario/scenario.h"

typedef struct peer_entry {
    uint32_t node;    /* SCENARIO_NONE: not looked up yet */
    bool had_channel; /* was up at some time */
} peer_entry;

typedef struct peer_table {
    const scenario *scenario; /* both must outlive the table */
    const node_index *by_name;
    peer_entry *entries; /* by peer id, which counts from 1 */
    size_t count;
} peer_table;

void peer_table_init(peer_table *self, const scenario *whole, const node_index *by_name);
void peer_table_fini(peer_table *self);
/* The core was made anew: its ids count from 1 again. */
void peer_table_forget(peer_table *self);

/* SCENARIO_NONE: the peer is no node of the scenario. */
uint32_t peer_table_node(peer_table *self, const roam_node *core, roam_peer_id peer);
/* {0}: the core has no peer of that name. */
roam_peer_id peer_table_id(const peer_table *self, const roam_node *core, uint32_t node);

/* The peer is up; peer_table_node has been asked for it. */
void peer_table_up(peer_table *self, roam_peer_id peer);
bool peer_table_had_channel(const peer_table *self, roam_peer_id peer);

#endif
