/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_SLAB_H
#define SIM_NAT_SLAB_H

/* Things of one size by number. The number freed last is given out next, and things move when the slab grows:
 * a pointer is not valid after nat_slab_take. */

#include "core/table.h"

#include <stddef.h>
#include <stdint.h>

#define NAT_NONE CORE_TABLE_NONE /* of numbers: none */

typedef struct nat_slab {
    size_t item_bytes; /* at least 4 */
    uint8_t *items;
    uint32_t capacity;
    uint32_t used;       /* numbers ever given out */
    uint32_t first_free; /* NAT_NONE: none below used */
} nat_slab;

void nat_slab_init(nat_slab *slab, size_t item_bytes);
void nat_slab_fini(nat_slab *slab);

/* A thing, all zero. NAT_ERR_MEMORY. */
ROAM_CHECKED int nat_slab_take(nat_slab *slab, uint32_t *id);

/* Its first four bytes are the slab's from now on, the others stay. */
void nat_slab_give(nat_slab *slab, uint32_t id);

static inline void *nat_slab_at(const nat_slab *slab, uint32_t id)
{
    return slab->items + id * slab->item_bytes;
}

#endif
