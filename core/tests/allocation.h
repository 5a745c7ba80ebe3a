/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts what is allocated, and lets one allocation fail. It stands before malloc, calloc, realloc and free
 * of all that is linked statically (linker option --wrap): our own objects, ngtcp2 and wolfSSL. */
#ifndef CORE_TESTS_ALLOCATION_H
#define CORE_TESTS_ALLOCATION_H

#include <stddef.h>
#include <stdint.h>

typedef struct allocation_stats {
    uint64_t calls; /* of malloc, calloc and realloc, since the process began */
    size_t bytes;   /* allocated now */
    size_t most;    /* the most that was, since allocation_mark */
    uint64_t failed;
} allocation_stats;

allocation_stats allocation_look(void);

/* most begins anew. */
void allocation_mark(void);

/* The next call but so many fails, once; UINT64_MAX: none. */
void allocation_fail_after(uint64_t calls);

/* None fails; what was asked for, to be asked for again. */
uint64_t allocation_disarm(void);

/* From now on allocations of wolfSSL do not fail: without memory it goes round in ProcessReplyEx for ever. */
void allocation_spare_tls(void);

/* For fixtures: never fails, and does not count as a call. */
void *allocation_resize(void *old, size_t size);

#endif
