/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `preferred_address` and `ignore_preferred_address` of a node's `quic`: their values, and what is refused.
 */
#include "core/tests/check.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdlib.h>

/* Line 6 is the server; the value of its preferred_address begins in column 76. */
#define FILE_WITH(server, more)                                                                              \
    "roam: 1\nname: t\nduration: 20s\n"                                                                      \
    "networks: {a: {}, b: {}, c: {nat: n}, a6: {family: ipv6}, b6: {family: ipv6}, z: {}}\nnodes:\n"         \
    "  s: {networks: [a, b, c, a6, b6], listen: 4433, quic: {preferred_address: " server "}}\n"              \
    "  x: {networks: [a]}\n"                                                                                 \
    "  y: {networks: [a], quic: {ignore_preferred_address: true}}\n"                                         \
    "  w: {networks: [a, b], listen: 4433}\nnats: {n: {}}\npeers: [x -> s, y -> s, x -> w]\n" more

static void test_values(void)
{
    const scenario_source one = loading_text(FILE_WITH("b", ""));
    const scenario_source two = loading_text(FILE_WITH("[b6, b]", ""));
    scenario *whole = loading_good(&one);
    CHECK(whole->nodes[0].preferred[SCENARIO_IPV4], 1, "of IPv4");
    CHECK(whole->nodes[0].preferred[SCENARIO_IPV6], SCENARIO_NONE, "of IPv6");
    CHECK(whole->nodes[0].quic.ignore_preferred_address, false, "s follows");
    CHECK(whole->nodes[2].quic.ignore_preferred_address, true, "y does not");
    CHECK(whole->nodes[1].preferred[SCENARIO_IPV4], SCENARIO_NONE, "of x");
    scenario_free(whole);
    whole = loading_good(&two);
    CHECK(whole->nodes[0].preferred[SCENARIO_IPV4], 1, "the second of the list");
    CHECK(whole->nodes[0].preferred[SCENARIO_IPV6], 4, "the first of the list");
    scenario_free(whole);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        {FILE_WITH("z", ""), "x.yaml:6:76: 's' is not on 'z' from the start: add it to its networks\n"},
        {FILE_WITH("c", ""), "x.yaml:6:76: 'c' is behind the NAT 'n': clients cannot reach the address that "
                             "the node has there\n"},
        {FILE_WITH("[a, b]", ""),
         "x.yaml:6:80: 'a' and 'b' are both IPv4: a server prefers one address of each family\n"},
        {FILE_WITH("[]", ""), "x.yaml:6:76: preferred_address: no network is named\n"},
        {FILE_WITH("bb", ""), "x.yaml:6:76: unknown network 'bb'; did you mean 'b'?\n"},
        {FILE_WITH("b", "expect: [{preferred_address: s -> x}]\n"),
         "x.yaml:12:30: 'x' is the client of the two: write x -> s\n"},
        {FILE_WITH("b", "expect: [{preferred_address: x -> w}]\n"),
         "x.yaml:12:30: 'w' prefers no address: write for example quic: {preferred_address: NETWORK} "
         "there\n"},
        {FILE_WITH("b", "expect: [{preferred_address: y -> s}]\n"),
         "x.yaml:12:30: 'y' ignores preferred addresses: write {never: preferred_address, node: y}\n"},
        {"roam: 1\nname: t\nduration: 20s\nnetworks: {a: {}, b: {}}\nnodes:\n"
         "  s: {networks: [a, b], quic: {preferred_address: b}}\n",
         "x.yaml:6:51: 's' does not listen, and has no clients to tell an address: give it for example "
         "listen: "
         "4433\n"},
        {"roam: 1\nname: t\nduration: 20s\nnetworks: {a: {}}\nnodes:\n"
         "  s: {networks: [a], listen: 1, quic: {preferred_address: a}}\n",
         "x.yaml:6:59: 'a' is the only IPv4 network of 's': its clients are there already\n"},
        {"roam: 1\nname: t\nduration: 20s\nnetworks: {a: {}, b: {}}\nnodes:\n"
         "  s: {networks: [a, b], listen: 1, quic: {preferred_address: b}}\n"
         "  r: {networks: [a], listen: 3479, relay: s}\n",
         "x.yaml:7:43: 'r' relays to the preferred address of 's' on port 3479, on which it listens "
         "itself\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const scenario_source source = loading_text(cases[i].text);
        loading_refused(&source, cases[i].fault);
    }
}

static const check_test tests[] = {{"values", test_values}, {"refused", test_refused}};

CHECK_MAIN("preferred", tests)
