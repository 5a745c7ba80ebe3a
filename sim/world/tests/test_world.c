/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole worlds: scenarios with real connections. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/world/world.h"

#include "sim/random_streams.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { TEXT_MAX = 4096, RESULTS_MAX = 8, EVENTS_MAX = 8 };

/* ---- one run, and what came of it ---- */

typedef struct outcome {
    int status;
    char error[256];
    uint64_t packets_hash; /* of all packets of the first two nodes, with their times */
    uint64_t packets;
    uint64_t keys_hash;
    uint64_t up, down, path_changed;
    uint64_t sent, delivered, broken, disordered;
    uint64_t next[8]; /* sequence expected, by traffic */
    uint32_t called, done;
    const char *results[RESULTS_MAX];
    uint64_t durations_ns[RESULTS_MAX];
    roam_addr targets[RESULTS_MAX]; /* asked for */
    roam_addr locals[RESULTS_MAX];  /* got */
    scenario_verb verbs[EVENTS_MAX];
    uint64_t verb_count;
    uint64_t now_ns;
    bool stats_known;
    roam_path_stats stats;                  /* of peer 0, at its dialler, in the end */
    world_link_counts up_count, down_count; /* of node 0 in network 0 */
} outcome;

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    outcome *o = ctx;
    if (packet->node > 1)
        return;
    uint32_t where[] = {packet->node, packet->network, packet->up, packet->drop};
    o->packets++;
    o->packets_hash = core_hash_bytes(o->packets_hash, where, sizeof where);
    o->packets_hash = core_hash_bytes(o->packets_hash, &now_ns, sizeof now_ns);
    o->packets_hash = core_hash_bytes(o->packets_hash, packet->bytes, packet->len);
}

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    outcome *o = ctx;
    CHECK(now_ns, event->at_ns, "time of event");
    if (o->verb_count < EVENTS_MAX)
        o->verbs[o->verb_count] = event->verb;
    o->verb_count++;
}

static void on_migrate_called(void *ctx, const observer_migrate *migrate, uint64_t now_ns)
{
    outcome *o = ctx;
    (void)now_ns;
    CHECK(migrate->call, o->called, "call");
    CU_ASSERT_FATAL(o->called < RESULTS_MAX);
    o->targets[o->called++] = migrate->local;
}

static void on_migrate_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    outcome *o = ctx;
    CU_ASSERT_FATAL(call < o->called);
    o->done++;
    o->results[call] = roam_result_name(record->result);
    o->durations_ns[call] = now_ns - record->requested_ns;
    o->locals[call] = record->new_local;
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    outcome *o = ctx;
    (void)now_ns;
    CU_ASSERT_NOT_EQUAL(node, other);
    CU_ASSERT_NOT_EQUAL(other, SCENARIO_NONE);
    o->up += event->kind == ROAM_EVENT_PEER_UP;
    o->down += event->kind == ROAM_EVENT_PEER_DOWN;
    o->path_changed += event->kind == ROAM_EVENT_PATH_CHANGED;
}

static void on_message_sent(void *ctx, const observer_message *message, uint64_t now_ns)
{
    outcome *o = ctx;
    (void)message, (void)now_ns;
    o->sent++;
}

static void on_message_delivered(void *ctx, const observer_message *message, uint64_t now_ns)
{
    outcome *o = ctx;
    (void)now_ns;
    o->delivered++;
    o->broken += !message->intact;
    o->disordered += message->sequence != o->next[message->traffic % 8]++;
}

static void on_keylog(void *ctx, uint32_t node, const char *line, uint64_t now_ns)
{
    outcome *o = ctx;
    (void)now_ns;
    if (node < 2)
        o->keys_hash = core_hash_bytes(o->keys_hash, line, strlen(line));
}

static outcome run_scenario(const char *text, uint64_t seed)
{
    outcome o = {0};
    scenario *const loaded = evidence_scenario(text);
    observer watcher = {.ctx = &o,
                        .packet = on_packet,
                        .timeline = on_timeline,
                        .migrate_called = on_migrate_called,
                        .migrate_done = on_migrate_done,
                        .core_event = on_core_event,
                        .message_sent = on_message_sent,
                        .message_delivered = on_message_delivered,
                        .keylog = on_keylog};
    world_options options = {.scenario = loaded, .seed = seed, .observers = &watcher, .observer_count = 1};
    world *made = NULL;
    o.status = world_new(&options, &made, o.error, sizeof o.error);
    if (o.status)
        goto out;
    o.status = world_run(made, loaded->duration_ns);
    snprintf(o.error, sizeof o.error, "%s", world_error(made));
    o.now_ns = world_now_ns(made);
    if (loaded->peer_count)
        o.stats_known = world_path_stats(made, 0, loaded->peers[0].dialer, &o.stats);
    if (loaded->network_count) {
        o.up_count = world_link_count(made, 0, 0, true);
        o.down_count = world_link_count(made, 0, 0, false);
    }
out:
    world_free(made);
    scenario_free(loaded);
    return o;
}

/* ---- tests ---- */

/*
 * On an idle path the validation takes one round trip; both datagrams of 1200 bytes are serialised on each
 * link of their way, and the response may wait a little in the peer's pacer: 5 ms is a bound for that.
 */
static void test_validation_time(void)
{
    static const struct {
        unsigned delay_ms;
        const char *network; /* what else there is to say of both */
    } cases[] = {
        {1, ""},
        {20, ""},
        {20, ", family: ipv6"},
        {20, ", rate: 100Mbps"},
        {20, ", rate: 100Mbps, link: p2p"},
        {100, ""},
        {250, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TEXT_MAX];
        snprintf(text, sizeof text,
                 "roam: 1\nname: t\nduration: 10s\n"
                 "networks:\n  old: {delay: 5ms%s}\n  new: {delay: %ums%s}\n"
                 "nodes:\n  a: {networks: [old]}\n  b: {networks: [old], listen: 4433}\npeers: [a -> b]\n"
                 "timeline:\n  - {at: 2s, attach: a, network: new}\n"
                 "  - {at: 2s, migrate: a -> b, network: new}\n",
                 cases[i].network, cases[i].delay_ms, cases[i].network);
        outcome o = run_scenario(text, 1);
        uint64_t round_trip_ns = 2 * (cases[i].delay_ms + 5) * MS;
        CHECK_STRING(o.error, "", "error");
        CHECK(o.done, 1, "results");
        if (!o.done)
            continue;
        CHECK_STRING(o.results[0], "ok", "result");
        CHECK_BETWEEN(o.durations_ns[0], round_trip_ns, round_trip_ns + 5 * MS, "validation");
        CU_ASSERT_TRUE(o.stats_known);
        CU_ASSERT_TRUE(roam_addr_equal(&o.stats.local, &o.locals[0]));
        CHECK(o.path_changed, 2, "paths changed");
    }
}

static const char HANDOVER[] =
    "roam: 1\nname: t\nduration: 6s\n"
    "networks:\n  wifi: {delay: 8ms, jitter: 3ms, rate: 50Mbps, loss: 1%%}\n  cellular: {delay: 35ms, rate: "
    "20Mbps}\n"
    "nodes:\n  a: {networks: [wifi]}\n  b: {networks: [cellular], listen: 4433}\n%s"
    "peers: [a -> b%s]\n"
    "traffic:\n  - {flow: a -> b, send: 400B, every: 20ms}\n  - {flow: b -> a, bulk: 300kB, at: 500ms}\n"
    "  - {flow: b -> a, send: 8B, every: 100ms}\n"
    "timeline:\n  - {at: 2s, detach: a, network: wifi}\n  - {at: 2.2s, attach: a, network: cellular}\n"
    "  - {at: 2.2s, migrate: a -> b, network: cellular}\n  - {at: 4s, say: done}\n";

static void test_handover(void)
{
    static const scenario_verb VERBS[] = {SCENARIO_DETACH, SCENARIO_ATTACH, SCENARIO_MIGRATE, SCENARIO_SAY};
    char text[TEXT_MAX];
    snprintf(text, sizeof text, HANDOVER, "", "");
    outcome o = run_scenario(text, 1);
    CHECK_STRING(o.error, "", "error");
    CHECK(o.up, 2, "up");
    CHECK(o.down, 0, "down");
    CHECK(o.done, 1, "results");
    CHECK(o.delivered, o.sent, "delivered");
    CHECK_BETWEEN(o.sent, 258 + 19 + 51, 262 + 19 + 54, "sent");
    CHECK(o.broken, 0, "broken");
    CHECK(o.disordered, 0, "disordered");
    CHECK(o.now_ns, 6000 * MS, "clock");
    CHECK(o.verb_count, 4, "events");
    for (size_t i = 0; i < 4; i++)
        CHECK(o.verbs[i], VERBS[i], "verb");
    CU_ASSERT_TRUE(o.down_count.dropped_loss > 0);
    CHECK(o.up_count.packets, o.up_count.delivered + o.up_count.dropped_loss + o.up_count.dropped_queue,
          "up: sum");
    CHECK_BETWEEN(
        o.down_count.packets, o.down_count.delivered + o.down_count.dropped_loss + o.down_count.dropped_queue,
        o.down_count.delivered + o.down_count.dropped_loss + o.down_count.dropped_queue + 64, "down: sum");
}

/* One seed, one run; another seed, another run; and a third node is no business of the first two. */
static void test_replay(void)
{
    static const struct {
        const char *what;
        uint64_t seed;
        const char *node, *peer;
        bool same;
    } cases[] = {
        {.what = "again", .seed = 1, .node = "", .peer = "", .same = true},
        {.what = "another seed", .seed = 2, .node = "", .peer = ""},
        {.what = "a seed that differs in its highest bit",
         .seed = 1 | UINT64_C(1) << 63,
         .node = "",
         .peer = ""},
        {.what = "one more node", .seed = 1, .node = "  c: {networks: [wifi]}\n", .peer = "", .same = true},
    };
    char text[TEXT_MAX];
    snprintf(text, sizeof text, HANDOVER, "", "");
    outcome first = run_scenario(text, 1);
    CU_ASSERT_TRUE(first.packets > 500);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, HANDOVER, cases[i].node, cases[i].peer);
        outcome o = run_scenario(text, cases[i].seed);
        CHECK_STRING(o.error, "", "%s", cases[i].what);
        bool same = o.packets_hash == first.packets_hash;
        CHECK(same, cases[i].same, "the same packets: %s", cases[i].what);
        CHECK(o.keys_hash == first.keys_hash, cases[i].same, "the same keys: %s", cases[i].what);
    }
}

static void test_results(void)
{
    static const struct {
        const char *node_b, *timeline, *result;
        uint64_t least_ns, most_ns;
    } cases[] = {
        {.node_b = "",
         .timeline = "{at: 1s, migrate: a -> b, network: new}",
         .result = "ok",
         .least_ns = 50 * MS,
         .most_ns = 55 * MS},
        {.node_b = "",
         .timeline = "{at: 1s, migrate: a -> b}",
         .result = "ok",
         .least_ns = 20 * MS,
         .most_ns = 25 * MS},
        /* on the network in use: another port */
        {.node_b = "", .timeline = "{at: 1s, migrate: b -> a}", .result = "not_initiator"},
        {.node_b = ", disable_active_migration: true",
         .timeline = "{at: 1s, migrate: a -> b, network: new}",
         .result = "peer_disable_migration"},
        {.node_b = "",
         .timeline = "{at: 1s, blackhole: a, network: new}\n  - {at: 1s, migrate: a -> b, network: new, "
                     "timeout: 700ms}",
         .result = "timeout",
         .least_ns = 700 * MS,
         .most_ns = 700 * MS},
        {.node_b = "",
         .timeline = "{at: 1s, blackhole: a, network: new, direction: down}\n  - {at: 1s, migrate: a -> b, "
                     "network: new, "
                     "timeout: 700ms}",
         .result = "timeout",
         .least_ns = 700 * MS,
         .most_ns = 700 * MS},
        {.node_b = "",
         .timeline =
             "{at: 1s, down: a, network: new}\n  - {at: 1s, migrate: a -> b, network: new, timeout: 700ms}",
         .result = "timeout",
         .least_ns = 700 * MS,
         .most_ns = 700 * MS},
        {.node_b = "",
         .timeline = "{at: 1s, set: new, delay: 95ms}\n  - {at: 1s, migrate: a -> b, network: new}",
         .result = "ok",
         .least_ns = 200 * MS,
         .most_ns = 205 * MS},
        {.node_b = "",
         .timeline = "{at: 1s, set: new, node: a, direction: up, delay: 95ms}\n  - {at: 1s, migrate: a -> b, "
                     "network: "
                     "new}",
         .result = "ok",
         .least_ns = 125 * MS,
         .most_ns = 130 * MS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TEXT_MAX];
        snprintf(text, sizeof text,
                 "roam: 1\nname: t\nduration: 4s\nnetworks:\n  old: {delay: 5ms}\n  new: {delay: 20ms}\n"
                 "nodes:\n  a: {networks: [old, new]}\n  b: {networks: [old], listen: 4433%s}\n"
                 "peers: [a -> b]\ntimeline:\n  - %s\n",
                 cases[i].node_b, cases[i].timeline);
        outcome o = run_scenario(text, 1);
        CHECK_STRING(o.error, "", "error");
        CHECK(o.called, 1, "calls");
        CHECK(o.done, 1, "results");
        if (o.done != 1)
            continue;
        CHECK_STRING(o.results[0], cases[i].result, "%s", cases[i].timeline);
        CHECK_BETWEEN(o.durations_ns[0], cases[i].least_ns, cases[i].most_ns, "%s", cases[i].timeline);
    }
}

/* Dialled from the network listed first; migrating anew stays where the connection is. */
static void test_networks_in_use(void)
{
    static const char TEXT[] =
        "roam: 1\nname: t\nduration: 4s\nnetworks:\n  old: {delay: 5ms}\n  new: {delay: 20ms}\n"
        "nodes:\n  a: {networks: [old, new]}\n  b: {networks: [old], listen: 4433}\npeers: [a -> b]\n"
        "timeline:\n  - {at: 1s, migrate: a -> b, network: new}\n  - {at: 2s, migrate: a -> b}\n"
        "  - {at: 3s, migrate: a -> b, network: old}\n";
    static const char *const LOCALS[] = {"10.2.0.1:49153", "10.2.0.1:49154", "10.1.0.1:49155"};
    char got[ROAM_ADDR_STRING_MAX];
    outcome o = run_scenario(TEXT, 1);
    CHECK(o.done, 3, "results");
    for (size_t i = 0; i < o.done; i++) {
        CHECK_STRING(o.results[i], "ok", "result");
        CHECK_STRING(roam_addr_format(&o.locals[i], got), LOCALS[i], "local");
        CHECK(o.targets[i].port, 0, "port asked for");
    }
}

/* Strict nodes know each other's keys; a dialler whose acceptor is gone does its best. */
static void test_dials(void)
{
    static const struct {
        const char *what, *a, *b, *peer, *timeline, *error;
        int status;
        uint64_t up, down;
    } cases[] = {
        {.what = "strict",
         .a = "networks: [old], trust: strict",
         .b = "networks: [old], trust: strict",
         .peer = "a -> b",
         .timeline = "",
         .error = "",
         .up = 2},
        {.what = "later",
         .a = "networks: [old]",
         .b = "networks: [old]",
         .peer = "{dial: a -> b, at: 2s}",
         .timeline = "timeline:\n  - {at: 2s, say: now}\n",
         .error = "",
         .up = 2},
        {.what = "second address",
         .a = "networks: [six]",
         .b = "networks: [old, six]",
         .peer = "a -> b",
         .timeline = "",
         .error = "",
         .up = 2},
        {.what = "nobody there",
         .a = "networks: [old]",
         .b = "networks: [old]",
         .peer = "{dial: a -> b, at: 2s}",
         .timeline = "timeline:\n  - {at: 1s, detach: b, network: old}\n",
         .error = "",
         .down = 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TEXT_MAX];
        snprintf(text, sizeof text,
                 "roam: 1\nname: t\nduration: 20s\nnetworks:\n  old: {delay: 5ms}\n"
                 "  six: {delay: 5ms, family: ipv6}\n"
                 "nodes:\n  a: {%s}\n  b: {%s, listen: 4433}\npeers:\n  - %s\n%s",
                 cases[i].a, cases[i].b, cases[i].peer, cases[i].timeline);
        outcome o = run_scenario(text, 1);
        CHECK((uint64_t)-o.status, (uint64_t)-cases[i].status, "%s", cases[i].what);
        CHECK_STRING(o.error, cases[i].error, "%s", cases[i].what);
        CHECK(o.up, cases[i].up, "up");
        CHECK(o.down, cases[i].down, "down");
    }
}

/* Stock ns-3 links change like pipes, as far as they can. */
static void test_p2p_changes(void)
{
    static const char *const events[] = {"{at: 1s, set: n, delay: 9ms}",
                                         "{at: 1s, set: n, direction: up, rate: 9Mbps}"};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        char text[TEXT_MAX];
        snprintf(text, sizeof text,
                 "roam: 1\nname: t\nduration: 2s\nnetworks:\n  n: {delay: 5ms, link: p2p, rate: 1Gbps}\n"
                 "nodes:\n  a: {networks: [n]}\n  b: {networks: [n], listen: 4433}\npeers: [a -> b]\n"
                 "timeline:\n  - %s\n",
                 events[i]);
        outcome o = run_scenario(text, 1);
        CHECK((uint64_t)-o.status, 0, "%s", events[i]);
        CHECK_STRING(o.error, "", "%s", events[i]);
        CHECK(o.now_ns, 2000 * MS, "clock");
    }
}

/* A hub with many others: everybody comes up, and every flow arrives. */
static void test_many_nodes(void)
{
    enum { MANY = 60, LINE = 80 };
    char *text = calloc(3 * MANY + 20, LINE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    char *at = text;
    at += sprintf(at, "roam: 1\nname: t\nduration: 2s\nnetworks:\n  lan: {delay: 1ms}\nnodes:\n"
                      "  hub: {networks: [lan], listen: 4433}\n");
    for (int i = 0; i < MANY; i++)
        at += sprintf(at, "  n%d: {networks: [lan]}\n", i);
    at += sprintf(at, "peers:\n");
    for (int i = 0; i < MANY; i++)
        at += sprintf(at, "  - n%d -> hub\n", i);
    at += sprintf(at, "traffic:\n");
    for (int i = 0; i < MANY; i++)
        at += sprintf(at, "  - {flow: hub -> n%d, bulk: 1kB}\n", i);
    outcome o = run_scenario(text, 1);
    CHECK_STRING(o.error, "", "error");
    CHECK(o.up, 2 * MANY, "up");
    CHECK(o.delivered, MANY, "delivered");
    CHECK(o.broken, 0, "broken");
    free(text);
}

static void test_strerror(void)
{
    for (int code = -10; code < 3; code++)
        CU_ASSERT_TRUE(strlen(run_error_strerror(code)) > 0);
}

static const check_test TESTS[] = {{"validation takes a round trip", test_validation_time},
                                   {"handover", test_handover},
                                   {"replay", test_replay},
                                   {"results", test_results},
                                   {"networks in use", test_networks_in_use},
                                   {"dials", test_dials},
                                   {"changes of p2p", test_p2p_changes},
                                   {"many nodes", test_many_nodes},
                                   {"a sentence for every error", test_strerror}};
CHECK_MAIN("world", TESTS)
