/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/heap.h"

#include <assert.h>
#include <stdlib.h>

/* Four children to a place: half the levels of two, and those of one place lie side by side. */
enum { CHILDREN = 4 };

void core_heap_init(core_heap *heap)
{
    *heap = (core_heap){0};
}

void core_heap_fini(core_heap *heap)
{
    free(heap->entries);
    *heap = (core_heap){0};
}

int core_heap_reserve(core_heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return 0;
    size_t capacity = heap->capacity ? heap->capacity * 2 : 8;
    if (capacity < count)
        capacity = count;
    core_heap_entry *const entries = realloc(heap->entries, capacity * sizeof *entries);
    if (!entries)
        return ROAM_ERR_NO_MEMORY;
    heap->entries = entries;
    heap->capacity = capacity;
    return 0;
}

static bool before(const core_heap_entry *a, const core_heap_entry *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->order < b->order;
}

static void put(core_heap *heap, size_t at, const core_heap_entry *entry)
{
    heap->entries[at] = *entry;
    entry->timer->slot = at + 1;
}

static void rise(core_heap *heap, size_t at, const core_heap_entry *entry)
{
    while (at > 0 && before(entry, &heap->entries[(at - 1) / CHILDREN])) {
        put(heap, at, &heap->entries[(at - 1) / CHILDREN]);
        at = (at - 1) / CHILDREN;
    }
    put(heap, at, entry);
}

/* CHILDREN places from `from` on, or what there is of them. */
static size_t first_of(const core_heap *heap, size_t from)
{
    const size_t end = from + CHILDREN < heap->count ? from + CHILDREN : heap->count;
    size_t best = from;
    for (size_t at = from + 1; at < end; at++)
        if (before(&heap->entries[at], &heap->entries[best]))
            best = at;
    return best;
}

/* To where it belongs, from a place that it may be too early or too late for. */
static void settle(core_heap *heap, size_t at, const core_heap_entry *entry)
{
    for (size_t child = at * CHILDREN + 1; child < heap->count; child = at * CHILDREN + 1) {
        const size_t best = first_of(heap, child);
        if (!before(&heap->entries[best], entry))
            break;
        put(heap, at, &heap->entries[best]);
        at = best;
    }
    rise(heap, at, entry);
}

static void take_out(core_heap *heap, core_timer *timer)
{
    const size_t at = timer->slot - 1;
    const core_heap_entry last = heap->entries[--heap->count];
    timer->slot = 0;
    if (last.timer != timer)
        settle(heap, at, &last);
}

void core_heap_set(core_heap *heap, core_timer *timer, uint64_t deadline_ns)
{
    if (timer->slot && timer->deadline_ns == deadline_ns)
        return;
    timer->deadline_ns = deadline_ns;
    if (deadline_ns == ROAM_NEVER) {
        if (timer->slot)
            take_out(heap, timer);
        return;
    }
    assert(timer->slot || heap->count < heap->capacity);
    const size_t at = timer->slot ? timer->slot - 1 : heap->count++;
    settle(heap, at,
           &(core_heap_entry){.deadline_ns = deadline_ns, .order = heap->next_order++, .timer = timer});
}

core_timer *core_heap_first(const core_heap *heap)
{
    return heap->count ? heap->entries[0].timer : NULL;
}
