/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An adapter that refuses a datagram for its size (RFC 9000 section 14.2): packets are small for a second,
 * and then as large as the path takes. A router that says so (section 14.2.1): for ten minutes. */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#include <string.h>

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

/* What a router would quote of a datagram that it drops. */
typedef struct dropped {
    way *w;
    size_t largest; /* that passes */
    roam_addr local, remote;
    uint8_t bytes[64];
    size_t len; /* 0: none was dropped */
} dropped;

static bool drop_large(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    dropped *d = user;
    (void)note_length(d->w, from, datagram);
    if (from->bytes[3] != d->w->from->number || datagram->len <= d->largest)
        return false;
    d->local = *from;
    d->remote = datagram->remote;
    d->len = datagram->len;
    memcpy(d->bytes, datagram->data, sizeof d->bytes);
    return true;
}

/* Reports that are forged, or say nothing, are ignored. */
static void check_ignored(const dropped *d, const roam_too_big *right, uint64_t now_ns)
{
    uint8_t other_id[sizeof d->bytes];
    memcpy(other_id, d->bytes, sizeof other_id);
    other_id[8] ^= 1;                      /* the last byte of the connection ID */
    const uint8_t noise[3] = {0xc0, 0, 0}; /* no QUIC packet */
    roam_too_big forged[9];
    for (int i = 0; i < 9; i++)
        forged[i] = *right;
    forged[0].quoted = other_id;
    forged[1].quoted_len = 8; /* a byte short of the ID */
    forged[2].quoted_len = 0; /* as of routers that quote 8 bytes behind the IP header */
    forged[3].local.port++;
    forged[4].remote.port++;
    forged[5].payload_max = SMALL - 1;
    forged[6].payload_max = right->datagram_len;
    forged[7].datagram_len = LARGE + 1; /* a probe for more than is in use */
    forged[8].quoted = noise;
    forged[8].quoted_len = sizeof noise;
    for (int i = 0; i < 9; i++)
        CHECK(roam_node_too_big(d->w->from->node, &forged[i], now_ns), 0, "report %d", i);
}

/* A router drops what is too large and says so. Small packets last for ten minutes. */
static void test_told(void)
{
    for (int of_a = 0; of_a < 2; of_a++) {
        way w;
        way_init(&w, of_a, 0);
        send_many(&w);
        net_run_for(w.net, 5 * NET_S);
        CHECK(w.longest, LARGE, "longest datagram before, dialler %d", of_a);

        dropped d = {.w = &w, .largest = 1300};
        net_filter(w.net, drop_large, &d);
        send_many(&w);
        net_run_for(w.net, NET_MS);
        CHECK(d.len, LARGE, "dropped, dialler %d", of_a);
        const roam_too_big told = {.local = d.local,
                                   .remote = d.remote,
                                   .payload_max = d.largest,
                                   .datagram_len = d.len,
                                   .quoted = d.bytes,
                                   .quoted_len = sizeof d.bytes};
        check_ignored(&d, &told, net_now(w.net));
        CHECK(roam_node_too_big(w.from->node, &told, net_now(w.net)), 1, "taken, dialler %d", of_a);
        const uint64_t told_ns = net_now(w.net);
        net_filter(w.net, note_length, &w);
        w.longest = 0;
        net_run_for(w.net, NET_S);
        CHECK(w.to->messages, 2 * MESSAGES, "messages, dialler %d", of_a);
        CHECK(w.longest, SMALL, "longest datagram, dialler %d", of_a);

        net_run(w.net, told_ns + 599 * NET_S);
        send_many(&w);
        net_run_for(w.net, 500 * NET_MS);
        CHECK(w.longest, SMALL, "longest datagram before ten minutes, dialler %d", of_a);
        net_run(w.net, told_ns + 600 * NET_S);
        send_many(&w);
        net_run_for(w.net, 500 * NET_MS);
        CHECK(w.longest, LARGE, "longest datagram after ten minutes, dialler %d", of_a);
        CHECK(w.to->messages, 4 * MESSAGES, "messages in the end, dialler %d", of_a);
        net_free(w.net);
    }
}

static const check_test tests[] = {
    {"refused for its size", test_refused},
    {"probes for a larger size refused", test_probes_refused},
    {"told by a router", test_told},
};

CHECK_MAIN("datagram_size", tests)
