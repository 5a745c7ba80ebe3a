/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose bindings the timeline takes, and when. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS UINT64_C(1000000)

enum { TEXT_MAX = 4096, LOG_MAX = 1024 };

/* What NATs did: kind, the last two bytes of the subscriber, bindings, and when. */
typedef struct sight {
    char log[LOG_MAX];
    size_t count;
    roam_addr subscribers[16];
} sight;

static void on_nat(void *ctx, const observer_nat *told, uint64_t now_ns)
{
    static const char *const NAMES[OBSERVER_NAT_COUNT] = {"drop", "shuffle", "expire", "restart"};
    sight *seen = ctx;
    const size_t used = strlen(seen->log);
    char who[16] = "all";
    if (told->kind == OBSERVER_NAT_DROPPED)
        return;
    if (told->subscriber)
        snprintf(who, sizeof who, "%u.%u", told->subscriber->bytes[2], told->subscriber->bytes[3]);
    if (told->subscriber && seen->count < 16)
        seen->subscribers[seen->count] = *told->subscriber;
    seen->count++;
    snprintf(seen->log + used, LOG_MAX - used, "%s%s %s %" PRIu32 "@%" PRIu64, used ? ", " : "",
             NAMES[told->kind], who, told->bindings, now_ns / MS);
}

/* Four phones on a carrier's network, two laptops at a home behind the carrier, and a server. */
static void run_behind(const char *homes, const char *event, uint64_t seed, sight *seen)
{
    static const char HEAD[] = "roam: 1\nname: t\nduration: 4s\n"
                               "nats:\n"
                               "  home: {behind: carrier%s}\n"
                               "  carrier: {pool: 198.51.100.0/29}\n"
                               "networks:\n"
                               "  lan: {delay: 1ms, nat: home}\n"
                               "  mobile: {delay: 1ms, nat: carrier}\n"
                               "  dc: {delay: 1ms}\n"
                               "nodes:\n"
                               "  server: {networks: [dc], listen: 4433}\n"
                               "  p1: {networks: [mobile]}\n  p2: {networks: [mobile]}\n"
                               "  p3: {networks: [mobile]}\n  p4: {networks: [mobile]}\n"
                               "  l1: {networks: [lan]}\n  l2: {networks: [lan]}\n"
                               "peers: [p1 -> server, p2 -> server, p3 -> server, p4 -> server,"
                               " l1 -> server, l2 -> server]\n";
    char text[TEXT_MAX];
    const int len = snprintf(text, sizeof text, HEAD, homes);
    snprintf(text + len, sizeof text - (size_t)len, "timeline:\n  - {at: 1s, %s}\n", event);
    const observer looking = {.ctx = seen, .nat = on_nat};
    memset(seen, 0, sizeof *seen);
    evidence of = evidence_new(
        &(evidence_options){.text = text, .seed = seed, .watchers = &looking, .watcher_count = 1});
    evidence_finish(&of);
    evidence_free(&of);
}

static void run(const char *event, uint64_t seed, sight *seen)
{
    run_behind("", event, seed, seen);
}

/* By address: 100.64.0.1 is the home's NAT, with the bindings of both laptops; 10.2.0.N are the phones. */
static void test_whose(void)
{
    static const struct {
        const char *event;
        const char *log;
    } cases[] = {
        {"shuffle: carrier, change: port, of: all", "shuffle all 6@1000"},
        {"shuffle: carrier, change: port, of: p2", "shuffle 0.2 1@1000"},
        {"shuffle: carrier, change: port, of: [p4, p1]", "shuffle 0.4 1@1000, shuffle 0.1 1@1000"},
        {"shuffle: carrier, change: address, of: l1", "shuffle 0.1 2@1000"},
        {"shuffle: carrier, change: address, of: [l1, l2]", "shuffle 0.1 2@1000"}, /* one subscriber, once */
        {"shuffle: home, change: port, of: l2", "shuffle 0.2 1@1000"},
        {"shuffle: home, change: port, of: l2, every: 1s, times: 2",
         "shuffle 0.2 1@1000, shuffle 0.2 1@2000"},
        {"expire: carrier, of: all, over: 1s",
         "expire 0.1 1@1000, expire 0.2 1@1200, expire 0.3 1@1400, expire 0.4 1@1600, expire 0.1 2@1800"},
        {"expire: home, of: all", "expire all 2@1000"},
        {"restart: home", "restart all 2@1000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sight seen;
        run(cases[i].event, 1, &seen);
        CHECK_STRING(seen.log, cases[i].log, "%s", cases[i].event);
    }
}

/* Towards one node alone: a laptop's one binding leads to the server. */
static void test_towards(void)
{
    sight seen;
    run_behind(", kind: linux-masquerade", "expire: home, of: l1, to: server", 1, &seen);
    CU_ASSERT_STRING_EQUAL(seen.log, "expire 0.1 1@1000");
    run_behind(", kind: linux-masquerade", "expire: home, of: all, to: server", 1, &seen);
    CU_ASSERT_STRING_EQUAL(seen.log, "expire all 2@1000");
}

/* So many, all different, and of other seeds others; a share is rounded up. */
static void test_drawn(void)
{
    static const struct {
        const char *event;
        size_t count;
    } cases[] = {{"shuffle: carrier, change: port, of: 2", 2},
                 {"shuffle: carrier, change: port, of: 50", 5},
                 {"shuffle: carrier, change: port, of: 1%", 1},
                 {"shuffle: carrier, change: port, of: 41%", 3},
                 {"shuffle: carrier, change: port, of: 100%", 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sight seen;
        run(cases[i].event, 1, &seen);
        CU_ASSERT_EQUAL(seen.count, cases[i].count);
        for (size_t a = 0; a < seen.count; a++)
            for (size_t b = 0; b < a; b++)
                CU_ASSERT_FALSE(roam_addr_equal(&seen.subscribers[a], &seen.subscribers[b]));
    }
    char first[LOG_MAX];
    bool differs = false;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        sight seen;
        run(cases[0].event, seed, &seen);
        if (seed == 1)
            memcpy(first, seen.log, sizeof first);
        differs |= strcmp(first, seen.log) != 0;
    }
    CU_ASSERT_TRUE(differs);
}

/* A NAT of 65,536 addresses, all of them subscribers of the carrier. Looking for each among the others costs
 * 2^31 comparisons, which is seconds; without that it is a small part of one. */
static void test_many(void)
{
    sight seen;
    const clock_t before = clock();
    run_behind(", pool: 100.64.0.0/16", "shuffle: carrier, change: port, of: [l1, l2]", 1, &seen);
    const double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    CU_ASSERT_EQUAL(seen.count, 65536);
    if (seconds > 2)
        printf("\n  took %f s of processor time\n", seconds);
    CU_ASSERT(seconds <= 2);
}

static const check_test TESTS[] = {
    {"whose", test_whose}, {"towards", test_towards}, {"drawn", test_drawn}, {"many", test_many}};
CHECK_MAIN("timeline of NATs", TESTS)
