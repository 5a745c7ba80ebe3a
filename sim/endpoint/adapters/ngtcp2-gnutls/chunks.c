/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <stdlib.h>
#include <string.h>

struct chunk {
    struct chunk *next;
    size_t len;
    uint8_t bytes[CHUNK_BYTES];
};

static bool add_chunk(chunk_queue *queue)
{
    chunk *const added = malloc(sizeof *added);
    if (!added)
        return false;
    added->next = NULL;
    added->len = 0;
    if (queue->tail)
        queue->tail->next = added;
    else
        queue->head = added;
    queue->tail = added;
    return true;
}

bool chunks_add(chunk_queue *queue, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        if ((!queue->tail || queue->tail->len == CHUNK_BYTES) && !add_chunk(queue))
            return false;
        chunk *const tail = queue->tail;
        const size_t room = CHUNK_BYTES - tail->len, n = len < room ? len : room;
        memcpy(tail->bytes + tail->len, bytes, n);
        tail->len += n;
        queue->end += n;
        bytes += n;
        len -= n;
    }
    return true;
}

size_t chunks_from(const chunk_queue *queue, uint64_t offset, ngtcp2_vec *pieces, size_t count)
{
    size_t found = 0;
    uint64_t begin = queue->first;
    for (chunk *c = queue->head; c && found < count; begin += c->len, c = c->next) {
        if (offset >= begin + c->len)
            continue;
        const size_t skip = offset > begin ? (size_t)(offset - begin) : 0;
        pieces[found++] = (ngtcp2_vec){.base = c->bytes + skip, .len = c->len - skip};
    }
    return found;
}

static void drop_head(chunk_queue *queue)
{
    chunk *const head = queue->head;
    queue->first += head->len;
    queue->head = head->next;
    if (!queue->head)
        queue->tail = NULL;
    free(head);
}

void chunks_drop(chunk_queue *queue, uint64_t offset)
{
    while (queue->head && queue->first + queue->head->len <= offset)
        drop_head(queue);
}

void chunks_clear(chunk_queue *queue)
{
    while (queue->head)
        drop_head(queue);
}
