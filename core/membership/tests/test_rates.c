/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/rates.h"
#include "core/tests/check.h"

#define MS UINT64_C(1000000)

static int take(core_bucket *bucket, core_rate rate, int times, uint64_t now_ns)
{
    int taken = 0;
    for (int i = 0; i < times; i++)
        taken += core_bucket_take(bucket, rate, now_ns);
    return taken;
}

/* A burst, then one each 100 ms; a longer pause gives the burst back, and no more. */
static void test_rate(void)
{
    const core_rate rate = {.per_second = 10, .burst = 5};
    core_bucket bucket = {0};
    CHECK(take(&bucket, rate, 20, 0), 5, "at the start");
    CHECK(take(&bucket, rate, 20, 99 * MS), 0, "after 99 ms");
    CHECK(take(&bucket, rate, 20, 100 * MS), 1, "after 100 ms");
    CHECK(take(&bucket, rate, 20, 350 * MS), 2, "after 350 ms");
    CHECK(take(&bucket, rate, 20, 400 * MS), 1, "after 400 ms");
    CHECK(take(&bucket, rate, 20, 100000 * MS), 5, "after a long time");
}

/* So many a second over a minute, asked for much more often. */
static void test_lasting(void)
{
    const core_rate rate = {.per_second = 30, .burst = 2};
    core_bucket bucket = {0};
    int taken = 0;
    for (uint64_t ms = 0; ms < 60000; ms++)
        taken += core_bucket_take(&bucket, rate, ms * MS);
    CHECK_BETWEEN(taken, 1800, 1802, "in a minute");
}

static const check_test tests[] = {{"rate", test_rate}, {"lasting", test_lasting}};

CHECK_MAIN("rates", tests)
