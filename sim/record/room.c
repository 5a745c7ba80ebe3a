/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/room.h"

#include <stdlib.h>

enum { LEAST = 8 };

void *room_for_one(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    const size_t larger = *capacity ? 2 * *capacity : LEAST;
    void *const moved = realloc(items, larger * size);
    if (moved)
        *capacity = larger;
    return moved;
}
