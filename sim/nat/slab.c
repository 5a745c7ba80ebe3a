/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/slab.h"

#include "sim/nat/nat.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 16 };

void nat_slab_init(nat_slab *slab, size_t item_bytes)
{
    *slab = (nat_slab){.item_bytes = item_bytes, .first_free = NAT_NONE};
}

void nat_slab_fini(nat_slab *slab)
{
    free(slab->items);
    nat_slab_init(slab, slab->item_bytes);
}

static int grow(nat_slab *slab)
{
    const uint32_t capacity = slab->capacity ? 2 * slab->capacity : LEAST;
    uint8_t *const items = realloc(slab->items, capacity * slab->item_bytes);
    if (!items)
        return NAT_ERR_MEMORY;
    slab->items = items;
    slab->capacity = capacity;
    return NAT_OK;
}

int nat_slab_take(nat_slab *slab, uint32_t *id)
{
    if (slab->first_free != NAT_NONE) {
        *id = slab->first_free;
        memcpy(&slab->first_free, nat_slab_at(slab, *id), sizeof slab->first_free);
    } else {
        if (slab->used == slab->capacity && grow(slab) != NAT_OK)
            return NAT_ERR_MEMORY;
        *id = slab->used++;
    }
    memset(nat_slab_at(slab, *id), 0, slab->item_bytes);
    return NAT_OK;
}

void nat_slab_give(nat_slab *slab, uint32_t id)
{
    memcpy(nat_slab_at(slab, id), &slab->first_free, sizeof slab->first_free);
    slab->first_free = id;
}
