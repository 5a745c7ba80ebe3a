/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Over max_half_open a client proves its address with a Retry token (RFC 9000 section 8.1.2). */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

static void no_half_open(roam_node_options *options)
{
    options->accept = true;
    options->max_half_open = 0;
}

static void one_half_open(roam_node_options *options)
{
    options->accept = true;
    options->max_half_open = 1;
}

static roam_addr stranger(uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {10, 5, 0, 66}};
}

/* What b sent first to the address of each host, and a's own flights. */
typedef struct tap {
    size_t retries;          /* Retry packets (RFC 9000 section 17.2.5) */
    uint8_t flight[8][1500]; /* Initials of a */
    size_t len[8], count;
    bool lose_second;
    uint64_t to_strangers, strangers_answered; /* bytes, datagrams */
} tap;

static bool watch(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    tap *t = user;
    bool retry = (datagram->data[0] & 0xf0) == 0xf0;
    t->retries += retry;
    if (datagram->remote.bytes[1] == 5) {
        t->to_strangers += datagram->len;
        t->strangers_answered++;
    }
    if (from->bytes[3] == 1 && (datagram->data[0] & 0xf0) == 0xc0 && t->count < 8) {
        memcpy(t->flight[t->count], datagram->data, datagram->len);
        t->len[t->count++] = datagram->len;
        return t->lose_second && t->count == 2;
    }
    return false;
}

/* a has not dialled yet; seen: from the first datagram on. */
static net_pair watched(tap *seen, void (*change_b)(roam_node_options *options))
{
    net_pair p = net_pair_new(&(net_pair_options){.change_b = change_b, .apart = true});
    memset(seen, 0, sizeof *seen);
    net_filter(p.net, watch, seen);
    return p;
}

static void check_lives(net_pair *p, const char *what)
{
    net_send(p->a, p->b_at_a, 0, "x", 1);
    net_run_for(p->net, NET_S);
    CHECK(p->b->messages, 1, "%s: messages", what);
    net_migrate(p->a, p->b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p->net, 2 * NET_S);
    CHECK(p->a->result_count, 1, "%s: results", what);
    CHECK(p->a->results[0].record.result, ROAM_OK, "%s: migration", what);
}

/* One more round trip, and then a connection like any other. */
static void test_one_more_round_trip(void)
{
    uint64_t took_ns[2];
    for (int retry = 0; retry < 2; retry++) {
        tap seen;
        net_pair p = watched(&seen, retry ? no_half_open : net_accepting);
        net_dial(p.a, p.b);
        while (!net_count(p.a, ROAM_EVENT_PEER_UP) && net_now(p.net) < 5 * NET_S)
            net_run_for(p.net, NET_MS);
        took_ns[retry] = net_now(p.net);
        p.b_at_a = roam_peer_find(p.a->node, "b");
        net_run_for(p.net, NET_S);
        CHECK(seen.retries, retry, "Retry packets");
        check_lives(&p, retry ? "with Retry" : "without");
        net_free(p.net);
    }
    CHECK(took_ns[1] - took_ns[0], 40 * NET_MS, "longer until peer_up");
}

/* A stranger's first flight takes the one place: the honest client comes in all the same, and the place is
 * free again when the handshake is given up. */
static void test_over_the_limit(void)
{
    tap seen;
    net_pair p = watched(&seen, one_half_open);
    net_host *c = net_add(p.net, "c", 3, NULL);
    net_pair_connect(&p);
    CHECK(seen.retries, 0, "Retry packets below the limit");
    roam_addr local = net_addr(p.b, 1, 4433), from = stranger(1);
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_run_for(p.net, 5 * NET_S);
    net_inject(p.b, &local, &from, seen.flight[0], seen.len[0]);
    net_connect(c, p.b);
    CHECK(net_ups(c), 1, "ups of an honest client");
    CHECK(seen.retries, 1, "Retry packets over the limit");
    net_run_for(p.net, 11 * NET_S); /* handshake timeout */
    net_crash(c);
    net_restart(c, NULL);
    net_dial(c, p.b);
    net_run_for(p.net, NET_S);
    CHECK(seen.retries, 1, "Retry packets when the place is free again");
    net_free(p.net);
}

/* A token counts for the address and the connection ID that it was given to, for 10 s. */
static void tokens(const roam_addr *from, uint64_t after_ns, bool damaged, bool taken)
{
    tap seen;
    net_pair p = watched(&seen, no_half_open);
    seen.lose_second = true;
    roam_addr local = net_addr(p.b, 1, 4433);
    net_dial(p.a, p.b);
    net_run_for(p.net, 50 * NET_MS);
    CHECK(seen.count, 2, "first flights: without a token, and with");
    net_crash(p.a);
    uint64_t retries = seen.retries, sent = net_stats_of(p.net).datagrams;
    net_run(p.net, 40 * NET_MS + after_ns); /* the token was made at 20 ms */
    seen.flight[1][40] ^= damaged;
    net_inject(p.b, &local, from, seen.flight[1], seen.len[1]);
    CHECK(seen.retries - retries, !taken, "Retry, %d ms later, damaged %d", (int)(after_ns / NET_MS),
          damaged);
    CHECK(net_stats_of(p.net).datagrams > sent, true, "answers");
    net_free(p.net);
}

static void test_tokens(void)
{
    roam_addr own = {.family = ROAM_FAMILY_IPV4, .port = 50000, .bytes = {10, 0, 0, 1}};
    roam_addr other_port = own, other_address = own;
    other_port.port++;
    other_address.bytes[3]++;
    tokens(&own, 100 * NET_MS, false, true);
    tokens(&own, 9970 * NET_MS, false, true);
    tokens(&own, 9990 * NET_MS, false, false);
    tokens(&own, 100 * NET_MS, true, false);
    tokens(&other_port, 100 * NET_MS, false, false);
    tokens(&other_address, 100 * NET_MS, false, false);
}

/* Nothing is ever longer than three times what it answers (RFC 9000 section 8.1), and state is bounded. */
static void test_strangers_get_little(void)
{
    tap seen;
    net_pair p = watched(&seen, no_half_open);
    roam_addr local = net_addr(p.b, 1, 4433);
    net_pair_connect(&p);
    for (uint16_t i = 0; i < 1000; i++) {
        roam_addr from = stranger((uint16_t)(100 + i));
        net_inject(p.b, &local, &from, seen.flight[0], seen.len[0]);
    }
    CHECK(seen.strangers_answered, 1000, "answers");
    CHECK(seen.to_strangers <= 1000 * seen.len[0] / 3, true, "bytes in answer to %d: %d",
          (int)(1000 * seen.len[0]), (int)seen.to_strangers);
    net_free(p.net);
}

static const check_test tests[] = {
    {"one more round trip", test_one_more_round_trip},
    {"over the limit", test_over_the_limit},
    {"tokens", test_tokens},
    {"strangers get little", test_strangers_get_little},
};

CHECK_MAIN("retry", tests)
