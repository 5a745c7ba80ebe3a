/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reconnects: when each result comes, and what the other end sees of the old connection. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define NONE 1 /* no result of roam.h */

enum { CALLS_MAX = 4, DOWN_MAX = 8 };

/* The round trip over wifi is 18 ms, over cellular 72 ms; links have no rate, so that times are exact. */
static const char HEAD[] = "roam: 1\nname: t\nduration: 25s\n"
                           "networks:\n  wifi: {delay: 8ms}\n  cellular: {delay: 35ms}\n  dc: {delay: 1ms}\n"
                           "  six: {family: ipv6}\n"
                           "nodes:\n  a: {networks: [wifi, cellular], trust: strict}\n"
                           "  b: {networks: [dc], listen: 4433, trust: strict}\n"
                           "  c: {networks: [wifi]}\n"
                           "peers: [a -> b, c -> b]\n"
                           "timeline:\n";

typedef struct outcome {
    int result;
    uint64_t at_ns;
} outcome;

typedef struct sight {
    outcome calls[CALLS_MAX];
    uint32_t called, dials, dropped;
    char down[DOWN_MAX][24]; /* what b says of a */
    uint32_t downs;
    uint64_t refused;
} sight;

static void on_reconnect(void *ctx, const observer_reconnect *told, uint64_t now_ns)
{
    sight *const seen = ctx;
    CU_ASSERT_FATAL(told->number < CALLS_MAX);
    switch (told->kind) {
    case OBSERVER_RECONNECT_CALLED:
        CHECK(told->number, seen->called, "numbers");
        seen->calls[seen->called++] = (outcome){NONE, 0};
        break;
    case OBSERVER_RECONNECT_DIALS:
        seen->dials++;
        break;
    case OBSERVER_RECONNECT_DONE:
        CHECK(seen->calls[told->number].result, NONE, "one result");
        seen->calls[told->number] = (outcome){told->result, now_ns};
        break;
    case OBSERVER_RECONNECT_DROPPED:
        seen->dropped++;
        break;
    }
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    sight *const seen = ctx;
    (void)now_ns;
    if (event->kind != ROAM_EVENT_PEER_DOWN || node != 1 || other != 0)
        return;
    CU_ASSERT_FATAL(seen->downs < DOWN_MAX);
    (void)snprintf(seen->down[seen->downs++], sizeof seen->down[0], "%s",
                   roam_down_reason_name(event->down.reason));
}

static void on_refused(void *ctx, const observer_refused *told, uint64_t now_ns)
{
    sight *const seen = ctx;
    (void)told, (void)now_ns;
    seen->refused++;
}

typedef struct reconnect_case {
    const char *name;
    const char *timeline;
    outcome calls[CALLS_MAX];
    uint32_t called, dials, dropped, refused;
    const char *down; /* the first time; NULL: never */
} reconnect_case;

/* A connection is up at its dialler after the handshake and an exchange of HELLO: two round trips. */
static const reconnect_case CASES[] = {
    {.name = "the old path is gone",
     .timeline = "  - {at: 2s, detach: a, network: wifi}\n"
                 "  - {at: 2s, reconnect: a -> b, network: cellular}\n",
     .calls = {{ROAM_OK, 2144 * MS}},
     .called = 1,
     .dials = 1,
     .down = "replaced"},
    {.name = "the old path works: the close arrives",
     .timeline = "  - {at: 2s, reconnect: a -> b, network: cellular}\n",
     .calls = {{ROAM_OK, 2144 * MS}},
     .called = 1,
     .dials = 1,
     .down = "left"},
    {.name = "from the address that leads there",
     .timeline = "  - {at: 2s, reconnect: a -> b}\n",
     .calls = {{ROAM_OK, 2036 * MS}},
     .called = 1,
     .dials = 1,
     .down = "left"},
    {.name = "each connection of the node, where the other end listens",
     .timeline = "  - {at: 2s, reconnect: a}\n  - {at: 3s, reconnect: c}\n",
     .calls = {{ROAM_OK, 2036 * MS}, {ROAM_OK, 3036 * MS}},
     .called = 2,
     .dials = 2,
     .down = "left"},
    {.name = "no answer in time",
     .timeline = "  - {at: 2s, blackhole: a, network: cellular}\n"
                 "  - {at: 2s, reconnect: a -> b, network: cellular, timeout: 1s}\n",
     .calls = {{ROAM_ERR_TIMEOUT, 3000 * MS}},
     .called = 1,
     .dials = 1,
     .down = "left"},
    {.name = "a dial that fails, with the handshake's 10 s, is repeated",
     .timeline = "  - {at: 2s, blackhole: a, network: cellular, for: 10050ms}\n"
                 "  - {at: 2s, reconnect: a -> b, network: cellular, timeout: 11s}\n",
     .calls = {{ROAM_OK, 12244 * MS}},
     .called = 1,
     .dials = 2,
     .down = "left"},
    {.name = "but not when there is no time left for it",
     .timeline = "  - {at: 2s, blackhole: a, network: cellular, for: 10050ms}\n"
                 "  - {at: 2s, reconnect: a -> b, network: cellular, timeout: 10100ms}\n",
     .calls = {{ROAM_ERR_TIMEOUT, 12100 * MS}},
     .called = 1,
     .dials = 1,
     .down = "left"},
    {.name = "a later one supersedes it",
     .timeline = "  - {at: 2s, reconnect: a -> b, network: cellular}\n"
                 "  - {at: 2050ms, reconnect: a -> b, network: wifi}\n",
     .calls = {{ROAM_ERR_SUPERSEDED, 2050 * MS}, {ROAM_OK, 2086 * MS}},
     .called = 2,
     .dials = 2,
     .down = "left"},
    {.name = "no socket can be opened",
     .timeline = "  - {at: 2s, refuse: a, network: cellular}\n"
                 "  - {at: 2s, reconnect: a -> b, network: cellular}\n",
     .calls = {{ROAM_ERR_ADAPTER, 2000 * MS}},
     .called = 1,
     .dials = 1,
     .down = "left"},
    {.name = "its node is restarted",
     .timeline = "  - {at: 2s, reconnect: a -> b, network: cellular}\n"
                 "  - {at: 2050ms, restart: a}\n",
     .calls = {{NONE, 0}},
     .called = 1,
     .dials = 1,
     .dropped = 1,
     .down = "left"},
    {.name = "refused, and the connection stays: no address of that family",
     .timeline = "  - {at: 2s, detach: b, network: dc}\n  - {at: 2s, attach: b, network: six}\n"
                 "  - {at: 2s, reconnect: a -> b}\n",
     .refused = 1},
};

static void test_reconnects(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const reconnect_case *const at = &CASES[i];
        char text[1024];
        sight seen = {0};
        const observer watcher = {
            .ctx = &seen, .reconnect = on_reconnect, .core_event = on_core_event, .refused = on_refused};
        (void)snprintf(text, sizeof text, "%s%s", HEAD, at->timeline);
        evidence_watch(text, &watcher);
        CHECK(seen.called, at->called, "%s: calls", at->name);
        CHECK(seen.dials, at->dials, "%s: dials", at->name);
        CHECK(seen.dropped, at->dropped, "%s: dropped", at->name);
        CHECK(seen.refused, at->refused, "%s: refused", at->name);
        for (uint32_t j = 0; j < at->called; j++) {
            CHECK(seen.calls[j].result, at->calls[j].result, "%s: result of call %u", at->name, j);
            CHECK(seen.calls[j].at_ns, at->calls[j].at_ns, "%s: time of call %u", at->name, j);
        }
        CHECK(seen.downs > 0, at->down != NULL, "%s: peer_down", at->name);
        if (seen.downs > 0 && at->down)
            CHECK(strcmp(seen.down[0], at->down), 0, "%s: %s, not %s", at->name, seen.down[0], at->down);
    }
}

static const check_test TESTS[] = {{"results, times, and what the other end sees", test_reconnects}};
CHECK_MAIN("reconnect", TESTS)
