/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations on what passed: frames, paths, and what packets show of an endpoint in all, held and failed,
 * in one run. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/expect/expect.h"

#include <CUnit/Basic.h>
#include <stdio.h>

/* A laptop moves from Wi-Fi, 6 ms one way, to cellular, 21 ms, at 1 s; nothing is lost. ngtcp2 sends two
 * challenges at a time. */
#define STORY                                                                                                \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 3s\n"                                                                                         \
    "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"                    \
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"        \
    "peers: [laptop -> server]\n"                                                                            \
    "traffic:\n"                                                                                             \
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 2s}\n"                                     \
    "timeline: [{at: 1s, migrate: laptop -> server, network: cellular, as: move}]\n"                         \
    "expect:\n  - "

static const struct {
    const char *expect;
    bool held;
    const char *text;
} CASES[] = {
    {.expect = "{frames: laptop -> server, frame: path_challenge, path: cellular, count: 2}",
     .held = true,
     .text = "2 path_challenge on cellular, wanted 2"},
    {.expect = "{frames: laptop -> server, frame: path_challenge, path: wifi}",
     .held = false,
     .text = "0 path_challenge on wifi, wanted 1 or more"},
    {.expect = "{frames: server -> laptop, frame: path_response, path: cellular, count: 2}",
     .held = true,
     .text = "2 path_response on cellular, wanted 2"},
    {.expect = "{frames: server -> laptop, frame: path_response, until: 1s, count: 1..}",
     .held = false,
     .text = "0 path_response, wanted 1 or more"},
    {.expect = "{frames: server -> laptop, frame: path_response, from: 1s, path: datacentre, count: 2}",
     .held = true,
     .text = "2 path_response on datacentre, wanted 2"},
    {.expect = "{path: laptop -> server, is: wifi, at: 1s}",
     .held = true,
     .text = "the last data went over wifi and datacentre at 974.000 ms, wanted wifi"},
    {.expect = "{path: laptop -> server, is: wifi, at: 2s}",
     .held = false,
     .text = "the last data went over cellular and datacentre at 1.974 s, wanted wifi"},
    {.expect = "{path: laptop -> server, is: wifi, at: 1ms}",
     .held = false,
     .text = "no data was sent by then, wanted on wifi"},
    {.expect = "{connection_ids: laptop -> server, count: 2}",
     .held = true,
     .text = "2 connection IDs, wanted 2"},
    {.expect = "{connection_ids: server -> laptop, count: 1}",
     .held = false,
     .text = "2 connection IDs, wanted 1"},
    {.expect = "{retransmitted: laptop -> server, max: 0B}",
     .held = true,
     .text = "0 B of 8128 B, wanted <= 0B"},
    {.expect = "{retransmitted: laptop -> server, min: 1B}",
     .held = false,
     .text = "0 B of 8128 B, wanted >= 1B"},
    {.expect = "{packet_size: laptop -> server, min: 1400B, max: 1500B}",
     .held = true,
     .text = "1444 B, wanted 1.4kB to 1.5kB"},
    {.expect = "{packet_size: laptop -> server, max: 1200B}",
     .held = false,
     .text = "1444 B, wanted <= 1.2kB"},
    {.expect = "{migration: move, result: ok, detail: none}",
     .held = true,
     .text = "ok in 42.000 ms with detail none, wanted ok with detail none"},
    {.expect = "{migration: move, detail: no_response}",
     .held = false,
     .text = "ok in 42.000 ms with detail none, wanted detail no_response"},
    {.expect = "{rules: none broken}", .held = true, .text = ""},
};

static void held_and_failed(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text, "%s%s\n", STORY, CASES[i].expect);
        evidence of = evidence_run(text);
        const expect_outcome outcome = evidence_judge(&of);
        CHECK(outcome.held, CASES[i].held, "%s", CASES[i].expect);
        if (CASES[i].text[0] != '\0')
            CHECK_STRING(outcome.text, CASES[i].text, "%s", CASES[i].expect);
        evidence_free(&of);
    }
}

/* A lost datagram is sent again. */
static void sent_again(void)
{
    static const char text[] =
        "roam: 1\n"
        "name: t\n"
        "duration: 2s\n"
        "networks: {wifi: {delay: 5ms}, datacentre: {delay: 1ms}}\n"
        "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"
        "peers: [laptop -> server]\n"
        "traffic: [{flow: laptop -> server, send: 200B, every: 50ms, until: 1s}]\n"
        "timeline: [{at: 500ms, blackhole: laptop, network: wifi, for: 60ms}]\n"
        "expect: [{retransmitted: laptop -> server, min: 200B, max: 600B}]\n";
    evidence of = evidence_run(text);
    const expect_outcome outcome = evidence_judge(&of);
    CHECK(outcome.held, true, "%s", outcome.text);
    evidence_free(&of);
}

static const check_test TESTS[] = {
    {"held and failed", held_and_failed},
    {"data that is sent again", sent_again},
};

CHECK_MAIN("expectations on what passed", TESTS)
