/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/rates.h"

#define SECOND_NS UINT64_C(1000000000)

bool core_bucket_take(core_bucket *bucket, core_rate rate, uint64_t now_ns)
{
    const uint64_t each_ns = SECOND_NS / rate.per_second;
    const uint64_t back = (now_ns - bucket->since_ns) / each_ns;
    if (back >= bucket->spent) {
        bucket->spent = 0;
        bucket->since_ns = now_ns;
    } else {
        bucket->spent -= (uint32_t)back;
        bucket->since_ns += back * each_ns;
    }
    if (bucket->spent >= rate.burst)
        return false;
    bucket->spent++;
    return true;
}
