/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measured validation time against the closed form.
 *
 * The network of the fixture has delays and nothing else: no serialisation, no queues. A PATH_CHALLENGE
 * leaves in the step that takes the call, the peer answers in the step that receives it, and neither waits
 * for a pacer: the connection has been idle, so its pacer has no debt, on either end. Validation takes one
 * round trip of the new path, to the nanosecond.
 *
 * On a dead path QUIC repeats itself (RFC 9000 section 8.2.4). With P the larger of the current PTO and that
 * of a path without a sample, challenges of one validation leave at 0 and P, two packets each, and it is
 * given up at 3 P: the next two would leave then. P for a path without a sample is (RFC 9002
 * sections 6.2.1, 6.2.2) initial_rtt + 4 * initial_rtt / 2 + max_ack_delay = 3 * initial_rtt + 25 ms.
 */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#define MAX_ACK_DELAY_NS (25 * NET_MS) /* RFC 9000 section 18.2, the default, which roam announces */

/* 20 ms apart, and idle for five seconds when a test begins. */
static const net_pair_options idle = {.idle_ns = 5 * NET_S};

/* ---- A living path: one round trip ---- */

static void one_round_trip(uint64_t rtt_ns)
{
    net_pair p = net_pair_new(&idle);
    net_delay(p.net, 1, 0);
    net_delay(p.net, 2, rtt_ns / 2);
    uint64_t start_ns = net_now(p.net);
    net_migrate(p.a, p.b_at_a, 2, 10 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 10 * NET_S);
    int ms = (int)(rtt_ns / NET_MS);
    if (CHECK(p.a->result_count, 1, "results, RTT %d ms", ms)) {
        const roam_migration_record *r = &p.a->results[0].record;
        CHECK(r->result, ROAM_OK, "result, RTT %d ms", ms);
        CHECK(r->first_challenge_ns - start_ns, 0, "challenge sent, RTT %d ms", ms);
        CHECK(r->response_ns - start_ns, rtt_ns, "response received, RTT %d ms", ms);
        CHECK(r->finished_ns - start_ns, rtt_ns, "finished, RTT %d ms", ms);
        CHECK(p.a->results[0].at_ns - start_ns, rtt_ns, "result told, RTT %d ms", ms);
        CHECK(r->validation_rounds, 1, "rounds, RTT %d ms", ms);
    }
    net_free(p.net);
}

static void test_one_round_trip(void)
{
    static const uint64_t rtts_us[] = {1000,  2000,   5000,   10000,  20000,  33334,
                                       50000, 100000, 200000, 333334, 500000, 1000000};
    for (size_t i = 0; i < sizeof rtts_us / sizeof rtts_us[0]; i++)
        one_round_trip(rtts_us[i] * 1000);
}

/* The old path dies a while before the call, with a message unanswered on it: whether that is noticed before
 * the call, after it or never, an answer that is on its way counts, and validation takes one round trip. */
static void test_old_path_dies(void)
{
    static const uint64_t dead_ms[] = {5, 10, 20, 40, 50, 60, 80, 100, 150, 300, 1000};
    static const uint64_t rtts_ms[] = {2, 20, 60, 200, 400, 1000};
    for (size_t i = 0; i < sizeof dead_ms / sizeof dead_ms[0]; i++) {
        for (size_t k = 0; k < sizeof rtts_ms / sizeof rtts_ms[0]; k++) {
            net_pair p = net_pair_new(&idle);
            net_delay(p.net, 1, 0);
            net_delay(p.net, 2, rtts_ms[k] * NET_MS / 2);
            net_block(p.net, 0, true, true);
            net_send(p.a, p.b_at_a, 0, "lost", 4);
            net_run_for(p.net, dead_ms[i] * NET_MS);
            uint64_t start_ns = net_now(p.net);
            net_migrate(p.a, p.b_at_a, 2, 10 * NET_S, ROAM_VALIDATE_FIRST, NULL);
            net_run_for(p.net, 10 * NET_S);
            if (CHECK(p.a->result_count, 1, "results, dead for %d ms", (int)dead_ms[i])) {
                CHECK(p.a->results[0].record.result, ROAM_OK, "result, dead for %d ms", (int)dead_ms[i]);
                CHECK(p.a->results[0].at_ns - start_ns, rtts_ms[k] * NET_MS,
                      "time of the result, dead for %d ms, RTT %d ms", (int)dead_ms[i], (int)rtts_ms[k]);
            }
            net_free(p.net);
        }
    }
}

/* ---- A dead path: rounds of 3 P ---- */

enum { SENT_MAX = 64 };

/* Every datagram sent from one network, and whether it arrives. */
typedef struct tap {
    const net_fixture *net;
    int network;
    uint64_t start_ns;
    uint64_t lost_below_ns; /* since the start */
    uint64_t at_ns[SENT_MAX];
    size_t lens[SENT_MAX];
    size_t count;
} tap;

static bool on_datagram(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    tap *t = user;
    if (from->bytes[1] != t->network)
        return false;
    uint64_t at_ns = net_now(t->net) - t->start_ns;
    if (t->count < SENT_MAX) {
        t->at_ns[t->count] = at_ns;
        t->lens[t->count++] = datagram->len;
    }
    return at_ns < t->lost_below_ns;
}

static uint64_t probe_timeout_ns(net_pair *p, uint64_t initial_rtt_ns)
{
    roam_path_stats stats;
    if (roam_peer_path_stats(p->a->node, p->b_at_a, &stats))
        return 0;
    uint64_t initial_ns = 3 * initial_rtt_ns + MAX_ACK_DELAY_NS;
    return stats.pto_ns > initial_ns ? stats.pto_ns : initial_ns;
}

static void fast_initial_rtt(roam_node_options *options)
{
    options->initial_rtt_ns = 100 * NET_MS;
}

static void tiny_initial_rtt(roam_node_options *options)
{
    options->initial_rtt_ns = 1 * NET_MS; /* the PTO now is the larger one */
}

/* Rounds at 0, 3 P, 6 P ..., each with two challenges at once and two after P. The budget ends in the middle
 * of the flight that would follow. */
static void challenges_of(void (*change)(roam_node_options *options), uint64_t initial_rtt_ns,
                          uint32_t rounds)
{
    net_pair p = net_pair_new(&(net_pair_options){.change_a = change, .idle_ns = 5 * NET_S});
    tap t = {.net = p.net, .network = 2, .start_ns = net_now(p.net), .lost_below_ns = ROAM_NEVER};
    uint64_t pto_ns = probe_timeout_ns(&p, initial_rtt_ns);
    uint64_t budget_ns = 3 * pto_ns * rounds - pto_ns / 2;
    size_t i = 0;
    net_filter(p.net, on_datagram, &t);
    net_migrate(p.a, p.b_at_a, 2, budget_ns, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, budget_ns + NET_S);
    CHECK(t.count, 4 * rounds, "datagrams on the new path");
    for (uint64_t round = 0; round < rounds; round++) {
        for (uint64_t flight = 0; flight < 2; flight++) {
            for (int packet = 0; packet < 2 && i < t.count; packet++, i++) {
                CHECK(t.at_ns[i], (3 * round + flight) * pto_ns, "challenge %zu", i);
                CHECK(t.lens[i] >= 1200, true, "challenge %zu is padded (RFC 9000 section 8.2.1)", i);
            }
        }
    }
    CHECK(p.a->result_count, 1, "results");
    CHECK(p.a->results[0].record.result, ROAM_ERR_TIMEOUT, "result");
    CHECK(p.a->results[0].record.challenges_sent, 4 * rounds, "challenges");
    CHECK(p.a->results[0].record.validation_rounds, rounds, "rounds");
    net_free(p.net);
}

static void test_challenges_on_a_dead_path(void)
{
    challenges_of(NULL, 333 * NET_MS, 4);
    challenges_of(fast_initial_rtt, 100 * NET_MS, 4);
    challenges_of(tiny_initial_rtt, 1 * NET_MS, 1); /* the PTO now changes with every sample */
}

/* ---- The budget, not QUIC, decides ---- */

/* Budgets as multiples of P in quarters, and a little less or more. Rounds after the second are late by what
 * the pacer holds back: far less than a millisecond. */
static const struct {
    uint64_t quarters;
    int64_t more_ns;
    uint32_t rounds;
} budgets[] = {
    {.quarters = 0, .more_ns = 1, .rounds = 1},         {.quarters = 1, .more_ns = 0, .rounds = 1},
    {.quarters = 4, .more_ns = -1, .rounds = 1},        {.quarters = 4, .more_ns = 0, .rounds = 1},
    {.quarters = 4, .more_ns = 1, .rounds = 1},         {.quarters = 8, .more_ns = 0, .rounds = 1},
    {.quarters = 12, .more_ns = -1, .rounds = 1},       {.quarters = 12, .more_ns = 0, .rounds = 1},
    {.quarters = 12, .more_ns = 1, .rounds = 2},        {.quarters = 14, .more_ns = 0, .rounds = 2},
    {.quarters = 24, .more_ns = 0, .rounds = 2},        {.quarters = 24, .more_ns = NET_MS, .rounds = 3},
    {.quarters = 30, .more_ns = 0, .rounds = 3},        {.quarters = 36, .more_ns = -1, .rounds = 3},
    {.quarters = 120, .more_ns = NET_MS, .rounds = 11},
};

static void test_the_budget_decides(void)
{
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        net_pair p = net_pair_new(&idle);
        net_block(p.net, 2, true, true);
        uint64_t start_ns = net_now(p.net), pto_ns = probe_timeout_ns(&p, 333 * NET_MS);
        uint64_t budget_ns = budgets[i].quarters * (pto_ns / 4) + (uint64_t)budgets[i].more_ns;
        CHECK(pto_ns % 4, 0, "P in quarters");
        net_migrate(p.a, p.b_at_a, 2, budget_ns, ROAM_VALIDATE_FIRST, NULL);
        net_run_for(p.net, budget_ns + 10 * NET_S);
        if (CHECK(p.a->result_count, 1, "results of budget %zu", i)) {
            const roam_migration_record *r = &p.a->results[0].record;
            CHECK(r->result, ROAM_ERR_TIMEOUT, "result of budget %zu", i);
            CHECK(r->detail, ROAM_DETAIL_NO_RESPONSE, "detail of budget %zu", i);
            CHECK(r->finished_ns - start_ns, budget_ns, "end of budget %zu", i);
            CHECK(p.a->results[0].at_ns - start_ns, budget_ns, "result told of budget %zu", i);
            CHECK(r->validation_rounds, budgets[i].rounds, "rounds within budget %zu", i);
        }
        CHECK(p.a->adapters_open, 1, "adapters after budget %zu", i);
        net_free(p.net);
    }
}

/* The path comes alive between challenges: the next one to leave is answered. */
static void comes_alive(uint64_t alive_quarters, uint64_t ok_quarters, uint32_t rounds)
{
    net_pair p = net_pair_new(&idle);
    uint64_t quarter_ns = probe_timeout_ns(&p, 333 * NET_MS) / 4;
    uint64_t expected_ns = ok_quarters * quarter_ns + 40 * NET_MS; /* the round trip */
    tap t = {
        .net = p.net, .network = 2, .start_ns = net_now(p.net), .lost_below_ns = alive_quarters * quarter_ns};
    net_filter(p.net, on_datagram, &t);
    net_migrate(p.a, p.b_at_a, 2, 60 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 70 * NET_S);
    if (CHECK(p.a->result_count, 1, "results, alive at %d/4 P", (int)alive_quarters)) {
        const roam_migration_record *r = &p.a->results[0].record;
        CHECK(r->result, ROAM_OK, "result, alive at %d/4 P", (int)alive_quarters);
        CHECK(r->response_ns - t.start_ns, expected_ns, "response, alive at %d/4 P", (int)alive_quarters);
        CHECK(r->validation_rounds, rounds, "rounds, alive at %d/4 P", (int)alive_quarters);
    }
    net_free(p.net);
}

static void test_a_path_that_comes_alive(void)
{
    static const struct {
        uint64_t alive_quarters, ok_quarters; /* of P */
        uint32_t rounds;
    } cases[] = {{.alive_quarters = 0, .ok_quarters = 0, .rounds = 1},
                 {.alive_quarters = 1, .ok_quarters = 4, .rounds = 1},
                 {.alive_quarters = 4, .ok_quarters = 4, .rounds = 1},
                 {.alive_quarters = 5, .ok_quarters = 12, .rounds = 2},
                 {.alive_quarters = 11, .ok_quarters = 12, .rounds = 2},
                 {.alive_quarters = 13, .ok_quarters = 16, .rounds = 2},
                 {.alive_quarters = 17, .ok_quarters = 24, .rounds = 3},
                 {.alive_quarters = 25, .ok_quarters = 28, .rounds = 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        comes_alive(cases[i].alive_quarters, cases[i].ok_quarters, cases[i].rounds);
}

static const check_test tests[] = {
    {"one round trip", test_one_round_trip},
    {"one round trip although the old path dies", test_old_path_dies},
    {"challenges on a dead path", test_challenges_on_a_dead_path},
    {"the budget decides", test_the_budget_decides},
    {"a path that comes alive", test_a_path_that_comes_alive},
};

CHECK_MAIN("path_validation", tests)
