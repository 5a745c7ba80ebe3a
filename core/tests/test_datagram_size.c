/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An adapter that refuses a datagram for its size (RFC 9000 section 14.2): packets are small for a second,
 * and then as large as the path takes. */
#include "core/tests/check.h"
#include "core/tests/net.h"

enum {
    SMALL = 1200,
    LARGE = 1444 /* the largest that ngtcp2 probes for, below our limit */,
    MESSAGE_BYTES = 4000,
    MESSAGES = 20
};

typedef struct pair {
    net_fixture *net;
    net_host *a, *b;
    roam_peer_id b_at_a, a_at_b;
    net_host *from, *to; /* of the messages */
    size_t longest;      /* datagram that the adapter of from took */
} pair;

static bool note_length(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    pair *p = user;
    if (from->bytes[3] == p->from->number && datagram->segment_len > p->longest)
        p->longest = datagram->segment_len;
    return false;
}

/* largest: that the adapter of the end which sends takes from the start; 0: any. */
static void pair_init(pair *p, bool of_a, size_t largest)
{
    *p = (pair){.net = net_new()};
    p->a = net_add(p->net, "a", 0, NULL);
    p->b = net_add(p->net, "b", 1, net_accepting);
    p->from = of_a ? p->a : p->b;
    p->to = of_a ? p->b : p->a;
    p->from->largest[p->from->network] = largest;
    net_listen(p->b);
    p->b_at_a = net_connect(p->a, p->b);
    p->a_at_b = roam_peer_find(p->b->node, "a");
    net_filter(p->net, note_length, p);
}

static void send_many(pair *p)
{
    static const uint8_t bytes[MESSAGE_BYTES];
    for (int i = 0; i < MESSAGES; i++)
        net_send(p->from, p->from == p->a ? p->b_at_a : p->a_at_b, 0, bytes, sizeof bytes);
}

static uint64_t failed(const pair *p)
{
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p->from->node, p->from == p->a ? p->b_at_a : p->a_at_b, &stats), 0, "stats");
    return stats.datagrams_failed;
}

static void test_refused(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        pair p;
        pair_init(&p, of_a, 0);
        net_host *from = p.from;
        send_many(&p);
        net_run_for(p.net, 5 * NET_S);
        CHECK(p.longest, LARGE, "longest datagram before, dialler %d", of_a);

        from->largest[from->network] = 1300;
        p.longest = 0;
        send_many(&p);
        net_run_for(p.net, 500 * NET_MS);
        CHECK(failed(&p) >= 1, true, "datagrams refused, dialler %d", of_a);
        CHECK(p.to->messages, 2 * MESSAGES, "messages half a second later, dialler %d", of_a);
        CHECK(p.longest, SMALL, "longest datagram, dialler %d", of_a);

        net_run_for(p.net, 10 * NET_S); /* larger ones are tried again, and refused again */
        const uint64_t failed_before = failed(&p);
        send_many(&p);
        net_run_for(p.net, 500 * NET_MS);
        CHECK(failed(&p) > failed_before, true, "datagrams refused again, dialler %d", of_a);
        CHECK(p.to->messages, 3 * MESSAGES, "messages half a second later, dialler %d", of_a);
        CHECK(p.longest <= 1300, true, "longest datagram, dialler %d: %d", of_a, (int)p.longest);

        from->largest[from->network] = 0;
        net_run_for(p.net, 10 * NET_S);
        send_many(&p);
        net_run_for(p.net, 500 * NET_MS);
        CHECK(p.longest, LARGE, "longest datagram when the path takes it, dialler %d", of_a);
        CHECK(p.to->messages, 4 * MESSAGES, "messages in the end, dialler %d", of_a);
        CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
        net_free(p.net);
    }
}

/* The path took no more from the start: the search for a larger size meets refusals, and goes on. */
static void test_probes_refused(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        pair p;
        pair_init(&p, of_a, 1400);
        net_run_for(p.net, NET_S);
        send_many(&p);
        net_run_for(p.net, 500 * NET_MS);
        CHECK(failed(&p) >= 1, true, "probes refused, dialler %d", of_a);
        CHECK(p.to->messages, MESSAGES, "messages half a second later, dialler %d", of_a);
        CHECK(p.longest, 1342, "longest datagram, dialler %d", of_a);
        net_free(p.net);
    }
}

static const check_test tests[] = {
    {"refused for its size", test_refused},
    {"probes for a larger size refused", test_probes_refused},
};

CHECK_MAIN("datagram_size", tests)
