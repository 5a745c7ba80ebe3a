/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/heap.h"

#include <assert.h>
#include <stdlib.h>

void core_heap_init(core_heap *heap)
{
    *heap = (core_heap){0};
}

void core_heap_fini(core_heap *heap)
{
    free(heap->timers);
    *heap = (core_heap){0};
}

int core_heap_reserve(core_heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return 0;
    size_t capacity = heap->capacity ? heap->capacity * 2 : 8;
    if (capacity < count)
        capacity = count;
    core_timer **const timers = realloc(heap->timers, capacity * sizeof *timers);
    if (!timers)
        return ROAM_ERR_NO_MEMORY;
    heap->timers = timers;
    heap->capacity = capacity;
    return 0;
}

static bool before(const core_timer *a, const core_timer *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->order < b->order;
}

static void put(core_heap *heap, size_t slot, core_timer *timer)
{
    heap->timers[slot - 1] = timer;
    timer->slot = slot;
}

static void rise(core_heap *heap, size_t slot, core_timer *timer)
{
    while (slot > 1 && before(timer, heap->timers[slot / 2 - 1])) {
        put(heap, slot, heap->timers[slot / 2 - 1]);
        slot /= 2;
    }
    put(heap, slot, timer);
}

static void sink(core_heap *heap, size_t slot, core_timer *timer)
{
    for (;;) {
        size_t child = slot * 2;
        if (child > heap->count)
            break;
        if (child < heap->count && before(heap->timers[child], heap->timers[child - 1]))
            child++;
        if (!before(heap->timers[child - 1], timer))
            break;
        put(heap, slot, heap->timers[child - 1]);
        slot = child;
    }
    put(heap, slot, timer);
}

static void take_out(core_heap *heap, core_timer *timer)
{
    const size_t slot = timer->slot;
    core_timer *const last = heap->timers[--heap->count];
    timer->slot = 0;
    if (last == timer)
        return;
    sink(heap, slot, last);
    rise(heap, last->slot, last);
}

void core_heap_set(core_heap *heap, core_timer *timer, uint64_t deadline_ns)
{
    if (timer->slot && timer->deadline_ns == deadline_ns)
        return;
    if (timer->slot)
        take_out(heap, timer);
    timer->deadline_ns = deadline_ns;
    if (deadline_ns == ROAM_NEVER)
        return;
    assert(heap->count < heap->capacity);
    timer->order = heap->next_order++;
    heap->count++;
    rise(heap, heap->count, timer);
}

core_timer *core_heap_first(const core_heap *heap)
{
    return heap->count ? heap->timers[0] : NULL;
}
