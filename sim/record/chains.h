/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Items by a key that several may have: those of a key in the order in which they were added, without a walk
 * over all. */
#ifndef SIM_RECORD_CHAINS_H
#define SIM_RECORD_CHAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAINS_END UINT32_MAX

/* One of the items of a key. */
typedef struct chains_link {
    uint64_t key;
    uint32_t next; /* of the same key; CHAINS_END: none */
    uint32_t last; /* of the first of a key: the last of it */
} chains_link;

typedef struct chains {
    uint32_t *slots; /* the first item of a key; CHAINS_END: free */
    uint64_t mask;   /* slots - 1 */
    chains_link *links;
    uint32_t count;
} chains;

/* Room for so many items. False: out of memory, and nothing is to be freed. */
bool chains_init(chains *self, size_t room);
void chains_fini(chains *self); /* also of one that is all 0 */

/* The next item, from 0, has that key. */
void chains_add(chains *self, uint64_t key);

/* The first item with the key, and the next one with the same; CHAINS_END: none. All 0 is empty. */
uint32_t chains_first(const chains *self, uint64_t key);
static inline uint32_t chains_next(const chains *self, uint32_t item)
{
    return self->links[item].next;
}

/* Of two nodes in this order. */
static inline uint64_t chains_pair(uint32_t from, uint32_t to)
{
    return (uint64_t)from << 32 | to;
}

#endif
