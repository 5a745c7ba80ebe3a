/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/frame.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

/* Free frames are poisoned, so that ASan sees a use after n3_frame_free in spite of the pool. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

enum {
    HEADER = (sizeof(n3_frame_node) + 63) / 64 * 64,
    STRIDE = HEADER + N3_FRAME_POOLED,
    SLAB_FRAMES_FIRST = 16,
    SLAB_FRAMES_MOST = 512,
};

struct n3_frame_slab {
    _Alignas(max_align_t) struct n3_frame_slab *next;
    size_t size;
    _Alignas(max_align_t) unsigned char memory[];
};

void n3_frame_pool_init(n3_frame_pool *pool, uint32_t max)
{
    *pool = (n3_frame_pool){.max = max, .slab_frames = SLAB_FRAMES_FIRST};
}

void n3_frame_pool_fini(n3_frame_pool *pool)
{
    assert(pool->alive == 0);
    while (pool->slabs != NULL) {
        struct n3_frame_slab *const slab = pool->slabs;
        pool->slabs = slab->next;
        ASAN_UNPOISON_MEMORY_REGION(slab->memory, slab->size);
        free(slab);
    }
}

static void put_unused(n3_frame_pool *pool, n3_frame_node *node)
{
    node->next = pool->unused;
    pool->unused = node;
    ASAN_POISON_MEMORY_REGION(node, STRIDE);
}

static bool grow(n3_frame_pool *pool)
{
    const size_t size = (size_t)pool->slab_frames * STRIDE;
    struct n3_frame_slab *const slab = malloc(sizeof(*slab) + size);
    if (slab == NULL)
        return false;
    slab->next = pool->slabs;
    slab->size = size;
    pool->slabs = slab;
    for (size_t at = size; at > 0; at -= STRIDE)
        put_unused(pool, (n3_frame_node *)(void *)(slab->memory + at - STRIDE));
    if (pool->slab_frames < SLAB_FRAMES_MOST)
        pool->slab_frames *= 2;
    return true;
}

static n3_frame_node *take_unused(n3_frame_pool *pool)
{
    if (pool->unused == NULL && !grow(pool))
        return NULL;
    n3_frame_node *const node = pool->unused;
    assert(node);
    ASAN_UNPOISON_MEMORY_REGION(node, STRIDE);
    pool->unused = node->next;
    return node;
}

n3_frame *n3_frame_pool_take(n3_frame_pool *pool, uint32_t capacity)
{
    if (capacity > N3_FRAME_MAX || pool->alive == pool->max)
        return NULL;
    const bool pooled = capacity <= N3_FRAME_POOLED;
    n3_frame_node *const node = pooled ? take_unused(pool) : malloc(HEADER + (size_t)capacity);
    if (node == NULL)
        return NULL;
    node->frame.bytes = (uint8_t *)node + HEADER;
    node->frame.length = 0;
    node->frame.capacity = pooled ? N3_FRAME_POOLED : capacity;
    node->frame.id = ++pool->last_id;
    node->frame.note[0] = 0;
    node->next = NULL;
    pool->alive++;
    return &node->frame;
}

void n3_frame_pool_give(n3_frame_pool *pool, n3_frame *frame)
{
    n3_frame_node *const node = (n3_frame_node *)frame;
    pool->alive--;
    if (frame->capacity > N3_FRAME_POOLED)
        free(node);
    else
        put_unused(pool, node);
}
