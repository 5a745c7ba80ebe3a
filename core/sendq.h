/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of one stream on their way out: appended at the end, sent from the middle, freed at the front
 * once acknowledged. They do not move in between, as ngtcp2 keeps pointers to them for retransmission. */
#ifndef CORE_SENDQ_H
#define CORE_SENDQ_H

#include "core/roam.h"

typedef struct core_chunk core_chunk;

/* Offsets are stream offsets; acked <= sent <= end. */
typedef struct core_sendq {
    core_chunk *first;
    core_chunk *last;
    core_chunk *unsent;    /* chunk that holds offset sent, if sent < end */
    size_t unsent_at;      /* place of sent in it */
    uint64_t first_offset; /* of the first byte of the first chunk */
    uint64_t acked, sent, end;
} core_sendq;

typedef struct core_span {
    const uint8_t *bytes;
    size_t len;
} core_span;

void core_sendq_init(core_sendq *queue);
void core_sendq_fini(core_sendq *queue);

/* Appends head and then body (either may be empty), both or nothing. NO_MEMORY. */
ROAM_CHECKED int core_sendq_append(core_sendq *queue, core_span head, core_span body);

/* Up to max spans of what is not sent yet, in order; returns how many. A span that is neither the first nor
 * the last of the queue has CORE_SENDQ_SPAN_MIN bytes or more. */
#define CORE_SENDQ_SPAN_MIN 1024
size_t core_sendq_peek(const core_sendq *queue, core_span *spans, size_t max);

/* len bytes of what core_sendq_peek showed were sent. */
void core_sendq_sent(core_sendq *queue, size_t len);

/* All bytes below offset were acknowledged. */
void core_sendq_acked(core_sendq *queue, uint64_t offset);

#endif
