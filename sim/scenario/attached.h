/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `networks:` of a node: a list, or `{each: [...], in_turn: [...]}`, of which member i of a group is on all
 * of `each` and on number i % n of the n of `in_turn`. */
#ifndef SIM_SCENARIO_ATTACHED_H
#define SIM_SCENARIO_ATTACHED_H

#include "sim/scenario/internal.h"

/* The networks of the members of a group, or of one node. */
typedef struct attached {
    const uint32_t *networks; /* the lists of the turns, one after the other */
    size_t count;             /* networks of each */
    uint32_t turns;           /* at least 1 */
} attached;

/* Reads the value; entry is the node's. What is right is stored. False with a fault reported. */
bool scenario_attached_read(scenario_reader *reader, const tree_node *value, const tree_node *entry,
                            attached *out);

/* Those of a member, from 0. */
static inline const uint32_t *scenario_attached_of(const attached *self, uint32_t member)
{
    return self->networks + member % self->turns * self->count;
}

#define ATTACHED_EXAMPLE "[wifi]"
/* As schema: a list of names, or the mapping. */
extern const key_row SCENARIO_ATTACHED_ROWS[];

#endif
