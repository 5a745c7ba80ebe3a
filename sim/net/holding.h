/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that are held back, each until its key comes up: a time, or a number of packets. Equal keys come out
 * in the order in which they went in. A binary heap: both ways cost O(log n). */
#ifndef SIM_NET_HOLDING_H
#define SIM_NET_HOLDING_H

#include "sim/ns3/ns3.h"

#include <stddef.h>
#include <stdint.h>

typedef struct holding_item {
    uint64_t key;
    uint64_t number; /* of the put, from 0; holding_put sets it */
    n3_frame *frame;
    void *link; /* where it goes on */
} holding_item;

/* Value; zeroed is empty. */
typedef struct holding {
    holding_item *items;
    size_t count;
    size_t room;
    uint64_t puts;
} holding;

/* Takes the frame. 0, or N3_ERR_MEMORY: the frame is still the caller's. */
N3_CHECKED int holding_put(holding *self, uint64_t key, n3_frame *frame, void *link);

/* The least key, N3_NEVER when nothing is held. */
uint64_t holding_next(const holding *self);

/* The item of the least key; its frame is the caller's. Only when there is one. */
holding_item holding_take(holding *self);

/* Frees the frames that are still held, and the rest. */
void holding_fini(holding *self, n3_world *n3);

#endif
