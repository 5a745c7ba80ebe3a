/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario says of a node, as the core takes it. */
#ifndef SIM_WORLD_NODE_SETTINGS_H
#define SIM_WORLD_NODE_SETTINGS_H

#include "core/roam.h"
#include "sim/scenario/node_index.h"
#include "sim/scenario/scenario.h"

typedef struct node_settings {
    const scenario *scenario;
    const node_index *nodes_by_name;
    const roam_identity *const *identities; /* of all nodes */
    roam_shared *shared;                    /* by all nodes */
    uint32_t node;
    uint32_t longest_message; /* bytes, of all traffic */
} node_settings;

/* All but callbacks, user_data and disable_active_migration, which a restart may change. */
void node_settings_options(const node_settings *self, roam_node_options *out);

/* Strict trust: the keys of the nodes with which a node has connections are pinned, and those of all members,
 * if it is one. Errors of roam_node_pin. */
ROAM_CHECKED int node_settings_pin(const node_settings *self, roam_node *core);

#endif
