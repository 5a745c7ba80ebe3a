/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/table.h"

#include <assert.h>
#include <stdlib.h>

enum { LEAST = 16 };

void core_table_fini(core_table *table)
{
    free(table->entries);
    *table = (core_table){0};
}

static void insert(core_table *table, core_table_entry entry)
{
    uint32_t slot = entry.hash & (table->capacity - 1);
    while (table->entries[slot].id != CORE_TABLE_NONE)
        slot = (slot + 1) & (table->capacity - 1);
    table->entries[slot] = entry;
    table->count++;
}

int core_table_reserve(core_table *table)
{
    /* Half full at most: two probes on average for what is there (Knuth, vol. 3, section 6.4). */
    if (table->capacity > 0 && table->count < table->capacity / 2)
        return ROAM_OK;
    core_table larger = *table;
    larger.capacity = table->capacity ? 2 * table->capacity : LEAST;
    larger.count = 0;
    larger.entries = malloc(larger.capacity * sizeof *larger.entries);
    if (!larger.entries)
        return ROAM_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < larger.capacity; i++)
        larger.entries[i].id = CORE_TABLE_NONE;
    for (uint32_t i = 0; i < table->capacity; i++)
        if (table->entries[i].id != CORE_TABLE_NONE)
            insert(&larger, table->entries[i]);
    free(table->entries);
    *table = larger;
    return ROAM_OK;
}

void core_table_add(core_table *table, uint64_t hash, uint32_t id)
{
    assert(table->count < table->capacity / 2);
    insert(table, (core_table_entry){.hash = (uint32_t)hash, .id = id});
}

void core_table_remove(core_table *table, uint64_t hash, uint32_t id)
{
    const uint32_t mask = table->capacity - 1;
    uint32_t hole = (uint32_t)hash & mask;
    while (table->entries[hole].id != id) {
        assert(table->entries[hole].id != CORE_TABLE_NONE);
        hole = (hole + 1) & mask;
    }
    /* Close the gap, so that no probe sequence is cut (Knuth, vol. 3, algorithm 6.4R). */
    for (uint32_t i = (hole + 1) & mask; table->entries[i].id != CORE_TABLE_NONE; i = (i + 1) & mask) {
        const uint32_t home = table->entries[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->entries[hole] = table->entries[i];
            hole = i;
        }
    }
    table->entries[hole].id = CORE_TABLE_NONE;
    table->count--;
}

void core_table_clear(core_table *table)
{
    for (uint32_t i = 0; i < table->capacity && table->count > 0; i++)
        table->entries[i].id = CORE_TABLE_NONE;
    table->count = 0;
}

uint64_t core_table_probes(const core_table *table)
{
    const uint32_t mask = table->capacity - 1;
    uint64_t probes = 0;
    for (uint32_t i = 0; i < table->capacity; i++)
        if (table->entries[i].id != CORE_TABLE_NONE)
            probes += ((i - table->entries[i].hash) & mask) + 1;
    return probes;
}
