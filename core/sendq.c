/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sendq.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a chunk: at least of the queue's first, of others, and at most. */
enum { CHUNK_FIRST = 256, CHUNK_MIN = CORE_SENDQ_SPAN_MIN, CHUNK_MAX = 16384 };

struct core_chunk {
    core_chunk *next;
    size_t len, capacity;
    uint8_t bytes[];
};

void core_sendq_init(core_sendq *queue)
{
    *queue = (core_sendq){0};
}

void core_sendq_fini(core_sendq *queue)
{
    while (queue->first) {
        core_chunk *const next = queue->first->next;
        free(queue->first);
        queue->first = next;
    }
    *queue = (core_sendq){0};
}

static core_chunk *chunk_for(size_t len, size_t least)
{
    const size_t capacity = len < least ? least : len > CHUNK_MAX ? CHUNK_MAX : len;
    core_chunk *const chunk = malloc(sizeof *chunk + capacity);
    if (chunk)
        *chunk = (core_chunk){.capacity = capacity};
    return chunk;
}

/* Enough chunks for len bytes beyond what fits at the end of the queue; NULL in *out when none are needed. */
static int chunks_for(const core_sendq *queue, size_t len, core_chunk **out)
{
    const size_t room = queue->last ? queue->last->capacity - queue->last->len : 0;
    core_chunk *first = NULL, **link = &first;
    for (size_t left = len > room ? len - room : 0; left > 0;) {
        core_chunk *const chunk = chunk_for(left, queue->last || first ? CHUNK_MIN : CHUNK_FIRST);
        if (!chunk)
            goto no_memory;
        *link = chunk;
        link = &chunk->next;
        left -= left < chunk->capacity ? left : chunk->capacity;
    }
    *out = first;
    return 0;
no_memory:
    while (first) {
        core_chunk *const next = first->next;
        free(first);
        first = next;
    }
    return ROAM_ERR_NO_MEMORY;
}

/* Copies the span to the end, moving on through the chunks already linked in. */
static void copy_in(core_sendq *queue, core_span span)
{
    while (span.len > 0) {
        core_chunk *const chunk = queue->last;
        assert(chunk);
        if (chunk->len == chunk->capacity) {
            queue->last = chunk->next;
            continue;
        }
        const size_t room = chunk->capacity - chunk->len;
        const size_t n = span.len < room ? span.len : room;
        if (!queue->unsent) {
            queue->unsent = chunk;
            queue->unsent_at = chunk->len;
        }
        memcpy(chunk->bytes + chunk->len, span.bytes, n);
        chunk->len += n;
        queue->end += n;
        span.bytes += n;
        span.len -= n;
    }
}

int core_sendq_append(core_sendq *queue, core_span head, core_span body)
{
    core_chunk *fresh;
    const int rv = chunks_for(queue, head.len + body.len, &fresh);
    if (rv)
        return rv;
    if (queue->last) {
        queue->last->next = fresh;
    } else {
        queue->first = queue->last = fresh;
        queue->first_offset = queue->end;
    }
    copy_in(queue, head);
    copy_in(queue, body);
    return 0;
}

size_t core_sendq_peek(const core_sendq *queue, core_span *spans, size_t max)
{
    size_t n = 0, at = queue->unsent_at;
    for (const core_chunk *c = queue->unsent; c && n < max; c = c->next, at = 0)
        if (c->len > at)
            spans[n++] = (core_span){c->bytes + at, c->len - at};
    return n;
}

/* What the next packet will take was written long ago, and is in memory by then. */
static void prefetch(const core_sendq *queue)
{
    enum { CACHE_LINE = 64, MOST = 1200 };
    const size_t left = queue->unsent->len - queue->unsent_at;
    const size_t n = left < MOST ? left : MOST;
    for (size_t at = 0; at < n; at += CACHE_LINE)
        __builtin_prefetch(queue->unsent->bytes + queue->unsent_at + at);
}

void core_sendq_sent(core_sendq *queue, size_t len)
{
    assert(len <= queue->end - queue->sent);
    queue->sent += len;
    while (len > 0) {
        const size_t left = queue->unsent->len - queue->unsent_at;
        const size_t n = len < left ? len : left;
        queue->unsent_at += n;
        len -= n;
        if (queue->unsent_at == queue->unsent->len && queue->unsent->next) {
            queue->unsent = queue->unsent->next;
            queue->unsent_at = 0;
        }
    }
    if (queue->sent == queue->end)
        queue->unsent = NULL;
    else
        prefetch(queue);
}

void core_sendq_acked(core_sendq *queue, uint64_t offset)
{
    assert(offset <= queue->sent);
    if (offset > queue->acked)
        queue->acked = offset;
    while (queue->first && queue->first_offset + queue->first->len <= queue->acked) {
        core_chunk *const chunk = queue->first;
        /* The last chunk stays while it has room: the next message will fill it. */
        if (!chunk->next && chunk->len < chunk->capacity)
            break;
        queue->first_offset += chunk->len;
        queue->first = chunk->next;
        if (!queue->first)
            queue->last = NULL;
        free(chunk);
    }
}
