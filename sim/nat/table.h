/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_TABLE_H
#define SIM_NAT_TABLE_H

/* From hashes to numbers of things kept elsewhere: open addressing. The owner compares the things themselves:
 *
 *     uint32_t slot;
 *     for (uint32_t id = nat_table_first(table, hash, &slot); id != NAT_NONE; id = nat_table_next(table,
 * hash, &slot)) if (things[id] is the one) ...
 */

#include "core/roam.h"

#include <stdint.h>

#define NAT_NONE UINT32_MAX

typedef struct nat_table_entry {
    uint32_t hash;
    uint32_t id; /* NAT_NONE: free */
} nat_table_entry;

typedef struct nat_table {
    nat_table_entry *entries;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
    uint64_t lookups;
    uint64_t probes; /* entries looked at in them */
} nat_table;

/* All zero is an empty table. */
void nat_table_fini(nat_table *table);

/* The first thing, and the next, that may have this hash; NAT_NONE when there is none. */
uint32_t nat_table_first(nat_table *table, uint64_t hash, uint32_t *slot);
uint32_t nat_table_next(nat_table *table, uint64_t hash, uint32_t *slot);

/* Room for one more thing, so that the next nat_table_add cannot fail. NAT_ERR_MEMORY. */
ROAM_CHECKED int nat_table_reserve(nat_table *table);
void nat_table_add(nat_table *table, uint64_t hash, uint32_t id);
void nat_table_remove(nat_table *table, uint64_t hash, uint32_t id); /* it must be there */
void nat_table_clear(nat_table *table);

#endif
