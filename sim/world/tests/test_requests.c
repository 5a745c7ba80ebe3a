/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and responses: when they leave, and what becomes of them when a connection ends. */
#include "core/tests/check.h"
#include "sim/record/latency.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>

#define MS UINT64_C(1000000)

enum { REQUESTS, RESPONSES };

#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 10s\nnetworks: {wifi: {delay: 5ms}, dc: {delay: 1ms}}\n"                    \
    "nodes: {laptop: {networks: [wifi]}, server: {networks: [dc], listen: 4433}}\n"                          \
    "peers: [laptop -> server]\n"
#define ASKING                                                                                               \
    "traffic: [{flow: laptop -> server, request: 400B, response: 1kB, think: 88ms, at: 1s, until: 5s"

/* A round trip of 12 ms and 88 ms to think: one each 100 ms, from 1 s to before 5 s. */
static void test_times(void)
{
    static const char *const TEXTS[] = {HEAD ASKING "}]\n", HEAD ASKING ", stream: true}]\n"};
    for (int stream = 0; stream < 2; stream++) {
        evidence of = evidence_run(TEXTS[stream]);
        const recorder_flow *const flows = recorder_flows(of.recorder);
        const recorder_latency *const took = recorder_latency_of_flow(of.recorder, RESPONSES);
        CU_ASSERT_PTR_NOT_NULL_FATAL(took);
        CHECK(flows[REQUESTS].delivered, 40, "requests");
        CHECK(flows[RESPONSES].delivered, 40, "responses");
        CHECK(flows[RESPONSES].bytes, 40000, "bytes");
        CHECK(took->p50_ns, 12 * MS, "half");
        CHECK(took->worst_ns, 12 * MS, "worst");
        CHECK(recorder_latency_of_flow(of.recorder, REQUESTS)->worst_ns, 6 * MS, "one way");
        evidence_free(&of);
    }
}

/* The laptop's endpoint ends 4 ms after the 21st request, whose response is lost, and is connected again at
 * 3.528 s: with 15 more, each answered. */
static void test_connection_ends(void)
{
    evidence of =
        evidence_run(HEAD ASKING "}]\ntimeline: [{at: 3004ms, restart: laptop, for: 500ms, redial: true}]\n");
    const recorder_flow *const flows = recorder_flows(of.recorder);
    CHECK(flows[REQUESTS].sent, 21 + 15, "requests");
    CHECK(flows[RESPONSES].sent, 21 + 15, "responses");
    CHECK(flows[RESPONSES].delivered, 20 + 15, "responses that came");
    evidence_free(&of);
}

/* Without delay: a millisecond apart. */
static void test_no_delay(void)
{
    evidence of = evidence_run(
        "roam: 1\nname: t\nduration: 1s\nnetworks: {wifi: {}}\n"
        "nodes: {laptop: {networks: [wifi]}, server: {networks: [wifi], listen: 4433}}\n"
        "peers: [laptop -> server]\n"
        "traffic: [{flow: laptop -> server, request: 8B, response: 16B, at: 500ms, until: 520ms}]\n");
    CHECK(recorder_flows(of.recorder)[REQUESTS].delivered, 20, "requests");
    CHECK(recorder_flows(of.recorder)[RESPONSES].delivered, 20, "responses");
    evidence_free(&of);
}

static const check_test TESTS[] = {
    {"times", test_times}, {"a connection ends", test_connection_ends}, {"no delay", test_no_delay}};
CHECK_MAIN("requests", TESTS)
