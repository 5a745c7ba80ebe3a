/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `after:` of an entry: what it is read as, what is said of it, and what cannot be. */
#include "core/tests/check.h"
#include "sim/scenario/after.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"
#include "sim/wire/dissect.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 9; 10 is the timeline. */
#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 10s\nnetworks: {wifi: {nat: home}, dc: {}}\nnats: {home: {}}\nnodes:\n"     \
    "  a: {networks: [wifi]}\n  b: {networks: [dc], listen: 4433}\n"                                         \
    "peers: [a -> b]\ntimeline:\n"

static const struct read_case {
    const char *after;
    scenario_after wanted; /* kind, what, node, other, direction, nth */
    uint64_t delay_ns;
    const char *text;
} READS[] = {
    {"{happens: handshake_confirmed, of: a -> b}",
     {.kind = SCENARIO_AFTER_HAPPENS,
      .what = SCENARIO_INSTANT_HANDSHAKE_CONFIRMED,
      .node = 0,
      .other = 1,
      .nth = 1},
     0,
     "handshake_confirmed of a -> b"},
    {"{happens: refused, of: a, nth: 3, delay: 2ms}",
     {.kind = SCENARIO_AFTER_HAPPENS,
      .what = SCENARIO_INSTANT_REFUSED,
      .node = 0,
      .other = SCENARIO_NONE,
      .nth = 3},
     2000000,
     "refused of a, time 3"},
    {"{frame: path_response, of: b -> a, direction: down}",
     {.kind = SCENARIO_AFTER_FRAME,
      .what = DISSECT_PATH_RESPONSE,
      .node = 1,
      .other = 0,
      .direction = SCENARIO_DOWN,
      .nth = 1},
     0,
     "path_response down of b -> a"},
    {"{migration: m, is: failed}",
     {.kind = SCENARIO_AFTER_MIGRATION,
      .what = SCENARIO_STAGE_FAILED,
      .node = SCENARIO_NONE,
      .other = SCENARIO_NONE,
      .nth = 1},
     0,
     "m failed"},
};

static void test_reads(void)
{
    for (size_t i = 0; i < sizeof READS / sizeof READS[0]; i++) {
        const struct read_case *const one = &READS[i];
        char text[1024], said[SCENARIO_AFTER_TEXT_MAX];
        (void)snprintf(text, sizeof text,
                       HEAD "  - {after: %s, blackhole: a, network: wifi, for: 1s, every: 3s, times: 2}\n"
                            "  - {at: 9s, migrate: a -> b, as: m}\n",
                       one->after);
        const scenario_source source = loading_text(text);
        scenario *const whole = loading_good(&source);
        CU_ASSERT_EQUAL_FATAL(whole->after_count, 1);
        const scenario_after *const got = whole->afters[0];
        (void)CHECK(got->kind, one->wanted.kind, "%s: kind", one->after);
        (void)CHECK(got->what, one->wanted.what, "%s: what", one->after);
        (void)CHECK(got->node, one->wanted.node, "%s: node", one->after);
        (void)CHECK(got->other, one->wanted.other, "%s: other", one->after);
        (void)CHECK(got->nth, one->wanted.nth, "%s: nth", one->after);
        (void)CHECK(got->place.line, 11, "%s: line", one->after);
        if (one->wanted.kind == SCENARIO_AFTER_FRAME)
            (void)CHECK(got->direction, one->wanted.direction, "%s: direction", one->after);
        CU_ASSERT_STRING_EQUAL(scenario_after_text(whole, got, said), one->text);
        CU_ASSERT_EQUAL_FATAL(whole->event_count, 5);
        CU_ASSERT_EQUAL(whole->step_count, 2); /* the dial and the call: the others have no time */
        (void)CHECK(got->first, 1, "%s: first", one->after);
        (void)CHECK(got->count, 4, "%s: count", one->after);
        for (uint32_t at = 0; at < got->count; at++) {
            const scenario_event *const event = &whole->events[got->first + at];
            CU_ASSERT(event->after == got);
            (void)CHECK(event->verb, at % 2 ? SCENARIO_HEAL : SCENARIO_BLACKHOLE, "%u", at);
            (void)CHECK(event->at_ns,
                        one->delay_ns + at / 2 * UINT64_C(3000000000) + at % 2 * UINT64_C(1000000000), "%u",
                        at);
        }
        scenario_free(whole);
    }
}

/* Only its own events end what an entry has begun: those of others have no time. */
static void test_idle_ends(void)
{
    const scenario_source source =
        loading_text(HEAD "  - {after: {happens: peer_up, of: a -> b}, refuse: a, network: wifi, for: 4s, "
                          "every: 1s, times: 3}\n  - {at: 1s, refuse: a, network: wifi, for: 1s}\n");
    scenario *const whole = loading_good(&source);
    CU_ASSERT_EQUAL_FATAL(whole->after_count, 1);
    CU_ASSERT_EQUAL(whole->event_count, 6); /* two of its own and two timed ones, with the ends of each */
    CU_ASSERT_EQUAL(whole->afters[0]->count, 4); /* three, and the last end */
    CU_ASSERT_EQUAL(whole->events[5].at_ns, UINT64_C(6000000000));
    scenario_free(whole);
}

static void test_explained(void)
{
    const scenario_source source = loading_text(
        HEAD "  - {after: {happens: peer_up, of: a -> b}, shuffle: home, change: port, of: all}\n"
             "  - {after: {migration: m, is: committed, delay: 20ms}, say: x}\n"
             "  - {at: 1s, migrate: a -> b, as: m}\n");
    scenario *const whole = loading_good(&source);
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  1s migrate a -> b within 5s, as m\n"
                                        "  at peer_up of a -> b: shuffle NAT home, other ports for all\n"
                                        "  20ms after m committed: say: x\n"));
    free(said);
    scenario_free(whole);
}

static const struct fault_case {
    const char *timeline;
    const char *faults; /* each ends its line; "": none */
} FAULTS[] = {
    {"  - {say: x}\n", "x.yaml:11:5: say needs 'at': write for example at: 5s, or after: {happens: "
                       "handshake_confirmed, of: laptop -> server}\n"},
    {"  - {at: 1s, after: {happens: peer_up, of: a -> b}, say: x}\n",
     "x.yaml:11:14: 'after' besides 'at': write one of them\n"},
    {"  - {after: peer_up, say: x}\n",
     "x.yaml:11:13: expected an instant, found a plain value: write for example "
     "{happens: handshake_confirmed, of: laptop -> server}\n"},
    {"  - {after: {of: a -> b}, say: x}\n", "x.yaml:11:13: after: which instant? write for example {happens: "
                                            "handshake_confirmed, of: laptop -> server}\n"},
    {"  - {after: {happens: peer_up, frame: ping, of: a -> b}, say: x}\n",
     "x.yaml:11:32: 'frame' besides 'happens' in one after: write one of them\n"},
    {"  - {after: {happens: peer_upp, of: a -> b}, say: x}\n",
     "x.yaml:11:23: unknown happens 'peer_upp'; did you mean 'peer_up'?\n"},
    {"  - {after: {frame: path_chalenge, of: a -> b}, say: x}\n",
     "x.yaml:11:21: unknown frame 'path_chalenge'; did you mean 'path_challenge'?\n"},
    {"  - {after: {happens: peer_up, of: a -> b, nht: 2}, say: x}\n",
     "x.yaml:11:44: unknown key 'nht'; did you mean 'nth'?\n"},
    {"  - {after: {happens: peer_up, of: a -> b, nth: 0}, say: x}\n",
     "x.yaml:11:49: nth: '0' is not a whole number from 1 to 1000000: write for example 2\n"},
    {"  - {after: {happens: peer_up}, say: x}\n",
     "x.yaml:11:13: after needs 'of': write for example of: laptop -> server\n"},
    {"  - {after: {happens: peer_up, of: a -> c}, say: x}\n",
     "x.yaml:11:41: unknown node 'c'; known: a, b\n"},
    {"  - {after: {happens: channel_up, of: a -> b}, say: x}\n",
     "x.yaml:11:39: 'a' has no membership, and so no channel_up: write for example peer_up\n"},
    {"  - {after: {frame: ping, of: a}, say: x}\n",
     "x.yaml:11:31: of: a frame goes from one node to another: write for example laptop -> server\n"},
    {"  - {after: {happens: peer_up, of: a, direction: up}, say: x}\n",
     "x.yaml:11:39: 'direction' goes with 'frame', and not with 'happens'\n"},
    {"  - {after: {frame: ping, of: a -> b, is: called}, say: x}\n",
     "x.yaml:11:39: 'is' goes with 'migration', and not with 'frame'\n"},
    {"  - {after: {migration: m}, say: x}\n  - {at: 1s, migrate: a -> b, as: m}\n",
     "x.yaml:11:13: after: which state of the migration? write for example is: committed\n"},
    {"  - {after: {migration: mv, is: called}, say: x}\n  - {at: 1s, migrate: a -> b, as: m}\n",
     "x.yaml:11:25: unknown move 'mv'; did you mean 'm'?\n"},
    {"  - {after: {migration: r, is: validated}, say: x}\n  - {at: 1s, reconnect: a -> b, as: r}\n",
     "x.yaml:11:32: 'r' is a reconnect, which validates no path: write called, committed or failed\n"},
    {"  - {after: {migration: m, is: called}, migrate: a -> b, as: m}\n",
     "x.yaml:11:25: after: 'm' waits, by its own after, for what waits for it: none of them starts\n"},
    {"  - {after: {migration: n, is: called}, migrate: a -> b, as: m}\n"
     "  - {after: {migration: m, is: called}, migrate: a -> b, as: n}\n"
     "  - {after: {migration: n, is: called}, say: x}\n",
     "x.yaml:11:25: after: 'n' waits, by its own after, for what waits for it: none of them starts\n"
     "x.yaml:12:25: after: 'm' waits, by its own after, for what waits for it: none of them starts\n"
     "x.yaml:13:25: after: 'n' waits, by its own after, for what waits for it: none of them starts\n"},
    {"  - {after: {happens: peer_up, of: a -> b, delay: 10s}, say: x}\n",
     "x.yaml:11:51: event after 10s, but the scenario ends before (duration)\n"},
    {"  - {after: {happens: peer_up, of: a -> b}, every: 4s, times: 4, say: x}\n",
     "x.yaml:11:63: the last of 4 times would come after the end of the scenario\n"},
    {"  - {after: {happens: peer_up, of: a -> b}, every: 1us, say: x}\n",
     "x.yaml:11:5: more than 300000 events with all repetitions\n"},
    /* What such an entry may have changed is not known: */
    {"  - {after: {happens: peer_up, of: a -> b}, detach: a, network: wifi}\n"
     "  - {at: 1s, attach: a, network: wifi}\n  - {at: 2s, attach: a, network: wifi}\n",
     ""},
    {"  - {after: {happens: peer_up, of: a -> b}, restart: home, for: 1s}\n  - {at: 1s, restart: home, for: "
     "3s}\n  - {at: 2s, restart: home}\n",
     ""},
    {"  - {after: {happens: peer_up, of: a -> b}, drop: a, network: wifi, nth: 1}\n"
     "  - {at: 1s, heal: a, network: wifi}\n",
     ""},
    /* One that changes nothing leaves it known: */
    {"  - {after: {happens: peer_up, of: a -> b}, migrate: a -> b}\n  - {at: 1s, attach: a, network: wifi}\n",
     "x.yaml:12:5: attach: 'a' is already on network 'wifi' at 1s\n"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, HEAD "%s", FAULTS[i].timeline);
        const scenario_source source = loading_text(text);
        loading_refused(&source, FAULTS[i].faults);
    }
}

static const check_test TESTS[] = {{"reads", test_reads},
                                   {"idle ends", test_idle_ends},
                                   {"explained", test_explained},
                                   {"faults", test_faults}};
CHECK_MAIN("after", TESTS)
