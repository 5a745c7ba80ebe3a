/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <string.h>

static void forget(rules_doubtful *doubtful, uint32_t at)
{
    doubtful->count--;
    memmove(&doubtful->numbers[at], &doubtful->numbers[at + 1],
            (doubtful->count - at) * sizeof *doubtful->numbers);
}

void rules_doubtful_add(rules_doubtful *doubtful, uint64_t number)
{
    if (doubtful->count == RULES_DOUBTFUL_MAX)
        forget(doubtful, 0);
    doubtful->numbers[doubtful->count++] = number;
}

void rules_doubtful_clear(rules_doubtful *doubtful, uint64_t number)
{
    for (uint32_t i = doubtful->count; i > 0; i--)
        if (doubtful->numbers[i - 1] == number)
            forget(doubtful, i - 1);
}

static bool covers(const dissect_frame *ack, uint64_t number)
{
    for (size_t i = 0; i < ack->range_count; i++)
        if (number >= ack->ranges[i].smallest && number <= ack->ranges[i].largest)
            return true;
    return false;
}

uint64_t rules_doubtful_acked(rules_doubtful *doubtful, const dissect_frame *ack)
{
    for (uint32_t i = 0; i < doubtful->count; i++) {
        const uint64_t number = doubtful->numbers[i];
        if (!covers(ack, number))
            continue;
        forget(doubtful, i);
        return number;
    }
    return ROAM_NEVER;
}
