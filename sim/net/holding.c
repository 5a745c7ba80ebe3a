/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/holding.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { ROOM_FIRST = 16 };

static bool before(const holding_item *a, const holding_item *b)
{
    return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static void swap(holding_item *a, holding_item *b)
{
    holding_item kept = *a;
    *a = *b;
    *b = kept;
}

static bool make_room(holding *self)
{
    if (self->count < self->room)
        return true;
    size_t room = self->room ? self->room * 2 : ROOM_FIRST;
    holding_item *items = realloc(self->items, room * sizeof *items);
    if (!items)
        return false;
    self->items = items;
    self->room = room;
    return true;
}

int holding_put(holding *self, uint64_t key, n3_frame *frame, void *link)
{
    if (!make_room(self))
        return N3_ERR_MEMORY;
    size_t at = self->count++;
    self->items[at] = (holding_item){.key = key, .number = self->puts++, .frame = frame, .link = link};
    for (size_t parent; at > 0 && before(&self->items[at], &self->items[parent = (at - 1) / 2]); at = parent)
        swap(&self->items[at], &self->items[parent]);
    return 0;
}

uint64_t holding_next(const holding *self)
{
    return self->count ? self->items[0].key : N3_NEVER;
}

holding_item holding_take(holding *self)
{
    assert(self->count > 0);
    holding_item taken = self->items[0];
    self->items[0] = self->items[--self->count];
    for (size_t at = 0, child = 1; child < self->count; child = 2 * at + 1) {
        if (child + 1 < self->count && before(&self->items[child + 1], &self->items[child]))
            child++;
        if (before(&self->items[at], &self->items[child]))
            break;
        swap(&self->items[at], &self->items[child]);
        at = child;
    }
    return taken;
}

void holding_fini(holding *self, n3_world *n3)
{
    for (size_t i = 0; i < self->count; i++)
        n3_frame_free(n3, self->items[i].frame);
    free(self->items);
    *self = (holding){0};
}
