/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/random_streams.h"

#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Consumers that differ in anything have streams of their own. */
static void test_streams(void)
{
    static const random_consumer CONSUMERS[] = {
        {.purpose = RANDOM_CORE, .node = "a", .network = "", .attachment = 0, .use = 0},
        {.purpose = RANDOM_CORE, .node = "b", .network = "", .attachment = 0, .use = 0},
        {.purpose = RANDOM_LOSS_UP, .node = "a", .network = "", .attachment = 0, .use = 0},
        {.purpose = RANDOM_LOSS_UP, .node = "a", .network = "b", .attachment = 0, .use = 0},
        {.purpose = RANDOM_LOSS_UP, .node = "ab", .network = "", .attachment = 0, .use = 0},
        {.purpose = RANDOM_LOSS_UP, .node = "a", .network = "b", .attachment = 1, .use = 0},
        {.purpose = RANDOM_LOSS_DOWN, .node = "a", .network = "b", .attachment = 0, .use = 0},
        {.purpose = RANDOM_JITTER_UP, .node = "a", .network = "b", .attachment = 0, .use = 0},
        {.purpose = RANDOM_JITTER_DOWN, .node = "a", .network = "b", .attachment = 0, .use = 0},
        {.purpose = RANDOM_LOSS_UP, .node = "b", .network = "a", .attachment = 0, .use = 0},
        {.purpose = RANDOM_LOSS_UP, .node = "a", .network = "b", .attachment = 0, .use = 1},
        {.purpose = RANDOM_LOSS_UP, .node = "a", .network = "b", .attachment = 1, .use = 1},
        {.purpose = RANDOM_LOSS_UP, .node = "a", .network = "b", .attachment = 0, .use = 2},
    };
    enum { COUNT = sizeof CONSUMERS / sizeof *CONSUMERS };
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t stream = random_stream(&CONSUMERS[i]);
        CU_ASSERT_TRUE(stream <= N3_STREAM_MAX);
        CU_ASSERT_EQUAL(stream, random_stream(&CONSUMERS[i]));
        for (size_t j = 0; j < i; j++) {
            uint64_t other = random_stream(&CONSUMERS[j]);
            if (stream == other)
                fprintf(stderr, "\n    consumers %zu and %zu: got one stream, %" PRIu64, i, j, stream);
            CU_ASSERT_NOT_EQUAL(stream, other);
        }
    }
}

static void test_keys(void)
{
    static const struct {
        uint64_t seed;
        const char *node;
    } cases[] = {{1, "a"}, {2, "a"}, {1 | UINT64_C(1) << 63, "a"}, {1, "b"}, {1, ""}, {0, "a"}};
    enum { COUNT = sizeof cases / sizeof *cases };
    uint8_t keys[COUNT][ROAM_KEY_BYTES];
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t again[ROAM_KEY_BYTES];
        random_node_key(cases[i].seed, cases[i].node, keys[i]);
        random_node_key(cases[i].seed, cases[i].node, again);
        CU_ASSERT_EQUAL(memcmp(keys[i], again, sizeof again), 0);
        for (size_t j = 0; j < i; j++) {
            if (memcmp(keys[i], keys[j], ROAM_KEY_BYTES) == 0)
                fprintf(stderr, "\n    cases %zu and %zu: got one key", i, j);
            CU_ASSERT_NOT_EQUAL(memcmp(keys[i], keys[j], ROAM_KEY_BYTES), 0);
        }
    }
}

static const check_test TESTS[] = {
    {"streams", test_streams},
    {"keys", test_keys},
};
CHECK_MAIN("entropy", TESTS)
