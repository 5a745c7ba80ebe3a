/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cross traffic in a queue that nodes share, counted to the packet. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/world/world.h"

#include <CUnit/Basic.h>
#include <stdio.h>

#define SECOND_NS UINT64_C(1000000000)

enum { TEXT_MAX = 1024, ERROR_MAX = 256 };

static const char HEAD[] = "roam: 1\nname: t\nduration: 2s\nnetworks:\n"
                           "  lte: {delay: 5ms, rate: 8Mbps, queue: 100ms, shared: true}\n"
                           "nodes: {laptop: {networks: [lte]}}\npeers: []\n";

/* With the rest of the scenario; until all packets have arrived. */
static void perform(const char *rest, uint64_t seed, background_counts *counts, size_t count,
                    world_link_counts *down)
{
    char text[TEXT_MAX];
    char error[ERROR_MAX];
    world *run = NULL;
    (void)snprintf(text, sizeof text, "%s%s", HEAD, rest);
    scenario *const whole = evidence_scenario(text);
    const world_options options = {.scenario = whole, .seed = seed};
    CU_ASSERT_EQUAL_FATAL(whole->background_count, count);
    CU_ASSERT_EQUAL_FATAL(world_new(&options, &run, error, sizeof error), 0);
    CU_ASSERT_EQUAL(world_run(run, 3 * SECOND_NS), 0);
    for (size_t i = 0; i < count; i++) {
        counts[i] = world_background_count(run, i);
        CHECK(counts[i].sent, counts[i].delivered + counts[i].dropped, "entry %zu", i);
    }
    if (down)
        *down = world_link_count(run, 0, 0, false);
    world_free(run);
    scenario_free(whole);
}

/*
 * A packet of 1,000 bytes each half millisecond, and a rate that takes one each millisecond: 100 ms are 100
 * kB, so that 100 packets wait in the end. At 0.5 s 500 have left, one is being sent. From then on the rate
 * takes one each 2 ms, and 50 wait: at 1 s the first of these has left, 249 others too, one is being sent and
 * 50 wait.
 */
static void test_queue_in_time(void)
{
    background_counts counts;
    world_link_counts down;
    perform("timeline: [{at: 500ms, set: lte, rate: 4Mbps}]\n"
            "background: {network: lte, rate: 16Mbps, direction: down, packet: 1000B, until: 1s}\n",
            1, &counts, 1, &down);
    CHECK(counts.sent, 2000, "sent");
    CHECK(counts.bytes, 2000000, "bytes");
    CHECK(counts.delivered, 500 + 1 + 249 + 1 + 50, "delivered");
    CHECK(down.queue_peak, 100, "most that waited");
    CHECK(down.packets, 0, "the laptop's own");
}

/* 1 Mbps in packets of 125 bytes: one each millisecond, ten in a busy time of 10 ms, 50 times in 2 s. In both
 * directions, which do not meet. */
static void test_patterns(void)
{
    background_counts counts[4];
    background_counts others[4];
    static const char REST[] =
        "background:\n"
        "  - {network: lte, rate: 1Mbps, packet: 125B, pattern: on-off, busy: 10ms, idle: 30ms}\n"
        "  - {network: lte, rate: 1Mbps, packet: 125B, pattern: poisson, direction: up}\n"
        "  - {network: lte, rate: 3Mbps, packet: 125B, at: 1s, direction: down}\n";
    perform(REST, 1, counts, 4, NULL);
    CHECK(counts[0].sent, 500, "on-off up");
    CHECK(counts[1].sent, 500, "on-off down");
    CHECK(counts[3].sent, 3000, "a third of a millisecond, of which nothing is lost");
    /* 2,000 in the mean, and five times the square root of it. */
    CHECK(counts[2].sent > 1776 && counts[2].sent < 2224, true, "poisson: %llu",
          (unsigned long long)counts[2].sent);
    perform(REST, 1, others, 4, NULL);
    CHECK(others[2].sent, counts[2].sent, "the same seed");
    perform(REST, 3, others, 4, NULL);
    CHECK(others[2].sent != counts[2].sent, true, "another seed");
}

static const check_test TESTS[] = {{"a queue in milliseconds", test_queue_in_time},
                                   {"patterns", test_patterns}};
CHECK_MAIN("background", TESTS)
