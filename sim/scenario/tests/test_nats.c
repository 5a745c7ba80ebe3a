/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NATs in scenario files: what is read, and what is said about what is wrong. */
#include "core/tests/check.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Lines 1 to 3; `nats:` of a case begins on line 4. */
#define HEAD "roam: 1\nname: t\nduration: 20s\n"
/* Of a case: its NATs on line 5 and 6, then this from line 7 on. */
#define REST                                                                                                 \
    "networks:\n"                                                                                            \
    "  wifi: {delay: 8ms, nat: home}\n"                                                                      \
    "  dc: {delay: 1ms}\n"                                                                                   \
    "nodes:\n"                                                                                               \
    "  laptop: {networks: [wifi]}\n"                                                                         \
    "  server: {networks: [dc], listen: 4433}\n"                                                             \
    "peers: [laptop -> server]\n"
#define NATS(first, second) HEAD "nats:\n  " first "\n  " second "\n" REST
/* On line 15. */
#define EVENT_OF(home, event) NATS(home, "away: {}") "timeline:\n  - {at: 1s, " event "}\n"
#define EVENT(event) EVENT_OF("home: {}", event)
#define TWO "home: {pool: [203.0.113.7, 203.0.113.8]}"

static scenario *load(const char *text, scenario_diagnostics *faults)
{
    const scenario_source source = loading_text(text);
    return loading(&source, faults);
}

static void test_nat_faults(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {NATS("home: {pool: 203.0.113.7}", "away: {pool: [203.0.113.8, 198.51.100.0/28]}"), ""},
        {NATS("home: {pool: 10.1.0.5}", "away: {}"),
         "x.yaml:5:16: the pool of 'home' overlaps with the addresses of network 'wifi'"},
        {NATS("home: {pool: 203.0.113.0/28}", "away: {pool: 203.0.113.9}"),
         "x.yaml:6:16: the pool of 'away' overlaps with that of 'home'"},
        {NATS("home: {pool: [203.0.113.64/26, 203.0.113.0/25]}", "away: {}"),
         "x.yaml:5:34: '203.0.113.0/25' is in the pool already"},
        {NATS("home: {pool: [203.0.113.9, 198.51.100.0/24]}", "away: {pool: [203.0.113.8, 198.51.100.200]}"),
         "x.yaml:6:16: the pool of 'away' overlaps with that of 'home'"},
        {NATS("home: {pool: 198.51.100.200}\n  third: {pool: 198.51.100.8}",
              "away: {pool: 198.51.100.0/24, behind: home}"),
         "x.yaml:7:16: the pool of 'away' overlaps with that of 'home'"},
        {NATS("home: {pool: [203.0.113.7, 203.0.113.7]}", "away: {}"),
         "x.yaml:5:30: '203.0.113.7' is in the pool already"},
        {NATS("home: {pool: 203.0.113}", "away: {}"),
         "x.yaml:5:16: pool: '203.0.113' is no address and no prefix: write 203.0.113.7 or 198.51.100.0/28 "
         "(of at most 65536 addresses)"},
        {NATS("home: {pool: 198.0.0.0/15}", "away: {}"),
         "x.yaml:5:16: pool: '198.0.0.0/15' is no address and no prefix: write 203.0.113.7 or "
         "198.51.100.0/28 (of at most 65536 addresses)"},
        {NATS("home: {pool: [203.0.113.7, '2001:db8::1']}", "away: {}"),
         "x.yaml:5:31: a pool of two families, ipv4 and ipv6: make two NATs"},
        {NATS("home: {pool: '2001:db8::1'}", "away: {}"),
         "x.yaml:8:3: network 'wifi' is ipv4 and its NAT 'home' ipv6"},
        {NATS("home: {block: 512, port_range: 5000..5099}", "away: {}"),
         "x.yaml:5:17: a block of 512 ports, and each address has 100"},
        {NATS("home: {blocks: dynamic}", "away: {}"),
         "x.yaml:5:10: blocks of no size: give it for example block: 512"},
        {NATS("home: {}", "away: {block: 64, blocks: deterministic}"),
         "x.yaml:6:3: 'away' has deterministic blocks and no network behind it"},
        {NATS("home: {port_range: 0..10}", "away: {}"),
         "x.yaml:5:22: port_range: ports are 1 to 65535: write for example 1024..65535"},
        {NATS("home: {behind: hom}", "away: {}"), "x.yaml:5:18: unknown NAT 'hom'; did you mean 'home'?"},
        {NATS("home: {behind: away}", "away: {behind: home}"),
         "x.yaml:5:18: 'home' is behind itself: one NAT of a chain is behind none"},
        {NATS("home: {kind: linux-masquerade}", "away: {kind: home-router, timeout: 60s}"), ""},
        {NATS("home: {kind: linux}", "away: {}"),
         "x.yaml:5:16: unknown kind 'linux'; known: linux-masquerade, linux-masquerade-random, home-router, "
         "cgnat-deterministic, rfc-6888, firewall, nptv6"},
        {NATS("home: {kind: linux-masquerade, mapping: endpoint-independent}", "away: {}"),
         "x.yaml:5:3: 'home' overloads its ports: mapping and filtering are then address-and-port-dependent"},
        {NATS("home: {overloading: true}", "away: {}"),
         "x.yaml:5:3: 'home' overloads its ports: mapping and filtering are then address-and-port-dependent"},
        {NATS("home: {kind: home-router, block: 64}", "away: {}"),
         "x.yaml:5:3: 'home' overloads its ports: each subscriber has all of them, and no block"},
        {NATS("home: {unsolicited: track}", "away: {}"),
         "x.yaml:5:3: 'home' tracks unsolicited packets: it needs overloading: true"},
        {NATS("home: {stream_after: 1s}", "away: {}"),
         "x.yaml:5:3: 'home' has stream_after and one timer: give it unreplied_timeout"},
        {NATS("home: {kind: cgnat-deterministic, port_range: 5000..5099}", "away: {}"),
         "x.yaml:5:49: a block of 4032 ports, and each address has 100"},
        {NATS("home: {}", "away: {kind: cgnat-deterministic}"),
         "x.yaml:6:3: 'away' has deterministic blocks and no network behind it"},
        {NATS("home: {mapping: symmetric}", "away: {}"),
         "x.yaml:5:19: unknown mapping 'symmetric'; known: endpoint-independent, address-dependent, "
         "address-and-port-dependent"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        loading_expect_fault(cases[i].text, cases[i].fault);
}

static void test_event_faults(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {EVENT("shuffle: home, change: port, of: laptop"), ""},
        {EVENT_OF(TWO, "shuffle: home, change: both, of: all, over: 1s, every: 2s, times: 3"), ""},
        {EVENT_OF(TWO, "shuffle: home, change: both, of: 10%"), ""},
        {EVENT_OF(TWO, "shuffle: home, change: address, of: 3"), ""},
        {EVENT("shuffle: home, change: address, of: all"),
         "x.yaml:15:37: change: address: 'home' has one address and no other to change to: give its pool "
         "more"},
        {EVENT("shuffle: home, change: both, of: laptop"),
         "x.yaml:15:37: change: both: 'home' has one address and no other to change to: give its pool more"},
        {EVENT_OF("home: {pool: 198.51.100.0/30, block: 64, blocks: deterministic}",
                  "shuffle: home, change: address, of: all"),
         "x.yaml:15:37: change: address: 'home' has deterministic blocks, so each subscriber has one "
         "address"},
        {EVENT_OF("home: {pool: 198.51.100.0/30, block: 64, blocks: deterministic}",
                  "shuffle: home, change: port, of: all"),
         ""},
        {EVENT("expire: home, of: [laptop]"), ""},
        {EVENT("shuffle: home, change: back, of: laptop"), ""},
        {EVENT("expire: home, of: laptop, to: server"),
         "x.yaml:15:44: to: the mapping of 'home' is endpoint-independent, one binding serves all remotes: "
         "expire "
         "it without to"},
        {NATS("home: {kind: home-router}",
              "away: {}") "timeline:\n  - {at: 1s, expire: home, of: laptop, to: server}\n",
         ""},
        {NATS("home: {kind: home-router}",
              "away: {}") "timeline:\n  - {at: 1s, expire: home, of: all, to: laptop}\n",
         "x.yaml:15:41: to: 'laptop' is behind a NAT: name a node that has addresses outside"},
        {EVENT("restart: home, for: 2s"), ""},
        {EVENT("renumber: dc, prefix: 10.9.0.0/16"), ""},
        {EVENT("shuffle: away, change: port, of: all"),
         "x.yaml:15:23: no network is behind 'away': give one for example nat: away"},
        {EVENT("shuffle: home, change: port, of: server"),
         "x.yaml:15:5: shuffle: 'server' is not behind 'home' at 1s"},
        {EVENT("shuffle: home, change: port, of: []"),
         "x.yaml:15:47: the list of nodes is empty: write for example [laptop]"},
        {EVENT("shuffle: home, change: port, of: [laptop, laptop]"),
         "x.yaml:15:56: 'laptop' is listed twice"},
        {EVENT("shuffle: home, change: port, of: 0"),
         "x.yaml:15:47: of: '0' is not a number from 1 to 300000"},
        {EVENT("shuffle: home, change: port, of: laptob"),
         "x.yaml:15:47: unknown node 'laptob'; did you mean 'laptop'?"},
        {EVENT("shuffle: home, change: port, of: all, over: 30s"),
         "x.yaml:15:58: over 30s from 1s on: the scenario ends before (duration)"},
        {EVENT("expire: hone, of: all"), "x.yaml:15:22: unknown NAT 'hone'; did you mean 'home'?"},
        {EVENT("restart: home, leave: true"), "x.yaml:15:29: 'leave' is about nodes, and 'home' is a NAT"},
        {EVENT("restart: home, for: 3s, every: 2s, times: 2"),
         "x.yaml:15:5: restart: 'home' is stopped by a restart at 3s"},
        {EVENT("renumber: dc, prefix: 10.2.0.0/16"),
         "x.yaml:15:5: renumber: 'dc' has that prefix already at 1s"},
        {EVENT("renumber: dc, prefix: 10.1.0.0/16"),
         "x.yaml:15:5: renumber: 'dc' would have addresses of wifi at 1s"},
        {EVENT("renumber: dc, prefix: 203.0.113.0/24"),
         "x.yaml:15:36: prefix: '203.0.113.0/24' overlaps with the pool of 'home'"},
        {EVENT("renumber: dc, prefix: 'fd00:9::/64'"),
         "x.yaml:15:37: the prefix is ipv6 and network 'dc' ipv4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        loading_expect_fault(cases[i].text, cases[i].fault);
}

/* Every key, and the defaults. */
static void test_values(void)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *whole = load(
        NATS(
            "home: {behind: away, pool: [100.64.0.5, 100.64.1.0/31], mapping: address-dependent, filtering: "
            "endpoint-independent, pooling: arbitrary, ports: sequential, port_range: 2000..2999, block: 10, "
            "blocks: deterministic, subscriber_limit: 7, binding_limit: 9, timeout: 30s, refresh: both, "
            "hairpin: false}",
            "away: {}"),
        &faults);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    const nat_options *home = &whole->nats[0].options;
    const nat_options *away = &whole->nats[1].options;
    CU_ASSERT_EQUAL(whole->nats[0].behind, 1);
    CU_ASSERT_EQUAL(whole->networks[0].nat, 0);
    CU_ASSERT_EQUAL(whole->networks[1].nat, SCENARIO_NONE);
    CU_ASSERT_TRUE(scenario_is_behind(whole, 0, 1));
    CU_ASSERT_FALSE(scenario_is_behind(whole, 1, 1));
    CU_ASSERT_EQUAL_FATAL(home->pool_count, 3);
    CU_ASSERT_EQUAL(memcmp(home->pool[2].bytes, (const uint8_t[]){100, 64, 1, 1}, 4), 0);
    CU_ASSERT_EQUAL(home->mapping, NAT_ADDRESS_DEPENDENT);
    CU_ASSERT_EQUAL(home->filtering, NAT_ENDPOINT_INDEPENDENT);
    CU_ASSERT_EQUAL(home->pooling, NAT_POOLING_ARBITRARY);
    CU_ASSERT_EQUAL(home->ports, NAT_PORTS_SEQUENTIAL);
    CU_ASSERT_EQUAL(home->port_first, 2000);
    CU_ASSERT_EQUAL(home->port_last, 2999);
    CU_ASSERT_EQUAL(home->block_ports, 10);
    CU_ASSERT_EQUAL(home->blocks, NAT_BLOCKS_DETERMINISTIC);
    CU_ASSERT_EQUAL(memcmp(home->subscribers.bytes, (const uint8_t[]){10, 1, 0, 1}, 4), 0);
    CU_ASSERT_EQUAL(home->subscriber_bindings_max, 7);
    CU_ASSERT_EQUAL(home->bindings_max, 9);
    CU_ASSERT_EQUAL(home->timeout_ns, UINT64_C(30000000000));
    CU_ASSERT_EQUAL(home->refresh, NAT_REFRESH_BOTH);
    CU_ASSERT_FALSE(home->hairpinning);
    CU_ASSERT_EQUAL(memcmp(away->pool[0].bytes, (const uint8_t[]){203, 0, 113, 2}, 4), 0);
    CU_ASSERT_EQUAL(away->mapping, NAT_ENDPOINT_INDEPENDENT);
    CU_ASSERT_EQUAL(away->filtering, NAT_ADDRESS_AND_PORT_DEPENDENT);
    CU_ASSERT_EQUAL(away->ports, NAT_PORTS_PRESERVE);
    CU_ASSERT_EQUAL(away->timeout_ns, UINT64_C(120000000000));
    CU_ASSERT_TRUE(away->hairpinning);
    scenario_free(whole);
    scenario_diagnostics_fini(&faults);
}

/* What a kind says, other keys change; without one it is a NAT such as many homes have. */
static void test_kinds(void)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *whole = load(NATS("home: {kind: linux-masquerade, timeout: 90s, port_range: 4000..4999}",
                                "away: {kind: rfc-6888}\n  last: {}\n  more: {kind: home-router}"),
                           &faults);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    const nat_options *home = &whole->nats[0].options, *last = &whole->nats[2].options;
    nat_options wanted;
    CU_ASSERT_STRING_EQUAL(whole->nats[0].kind, "linux-masquerade");
    CU_ASSERT_EQUAL(home->ports, NAT_PORTS_PRESERVE_OR_RANDOM);
    CU_ASSERT_TRUE(home->overloading && home->track_unsolicited && !home->hairpinning);
    CU_ASSERT_EQUAL(home->timeout_ns, UINT64_C(90000000000));
    CU_ASSERT_EQUAL(home->unreplied_timeout_ns, UINT64_C(30000000000));
    CU_ASSERT_EQUAL(home->stream_after_ns, UINT64_C(2000000000));
    CU_ASSERT_EQUAL(home->port_first, 4000);
    CU_ASSERT_EQUAL(home->port_last, 4999);
    CU_ASSERT_PTR_NULL(whole->nats[2].kind);
    CU_ASSERT_FALSE(last->overloading || last->track_unsolicited);
    CU_ASSERT_EQUAL(last->unreplied_timeout_ns, 0);
    CU_ASSERT_EQUAL(whole->nats[3].options.timeout_ns, UINT64_C(180000000000));
    CU_ASSERT_FALSE(whole->nats[3].options.track_unsolicited);
    nat_options_default(&wanted);
    wanted.pool = whole->nats[1].options.pool;
    wanted.pool_count = 1;
    CU_ASSERT_EQUAL(memcmp(&whole->nats[1].options, &wanted, sizeof wanted), 0);
    scenario_free(whole);
    scenario_diagnostics_fini(&faults);
}

static void test_explained(void)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *whole = load(NATS("home: {kind: linux-masquerade}",
                                "away: {}") "timeline:\n"
                                            "  - {at: 1s, shuffle: home, change: port, of: all, over: 2s}\n  "
                                            "- {at: 1s, expire: home, of: all}\n"
                                            "  - {at: 4s, shuffle: home, change: back, of: laptop}\n"
                                            "  - {at: 5s, expire: home, of: laptop, to: server}\n"
                                            "  - {at: 6s, stale: home, of: laptop, direction: down}\n",
                           &faults);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "1s shuffle NAT home, other ports for all over 2s\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "4s shuffle NAT home, back to the last ones for laptop\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "5s expire NAT home for laptop -> server\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "6s stale NAT home for laptop (down)\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(
        said, "NAT home: linux-masquerade: 1 address from 203.0.113.1, mapping address-and-port-dependent, "
              "filtering address-and-port-dependent, ports preserved, else random, one for many remotes, "
              "unsolicited packets take ports, no hairpinning, idle bindings gone after 2min (30s until "
              "answered and 2s old) without a packet\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(
        said, "NAT away: 1 address from 203.0.113.2, mapping endpoint-independent, filtering "
              "address-and-port-dependent, ports preserved, else the next one, idle bindings gone after "
              "2min without a packet out\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "note: at 1s in the file's order: shuffle (line 15), expire (line 16)\n"));
    free(said);
    scenario_free(whole);
    scenario_diagnostics_fini(&faults);
}

/* Comparing each of 64,000 ranges with each costs 2^31 comparisons, which is seconds. */
static void test_many(void)
{
    enum { MANY = 250, EACH = 256, ROOM = 1 << 20 };
    char *text = malloc(ROOM);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    int len = snprintf(text, ROOM, HEAD "nats:\n  home: {}\n");
    for (int i = 0; i < MANY; i++) {
        len += snprintf(text + len, (size_t)(ROOM - len), "  n%d: {pool: [", i);
        for (int j = 0; j < EACH; j++)
            len += snprintf(text + len, (size_t)(ROOM - len), "%s20.0.%d.%d", j ? "," : "", i, j);
        len += snprintf(text + len, (size_t)(ROOM - len), "]}\n");
    }
    snprintf(text + len, (size_t)(ROOM - len), REST);
    const clock_t before = clock();
    loading_expect_fault(text, "");
    const double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    if (seconds > 3)
        printf("\n  took %f s of processor time\n", seconds);
    CU_ASSERT(seconds <= 3);
    free(text);
}

static const check_test TESTS[] = {{"faults of NATs", test_nat_faults},
                                   {"faults of events", test_event_faults},
                                   {"values", test_values},
                                   {"kinds", test_kinds},
                                   {"explained", test_explained},
                                   {"many pools", test_many}};
CHECK_MAIN("scenario NATs", TESTS)
