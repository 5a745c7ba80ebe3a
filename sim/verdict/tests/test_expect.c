/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each kind of expectation, held and failed, with the words it is told in; and the summary that carries them.
 */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"
#include "sim/verdict/expect/expect.h"
#include "sim/verdict/summary.h"

#include <CUnit/Basic.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* What was seen: calls of "move" one after the other, messages, the peer going down. */
typedef struct scene {
    int results[2];
    uint64_t took_us[2]; /* 0: no such call; 1: no result */
    uint32_t sent;
    uint32_t delivered;
    bool ends; /* those were all that the flow is to send */
    bool rest; /* the other flows bring all that they are to */
    bool down;
    bool refused;     /* a dial of the laptop at 4 s, the start of the server at 6 s */
    bool up;          /* both ends, at 1 s */
    const char *life; /* of the laptop's end, from 2 s on, one a second: u up, d down, r restarted */
    uint32_t rebinds; /* of the laptop, noticed by the server; each is */
    roam_rebind_record rebind;
} scene;

/* One that took 20 ms, congestion state kept, reset, or neither (RFC 9000 section 9.4). */
#define REBIND(valid, rtt_after, window_after)                                                               \
    {                                                                                                        \
        .validated = valid, .noticed_ns = 3000 * MS, .finished_ns = 3020 * MS, .srtt_before_ns = 30 * MS,    \
        .srtt_after_ns = (rtt_after)*MS, .cwnd_before = 40000, .cwnd_after = window_after                    \
    }
#define KEPT REBIND(true, 31, 40100)
#define RESET REBIND(true, 333, 12000)
#define WINDOW_ONLY REBIND(true, 31, 12000)
#define LOST REBIND(false, 31, 40100)

typedef struct expect_case {
    const char *expect;
    scene scene;
    bool held;
    const char *text;
} expect_case;

#define TIMEOUT ROAM_ERR_TIMEOUT
#define MOVE(rest) "  - {migration: move, " rest "}\n"
#define GAP "  - {gap: laptop -> server, max: <= 100ms}\n"
#define MOVED "  - {rebind: server, of: laptop"
#define TOLD(after) "validated in 20.000 ms, window 40000 then " after
#define AS_KEPT TOLD("40100 B, SRTT 30.000 ms then 31.000 ms")
#define AS_RESET TOLD("12000 B, SRTT 30.000 ms then 333.000 ms")
#define AS_WINDOW_ONLY TOLD("12000 B, SRTT 30.000 ms then 31.000 ms")
#define PEER(state) "  - {peer: laptop -> server, is: " state "}\n"
#define UP_13 .up = true, .sent = 9, .delivered = 9, .rest = true
#define UP_11 .up = true, .sent = 9, .delivered = 7, .rest = true
#define LIVES(state, events, holds, found)                                                                   \
    .expect = PEER(state), .scene = {.life = (events), .rest = true}, .held = (holds),                       \
    .text = found ", 4 of 4 messages arrived, wanted " state
#define RATE(rest) "  - {goodput: laptop -> server, " rest "}\n"
#define REFUSED(kind, rest) "  - {" kind ": refused" rest "}\n"
#define ALL "  - {delivered: all}\n"

static const expect_case cases[] = {
    {.expect = MOVE("result: ok"),
     .scene = {.results = {ROAM_OK}, .took_us = {43112}},
     .held = true,
     .text = "ok in 43.112 ms, wanted ok"},
    {.expect = MOVE("result: ok"),
     .scene = {.results = {TIMEOUT}, .took_us = {500000}},
     .text = "timeout in 500.000 ms, wanted ok"},
    {.expect = MOVE("result: timeout"),
     .scene = {.results = {TIMEOUT}, .took_us = {1500000}},
     .held = true,
     .text = "timeout in 1.500 s, wanted timeout"},
    {.expect = MOVE("result: [ok, timeout]"),
     .scene = {.results = {TIMEOUT}, .took_us = {500000}},
     .held = true,
     .text = "timeout in 500.000 ms, wanted ok or timeout"},
    {.expect = MOVE("result: ok"),
     .scene = {.results = {ROAM_OK}, .took_us = {1}},
     .text = "no result by the end, wanted ok"},
    {.expect = MOVE("result: ok"),
     .scene = {.results = {ROAM_OK}, .took_us = {0}},
     .text = "never called, wanted ok"},
    {.expect = MOVE("result: ok, validation: <= 43112us"),
     .scene = {.results = {ROAM_OK}, .took_us = {43112}},
     .held = true,
     .text = "ok in 43.112 ms, wanted ok in <= 43.112ms"},
    {.expect = MOVE("result: ok, validation: <= 43111us"),
     .scene = {.results = {ROAM_OK}, .took_us = {43112}},
     .text = "ok in 43.112 ms, wanted ok in <= 43.111ms"},
    {.expect = MOVE("result: ok, validation: 40ms..50ms"),
     .scene = {.results = {ROAM_OK}, .took_us = {39999}},
     .text = "ok in 39.999 ms, wanted ok in 40ms to 50ms"},
    {.expect = MOVE("result: ok, validation: 40ms.."),
     .scene = {.results = {ROAM_OK}, .took_us = {40000}},
     .held = true,
     .text = "ok in 40.000 ms, wanted ok in >= 40ms"},
    {.expect = MOVE("validation: <= 120ms"),
     .scene = {.results = {ROAM_ERR_NOT_INITIATOR}, .took_us = {20}},
     .text = "not_initiator in 0.020 ms, wanted validation <= 120ms"},
    {.expect = MOVE("result: timeout, validation: 2s..2001ms"),
     .scene = {.results = {TIMEOUT}, .took_us = {2000000}},
     .held = true,
     .text = "timeout in 2.000 s, wanted timeout in 2s to 2.001s"},
    {.expect = MOVE("result: ok"),
     .scene = {.results = {ROAM_OK, ROAM_OK}, .took_us = {40000, 50000}},
     .held = true,
     .text = "at worst ok in 50.000 ms (of 2 calls), wanted ok"},
    {.expect = MOVE("result: ok"),
     .scene = {.results = {ROAM_OK, TIMEOUT}, .took_us = {40000, 500000}},
     .text = "timeout in 500.000 ms (of 2 calls), wanted ok"},

    {.expect = MOVE("count: 0"), .scene = {.sent = 0}, .held = true, .text = "0 of 0 calls, wanted 0"},
    {.expect = MOVE("count: 0"),
     .scene = {.results = {ROAM_OK}, .took_us = {40000}},
     .text = "1 of 1 calls, wanted 0"},
    {.expect = MOVE("count: 0"),
     .scene = {.results = {ROAM_OK}, .took_us = {1}},
     .text = "1 of 1 calls, wanted 0"}, /* no result yet */
    {.expect = MOVE("result: ok, count: 1"),
     .scene = {.results = {ROAM_OK, TIMEOUT}, .took_us = {40000, 500000}},
     .held = true,
     .text = "1 of 2 calls, wanted 1 with ok"},
    {.expect = MOVE("result: ok, count: 2.."),
     .scene = {.results = {ROAM_OK, TIMEOUT}, .took_us = {40000, 500000}},
     .text = "1 of 2 calls, wanted 2 or more with ok"},
    {.expect = MOVE("connection_id: new, count: <= 1"),
     .scene = {.results = {ROAM_OK}, .took_us = {40000}},
     .held = true,
     .text = "0 of 1 calls, wanted 0 to 1 with a new connection ID"},
    {.expect = MOVE("result: ok, connection_id: new"),
     .scene = {.results = {ROAM_OK}, .took_us = {40000}},
     .text = "ok in 40.000 ms, wanted ok with a new connection ID"},

    {.expect = GAP, .scene = {.sent = 0, .rest = true}, .text = "7.980 s from 0.000 ms on, wanted <= 100ms"},
    {.expect = GAP,
     .scene = {.sent = 351, .delivered = 351, .rest = true},
     .held = true,
     .text = "no gap, wanted <= 100ms"},
    {.expect = GAP,
     .scene = {.sent = 351, .delivered = 346, .rest = true},
     .held = true,
     .text = "80.000 ms from 7.900 s on, wanted <= 100ms"},
    {.expect = GAP,
     .scene = {.sent = 351, .delivered = 344, .rest = true},
     .text = "120.000 ms from 7.860 s on, wanted <= 100ms"},
    {.expect = GAP,
     .scene = {.sent = 351, .delivered = 351},
     .text = "10.000 s from 0.000 ms on, wanted <= 100ms"}, /* the bulk */

    {.expect = ALL,
     .scene = {.sent = 0},
     .text = "0 of 4 messages, nothing of laptop -> server and 2 more, 4 not sent by the end, 800 passed "
             "over "
             "before the first, wanted each once, in order, intact"},
    {.expect = ALL,
     .scene = {.sent = 2, .delivered = 2, .rest = true},
     .held = true,
     .text = "7 of 7 messages, 348 passed over, wanted each once, in order, intact"},
    {.expect = ALL,
     .scene = {.sent = 2, .delivered = 1, .rest = true},
     .text = "6 of 7 messages, 348 passed over, 1 missing, wanted each once, in order, intact"},
    {.expect = ALL,
     .scene = {.sent = 351, .delivered = 351, .rest = true},
     .held = true,
     .text = "356 of 356 messages, wanted each once, in order, intact"},
    {.expect = ALL,
     .scene = {.sent = 0, .rest = true},
     .text = "5 of 5 messages, nothing of laptop -> server, 400 passed over before the first, wanted each "
             "once, in "
             "order, "
             "intact"},

    {.expect = "  - {never: peer_down}\n", .scene = {.sent = 0}, .held = true, .text = "no peer_down"},
    {.expect = "  - {never: peer_down}\n",
     .scene = {.down = true},
     .text = "1 peer_down, the first at 5.250 s, wanted none"},
    {.expect = "  - {never: peer_down, node: server}\n",
     .scene = {.down = true},
     .held = true,
     .text = "no peer_down on server"},
    {.expect = "  - {never: peer_down, node: laptop}\n",
     .scene = {.down = true},
     .text = "1 peer_down on laptop, the first at 5.250 s, wanted none"},
    {.expect = "  - {never: timeout}\n",
     .scene = {.results = {TIMEOUT}, .took_us = {500000}},
     .text = "1 timeout, the first at 1.500 s, wanted none"},
    {.expect = "  - {never: migration_done}\n",
     .scene = {.results = {ROAM_OK}, .took_us = {40000}},
     .text = "1 migration_done, the first at 1.040 s, wanted none"},

    {.expect = "  - {happens: peer_down}\n", .scene = {.sent = 0}, .text = "no peer_down, wanted one"},
    {.expect = "  - {happens: peer_down, between: <= 6s}\n",
     .scene = {.sent = 0},
     .text = "no peer_down, wanted one <= 6s"},
    {.expect = "  - {happens: peer_down}\n",
     .scene = {.down = true},
     .held = true,
     .text = "peer_down at 5.250 s, wanted one"},
    {.expect = "  - {happens: peer_down, node: laptop, between: 5s..5250ms}\n",
     .scene = {.down = true},
     .held = true,
     .text = "peer_down on laptop at 5.250 s, wanted 5s to 5.25s"},
    {.expect = "  - {happens: peer_down, between: 5s..5249ms}\n",
     .scene = {.down = true},
     .text = "peer_down at 5.250 s, wanted 5s to 5.249s"},
    {.expect = "  - {happens: peer_down, node: server}\n",
     .scene = {.down = true},
     .text = "no peer_down on server, wanted one"},

    {.expect = REFUSED("happens", ""), .scene = {.sent = 0}, .text = "no refused, wanted one"},
    {.expect = REFUSED("happens", ""),
     .scene = {.refused = true},
     .held = true,
     .text = "refused at 4.000 s, wanted one"},
    {.expect = REFUSED("happens", ", node: server"),
     .scene = {.refused = true},
     .held = true,
     .text = "refused on server at 6.000 s, wanted one"},
    {.expect = REFUSED("happens", ", verb: restart, between: 6s.."),
     .scene = {.refused = true},
     .held = true,
     .text = "refused restart at 6.000 s, wanted >= 6s"},
    {.expect = REFUSED("happens", ", verb: dial, status: exists, node: laptop, between: <= 3s"),
     .scene = {.refused = true},
     .text = "refused dial (exists) on laptop at 4.000 s, wanted <= 3s"},
    {.expect = REFUSED("happens", ", verb: dial, status: no_relay"),
     .scene = {.refused = true},
     .text = "no refused dial (no_relay), wanted one"},
    {.expect = REFUSED("happens", ", verb: stage"),
     .scene = {.refused = true},
     .text = "no refused stage, wanted one"},
    {.expect = REFUSED("never", ", status: no_binding"),
     .scene = {.refused = true},
     .held = true,
     .text = "no refused (no_binding)"},
    {.expect = REFUSED("never", ""),
     .scene = {.refused = true},
     .text = "2 refused, the first at 4.000 s, wanted none"},

    {.expect = MOVED "}\n", .scene = {.rebinds = 0}, .text = "no rebind, wanted 1 or more"},
    {.expect = MOVED ", count: 0}\n", .scene = {.rebinds = 0}, .held = true, .text = "no rebind, wanted 0"},
    {.expect = MOVED ", count: 0}\n",
     .scene = {.rebinds = 1, .rebind = KEPT},
     .text = "1, " AS_KEPT ", wanted 0"},
    {.expect = MOVED ", count: 2}\n",
     .scene = {.rebinds = 2, .rebind = KEPT},
     .held = true,
     .text = "2, one " AS_KEPT ", wanted 2"},
    {.expect = MOVED ", validation: <= 20ms}\n",
     .scene = {.rebinds = 1, .rebind = KEPT},
     .held = true,
     .text = "1, " AS_KEPT ", wanted 1 or more validated in <= 20ms"},
    {.expect = MOVED ", validation: <= 19ms}\n",
     .scene = {.rebinds = 1, .rebind = KEPT},
     .text = "1, " AS_KEPT ", wanted 1 or more validated in <= 19ms"},
    {.expect = MOVED ", validation: <= 20ms}\n",
     .scene = {.rebinds = 1, .rebind = LOST},
     .text = "1, not " AS_KEPT ", wanted 1 or more validated in <= 20ms"},
    {.expect = MOVED ", congestion: kept}\n",
     .scene = {.rebinds = 1, .rebind = KEPT},
     .held = true,
     .text = "1, " AS_KEPT ", wanted 1 or more with congestion state kept"},
    {.expect = MOVED ", congestion: kept}\n",
     .scene = {.rebinds = 1, .rebind = RESET},
     .text = "1, " AS_RESET ", wanted 1 or more with congestion state kept"},
    {.expect = MOVED ", congestion: reset}\n",
     .scene = {.rebinds = 1, .rebind = RESET},
     .held = true,
     .text = "1, " AS_RESET ", wanted 1 or more with congestion state reset"},
    {.expect = MOVED ", congestion: reset}\n",
     .scene = {.rebinds = 1, .rebind = KEPT},
     .text = "1, " AS_KEPT ", wanted 1 or more with congestion state reset"},
    {.expect = MOVED ", congestion: reset}\n",
     .scene = {.rebinds = 1, .rebind = WINDOW_ONLY},
     .text = "1, " AS_WINDOW_ONLY ", wanted 1 or more with congestion state reset"},
    {.expect = MOVED ", congestion: kept}\n",
     .scene = {.rebinds = 1, .rebind = WINDOW_ONLY},
     .text = "1, " AS_WINDOW_ONLY ", wanted 1 or more with congestion state kept"},
    {.expect = "  - {rebind: laptop, of: server}\n",
     .scene = {.rebinds = 1, .rebind = KEPT},
     .text = "no rebind, wanted 1 or more"},

    {.expect = PEER("alive"),
     .scene = {.sent = 0},
     .text = "down: laptop never had it up, 0 of 4 messages arrived, wanted alive"},
    {.expect = PEER("alive"),
     .scene = {UP_13},
     .held = true,
     .text = "alive, 13 of 13 messages arrived, wanted alive"},
    {.expect = PEER("down"), .scene = {UP_13}, .text = "alive, 13 of 13 messages arrived, wanted down"},
    {.expect = PEER("down"), .scene = {UP_11}, .text = "alive, 11 of 13 messages arrived, wanted down"},
    {.expect = PEER("alive"),
     .scene = {UP_11},
     .held = true,
     .text = "alive, 11 of 13 messages arrived, wanted alive"},
    {.expect = PEER("alive, arrived: all"),
     .scene = {UP_11},
     .text = "alive, 11 of 13 messages arrived, wanted alive and every message"},
    {.expect = PEER("alive, arrived: all"),
     .scene = {UP_13},
     .held = true,
     .text = "alive, 13 of 13 messages arrived, wanted alive and every message"},
    {.expect = PEER("alive, arrived: all"), /* nothing of one flow, not even sent */
     .scene = {.up = true, .rest = true},
     .text = "alive, 4 of 4 messages arrived, wanted alive and every message"},
    {.expect = PEER("alive"),
     .scene = {.up = true, .sent = 9, .delivered = 9},
     .held = true,
     .text = "alive, 9 of 13 messages arrived, wanted alive"},
    {.expect = PEER("either"),
     .scene = {UP_13, .down = true},
     .held = true,
     .text = "down: left on laptop at 5.250 s, 13 of 13 messages arrived, wanted either"},
    {.expect = PEER("down"),
     .scene = {UP_13, .down = true},
     .held = true,
     .text = "down: left on laptop at 5.250 s, 13 of 13 messages arrived, wanted down"},
    {LIVES("alive", "du", true, "alive")}, /* the first dial failed */
    {LIVES("alive", "dud", false, "down: left on laptop at 4.000 s")},
    {LIVES("alive", "udu", true, "alive")},
    {LIVES("alive", "ur", false, "down: laptop was restarted at 3.000 s")},
    {LIVES("alive", "uru", true, "alive")},
    {LIVES("alive", "urud", false, "down: left on laptop at 5.000 s")},
    {LIVES("alive", "urd", false, "down: left on laptop at 4.000 s")},
    {LIVES("alive", "r", false, "down: laptop never had it up")},
    {LIVES("down", "ur", true, "down: laptop was restarted at 3.000 s")},

    /* 11 messages of 100 B from 1 s to 1.2 s, the last at the end of that time. */
    {.expect = RATE("from: 1s, min: 44kbps"),
     .scene = {.sent = 11, .delivered = 11, .rest = true, .ends = true},
     .held = true,
     .text = "0.044 Mbps in 200.000 ms, wanted >= 44kbps"},
    {.expect = RATE("from: 1s, min: 45kbps"),
     .scene = {.sent = 11, .delivered = 11, .rest = true, .ends = true},
     .text = "0.044 Mbps in 200.000 ms, wanted >= 45kbps"},
    {.expect = RATE("from: 1s, max: 43kbps"),
     .scene = {.sent = 11, .delivered = 11, .rest = true, .ends = true},
     .text = "0.044 Mbps in 200.000 ms, wanted <= 43kbps"},
    {.expect = RATE("from: 1s, until: 1100ms, min: 40kbps, max: 40kbps"), /* five of them */
     .scene = {.sent = 11, .delivered = 11, .rest = true, .ends = true},
     .held = true,
     .text = "0.040 Mbps in 100.000 ms, wanted >= 40kbps, <= 40kbps"},
    {.expect = RATE("from: 1s, min: 1kbps"), /* what is missing counts, to the end: 800 B in 9 s */
     .scene = {.sent = 11, .delivered = 8, .rest = true, .ends = true},
     .text = "0.000 Mbps in 9.000 s, wanted >= 1kbps"},
    {.expect = RATE("from: 1s, min: 1kbps"), /* so do times passed over: 1100 B in 9 s */
     .scene = {.sent = 11, .delivered = 11, .rest = true},
     .text = "0.000 Mbps in 9.000 s, wanted >= 1kbps"},
    {.expect = RATE("from: 2s, min: 1kbps"),
     .scene = {.sent = 11, .delivered = 11, .rest = true, .ends = true},
     .text = "nothing was delivered then, wanted >= 1kbps"},
};

static void show_migration(const scenario *whole, const observer *watcher, uint32_t call, const scene *seen)
{
    const observer_migrate migrate = {.call = call, .event = &whole->events[0], .to = SERVER};
    const roam_migration_record record = {.result = seen->results[call]};
    watcher->migrate_called(watcher->ctx, &migrate, 1000 * MS);
    if (seen->took_us[call] > 1)
        watcher->migrate_done(watcher->ctx, call, &record, 1000 * MS + seen->took_us[call] * 1000);
}

static void show_life(const observer *watcher, const char *life)
{
    const scenario_event restart = {.verb = SCENARIO_RESTART, .node = LAPTOP, .nat = SCENARIO_NONE};
    const roam_event up = {.kind = ROAM_EVENT_PEER_UP};
    const roam_event down = {.kind = ROAM_EVENT_PEER_DOWN};
    watcher->core_event(watcher->ctx, SERVER, LAPTOP, &up, 1000 * MS);
    for (uint64_t now_ns = 2000 * MS; *life; life++, now_ns += 1000 * MS)
        if (*life == 'r')
            watcher->timeline(watcher->ctx, &restart, now_ns);
        else
            watcher->core_event(watcher->ctx, LAPTOP, SERVER, *life == 'u' ? &up : &down, now_ns);
}

static void show(const scenario *whole, const observer *watcher, const scene *seen)
{
    for (uint32_t call = 0; call < 2 && seen->took_us[call] > 0; call++)
        show_migration(whole, watcher, call, seen);
    for (uint32_t i = 0; i < seen->sent; i++) {
        const uint64_t now_ns = (1000 + i * 20) * MS;
        const observer_message message = {.traffic = FLOW_UP,
                                          .sequence = i,
                                          .len = 100,
                                          .intact = true,
                                          .begin_ns = 1000 * MS,
                                          .next_ns = seen->ends ? 8000 * MS : now_ns + 20 * MS};
        watcher->message_sent(watcher->ctx, &message, now_ns);
        if (i < seen->delivered)
            watcher->message_delivered(watcher->ctx, &message, now_ns);
    }
    for (uint32_t i = 0; seen->rest && i < 5; i++) {
        const observer_message message = {.traffic = i < 4 ? FLOW_BULK : FLOW_DOWN,
                                          .sequence = i % 4,
                                          .intact = true,
                                          .begin_ns = 1000 * MS,
                                          .next_ns = 8000 * MS};
        watcher->message_sent(watcher->ctx, &message, 1000 * MS);
        watcher->message_delivered(watcher->ctx, &message, 1000 * MS);
    }
    const roam_event rebound = {.kind = ROAM_EVENT_REBOUND, .rebind = &seen->rebind};
    for (uint32_t i = 0; i < seen->rebinds; i++)
        watcher->core_event(watcher->ctx, SERVER, LAPTOP, &rebound, 3020 * MS);
    const roam_event up = {.kind = ROAM_EVENT_PEER_UP};
    for (uint32_t node = LAPTOP; seen->up && node <= SERVER; node++)
        watcher->core_event(watcher->ctx, node, LAPTOP + SERVER - node, &up, 1000 * MS);
    const roam_event down = {.kind = ROAM_EVENT_PEER_DOWN};
    const observer_refused dial = {REFUSAL_EXISTS, SCENARIO_DIAL, {0}, LAPTOP, SERVER};
    const observer_refused start = {REFUSAL_ADDRESS_IN_USE, SCENARIO_START, {0}, SERVER, SCENARIO_NONE};
    if (seen->refused) {
        watcher->refused(watcher->ctx, &dial, 4000 * MS);
        watcher->refused(watcher->ctx, &start, 6000 * MS);
    }
    if (seen->down)
        watcher->core_event(watcher->ctx, LAPTOP, SERVER, &down, 5250 * MS);
    if (seen->life)
        show_life(watcher, seen->life);
}

/* The scenario with that expectation, and what a recorder saw of the scene. */
static evidence recorded(const char *expect, const scene *seen)
{
    evidence of = evidence_of(small_scenario(NULL, expect));
    show(of.scenario, &of.told, seen);
    evidence_finish(&of);
    return of;
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const expect_case *const at = &cases[i];
        evidence of = recorded(at->expect, &at->scene);
        const expect_outcome outcome = evidence_judge(&of);
        CHECK(outcome.held, at->held, "held: %s", at->expect);
        CHECK_STRING(outcome.text, at->text, "%s", at->expect);
        evidence_free(&of);
    }
}

/* --- summary --- */

static json_t *summary_of(const evidence *of, summary_verdict *verdict)
{
    expect_outcome outcomes[4] = {0};
    const summary_link link = {.node = LAPTOP, .network = WIFI, .up = {.packets = 12, .dropped_loss = 3}};
    const summary_path paths[2] = {{.connected = true, .stats = {.srtt_ns = 42, .datagrams_damped = 7}}, {0}};
    const expect_evidence found = {.recorder = of->recorder, .witness = of->witness};
    const size_t count = of->scenario->expectation_count;
    expect_judge(of->scenario, of->scenario->expectations, count, &found, outcomes);
    expect_judge(of->scenario, &EXPECT_IMPLIED, 1, &found, &outcomes[count]);
    const summary_input input = {.scenario = of->scenario,
                                 .seed = 99,
                                 .recorder = of->recorder,
                                 .witness = of->witness,
                                 .outcomes = outcomes,
                                 .links = &link,
                                 .link_count = 1,
                                 .paths = paths};
    char *const text = summary_text(&input);
    CU_ASSERT_FATAL(text != NULL);
    CU_ASSERT_EQUAL(text[strlen(text) - 1], '\n');
    json_t *const root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    *verdict = summary_judge(&input);
    return root;
}

static void test_summary(void)
{
    const scene seen = {.results = {TIMEOUT}, .took_us = {500000}, .sent = 2, .delivered = 1};
    evidence of = recorded(MOVE("result: timeout") "  - {never: peer_down}\n", &seen);
    summary_verdict verdict;
    json_t *const root = summary_of(&of, &verdict);
    const json_t *const migration = json_array_get(json_object_get(root, "migrations"), 0);
    const json_t *const flow = json_array_get(json_object_get(root, "traffic"), 0);
    const json_t *const peer = json_array_get(json_object_get(root, "peers"), 0);
    const json_t *const link = json_array_get(json_object_get(root, "links"), 0);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(root, "schema")), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(root, "seed")), 99);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(root, "scenario")), "small");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "expectations")), 2);
    CU_ASSERT(json_is_array(json_object_get(root, "rebinds")));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "rules")), 0); /* nothing looks for broken rules */
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(migration, "result")), "timeout");
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(migration, "requested_ns")), 1000000000);
    CU_ASSERT(json_is_null(json_object_get(migration, "validation_ns")));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(flow, "missing")), 1);
    CU_ASSERT(json_is_null(json_object_get(json_object_get(peer, "acceptor"), "last_path")));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(
                        json_object_get(json_object_get(peer, "dialer"), "last_path"), "srtt_ns")),
                    42);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(
                        json_object_get(json_object_get(peer, "dialer"), "last_path"), "datagrams_damped")),
                    7);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(link, "up"), "dropped_loss")), 3);
    /* The records of these scenes say that all happened at 0, which the taps deny. */
    CU_ASSERT_EQUAL(verdict, SUMMARY_CONTRADICTION);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(root, "verdict")), "contradiction");
    json_decref(root);
    evidence_free(&of);
}

static void test_rebinds(void)
{
    evidence of = evidence_of(small_scenario(NULL, NULL));
    const roam_rebind_record rebind = {.port_only = true, .cwnd_before = 41, .noticed_ns = 2000 * MS};
    const roam_event event = {.kind = ROAM_EVENT_REBOUND, .rebind = &rebind};
    summary_verdict verdict;
    of.told.core_event(of.told.ctx, SERVER, LAPTOP, &event, 2100 * MS);
    evidence_finish(&of);
    json_t *const root = summary_of(&of, &verdict);
    const json_t *const rebinds = json_object_get(root, "rebinds");
    const json_t *const first = json_array_get(rebinds, 0);
    CU_ASSERT_EQUAL(json_array_size(rebinds), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "migrations")), 0);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(first, "node")), "server");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(first, "peer")), "laptop");
    CU_ASSERT(json_is_true(json_object_get(first, "port_only")));
    CU_ASSERT(json_is_false(json_object_get(first, "validated")));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(first, "cwnd_before")), 41);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(first, "noticed_ns")), 2000000000);
    json_decref(root);
    evidence_free(&of);
}

static void test_verdicts(void)
{
    static const struct {
        scene scene;
        summary_verdict verdict;
    } verdicts[] = {{{.sent = 0}, SUMMARY_PASSED}, {{.down = true}, SUMMARY_FAILED}};
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        evidence of = recorded("  - {never: peer_down}\n", &verdicts[i].scene);
        summary_verdict verdict;
        json_decref(summary_of(&of, &verdict));
        CU_ASSERT_EQUAL(verdict, verdicts[i].verdict);
        evidence_free(&of);
    }
}

static const check_test TESTS[] = {
    {"cases", test_cases}, {"summary", test_summary}, {"rebinds", test_rebinds}, {"verdicts", test_verdicts}};
CHECK_MAIN("expect", TESTS)
