/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups: what `count:` makes, and entries that name them. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Lines 1 to 9; 9 is the group. */
#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 10s\nnetworks:\n  lte: {}\n  wifi: {}\nnodes:\n"                            \
    "  server: {networks: [lte], listen: 4433}\n"
#define PHONES HEAD "  phone: {count: 4, networks: [lte, wifi], keepalive: 3s}\n"

/* Line 11 is the expectation, from column 10 on. */
#define OVER(expectation) PHONES "peers: [phone -> server]\nexpect: [" expectation "]\n"

static scenario_source source_of(const char *text, const char *const *override)
{
    scenario_source source = loading_text(text);
    source.overrides = override;
    source.override_count = *override ? 1 : 0;
    return source;
}

static scenario *load(const char *text, const char *override, scenario_diagnostics *faults)
{
    const scenario_source source = source_of(text, &override);
    return loading(&source, faults);
}

static scenario *load_good(const char *text, const char *override)
{
    const scenario_source source = source_of(text, &override);
    return loading_good(&source);
}

static void test_nodes(void)
{
    scenario *const whole = load_good(PHONES "  last: {}\n", NULL);
    static const char *const names[] = {"server", "phone-1", "phone-2", "phone-3", "phone-4", "last"};
    CU_ASSERT_EQUAL_FATAL(whole->node_count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        const scenario_node *const node = &whole->nodes[i];
        CU_ASSERT_STRING_EQUAL(node->name, names[i]);
        CU_ASSERT_EQUAL(scenario_node_index(whole, names[i]), i);
        CU_ASSERT_EQUAL(node->group != NULL, i > 0 && i < 5);
        CU_ASSERT_EQUAL(node->keepalive_ns, node->group ? 3000000000u : 15000000000u);
        CU_ASSERT_EQUAL(node->network_count, node->group ? 2 : i == 0);
    }
    CU_ASSERT_EQUAL_FATAL(whole->group_count, 1);
    CU_ASSERT_EQUAL(scenario_group_index(whole, "phone"), 0);
    CU_ASSERT_EQUAL(scenario_node_index(whole, "phone"), SCENARIO_NONE);
    CU_ASSERT_EQUAL(scenario_node_index(whole, "phone-5"), SCENARIO_NONE);
    CU_ASSERT_EQUAL(whole->groups[0].first, 1);
    CU_ASSERT_EQUAL(whole->groups[0].count, 4);
    scenario_free(whole);
}

/* Members' turns are a quarter of `spread` apart, and what `for` makes follows each. */
static void test_entries(void)
{
    scenario *const whole = load_good(
        PHONES "peers:\n  - {dial: phone -> server, at: 1s, spread: 1s}\n"
               "traffic:\n  - {flow: server -> phone, send: 100B, every: 20ms, at: 2s, spread: 2s}\n"
               "timeline:\n  - {at: 4s, migrate: phone -> server, network: wifi, spread: 4s, as: x}\n"
               "  - {at: 8500ms, blackhole: phone, network: lte, for: 100ms}\n",
        NULL);
    CU_ASSERT_EQUAL_FATAL(whole->peer_count, 4);
    CU_ASSERT_EQUAL_FATAL(whole->traffic_count, 4);
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 12);
    for (uint32_t i = 0; i < 4; i++) {
        const scenario_peer *const peer = &whole->peers[i];
        const scenario_traffic *const flow = &whole->traffic[i];
        const scenario_event *const move = &whole->events[i];
        CU_ASSERT(peer->dialer == i + 1 && peer->acceptor == 0);
        CU_ASSERT_EQUAL(peer->at_ns, 1000000000u + 250000000u * i);
        CU_ASSERT_EQUAL(scenario_peer_index(whole, 0, i + 1), i);
        CU_ASSERT(flow->from == 0 && flow->to == i + 1 && flow->peer == i);
        CU_ASSERT_EQUAL(flow->at_ns, 2000000000u + 500000000u * i);
        CU_ASSERT_EQUAL(flow->key, i);
        CU_ASSERT(move->verb == SCENARIO_MIGRATE && move->node == i + 1 && move->to == 0 && move->peer == i);
        CU_ASSERT_EQUAL(move->at_ns, UINT64_C(4000000000) + UINT64_C(1000000000) * i);
        CU_ASSERT_STRING_EQUAL(scenario_event_call(move)->label, "x");
        CU_ASSERT(whole->events[4 + i].verb == SCENARIO_BLACKHOLE && whole->events[4 + i].node == i + 1);
        CU_ASSERT(whole->events[8 + i].verb == SCENARIO_HEAL && whole->events[8 + i].node == i + 1);
        CU_ASSERT_EQUAL(whole->events[8 + i].at_ns, 8600000000u);
    }
    scenario_free(whole);
}

/* Member i is on number i of the list, and its turn is i steps, whatever the group's size; one alone is what
 * it is among all. */
static void test_turns(void)
{
#define TURNS                                                                                                \
    HEAD "  phone: {count: 5, networks: {each: [wifi], in_turn: [lte]}}\n"                                   \
         "  pad: {count: 4, networks: {in_turn: [lte, wifi]}}\n"                                             \
         "peers: [{dial: phone -> server, at: 1s, step: 300ms, within: 1s}, {dial: pad -> server, spread: "  \
         "2s}]\n"                                                                                            \
         "timeline: [{at: 5s, detach: pad, network: wifi, step: 1s}]\n"
    static const uint64_t dials_ms[] = {1000, 1300, 1600, 1900, 1200};
    scenario *whole = load_good(TURNS, "timeline=[]");
    for (uint32_t i = 0; i < 5; i++) {
        const scenario_node *const phone = &whole->nodes[1 + i];
        CU_ASSERT_EQUAL(phone->network_count, 2);
        CU_ASSERT(phone->networks[0] == 1 && phone->networks[1] == 0);
        CU_ASSERT_EQUAL(whole->peers[i].at_ns, dials_ms[i] * 1000000);
    }
    for (uint32_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(whole->nodes[6 + i].network_count, 1);
        CU_ASSERT_EQUAL(whole->nodes[6 + i].networks[0], i % 2);
    }
    CU_ASSERT_EQUAL(whole->groups[1].turns, 2);
    scenario_free(whole);
    const char *const alone[] = {"nodes.pad.only=4", "nodes.phone.only=5"};
    scenario_source source = loading_text(TURNS);
    source.overrides = alone;
    source.override_count = 2;
    whole = loading_good(&source);
    CU_ASSERT_EQUAL_FATAL(whole->node_count, 3);
    CU_ASSERT_STRING_EQUAL(whole->nodes[1].name, "phone-5");
    CU_ASSERT_STRING_EQUAL(whole->nodes[2].name, "pad-4");
    CU_ASSERT_EQUAL(whole->nodes[2].networks[0], 1);
    CU_ASSERT_EQUAL(whole->peers[0].at_ns, 1200000000);
    CU_ASSERT_EQUAL(whole->peers[1].at_ns, 1500000000);
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 1);
    CU_ASSERT_EQUAL(whole->events[0].at_ns, UINT64_C(8000000000));
    scenario_free(whole);
}

/* One expectation, with one for each member. */
static void test_expectations(void)
{
    scenario *const whole = load_good(OVER("{rebind: server, of: phone, p99.9: <= 60ms, share: 90%}, {path: "
                                           "server -> phone, is: lte, at: 9s}"),
                                      NULL);
    CU_ASSERT_EQUAL_FATAL(whole->expectation_count, 2);
    const scenario_over *const rebind = whole->expectations[0].over;
    CU_ASSERT_FATAL(rebind && rebind->count == 4 && rebind->members);
    CU_ASSERT_EQUAL(rebind->share.min, 900000000);
    CU_ASSERT_EQUAL_FATAL(rebind->percentile_count, 1);
    CU_ASSERT_EQUAL(rebind->percentiles[0].share_ppb, 999000000);
    CU_ASSERT_EQUAL(rebind->percentiles[0].bound.max, 60000000);
    for (uint32_t i = 0; i < 4; i++) {
        const scenario_flow *const flow = &whole->expectations[1].over->members[i].path.flow;
        CU_ASSERT(rebind->members[i].rebind.node == 0 && rebind->members[i].rebind.of == 1 + i);
        CU_ASSERT(flow->from == 0 && flow->to == 1 + i && flow->peer == i);
    }
    scenario_free(whole);
}

/* `all` is every peer of the node; a node or a group of that name comes first. */
static void test_all(void)
{
    scenario *whole = load_good(OVER("{rebind: server, of: all}, {never: peer_down, seen_by: all}"), NULL);
    CU_ASSERT_FATAL(whole->expectations[0].over && whole->expectations[0].over->count == 4);
    for (uint32_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(whole->expectations[0].over->members[i].rebind.of, 1 + i);
    CU_ASSERT_EQUAL(whole->expectations[1].never.seen_by.count, 0);
    CU_ASSERT_FALSE(whole->expectations[1].never.third);
    scenario_free(whole);
    whole = load_good(
        HEAD "  all: {networks: [lte]}\npeers: [all -> server]\nexpect: [{rebind: server, of: all}]\n", NULL);
    CU_ASSERT_PTR_NULL(whole->expectations[0].over);
    CU_ASSERT_EQUAL(whole->expectations[0].rebind.of, 1);
    scenario_free(whole);
}

/* A group's name stands for its members where nodes of a NAT are listed. */
static void test_bindings(void)
{
    scenario *const whole = load_good(
        "roam: 1\nname: t\nduration: 10s\nnetworks: {lte: {nat: home}, core: {}}\nnats: {home: {}}\n"
        "nodes: {phone: {count: 3, networks: [lte]}, laptop: {networks: [lte]}}\n"
        "timeline: [{at: 1s, expire: home, of: phone}, {at: 2s, expire: home, of: [laptop, phone]}]\n",
        NULL);
    static const uint32_t of[2][4] = {{0, 1, 2}, {3, 0, 1, 2}};
    for (size_t i = 0; i < 2; i++) {
        const scenario_subscribers *const found = &scenario_event_bindings(&whole->events[i])->subscribers;
        CU_ASSERT_EQUAL_FATAL(found->count, 3 + i);
        CU_ASSERT(memcmp(found->nodes, of[i], found->count * sizeof *found->nodes) == 0);
    }
    scenario_free(whole);
}

static void test_overrides(void)
{
    scenario *whole = load_good(PHONES "peers: [phone -> server]\n", "nodes.phone.count=2");
    CU_ASSERT_EQUAL(whole->node_count, 3);
    CU_ASSERT_EQUAL(whole->peer_count, 2);
    const uint64_t digest = whole->digest;
    scenario_free(whole);
    whole = load_good(PHONES "peers: [phone -> server]\nvary: {nodes.phone.count: [1, 3]}\n", NULL);
    CU_ASSERT_EQUAL(scenario_combination_count(whole), 2);
    CU_ASSERT_NOT_EQUAL(whole->digest, digest);
    scenario_free(whole);
}

static void test_explained(void)
{
    scenario *const whole =
        load_good(PHONES "peers:\n  - phone -> server\n"
                         "traffic:\n  - {flow: phone -> server, send: 100B, every: 20ms, spread: 40ms}\n"
                         "timeline:\n  - {at: 4s, detach: phone, network: lte, spread: 1s}\n"
                         "  - {at: 4s, detach: phone, network: wifi, spread: 1s}\n",
                  NULL);
    char *const said = loading_story(whole);
    CU_ASSERT_STRING_EQUAL(said,
                           "t: \n  lasts 10s, seed 1\n  node server on lte, listens on 4433\n"
                           "  group phone: 4 nodes phone-1 to phone-4 on lte, wifi\n"
                           "  network lte: delay 0s rate unlimited\n  network wifi: delay 0s rate unlimited\n"
                           "  phone dials server at 0s; round trip over lte 0s, wifi 0s, each of 4\n"
                           "  phone sends server 100B every 20ms from 0s, each of 4, one every 10ms\n"
                           "  4s detach phone network lte, each of 4, one every 250ms\n"
                           "  4s detach phone network wifi, each of 4, one every 250ms\n"
                           "  note: at 4s and 3 other times in the file's order: detach (line 15), "
                           "detach (line 16)\n"
                           "  note: no expectation applies\n");
    free(said);
    scenario_free(whole);
}

/* An entry is reported once, whatever its members do. */
static const struct {
    const char *text;
    const char *faults; /* each ends its line */
} FAULTS[] = {
    {HEAD "  phone: {count: 0}\n",
     "x.yaml:9:18: count: '0' is not a whole number from 1 to 150000: write for example 40\n"},
    {HEAD "  phone: {count: many}\n",
     "x.yaml:9:18: count: 'many' is not a whole number from 1 to 150000: write for example 40\n"},
    {HEAD "  a: {count: 100000}\n  b: {count: 60000}\n",
     "x.yaml:10:14: more than 150000 nodes, with those of all groups\n"},
    {HEAD "  a-name-of-twenty-nine-letters: {count: 10}\n",
     "x.yaml:9:3: 'a-name-of-twenty-nine-letters-10' is no name: it has more than 31 characters\n"},
    {PHONES "  phone-3: {}\n",
     "x.yaml:10:3: 'phone-3' is the name of a node of the group 'phone' too: rename one\n"},
    {HEAD "  phone-3: {}\n  phone: {count: 4}\n",
     "x.yaml:10:3: 'phone-3' is the name of a node of the group 'phone' too: rename one\n"},
    {PHONES "  phone-3: {count: 2}\n",
     "x.yaml:10:3: 'phone-3' is the name of a node of the group 'phone' too: rename one\n"},
    {HEAD "  phone: {count: 4, networks: [let], keepalve: 1s}\n",
     "x.yaml:9:32: unknown network 'let'; did you mean 'lte'?\n"
     "x.yaml:9:38: unknown key 'keepalve'; did you mean 'keepalive'?\n"},
    {PHONES "peers: [phone -> sever, phnoe -> server]\n",
     "x.yaml:10:18: unknown node 'sever'; did you mean 'server'?\n"
     "x.yaml:10:25: unknown node 'phnoe'; did you mean 'phone'?\n"},
    {PHONES "peers: [phone -> phone]\n",
     "x.yaml:10:18: 'phone' is a group, and an entry is made for the members of one group: write "
     "a node, for example phone-1\n"},
    {PHONES "peers: [phone -> phone-2]\n",
     "x.yaml:10:9: node 'phone-2' does not listen: give it for example listen: 4433\n"},
    {HEAD "  phone: {count: 4, only: 5}\n", "x.yaml:9:27: only: 'phone' has 4 members\n"},
    {HEAD "  phone: {count: 4, only: 0}\n",
     "x.yaml:9:27: only: '0' is not a whole number from 1 to 150000: write for example 7\n"},
    {HEAD "  phone: {only: 2}\n", "x.yaml:9:11: 'only' needs a group: write for example count: 40\n"},
    {HEAD "  phone: {count: 4, only: 2}\npeers: [phone-1 -> server]\n",
     "x.yaml:10:9: unknown node 'phone-1'; did you mean 'phone-2'?\n"},
    {HEAD "  phone: {networks: {in_turn: [lte]}}\n",
     "x.yaml:9:22: 'in_turn' needs a group: write for example count: 40\n"},
    {HEAD "  phone: {count: 4, networks: {in_turn: []}}\n",
     "x.yaml:9:41: in_turn: the list is empty: write for example [lte-1, lte-2]\n"},
    {HEAD "  phone: {count: 4, networks: {}}\n",
     "x.yaml:9:31: networks: neither 'each' nor 'in_turn': write for example {in_turn: [lte-1, lte-2]}\n"},
    {HEAD "  phone: {count: 4, networks: {in_turn: lte}}\n",
     "x.yaml:9:41: expected a list of networks, found a plain value: write for example [lte-1, lte-2]\n"},
    {HEAD "  phone: {count: 4, networks: {in_turm: [lte]}}\n",
     "x.yaml:9:32: unknown key 'in_turm'; did you mean 'in_turn'?\n"},
    {HEAD "  phone: {count: 4, networks: {in_turn: [lte, wifi], each: [wifi]}}\n",
     "x.yaml:9:47: 'wifi' is listed twice\n"},
    {PHONES "peers: [{dial: phone-1 -> server, step: 1s}]\n",
     "x.yaml:10:35: 'step' needs a group: a node with for example count: 40, named in the entry\n"},
    {PHONES "peers: [{dial: phone -> server, step: 1s, spread: 1s}]\n",
     "x.yaml:10:33: 'spread' and 'step' in one entry: spread is the time that all members take\n"},
    {PHONES "peers: [{dial: phone -> server, within: 1s}]\n",
     "x.yaml:10:33: 'within' needs 'step': write for example step: 1ms\n"},
    {PHONES "peers: [{dial: phone -> server, at: 9s, step: 400ms}]\n",
     "x.yaml:10:37: 10.2s is not before the end of the scenario (duration)\n"},
    {PHONES "timeline:\n  - {at: 9s, detach: phone, network: lte, step: 1s}\n",
     "x.yaml:11:49: step: the event of a member would be at 10s, but the scenario ends before (duration)\n"},
    {OVER("{path: phone -> server, is: let, at: 9s}"),
     "x.yaml:11:38: unknown network 'let'; did you mean 'lte'?\n"},
    {OVER("{gap: phone -> server, max: <= 1s}"),
     "x.yaml:11:16: no traffic flows phone-1 -> server: its gap cannot be measured\n"},
    {OVER("{rebind: phone, of: phone}"),
     "x.yaml:11:30: 'phone' is a group, and an entry is made for the members of one group: write "
     "a node, for example phone-1\n"},
    {HEAD "expect: [{rebind: server, of: all}]\n", "x.yaml:9:31: 'server' has no peers\n"},
    {OVER("{rebind: phone-1, of: server, share: 99%}"),
     "x.yaml:11:40: 'share' needs a group: a node with for example count: 40, named in the entry\n"},
    {OVER("{delivered: all, p99: <= 1s}"), "x.yaml:11:27: unknown key 'p99'; known: delivered, when\n"},
    {OVER("{rebind: server, of: phone, p30: <= 1s}"),
     "x.yaml:11:38: 'p30' is no percentile: write p50 to p99.9\n"},
    {OVER("{goodput: server -> phone, p90: <= 1s}"),
     "x.yaml:11:42: p90: unknown unit 's': write a rate like 20Mbps (units: bps kbps Mbps Gbps)\n"},
    {OVER("{rebind: server, of: phone, p99.99: <= 1s}"),
     "x.yaml:11:38: 'p99.99' is no percentile: write p50 to p99.9\n"},
    {OVER("{rebind: server, of: phone, p99: 1s..2ms}"),
     "x.yaml:11:43: p99: '1s..2ms' allows nothing: the smaller one comes first\n"},
    {OVER("{rebind: server, of: phone, share: 101%}"),
     "x.yaml:11:45: share: '101%' is no bound: write <= 120ms, 40ms..50ms or 40ms..\n"},
    {OVER("{rebind: server, of: phone, p50: <= 1s, p60: <= 1s, p70: <= 1s, p80: <= 1s, p90: <= 1s}"),
     "x.yaml:11:86: more than 4 percentiles\n"},
    {OVER("{peer: phone -> server, is: alive, p99: <= 1s}"),
     "x.yaml:11:45: 'p99': there is no percentile of a 'peer': write for example share: \">= 99%\"\n"},
    {OVER("{gap: phone-1 -> server}"),
     "x.yaml:11:10: an expectation needs 'max': write for example max: <= 500ms\n"
     "x.yaml:11:16: no traffic flows phone-1 -> server: its gap cannot be measured\n"},
    {PHONES "peers: [{dial: phone-1 -> server, spread: 1s}]\n",
     "x.yaml:10:35: 'spread' needs a group: a node with for example count: 40, named in the entry\n"},
    {PHONES "peers: [{dial: phone -> server, at: 9s, spread: 2s}]\n",
     "x.yaml:10:37: 10s is not before the end of the scenario (duration)\n"},
    {PHONES "timeline:\n  - {at: 9s, detach: phone, network: lte, spread: 2s}\n",
     "x.yaml:11:51: spread: the event of a member would be at 10s, but the scenario ends before "
     "(duration)\n"},
    {PHONES "timeline:\n  - {at: 10s, detach: phone, network: lte, spread: 2s}\n",
     "x.yaml:11:10: event at 10s, but the scenario ends before (duration)\n"},
    {PHONES "timeline:\n  - {at: 1s, attach: phone, network: lte, spread: 1s}\n",
     "x.yaml:11:5: attach: 'phone-1' is already on network 'lte' at 1s\n"},
    {PHONES "timeline:\n  - {at: 1s, detach: phone, network: lte, every: 1s, times: 3}\n"
            "  - {at: 3500ms, detach: phone-2, network: lte}\n",
     "x.yaml:11:5: detach: 'phone-1' is not on network 'lte' at 2s\n"
     "x.yaml:12:5: detach: 'phone-2' is not on network 'lte' at 3.5s\n"},
    {HEAD "  phone: {count: 4}\npeers: [phone -> server]\n",
     "x.yaml:10:9: 'phone-1' cannot dial 'server': it is on no network at 0s\n"},
    {PHONES "peers: [phone -> server]\ntimeline:\n  - {at: 1s, migrate: phone -> server, as: a}\n"
            "  - {at: 2s, reconnect: phone -> server, as: a}\n",
     "x.yaml:13:46: 'a' is the label of migrations: reconnects need another one\n"},
    {HEAD "  a: {count: 140000, networks: []}\n"
          "timeline:\n  - {at: 1s, permit: a, network: lte}\n  - {at: 2s, permit: a, network: lte}\n"
          "  - {at: 3s, permit: a, network: lte}\n",
     "x.yaml:13:22: more than 300000 entries, with one for each node of 'a'\n"},
};

static bool as_wanted(const scenario_diagnostics *faults, const char *wanted)
{
    for (size_t i = 0; i < faults->count; i++) {
        const size_t length = strlen(faults->items[i].text);
        if (strncmp(wanted, faults->items[i].text, length) != 0 || wanted[length] != '\n')
            return false;
        wanted += length + 1;
    }
    return *wanted == '\0' && faults->count == faults->total;
}

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        scenario *const whole = load(FAULTS[i].text, NULL, &faults);
        const bool good = !whole && as_wanted(&faults, FAULTS[i].faults);
        if (!good) {
            printf("\ncase %zu, want:\n%sgot:\n", i, FAULTS[i].faults);
            scenario_diagnostics_print(&faults, stdout);
        }
        CU_ASSERT(good);
        scenario_free(whole);
        scenario_diagnostics_fini(&faults);
    }
}

/* Look-ups that walk over all nodes or all peers take minutes here, and what ends faults by a walk over all
 * events, too. */
static void test_many(void)
{
    const clock_t before = clock();
    scenario *const whole =
        load_good("roam: 1\nname: t\nduration: 100s\nnetworks: {lte: {prefix: 11.0.0.0/8}}\n"
                  "nodes:\n  phone: {count: 50000, networks: [lte]}\n"
                  "  server: {networks: [lte], listen: 4433}\n"
                  "peers: [{dial: phone -> server, spread: 10s}]\n"
                  "timeline: [{at: 20s, blackhole: phone, network: lte, for: 1s}]\n",
                  NULL);
    const double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    CU_ASSERT_EQUAL(whole->event_count, 100000);
    CU_ASSERT_EQUAL(scenario_peer_index(whole, 50000, 49999), 49999);
    CU_ASSERT_EQUAL(scenario_node_index(whole, "phone-50000"), 49999);
    if (seconds > 10)
        printf("\n  took %f s of processor time\n", seconds);
    CU_ASSERT(seconds <= 10);
    scenario_free(whole);
}

static const check_test TESTS[] = {{"nodes", test_nodes},
                                   {"entries", test_entries},
                                   {"turns", test_turns},
                                   {"expectations", test_expectations},
                                   {"all", test_all},
                                   {"bindings", test_bindings},
                                   {"overrides", test_overrides},
                                   {"explained", test_explained},
                                   {"faults", test_faults},
                                   {"many", test_many}};
CHECK_MAIN("scenario groups", TESTS)
