/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token buckets: how many messages may come in a time. */
#ifndef CORE_MEMBERSHIP_RATES_H
#define CORE_MEMBERSHIP_RATES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct core_rate {
    uint32_t per_second; /* at least 1 */
    uint32_t burst;
} core_rate;

/* All zero is a full bucket. */
typedef struct core_bucket {
    uint32_t spent;
    uint64_t since_ns; /* when the last one spent came back */
} core_bucket;

/* Takes one. False: there is none now. */
bool core_bucket_take(core_bucket *bucket, core_rate rate, uint64_t now_ns);

#endif
