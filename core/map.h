/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From short byte strings (connection IDs, names) to pointers, with a secret hash seed, because keys come
 * from the network. */
#ifndef CORE_MAP_H
#define CORE_MAP_H

#include "core/table.h"

typedef struct core_map_entry {
    const uint8_t *key;
    size_t key_len;
    uint64_t hash;
    void *value;
} core_map_entry;

typedef struct core_map {
    core_table table;        /* of entries, by their places */
    core_map_entry *entries; /* so many, in no particular order */
    size_t capacity;
    size_t count;
    uint64_t seed;
} core_map;

void core_map_init(core_map *map, uint64_t seed);
void core_map_fini(core_map *map);

/* NULL when the key is not there. */
void *core_map_get(const core_map *map, const void *key, size_t key_len);

/* The key must not be in the map; its bytes stay the caller's and must live as long as the entry. NO_MEMORY.
 */
ROAM_CHECKED int core_map_add(core_map *map, const void *key, size_t key_len, void *value);

/* Takes the entry of key out, if it is there. */
void core_map_remove(core_map *map, const void *key, size_t key_len);

#endif
