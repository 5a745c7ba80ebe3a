/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/map.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

void core_map_init(core_map *map, uint64_t seed)
{
    *map = (core_map){.seed = seed};
}

void core_map_fini(core_map *map)
{
    core_table_fini(&map->table);
    free(map->entries);
    *map = (core_map){0};
}

static uint64_t hash_of(const core_map *map, const uint8_t *key, size_t len)
{
    uint64_t hash = core_hash_mix(map->seed ^ len);
    while (len > 0) {
        uint64_t word = 0;
        const size_t n = len < sizeof word ? len : sizeof word;
        memcpy(&word, key, n);
        hash = core_hash_mix(hash ^ word) + map->seed;
        key += n;
        len -= n;
    }
    return hash;
}

/* The place of a key among the entries; CORE_TABLE_NONE: it is not there. */
static uint32_t place_of(const core_map *map, const uint8_t *key, size_t len, uint64_t hash)
{
    uint32_t slot;
    uint32_t at = core_table_first(&map->table, hash, &slot);
    while (at != CORE_TABLE_NONE && (map->entries[at].hash != hash || map->entries[at].key_len != len ||
                                     memcmp(map->entries[at].key, key, len) != 0))
        at = core_table_next(&map->table, hash, &slot);
    return at;
}

void *core_map_get(const core_map *map, const void *key, size_t key_len)
{
    if (map->count == 0)
        return NULL;
    const uint32_t at = place_of(map, key, key_len, hash_of(map, key, key_len));
    return at == CORE_TABLE_NONE ? NULL : map->entries[at].value;
}

static int grow(core_map *map)
{
    const size_t capacity = map->capacity ? map->capacity * 2 : 8;
    core_map_entry *const entries = realloc(map->entries, capacity * sizeof *entries);
    if (!entries)
        return ROAM_ERR_NO_MEMORY;
    map->entries = entries;
    map->capacity = capacity;
    return 0;
}

int core_map_add(core_map *map, const void *key, size_t key_len, void *value)
{
    int rv = map->count == map->capacity ? grow(map) : 0;
    if (!rv)
        rv = core_table_reserve(&map->table);
    if (rv)
        return rv;
    const uint64_t hash = hash_of(map, key, key_len);
    core_table_add(&map->table, hash, (uint32_t)map->count);
    map->entries[map->count++] =
        (core_map_entry){.key = key, .key_len = key_len, .hash = hash, .value = value};
    return 0;
}

void core_map_remove(core_map *map, const void *key, size_t key_len)
{
    const uint64_t hash = hash_of(map, key, key_len);
    const uint32_t at = place_of(map, key, key_len, hash);
    if (at == CORE_TABLE_NONE)
        return;
    core_table_remove(&map->table, hash, at);
    const uint32_t last = (uint32_t)--map->count;
    if (at == last)
        return;
    map->entries[at] = map->entries[last]; /* no place stays empty */
    core_table_remove(&map->table, map->entries[at].hash, last);
    core_table_add(&map->table, map->entries[at].hash, at);
}
