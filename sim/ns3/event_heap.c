/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/event_heap.h"

#include <assert.h>
#include <stdlib.h>

enum { CHILDREN = 4, CAPACITY_FIRST = 64 };

void n3_event_heap_fini(n3_event_heap *heap)
{
    free(heap->items);
    *heap = (n3_event_heap){0};
}

static bool grow(n3_event_heap *heap)
{
    const size_t capacity = heap->capacity ? heap->capacity * 2 : CAPACITY_FIRST;
    n3_event *const items = realloc(heap->items, capacity * sizeof *items);
    if (!items)
        return false;
    heap->items = items;
    heap->capacity = capacity;
    return true;
}

/* Puts the event at that place or above it. */
static void rise(n3_event_heap *heap, size_t at, const n3_event *event)
{
    n3_event *const items = heap->items;
    while (at > 0) {
        const size_t parent = (at - 1) / CHILDREN;
        if (!n3_event_before(event, &items[parent]))
            break;
        items[at] = items[parent];
        at = parent;
    }
    items[at] = *event;
}

static size_t earliest_child(const n3_event_heap *heap, size_t first)
{
    const size_t end = first + CHILDREN < heap->count ? first + CHILDREN : heap->count;
    size_t best = first;
    for (size_t i = first + 1; i < end; i++)
        best = n3_event_before(&heap->items[i], &heap->items[best]) ? i : best;
    return best;
}

/* Puts the event at that place or below it. */
static void sink(n3_event_heap *heap, size_t at, const n3_event *event)
{
    n3_event *const items = heap->items;
    for (size_t first; (first = at * CHILDREN + 1) < heap->count;) {
        const size_t child = earliest_child(heap, first);
        if (n3_event_before(event, &items[child]))
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = *event;
}

/* The last one takes the open place. */
static void close_place(n3_event_heap *heap)
{
    heap->is_open = false;
    const n3_event last = heap->items[--heap->count];
    if (heap->count > 0)
        sink(heap, 0, &last);
}

bool n3_event_heap_push(n3_event_heap *heap, const n3_event *event)
{
    if (heap->is_open) {
        heap->is_open = false;
        sink(heap, 0, event);
        return true;
    }
    if (heap->count == heap->capacity && !grow(heap))
        return false;
    rise(heap, heap->count++, event);
    return true;
}

n3_event n3_event_heap_pop(n3_event_heap *heap)
{
    assert(!n3_event_heap_is_empty(heap));
    if (heap->is_open)
        close_place(heap);
    heap->is_open = true;
    return heap->items[0];
}

bool n3_event_heap_remove(n3_event_heap *heap, uint64_t ns, uint32_t uid)
{
    if (heap->is_open)
        close_place(heap);
    size_t at = 0;
    while (at < heap->count && (heap->items[at].ns != ns || heap->items[at].uid != uid))
        at++;
    if (at == heap->count)
        return false;
    const n3_event last = heap->items[--heap->count];
    if (at == heap->count)
        return true;
    if (at > 0 && n3_event_before(&last, &heap->items[(at - 1) / CHILDREN]))
        rise(heap, at, &last);
    else
        sink(heap, at, &last);
    return true;
}
