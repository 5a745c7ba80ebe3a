/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which node or group has a name, and which connection joins two nodes, without a walk over all of them. */
#ifndef SIM_SCENARIO_LOOKUP_H
#define SIM_SCENARIO_LOOKUP_H

#include "sim/scenario/internal.h"

/* Hashes to indices: open addressing, half full at most. The owner keeps the things and compares them. */
typedef struct lookup_table {
    uint32_t *slots; /* SCENARIO_NONE: free */
    uint64_t mask;   /* slots - 1 */
} lookup_table;

/* Room for so many things. False: out of memory. */
bool lookup_table_init(lookup_table *self, scenario_arena *arena, size_t count);

/* The index in the slot, SCENARIO_NONE when it is free. *slot begins as a hash. */
static inline uint32_t lookup_at(const lookup_table *self, uint64_t *slot)
{
    *slot &= self->mask;
    return self->slots[*slot];
}

/* Stores the index in a slot that lookup_at found free. */
static inline void lookup_put(lookup_table *self, uint64_t slot, uint32_t index)
{
    self->slots[slot] = index;
}

struct scenario_lookup {
    lookup_table nodes;
    lookup_table groups;
    lookup_table peers;
    lookup_table flows; /* the first of each way */
    uint32_t
        *next_flows; /* of each the next one the same way; SCENARIO_NONE: none. NULL: no traffic is known */
};

/* All nodes and groups of the scenario, of those with one name the first. A node that has the name of another
 * or of a group, when one of them is of a group, is reported. */
void scenario_lookup_nodes(scenario_reader *reader);
/* Room for so many peers; false: out of memory. Then each, when the scenario has it. */
bool scenario_lookup_peers(scenario_reader *reader, size_t count);
void scenario_lookup_add_peer(scenario_reader *reader, uint32_t peer);
/* All traffic of the scenario. */
void scenario_lookup_flows(scenario_reader *reader);

#endif
