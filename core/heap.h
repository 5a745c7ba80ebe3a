/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deadlines in order: a heap of timers that are members of their owners. Equal deadlines come out in the
 * order in which they were set. Deadlines are compared in the heap alone: the owners of a large one are in no
 * cache. */
#ifndef CORE_HEAP_H
#define CORE_HEAP_H

#include "core/roam.h"

typedef struct core_timer {
    uint64_t deadline_ns;
    size_t slot; /* 1-based place in the heap; 0: not in it */
    void (*fire)(void *owner, uint64_t now_ns);
    void *owner;
} core_timer;

typedef struct core_heap_entry {
    uint64_t deadline_ns;
    uint64_t order; /* of setting */
    core_timer *timer;
} core_heap_entry;

typedef struct core_heap {
    core_heap_entry *entries;
    size_t count;
    size_t capacity;
    uint64_t next_order;
} core_heap;

/* span_ns after from_ns; ROAM_NEVER where 64 bits cannot hold the sum. */
static inline uint64_t core_deadline(uint64_t from_ns, uint64_t span_ns)
{
    return span_ns < ROAM_NEVER - from_ns ? from_ns + span_ns : ROAM_NEVER;
}

void core_heap_init(core_heap *heap);
void core_heap_fini(core_heap *heap);

/* Makes room for count timers, so that core_heap_set cannot fail for them. NO_MEMORY. */
ROAM_CHECKED int core_heap_reserve(core_heap *heap, size_t count);

/* Puts the timer in, moves it, or (ROAM_NEVER) takes it out. */
void core_heap_set(core_heap *heap, core_timer *timer, uint64_t deadline_ns);

/* The earliest timer, or NULL. */
core_timer *core_heap_first(const core_heap *heap);

#endif
