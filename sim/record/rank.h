/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Percentiles by nearest rank. */
#ifndef SIM_RECORD_RANK_H
#define SIM_RECORD_RANK_H

#include <stddef.h>
#include <stdint.h>

/* Upwards. */
void rank_sort(uint64_t *values, size_t count);

/* How many of so many values are the least that make up share / whole of them: the value of that number, from
 * 1, is the percentile. 0: of none, or a share of 0. */
static inline uint64_t rank_nearest(uint64_t count, uint64_t share, uint64_t whole)
{
    return (count * share + whole - 1) / whole;
}

#endif
