/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/rank.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void rank_sort(uint64_t *values, size_t count)
{
    if (count > 0)
        qsort(values, count, sizeof *values, compare);
}
