/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* madvise, sbrk */
#include "sim/pages.h"

#include <sys/mman.h>
#include <unistd.h>

enum { FROM = 1024, EACH = 256 };

extern char end; /* of the program's data: the heap begins behind it */

void pages_grow(uint32_t count)
{
    if (count < FROM || count % EACH != 0)
        return;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t)&end + page - 1) / page * page;
    const uintptr_t to = (uintptr_t)sbrk(0) / page * page;
    if (from < to) /* ENOMEM for the gap before the heap: what lies behind it is advised all the same */
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}
