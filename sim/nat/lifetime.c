/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bindings by the time at which their lifetime ends: with one lifetime in the order in which they are made,
 * else in a binary heap. */
#include "core/hash.h"
#include "sim/nat/internal.h"

#include <assert.h>
#include <stdlib.h>

static bool is_range(const nat *self)
{
    return self->options.lifetime_most_ns > self->options.lifetime_ns;
}

/* Of a range it is a hash of what is bound and when: no other binding has a part in it, and no other draw. */
static uint64_t lifetime_of(const nat *self, const nat_entry *entry)
{
    const uint64_t least_ns = self->options.lifetime_ns;
    if (!is_range(self))
        return least_ns;
    const uint64_t hash =
        nat_hash_addr(self, nat_hash_addr(self, entry->made_ns, &entry->internal), &entry->destination);
    return least_ns + core_hash_mix(hash) % (self->options.lifetime_most_ns - least_ns + 1);
}

uint64_t nat_lifetime_ends_ns(const nat *self, const nat_entry *entry)
{
    const uint64_t lifetime_ns = lifetime_of(self, entry);
    if (lifetime_ns == 0 || lifetime_ns >= UINT64_MAX - entry->made_ns)
        return UINT64_MAX;
    return entry->made_ns + lifetime_ns;
}

/* ---- The heap ---- */

static bool before(const nat_ending *a, const nat_ending *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->entry < b->entry;
}

static void put(nat *self, uint32_t slot, nat_ending item)
{
    self->endings.items[slot] = item;
    nat_entry_at(self, item.entry)->ending = slot;
}

static void rise(nat *self, uint32_t slot, nat_ending item)
{
    const nat_ending *const items = self->endings.items;
    for (; slot > 0 && before(&item, &items[(slot - 1) / 2]); slot = (slot - 1) / 2)
        put(self, slot, items[(slot - 1) / 2]);
    put(self, slot, item);
}

static void sink(nat *self, uint32_t slot, nat_ending item)
{
    const nat_ending *const items = self->endings.items;
    const uint32_t count = self->endings.count;
    for (uint32_t child; (child = 2 * slot + 1) < count; slot = child) {
        child += child + 1 < count && before(&items[child + 1], &items[child]);
        if (!before(&items[child], &item))
            break;
        put(self, slot, items[child]);
    }
    put(self, slot, item);
}

int nat_lifetime_reserve(nat *self)
{
    nat_endings *const to = &self->endings;
    if (!is_range(self) || to->count < to->capacity)
        return NAT_OK;
    const uint32_t capacity = to->capacity > 0 ? 2 * to->capacity : 8;
    nat_ending *const items = realloc(to->items, capacity * sizeof *items);
    if (!items)
        return NAT_ERR_MEMORY;
    to->items = items;
    to->capacity = capacity;
    return NAT_OK;
}

/* ---- Both ---- */

void nat_lifetime_begin(nat *self, uint32_t id)
{
    if (self->options.lifetime_ns == 0)
        return;
    if (!is_range(self)) {
        nat_age_list_add(&self->made, &self->entries, offsetof(nat_entry, by_making), id);
        return;
    }
    assert(self->endings.count < self->endings.capacity);
    const nat_ending item = {.at_ns = nat_lifetime_ends_ns(self, nat_entry_at(self, id)), .entry = id};
    rise(self, self->endings.count++, item);
}

void nat_lifetime_end(nat *self, uint32_t id)
{
    if (self->options.lifetime_ns == 0)
        return;
    if (!is_range(self)) {
        nat_age_list_remove(&self->made, &self->entries, offsetof(nat_entry, by_making), id);
        return;
    }
    const uint32_t slot = nat_entry_at(self, id)->ending;
    const nat_ending last = self->endings.items[--self->endings.count];
    if (last.entry == id)
        return;
    sink(self, slot, last);
    rise(self, nat_entry_at(self, last.entry)->ending, last);
}

uint32_t nat_lifetime_first(const nat *self)
{
    if (!is_range(self))
        return self->made.oldest;
    return self->endings.count > 0 ? self->endings.items[0].entry : NAT_NONE;
}
