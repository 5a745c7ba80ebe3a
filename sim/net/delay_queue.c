/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/delay_queue.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { ROOM_FIRST = 16 };

static bool before(const delay_queue_item *a, const delay_queue_item *b)
{
    return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static void swap(delay_queue_item *a, delay_queue_item *b)
{
    delay_queue_item kept = *a;
    *a = *b;
    *b = kept;
}

static bool make_room(delay_queue *self)
{
    if (self->count < self->room)
        return true;
    const size_t room = self->room ? self->room * 2 : ROOM_FIRST;
    delay_queue_item *const items = realloc(self->items, room * sizeof *items);
    if (!items)
        return false;
    self->items = items;
    self->room = room;
    return true;
}

int delay_queue_put(delay_queue *self, uint64_t key, n3_frame *frame, void *link)
{
    if (!make_room(self))
        return N3_ERR_MEMORY;
    size_t at = self->count++;
    self->items[at] = (delay_queue_item){.key = key, .number = self->puts++, .frame = frame, .link = link};
    for (size_t parent; at > 0 && before(&self->items[at], &self->items[parent = (at - 1) / 2]); at = parent)
        swap(&self->items[at], &self->items[parent]);
    return 0;
}

uint64_t delay_queue_next(const delay_queue *self)
{
    return self->count ? self->items[0].key : N3_NEVER;
}

delay_queue_item delay_queue_take(delay_queue *self)
{
    assert(self->count > 0);
    delay_queue_item taken = self->items[0];
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

void delay_queue_fini(delay_queue *self, n3_world *n3)
{
    for (size_t i = 0; i < self->count; i++)
        n3_frame_free(n3, self->items[i].frame);
    free(self->items);
    *self = (delay_queue){0};
}
