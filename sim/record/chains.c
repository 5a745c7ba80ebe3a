/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/chains.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

bool chains_init(chains *self, size_t room)
{
    size_t slots = 8;
    while (slots < 2 * room)
        slots *= 2;
    *self = (chains){.slots = malloc(slots * sizeof *self->slots),
                     .mask = slots - 1,
                     .links = calloc(room + 1, sizeof *self->links)};
    if (!self->slots || !self->links) {
        chains_fini(self);
        return false;
    }
    memset(self->slots, 0xff, slots * sizeof *self->slots); /* CHAINS_END */
    return true;
}

void chains_fini(chains *self)
{
    free(self->slots);
    free(self->links);
    *self = (chains){0};
}

/* Where the key's first item is, or is to be. */
static uint64_t slot_of(const chains *self, uint64_t key)
{
    uint64_t slot = core_hash_mix(key) & self->mask;
    while (self->slots[slot] != CHAINS_END && self->links[self->slots[slot]].key != key)
        slot = (slot + 1) & self->mask;
    return slot;
}

void chains_add(chains *self, uint64_t key)
{
    const uint64_t slot = slot_of(self, key);
    const uint32_t first = self->slots[slot];
    const uint32_t item = self->count++;
    self->links[item] = (chains_link){.key = key, .next = CHAINS_END, .last = item};
    if (first == CHAINS_END) {
        self->slots[slot] = item;
        return;
    }
    self->links[self->links[first].last].next = item;
    self->links[first].last = item;
}

uint32_t chains_first(const chains *self, uint64_t key)
{
    return self->slots ? self->slots[slot_of(self, key)] : CHAINS_END;
}
