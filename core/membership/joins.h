/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which nodes came in lately: none pushes another one out of the active view again before a while is over,
 * and one walk tells of it, however often it says that it joins. */
#ifndef CORE_MEMBERSHIP_JOINS_H
#define CORE_MEMBERSHIP_JOINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CORE_JOINS = 64 };

/* All zero: none. The oldest of CORE_JOINS gives way to a new one. */
typedef struct core_joins {
    struct {
        uint64_t name; /* a hash of it */
        uint64_t until_ns;
    } items[CORE_JOINS];
    size_t next;
} core_joins;

/* Whether the node joined less than life_ns ago; if not, it does now. */
bool core_joins_again(core_joins *joins, const char *name, uint64_t life_ns, uint64_t now_ns);

#endif
