/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* madvise, sbrk */
#include "sim/pages.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* The heap grows by so much at a time from then on: what is asked for here has to be untouched, and a step
 * between two calls takes less. */
enum { FROM = 1024, EACH = 256, STEP_BYTES = 64 << 20 };

extern char end; /* of the program's data: the heap begins behind it */

void pages_grow(uint32_t count)
{
    if (count < FROM || count % EACH != 0)
        return;
    (void)mallopt(M_TOP_PAD, STEP_BYTES);
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t)&end + page - 1) / page * page;
    const uintptr_t to = (uintptr_t)sbrk(0) / page * page;
    if (from < to) /* ENOMEM for the gap before the heap: what lies behind it is advised all the same */
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}
