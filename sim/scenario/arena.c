/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 65536, ALIGN = _Alignof(max_align_t) };

typedef struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    _Alignas(max_align_t) unsigned char bytes[];
} chunk;

struct scenario_arena {
    chunk *chunks;
    bool failed;
};

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
        free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

static chunk *add_chunk(scenario_arena *arena, size_t bytes)
{
    const size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    chunk *const added = size < SIZE_MAX - sizeof(chunk) ? calloc(1, sizeof(chunk) + size) : NULL;
    if (!added) {
        arena->failed = true;
        return NULL;
    }
    added->size = size;
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
