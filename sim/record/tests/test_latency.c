/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long messages took: percentiles of what came, and of what did not. */
#include "core/tests/check.h"
#include "sim/record/latency.h"
#include "sim/tests/small_scenario.h"

#include <CUnit/Basic.h>

#define MS UINT64_C(1000000)
#define ASKED "  - {latency: laptop -> server, p50: <= 1s}\n"

static void sent(const evidence *of, uint32_t flow, uint64_t sequence, uint64_t due_ns, uint64_t now_ns)
{
    const observer_message message = {
        .traffic = flow, .sequence = sequence, .len = 100, .next_ns = now_ns + 20 * MS, .due_ns = due_ns};
    of->told.message_sent(of->told.ctx, &message, now_ns);
}

static void delivered(const evidence *of, uint32_t flow, uint64_t sequence, uint64_t now_ns)
{
    const observer_message message = {.traffic = flow, .sequence = sequence, .len = 100, .intact = true};
    of->told.message_delivered(of->told.ctx, &message, now_ns);
}

/* The scenario is over; of the flow up so many came, and so many did not. */
static const recorder_latency *finish(const evidence *of, uint64_t count, uint64_t missing)
{
    evidence_finish(of);
    const recorder_latency *const all = recorder_latency_of_flow(of->recorder, FLOW_UP);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    CHECK(all->count, count, "count");
    CHECK(all->missing, missing, "missing");
    return all;
}

/* 200 messages, one each 10 ms from 1 s on: number i takes i + 1 ms, in another order than they were sent. Of
 * 200, p50 is the 100th, p90 the 180th, p99 the 198th. */
static void test_percentiles(void)
{
    evidence of = evidence_of(small_scenario(NULL, ASKED));
    for (uint64_t i = 0; i < 200; i++)
        sent(&of, FLOW_UP, i, 1000 * MS + i * 10 * MS, 1000 * MS + i * 10 * MS);
    for (uint64_t i = 200; i > 0; i--)
        delivered(&of, FLOW_UP, i - 1, 1000 * MS + (i - 1) * 10 * MS + i * MS);
    delivered(&of, FLOW_UP, 5, 9000 * MS); /* again */
    const recorder_latency *const all = finish(&of, 200, 0);
    CHECK(all->p50_ns, 100 * MS, "p50");
    CHECK(all->p90_ns, 180 * MS, "p90");
    CHECK(all->p99_ns, 198 * MS, "p99");
    CHECK(all->worst_ns, 200 * MS, "worst");
    /* Due from 2 s to before 2.1 s: numbers 100 to 109. */
    recorder_latency some;
    const recorder_latency_query query = {
        .from = LAPTOP, .to = SERVER, .since_ns = 2000 * MS, .until_ns = 2100 * MS};
    CHECK(recorder_latency_of(of.recorder, &query, &some), true, "memory");
    CHECK(some.count, 10, "count of ten");
    CHECK(some.p50_ns, 105 * MS, "p50 of ten");
    CHECK(some.p99_ns, 110 * MS, "p99 of ten");
    evidence_free(&of);
}

/* A message that waited for room is late from when it was due; of four, one that never comes is the worst. */
static void test_due_and_missing(void)
{
    evidence of = evidence_of(small_scenario(NULL, ASKED));
    sent(&of, FLOW_UP, 0, 1000 * MS, 1300 * MS);
    for (uint64_t i = 1; i < 4; i++)
        sent(&of, FLOW_UP, i, 1300 * MS + i * 20 * MS, 1300 * MS + i * 20 * MS);
    delivered(&of, FLOW_UP, 0, 1310 * MS);
    delivered(&of, FLOW_UP, 1, 1330 * MS);
    delivered(&of, FLOW_UP, 3, 1370 * MS);
    const recorder_latency *const all = finish(&of, 3, 1);
    CHECK(all->p50_ns, 10 * MS, "p50");
    CHECK(all->p90_ns, ROAM_NEVER, "p90");
    CHECK(all->worst_ns, ROAM_NEVER, "worst");
    recorder_latency some;
    const recorder_latency_query early = {.from = LAPTOP, .to = SERVER, .until_ns = 1310 * MS};
    CHECK(recorder_latency_of(of.recorder, &early, &some), true, "memory");
    CHECK(some.worst_ns, 310 * MS, "the one that waited");
    evidence_free(&of);
}

/* Many under way at once, some of them for ever: the ring grows and keeps each. */
static void test_under_way(void)
{
    evidence of = evidence_of(small_scenario(NULL, ASKED));
    for (uint64_t i = 0; i < 1000; i++) {
        sent(&of, FLOW_UP, i, 1000 * MS + i * MS, 1000 * MS + i * MS);
        if (i % 100 != 7)
            delivered(&of, FLOW_UP, i, 1000 * MS + i * MS + 3 * MS);
    }
    for (uint64_t i = 7; i < 1000; i += 200)
        delivered(&of, FLOW_UP, i, 1000 * MS + i * MS + 5000 * MS);
    const recorder_latency *const all = finish(&of, 995, 5);
    CHECK(all->p90_ns, 3 * MS, "p90");
    CHECK(all->p99_ns, 3 * MS, "p99");
    evidence_free(&of);
}

/* Nobody asks about the other flows. */
static void test_not_measured(void)
{
    evidence of = evidence_of(small_scenario(NULL, ASKED));
    sent(&of, FLOW_DOWN, 0, 1000 * MS, 1000 * MS);
    delivered(&of, FLOW_DOWN, 0, 1010 * MS);
    CHECK(finish(&of, 0, 0)->p50_ns, ROAM_NEVER, "of no message");
    CU_ASSERT_PTR_NULL(recorder_latency_of_flow(of.recorder, FLOW_DOWN));
    evidence_free(&of);
    of = evidence_of(small_scenario(NULL, NULL));
    CU_ASSERT_PTR_NULL(recorder_latency_of_flow(of.recorder, FLOW_UP));
    evidence_finish(&of);
    evidence_free(&of);
}

static const check_test TESTS[] = {{"percentiles", test_percentiles},
                                   {"due, and missing", test_due_and_missing},
                                   {"under way", test_under_way},
                                   {"not measured", test_not_measured}};
CHECK_MAIN("latency", TESTS)
