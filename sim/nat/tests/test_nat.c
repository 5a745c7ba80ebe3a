/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 4787 requirement by requirement, as far as they speak of UDP translation. */
#include "core/tests/check.h"
#include "sim/nat/tests/lab.h"

#include <CUnit/Basic.h>
#include <string.h>

static const char *const behaviours[] = {"endpoint-independent", "address-dependent",
                                         "address-and-port-dependent"};
enum { BEHAVIOURS = sizeof behaviours / sizeof *behaviours };

/*
 * REQ-1 and section 4.1: whether packets of one internal endpoint to another port of the same host, and to
 * another host, come from the same external endpoint, for each mapping; and REQ-8 and section 5: whether a
 * packet comes in from the remote the inside has sent to, from another port of that host, from another host.
 * All nine cells.
 */
static void test_req_1_req_8_cells(void)
{
    for (int mapping = 0; mapping < BEHAVIOURS; mapping++) {
        for (int filtering = 0; filtering < BEHAVIOURS; filtering++) {
            nat_options options = nat_lab_options();
            options.mapping = (nat_behaviour)mapping;
            options.filtering = (nat_behaviour)filtering;
            nat *box = nat_lab_new(&options);
            const roam_addr inside = nat_lab_inside(1, 5000);
            const roam_addr first = nat_lab_out(box, inside, nat_lab_remote(1, 443), 0);
            const bool in[] = {nat_lab_reaches(box, nat_lab_remote(1, 443), first, inside, 0),
                               nat_lab_reaches(box, nat_lab_remote(1, 444), first, inside, 0),
                               nat_lab_reaches(box, nat_lab_remote(2, 443), first, inside, 0)};
            const roam_addr other_port = nat_lab_out(box, inside, nat_lab_remote(1, 444), 0);
            const roam_addr other_host = nat_lab_out(box, inside, nat_lab_remote(2, 443), 0);
            CHECK(roam_addr_equal(&first, &other_port), mapping != NAT_ADDRESS_AND_PORT_DEPENDENT,
                  "%s mapping, another port", behaviours[mapping]);
            CHECK(roam_addr_equal(&first, &other_host), mapping == NAT_ENDPOINT_INDEPENDENT,
                  "%s mapping, another host", behaviours[mapping]);
            CHECK(in[0], true, "%s, %s filtering, same remote", behaviours[mapping], behaviours[filtering]);
            CHECK(in[1], filtering != NAT_ADDRESS_AND_PORT_DEPENDENT, "%s, %s filtering, another port",
                  behaviours[mapping], behaviours[filtering]);
            CHECK(in[2], filtering == NAT_ENDPOINT_INDEPENDENT, "%s, %s filtering, another host",
                  behaviours[mapping], behaviours[filtering]);
            CHECK_ADDR(nat_lab_out(box, inside, nat_lab_remote(1, 443), 0), first, "%s mapping, once more",
                       behaviours[mapping]);
            nat_free(box);
        }
    }
}

/* A binding lets in what its own packets went to: with address-dependent mapping the other binding of the
 * same endpoint does not count. */
static void test_req_8_filters_of_two_bindings(void)
{
    nat_options options = nat_lab_options();
    options.mapping = NAT_ADDRESS_DEPENDENT;
    options.filtering = NAT_ADDRESS_DEPENDENT;
    nat *box = nat_lab_new(&options);
    const roam_addr inside = nat_lab_inside(1, 5000);
    const roam_addr to_1 = nat_lab_out(box, inside, nat_lab_remote(1, 443), 0);
    const roam_addr to_2 = nat_lab_out(box, inside, nat_lab_remote(2, 443), 0);
    CHECK(nat_lab_in_status(box, nat_lab_remote(1, 9), to_1, 0), NAT_OK, "1 to its own");
    CHECK(nat_lab_in_status(box, nat_lab_remote(1, 9), to_2, 0), NAT_ERR_FILTERED, "1 to that of 2");
    CHECK(nat_lab_in_status(box, nat_lab_remote(2, 9), to_1, 0), NAT_ERR_FILTERED, "2 to that of 1");
    nat_free(box);
}

/* REQ-2: with four addresses, all bindings of a host come out at one of them; and hosts are spread over them.
 * With arbitrary pooling one host sees all four. */
static void test_req_2_pooling(void)
{
    static const nat_port_order orders[] = {NAT_PORTS_PRESERVE, NAT_PORTS_SEQUENTIAL, NAT_PORTS_RANDOM};
    for (size_t i = 0; i < 2 * sizeof orders / sizeof *orders; i++) {
        nat_options options = nat_lab_options();
        options.pool_count = 4;
        options.ports = orders[i / 2];
        options.pooling = i % 2 ? NAT_POOLING_ARBITRARY : NAT_POOLING_PAIRED;
        nat *box = nat_lab_new(&options);
        unsigned seen = 0;
        for (unsigned host = 1; host <= 32; host++) {
            unsigned of_host = 0;
            for (uint16_t port = 0; port < 32; port++) {
                const roam_addr external = nat_lab_out(box, nat_lab_inside(host, (uint16_t)(5000 + 2 * port)),
                                                       nat_lab_remote(1, 443), 0);
                of_host |= 1U << (external.bytes[3] - 1);
            }
            const int addresses = __builtin_popcount(of_host);
            if (options.pooling == NAT_POOLING_PAIRED)
                CHECK(addresses, 1, "order %d, host %u: addresses", options.ports, host);
            else if (options.ports != NAT_PORTS_PRESERVE)
                CHECK(addresses, 4, "order %d, host %u: addresses", options.ports, host);
            seen |= of_host;
        }
        CHECK(seen, 0xf, "order %d: addresses used", options.ports);
        nat_free(box);
    }
}

/* REQ-3: no two bindings share an external endpoint, not even for different destinations; when the ports are
 * used up a packet is refused. Every order and every mapping. */
static void test_req_3_no_port_overloading(void)
{
    enum { PORTS = 100 };
    for (int i = 0; i < 9; i++) {
        nat_options options = nat_lab_options();
        options.ports = (nat_port_order)(i % 3);
        options.mapping = (nat_behaviour)(i / 3);
        options.port_first = 2000;
        options.port_last = 2000 + PORTS - 1;
        nat *box = nat_lab_new(&options);
        bool taken[PORTS] = {false};
        for (uint16_t n = 0; n < PORTS; n++) {
            const roam_addr external = nat_lab_out(box, nat_lab_inside(n, 2050), nat_lab_remote(n, 443), 0);
            CHECK(external.port >= 2000 && external.port < 2000 + PORTS, true, "port %u", external.port);
            CHECK(taken[external.port - 2000], false, "order %d: port %u", i % 3, external.port);
            taken[external.port - 2000] = true;
        }
        CHECK(nat_lab_out_status(box, nat_lab_inside(200, 2050), nat_lab_remote(1, 443), 0), NAT_ERR_NO_PORT,
              "order %d: one too many", i % 3);
        CHECK(nat_count(box, 0).no_port, 1, "no_port");
        CHECK(nat_count(box, 0).subscribers, PORTS, "a host that got nothing leaves nothing behind");
        nat_free(box);
    }
}

/* REQ-3 a: ports 0 to 1023 stay among themselves, and the others, when the range has both. */
static void test_req_3_a_port_classes(void)
{
    for (int order = 0; order < 3; order++) {
        nat_options options = nat_lab_options();
        options.ports = (nat_port_order)order;
        options.port_first = 512;
        nat *box = nat_lab_new(&options);
        for (uint16_t n = 0; n < 1024; n = (uint16_t)(n + 16)) {
            const roam_addr low = nat_lab_out(box, nat_lab_inside(1, n), nat_lab_remote(1, 443), 0);
            const uint16_t high_port = (uint16_t)(1024 + n * 60);
            const roam_addr high = nat_lab_out(box, nat_lab_inside(1, high_port), nat_lab_remote(1, 443), 0);
            CHECK(low.port >= 512 && low.port <= 1023, true, "order %d: %u for %u", order, low.port, n);
            CHECK(high.port >= 1024, true, "order %d: %u for %u", order, high.port, high_port);
        }
        nat_free(box);
    }
}

/* Section 4.2.1: preservation gives the internal port while it is free, to the first who comes; sequential
 * ports follow each other and begin again at the first; a random port is not the one before it plus a fixed
 * step. */
static void test_section_4_2_1_port_assignment(void)
{
    nat_options options = nat_lab_options();
    options.parity = false;
    options.ports = NAT_PORTS_PRESERVE;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443);
    CHECK(nat_lab_out(box, nat_lab_inside(1, 5000), remote, 0).port, 5000, "preserved");
    CHECK(nat_lab_out(box, nat_lab_inside(2, 5000), remote, 0).port, 5001, "taken");
    CHECK(nat_lab_out(box, nat_lab_inside(3, 80), remote, 0).port, 1024, "out of the range");
    CHECK(nat_lab_out(box, nat_lab_inside(1, 65535), remote, 0).port, 65535, "the last");
    CHECK(nat_lab_out(box, nat_lab_inside(2, 65535), remote, 0).port, 1025, "begins again");
    nat_free(box);

    options.ports = NAT_PORTS_SEQUENTIAL;
    options.port_last = 1024 + 9;
    box = nat_lab_new(&options);
    for (uint16_t n = 0; n < 10; n++)
        CHECK(nat_lab_out(box, nat_lab_inside(n, 7), remote, 0).port, 1024 + n, "sequential");
    const roam_addr one = nat_lab_inside(4, 0);
    CHECK(nat_expire(box, &one, 0), 1, "host 4");
    CHECK(nat_lab_out(box, nat_lab_inside(11, 7), remote, 0).port, 1028, "the one that was freed");
    nat_free(box);

    options.ports = NAT_PORTS_RANDOM;
    options.port_last = 65535;
    box = nat_lab_new(&options);
    uint16_t ports[64];
    unsigned ascending = 0;
    for (uint16_t n = 0; n < 64; n++)
        ports[n] = nat_lab_out(box, nat_lab_inside(n, 7), remote, 0).port;
    for (unsigned n = 1; n < 64; n++)
        ascending += ports[n] > ports[n - 1];
    CHECK(ascending > 16 && ascending < 48, true, "%u of 63 random ports are above the one before",
          ascending);
    nat_free(box);
}

/* Section 4.2.1: with several addresses arbitrary pooling can preserve a port as often as there are
 * addresses. */
static void test_section_4_2_1_preservation_over_the_pool(void)
{
    nat_options options = nat_lab_options();
    options.parity = false;
    options.ports = NAT_PORTS_PRESERVE;
    options.pooling = NAT_POOLING_ARBITRARY;
    options.pool_count = 3;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443);
    static const uint16_t ports[] = {5000, 5000, 6000, 5000}; /* the third at the third address */
    for (unsigned n = 0; n < 4; n++)
        CHECK(nat_lab_out(box, nat_lab_inside(n, ports[n]), remote, 0).port, ports[n], "host %u", n);
    CHECK(nat_lab_out(box, nat_lab_inside(4, 5000), remote, 0).port, 5001, "the fourth of 5000");
    nat_free(box);
}

/* REQ-4: even stays even and odd stays odd while there are such ports; then any will do. */
static void test_req_4_parity(void)
{
    for (int order = 0; order < 3; order++) {
        nat_options options = nat_lab_options();
        options.ports = (nat_port_order)order;
        options.port_first = 3000;
        options.port_last = 3199;
        nat *box = nat_lab_new(&options);
        for (uint16_t n = 0; n < 100; n++) {
            const uint16_t internal = (uint16_t)(3001 + 2 * (n % 7));
            const roam_addr external =
                nat_lab_out(box, nat_lab_inside(n, internal), nat_lab_remote(1, 443), 0);
            CHECK(external.port % 2, 1, "order %d, %u for %u: parity", order, external.port, internal);
        }
        CHECK(nat_lab_out(box, nat_lab_inside(101, 3001), nat_lab_remote(1, 443), 0).port % 2, 0,
              "order %d: all odd ones are taken", order);
        nat_free(box);
    }
}

/* REQ-5: a binding lives until timeout_ns after the last packet that refreshes it, not a nanosecond longer;
 * REQ-5 c: five minutes unless told. REQ-6: packets out refresh; REQ-6 a: packets in do if told. */
static void test_req_5_req_6_timers(void)
{
    static const struct {
        nat_refresh refresh;
        uint64_t timeout_ns; /* 0: the default */
        uint64_t wanted_ns;
    } cases[] = {{.refresh = NAT_REFRESH_OUTBOUND, .timeout_ns = 0, .wanted_ns = 300 * LAB_S},
                 {.refresh = NAT_REFRESH_OUTBOUND, .timeout_ns = 30 * LAB_S, .wanted_ns = 30 * LAB_S},
                 {.refresh = NAT_REFRESH_BOTH, .timeout_ns = 120 * LAB_S, .wanted_ns = 120 * LAB_S},
                 {.refresh = NAT_REFRESH_BOTH, .timeout_ns = 2, .wanted_ns = 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nat_options options = nat_lab_options();
        options.refresh = cases[i].refresh;
        if (cases[i].timeout_ns)
            options.timeout_ns = cases[i].timeout_ns;
        nat *box = nat_lab_new(&options);
        const roam_addr inside = nat_lab_inside(1, 5000), remote = nat_lab_remote(1, 443);
        const uint64_t wanted_ns = cases[i].wanted_ns;
        uint64_t now_ns = LAB_S;
        nat_lab_out(box, inside, remote, now_ns);
        now_ns += wanted_ns - 1;
        const roam_addr external = nat_lab_out(box, inside, remote, now_ns);
        CHECK(nat_count(box, now_ns).made, 1, "case %zu: an outbound packet refreshes", i);
        CHECK(nat_lab_in_status(box, remote, external, now_ns + wanted_ns - 1), NAT_OK, "case %zu: in time",
              i);
        /* That packet was at + wanted - 1. */
        const int later = options.refresh == NAT_REFRESH_BOTH ? NAT_OK : NAT_ERR_NO_BINDING;
        CHECK(nat_lab_in_status(box, remote, external, now_ns + wanted_ns), later, "case %zu: at its end", i);
        CHECK(nat_count(box, now_ns + 2 * wanted_ns).live, 0, "case %zu: all over", i);
        CHECK(nat_count(box, now_ns + 2 * wanted_ns).timed_out, 1, "case %zu: timed out", i);
        nat_free(box);
    }
}

/* REQ-5 and section 5: what a filter lets in goes out of date as the binding does, by itself: the binding is
 * kept alive with packets to another remote. */
static void test_req_6_filters_time_out(void)
{
    for (int both = 0; both < 2; both++) {
        nat_options options = nat_lab_options();
        options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        options.timeout_ns = 30 * LAB_S;
        options.refresh = both ? NAT_REFRESH_BOTH : NAT_REFRESH_OUTBOUND;
        nat *box = nat_lab_new(&options);
        const roam_addr inside = nat_lab_inside(1, 5000), silent = nat_lab_remote(1, 443);
        const roam_addr external = nat_lab_out(box, inside, silent, 0);
        nat_lab_out(box, inside, nat_lab_remote(2, 443), 20 * LAB_S);
        CHECK(nat_lab_in_status(box, silent, external, 30 * LAB_S - 1), NAT_OK, "in time");
        nat_lab_out(box, inside, nat_lab_remote(2, 443), 40 * LAB_S);
        CHECK(nat_lab_in_status(box, silent, external, 40 * LAB_S), both ? NAT_OK : NAT_ERR_FILTERED,
              "10 s later, refresh %s", both ? "both" : "outbound");
        nat_free(box);
    }
}

/* REQ-9 and REQ-9 a: a packet to the NAT's own address comes back in, and its source is the external one;
 * filters hold for it as for any other. */
static void test_req_9_hairpinning(void)
{
    for (int filtering = 0; filtering < BEHAVIOURS; filtering++) {
        nat_options options = nat_lab_options();
        options.filtering = (nat_behaviour)filtering;
        nat *box = nat_lab_new(&options);
        const roam_addr a = nat_lab_inside(1, 5000), b = nat_lab_inside(2, 5000);
        const roam_addr external_b = nat_lab_out(box, b, nat_lab_remote(1, 443), 0);
        CHECK(nat_hairpins(box), true, "hairpins");
        CHECK(nat_owns(box, &external_b), true, "owns");
        const roam_addr external_a = nat_lab_out(box, a, external_b, 0);
        CHECK(nat_owns(box, &external_a), true, "the source is external");
        CHECK(nat_lab_reaches(box, external_a, external_b, b, 0), filtering == NAT_ENDPOINT_INDEPENDENT,
              "%s: a to b", behaviours[filtering]);
        nat_lab_out(box, b, external_a, 0);
        CHECK(nat_lab_reaches(box, external_a, external_b, b, 0), true, "%s: b has sent to a",
              behaviours[filtering]);
        CHECK(nat_lab_reaches(box, external_b, external_a, a, 0), true, "%s: b to a", behaviours[filtering]);
        nat_free(box);
    }
    nat_options options = nat_lab_options();
    options.hairpinning = false;
    nat *box = nat_lab_new(&options);
    CHECK(nat_hairpins(box), false, "hairpinning turned off");
    nat_free(box);
}

/* REQ-11: the same packets meet with the same behaviour whatever came before: also when the ports run out,
 * and in an exact repetition. */
static void test_req_11_deterministic(void)
{
    roam_addr externals[2][150];
    for (int run = 0; run < 2; run++) {
        nat_options options = nat_lab_options();
        options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        options.port_last = 1024 + 99;
        nat *box = nat_lab_new(&options);
        memset(externals[run], 0, sizeof externals[run]);
        for (unsigned n = 0; n < 150; n++) {
            const roam_addr inside = nat_lab_inside(n, 5000), remote = nat_lab_remote(1, 443);
            const int status = nat_outbound(box, &inside, &remote, n, &externals[run][n]);
            CHECK(status, n < 100 ? NAT_OK : NAT_ERR_NO_PORT, "host %u", n);
        }
        for (unsigned n = 0; n < 100; n++) {
            const roam_addr inside = nat_lab_inside(n, 5000);
            CHECK_ADDR(nat_lab_out(box, inside, nat_lab_remote(2, 443), 200), externals[run][n], "host %u",
                       n);
            CHECK(nat_lab_in_status(box, nat_lab_remote(2, 444), externals[run][n], 200), NAT_ERR_FILTERED,
                  "host %u", n);
        }
        nat_free(box);
    }
    CHECK(memcmp(externals[0], externals[1], sizeof externals[0]), 0, "the repetition differs");
}

/* Two NATs, one behind the other: what comes out of the first goes into the second, and back. */
static void test_nested(void)
{
    nat_options outer_options = nat_lab_options(), inner_options = nat_lab_options();
    const roam_addr between = nat_lab_inside(100, 0);
    inner_options.pool = &between;
    inner_options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
    nat *home = nat_lab_new(&inner_options), *carrier = nat_lab_new(&outer_options);
    const roam_addr inside = nat_lab_inside(1, 5000), remote = nat_lab_remote(1, 443);
    const roam_addr middle = nat_lab_out(home, inside, remote, 0);
    const roam_addr outside = nat_lab_out(carrier, middle, remote, 0);
    CHECK(nat_lab_reaches(carrier, remote, outside, middle, 0), true, "carrier");
    CHECK(nat_lab_reaches(home, remote, middle, inside, 0), true, "home");
    CHECK(nat_lab_reaches(carrier, nat_lab_remote(2, 1), outside, middle, 0), true, "carrier, stranger");
    CHECK(nat_lab_in_status(home, nat_lab_remote(2, 1), middle, 0), NAT_ERR_FILTERED, "home, stranger");
    nat_free(home);
    nat_free(carrier);
}

/* What restarts and expiries forget, and where sequences go on. */
static void test_expire_and_restart(void)
{
    nat_options options = nat_lab_sequential();
    options.parity = false;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443), host_1 = nat_lab_inside(1, 9),
                    nobody = nat_lab_inside(9, 0);
    const roam_addr first = nat_lab_out(box, nat_lab_inside(1, 5000), remote, 0);
    nat_lab_out(box, nat_lab_inside(1, 5001), remote, 0);
    const roam_addr third = nat_lab_out(box, nat_lab_inside(2, 5000), remote, 0);
    CHECK(nat_expire(box, &nobody, 0), 0, "nobody");
    CHECK(nat_expire(box, &host_1, 0), 2, "host 1");
    CHECK(nat_lab_in_status(box, remote, first, 0), NAT_ERR_NO_BINDING, "host 1");
    CHECK(nat_lab_in_status(box, remote, third, 0), NAT_OK, "host 2");
    CHECK(nat_lab_out(box, nat_lab_inside(1, 5000), remote, 0).port, 1027, "goes on");
    CHECK(nat_expire(box, NULL, 0), 2, "all");
    CHECK(nat_restart(box, 0), 0, "restart of an empty one");
    CHECK(nat_lab_out(box, nat_lab_inside(1, 5000), remote, 0).port, 1024, "begins anew");
    CHECK(nat_restart(box, 0), 1, "restart");
    const nat_counts counts = nat_count(box, 0);
    CHECK(counts.live + counts.subscribers + counts.permitted, 0, "nothing is left");
    CHECK(counts.made, counts.forgotten, "made, and forgotten");
    nat_free(box);
}

/* Addresses of the other family, in packets and in options; options that cannot be. */
static void test_refusals(void)
{
    nat_options options = nat_lab_options();
    nat *box = nat_lab_new(&options);
    roam_addr six = {.family = ROAM_FAMILY_IPV6, .port = 1, .bytes = {0x20, 1, 0x0d, 0xb8}};
    CHECK(nat_lab_out_status(box, six, nat_lab_remote(1, 1), 0), NAT_ERR_FAMILY, "source");
    CHECK(nat_lab_out_status(box, nat_lab_inside(1, 1), six, 0), NAT_ERR_FAMILY, "destination");
    CHECK(nat_lab_in_status(box, six, nat_lab_pool(1, 1024), 0), NAT_ERR_FAMILY, "remote");
    CHECK(nat_lab_in_status(box, nat_lab_remote(1, 1), nat_lab_pool(1, 1024), 0), NAT_ERR_NO_BINDING,
          "nothing");
    CHECK(nat_owns(box, &six), false, "owns");
    nat_free(box);
    for (int error = -10; error <= 1; error++)
        CU_ASSERT_PTR_NOT_NULL(nat_strerror(error));

    options.pool = &six;
    box = nat_lab_new(&options);
    roam_addr inside = six, remote = six;
    inside.bytes[15] = 7;
    remote.bytes[15] = 8;
    const roam_addr external = nat_lab_out(box, inside, remote, 0);
    CHECK(memcmp(external.bytes, six.bytes, sizeof six.bytes), 0, "IPv6 works the same");
    CHECK(nat_lab_reaches(box, remote, external, inside, 0), true, "IPv6 works the same");
    nat_free(box);
}

static uint64_t zero(void *ctx)
{
    (void)ctx;
    return 0;
}

static void test_options(void)
{
    const roam_addr pool[] = {nat_lab_pool(1, 0), nat_lab_pool(1, 5), {.family = ROAM_FAMILY_IPV6}};
    nat_options good = nat_lab_options();
    good.pool = pool;
    good.random = zero;
    nat_options bad[14];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        bad[i] = good;
    bad[0].pool_count = 0;
    bad[1].pool_count = 2; /* the same address twice */
    bad[2].port_first = 0;
    bad[3].port_first = 6000, bad[3].port_last = 5999;
    bad[4].random = NULL;
    bad[5].timeout_ns = 0;
    bad[6].bindings_max = 0;
    bad[7].filter_max = 0;
    bad[8].blocks = NAT_BLOCKS_DYNAMIC; /* of no ports */
    bad[9].blocks = NAT_BLOCKS_DYNAMIC, bad[9].block_ports = 64513;
    bad[10].bindings_max = NAT_BINDINGS_MAX + 1;
    bad[11].pool_count = NAT_POOL_MAX + 1;
    bad[12].pool = pool + 1, bad[12].pool_count = 2; /* two families */
    bad[13].blocks = NAT_BLOCKS_DETERMINISTIC, bad[13].block_ports = 64;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nat *box = NULL;
        CHECK(nat_new(&bad[i], &box), i < 12 ? NAT_ERR_OPTIONS : NAT_ERR_FAMILY, "options %zu", i);
        CU_ASSERT_PTR_NULL(box);
        nat_free(box);
    }
}

static const check_test TESTS[] = {
    {"RFC 4787 REQ-1, REQ-8: nine cells", test_req_1_req_8_cells},
    {"RFC 4787 REQ-8: filters of two bindings", test_req_8_filters_of_two_bindings},
    {"RFC 4787 REQ-2: pooling", test_req_2_pooling},
    {"RFC 4787 REQ-3: no port overloading", test_req_3_no_port_overloading},
    {"RFC 4787 REQ-3 a: port classes", test_req_3_a_port_classes},
    {"RFC 4787 section 4.2.1: port assignment", test_section_4_2_1_port_assignment},
    {"RFC 4787 section 4.2.1: preservation over the pool", test_section_4_2_1_preservation_over_the_pool},
    {"RFC 4787 REQ-4: parity", test_req_4_parity},
    {"RFC 4787 REQ-5, REQ-6: timers", test_req_5_req_6_timers},
    {"RFC 4787 REQ-6: filters time out", test_req_6_filters_time_out},
    {"RFC 4787 REQ-9: hairpinning", test_req_9_hairpinning},
    {"RFC 4787 REQ-11: deterministic", test_req_11_deterministic},
    {"nested", test_nested},
    {"expire and restart", test_expire_and_restart},
    {"refusals", test_refusals},
    {"options", test_options}};
CHECK_MAIN("nat", TESTS)
