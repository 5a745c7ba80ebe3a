/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Realms: what NATs let pass between hosts, on the wire. */
#include "core/tests/check.h"
#include "sim/tests/lab.h"

#include "sim/nat/kinds.h"
#include "sim/net/nat_router.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOME, OTHER, CARRIER, NATS };

/* A world with three NATs: `home` is behind `carrier` when nested, `other` on the internet. */
typedef struct fixture {
    lab *lab;
    scenario_nat described[NATS];
    roam_addr pools[NATS];
    nat_router *nats[NATS];
    address_realm *inside[NATS];
} fixture;

static roam_addr address(const char *text, uint16_t port)
{
    roam_addr addr = {.family = ROAM_FAMILY_IPV4, .port = port};
    unsigned bytes[4];
    CU_ASSERT_EQUAL_FATAL(sscanf(text, "%u.%u.%u.%u", &bytes[0], &bytes[1], &bytes[2], &bytes[3]), 4);
    for (size_t i = 0; i < 4; i++)
        addr.bytes[i] = (uint8_t)bytes[i];
    return addr;
}

static void add_nat(fixture *f, int which, address_realm *outer)
{
    const nat_router_options options = {.n3 = f->lab->n3,
                                        .scenario = &f->lab->scenario,
                                        .observers = &f->lab->observers,
                                        .error = &f->lab->error,
                                        .nat = (uint32_t)which};
    CHECK(nat_router_new(&options, &f->nats[which]), 0, "nat_router_new");
    CHECK(internet_add_nat(f->lab->internet, f->nats[which], outer, &f->inside[which]), 0,
          "internet_add_nat");
}

static void describe(fixture *f, bool hairpinning, uint32_t bindings_max)
{
    static const char *const NAMES[NATS] = {"home", "other", "carrier"};
    static const char *const POOLS[NATS] = {"203.0.113.1", "203.0.113.2", "203.0.113.3"};
    memset(f, 0, sizeof *f);
    f->lab = lab_new();
    for (size_t i = 0; i < NATS; i++) {
        f->pools[i] = address(POOLS[i], 0);
        f->described[i] = (scenario_nat){.name = NAMES[i], .behind = SCENARIO_NONE};
        nat_options *options = &f->described[i].options;
        nat_options_default(options);
        options->pool = &f->pools[i];
        options->pool_count = 1;
        options->filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        options->ports = NAT_PORTS_PRESERVE;
        options->hairpinning = hairpinning;
        options->bindings_max = bindings_max;
    }
    f->lab->scenario.nats = f->described;
    f->lab->scenario.nat_count = NATS;
}

static void make(fixture *f, bool nested)
{
    address_realm *outside = internet_outside(f->lab->internet);
    add_nat(f, CARRIER, outside);
    add_nat(f, HOME, nested ? f->inside[CARRIER] : outside);
    add_nat(f, OTHER, outside);
    f->lab->networks[WIFI].realm = f->inside[HOME];
    f->lab->networks[CELLULAR].realm = f->inside[OTHER];
}

static void set_up(fixture *f, bool nested, bool hairpinning, uint32_t bindings_max)
{
    describe(f, hairpinning, bindings_max);
    make(f, nested);
}

static const seen_packet *last(const fixture *f)
{
    CU_ASSERT_TRUE_FATAL(f->lab->packet_count > 0);
    return &f->lab->packets[f->lab->packet_count - 1];
}

/* What the last packet seen was: at whose link, and dropped why. */
static void expect_last(const fixture *f, int node, observer_drop drop)
{
    CHECK(last(f)->packet.node, (uint64_t)node, "node of the last packet");
    CHECK_STRING(observer_drop_name(last(f)->packet.drop), observer_drop_name(drop), "its drop");
}

static void send_and_run(const fixture *f, const roam_adapter *from, const roam_addr *to)
{
    lab_send_and_run(f->lab, from, to, 100);
}

/* Out and back, through one NAT and through two; every NAT and the core take one of the TTL. */
static void test_out_and_back(void)
{
    static const struct {
        bool nested;
        const char *seen;
        uint8_t ttl;
    } cases[] = {{.seen = "203.0.113.1:49152", .ttl = 62},
                 {.nested = true, .seen = "203.0.113.3:49152", .ttl = 61}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        set_up(&f, cases[i].nested, true, 100);
        lab_attach(f.lab, A, WIFI);
        roam_addr server = lab_attach(f.lab, B, DATACENTRE);
        roam_adapter *listening = lab_listen(f.lab, B, server);
        server.port = LISTEN;
        roam_adapter *adapter = lab_open(f.lab, A, &server);
        send_and_run(&f, adapter, &server);
        CU_ASSERT_PTR_EQUAL(f.lab->received_on, listening);
        lab_expect_address("source", &f.lab->received_from, cases[i].seen);
        CHECK(last(&f)->ttl, cases[i].ttl, "TTL");
        const roam_addr external = f.lab->received_from;
        send_and_run(&f, listening, &external);
        CU_ASSERT_PTR_EQUAL(f.lab->received_on, adapter);
        lab_expect_address("source of the answer", &f.lab->received_from, "10.3.0.1:4433");
        CHECK(last(&f)->ttl, cases[i].ttl, "TTL of the answer");
        roam_adapter_free(adapter);
        roam_adapter_free(listening);
        lab_free(f.lab);
    }
}

/* From outside: nothing but a binding's own remote endpoint comes in, and a private address leads nowhere. */
static void test_from_outside(void)
{
    fixture f;
    set_up(&f, true, true, 100);
    roam_addr inside = lab_attach(f.lab, A, WIFI);
    roam_addr server = lab_attach(f.lab, B, DATACENTRE);
    roam_adapter *listening = lab_listen(f.lab, B, server);
    server.port = LISTEN;
    roam_adapter *adapter = lab_open(f.lab, A, &server);
    roam_adapter *stranger = lab_open(f.lab, B, &inside);
    inside.port = 49152;
    send_and_run(&f, stranger, &inside);
    expect_last(&f, B, OBSERVER_DROP_DETACHED);
    roam_addr external = address("203.0.113.3", 49152);
    send_and_run(&f, stranger, &external);
    expect_last(&f, B, OBSERVER_DROP_NAT_NO_BINDING);
    send_and_run(&f, adapter, &server);
    send_and_run(&f, stranger, &external);
    expect_last(&f, B, OBSERVER_DROP_NAT_FILTERED);
    roam_addr between = address("203.0.113.1", 49152); /* home's, which only the carrier's realm knows */
    send_and_run(&f, stranger, &between);
    expect_last(&f, B, OBSERVER_DROP_DETACHED);
    nat_router_stop(f.nats[HOME], n3_world_now_ns(f.lab->n3));
    send_and_run(&f, adapter, &server);
    expect_last(&f, A, OBSERVER_DROP_DOWN);
    nat_router_start(f.nats[HOME]);
    f.lab->received_count = 0;
    send_and_run(&f, adapter, &server);
    CHECK(f.lab->received_count, 1, "received after the restart");
    roam_adapter_free(adapter);
    roam_adapter_free(stranger);
    roam_adapter_free(listening);
    lab_free(f.lab);
}

/* Two hosts behind one NAT: by their own addresses it is not asked; by external ones it hairpins, or not. */
static void test_hairpin(void)
{
    for (int hairpinning = 0; hairpinning < 2; hairpinning++) {
        fixture f;
        set_up(&f, false, hairpinning, 100);
        roam_addr here = lab_attach(f.lab, A, WIFI);
        roam_addr there = lab_attach(f.lab, B, WIFI);
        roam_adapter *a = lab_listen(f.lab, A, here);
        roam_adapter *b = lab_listen(f.lab, B, there);
        there.port = LISTEN;
        send_and_run(&f, a, &there);
        lab_expect_address("straight", &f.lab->received_from, "10.1.0.1:4433");
        CHECK(nat_router_count(f.nats[HOME], n3_world_now_ns(f.lab->n3)).made, 0, "bindings");
        roam_addr own;
        roam_addr other;
        const roam_addr a_external = address("203.0.113.1", 4433); /* preserved */
        here.port = LISTEN;
        CU_ASSERT_TRUE(nat_router_open(f.nats[HOME], &here, &a_external, n3_world_now_ns(f.lab->n3), &own));
        CU_ASSERT_TRUE(nat_router_open(f.nats[HOME], &there, &own, n3_world_now_ns(f.lab->n3), &other));
        f.lab->received_count = 0;
        send_and_run(&f, a, &other);
        CHECK(f.lab->received_count, (uint64_t)hairpinning, "received");
        if (hairpinning)
            lab_expect_address("hairpinned", &f.lab->received_from, "203.0.113.1:4433");
        else
            expect_last(&f, A, OBSERVER_DROP_NAT_HAIRPIN);
        roam_adapter_free(a);
        roam_adapter_free(b);
        lab_free(f.lab);
    }
}

static void test_exhausted(void)
{
    fixture f;
    set_up(&f, false, true, 1);
    lab_attach(f.lab, A, WIFI);
    roam_addr server = lab_attach(f.lab, B, DATACENTRE);
    server.port = LISTEN;
    roam_adapter *first = lab_open(f.lab, A, &server);
    roam_adapter *second = lab_open(f.lab, A, &server);
    send_and_run(&f, first, &server);
    expect_last(&f, B, OBSERVER_NOT_DROPPED);
    send_and_run(&f, second, &server);
    expect_last(&f, A, OBSERVER_DROP_NAT_EXHAUSTED);
    send_and_run(&f, first, &server);
    expect_last(&f, B, OBSERVER_NOT_DROPPED);
    roam_adapter_free(first);
    roam_adapter_free(second);
    lab_free(f.lab);
}

/* Both behind NATs of their own that let in nobody unknown: after the rendezvous they hear each other. */
static void test_rendezvous(void)
{
    fixture f;
    set_up(&f, true, true, 100);
    roam_addr here = lab_attach(f.lab, A, WIFI);
    roam_addr there = lab_attach(f.lab, B, CELLULAR);
    roam_adapter *a = lab_listen(f.lab, A, here);
    roam_adapter *b = lab_listen(f.lab, B, there);
    roam_addr met;
    here.port = there.port = LISTEN;
    const internet_end dialler = {f.inside[HOME], here};
    const internet_end acceptor = {f.inside[OTHER], there};
    CU_ASSERT_TRUE(internet_needs_rendezvous(dialler.in, acceptor.in));
    CU_ASSERT_FALSE(internet_needs_rendezvous(dialler.in, f.inside[CARRIER]));
    CU_ASSERT_FALSE(internet_needs_rendezvous(dialler.in, internet_outside(f.lab->internet)));
    CU_ASSERT_TRUE_FATAL(internet_rendezvous(&dialler, &acceptor, 0, &met));
    lab_expect_address("the acceptor", &met, "203.0.113.2:4433");
    send_and_run(&f, a, &met);
    CU_ASSERT_PTR_EQUAL(f.lab->received_on, b);
    lab_expect_address("the dialler", &f.lab->received_from, "203.0.113.3:4433");
    const roam_addr answer = f.lab->received_from;
    send_and_run(&f, b, &answer);
    CU_ASSERT_PTR_EQUAL(f.lab->received_on, a);
    roam_adapter_free(a);
    roam_adapter_free(b);
    lab_free(f.lab);
}

/* A static mapping: the node behind it is reached from everywhere while it has an address, and what it sends
 * has the mapping's port. */
static void test_forward(void)
{
    static const uint16_t port = 443;
    static const scenario_forward to = {.node = A, .port = LISTEN};
    fixture f;
    describe(&f, true, 100);
    f.described[HOME].options.forwards = &port;
    f.described[HOME].options.forward_count = 1;
    f.described[HOME].forwards = &to;
    make(&f, false);
    const roam_addr home = lab_attach(f.lab, A, WIFI);
    roam_addr stranger = lab_attach(f.lab, B, DATACENTRE);
    const roam_addr external = address("203.0.113.1", 443);
    roam_adapter *server = lab_listen(f.lab, A, home);
    roam_adapter *client = lab_listen(f.lab, B, stranger);
    send_and_run(&f, client, &external);
    CU_ASSERT_PTR_EQUAL(f.lab->received_on, server);
    stranger.port = LISTEN;
    send_and_run(&f, server, &stranger);
    CU_ASSERT_PTR_EQUAL(f.lab->received_on, client);
    lab_expect_address("source", &f.lab->received_from, "203.0.113.1:443");
    CHECK(nat_router_count(f.nats[HOME], n3_world_now_ns(f.lab->n3)).made, 0, "bindings");
    roam_adapter_free(server);
    CHECK(host_detach(f.lab->hosts[A], &f.lab->networks[WIFI], n3_world_now_ns(f.lab->n3)), 0, "detach");
    send_and_run(&f, client, &external);
    expect_last(&f, B, OBSERVER_DROP_NAT_NO_BINDING);
    server = lab_listen(f.lab, A, lab_attach(f.lab, A, WIFI));
    f.lab->received_on = NULL;
    send_and_run(&f, client, &external);
    CU_ASSERT_PTR_EQUAL(f.lab->received_on, server);
    roam_adapter_free(server);
    roam_adapter_free(client);
    lab_free(f.lab);
}

/* A firewall: hosts inside keep their addresses, and only answers come in; after a loss of its table, with
 * mid_flow: drop, nothing but an Initial packet goes out. */
static void test_firewall(void)
{
    static const struct {
        const uint8_t bytes[6];
        bool passes;
    } cases[] = {{{0x40}, false},                            /* a short header */
                 {{0xe0, 0, 0, 0, 1}, false},                /* a Handshake packet of version 1 */
                 {{0xc3, 0x6b, 0x33, 0x43, 0xcf, 8}, false}, /* a Retry of version 2 */
                 {{0xd0, 0x6b, 0x33, 0x43, 0xcf, 8}, true},  /* an Initial of version 2 */
                 {{0xc0, 0, 0, 0, 1, 8}, true},
                 {{0x40}, true}}; /* and what follows one */
    fixture f;
    describe(&f, true, 100);
    nat_kind_options(NAT_FIREWALL, &f.described[HOME].options);
    f.described[HOME].options.pool = &f.pools[HOME];
    f.described[HOME].options.pool_count = 1;
    f.described[HOME].drops_mid_flow = true;
    make(&f, false);
    const roam_addr inside = lab_attach(f.lab, A, WIFI);
    roam_addr server = lab_attach(f.lab, B, DATACENTRE);
    roam_adapter *listening = lab_listen(f.lab, B, server);
    server.port = LISTEN;
    roam_adapter *adapter = lab_open(f.lab, A, &server);
    roam_addr own = inside;
    own.port = 49152;
    send_and_run(&f, listening, &own);
    expect_last(&f, B, OBSERVER_DROP_NAT_NO_BINDING);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const roam_datagram sent = {.remote = server, .data = cases[i].bytes, .len = 6, .segment_len = 6};
        CHECK(host_send(adapter, &sent, n3_world_now_ns(f.lab->n3)), 0, "send %zu", i);
        lab_run(f.lab, n3_world_now_ns(f.lab->n3) + 200 * MS);
        expect_last(&f, cases[i].passes ? B : A,
                    cases[i].passes ? OBSERVER_NOT_DROPPED : OBSERVER_DROP_NAT_MID_FLOW);
        if (i == 3)
            nat_router_expire(f.nats[HOME], NULL, n3_world_now_ns(f.lab->n3));
    }
    lab_expect_address("source", &f.lab->received_from, "10.1.0.1:49152");
    send_and_run(&f, listening, &own);
    CU_ASSERT_PTR_EQUAL(f.lab->received_on, adapter);
    nat_router_make_stale(f.nats[HOME], NAT_IN, NULL, n3_world_now_ns(f.lab->n3));
    send_and_run(&f, listening, &own);
    expect_last(&f, B, OBSERVER_DROP_NAT_STALE);
    roam_adapter_free(adapter);
    roam_adapter_free(listening);
    lab_free(f.lab);
}

/* The subscribers with bindings, each once, by address. */
static void test_subscribers(void)
{
    fixture f;
    roam_addr *found = NULL;
    roam_addr external;
    size_t count = 0;
    const roam_addr server = address("192.0.2.1", 4433);
    set_up(&f, false, true, 100);
    for (uint16_t i = 0; i < 6; i++) {
        const roam_addr from = address(i % 2 ? "10.1.0.9" : "10.1.0.4", (uint16_t)(5000 + i));
        CU_ASSERT_TRUE(nat_router_open(f.nats[HOME], &from, &server, 0, &external));
    }
    CHECK(nat_router_subscribers(f.nats[HOME], 0, &found, &count), 0, "subscribers");
    CHECK(count, 2, "count");
    lab_expect_address("first", &found[0], "10.1.0.4:0");
    lab_expect_address("second", &found[1], "10.1.0.9:0");
    free(found);
    lab_free(f.lab);
}

static const check_test TESTS[] = {{"out and back", test_out_and_back}, {"from outside", test_from_outside},
                                   {"hairpin", test_hairpin},           {"exhausted", test_exhausted},
                                   {"rendezvous", test_rendezvous},     {"subscribers", test_subscribers},
                                   {"static mapping", test_forward},    {"firewall", test_firewall}};
CHECK_MAIN("gateway", TESTS)
