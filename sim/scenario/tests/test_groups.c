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
    char *said = NULL;
    size_t bytes = 0;
    FILE *const stream = open_memstream(&said, &bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    scenario_explain(whole, stream);
    fclose(stream);
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
     "x.yaml:9:18: count: '0' is not a whole number from 1 to 100000: write for example 40\n"},
    {HEAD "  phone: {count: many}\n",
     "x.yaml:9:18: count: 'many' is not a whole number from 1 to 100000: write for example 40\n"},
    {HEAD "  a: {count: 60000}\n  b: {count: 60000}\n",
     "x.yaml:10:14: more than 100000 nodes, with those of all groups\n"},
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
     "x.yaml:10:18: 'phone' is a group: only a node can stand here, for example phone-1\n"},
    {PHONES "peers: [phone -> phone-2]\n",
     "x.yaml:10:9: node 'phone-2' does not listen: give it for example listen: 4433\n"},
    {PHONES "peers: [phone -> server]\nexpect: [{path: phone -> server, is: lte, at: 9s}]\n",
     "x.yaml:11:17: 'phone' is a group: only a node can stand here, for example phone-1\n"},
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
    {HEAD "  a: {count: 60000, networks: []}\n"
          "timeline:\n  - {at: 1s, permit: a, network: lte}\n  - {at: 2s, permit: a, network: lte}\n",
     "x.yaml:12:22: more than 100000 entries, with one for each node of 'a'\n"},
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

static const check_test TESTS[] = {{"nodes", test_nodes},         {"entries", test_entries},
                                   {"overrides", test_overrides}, {"explained", test_explained},
                                   {"faults", test_faults},       {"many", test_many}};
CHECK_MAIN("scenario groups", TESTS)
