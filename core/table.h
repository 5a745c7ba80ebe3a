/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one hash table: from hashes to numbers of things that the owner keeps and compares. Open addressing,
 * half full at most; eight bytes a slot, so that tables of 100,000 things stay in the cache (a NAT's).
 * core/map.h, on top of it, keeps things of its own and is for keys that are strings of bytes.
 *
 *     uint32_t slot;
 *     uint32_t id = core_table_first(table, hash, &slot);
 *     while (id != CORE_TABLE_NONE && things[id] != wanted)
 *         id = core_table_next(table, hash, &slot);
 */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include "core/roam.h"

#include <stdint.h>

#define CORE_TABLE_NONE UINT32_MAX

typedef struct core_table_entry {
    uint32_t hash; /* the lower half */
    uint32_t id;   /* CORE_TABLE_NONE: free */
} core_table_entry;

typedef struct core_table {
    core_table_entry *entries;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
} core_table;

/* All zero is an empty table. */
void core_table_fini(core_table *table);

/* Room for one more thing, so that the next core_table_add cannot fail. NO_MEMORY. */
ROAM_CHECKED int core_table_reserve(core_table *table);

/* Things of one hash are found in no particular order. The id is not CORE_TABLE_NONE. */
void core_table_add(core_table *table, uint64_t hash, uint32_t id);
void core_table_remove(core_table *table, uint64_t hash, uint32_t id); /* it must be there */
void core_table_clear(core_table *table);

/* Slots that searches for all that is there, once each, look at: half as many again as there are things, on
 * average, when the table is half full (Knuth, vol. 3, section 6.4). */
uint64_t core_table_probes(const core_table *table);

static inline uint32_t core_table_probe(const core_table *table, uint64_t hash, uint32_t *slot)
{
    for (;; *slot = (*slot + 1) & (table->capacity - 1)) {
        const core_table_entry *entry = &table->entries[*slot];
        if (entry->id == CORE_TABLE_NONE || entry->hash == (uint32_t)hash)
            return entry->id;
    }
}

/* The first thing, and the next, that may have this hash; CORE_TABLE_NONE when there is none. The table must
 * not change meanwhile. */
static inline uint32_t core_table_first(const core_table *table, uint64_t hash, uint32_t *slot)
{
    if (table->count == 0)
        return CORE_TABLE_NONE;
    *slot = (uint32_t)hash & (table->capacity - 1);
    return core_table_probe(table, hash, slot);
}

static inline uint32_t core_table_next(const core_table *table, uint64_t hash, uint32_t *slot)
{
    *slot = (*slot + 1) & (table->capacity - 1);
    return core_table_probe(table, hash, slot);
}

#endif
