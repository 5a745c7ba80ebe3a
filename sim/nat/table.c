/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/table.h"

#include "sim/nat/nat.h"

#include <assert.h>
#include <stdlib.h>

enum { LEAST = 16 };

void nat_table_fini(nat_table *table)
{
    free(table->entries);
    *table = (nat_table){0};
}

static uint32_t probe(nat_table *table, uint64_t hash, uint32_t *slot)
{
    for (;; *slot = (*slot + 1) & (table->capacity - 1)) {
        const nat_table_entry *entry = &table->entries[*slot];
        table->probes++;
        if (entry->id == NAT_NONE || entry->hash == (uint32_t)hash)
            return entry->id;
    }
}

uint32_t nat_table_first(nat_table *table, uint64_t hash, uint32_t *slot)
{
    table->lookups++;
    if (table->count == 0)
        return NAT_NONE;
    *slot = (uint32_t)hash & (table->capacity - 1);
    return probe(table, hash, slot);
}

uint32_t nat_table_next(nat_table *table, uint64_t hash, uint32_t *slot)
{
    *slot = (*slot + 1) & (table->capacity - 1);
    return probe(table, hash, slot);
}

static void insert(nat_table *table, nat_table_entry entry)
{
    uint32_t slot = entry.hash & (table->capacity - 1);
    while (table->entries[slot].id != NAT_NONE)
        slot = (slot + 1) & (table->capacity - 1);
    table->entries[slot] = entry;
    table->count++;
}

int nat_table_reserve(nat_table *table)
{
    /* Half full at most: two probes on average for what is there (Knuth, vol. 3, section 6.4). */
    if (table->capacity > 0 && table->count < table->capacity / 2)
        return NAT_OK;
    nat_table larger = *table;
    larger.capacity = table->capacity ? 2 * table->capacity : LEAST;
    larger.count = 0;
    larger.entries = malloc(larger.capacity * sizeof *larger.entries);
    if (!larger.entries)
        return NAT_ERR_MEMORY;
    for (uint32_t i = 0; i < larger.capacity; i++)
        larger.entries[i].id = NAT_NONE;
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->entries[i].id != NAT_NONE)
            insert(&larger, table->entries[i]);
    }
    free(table->entries);
    *table = larger;
    return NAT_OK;
}

void nat_table_add(nat_table *table, uint64_t hash, uint32_t id)
{
    assert(table->count < table->capacity / 2);
    insert(table, (nat_table_entry){.hash = (uint32_t)hash, .id = id});
}

void nat_table_remove(nat_table *table, uint64_t hash, uint32_t id)
{
    const uint32_t mask = table->capacity - 1;
    uint32_t hole = (uint32_t)hash & mask;
    while (table->entries[hole].id != id) {
        assert(table->entries[hole].id != NAT_NONE);
        hole = (hole + 1) & mask;
    }
    /* Close the gap, so that no probe sequence is cut (Knuth, vol. 3, algorithm 6.4R). */
    for (uint32_t i = (hole + 1) & mask; table->entries[i].id != NAT_NONE; i = (i + 1) & mask) {
        const uint32_t home = table->entries[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->entries[hole] = table->entries[i];
            hole = i;
        }
    }
    table->entries[hole].id = NAT_NONE;
    table->count--;
}

void nat_table_clear(nat_table *table)
{
    for (uint32_t i = 0; i < table->capacity && table->count > 0; i++)
        table->entries[i].id = NAT_NONE;
    table->count = 0;
}
