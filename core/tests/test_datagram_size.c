/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An adapter that refuses a datagram for its size (RFC 9000 section 14.2): packets are small for a second,
 * and then as large as the path takes. */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum {
    SMALL = 1200,
    LARGE = 1444 /* the largest that ngtcp2 probes for, below our limit */,
    MESSAGE_BYTES = 4000,
    MESSAGES = 20
};

/* One end of a pair sends messages to the other. */
typedef struct way {
    net_fixture *net;
    net_host *from, *to;
    roam_peer_id peer; /* to at from */
    size_t longest;    /* datagram that the adapter of from took */
} way;

static bool note_length(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    way *w = user;
    if (from->bytes[3] == w->from->number && datagram->segment_len > w->longest)
        w->longest = datagram->segment_len;
    return false;
}

/* largest: that the adapter of the end which sends takes from the start; 0: any. */
static void way_init(way *w, bool of_a, size_t largest)
{
    net_pair p = net_pair_new(&(net_pair_options){.apart = true});
    *w = (way){.net = p.net, .from = of_a ? p.a : p.b, .to = of_a ? p.b : p.a};
    w->from->largest[w->from->network] = largest;
    net_pair_connect(&p);
    w->peer = of_a ? p.b_at_a : p.a_at_b;
    net_filter(p.net, note_length, w);
}

static void send_many(way *w)
{
    static const uint8_t bytes[MESSAGE_BYTES];
    for (int i = 0; i < MESSAGES; i++)
        net_send(w->from, w->peer, 0, bytes, sizeof bytes);
}

static uint64_t failed(const way *w)
{
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(w->from->node, w->peer, &stats), 0, "stats");
    return stats.datagrams_failed;
}

static void test_refused(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        way w;
        way_init(&w, of_a, 0);
        net_host *from = w.from;
        send_many(&w);
        net_run_for(w.net, 5 * NET_S);
        CHECK(w.longest, LARGE, "longest datagram before, dialler %d", of_a);

        from->largest[from->network] = 1300;
        w.longest = 0;
        send_many(&w);
        net_run_for(w.net, 500 * NET_MS);
        CHECK(failed(&w) >= 1, true, "datagrams refused, dialler %d", of_a);
        CHECK(w.to->messages, 2 * MESSAGES, "messages half a second later, dialler %d", of_a);
        CHECK(w.longest, SMALL, "longest datagram, dialler %d", of_a);

        net_run_for(w.net, 10 * NET_S); /* larger ones are tried again, and refused again */
        const uint64_t failed_before = failed(&w);
        send_many(&w);
        net_run_for(w.net, 500 * NET_MS);
        CHECK(failed(&w) > failed_before, true, "datagrams refused again, dialler %d", of_a);
        CHECK(w.to->messages, 3 * MESSAGES, "messages half a second later, dialler %d", of_a);
        CHECK(w.longest <= 1300, true, "longest datagram, dialler %d: %d", of_a, (int)w.longest);

        from->largest[from->network] = 0;
        net_run_for(w.net, 10 * NET_S);
        send_many(&w);
        net_run_for(w.net, 500 * NET_MS);
        CHECK(w.longest, LARGE, "longest datagram when the path takes it, dialler %d", of_a);
        CHECK(w.to->messages, 4 * MESSAGES, "messages in the end, dialler %d", of_a);
        CHECK(net_count(w.from, ROAM_EVENT_PEER_DOWN) + net_count(w.to, ROAM_EVENT_PEER_DOWN), 0, "downs");
        net_free(w.net);
    }
}

/* The path took no more from the start: the search for a larger size meets refusals, and goes on. */
static void test_probes_refused(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        way w;
        way_init(&w, of_a, 1400);
        net_run_for(w.net, NET_S);
        send_many(&w);
        net_run_for(w.net, 500 * NET_MS);
        CHECK(failed(&w) >= 1, true, "probes refused, dialler %d", of_a);
        CHECK(w.to->messages, MESSAGES, "messages half a second later, dialler %d", of_a);
        CHECK(w.longest, 1342, "longest datagram, dialler %d", of_a);
        net_free(w.net);
    }
}

static const check_test tests[] = {
    {"refused for its size", test_refused},
    {"probes for a larger size refused", test_probes_refused},
};

CHECK_MAIN("datagram_size", tests)
