/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/map.h"

#include <stdlib.h>
#include <string.h>

void core_map_init(core_map *map, uint64_t seed)
{
    *map = (core_map){.seed = seed};
}

void core_map_fini(core_map *map)
{
    free(map->entries);
    *map = (core_map){0};
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
}

static uint64_t hash_of(const core_map *map, const uint8_t *key, size_t len)
{
    uint64_t h = map->seed ^ len;
    while (len > 0) {
        uint64_t word = 0;
        size_t n = len < sizeof word ? len : sizeof word;
        memcpy(&word, key, n);
        h = mix(h ^ word) + map->seed;
        key += n;
        len -= n;
    }
    return mix(h);
}

/* The slot of key, or the free slot where it would go. */
static size_t slot_of(const core_map *map, const uint8_t *key, size_t len, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t i = (size_t)hash & mask;
    for (; map->entries[i].key; i = (i + 1) & mask) {
        const core_map_entry *e = &map->entries[i];
        if (e->hash == hash && e->key_len == len && memcmp(e->key, key, len) == 0)
            break;
    }
    return i;
}

void *core_map_get(const core_map *map, const void *key, size_t key_len)
{
    if (map->count == 0)
        return NULL;
    return map->entries[slot_of(map, key, key_len, hash_of(map, key, key_len))].value;
}

static int grow(core_map *map)
{
    core_map bigger = {.capacity = map->capacity ? map->capacity * 2 : 16, .seed = map->seed};
    bigger.entries = calloc(bigger.capacity, sizeof *bigger.entries);
    if (!bigger.entries)
        return ROAM_ERR_NO_MEMORY;
    for (size_t i = 0; i < map->capacity; i++) {
        const core_map_entry *e = &map->entries[i];
        if (e->key)
            bigger.entries[slot_of(&bigger, e->key, e->key_len, e->hash)] = *e;
    }
    bigger.count = map->count;
    free(map->entries);
    *map = bigger;
    return 0;
}

int core_map_add(core_map *map, const void *key, size_t key_len, void *value)
{
    if (map->count * 4 >= map->capacity * 3) {
        int rv = grow(map);
        if (rv)
            return rv;
    }
    uint64_t hash = hash_of(map, key, key_len);
    map->entries[slot_of(map, key, key_len, hash)] =
        (core_map_entry){.key = key, .key_len = key_len, .hash = hash, .value = value};
    map->count++;
    return 0;
}

void core_map_remove(core_map *map, const void *key, size_t key_len)
{
    if (map->count == 0)
        return;
    size_t mask = map->capacity - 1;
    size_t hole = slot_of(map, key, key_len, hash_of(map, key, key_len));
    if (!map->entries[hole].key)
        return;
    /* Close the gap, so that no probe sequence is cut (Knuth, vol. 3, algorithm 6.4R). */
    for (size_t i = (hole + 1) & mask; map->entries[i].key; i = (i + 1) & mask) {
        size_t home = (size_t)map->entries[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->entries[hole] = map->entries[i];
            hole = i;
        }
    }
    map->entries[hole] = (core_map_entry){0};
    map->count--;
}
