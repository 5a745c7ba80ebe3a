/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP errors on their way: from routers, NATs and hosts to the socket whose datagram they quote, and to
 * nobody else. */
#include "core/tests/check.h"
#include "sim/tests/lab.h"

#include "sim/net/nat_router.h"

#include <CUnit/Basic.h>
#include <string.h>

/* A is on a network of 8 ms behind a NAT, B on one of 1 ms (lab.c); both networks have icmp, and so has the
 * NAT. */
typedef struct fixture {
    lab *lab;
    scenario_nat described;
    roam_addr pool;
    address_realm *inside;
    roam_addr server; /* B's listener */
    roam_adapter *client, *listening;
} fixture;

static void set_up(fixture *f, bool icmp)
{
    memset(f, 0, sizeof *f);
    f->lab = lab_new();
    f->pool = (roam_addr){.family = ROAM_FAMILY_IPV4, .bytes = {203, 0, 113, 7}};
    f->described = (scenario_nat){.name = "home", .behind = SCENARIO_NONE, .icmp = icmp};
    nat_options_default(&f->described.options);
    f->described.options.pool = &f->pool;
    f->described.options.pool_count = 1;
    f->described.options.ports = NAT_PORTS_SEQUENTIAL;
    f->described.options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
    f->lab->scenario.nats = &f->described;
    f->lab->scenario.nat_count = 1;
    f->lab->described[WIFI].icmp = f->lab->described[DATACENTRE].icmp = icmp;
    nat_router *gate = NULL;
    const nat_router_options options = {.n3 = f->lab->n3,
                                        .scenario = &f->lab->scenario,
                                        .observers = &f->lab->observers,
                                        .error = &f->lab->error};
    CHECK(nat_router_new(&options, &gate), 0, "nat_router_new");
    CHECK(internet_add_nat(f->lab->internet, gate, internet_outside(f->lab->internet), &f->inside), 0, "nat");
    f->lab->networks[WIFI].realm = f->inside;
    lab_attach(f->lab, A, WIFI);
    f->server = lab_attach(f->lab, B, DATACENTRE);
    f->listening = lab_listen(f->lab, B, f->server);
    f->server.port = LISTEN;
    f->client = lab_open(f->lab, A, &f->server);
}

static void tear_down(fixture *f)
{
    roam_adapter_free(f->client);
    roam_adapter_free(f->listening);
    lab_free(f->lab);
}

static void expect_told(fixture *f, const roam_adapter *on, icmp_kind kind, const char *by)
{
    CHECK(f->lab->told_count, on ? 1 : 0, "errors");
    f->lab->told_count = 0;
    if (!on)
        return;
    CU_ASSERT_PTR_EQUAL(f->lab->told_on, on);
    CHECK(f->lab->told.kind, kind, "kind");
    lab_expect_address("told by", &f->lab->told.source, by);
}

/* The router of B's network tells A, behind its NAT, and the router of A's network tells A itself: after the
 * time that the datagram and the error take, 2 * (8 + 1) ms and 2 * 8 ms, and a little for its bytes. */
static void test_too_big(void)
{
    for (int icmp = 0; icmp < 2; icmp++) {
        fixture f;
        set_up(&f, icmp);
        const scenario_mtu small = {.bytes = 1280, .silent = true}, large = {.bytes = 1500};
        CHECK(host_set_mtu(f.lab->hosts[A], &f.lab->networks[WIFI], &large), 0, "mtu of A");
        CHECK(host_set_mtu(f.lab->hosts[B], &f.lab->networks[DATACENTRE], &small), 0, "mtu of B");
        lab_send_and_run(f.lab, f.client, &f.server, 1400);
        expect_told(&f, icmp ? f.client : NULL, ICMP_TOO_BIG, "10.3.255.254:0");
        CHECK(icmp ? f.lab->told.mtu : 1280, 1280, "mtu");
        CHECK(icmp ? f.lab->told.quote.payload_len : 1400, 1400, "length");
        lab_expect_address("about", icmp ? &f.lab->told.quote.destination : &f.server, "10.3.0.1:4433");
        lab_send_and_run(f.lab, f.client, &f.server, 1252);
        CHECK(f.lab->received_count, 1, "what fits arrives");

        CHECK(host_set_mtu(f.lab->hosts[B], &f.lab->networks[DATACENTRE], &large), 0, "mtu of B");
        CHECK(host_set_mtu(f.lab->hosts[A], &f.lab->networks[WIFI], &small), 0, "mtu of A");
        lab_send_and_run(f.lab, f.client, &f.server, 1400);
        expect_told(&f, icmp ? f.client : NULL, ICMP_TOO_BIG, "10.1.255.254:0");
        CHECK(f.lab->received_count, 1, "what does not fit does not");
        CHECK(host_count(f.lab->hosts[A], &f.lab->networks[WIFI], true).dropped_mtu, (uint64_t)icmp,
              "dropped by the router");

        /* B to A: the router inside of the NAT tells B, as the NAT's address. */
        const roam_addr client = f.lab->received_from;
        lab_send_and_run(f.lab, f.listening, &client, 1400);
        expect_told(&f, icmp ? f.listening : NULL, ICMP_TOO_BIG, "203.0.113.7:0");
        lab_expect_address("about", icmp ? &f.lab->told.quote.destination : &client, "203.0.113.7:1024");
        tear_down(&f);
    }
}

/* No socket, no host, no binding, another remote endpoint, no port left. */
static void test_unreachable(void)
{
    for (int icmp = 0; icmp < 2; icmp++) {
        fixture f;
        set_up(&f, icmp);
        roam_addr wrong = f.server;
        wrong.port = 1;
        lab_send_and_run(f.lab, f.client, &wrong, 100);
        expect_told(&f, icmp ? f.client : NULL, ICMP_NO_PORT, "10.3.0.1:0");
        wrong.bytes[3] = 200;
        lab_send_and_run(f.lab, f.listening, &wrong, 100);
        expect_told(&f, icmp ? f.listening : NULL, ICMP_NO_HOST, "10.3.255.254:0");
        wrong = f.pool;
        wrong.port = 9;
        lab_send_and_run(f.lab, f.listening, &wrong, 100);
        expect_told(&f, icmp ? f.listening : NULL, ICMP_NO_PORT, "203.0.113.7:0");
        wrong.port = 1024; /* it has sent to another port of B */
        lab_send_and_run(f.lab, f.listening, &wrong, 100);
        expect_told(&f, icmp ? f.listening : NULL, ICMP_PROHIBITED, "203.0.113.7:0");
        tear_down(&f);
    }
}

/* An error that quotes what no socket has sent, or was sent to another address, is nobody's. */
static void test_forged(void)
{
    fixture f;
    set_up(&f, true);
    lab_send_and_run(f.lab, f.client, &f.server, 100);
    const roam_addr external = f.lab->received_from;
    const roam_addr liar = {.family = ROAM_FAMILY_IPV4, .bytes = {192, 0, 2, 1}};
    for (int i = 0; i < 4; i++) {
        ip_datagram quoted = {.source = external, .destination = f.server, .ttl = 60};
        n3_frame *about = n3_frame_new(f.lab->n3, 100);
        size_t len = 0;
        CU_ASSERT_PTR_NOT_NULL_FATAL(about);
        if (i == 1)
            quoted.source.port++; /* the NAT has no such binding */
        if (i == 2)
            quoted.source = f.server, quoted.source.port = 1; /* B has no such socket */
        if (i == 3)
            quoted.source.bytes[3]++; /* nobody's address */
        CHECK(ip_encode(&quoted, about->bytes, 100, &len), IP_OK, "quoted");
        about->length = (uint32_t)len;
        internet_send_error(internet_outside(f.lab->internet),
                            &(internet_answer){.from = liar, .kind = ICMP_NO_PORT}, about,
                            n3_world_now_ns(f.lab->n3));
        n3_frame_free(f.lab->n3, about);
        lab_run(f.lab, n3_world_now_ns(f.lab->n3) + 100 * MS);
        expect_told(&f, i == 0 ? f.client : NULL, ICMP_NO_PORT, "192.0.2.1:0");
    }
    tear_down(&f);
}

static const check_test TESTS[] = {
    {"too big", test_too_big}, {"unreachable", test_unreachable}, {"forged", test_forged}};
CHECK_MAIN("icmp errors", TESTS)
