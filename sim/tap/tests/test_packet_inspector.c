/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames in a living world: faults find them, and the recorder finds them behind a NAT. */
#include "core/tests/check.h"
#include "sim/tap/packet_inspector.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>

#define MS UINT64_C(1000000)

typedef struct outcome {
    recorder_migration move;
    uint64_t dropped;
} outcome;

static outcome run_text(const char *text)
{
    evidence of = evidence_run(text);
    outcome out = {0};
    size_t count = 0;
    const world_link_counts up = world_link_count(of.world, 0, 1, true),
                            down = world_link_count(of.world, 0, 1, false);
    out.dropped = up.dropped_fault + down.dropped_fault;
    const recorder_migration *const all = recorder_migrations(of.recorder, &count);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    out.move = all[0];
    evidence_free(&of);
    return out;
}

static outcome run(const char *nats, const char *fault)
{
    char text[2048];
    snprintf(text, sizeof text,
             "roam: 1\nname: t\nduration: 4s\n"
             "networks:\n  wifi: {delay: 10ms}\n  cellular: {delay: 20ms%s}\n  far: {delay: 1ms}\n%s"
             "nodes:\n  laptop: {networks: [wifi, cellular]}\n  server: {networks: [far], listen: 4433}\n"
             "peers: [laptop -> server]\ntraffic:\n  - {flow: laptop -> server, send: 100B, every: 20ms, "
             "until: 3s}\n"
             "timeline:\n%s  - {at: 1s, migrate: laptop -> server, network: cellular, timeout: 2s, as: m}\n",
             *nats ? ", nat: home" : "", nats, fault);
    return run_text(text);
}

/* One way is 21 ms: the challenge is there at 1021 ms, and its answer leaves at once. */
static void test_behind_nat(void)
{
    static const char *const cases[] = {"", "nats:\n  home: {pool: [203.0.113.7]}\n"};
    for (size_t i = 0; i < 2; i++) {
        const recorder_migration m = run(cases[i], "").move;
        CHECK(m.challenge_sent_ns, 1000 * MS, "challenge_sent");
        CHECK(m.challenge_received_ns, 1021 * MS, "challenge_received");
        CHECK(m.response_sent_ns, 1021 * MS, "response_sent");
        CHECK(m.response_received_ns, 1042 * MS, "response_received");
        CU_ASSERT(m.peer_validated_ns >= 1042 * MS + 3 * 21 * MS); /* data there, challenge, response */
        CU_ASSERT(m.peer_validated_ns < 1042 * MS + 3 * 21 * MS + 10 * MS);
    }
}

/* A call at that time is challenged and answered at once, over 11 ms each way, and nothing contradicts it. */
static void expect_round_trip(const recorder_migration *m, uint64_t called_ms)
{
    CHECK(m->challenge_sent_ns, called_ms * MS, "challenge_sent");
    CHECK(m->challenge_received_ns, (called_ms + 11) * MS, "challenge_received");
    CHECK(m->response_received_ns, (called_ms + 22) * MS, "response_received");
    CU_ASSERT_STRING_EQUAL(m->contradiction, "");
}

/* A relay that dials as well opens what comes for it. */
static void test_relay_that_dials(void)
{
    const recorder_migration m =
        run_text("roam: 1\nname: t\nduration: 4s\nnetworks:\n  wifi: {delay: 10ms}\n  far: {delay: 1ms}\n"
                 "nodes:\n  relay: {networks: [wifi], relay: server}\n"
                 "  server: {networks: [far], listen: 4433}\npeers: [relay -> server]\n"
                 "timeline:\n  - {at: 1s, migrate: relay -> server, as: m}\n")
            .move;
    expect_round_trip(&m, 1000);
}

/* Of the answers to one ClientHello, the second counts, under other secrets: the first was lost, and the
 * server is another one since. */
static void test_restart_during_handshake(void)
{
    const recorder_migration m =
        run_text("roam: 1\nname: t\nduration: 4s\nnetworks:\n  wifi: {delay: 10ms}\n  far: {delay: 1ms}\n"
                 "nodes:\n  laptop: {networks: [wifi]}\n  server: {networks: [far], listen: 4433}\n"
                 "peers: [laptop -> server]\ntimeline:\n  - {at: 11ms, down: laptop, network: wifi}\n"
                 "  - {at: 157ms, restart: server}\n  - {at: 800ms, up: laptop, network: wifi}\n"
                 "  - {at: 2s, migrate: laptop -> server, as: m}\n")
            .move;
    expect_round_trip(&m, 2000);
}

/* The attacker's copy of what the server sends leaves before the original has passed the server's tap. */
static void test_forwarded_handshake(void)
{
    const recorder_migration m =
        run_text("roam: 1\nname: t\nduration: 4s\nnetworks:\n  wifi: {delay: 10ms}\n  far: {delay: 1ms}\n"
                 "nodes:\n  laptop: {networks: [wifi]}\n  server: {networks: [far], listen: 4433}\n"
                 "  mallory: {networks: [far], attacker: true}\n"
                 "peers: [laptop -> server]\ntimeline:\n"
                 "  - {at: 5ms, attack: mallory, kind: off-path-forward, of: server -> laptop}\n"
                 "  - {at: 2s, migrate: laptop -> server, as: m}\n")
            .move;
    expect_round_trip(&m, 2000);
}

/* All challenges lost: no result but a timeout. Another kind of frame: nothing happens on a new path. */
static void test_faults(void)
{
    outcome o =
        run("", "  - {at: 1s, drop: laptop, network: cellular, frame: path_challenge, direction: up}\n");
    CHECK((uint64_t)-o.move.record.result, (uint64_t)-ROAM_ERR_TIMEOUT, "challenges lost");
    CU_ASSERT(o.dropped > 0);
    o = run("", "  - {at: 1s, drop: laptop, network: cellular, frame: path_response, direction: down}\n");
    CHECK((uint64_t)-o.move.record.result, (uint64_t)-ROAM_ERR_TIMEOUT, "responses lost");
    CU_ASSERT(o.dropped > 0);
    o = run("nats:\n  home: {pool: [203.0.113.7]}\n",
            "  - {at: 1s, drop: laptop, network: cellular, frame: path_response, direction: down}\n");
    CHECK((uint64_t)-o.move.record.result, (uint64_t)-ROAM_ERR_TIMEOUT, "responses lost behind a NAT");
    o = run("", "  - {at: 1s, drop: laptop, network: cellular, frame: stream, stream: 400}\n");
    CHECK((uint64_t)-o.move.record.result, ROAM_OK, "no such stream");
    CHECK(o.dropped, 0, "and none lost");
}

/* Every dial of the largest scenario may come twice. */
static void test_connections_max(void)
{
    const scenario small = {.node_count = 2, .peer_count = 1};
    const scenario largest = {.node_count = SCENARIO_NODES_MAX, .peer_count = SCENARIO_EVENTS_MAX};
    CHECK_AT_LEAST(packet_inspector_connections_max(&small), 65536, "a small scenario");
    CHECK_AT_LEAST(packet_inspector_connections_max(&largest), 2 * SCENARIO_EVENTS_MAX, "the largest");
}

static const check_test TESTS[] = {{"behind nat", test_behind_nat},
                                   {"relay that dials", test_relay_that_dials},
                                   {"restart during handshake", test_restart_during_handshake},
                                   {"forwarded handshake", test_forwarded_handshake},
                                   {"faults", test_faults},
                                   {"connections of the largest scenario", test_connections_max}};
CHECK_MAIN("packet_inspector", TESTS)
