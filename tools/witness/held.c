/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/held.h"

#include <stdlib.h>
#include <string.h>

void held_fini(held_heap *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i]);
    free(self->items);
}

static bool before(const held *a, const held *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void swap(held_heap *self, size_t a, size_t b)
{
    held *const kept = self->items[a];
    self->items[a] = self->items[b];
    self->items[b] = kept;
}

static bool grow(held_heap *self)
{
    const size_t capacity = self->capacity ? self->capacity * 2 : 64;
    held **const grown = realloc(self->items, capacity * sizeof(*grown));
    if (!grown)
        return false;
    self->items = grown;
    self->capacity = capacity;
    return true;
}

bool held_add(held_heap *self, const held *like)
{
    const size_t len = like->datagram.payload_len;
    held *const added = malloc(sizeof *added + len);
    if (!added || (self->count == self->capacity && !grow(self))) {
        free(added);
        return false;
    }
    *added = *like;
    added->order = self->order++;
    if (len > 0)
        memcpy(added->bytes, like->datagram.payload, len);
    added->datagram.payload = added->bytes;
    if (added->time_ns > self->latest_ns)
        self->latest_ns = added->time_ns;
    size_t at = self->count++;
    self->items[at] = added;
    for (; at > 0 && before(self->items[at], self->items[(at - 1) / 2]); at = (at - 1) / 2)
        swap(self, at, (at - 1) / 2);
    return true;
}

const held *held_first(const held_heap *self)
{
    return self->count > 0 ? self->items[0] : NULL;
}

held *held_take(held_heap *self)
{
    held *const first = self->items[0];
    self->items[0] = self->items[--self->count];
    for (size_t at = 0, child = 1; child < self->count; at = child, child = 2 * at + 1) {
        if (child + 1 < self->count && before(self->items[child + 1], self->items[child]))
            child++;
        if (!before(self->items[child], self->items[at]))
            break;
        swap(self, at, child);
    }
    return first;
}
