/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams that wait until those before them have come: a heap by time. */
#ifndef TOOLS_WITNESS_HELD_H
#define TOOLS_WITNESS_HELD_H

#include "sim/wire/link_layer.h"

typedef struct held {
    uint64_t time_ns;
    uint64_t order; /* in the file: of two at one time the first comes first */
    uint32_t interface;
    capture_direction direction;
    link_datagram datagram; /* its payload is in bytes */
    uint8_t bytes[];
} held;

/* Zero-initialised. */
typedef struct held_heap {
    held **items;
    size_t count, capacity;
    uint64_t order;
    uint64_t latest_ns; /* of all that came */
} held_heap;

void held_fini(held_heap *heap);

/* Copies the datagram. False: out of memory. */
ROAM_CHECKED bool held_add(held_heap *heap, const held *like);

/* The earliest; NULL: none. */
const held *held_first(const held_heap *heap);

/* Takes it out; the caller frees it. */
held *held_take(held_heap *heap);

#endif
