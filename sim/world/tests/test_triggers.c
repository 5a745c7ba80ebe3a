/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries that an instant of the protocol starts: when each takes place, and what a state refuses. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

enum { SEEN_MAX = 64 };

/* One way over wifi is 9 ms, over cellular 36 ms; links have no rate, so that times are exact. */
static const char HEAD[] = "roam: 1\nname: t\nduration: 3s\n"
                           "networks:\n  wifi: {delay: 8ms}\n  cellular: {delay: 35ms}\n  dc: {delay: 1ms}\n"
                           "nodes:\n  a: {networks: [wifi, cellular]}\n  b: {networks: [dc], listen: 4433}\n"
                           "  p: {count: 2, networks: [cellular]}\n"
                           "peers: [a -> b, {dial: p -> b, at: 500ms, spread: 200ms}]\n"
                           "timeline:\n";

typedef struct sight {
    uint64_t at_ns;
    scenario_verb verb;
    uint32_t node;
    refusal why; /* NONE: it took place, or was about to */
} sight;

typedef struct sights {
    sight items[SEEN_MAX]; /* of entries with `after`, and what was refused */
    size_t count;
} sights;

static void keep(sights *seen, sight one)
{
    CU_ASSERT_FATAL(seen->count < SEEN_MAX);
    seen->items[seen->count++] = one;
}

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    if (event->after)
        keep(ctx, (sight){now_ns, event->verb, event->node, REFUSAL_NONE});
}

static void on_refused(void *ctx, const observer_refused *told, uint64_t now_ns)
{
    keep(ctx, (sight){now_ns, told->verb, told->node, told->why});
}

static sights watch(const char *timeline)
{
    char text[2048];
    sights seen = {.count = 0};
    const observer watcher = {.ctx = &seen, .timeline = on_timeline, .refused = on_refused};
    (void)snprintf(text, sizeof text, "%s%s", HEAD, timeline);
    evidence_watch(text, &watcher);
    return seen;
}

/* ---- each instant ---- */

/* The handshake takes a round trip for the client, one and a half for the server, which then says so. What
 * the timeline does is the same for all. */
#define REST                                                                                                 \
    "  - {at: 1s, migrate: a -> b, network: cellular, as: move}\n"                                           \
    "  - {at: 1200ms, migrate: a -> b, network: wifi, timeout: 5ms, as: hasty}\n"                            \
    "  - {at: 1500ms, dial: a -> b}\n"                                                                       \
    "  - {at: 2s, restart: a, for: 100ms, leave: true, redial: true}\n"

static const struct instant_case {
    const char *after;
    uint64_t at_ns; /* ROAM_NEVER: it does not come */
} INSTANTS[] = {
    {"happens: initial_sent, of: a -> b", 0},
    {"happens: initial_sent, of: a -> b, nth: 2", 2100 * MS},
    {"happens: initial_sent, of: a", 0},
    {"happens: initial_arrived, of: b -> a", 9 * MS},
    {"happens: initial_sent, of: b -> a", 9 * MS},
    {"happens: initial_arrived, of: a -> b", 18 * MS},
    {"happens: handshake_sent, of: b -> a", 9 * MS},
    {"happens: handshake_arrived, of: a -> b", 18 * MS},
    {"happens: handshake_sent, of: a -> b", 18 * MS},
    {"happens: handshake_arrived, of: b -> a", 27 * MS},
    {"happens: one_rtt_arrived, of: a -> b", 18 * MS}, /* the server has the keys after its first flight */
    {"happens: handshake_completed, of: a -> b", 18 * MS},
    {"happens: handshake_completed, of: b -> a", 27 * MS},
    {"happens: handshake_confirmed, of: b -> a", 27 * MS},
    {"happens: handshake_confirmed, of: a -> b", 36 * MS},
    {"happens: handshake_confirmed, of: a -> b, delay: 1500us", 37500 * US},
    {"happens: handshake_confirmed, of: a -> b, nth: 2", 2136 * MS},
    {"happens: handshake_confirmed, of: a -> b, nth: 3", ROAM_NEVER},
    {"happens: handshake_confirmed, of: a -> b, nth: 2, delay: 900ms", ROAM_NEVER},
    {"happens: handshake_confirmed, of: p-2 -> b", 744 * MS},
    {"happens: peer_up, of: b -> a", 27 * MS},
    {"happens: peer_up, of: a -> b", 36 * MS},
    {"happens: peer_up, of: b, nth: 3", 708 * MS},
    {"happens: peer_down, of: b -> a", 2036 * MS},
    {"happens: left, of: b -> a", 2036 * MS},
    {"happens: left, of: a -> b", ROAM_NEVER},
    {"happens: path_changed, of: a -> b", 1072 * MS},
    {"happens: path_changed, of: b -> a", 1108 * MS},
    {"happens: refused, of: a -> b", 1500 * MS},
    {"frame: crypto, of: a -> b", 0},
    {"frame: crypto, of: a -> b, direction: down", 9 * MS},
    {"frame: handshake_done, of: b -> a", 27 * MS},
    {"frame: handshake_done, of: b -> a, direction: down", 36 * MS},
    {"frame: path_challenge, of: a -> b", 1000 * MS},
    {"frame: path_challenge, of: a -> b, direction: down", 1036 * MS},
    {"frame: path_response, of: b -> a, direction: up", 1036 * MS},
    {"frame: path_response, of: b -> a, direction: down, nth: 2", 1072 * MS},
    {"frame: reset_stream, of: a -> b", ROAM_NEVER},
    {"migration: move, is: called", 1000 * MS},
    {"migration: move, is: challenged, of: a -> b", 1000 * MS},
    {"migration: move, is: validated", 1072 * MS},
    {"migration: move, is: committed, of: a", 1072 * MS},
    {"migration: move, is: committed, nth: 2", ROAM_NEVER},
    {"migration: move, is: failed", ROAM_NEVER},
    {"migration: hasty, is: challenged", 1200 * MS},
    {"migration: hasty, is: validated", ROAM_NEVER},
    {"migration: hasty, is: failed", 1205 * MS},
};

static void test_instants(void)
{
    for (size_t i = 0; i < sizeof INSTANTS / sizeof INSTANTS[0]; i++) {
        const struct instant_case *const one = &INSTANTS[i];
        char timeline[1024];
        uint64_t at_ns = ROAM_NEVER;
        (void)snprintf(timeline, sizeof timeline, REST "  - {after: {%s}, say: now}\n", one->after);
        const sights seen = watch(timeline);
        for (size_t at = 0; at < seen.count; at++)
            if (seen.items[at].verb == SCENARIO_SAY)
                at_ns = seen.items[at].at_ns;
        (void)CHECK(at_ns, one->at_ns, "%s", one->after);
    }
}

/* ---- what starts ---- */

static const struct course_case {
    const char *name;
    const char *timeline;
    sight wanted[8];
    size_t count;
} COURSES[] = {
    {.name = "repetitions count from the instant",
     .timeline = "  - {after: {happens: peer_up, of: a -> b, delay: 4ms}, every: 10ms, times: 3, say: x}\n",
     .wanted = {{40 * MS, SCENARIO_SAY, SCENARIO_NONE, 0},
                {50 * MS, SCENARIO_SAY, SCENARIO_NONE, 0},
                {60 * MS, SCENARIO_SAY, SCENARIO_NONE, 0}},
     .count = 3},
    {.name = "those without an end go on to the end of the scenario",
     .timeline = "  - {after: {happens: peer_up, of: a -> b}, every: 1s, say: x}\n",
     .wanted = {{36 * MS, SCENARIO_SAY, SCENARIO_NONE, 0},
                {1036 * MS, SCENARIO_SAY, SCENARIO_NONE, 0},
                {2036 * MS, SCENARIO_SAY, SCENARIO_NONE, 0}},
     .count = 3},
    {.name = "what `for` ends",
     .timeline = "  - {after: {happens: peer_up, of: a -> b}, blackhole: a, network: wifi, for: 100ms}\n",
     .wanted = {{36 * MS, SCENARIO_BLACKHOLE, 0, 0}, {136 * MS, SCENARIO_HEAL, 0, 0}},
     .count = 2},
    {.name = "each member of a group, at its own instant",
     .timeline = "  - {after: {happens: peer_up, of: p -> b}, detach: p, network: cellular}\n",
     .wanted = {{644 * MS, SCENARIO_DETACH, 2, 0}, {744 * MS, SCENARIO_DETACH, 3, 0}},
     .count = 2},
    {.name = "each member of a group that only the instant names",
     .timeline = "  - {after: {happens: peer_up, of: b -> p, delay: 1ms}, say: x}\n",
     .wanted = {{609 * MS, SCENARIO_SAY, SCENARIO_NONE, 0}, {709 * MS, SCENARIO_SAY, SCENARIO_NONE, 0}},
     .count = 2},
    {.name = "a chain: one entry waits for the label of another",
     .timeline = "  - {after: {migration: one, is: committed}, say: x}\n"
                 "  - {after: {happens: peer_up, of: a -> b}, migrate: a -> b, network: cellular, as: one}\n",
     .wanted = {{36 * MS, SCENARIO_MIGRATE, 0, 0}, {108 * MS, SCENARIO_SAY, SCENARIO_NONE, 0}},
     .count = 2},
    {.name = "entries of one instant in the file's order",
     .timeline = "  - {after: {happens: peer_up, of: a -> b}, detach: a, network: cellular}\n"
                 "  - {after: {happens: peer_up, of: a -> b}, attach: a, network: cellular}\n",
     .wanted = {{36 * MS, SCENARIO_DETACH, 0, 0}, {36 * MS, SCENARIO_ATTACH, 0, 0}},
     .count = 2},
    {.name = "an attachment that is there already",
     .timeline = "  - {after: {happens: peer_up, of: a -> b}, attach: a, network: cellular}\n",
     .wanted = {{36 * MS, SCENARIO_ATTACH, 0, 0}, {36 * MS, SCENARIO_ATTACH, 0, REFUSAL_ATTACHED}},
     .count = 2},
    {.name = "a call of a node that is stopped",
     .timeline = "  - {at: 1s, restart: a, for: 1s}\n"
                 "  - {after: {happens: peer_up, of: a -> b, delay: 1s}, migrate: a -> b, network: wifi}\n",
     .wanted = {{1036 * MS, SCENARIO_MIGRATE, 0, 0}, {1036 * MS, SCENARIO_MIGRATE, 0, REFUSAL_STOPPED}},
     .count = 2},
    {.name = "what is refused does not end either",
     .timeline = "  - {at: 1s, restart: a, for: 1s}\n"
                 "  - {after: {happens: peer_up, of: a -> b, delay: 1s}, restart: a, for: 100ms}\n",
     .wanted = {{1036 * MS, SCENARIO_RESTART, 0, 0}, {1036 * MS, SCENARIO_RESTART, 0, REFUSAL_STOPPED}},
     .count = 2},
    {.name = "a fault on a network that the node has left",
     .timeline =
         "  - {at: 1s, detach: a, network: cellular}\n"
         "  - {after: {happens: peer_up, of: a -> b, delay: 1s}, drop: a, network: cellular, nth: 1}\n",
     .wanted = {{1036 * MS, SCENARIO_DROP, 0, 0}, {1036 * MS, SCENARIO_DROP, 0, REFUSAL_NOT_ATTACHED}},
     .count = 2},
    {.name = "a timed entry meets what an instant has done",
     .timeline = "  - {after: {happens: peer_up, of: a -> b}, detach: a, network: cellular}\n"
                 "  - {at: 1s, down: a, network: cellular}\n",
     .wanted = {{36 * MS, SCENARIO_DETACH, 0, 0}, {1000 * MS, SCENARIO_LINK_DOWN, 0, REFUSAL_NOT_ATTACHED}},
     .count = 2},
    {.name = "a prefix that is another network's by then",
     .timeline = "  - {after: {happens: peer_up, of: a -> b}, renumber: wifi, prefix: 10.77.0.0/16}\n"
                 "  - {after: {happens: peer_up, of: a -> b}, renumber: cellular, prefix: 10.77.0.0/16}\n",
     .wanted = {{36 * MS, SCENARIO_RENUMBER, SCENARIO_NONE, 0},
                {36 * MS, SCENARIO_RENUMBER, SCENARIO_NONE, 0},
                {36 * MS, SCENARIO_RENUMBER, SCENARIO_NONE, REFUSAL_NO_ADDRESS}},
     .count = 3},
};

static void test_courses(void)
{
    for (size_t i = 0; i < sizeof COURSES / sizeof COURSES[0]; i++) {
        const struct course_case *const one = &COURSES[i];
        const sights seen = watch(one->timeline);
        (void)CHECK(seen.count, one->count, "%s: events", one->name);
        for (size_t at = 0; at < seen.count && at < one->count; at++) {
            const sight *const got = &seen.items[at];
            const sight *const wanted = &one->wanted[at];
            (void)CHECK(got->at_ns, wanted->at_ns, "%s: %zu", one->name, at);
            (void)CHECK(got->verb, wanted->verb, "%s: verb of %zu", one->name, at);
            (void)CHECK(got->node, wanted->node, "%s: node of %zu", one->name, at);
            (void)CHECK(got->why, wanted->why, "%s: refusal of %zu", one->name, at);
        }
    }
}

static const check_test TESTS[] = {{"instants", test_instants}, {"courses", test_courses}};
CHECK_MAIN("triggers", TESTS)
