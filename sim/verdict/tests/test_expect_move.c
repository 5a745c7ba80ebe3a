/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations on what moves cost, held and failed. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/expect/expect.h"

#include <CUnit/Basic.h>
#include <stdio.h>

/* Over cellular a round trip takes 72 ms, over wifi 18 ms; nothing is lost on the way. The message that b
 * sends at 2.000 s comes to a connection that is closed. */
#define STORY                                                                                                \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 6s\n"                                                                                         \
    "networks: {wifi: {delay: 8ms}, cellular: {delay: 35ms}, dc: {delay: 1ms}}\n"                            \
    "nodes: {a: {networks: [wifi, cellular]}, b: {networks: [dc], listen: 4433}}\n"                          \
    "peers: [a -> b]\n"                                                                                      \
    "traffic:\n"                                                                                             \
    "  - {flow: a -> b, send: 100B, every: 20ms, at: 1s, stream: true}\n"                                    \
    "  - {flow: b -> a, send: 100B, every: 20ms, at: 1s}\n"                                                  \
    "timeline:\n"                                                                                            \
    "  - {at: 2005ms, reconnect: a -> b, network: cellular, as: again}\n"                                    \
    "  - {at: 3005ms, migrate: a -> b, network: wifi, as: move}\n"                                           \
    "  - {at: 3505ms, migrate: a -> b, network: cellular, as: moves, every: 1s, times: 2}\n"                 \
    "  - {at: 5900ms, migrate: a -> b, network: wifi, as: late}\n"                                           \
    "expect:\n  - "

static const struct {
    const char *expect;
    bool held;
    const char *text;
} CASES[] = {
    {"{move: again, result: ok, took: 144ms..144ms, up: 180ms..180ms, down: 144ms..144ms}", true,
     "ok, took 144.000 ms, up 180.000 ms, down 144.000 ms"},
    {"{move: again, gap_up: <= 156ms, gap_down: <= 140ms, round_trips: 2}", true,
     "gap_up 156.000 ms, gap_down 140.000 ms, round_trips 2"},
    {"{move: again, lost: 1, repeated: 0, passed_over: 12, streams_lost: 1, churn: 0}", true,
     "lost 1, repeated 0, passed_over 12, streams_lost 1, churn 0"},
    {"{move: again, result: timeout, took: <= 143ms, lost: 0}", false, "ok, took 144.000 ms, lost 1"},
    {"{move: again, round_trips: 1, streams_lost: 0, passed_over: 12}", false,
     "round_trips 2, streams_lost 1"},
    {"{move: move, result: [ok, timeout], took: 18ms..18ms, round_trips: 1, lost: 0, streams_lost: 0}", true,
     "ok, took 18.000 ms, round_trips 1, lost 0, streams_lost 0"},
    {"{move: moves, took: <= 72ms, lost: 0}", true, "took 72.000 ms, lost 0 (the last of 2 calls)"},
    {"{move: moves, took: <= 71ms, lost: 0}", false, "took 72.000 ms (one of 2 calls)"},
    {"{move: late, result: ok, up: <= 1s}", false, "up: never"},
};

static void held_and_failed(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text, "%s%s\n", STORY, CASES[i].expect);
        evidence of = evidence_run(text);
        const expect_outcome outcome = evidence_judge(&of);
        CHECK(outcome.held, CASES[i].held, "%s", CASES[i].expect);
        CHECK_STRING(outcome.text, CASES[i].text, "%s", CASES[i].expect);
        evidence_free(&of);
    }
}

static const check_test TESTS[] = {{"held and failed", held_and_failed}};
CHECK_MAIN("expectations on what moves cost", TESTS)
