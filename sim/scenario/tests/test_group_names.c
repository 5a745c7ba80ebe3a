/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a group's name stands besides the node that an entry is about: relays, contacts and victims in turn,
 * remotes, attackers and servers each, and where it cannot. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 14. Nodes: server-1 0, server-2 1, relay-1 2 to relay-3 4, mallory-1 5, mallory-2 6,
 * bystander-1 7, bystander-2 8, phone-1 9 to phone-5 13, laptop 14. */
#define WORLD                                                                                                \
    "roam: 1\nname: t\nduration: 10s\nnetworks: {lte: {nat: home}, core: {}, edge: {}}\n"                    \
    "nats: {home: {mapping: address-and-port-dependent}}\nnodes:\n"                                          \
    "  server: {count: 2, networks: [core], listen: 4433}\n"                                                 \
    "  relay: {count: 3, networks: [core], relay: server-1}\n"                                               \
    "  mallory: {count: 2, networks: [core], attacker: true}\n"                                              \
    "  bystander: {count: 2, networks: [core]}\n"                                                            \
    "  phone: {count: 5, networks: [lte]}\n"                                                                 \
    "  laptop: {networks: [lte]}\n"                                                                          \
    "peers: [{dial: phone -> server-1, via: relay}, laptop -> server-1, phone -> server-2]\n"
enum { RELAY = 2, MALLORY = 5, BYSTANDER = 7, PHONE = 9 };

static scenario *load(const char *text)
{
    const scenario_source source = loading_text(text);
    return loading_good(&source);
}

static void test_in_turn(void)
{
    scenario *const whole = load(
        WORLD
        "timeline:\n  - {at: 1s, reconnect: phone -> server-1, via: relay}\n"
        "  - {at: 2s, attack: mallory-1, kind: spoofed-source, of: phone -> server-1, victim: bystander}\n");
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 10);
    for (uint32_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(whole->peers[i].via, RELAY + i % 3);
        CU_ASSERT_EQUAL(whole->events[i].node, PHONE + i);
        CU_ASSERT_EQUAL(whole->events[i].via, RELAY + i % 3);
        CU_ASSERT_EQUAL(scenario_event_attack(&whole->events[5 + i])->from, PHONE + i);
        CU_ASSERT_EQUAL(scenario_event_attack(&whole->events[5 + i])->victim, BYSTANDER + i % 2);
    }
    scenario_free(whole);
}

/* One alone has the turn that it has among all. */
static void test_alone(void)
{
    const char *const only = "nodes.phone.only=5";
    scenario_source source = loading_text(WORLD);
    source.overrides = &only;
    source.override_count = 1;
    scenario *const whole = loading_good(&source);
    CU_ASSERT_STRING_EQUAL(whole->nodes[whole->peers[0].dialer].name, "phone-5");
    CU_ASSERT_EQUAL(whole->peers[0].via, RELAY + 1);
    scenario_free(whole);
}

static void test_contacts(void)
{
    scenario *const whole =
        load("roam: 1\nname: t\nduration: 10s\nnetworks: {lte: {}}\nnodes:\n"
             "  seed: {count: 2, networks: [lte], listen: 4433, membership: {}}\n"
             "  phone: {count: 3, networks: [lte], listen: 4433, membership: {}}\n"
             "timeline: [{at: 1s, join: seed-2, contact: seed-1}, {at: 2s, join: phone, contact: seed}]\n");
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 4);
    for (uint32_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(whole->events[1 + i].node, 2 + i);
        CU_ASSERT_EQUAL(whole->events[1 + i].to, i % 2);
    }
    scenario_free(whole);
}

/* An entry for each member: attackers, remotes, and servers of a balancer, of which a group stands in `to`.
 */
static void test_each(void)
{
    scenario *whole =
        load(WORLD "timeline:\n  - {at: 1s, expire: home, of: [phone, laptop], to: server, step: 1s}\n"
                   "  - {at: 3s, attack: mallory, kind: off-path-forward, of: phone-1 -> server-1}\n");
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 4);
    for (uint32_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(whole->events[i].to, i);
        CU_ASSERT_EQUAL(whole->events[i].at_ns, UINT64_C(1000000000) * (1 + i));
        CU_ASSERT_EQUAL(scenario_event_bindings(&whole->events[i])->subscribers.count, 6);
        CU_ASSERT_EQUAL(whole->events[2 + i].node, MALLORY + i);
    }
    scenario_free(whole);
    whole = load("roam: 1\nname: t\nduration: 10s\nnetworks: {lte: {}}\nnodes:\n"
                 "  s: {count: 3, networks: [lte], listen: 4433}\n  phone: {count: 2, networks: [lte]}\n"
                 "balancers: {vip: {network: lte, address: 10.250.0.1, to: [s]}}\npeers: [phone -> vip]\n"
                 "timeline: [{at: 1s, drain: vip, server: s, spread: 3s}]\n"
                 "expect: [{lands: phone -> vip, servers: 1, share: 50%}]\n");
    CU_ASSERT_EQUAL_FATAL(whole->balancer_count, 1);
    CU_ASSERT_EQUAL(whole->balancers[0].server_count, 3);
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 3);
    for (uint32_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(whole->events[i].node, i);
    CU_ASSERT(whole->expectations[0].over && whole->expectations[0].over->count == 2);
    scenario_free(whole);
}

static void test_expectations(void)
{
    scenario *const whole = load(WORLD "expect: [{reconnects: phone -> server-1, p90: <= 5s, share: 80%}]\n");
    const scenario_over *const over = whole->expectations[0].over;
    CU_ASSERT_FATAL(over && over->count == 5 && over->percentile_count == 1);
    for (uint32_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(over->members[i].reconnects.flow.from, PHONE + i);
        CU_ASSERT_EQUAL(over->members[i].reconnects.count.min, 0);
    }
    scenario_free(whole);
}

static void test_told(void)
{
    scenario *const whole =
        load(WORLD "timeline:\n  - {at: 1s, expire: home, of: all, to: server}\n"
                   "  - {at: 2s, reconnect: phone -> server-1, via: relay}\n"
                   "  - {at: 3s, attack: mallory, kind: off-path-forward, of: phone-1 -> server-1}\n"
                   "  - {at: 3s, attack: mallory-1, kind: off-path-forward, of: phone -> server-1}\n");
    static const char *const LINES[] = {
        "  phone dials server-1 at 0s via each of relay in turn; ",
        "  1s expire NAT home for all -> server, each of 2\n",
        "  2s reconnect phone -> server-1 via each of relay in turn within 5s, each of 5\n",
        "  3s attack mallory -> server-1: off-path-forward of phone-1, each of 2\n",
        "  3s attack mallory-1 -> server-1: off-path-forward of phone, each of 5\n"};
    char *const said = loading_story(whole);
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(said, LINES[i]));
    free(said);
    scenario_free(whole);
}

#define ONE_GROUP "an entry is made for the members of one group: write a node, for example "
#define NO_OTHER                                                                                             \
    "its members take turns for those of another group, which the entry does not name: write a node, "

static void test_refused(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } CASES[] = {
        {WORLD "timeline: [{at: 1s, dial: laptop -> server-1, via: relay}]\n",
         "x.yaml:14:52: 'relay' is a group, and " NO_OTHER "for example relay-1"},
        {WORLD "timeline: [{at: 1s, expire: home, of: 2, to: server}]\n",
         "x.yaml:14:39: of: 2: drawn for each member of 'server' anew: write whose, for example all"},
        {WORLD "timeline: [{at: 1s, attack: mallory, kind: off-path-forward, of: phone -> server-1}]\n",
         "x.yaml:14:66: 'phone' is a group, and " ONE_GROUP "phone-1"},
        {WORLD "timeline: [{at: 1s, drain: phone, server: server-1}]\n",
         "x.yaml:14:28: 'phone' is a group, and a group is no balancer: write a node, for example phone-1"},
        {WORLD "expect: [{lands: phone -> server-1, on: server}]\n",
         "x.yaml:14:41: 'server' is a group, and a connection is on one server: write a node, for example "
         "server-1"},
        {WORLD "known_fault: {reference: x, node: phone, expect: [{rules: none broken}]}\n",
         "x.yaml:14:35: 'phone' is a group, and a known fault is of one node: write a node, for example "
         "phone-1"},
        {"roam: 1\nname: t\nduration: 1s\nnetworks: {a: {}}\nnodes: {s: {count: 2, networks: [a], listen: "
         "1}, "
         "r: {networks: [a], relay: s}}\n",
         "x.yaml:5:76: 's' is a group, and a relay leads to one node: write a node, for example s-1"},
        {"roam: 1\nname: t\nduration: 1s\nnetworks: {a: {nat: h}}\nnats: {h: {forwards: [443 -> s:443]}}\n"
         "nodes: {s: {count: 2, networks: [a]}}\n",
         "x.yaml:5:23: 's' is a group, and a port leads to one node: write a node, for example s-1"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        loading_expect_fault(CASES[i].text, CASES[i].fault);
}

static const check_test TESTS[] = {{"in turn", test_in_turn},
                                   {"alone", test_alone},
                                   {"contacts", test_contacts},
                                   {"each", test_each},
                                   {"expectations", test_expectations},
                                   {"told", test_told},
                                   {"refused", test_refused}};
CHECK_MAIN("names of groups", TESTS)
