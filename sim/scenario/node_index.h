/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which node of a scenario bears a name, and with whom each has a connection, without a walk over all. */
#ifndef SIM_SCENARIO_NODE_INDEX_H
#define SIM_SCENARIO_NODE_INDEX_H

#include "sim/scenario/scenario.h"

#include <stddef.h>
#include <stdint.h>

typedef struct node_index node_index;

/* NULL when out of memory. The scenario must outlive it. */
__attribute__((warn_unused_result)) node_index *node_index_new(const scenario *whole);
void node_index_free(node_index *self); /* NULL is fine */

/* Node index, or SCENARIO_NONE. */
uint32_t node_index_find(const node_index *self, const char *name);

/* The nodes at the other ends of a node's peers, in the file's order. */
const uint32_t *node_index_others(const node_index *self, uint32_t node, size_t *count);

#endif
