/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of a world's events, earliest first: a heap with four children a node, whose first place stays
 * open after a pop, because what has just come up mostly asks for its next time at once. For sim/ns3 alone.
 */
#ifndef SIM_NS3_EVENT_HEAP_H
#define SIM_NS3_EVENT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No two events of a heap have both ns and uid in common. */
typedef struct n3_event {
    uint64_t ns;
    uint32_t uid; /* order of those of one nanosecond */
    uint32_t context;
    void *what;
} n3_event;

/* All zero is an empty heap. */
typedef struct n3_event_heap {
    n3_event *items; /* so many, the first of which is of no meaning while it is open */
    size_t count;
    size_t capacity;
    bool is_open;
} n3_event_heap;

void n3_event_heap_fini(n3_event_heap *heap);

static inline bool n3_event_before(const n3_event *a, const n3_event *b)
{
    return a->ns < b->ns || (a->ns == b->ns && a->uid < b->uid);
}

static inline bool n3_event_heap_is_empty(const n3_event_heap *heap)
{
    return heap->count == (heap->is_open ? 1u : 0u);
}

/* False: out of memory. */
bool n3_event_heap_push(n3_event_heap *heap, const n3_event *event);
/* The earliest. The heap is not empty. */
n3_event n3_event_heap_pop(n3_event_heap *heap);
/* Takes that event out, wherever it is: a walk over all. False: it is not there. */
bool n3_event_heap_remove(n3_event_heap *heap, uint64_t ns, uint32_t uid);

#ifdef __cplusplus
}
#endif

#endif
