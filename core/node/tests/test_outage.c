/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows an outage that both ends sat out: a probe that the application asks for, and the tick. */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#define ONE_WAY_NS (20 * NET_MS)
#define ROUND_TRIP_NS (2 * ONE_WAY_NS)

enum { BULK = 200, BULK_BYTES = 1000 }; /* more than the window, a packet each */

static const net_pair_options idle = {.idle_ns = 5 * NET_S};

static void ticking(roam_node_options *options)
{
    options->keep_alive_ns = NET_S;
}

static void accepting_and_ticking(roam_node_options *options)
{
    net_accepting(options);
    ticking(options);
}

static void probe(net_pair *p, net_host *host)
{
    const roam_peer_id peer = host == p->a ? p->b_at_a : p->a_at_b;
    CHECK(roam_peer_probe(host->node, peer, net_now(p->net)), 0, "probe");
    net_poke(host);
}

/* ---- A probe ---- */

/* Who has sent something into the outage, and who is told of its end. */
static const struct {
    const char *what;
    bool a_sends, b_sends, a_probes;
    uint64_t at_a_ns, at_b_ns; /* when the data is there, after the probe; 0: there is none */
} probes[] = {
    {.what = "the dialler has data and probes", .a_sends = true, .a_probes = true, .at_b_ns = ONE_WAY_NS},
    {.what = "the acceptor has data and probes", .b_sends = true, .at_a_ns = ONE_WAY_NS},
    {.what = "the dialler has data, the acceptor probes", .a_sends = true, .at_b_ns = ROUND_TRIP_NS},
    {.what = "the acceptor has data, the dialler probes",
     .b_sends = true,
     .a_probes = true,
     .at_a_ns = ROUND_TRIP_NS},
    {.what = "both have data, the dialler probes",
     .a_sends = true,
     .b_sends = true,
     .a_probes = true,
     .at_a_ns = ROUND_TRIP_NS,
     .at_b_ns = ONE_WAY_NS},
    {.what = "both have data, the acceptor probes",
     .a_sends = true,
     .b_sends = true,
     .at_a_ns = ONE_WAY_NS,
     .at_b_ns = ROUND_TRIP_NS},
};

static uint64_t arrivals_ns[3]; /* of the last message of a host, by its number */

static void note_arrival(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)message;
    arrivals_ns[host->number] = now_ns;
}

static void test_probe(void)
{
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        const char *what = probes[i].what;
        net_pair p = net_pair_new(&idle);
        p.a->on_message = p.b->on_message = note_arrival;
        arrivals_ns[1] = arrivals_ns[2] = 0;
        net_block(p.net, 0, true, true);
        if (probes[i].a_sends)
            net_send(p.a, p.b_at_a, 0, "x", 1);
        if (probes[i].b_sends)
            net_send(p.b, p.a_at_b, 0, "x", 1);
        net_run_for(p.net, 8 * NET_S); /* less than keep_alive_ns */
        net_block(p.net, 0, false, false);
        net_run_for(p.net, 200 * NET_MS);
        CHECK(p.a->messages + p.b->messages, 0, "%s: messages without a probe, for the PTO is long", what);
        const uint64_t start_ns = net_now(p.net);
        probe(&p, probes[i].a_probes ? p.a : p.b);
        net_run_for(p.net, 2 * ROUND_TRIP_NS);
        CHECK(p.a->messages, probes[i].b_sends, "%s: messages at a", what);
        CHECK(p.b->messages, probes[i].a_sends, "%s: messages at b", what);
        if (probes[i].at_a_ns)
            CHECK(arrivals_ns[1] - start_ns, probes[i].at_a_ns, "%s: time at a", what);
        if (probes[i].at_b_ns)
            CHECK(arrivals_ns[2] - start_ns, probes[i].at_b_ns, "%s: time at b", what);
        net_free(p.net);
    }
}

/* The window was full when the path died: a probe needs no room in it. */
static void test_probe_with_a_full_window(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        static const uint8_t bytes[BULK_BYTES];
        net_pair p = net_pair_new(&idle);
        net_host *from = of_a ? p.a : p.b, *to = of_a ? p.b : p.a;
        net_block(p.net, 0, true, true);
        for (int i = 0; i < BULK; i++)
            net_send(from, of_a ? p.b_at_a : p.a_at_b, 0, bytes, sizeof bytes);
        net_run_for(p.net, 8 * NET_S);
        net_block(p.net, 0, false, false);
        probe(&p, from);
        net_run_for(p.net, 2 * ROUND_TRIP_NS);
        CHECK(to->messages >= 1, true, "messages within two round trips, dialler %d", of_a);
        net_run_for(p.net, 5 * NET_S);
        CHECK(to->messages, BULK, "messages, dialler %d", of_a);
        net_free(p.net);
    }
}

static void test_probe_when_idle(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        net_pair p = net_pair_new(&idle);
        net_host *from = of_a ? p.a : p.b;
        roam_path_stats before = {0}, after = {0};
        const roam_peer_id peer = of_a ? p.b_at_a : p.a_at_b;
        CHECK(roam_peer_path_stats(from->node, peer, &before), 0, "stats");
        probe(&p, from);
        net_run_for(p.net, ROUND_TRIP_NS);
        CHECK(roam_peer_path_stats(from->node, peer, &after), 0, "stats");
        CHECK(after.datagrams_sent - before.datagrams_sent, 2, "datagrams sent, dialler %d", of_a);
        CHECK(after.datagrams_received - before.datagrams_received, 1, "datagrams received, dialler %d",
              of_a);
        net_free(p.net);
    }
}

static void test_probe_errors(void)
{
    net_pair p = net_pair_new(&idle);
    const uint64_t now_ns = net_now(p.net);
    CHECK(roam_peer_probe(p.a->node, (roam_peer_id){0}, now_ns), ROAM_ERR_UNKNOWN_PEER, "no peer");
    CHECK(roam_peer_probe(p.a->node, (roam_peer_id){99}, now_ns), ROAM_ERR_UNKNOWN_PEER, "unknown");
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_run_for(p.net, NET_S);
    CHECK(roam_peer_probe(p.a->node, p.b_at_a, net_now(p.net)), ROAM_ERR_NOT_CONNECTED, "after a hang-up");
    CHECK(roam_peer_probe(p.b->node, p.a_at_b, net_now(p.net)), ROAM_ERR_NOT_CONNECTED, "at the other end");
    net_free(p.net);
}

/* ---- The tick ---- */

/* Nobody tells of the end of the outage: data waits for no longer than keep_alive_ns. */
static void test_tick(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        static const uint8_t bytes[BULK_BYTES];
        net_pair p =
            net_pair_new(&(net_pair_options){.change_a = of_a ? ticking : NULL,
                                             .change_b = of_a ? net_accepting : accepting_and_ticking,
                                             .idle_ns = 5 * NET_S});
        net_host *from = of_a ? p.a : p.b, *to = of_a ? p.b : p.a;
        net_block(p.net, 0, true, true);
        for (int i = 0; i < BULK; i++)
            net_send(from, of_a ? p.b_at_a : p.a_at_b, 0, bytes, sizeof bytes);
        net_run_for(p.net, 25 * NET_S);
        net_block(p.net, 0, false, false);
        net_run_for(p.net, NET_S + 2 * ROUND_TRIP_NS);
        CHECK(to->messages >= 1, true, "messages when the tick was due, dialler %d", of_a);
        net_run_for(p.net, 5 * NET_S);
        CHECK(to->messages, BULK, "messages, dialler %d", of_a);
        CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
        net_free(p.net);
    }
}

static const check_test tests[] = {
    {"a probe after an outage", test_probe},
    {"a probe with a full window", test_probe_with_a_full_window},
    {"a probe when idle", test_probe_when_idle},
    {"a probe of no connection", test_probe_errors},
    {"the tick bounds the wait", test_tick},
};

CHECK_MAIN("outage", tests)
