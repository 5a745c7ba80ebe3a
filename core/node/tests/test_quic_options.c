/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the connections of a node are set to (core/roam_quic.h). */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

static void no_random(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    for (size_t i = 0; i < len; i++)
        bytes[i] = 0;
}

static void no_congestion(roam_node_options *options)
{
    options->quic.congestion = (roam_congestion)3;
}

static void window_of_one(roam_node_options *options)
{
    options->quic.initial_window = 1;
}

static void window_too_large(roam_node_options *options)
{
    options->quic.initial_window = 65537;
}

static void never_acknowledges(roam_node_options *options)
{
    options->quic.ack_every = 0;
}

static void exponent_too_large(roam_node_options *options)
{
    options->quic.ack_delay_exponent = 21;
}

static void delay_too_long(roam_node_options *options)
{
    options->quic.max_ack_delay_ns = 16384 * NET_MS;
}

static void delay_in_parts(roam_node_options *options)
{
    options->quic.max_ack_delay_ns = 25 * NET_MS + 1;
}

static void too_few_ids(roam_node_options *options)
{
    options->active_connection_id_limit = 1;
}

static void too_many_ids(roam_node_options *options)
{
    options->active_connection_id_limit = 9; /* ngtcp2 would not return */
}

static int made(void (*change)(roam_node_options *))
{
    net_fixture *const net = net_new();
    net_host *const host = net_add(net, "a", 0, NULL);
    roam_node *node = NULL;
    roam_node_options options;
    roam_node_options_default(&options);
    options.identity = host->identity;
    options.callbacks.random = no_random;
    change(&options);
    const int status = roam_node_new(&options, &node);
    roam_node_free(node);
    net_free(net);
    return status;
}

static void test_refused(void)
{
    static void (*const changes[])(roam_node_options *) = {
        no_congestion,  window_of_one,  window_too_large, never_acknowledges, exponent_too_large,
        delay_too_long, delay_in_parts, too_few_ids,      too_many_ids};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        CHECK(made(changes[i]), ROAM_ERR_INVALID_ARGUMENT, "case %zu", i);
}

/* ---- The initial window ---- */

static void with_window(roam_node_options *options)
{
    options->quic.initial_window = 32;
}

static void with_window_and_bbr(roam_node_options *options)
{
    options->quic.initial_window = 32;
    options->quic.congestion = ROAM_CONGESTION_BBR;
}

static void with_nothing(roam_node_options *options)
{
    (void)options;
}

/* On a path that a connection has just moved to: that of RFC 9002 section 7.2, or packets of 1200 bytes. */
static void test_initial_window(void)
{
    static const struct {
        void (*change)(roam_node_options *options);
        uint64_t cwnd;
    } cases[] = {{with_nothing, 12000}, {with_window, 38400}, {with_window_and_bbr, 38400}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!CHECK(made(cases[i].change), 0, "made, case %zu", i))
            continue; /* ngtcp2 as released has a window of its own */
        net_pair p = net_pair_new(&(net_pair_options){.change_a = cases[i].change, .idle_ns = 1 * NET_S});
        CHECK(net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL), true, "called");
        net_run_for(p.net, 2 * NET_S);
        CHECK(p.a->result_count, 1, "results");
        CHECK(p.a->results[0].record.cwnd_after, cases[i].cwnd, "case %zu", i);
        net_free(p.net);
    }
}

/* ---- Acknowledgements ---- */

static void slow_to_acknowledge(roam_node_options *options)
{
    options->accept = true;
    options->quic.max_ack_delay_ns = 16 * NET_MS;
}

static void coarse(roam_node_options *options)
{
    slow_to_acknowledge(options);
    options->quic.ack_delay_exponent = 20;
}

static void at_once(roam_node_options *options)
{
    options->accept = true;
    options->quic.max_ack_delay_ns = 0;
}

static void every_packet(roam_node_options *options)
{
    options->accept = true;
    options->quic.ack_every = 1;
}

/* The round trip is 200 ms, and b waits 16 ms before it acknowledges a single message. It says so in units of
 * 8 us, and a takes them off; in units of 2^20 us they are none, and enter the smoothed RTT (RFC 9002
 * section 5.3). Without a wait there is nothing to take off. */
static void test_acknowledgements(void)
{
    static const struct {
        void (*change)(roam_node_options *options);
        uint64_t latest_ns, sample_ns;
    } cases[] = {{slow_to_acknowledge, 216 * NET_MS, 200 * NET_MS},
                 {coarse, 216 * NET_MS, 216 * NET_MS},
                 {at_once, 200 * NET_MS, 200 * NET_MS},
                 {every_packet, 200 * NET_MS, 200 * NET_MS}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        net_pair p = net_pair_new(&(net_pair_options){.change_b = cases[i].change, .apart = true});
        roam_path_stats before, after;
        net_delay(p.net, 0, 90 * NET_MS);
        net_delay(p.net, 1, 10 * NET_MS);
        net_pair_connect(&p);
        net_run_for(p.net, 5 * NET_S);
        CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &before), 0, "path statistics");
        net_send(p.a, p.b_at_a, 1, "x", 1);
        net_poke(p.a);
        net_run_for(p.net, 1 * NET_S);
        CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &after), 0, "path statistics");
        CHECK(after.latest_rtt_ns, cases[i].latest_ns, "latest RTT, case %zu", i);
        CHECK(after.srtt_ns, (7 * before.srtt_ns + cases[i].sample_ns) / 8, "SRTT, case %zu", i);
        net_free(p.net);
    }
}

/* ---- Connection IDs without another path ---- */

static void changing_ids(roam_node_options *options)
{
    options->accept = true;
    options->active_connection_id_limit = 2;
    options->quic.rotate_connection_ids_ns = 1 * NET_MS;
    options->quic.retire_connection_ids_ns = 1 * NET_MS;
}

/* Both ends ask for more than the round trip of the default delays allows, with the fewest IDs: the
 * connection lives, and moves. */
static void test_ids_change_all_the_time(void)
{
    if (!CHECK(made(changing_ids), 0, "made"))
        return; /* ngtcp2 as released has no call for it */
    net_pair p = net_pair_new(&(net_pair_options){.change_a = changing_ids, .change_b = changing_ids});
    const uint64_t before = net_stats_of(p.net).datagrams;
    net_run_for(p.net, 2 * NET_S);
    CHECK_AT_LEAST(net_stats_of(p.net).datagrams - before, 40, "packets of a connection that says nothing");
    CHECK(net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL), true, "called");
    net_run_for(p.net, 2 * NET_S);
    CHECK(p.a->result_count, 1, "results");
    CHECK(p.a->results[0].record.result, ROAM_OK, "of the migration");
    CHECK(net_ups(p.a) + net_ups(p.b), 2, "both up");
    net_free(p.net);
}

static const check_test TESTS[] = {{"refused", test_refused},
                                   {"initial window", test_initial_window},
                                   {"acknowledgements", test_acknowledgements},
                                   {"IDs change all the time", test_ids_change_all_the_time}};
CHECK_MAIN("core quic options", TESTS)
