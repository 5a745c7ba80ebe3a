/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wall.h"

#include <time.h>

uint64_t wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}
