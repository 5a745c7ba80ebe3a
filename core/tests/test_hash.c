/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"

#include "core/tests/check.h"

/* The published values of FNV-1a, and the first outputs of SplitMix64 from 0. */
static void test_known_values(void)
{
    uint64_t state = 0;
    CHECK(core_hash_bytes(CORE_HASH_START, "foobar", 0), UINT64_C(0xcbf29ce484222325), "no bytes");
    CHECK(core_hash_bytes(CORE_HASH_START, "foobar", 6), UINT64_C(0x85944171f73967e8), "foobar");
    CHECK(core_hash_mix(0), UINT64_C(0xe220a8397b1dcdaf), "the first word");
    CHECK(core_hash_mix(CORE_HASH_GOLDEN), UINT64_C(0x6e789e6aa1b965f4), "the second word");
    CHECK(core_hash_next(&state), UINT64_C(0xe220a8397b1dcdaf), "the first of the sequence");
    CHECK(core_hash_next(&state), UINT64_C(0x6e789e6aa1b965f4), "the second of the sequence");
}

static void test_chained(void)
{
    const uint64_t foo = core_hash_bytes(CORE_HASH_START, "foo", 3);
    CHECK(core_hash_bytes(foo, "bar", 3), core_hash_bytes(CORE_HASH_START, "foobar", 6), "foo, bar");
}

static const check_test tests[] = {
    {"known values", test_known_values},
    {"chained", test_chained},
};

CHECK_MAIN("hash", tests)
