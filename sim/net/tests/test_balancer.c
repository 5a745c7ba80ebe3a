/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which server a balancer gives a datagram to, without a network. */
#include "sim/net/balancer.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { SERVERS = 4, LTE = 0, WIFI = 1, NETWORKS = 2, ID_BYTES = 8, NOWHERE = UINT32_MAX };

typedef struct bench {
    scenario scenario;
    scenario_network networks[NETWORKS];
    scenario_balancer entry;
    uint32_t servers[SERVERS];
    uint32_t gone; /* a server that has no link */
    char links[SERVERS];
    balancer *balancer;
} bench;

/* No link is needed to tell them apart. */
static access_link *link_of(void *ctx, uint32_t node, roam_family family)
{
    bench *const b = ctx;
    CHECK(family, ROAM_FAMILY_IPV4, "family");
    return node == b->gone ? NULL : (access_link *)(void *)&b->links[node];
}

static void begin(bench *b, scenario_balancing by)
{
    *b = (bench){
        .gone = NOWHERE,
        .entry = {.server_count = SERVERS, .by = by, .config_rotation = 2, .address = {192, 0, 2, 1}}};
    for (uint32_t i = 0; i < SERVERS; i++)
        b->servers[i] = i;
    b->entry.servers = b->servers;
    b->scenario = (scenario){
        .balancers = &b->entry, .balancer_count = 1, .networks = b->networks, .network_count = NETWORKS};
    const balancer_options options = {.scenario = &b->scenario, .link = link_of, .ctx = b};
    b->balancer = balancer_new(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b->balancer);
}

static uint32_t forward(bench *b, uint32_t client, uint32_t network, const uint8_t *payload, size_t len)
{
    ip_datagram datagram = {.source = {.family = ROAM_FAMILY_IPV4, .port = (uint16_t)(client % 50000 + 1024)},
                            .destination = *balancer_address(b->balancer),
                            .payload = payload,
                            .payload_len = len};
    datagram.source.bytes[3] = (uint8_t)(client / 50000);
    datagram.destination.port = 4433;
    const access_link *const link = balancer_forward(b->balancer, &datagram, network);
    return link ? (uint32_t)((const char *)(const void *)link - b->links) : NOWHERE;
}

/* A short header, with a connection ID of which nothing is to be read. */
static uint32_t of_client(bench *b, uint32_t client)
{
    static const uint8_t payload[30] = {0x40, 0xff, 0xff};
    return forward(b, client, LTE, payload, sizeof payload);
}

/* A quarter of them each, give or take a fifth; another port is another flow; each flow stays. */
static void test_four_tuple(void)
{
    enum { CLIENTS = 4000 };
    bench b;
    uint32_t counts[SERVERS] = {0};
    begin(&b, SCENARIO_BY_FOUR_TUPLE);
    for (uint32_t i = 0; i < CLIENTS; i++)
        counts[of_client(&b, i)]++;
    for (uint32_t i = 0; i < SERVERS; i++)
        CU_ASSERT(counts[i] > CLIENTS / SERVERS * 4 / 5 && counts[i] < CLIENTS / SERVERS * 6 / 5);
    for (uint32_t i = 0; i < CLIENTS; i++)
        counts[of_client(&b, i)]--;
    for (uint32_t i = 0; i < SERVERS; i++)
        CHECK(counts[i], 0, "flows of server %u that moved", i);
    b.gone = of_client(&b, 7);
    CHECK(of_client(&b, 7), NOWHERE, "a server on no network");
    balancer_free(b.balancer);
}

static void test_pool(void)
{
    enum { CLIENTS = 400 };
    bench b;
    uint32_t before[2 * CLIENTS];
    begin(&b, SCENARIO_BY_FOUR_TUPLE);
    for (uint32_t i = 0; i < CLIENTS; i++)
        before[i] = of_client(&b, i);
    balancer_drain(b.balancer, 1);
    for (uint32_t i = 0; i < CLIENTS; i++)
        CHECK(of_client(&b, i), before[i], "flow %u after the drain", i);
    for (uint32_t i = CLIENTS; i < 2 * CLIENTS; i++) {
        before[i] = of_client(&b, i);
        CU_ASSERT_NOT_EQUAL(before[i], 1);
    }
    balancer_remove(b.balancer, 1);
    for (uint32_t i = 0; i < 2 * CLIENTS; i++) {
        const uint32_t now = of_client(&b, i);
        CU_ASSERT(before[i] == 1 ? now != 1 : now == before[i]);
    }
    balancer_restore(b.balancer, 1);
    uint32_t again = 0;
    for (uint32_t i = 2 * CLIENTS; i < 3 * CLIENTS; i++)
        again += of_client(&b, i) == 1;
    CU_ASSERT(again > 0);
    for (uint32_t i = 0; i < SERVERS; i++)
        balancer_remove(b.balancer, i);
    CHECK(of_client(&b, 0), NOWHERE, "no server is left");
    balancer_free(b.balancer);
}

/* Drained servers keep flows that are known. The first client's is the least recently used of one too many.
 */
static void test_bound(void)
{
    bench b;
    begin(&b, SCENARIO_BY_FOUR_TUPLE);
    const uint32_t first = of_client(&b, 0);
    const uint32_t second = of_client(&b, 1);
    for (uint32_t i = 2; i < BALANCER_FLOWS_MAX; i++)
        (void)of_client(&b, i);
    (void)of_client(&b, 1);
    balancer_drain(b.balancer, first);
    balancer_drain(b.balancer, second);
    CHECK(of_client(&b, 1), second, "one that is known");
    (void)of_client(&b, BALANCER_FLOWS_MAX);
    CHECK(of_client(&b, 1), second, "one that was used since");
    CU_ASSERT_NOT_EQUAL(of_client(&b, 0), first);
    balancer_free(b.balancer);
}

/* Short and long headers; what has another configuration, no such server or another length goes by
 * four-tuple.
 */
static void test_connection_id(void)
{
    enum { OF_CLIENT = 1234 };
    static const uint8_t ROTATION = 2 << 5;
    bench b;
    begin(&b, SCENARIO_BY_CONNECTION_ID);
    const uint32_t fallback = of_client(&b, OF_CLIENT);
    const struct {
        const char *what;
        uint8_t payload[20];
        size_t len;
        uint32_t server;
    } cases[] = {
        {"short, server 0", {0x40, ROTATION, 0}, 20, 0},
        {"short, server 3, other random bits", {0x40, ROTATION | 0x1f, 3}, 20, 3},
        {"another configuration", {0x40, 3 << 5, (uint8_t)(fallback ? 0 : 1)}, 20, fallback},
        {"no such server", {0x40, ROTATION, SERVERS}, 20, fallback},
        {"too short for an ID", {0x40, ROTATION, (uint8_t)(fallback ? 0 : 1)}, ID_BYTES, fallback},
        {"long, server 2", {0xc0, 0, 0, 0, 1, ID_BYTES, ROTATION, 2}, 20, 2},
        {"long, an ID of another length",
         {0xc0, 0, 0, 0, 1, ID_BYTES + 1, ROTATION, (uint8_t)(fallback ? 0 : 1)},
         20,
         fallback},
        {"empty", {0}, 0, fallback},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(forward(&b, OF_CLIENT, LTE, cases[i].payload, cases[i].len), cases[i].server, "%s",
              cases[i].what);
    balancer_drain(b.balancer, 3);
    CHECK(forward(&b, 1, LTE, cases[1].payload, 20), 3, "drained");
    balancer_remove(b.balancer, 3);
    CU_ASSERT_NOT_EQUAL(forward(&b, 1, LTE, cases[1].payload, 20), 3);
    balancer_free(b.balancer);
}

static void test_route(void)
{
    bench b;
    const uint8_t payload[] = {0x40};
    begin(&b, SCENARIO_BY_ROUTE);
    CHECK(forward(&b, 1, LTE, payload, 1), 0, "the first server");
    balancer_reroute(b.balancer, 2, WIFI);
    CHECK(forward(&b, 1, LTE, payload, 1), 0, "another network's route");
    CHECK(forward(&b, 1, WIFI, payload, 1), 2, "its own");
    balancer_reroute(b.balancer, 3, SCENARIO_NONE);
    CHECK(forward(&b, 1, LTE, payload, 1), 3, "all");
    CHECK(forward(&b, 1, WIFI, payload, 1), 3, "all");
    balancer_free(b.balancer);
}

static const check_test TESTS[] = {{"four-tuple", test_four_tuple},
                                   {"pool", test_pool},
                                   {"bound", test_bound},
                                   {"connection ID", test_connection_id},
                                   {"route", test_route}};
CHECK_MAIN("balancer", TESTS)
