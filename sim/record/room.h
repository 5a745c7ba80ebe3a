/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow. */
#ifndef SIM_RECORD_ROOM_H
#define SIM_RECORD_ROOM_H

#include <stddef.h>

/* The items, with room for one more behind `count` of them, each of that size: where they are, or elsewhere,
 * with a larger *capacity. NULL: out of memory, and nothing has changed. */
void *room_for_one(void *items, size_t count, size_t *capacity, size_t size);

#endif
