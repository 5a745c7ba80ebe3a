/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/joins.h"

#include "core/hash.h"
#include "core/heap.h"

#include <string.h>

bool core_joins_again(core_joins *joins, const char *name, uint64_t life_ns, uint64_t now_ns)
{
    const uint64_t hash = core_hash_bytes(CORE_HASH_START, name, strlen(name));
    for (size_t i = 0; i < CORE_JOINS; i++)
        if (joins->items[i].name == hash && now_ns < joins->items[i].until_ns)
            return true;
    joins->items[joins->next].name = hash;
    joins->items[joins->next].until_ns = core_deadline(now_ns, life_ns);
    joins->next = (joins->next + 1) % CORE_JOINS;
    return false;
}
