/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NATs as operators meet them: static mappings, firewalls, prefix translation, lifetimes; what is said about
 * what is wrong, and in words. */
#include "core/tests/check.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 3; `nats:` of a case begins on line 4. */
#define HEAD "roam: 1\nname: t\nduration: 20s\n"
/* A house whose network has that line, and the server in it. */
#define HOUSE(home, more, network) HOUSE_AND("{delay: 1ms}", home, more, network)
#define HOUSE_AND(dc, home, more, network)                                                                   \
    HEAD "nats:\n  home: " home "\n" more "networks:\n  house: " network "\n  dc: " dc                       \
         "\nnodes:\n  laptop: {networks: [dc]}\n"                                                            \
         "  server: {networks: [house], listen: 4433}\n  silent: {networks: [house]}\n"                      \
         "peers: [laptop -> server]\n"
#define FORWARDS(list) HOUSE("{forwards: " list "}", "", "{nat: home}")
#define SIX(home, more) HOUSE_AND("{family: ipv6}", home, more, "{family: ipv6, nat: home}")

#define HOME(home) HOUSE(home, "", "{nat: home}")
#define EVENT(home, event) HOME(home) "timeline:\n  - {at: 1s, " event "}\n"

static void test_forwards(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {FORWARDS("[8443 -> server, 443->server:80]"), ""},
        {FORWARDS("8443 -> server"), "x.yaml:5:20: expected a list of ports and nodes, found a plain "
                                     "value: write for example [8443 -> server:4433]"},
        {FORWARDS("[]"), "x.yaml:5:20: forwards: 1 to 64 of them: write for example [8443 -> server:4433]"},
        {FORWARDS("[server:80]"), "x.yaml:5:21: forwards: 'server:80' is no port and no node: write for "
                                  "example 8443 -> server:4433"},
        {FORWARDS("[0 -> server]"), "x.yaml:5:21: forwards: '0 -> server' is no port and no node: write for "
                                    "example 8443 -> server:4433"},
        {FORWARDS("[65536 -> server]"), "x.yaml:5:21: forwards: '65536 -> server' is no port and no node: "
                                        "write for example 8443 -> server:4433"},
        {FORWARDS("[80 -> server:x]"), "x.yaml:5:21: forwards: '80 -> server:x' is no port and no node: "
                                       "write for example 8443 -> server:4433"},
        {FORWARDS("[80 -> sever]"), "x.yaml:5:21: unknown node 'sever'; did you mean 'server'?"},
        {FORWARDS("[80 -> laptop]"), "x.yaml:5:21: forwards: 'laptop' is on no network whose NAT is 'home'"},
        {FORWARDS("[80 -> silent]"), "x.yaml:5:21: forwards: 'silent' does not listen: give the port, for "
                                     "example 8443 -> server:4433"},
        {FORWARDS("[80 -> server, 80 -> silent:1]"), "x.yaml:5:35: forwards: port 80 is forwarded twice"},
        {FORWARDS("[80 -> server, 81 -> server:4433]"),
         "x.yaml:5:35: forwards: two ports for port 4433 of 'server'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        loading_expect_fault(cases[i].text, cases[i].fault);
}

static void test_prefixes(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {SIX("{kind: nptv6, pool: '2001:db8:1::/48'}", ""), ""},
        {SIX("{kind: nptv6}", ""),
         "x.yaml:5:3: 'home' needs one prefix that it has outside: write for example pool: "
         "'2001:db8:1::/48'"},
        {SIX("{kind: nptv6, pool: '2001:db8:1::/80'}", ""),
         "x.yaml:5:30: pool: '2001:db8:1::/80' is no IPv6 prefix of 16 to 64 bits: write for example "
         "'2001:db8:1::/48'"},
        {SIX("{kind: nptv6, pool: '2001:db8:1::/48', timeout: 20s}", ""),
         "x.yaml:5:48: 'timeout' is about bindings, and nptv6 has none: it translates prefixes (RFC 6296)"},
        {HOUSE("{kind: nptv6, pool: '2001:db8:1::/48'}", "", "{nat: home}"),
         "x.yaml:7:3: network 'house' is ipv4, and 'home' translates IPv6 prefixes (RFC 6296): write family: "
         "ipv6"},
        {HOUSE_AND("{family: ipv6}", "{kind: nptv6, pool: '2001:db8:1::/64'}", "",
                   "{family: ipv6, prefix: 'fd01::/48', nat: home}"),
         "x.yaml:7:3: the prefix of 'house' has 48 bits, and the pool of 'home' 64: it has no room for all "
         "of its addresses"},
        {HOUSE_AND("{family: ipv6}", "{kind: nptv6, pool: '2001:db8:1::/48'}", "",
                   "{family: ipv6, nat: home}\n  flat: {family: ipv6, nat: home}"),
         "x.yaml:8:3: 'flat' is a second network behind 'home', which translates the prefix of one"},
        {SIX("{kind: nptv6, pool: '2001:db8:1::/48'}", "  away: {behind: home}\n"),
         "x.yaml:6:18: 'home' is of kind nptv6, which translates the prefix of one network: no NAT is behind "
         "it"},
        {SIX("{kind: nptv6, pool: '2001:db8:1::/48', behind: away}", "  away: {pool: '2001:db8:2::1'}\n"),
         "x.yaml:5:56: 'home' is of kind nptv6, which may be behind a firewall, and 'away' is none"},
        {SIX("{kind: nptv6, pool: '2001:db8:1::/48'}", "") "timeline:\n  - {at: 1s, expire: home, of: all}\n",
         "x.yaml:15:22: expire: 'home' is of kind nptv6 and has no bindings"},
        {SIX("{kind: nptv6, pool: '2001:db8:1::/48'}",
             "") "timeline:\n  - {at: 1s, renumber: house, prefix: 'fd02::/64'}\n",
         "x.yaml:15:40: prefix: 'home' translates the prefix that the network has: change its pool"},
        {SIX("{}", ""),
         "x.yaml:7:3: network 'house' is ipv6 and its NAT 'home' ipv4: NAT64 (RFC 6146) is not simulated, a "
         "datagram keeps its family from end to end, and so do its checksums and the path that QUIC "
         "validates; give the pool IPv6 addresses, or nodes a network of each family"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        loading_expect_fault(cases[i].text, cases[i].fault);
}

static void test_options(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {HOME("{lifetime: 50s, quarantine: 120s, mid_flow: drop}"), ""},
        {HOME("{kind: home-router, quarantine: 120s}"),
         "x.yaml:5:3: 'home' overloads its ports: none is free or taken, so none can be in quarantine"},
        {HOME("{lifetime: 50s..75s}"), ""},
        {HOME("{lifetime: 75s..50s}"),
         "x.yaml:5:20: lifetime: '75s..50s' allows nothing: the smaller one comes first"},
        {HOME("{lifetime: 50s..}"),
         "x.yaml:5:20: lifetime: '50s..' is one end of a range: write for example 50s..75s"},
        {HOME("{lifetime: <= 75s}"),
         "x.yaml:5:20: lifetime: '<= 75s' is one end of a range: write for example 50s..75s"},
        {HOME("{lifetime: 0s..1s}"), "x.yaml:5:20: lifetime: 0s is too small: at least 1ms"},
        {HOME("{lifetime: 0s}"), "x.yaml:5:20: lifetime: 0s is too small: at least 1ms"},
        {HOME("{mid_flow: refuse}"), "x.yaml:5:20: unknown mid_flow 'refuse'; known: pass, drop"},
        {HOUSE("{kind: firewall, timeout: 20s, mid_flow: drop}", "  away: {kind: firewall, behind: home}\n",
               "{nat: away}"),
         ""},
        {HOME("{kind: firewall, ports: random}"),
         "x.yaml:5:26: 'ports' is about ports and addresses, and a firewall translates neither"},
        {HOME("{kind: nat64}"),
         "x.yaml:5:16: kind: NAT64 (RFC 6146) is not simulated, a datagram keeps its family from end to end, "
         "and so do its checksums and the path that QUIC validates: give nodes a network of each family, or "
         "write kind: nptv6 for IPv6 on both sides"},
        {EVENT("{}", "stale: home, of: server, direction: down"), ""},
        {EVENT("{}", "stale: home, of: 3, over: 1s"), ""},
        {EVENT("{}", "stale: home"), "x.yaml:15:5: stale needs 'of': write for example of: laptop"},
        {EVENT("{}", "stale: home, of: all, direction: in"),
         "x.yaml:15:47: unknown direction 'in'; known: both, up, down"},
        {EVENT("{kind: firewall}", "shuffle: home, change: port, of: all"),
         "x.yaml:15:23: shuffle: 'home' is a firewall, which gives out no ports and no addresses"},
        {EVENT("{kind: firewall}", "stale: home, of: all"), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        loading_expect_fault(cases[i].text, cases[i].fault);
}

#define RENUMBER(more)                                                                                       \
    HOME("{}") "timeline:\n  - {at: 1s, renumber: dc, prefix: 10.9.0.0/16, overlap: 5s}\n" more

static void test_addresses(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {EVENT("{}", "regenerate: server, network: house, overlap: 2s, every: 3s"), ""},
        {EVENT("{}", "regenerate: server, network: dc"),
         "x.yaml:15:5: regenerate: 'server' is not on network 'dc' at 1s"},
        {EVENT("{}", "regenerate: server, network: house, overlap: 0s"),
         "x.yaml:15:59: overlap: 0s is too small: at least 1ns"},
        {RENUMBER("  - {at: 6s, renumber: dc, prefix: 10.2.0.0/16}\n"), ""},
        {RENUMBER("  - {at: 5999ms, renumber: dc, prefix: 10.8.0.0/16}\n"),
         "x.yaml:16:5: renumber: old addresses of 'dc' stay until 6s (overlap)"},
        {RENUMBER("  - {at: 2s, renumber: house, prefix: 10.2.0.0/16}\n"),
         "x.yaml:16:5: renumber: old addresses of 'dc' stay until 6s (overlap)"},
        {RENUMBER("  - {at: 7s, renumber: house, prefix: 10.2.0.0/16}\n"), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        loading_expect_fault(cases[i].text, cases[i].fault);
}

static void test_lifetimes(void)
{
    static const struct {
        const char *text;
        uint64_t least_s, most_s;
        const char *said;
    } cases[] = {{HOME("{}"), 0, 0, ""},
                 {HOME("{lifetime: 50s}"), 50, 50, "bindings end at an age of 50s, idle"},
                 {HOME("{lifetime: 50s..75s}"), 50, 75,
                  "bindings end at an age of 50s to 75s, each at its own, idle"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const scenario_source source = loading_text(cases[i].text);
        scenario *const whole = loading_good(&source);
        char *const said = loading_story(whole);
        CHECK(whole->nats[0].options.lifetime_ns, cases[i].least_s * 1000000000, "least");
        CHECK(whole->nats[0].options.lifetime_most_ns, cases[i].most_s * 1000000000, "most");
        CHECK_CONTAINS(said, cases[i].said, "told");
        free(said);
        scenario_free(whole);
    }
}

static void test_explained(void)
{
    const scenario_source source = loading_text(
        HOUSE("{lifetime: 50s, quarantine: 2min, mid_flow: drop, forwards: [443 -> server]}",
              "  wall: {kind: firewall, timeout: 20s}\n  site: {kind: nptv6, pool: '2001:db8:1::/48'}\n",
              "{nat: home}\n  office: {nat: wall}\n  six: {family: ipv6, nat: site}"));
    scenario *whole = loading_good(&source);
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        said,
        "preserved, else the next one, port 443 leads to server:4433, ports rest for 2min, flows begin with "
        "a "
        "handshake, bindings end at an age of 50s, idle bindings gone after 2min without a packet out\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "  NAT wall: firewall: only answers pass inwards, idle bindings gone after 20s "
                     "(30s until answered and 2s old) without a packet\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "  NAT site: nptv6: 2001:db8:1::/48 stands for fd00:3::/48, without state\n"));
    free(said);
    scenario_free(whole);
}

static const check_test TESTS[] = {{"static mappings", test_forwards},
                                   {"prefixes", test_prefixes},
                                   {"options and the verb stale", test_options},
                                   {"addresses beside others", test_addresses},
                                   {"lifetimes", test_lifetimes},
                                   {"explained", test_explained}};
CHECK_MAIN("scenario nat kinds", TESTS)
