/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short byte strings to numbers; one string may have several. Constant time, as long as the strings are not
 * chosen to collide. */
#ifndef SIM_WIRE_DISSECT_TABLE_H
#define SIM_WIRE_DISSECT_TABLE_H

#include "sim/wire/dissect.h"

#define DISSECT_KEY_MAX 32

typedef struct dissect_entry {
    uint32_t value;
    uint32_t next; /* of the same bucket, or of the free ones */
    uint8_t len;
    uint8_t key[DISSECT_KEY_MAX];
} dissect_entry;

/* Zero-initialised; to be ended with dissect_table_fini. */
typedef struct dissect_table {
    dissect_entry *entries;
    uint32_t *buckets;
    uint32_t count;    /* entries ever in use */
    uint32_t capacity; /* of entries and of buckets; a power of two */
    uint32_t unused;   /* list of entries removed, plus 1; 0: none */
} dissect_table;

void dissect_table_fini(dissect_table *table);

/* False: out of memory. */
ROAM_CHECKED bool dissect_table_add(dissect_table *table, const uint8_t *key, size_t len, uint32_t value);
void dissect_table_remove(dissect_table *table, const uint8_t *key, size_t len, uint32_t value);

/* Value of the entry after *cursor (0 for the first) with that key, the latest added first; DISSECT_NONE:
 * there is no further one. The table must not change meanwhile. */
uint32_t dissect_table_find(const dissect_table *table, const uint8_t *key, size_t len, uint32_t *cursor);

#endif
