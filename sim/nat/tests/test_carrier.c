/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 6888 requirement by requirement, and the port blocks of RFC 7422. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/nat/kinds.h"
#include "sim/nat/tests/lab.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* REQ-2, REQ-7: the defaults; REQ-1 is test_nat.c. */
static void test_req_2_req_7_defaults(void)
{
    nat_options options;
    nat_options_default(&options);
    CHECK(options.pooling, NAT_POOLING_PAIRED, "REQ-2");
    CHECK(options.filtering, NAT_ENDPOINT_INDEPENDENT, "REQ-7");
    CHECK(options.mapping, NAT_ENDPOINT_INDEPENDENT, "RFC 4787 REQ-1");
    CHECK(options.ports, NAT_PORTS_RANDOM, "REQ-15");
    CHECK(options.parity, true, "RFC 4787 REQ-4");
    CHECK(options.hairpinning, true, "RFC 4787 REQ-9");
    CHECK(options.timeout_ns >= 300 * LAB_S, true, "RFC 4787 REQ-5 c");
}

/* REQ-3: a pool of addresses that do not follow each other, all of them used. */
static void test_req_3_pool_with_gaps(void)
{
    const roam_addr pool[] = {nat_lab_pool(3, 0), nat_lab_pool(250, 0), nat_lab_remote(99, 0),
                              nat_lab_pool(17, 0)};
    nat_options options = nat_lab_options();
    options.pool = pool;
    options.pool_count = 4;
    options.pooling = NAT_POOLING_ARBITRARY;
    nat *box = nat_lab_new(&options);
    unsigned used[4] = {0};
    for (uint16_t n = 0; n < 200; n++) {
        roam_addr external = nat_lab_out(box, nat_lab_inside(1, n), nat_lab_remote(1, 443), 0);
        CHECK(nat_owns(box, &external), true, "binding %u", n);
        external.port = 0;
        for (unsigned i = 0; i < 4; i++)
            used[i] += roam_addr_equal(&external, &pool[i]);
    }
    /* Four equally likely addresses, 200 draws: fewer than 20 of one comes about once in 10^7. */
    for (unsigned i = 0; i < 4; i++)
        CHECK(used[i] >= 20, true, "address %u: used %u times", i, used[i]);
    CHECK(used[0] + used[1] + used[2] + used[3], 200, "all of the pool");
    const roam_addr gap = nat_lab_pool(4, 0);
    CHECK(nat_owns(box, &gap), false, "a gap");
    nat_free(box);
}

/* REQ-4, REQ-5, REQ-11: a limit of a subscriber, of the table, and of the ports of an address. What is over
 * it is refused and counted; nothing that exists is given up for it (REQ-11 d), and other subscribers go on
 * where they can. */
static void test_req_4_req_5_req_11_limits(void)
{
    static const struct {
        const char *name;
        uint32_t per_subscriber, bindings, ports;
        int status;
        bool others; /* another subscriber still gets a binding */
    } cases[] = {
        {.name = "subscriber",
         .per_subscriber = 5,
         .bindings = 100,
         .ports = 100,
         .status = NAT_ERR_SUBSCRIBER_LIMIT,
         .others = true},
        {.name = "table", .bindings = 5, .ports = 100, .status = NAT_ERR_TABLE_FULL},
        {.name = "ports", .bindings = 100, .ports = 5, .status = NAT_ERR_NO_PORT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nat_options options = nat_lab_sequential();
        options.subscriber_bindings_max = cases[i].per_subscriber;
        options.bindings_max = cases[i].bindings;
        options.port_last = (uint16_t)(options.port_first + cases[i].ports - 1);
        nat *box = nat_lab_new(&options);
        roam_addr externals[5];
        const roam_addr remote = nat_lab_remote(1, 443);
        for (uint16_t n = 0; n < 5; n++)
            externals[n] = nat_lab_out(box, nat_lab_inside(1, n), remote, 0);
        for (int again = 0; again < 3; again++)
            CHECK(nat_lab_out_status(box, nat_lab_inside(1, 5), remote, 0), cases[i].status, "%s",
                  cases[i].name);
        CHECK(nat_lab_out_status(box, nat_lab_inside(2, 5), remote, 0),
              cases[i].others ? NAT_OK : cases[i].status, "%s: another", cases[i].name);
        const nat_counts counts = nat_count(box, 0);
        CHECK(counts.subscriber_limit + counts.table_full + counts.no_port, cases[i].others ? 3 : 4,
              "%s: counted", cases[i].name);
        for (uint16_t n = 0; n < 5; n++)
            CHECK(nat_lab_reaches(box, remote, externals[n], nat_lab_inside(1, n), 0), true, "%s: binding %u",
                  cases[i].name, n);
        nat_free(box);
    }
}

/* REQ-5: a filter remembers so many remotes of a binding; the one longest unused makes room, and no other. */
static void test_req_5_filter_limit(void)
{
    nat_options options = nat_lab_options();
    options.filtering = NAT_ADDRESS_DEPENDENT;
    options.filter_max = 3;
    nat *box = nat_lab_new(&options);
    const roam_addr inside = nat_lab_inside(1, 5000);
    roam_addr external = {0};
    for (unsigned n = 1; n <= 3; n++)
        external = nat_lab_out(box, inside, nat_lab_remote(n, 443), n);
    nat_lab_out(box, inside, nat_lab_remote(1, 443), 4);
    nat_lab_out(box, inside, nat_lab_remote(4, 443), 5);
    for (unsigned n = 1; n <= 4; n++)
        CHECK(nat_lab_in_status(box, nat_lab_remote(n, 443), external, 6), n == 2 ? NAT_ERR_FILTERED : NAT_OK,
              "remote %u", n);
    CHECK(nat_count(box, 6).permissions_evicted, 1, "evicted");
    CHECK(nat_count(box, 6).permitted, 3, "kept");
    nat_free(box);
}

/* REQ-4 and REQ-14 with dynamic blocks: all ports of a subscriber are in one block of one address, no block
 * has two of them, a full block refuses, no block left refuses, and one comes free with a subscriber's last
 * binding. */
static void test_req_4_req_14_dynamic_blocks(void)
{
    enum { BLOCK = 16, BLOCKS = 4, POOL = 3, SUBSCRIBERS = BLOCKS * POOL };
    for (int order = 0; order < 3; order++) {
        nat_options options = nat_lab_options();
        options.ports = (nat_port_order)order;
        options.pool_count = POOL;
        options.blocks = NAT_BLOCKS_DYNAMIC;
        options.block_ports = BLOCK;
        options.port_last = (uint16_t)(options.port_first + BLOCK * BLOCKS + 3); /* 4 ports of no block */
        nat *box = nat_lab_new(&options);
        const roam_addr remote = nat_lab_remote(1, 443);
        int owner[POOL][BLOCKS] = {{0}};
        for (int s = 1; s <= SUBSCRIBERS; s++) {
            for (uint16_t n = 0; n < BLOCK; n++) {
                const roam_addr external = nat_lab_out(box, nat_lab_inside((unsigned)s, n), remote, 0);
                const int block = (external.port - options.port_first) / BLOCK;
                CHECK(block < BLOCKS, true, "order %d: port %u", order, external.port);
                int *of = &owner[external.bytes[3] - 1][block];
                if (n == 0)
                    CHECK(*of, 0, "order %d, subscriber %d: its block was", order, s);
                if (n == 0)
                    *of = s;
                CHECK(*of, s, "order %d, subscriber %d, port %u", order, s, external.port);
            }
            CHECK(nat_lab_out_status(box, nat_lab_inside((unsigned)s, 999), remote, 0), NAT_ERR_NO_PORT,
                  "order %d, subscriber %d: full", order, s);
        }
        CHECK(nat_lab_out_status(box, nat_lab_inside(99, 1), remote, 0), NAT_ERR_NO_BLOCK, "order %d", order);
        const roam_addr fifth = nat_lab_inside(5, 0);
        CHECK(nat_expire(box, &fifth, 0), BLOCK, "order %d: expired", order);
        CHECK(nat_lab_out_status(box, nat_lab_inside(99, 1), remote, 0), NAT_OK, "order %d: given back",
              order);
        CHECK(nat_lab_out_status(box, nat_lab_inside(98, 1), remote, 0), NAT_ERR_NO_BLOCK, "order %d", order);
        CHECK(nat_count(box, 0).no_block, 2, "order %d: no_block", order);
        nat_free(box);
    }
}

/* RFC 7422 section 2, sequential: subscriber N has block N % B of address N / B, in whatever order they come;
 * nothing but the options says so. */
static void test_rfc_7422_deterministic_blocks(void)
{
    nat_options options = nat_lab_options();
    options.pool_count = 4;
    options.blocks = NAT_BLOCKS_DETERMINISTIC;
    options.block_ports = 1000; /* 64 blocks an address */
    options.subscribers = nat_lab_inside(16, 0);
    nat *box = nat_lab_new(&options);
    for (unsigned i = 0; i < 256; i++) {
        const unsigned n = (i * 37) % 256;
        const roam_addr external = nat_lab_out(box, nat_lab_inside(16 + n, 5000), nat_lab_remote(1, 443), 0);
        CHECK(external.bytes[3] - 1, n / 64, "subscriber %u: address", n);
        CHECK((external.port - 1024) / 1000, n % 64, "subscriber %u: block", n);
    }
    CHECK(nat_lab_out_status(box, nat_lab_inside(15, 1), nat_lab_remote(1, 443), 0), NAT_ERR_NO_BLOCK,
          "before");
    CHECK(nat_lab_out_status(box, nat_lab_inside(16 + 256, 1), nat_lab_remote(1, 443), 0), NAT_ERR_NO_BLOCK,
          "behind the last");
    nat_restart(box, 0);
    const roam_addr again = nat_lab_out(box, nat_lab_inside(16 + 70, 5000), nat_lab_remote(1, 443), 0);
    CHECK(again.bytes[3] - 1, 1, "after a restart: address");
    CHECK((again.port - 1024) / 1000, 6, "after a restart: block");
    nat_free(box);
}

/* The number of an IPv6 subscriber is in its last 32 bits; above them it must be one prefix. */
static roam_addr example(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {a, b, c, d}};
}

/* The example of section 2, by the kind of NAT that is made after it: 198.51.100.0/28 inside, 192.0.2.1
 * outside, ports below 1024 reserved, 4032 for each subscriber; 198.51.100.14 has 53440 to 57471. What it
 * says of the mapping is RFC 6888 REQ-1 and REQ-7. */
static void test_rfc_7422_example(void)
{
    const roam_addr pool = example(192, 0, 2, 1, 0), remote = nat_lab_remote(1, 443);
    nat_options options;
    nat_kind_options(NAT_CGNAT_DETERMINISTIC, &options);
    options.pool = &pool;
    options.pool_count = 1;
    options.subscribers = example(198, 51, 100, 1, 0);
    nat *box = nat_lab_new(&options);
    for (uint8_t host = 1; host <= 14; host++) {
        const unsigned first = 1024 + 4032 * (unsigned)(host - 1);
        for (uint16_t i = 0; i < 4032; i++) {
            const roam_addr external =
                nat_lab_out(box, example(198, 51, 100, host, (uint16_t)(2000 + i)), remote, 0);
            CHECK(external.port >= first && external.port < first + 4032, true, "host %u: port %u", host,
                  external.port);
        }
        CHECK(nat_lab_out_status(box, example(198, 51, 100, host, 1999), remote, 0), NAT_ERR_NO_PORT,
              "host %u: one more", host);
    }
    const roam_addr inside = example(198, 51, 100, 14, 2000), other = nat_lab_remote(2, 444);
    const roam_addr external = nat_lab_out(box, inside, remote, 0);
    CHECK_ADDR(nat_lab_out(box, inside, other, 0), external, "mapping");
    CHECK(nat_lab_reaches(box, nat_lab_remote(3, 1), external, inside, 0), true, "filtering");
    CHECK(nat_hairpins(box), true, "hairpinning");
    CHECK(nat_shuffle(box, NAT_CHANGE_ADDRESS, NULL, 0, &(nat_shuffled){0}), NAT_OK, "shuffle");
    CHECK_ADDR(nat_lab_out(box, inside, other, 0), external, "its block stays");
    nat_free(box);
}

static void test_rfc_7422_ipv6(void)
{
    const roam_addr pool = {.family = ROAM_FAMILY_IPV6, .bytes = {0x20, 1, 0x0d, 0xb8, [15] = 1}};
    roam_addr host = {.family = ROAM_FAMILY_IPV6, .port = 5000, .bytes = {0xfd, [15] = 1}};
    nat_options options = nat_lab_options();
    options.pool = &pool;
    options.blocks = NAT_BLOCKS_DETERMINISTIC;
    options.block_ports = 1000;
    options.subscribers = host;
    nat *box = nat_lab_new(&options);
    roam_addr remote = pool;
    remote.bytes[15] = 9;
    host.bytes[15] = 11;
    CHECK((nat_lab_out(box, host, remote, 0).port - 1024) / 1000, 10, "block");
    host.bytes[1] = 1;
    CHECK(nat_lab_out_status(box, host, remote, 0), NAT_ERR_NO_BLOCK, "another prefix");
    nat_free(box);
}

/* REQ-8 is not kept: a port that has come free may be given out at once. */
static void test_req_8_no_quarantine(void)
{
    nat_options options = nat_lab_sequential();
    options.port_last = options.port_first;
    nat *box = nat_lab_new(&options);
    const roam_addr first = nat_lab_out(box, nat_lab_inside(1, 1), nat_lab_remote(1, 443), 0);
    nat_expire(box, NULL, 0);
    CHECK_ADDR(nat_lab_out(box, nat_lab_inside(2, 1), nat_lab_remote(1, 443), 0), first, "the same port");
    nat_free(box);
}

/* 120 s from the end of the mapping, not from when somebody notices; of a mapping that moves, from then on.
 */
static void test_req_8_quarantine(void)
{
    nat_options options = nat_lab_sequential();
    options.port_last = (uint16_t)(options.port_first + 1);
    options.parity = false;
    options.timeout_ns = 30 * LAB_S;
    options.quarantine_ns = 120 * LAB_S;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443), a = nat_lab_inside(1, 1), b = nat_lab_inside(2, 1);
    const roam_addr first = nat_lab_out(box, a, remote, 0); /* until 30 s, free at 150 s */
    const roam_addr second = nat_lab_out(box, a, remote, 31 * LAB_S);
    CHECK(first.port != second.port, true, "another port");
    CHECK(nat_lab_out_status(box, b, remote, 150 * LAB_S - 1), NAT_ERR_NO_PORT, "both rest");
    CHECK_ADDR(nat_lab_out(box, b, remote, 150 * LAB_S), first, "after 120 s");
    nat_shuffled moved;
    CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 160 * LAB_S, &moved), NAT_OK, "shuffle");
    CHECK(moved.moved, 0, "the other one rests until 181 s");
    CHECK_ADDR(nat_lab_out(box, b, remote, 170 * LAB_S), first, "it stays");
    CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 181 * LAB_S, &moved), NAT_OK, "shuffle");
    CHECK(moved.moved, 1, "moved");
    CHECK(nat_lab_out_status(box, a, remote, 301 * LAB_S - 1), NAT_ERR_NO_PORT, "what it left rests, too");
    nat_restart(box, 301 * LAB_S - 1);
    CHECK_ADDR(nat_lab_out(box, a, remote, 301 * LAB_S - 1), first, "power off and on ends it");
    nat_free(box);
}

/* An age, whatever passes; a second one begins with the second mapping. */
static void test_lifetime(void)
{
    nat_options options = nat_lab_sequential();
    options.lifetime_ns = 50 * LAB_S;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443), a = nat_lab_inside(1, 1);
    const roam_addr first = nat_lab_out(box, a, remote, 0);
    for (uint64_t i = 5; i < 50; i += 5)
        CHECK_ADDR(nat_lab_out(box, a, remote, i * LAB_S), first, "heartbeat");
    CHECK(nat_lab_reaches(box, remote, first, a, 50 * LAB_S - 1), true, "to the end");
    CHECK(nat_lab_in_status(box, remote, first, 50 * LAB_S), NAT_ERR_NO_BINDING, "at the end");
    const roam_addr second = nat_lab_out(box, a, remote, 52 * LAB_S);
    CHECK(first.port != second.port, true, "another port");
    CHECK_ADDR(nat_lab_out(box, a, remote, 102 * LAB_S - 1), second, "to its end");
    CHECK(nat_count(box, 102 * LAB_S).timed_out, 2, "timed out");
    nat_free(box);
}

enum { RANGED = 500 };

static uint64_t next_word(void *ctx)
{
    return core_hash_next(ctx);
}

/* When each of RANGED bindings ends that are made 7 ms apart, one host each, unless it is idle for 1000 s. */
static nat *ranged_new(uint64_t seed, uint64_t ends_ns[RANGED])
{
    nat_options options = nat_lab_sequential();
    options.timeout_ns = 1000 * LAB_S;
    options.lifetime_ns = 50 * LAB_S;
    options.lifetime_most_ns = 75 * LAB_S;
    static uint64_t state;
    state = seed;
    options.random = next_word;
    options.random_ctx = &state;
    nat *const box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443);
    for (unsigned i = 0; i < RANGED; i++) {
        const roam_addr inside = nat_lab_inside(1 + i, 5);
        const uint64_t now_ns = i * 7 * LAB_S / 1000;
        nat_binding made;
        nat_lab_out(box, inside, remote, now_ns);
        CU_ASSERT_TRUE_FATAL(nat_find_binding(box, &inside, &remote, now_ns, &made));
        ends_ns[i] = made.expires_ns;
        const uint64_t age_ns = made.expires_ns - made.made_ns;
        CHECK(age_ns >= 50 * LAB_S && age_ns <= 75 * LAB_S, true, "an age of the range");
    }
    return box;
}

/* Each at its own age, which the seed decides, whatever others there are; also when others are taken out from
 * among them. */
static void test_lifetime_range(void)
{
    static uint64_t ends_ns[RANGED], again_ns[RANGED], other_ns[RANGED];
    nat *box = ranged_new(1, again_ns);
    nat_free(box);
    box = ranged_new(2, other_ns);
    nat_free(box);
    box = ranged_new(1, ends_ns);
    CHECK(memcmp(ends_ns, again_ns, sizeof ends_ns), 0, "the same seed");
    CHECK(memcmp(ends_ns, other_ns, sizeof ends_ns) != 0, true, "another seed");
    unsigned early = 0, left = RANGED;
    for (unsigned i = 0; i < RANGED; i++)
        early += ends_ns[i] - i * 7 * LAB_S / 1000 < 62500 * LAB_S / 1000;
    /* 500 fair coins: 11 heads are one standard deviation. */
    CHECK(early > 194 && early < 306, true, "%u in the lower half", early);
    for (unsigned i = 0; i < RANGED; i += 3, left--) {
        const roam_addr inside = nat_lab_inside(1 + i, 0);
        CHECK(nat_expire(box, &inside, 4 * LAB_S), 1, "taken out");
        ends_ns[i] = 0;
    }
    for (uint64_t now_ns = 50 * LAB_S; now_ns < 80 * LAB_S; now_ns += LAB_S / 20) {
        left = 0;
        for (unsigned i = 0; i < RANGED; i++)
            left += ends_ns[i] > now_ns;
        CHECK(nat_count(box, now_ns).live, left, "at %llu ns", (unsigned long long)now_ns);
    }
    CHECK(left, 0, "all have ended");
    nat_free(box);
}

/* A stale binding stays while the inside sends, and is gone when that has been silent for the timeout. */
static void test_stale(void)
{
    nat_options options = nat_lab_sequential();
    options.timeout_ns = 30 * LAB_S;
    options.refresh = NAT_REFRESH_BOTH;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443), a = nat_lab_inside(1, 1), b = nat_lab_inside(1, 3);
    const roam_addr first = nat_lab_out(box, a, remote, 0);
    CHECK(nat_make_stale(box, NAT_BOTH_WAYS, &a, 0), 1, "stale");
    CHECK(nat_lab_out_status(box, a, remote, 29 * LAB_S), NAT_ERR_STALE, "out");
    CHECK(nat_lab_in_status(box, remote, first, 58 * LAB_S), NAT_ERR_STALE, "in, and does not refresh");
    const roam_addr other = nat_lab_out(box, b, remote, 58 * LAB_S);
    CHECK(nat_lab_reaches(box, remote, other, b, 58 * LAB_S), true, "another port of the host works");
    CHECK(nat_lab_in_status(box, remote, first, 59 * LAB_S), NAT_ERR_NO_BINDING, "30 s after the last out");
    CHECK(nat_lab_reaches(box, remote, nat_lab_out(box, a, remote, 59 * LAB_S), a, 59 * LAB_S), true, "anew");
    const nat_counts counts = nat_count(box, 59 * LAB_S);
    CHECK(counts.stale, 2, "refused");
    nat_free(box);
}

/* REQ-13: every port of every address can be used, with each order, when one subscriber may have them all. */
static void test_req_13_utilisation(void)
{
    for (int order = 0; order < 3; order++) {
        nat_options options = nat_lab_options();
        options.ports = (nat_port_order)order;
        options.pooling = NAT_POOLING_ARBITRARY;
        options.pool_count = 5;
        options.port_last = (uint16_t)(options.port_first + 199);
        nat *box = nat_lab_new(&options);
        unsigned made = 0;
        for (uint16_t n = 0; n < 1001; n++)
            made += nat_lab_out_status(box, nat_lab_inside(1, n), nat_lab_remote(1, 443), 0) == NAT_OK;
        CHECK(made, 1000, "order %d: bindings at 5 addresses of 200 ports", order);
        nat_free(box);
    }
}

static const check_test TESTS[] = {
    {"RFC 6888 REQ-2, REQ-7: defaults", test_req_2_req_7_defaults},
    {"RFC 6888 REQ-3: pool with gaps", test_req_3_pool_with_gaps},
    {"RFC 6888 REQ-4, REQ-5, REQ-11: limits", test_req_4_req_5_req_11_limits},
    {"RFC 6888 REQ-5: filter limit", test_req_5_filter_limit},
    {"RFC 6888 REQ-4, REQ-14: dynamic blocks", test_req_4_req_14_dynamic_blocks},
    {"RFC 7422: deterministic blocks", test_rfc_7422_deterministic_blocks},
    {"RFC 7422: the example", test_rfc_7422_example},
    {"RFC 7422: IPv6", test_rfc_7422_ipv6},
    {"RFC 6888 REQ-8: no quarantine", test_req_8_no_quarantine},
    {"RFC 6888 REQ-8: quarantine", test_req_8_quarantine},
    {"lifetime", test_lifetime},
    {"a range of lifetimes", test_lifetime_range},
    {"stale bindings", test_stale},
    {"RFC 6888 REQ-13: utilisation", test_req_13_utilisation}};
CHECK_MAIN("nat carrier", TESTS)
