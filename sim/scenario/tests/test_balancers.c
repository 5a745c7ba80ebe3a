/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balancers, what names them, and what cannot be, as the loader reads them. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 10s\n"                                                                      \
    "nats: {home: {pool: 203.0.113.9}}\n"                                                                    \
    "networks: {lte: {}, edge: {}, six: {family: ipv6}, inner: {nat: home}}\n"                               \
    "nodes:\n"                                                                                               \
    "  phone: {networks: [lte]}\n"                                                                           \
    "  s1: {networks: [edge], listen: 4433}\n"                                                               \
    "  s2: {networks: [edge], listen: 4433}\n"                                                               \
    "  s3: {networks: [edge], listen: 443}\n"                                                                \
    "  mute: {networks: [edge]}\n"                                                                           \
    "  mallory: {networks: [edge], attacker: true}\n"                                                        \
    "balancers:\n"
#define VIP "  vip: {address: 192.0.2.1, to: [s1, s2]}\n"
#define CDN "  cdn: {address: 192.0.2.1, to: [s1, s2], by: route}\n"
#define PEERS "peers: [phone -> vip]\n"

static void expect(const char *rest, const char *fault)
{
    char text[2048];
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    (void)snprintf(text, sizeof text, HEAD "%s", rest);
    const scenario_source source = loading_text(text);
    scenario *const loaded = loading(&source, &faults);
    CHECK_STRING(faults.count ? faults.items[0].text : "", fault, "%s", rest);
    CHECK(loaded == NULL, *fault != '\0', "refused: %s", rest);
    scenario_diagnostics_fini(&faults);
    scenario_free(loaded);
}

static void test_sections(void)
{
    static const char *const cases[][2] = {
        {"  vip: {to: [s1]}\n",
         "x.yaml:14:8: a balancer needs 'address': write for example address: 10.250.0.1"},
        {"  vip: {address: here, to: [s1]}\n",
         "x.yaml:14:18: address: 'here' is no address: write for example 10.250.0.1"},
        {"  vip: {address: 192.0.2.0/24, to: [s1]}\n",
         "x.yaml:14:18: address: '192.0.2.0/24' is no address: write for example 10.250.0.1"},
        {"  vip: {address: 10.2.0.7, to: [s1]}\n",
         "x.yaml:14:18: address: 10.2.0.7 is of a network, a NAT or "
         "another balancer: write one outside of them"},
        {"  vip: {address: 203.0.113.9, to: [s1]}\n",
         "x.yaml:14:18: address: 203.0.113.9 is of a network, a NAT "
         "or another balancer: write one outside of them"},
        {VIP "  v2: {address: 192.0.2.1, to: [s3]}\n",
         "x.yaml:15:17: address: 192.0.2.1 is of a network, a NAT or "
         "another balancer: write one outside of them"},
        {"  vip: {address: 192.0.2.1}\n",
         "x.yaml:14:8: a balancer needs 'to': write for example to: [s1, s2]"},
        {"  vip: {address: 192.0.2.1, to: []}\n", "x.yaml:14:33: to: 0 servers: write 1 to 250"},
        {"  vip: {address: 192.0.2.1, to: [s1, s1]}\n", "x.yaml:14:38: 's1' is behind 'vip' already"},
        {VIP "  v2: {address: 192.0.2.2, to: [s1]}\n", "x.yaml:15:33: 's1' is behind 'vip' already"},
        {VIP "  v2: {address: 192.0.2.2, to: [vip]}\n",
         "x.yaml:15:33: 'vip' is a balancer, which serves nobody: name one of its servers"},
        {"  vip: {address: 192.0.2.1, to: [s1, s3]}\n",
         "x.yaml:14:38: 's3' listens on 443, and 's1' on 4433: a balancer has one port"},
        {"  vip: {address: 192.0.2.1, to: [mute]}\n",
         "x.yaml:14:34: 'mute' does not listen, so it cannot be behind "
         "'vip': give it for example listen: 4433"},
        {"  vip: {address: 192.0.2.1, to: [mallory]}\n",
         "x.yaml:14:34: 'mallory' is an attacker, which cannot be behind a balancer"},
        {"  s2: {address: 192.0.2.1, to: [s1]}\n",
         "x.yaml:14:3: 's2' is a node and a balancer: rename one of them"},
        {"  vip: {address: 192.0.2.1, to: [s1], network: inner}\n",
         "x.yaml:14:48: 'inner' is behind a NAT, where no balancer leads"},
        {"  vip: {address: 192.0.2.1, to: [s1], network: six}\n",
         "x.yaml:14:48: 'six' has another family than the address"},
        {"  vip: {address: 192.0.2.1, to: [s1], rotation: 1}\n",
         "x.yaml:14:39: 'rotation' is about by: connection-id"},
        {"  vip: {address: 192.0.2.1, to: [s1], by: connection-id, rotation: 7}\n",
         "x.yaml:14:68: rotation: '7' is not a whole number from 0 to 6: write for example 0"},
        /* None. */
        {VIP PEERS, ""},
        {"  vip: {address: 192.0.2.1, to: [s1, s2], by: connection-id, rotation: 6, network: edge}\n" PEERS,
         ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i][0], cases[i][1]);
}

static void test_uses(void)
{
    static const char *const cases[][2] = {
        {VIP "peers: [phone -> s1]\n",
         "x.yaml:15:9: 's1' is a server behind 'vip', which its clients dial: -> vip"},
        {VIP "peers: [vip -> s3]\n",
         "x.yaml:15:9: 'vip' is a balancer, which dials nobody: name one of its servers"},
        {VIP PEERS "timeline:\n  - {at: 1s, restart: vip}\n",
         "x.yaml:17:5: 'vip' is a balancer, which is no host: name one of its servers"},
        {VIP PEERS "timeline:\n  - {at: 1s, attach: vip, network: lte}\n",
         "x.yaml:17:5: 'vip' is a balancer, which is no host: name one of its servers"},
        {VIP PEERS "timeline:\n  - {at: 1s, drain: phone, server: s1}\n",
         "x.yaml:17:21: 'phone' is no balancer"},
        {VIP PEERS "timeline:\n  - {at: 1s, drain: vip, server: s3}\n",
         "x.yaml:17:34: 's3' is no server of 'vip'"},
        {VIP PEERS "timeline:\n  - {at: 1s, reroute: vip, server: s1}\n",
         "x.yaml:17:23: reroute is about balancers by: route; 'vip' has drain, remove and restore"},
        {CDN "timeline:\n  - {at: 1s, remove: cdn, server: s1}\n",
         "x.yaml:16:22: 'cdn' is by: route, which only reroute changes"},
        {VIP PEERS "expect:\n  - {lands: phone -> vip}\n",
         "x.yaml:17:5: lands needs 'on', 'times' or 'servers': write for example on: s1"},
        {VIP PEERS "expect:\n  - {lands: phone -> vip, on: s3}\n",
         "x.yaml:17:31: 's3' is no server of 'vip'"},
        {VIP "peers: [phone -> s3]\nexpect:\n  - {lands: phone -> s3, times: 1}\n",
         "x.yaml:17:13: 's3' is no balancer, on whose servers connections land"},
        /* None. */
        {VIP PEERS "timeline:\n  - {at: 1s, drain: vip, server: s1}\n  - {at: 2s, restart: s1}\n"
                   "  - {at: 3s, migrate: phone -> vip}\nexpect:\n  - {lands: phone -> vip, on: s2}\n",
         ""},
        {CDN "timeline:\n  - {at: 1s, reroute: cdn, server: s2, from: lte}\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i][0], cases[i][1]);
}

/* The service is the last node, with the port of its servers; they know whose they are. */
static void test_nodes(void)
{
    const scenario_source source = loading_text(HEAD VIP PEERS);
    scenario *const loaded = loading_good(&source);
    const uint32_t vip = scenario_node_index(loaded, "vip");
    const uint32_t s2 = scenario_node_index(loaded, "s2");
    CHECK(vip, loaded->node_count - 1, "index of the service");
    CHECK(loaded->nodes[vip].listen, 4433, "its port");
    CHECK(scenario_end_of(loaded, s2), vip, "of a server");
    CHECK(scenario_end_of(loaded, 0), 0, "of the phone");
    CHECK(scenario_end_of(loaded, SCENARIO_NONE), SCENARIO_NONE, "of nobody");
    CHECK(scenario_server_of(&loaded->balancers[0], s2), 1, "number of s2");
    CHECK(scenario_server_of(&loaded->balancers[0], vip), SCENARIO_NONE, "number of no server");
    CHECK(loaded->balancers[0].network, SCENARIO_NONE, "network");
    scenario_free(loaded);
}

static const check_test TESTS[] = {{"sections", test_sections}, {"uses", test_uses}, {"nodes", test_nodes}};
CHECK_MAIN("balancers", TESTS)
