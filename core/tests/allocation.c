/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/allocation.h"

#include <malloc.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *memory);
/* Of wolfSSL, whose headers stay in core/. */
int wolfSSL_SetAllocators(void *(*allocate)(size_t), void (*release)(void *),
                          void *(*resize)(void *, size_t));

/* One a process, as the heap that it counts. */
static allocation_stats stats;
static uint64_t countdown = UINT64_MAX;

allocation_stats allocation_look(void)
{
    return stats;
}

void allocation_mark(void)
{
    stats.most = stats.bytes;
}

void allocation_fail_after(uint64_t calls)
{
    countdown = calls;
}

uint64_t allocation_disarm(void)
{
    uint64_t calls = countdown;
    countdown = UINT64_MAX;
    return calls;
}

static int fails(void)
{
    stats.calls++;
    if (countdown == UINT64_MAX || countdown-- > 0)
        return 0;
    countdown = UINT64_MAX;
    stats.failed++;
    return 1;
}

static void *counted(void *memory)
{
    stats.bytes += memory ? malloc_usable_size(memory) : 0;
    if (stats.bytes > stats.most)
        stats.most = stats.bytes;
    return memory;
}

static void discount(void *memory)
{
    stats.bytes -= memory ? malloc_usable_size(memory) : 0;
}

void *allocation_resize(void *old, size_t size)
{
    discount(old);
    return counted(__real_realloc(old, size));
}

static void *spared(size_t size)
{
    return counted(__real_malloc(size));
}

void allocation_spare_tls(void)
{
    wolfSSL_SetAllocators(spared, __wrap_free, allocation_resize);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    discount(old);
    return counted(__real_realloc(old, size));
}

void __wrap_free(void *memory)
{
    discount(memory);
    __real_free(memory);
}
