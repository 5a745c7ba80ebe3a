/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "sim/scenario/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A chunk is as large as all before it, within these: a thousand scenarios are not many mappings. */
enum { CHUNK_BYTES = 65536, CHUNK_BYTES_MAX = 16777216, ALIGN = _Alignof(max_align_t) };

#ifndef __SANITIZE_ADDRESS__ /* which looks for leaks in what malloc gives */
#define MAPS_CHUNKS 1
#else
#define MAPS_CHUNKS 0
#endif

typedef struct chunk {
    struct chunk *next;
    bool mapped;
    size_t used;
    size_t size;
    _Alignas(max_align_t) unsigned char bytes[];
} chunk;

struct scenario_arena {
    chunk *chunks;
    size_t bytes; /* of all */
    bool failed;
};

/* Zeroed. A shared mapping: fork() leaves its pages alone, where it copies the entries of all pages that are
 * private, and a process that makes many runs by forking may hold a thousand scenarios. */
static chunk *chunk_new(size_t size)
{
    const size_t bytes = sizeof(chunk) + size;
    void *const memory = MAPS_CHUNKS
                             ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
                             : MAP_FAILED;
    chunk *const made = memory != MAP_FAILED ? memory : calloc(1, bytes);
    if (!made)
        return NULL;
    made->mapped = memory != MAP_FAILED;
    made->size = size;
    return made;
}

static void chunk_free(chunk *self)
{
    if (self->mapped)
        (void)munmap(self, sizeof *self + self->size);
    else
        free(self);
}

scenario_arena *scenario_arena_new(void)
{
    return calloc(1, sizeof(scenario_arena));
}

void scenario_arena_free(scenario_arena *arena)
{
    if (!arena)
        return;
    while (arena->chunks) {
        chunk *const next = arena->chunks->next;
        chunk_free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

static chunk *add_chunk(scenario_arena *arena, size_t bytes)
{
    size_t size = arena->bytes < CHUNK_BYTES ? CHUNK_BYTES : arena->bytes;
    size = size > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : size;
    size = size < bytes ? bytes : size;
    chunk *const added = size < SIZE_MAX - sizeof(chunk) ? chunk_new(size) : NULL;
    if (!added) {
        arena->failed = true;
        return NULL;
    }
    arena->bytes += size;
    added->next = arena->chunks;
    arena->chunks = added;
    return added;
}

void *scenario_arena_alloc(scenario_arena *arena, size_t count, size_t size)
{
    if (count > (SIZE_MAX / 2) / size) {
        arena->failed = true;
        return NULL;
    }
    const size_t bytes = (count * size + ALIGN) / ALIGN * ALIGN;
    chunk *head = arena->chunks;
    if (!head || head->size - head->used < bytes)
        head = add_chunk(arena, bytes);
    if (!head)
        return NULL;
    void *const result = head->bytes + head->used;
    head->used += bytes;
    return result;
}

char *scenario_arena_text(scenario_arena *arena, const char *text, size_t bytes)
{
    char *const copy = scenario_arena_alloc(arena, bytes + 1, 1);
    if (copy && bytes)
        memcpy(copy, text, bytes);
    return copy;
}

bool scenario_arena_failed(const scenario_arena *arena)
{
    return arena->failed;
}
