/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pool of frames behind n3_frame_new; for sim/ns3 alone. */
#ifndef SIM_NS3_FRAME_H
#define SIM_NS3_FRAME_H

#include "sim/ns3/ns3.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A frame with what a link notes on it while it is in flight. */
typedef struct n3_frame_node {
    n3_frame frame; /* first: an n3_frame * is an n3_frame_node * */
    struct n3_frame_node *next;
    uint64_t arrive_ns;
    uint64_t jitter_ns;
    uint32_t uid;            /* place among the events of arrive_ns */
    struct n3_device *owner; /* where it was sent, while it waits in a queue that devices share */
} n3_frame_node;

typedef struct n3_frame_pool {
    struct n3_frame_slab *slabs;
    n3_frame_node *unused;
    uint64_t last_id;
    uint32_t slab_frames; /* of the next slab */
    uint32_t alive;
    uint32_t max;
} n3_frame_pool;

void n3_frame_pool_init(n3_frame_pool *pool, uint32_t max);
/* Every frame must have been given back (asserted). */
void n3_frame_pool_fini(n3_frame_pool *pool);
/* NULL beyond N3_FRAME_MAX, at max, or out of memory. */
N3_CHECKED n3_frame *n3_frame_pool_take(n3_frame_pool *pool, uint32_t capacity);
void n3_frame_pool_give(n3_frame_pool *pool, n3_frame *frame);

#ifdef __cplusplus
}
#endif

#endif
