/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that are held back, each until its key comes up: a time, or a number of packets. Equal keys come out
 * in the order in which they went in. A binary heap: both ways cost O(log n). */
#ifndef SIM_NET_DELAY_QUEUE_H
#define SIM_NET_DELAY_QUEUE_H

#include "sim/ns3/ns3.h"

#include <stddef.h>
#include <stdint.h>

typedef struct delay_queue_item {
    uint64_t key;
    uint64_t number; /* of the put, from 0; delay_queue_put sets it */
    n3_frame *frame;
    void *link; /* where it goes on */
} delay_queue_item;

/* Value; zeroed is empty. */
typedef struct delay_queue {
    delay_queue_item *items;
    size_t count;
    size_t room;
    uint64_t puts;
} delay_queue;

/* Takes the frame. 0, or N3_ERR_MEMORY: the frame is still the caller's. */
N3_CHECKED int delay_queue_put(delay_queue *self, uint64_t key, n3_frame *frame, void *link);

/* The least key, N3_NEVER when nothing is held. */
uint64_t delay_queue_next(const delay_queue *self);

/* The item of the least key; its frame is the caller's. Only when there is one. */
delay_queue_item delay_queue_take(delay_queue *self);

/* Frees the frames that are still held, and the rest. */
void delay_queue_fini(delay_queue *self, n3_world *n3);

#endif
