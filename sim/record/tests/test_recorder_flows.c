/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder makes of messages and of events. */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"

#include <CUnit/Basic.h>

#define MS UINT64_C(1000000)
#define NONE UINT32_MAX /* of a time in ms: never */

static uint64_t ns_of(uint32_t ms)
{
    return ms == NONE ? ROAM_NEVER : ms * MS;
}

typedef struct delivery {
    uint32_t at_ms; /* 0 ends a list */
    uint32_t sequence;
    bool corrupt;
} delivery;

typedef struct flow_case {
    const char *name;
    uint32_t flow;
    uint32_t sent; /* messages from 0 on, one each 20 ms from 1 s on */
    delivery deliveries[8];
    uint64_t delivered, missing, unsent, duplicated, reordered, corrupt;
    uint32_t gap_ms, gap_start_ms;
    bool settled;
    uint64_t passed_over, passed_over_at_start;
    uint64_t passed; /* told with each message */
} flow_case;

/* Until 8 s, every 20 ms. The bulk of 4 messages ends with its last, or is waited for up to 10 s. */
static const flow_case flow_cases[] = {
    {.name = "nothing sent",
     .flow = FLOW_UP,
     .gap_ms = 7980,
     .settled = true,
     .passed_over = 400,
     .passed_over_at_start = 400},
    {.name = "nothing delivered",
     .flow = FLOW_UP,
     .sent = 2,
     .missing = 2,
     .gap_ms = 6980,
     .gap_start_ms = 1000,
     .passed_over = 348},
    {.name = "in order up to the end",
     .flow = FLOW_UP,
     .sent = 3,
     .deliveries = {{1010, 0, 0}, {1030, 1, 0}, {8010, 2, 0}},
     .delivered = 3,
     .gap_ms = 6960,
     .gap_start_ms = 1030,
     .settled = true,
     .passed_over = 347},
    {.name = "silence at the end",
     .flow = FLOW_UP,
     .sent = 2,
     .deliveries = {{1010, 0, 0}, {1130, 1, 0}},
     .delivered = 2,
     .gap_ms = 6850,
     .gap_start_ms = 1130,
     .settled = true,
     .passed_over = 348},
    {.name = "one missing",
     .flow = FLOW_UP,
     .sent = 3,
     .deliveries = {{1010, 0, 0}, {8050, 2, 0}},
     .delivered = 2,
     .missing = 1,
     .gap_ms = 7020,
     .gap_start_ms = 1010,
     .passed_over = 347},
    {.name = "out of order",
     .flow = FLOW_UP,
     .sent = 3,
     .deliveries = {{1010, 1, 0}, {1030, 0, 0}, {8000, 2, 0}},
     .delivered = 3,
     .reordered = 1,
     .gap_ms = 6950,
     .gap_start_ms = 1030,
     .settled = true,
     .passed_over = 347},
    {.name = "holes of a hole",
     .flow = FLOW_UP,
     .sent = 6,
     .deliveries =
         {{1010, 5, 0}, {1020, 2, 0}, {1030, 0, 0}, {1040, 4, 0}, {1050, 1, 0}, {1060, 3, 0}, {1070, 3, 0}},
     .delivered = 6,
     .duplicated = 1,
     .reordered = 5,
     .gap_ms = 6920,
     .gap_start_ms = 1060,
     .settled = true,
     .passed_over = 344},
    {.name = "twice",
     .flow = FLOW_UP,
     .sent = 2,
     .deliveries = {{1010, 0, 0}, {1020, 0, 0}, {8000, 1, 0}},
     .delivered = 2,
     .duplicated = 1,
     .gap_ms = 6970,
     .gap_start_ms = 1010,
     .settled = true,
     .passed_over = 348},
    {.name = "corrupt",
     .flow = FLOW_DOWN,
     .sent = 1,
     .deliveries = {{8000, 0, 1}},
     .delivered = 1,
     .corrupt = 1,
     .gap_ms = 7880,
     .gap_start_ms = 100,
     .settled = true,
     .passed_over = 349},
    {.name = "whole bulk",
     .flow = FLOW_BULK,
     .sent = 4,
     .deliveries = {{1010, 0, 0}, {1015, 1, 0}, {1050, 2, 0}, {1051, 3, 0}},
     .delivered = 4,
     .gap_ms = 35,
     .gap_start_ms = 1015,
     .settled = true},
    {.name = "bulk cut short",
     .flow = FLOW_BULK,
     .sent = 3,
     .deliveries = {{1010, 0, 0}, {1015, 1, 0}, {1050, 2, 0}},
     .delivered = 3,
     .unsent = 1,
     .gap_ms = 8950,
     .gap_start_ms = 1050,
     .settled = true},
    {.name = "bulk stuck",
     .flow = FLOW_BULK,
     .sent = 4,
     .deliveries = {{1010, 0, 0}, {1015, 1, 0}},
     .delivered = 2,
     .missing = 2,
     .gap_ms = 8985,
     .gap_start_ms = 1015},
    {.name = "passed over",
     .flow = FLOW_UP,
     .sent = 3,
     .deliveries = {{1010, 0, 0}, {1030, 1, 0}, {1050, 2, 0}},
     .delivered = 3,
     .gap_ms = 6930,
     .gap_start_ms = 1050,
     .settled = true,
     .passed_over = 362,
     .passed_over_at_start = 5,
     .passed = 5},
    {.name = "late first delivery",
     .flow = FLOW_UP,
     .sent = 1,
     .deliveries = {{7990, 0, 0}},
     .delivered = 1,
     .gap_ms = 6970,
     .gap_start_ms = 1000,
     .settled = true,
     .passed_over = 349},
};

static void test_flows(void)
{
    for (size_t i = 0; i < sizeof flow_cases / sizeof flow_cases[0]; i++) {
        const flow_case *const at = &flow_cases[i];
        evidence of = evidence_of(small_scenario(NULL, NULL));
        for (uint32_t j = 0; j < at->sent; j++) {
            const uint64_t now_ns = (1000 + j * 20) * MS;
            const observer_message message = {.traffic = at->flow,
                                              .sequence = j,
                                              .len = 100,
                                              .begin_ns = at->flow == FLOW_DOWN ? 100 * MS : 1000 * MS,
                                              .passed = at->passed,
                                              .next_ns = now_ns + 20 * MS};
            of.told.message_sent(of.told.ctx, &message, now_ns);
        }
        for (const delivery *came = at->deliveries; came->at_ms; came++) {
            const observer_message message = {
                .traffic = at->flow, .sequence = came->sequence, .len = 100, .intact = !came->corrupt};
            of.told.message_delivered(of.told.ctx, &message, came->at_ms * MS);
        }
        /* At the end of the scenario: does not count, neither there nor here. */
        const observer_message late = {.traffic = at->flow, .sequence = at->sent, .len = 100, .intact = true};
        of.told.message_sent(of.told.ctx, &late, 10000 * MS);
        of.told.message_delivered(of.told.ctx, &late, 10010 * MS);
        CHECK(recorder_is_settled(of.recorder), at->settled, "%s: settled", at->name);
        evidence_finish(&of);
        const recorder_flow *const flow = &recorder_flows(of.recorder)[at->flow];
        CHECK(flow->sent, at->sent, "%s: sent", at->name);
        CHECK(flow->delivered, at->delivered, "%s: delivered", at->name);
        CHECK(flow->bytes, at->delivered * 100, "%s: bytes", at->name);
        CHECK(flow->missing, at->missing, "%s: missing", at->name);
        CHECK(flow->unsent, at->unsent, "%s: unsent", at->name);
        CHECK(flow->duplicated, at->duplicated, "%s: duplicated", at->name);
        CHECK(flow->reordered, at->reordered, "%s: reordered", at->name);
        CHECK(flow->corrupt, at->corrupt, "%s: corrupt", at->name);
        CHECK(flow->passed_over, at->passed_over, "%s: passed over", at->name);
        CHECK(flow->passed_over_at_start, at->passed_over_at_start, "%s: passed over at start", at->name);
        CHECK(flow->gap_ns, ns_of(at->gap_ms), "%s: gap", at->name);
        CHECK(flow->gap_start_ns, ns_of(at->gap_start_ms), "%s: gap start", at->name);
        evidence_free(&of);
    }
}

static void test_worst_flow(void)
{
    evidence of = evidence_of(small_scenario(NULL, NULL));
    uint32_t flow;
    const observer_message small = {
        .traffic = FLOW_UP, .len = 100, .intact = true, .begin_ns = 7900 * MS, .next_ns = 8000 * MS};
    const observer_message bulk = {.traffic = FLOW_BULK, .len = 1000, .intact = true, .begin_ns = 8200 * MS};
    of.told.message_sent(of.told.ctx, &small, 1000 * MS);
    of.told.message_delivered(of.told.ctx, &small, 7970 * MS);
    of.told.message_sent(of.told.ctx, &bulk, 1000 * MS);
    of.told.message_delivered(of.told.ctx, &bulk, 9000 * MS);
    evidence_finish(&of);
    CU_ASSERT_EQUAL(recorder_gap_ns(of.recorder, LAPTOP, SERVER, &flow), 1000 * MS);
    CU_ASSERT_EQUAL(flow, FLOW_BULK);
    CU_ASSERT_EQUAL(recorder_gap_ns(of.recorder, SERVER, LAPTOP, &flow), 7980 * MS); /* nothing came */
    CU_ASSERT_EQUAL(flow, FLOW_DOWN);
    CU_ASSERT_EQUAL(recorder_gap_ns(of.recorder, SERVER, SERVER, &flow), ROAM_NEVER);
    CU_ASSERT_EQUAL(flow, SCENARIO_NONE);
    evidence_free(&of);
}

/* --- events --- */

static void test_peers(void)
{
    evidence of = evidence_of(small_scenario(NULL, NULL));
    uint64_t first_ns;
    const roam_event up = {.kind = ROAM_EVENT_PEER_UP};
    const roam_event down = {.kind = ROAM_EVENT_PEER_DOWN, .down = {ROAM_DOWN_TICK, 6, true}};
    of.told.core_event(of.told.ctx, SERVER, LAPTOP, &up, 30 * MS);
    of.told.core_event(of.told.ctx, LAPTOP, SERVER, &up, 40 * MS);
    of.told.core_event(of.told.ctx, LAPTOP, SERVER, &down, 50 * MS);
    of.told.core_event(of.told.ctx, LAPTOP, SCENARIO_NONE, &down, 60 * MS);
    of.told.core_event(of.told.ctx, SERVER, LAPTOP, &down, 10001 * MS);
    evidence_finish(&of);
    const recorder_peer *const peer = &recorder_peers(of.recorder)[0];
    CU_ASSERT_EQUAL(peer->dialer.first_up_ns, 40 * MS);
    CU_ASSERT_EQUAL(peer->dialer.downs, 1);
    CU_ASSERT_EQUAL(peer->dialer.last_down_ns, 50 * MS);
    CU_ASSERT_EQUAL(peer->dialer.reason, ROAM_DOWN_TICK);
    CU_ASSERT_EQUAL(peer->dialer.code, 6);
    CU_ASSERT_EQUAL(peer->acceptor.first_up_ns, 30 * MS);
    CU_ASSERT_EQUAL(peer->acceptor.downs, 0);
    CU_ASSERT_EQUAL(recorder_event_count(of.recorder, SCENARIO_NEVER_PEER_DOWN, SCENARIO_NONE, &first_ns), 2);
    CU_ASSERT_EQUAL(first_ns, 50 * MS);
    CU_ASSERT_EQUAL(recorder_event_count(of.recorder, SCENARIO_NEVER_PEER_DOWN, SERVER, &first_ns), 0);
    CU_ASSERT_EQUAL(first_ns, ROAM_NEVER);
    evidence_free(&of);
}

static const check_test TESTS[] = {
    {"flows", test_flows}, {"the worst flow", test_worst_flow}, {"peers", test_peers}};
CHECK_MAIN("recorder: flows", TESTS)
