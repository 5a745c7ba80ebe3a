/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One peer dialled at several of its addresses at once. */
#include <stdio.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { FIRST = 1, SECOND = 2, THIRD = 3 };

/* b listens in three networks, a in one of its own. */
static net_pair apart_named(const char *a)
{
    net_pair p = net_pair_new(&(net_pair_options){.name_a = a, .change_a = net_accepting, .apart = true});
    for (int network = SECOND; network <= THIRD; network++) {
        p.b->network = network;
        net_listen(p.b);
    }
    return p;
}

static net_pair apart(void)
{
    return apart_named("a");
}

static int dial_also(const net_pair *p, int network)
{
    const roam_addr remote = net_addr(p->b, network, 4433);
    roam_peer_id peer;
    const int rv = roam_dial_also(p->a->node, "b", &remote, NULL, net_now(p->net), &peer);
    net_poke(p->a);
    return rv;
}

static int unreachable(const net_pair *p, int network, uint16_t port)
{
    const roam_addr remote = net_addr(p->b, network, 4433), local = net_addr(p->a, 0, port);
    const int ended = roam_node_unreachable(p->a->node, &local, &remote);
    net_poke(p->a);
    return ended;
}

/* Both are up once, over that network, and messages pass. */
static void check_up(const net_pair *p, int network, const char *what)
{
    roam_path_stats stats;
    const roam_peer_id b = roam_peer_find(p->a->node, "b");
    net_run_for(p->net, 20 * NET_S);
    CHECK(net_count(p->a, ROAM_EVENT_PEER_UP), 1, "%s: ups of a", what);
    CHECK(net_count(p->a, ROAM_EVENT_PEER_DOWN), 0, "%s: downs of a", what);
    CHECK(net_ups(p->b), 1, "%s: ups less downs of b", what);
    CHECK(p->a->adapters_open, 1, "%s: adapters of a", what);
    CHECK(roam_peer_path_stats(p->a->node, b, &stats), 0, "%s: path", what);
    if (network)
        CHECK(stats.remote.bytes[1], network, "%s: network", what);
    net_send(p->a, b, 0, "x", 1);
    net_send(p->b, roam_peer_find(p->b->node, "a"), 0, "y", 1);
    net_run_for(p->net, NET_S);
    CHECK(p->a->messages, 1, "%s: messages at a", what);
    CHECK(p->b->messages, 1, "%s: messages at b", what);
}

static void test_dead_first(void)
{
    net_pair p = apart();
    net_block(p.net, FIRST, true, true);
    CHECK(dial_also(&p, FIRST), 0, "first");
    net_run_for(p.net, 250 * NET_MS);
    CHECK(dial_also(&p, SECOND), 0, "second");
    check_up(&p, SECOND, "a dead first address");
    CHECK(dial_also(&p, THIRD), ROAM_ERR_EXISTS, "when it is up");
    net_free(p.net);
}

static void test_race(void)
{
    for (uint64_t lag_ms = 0; lag_ms <= 300; lag_ms += 5) {
        net_pair p = apart();
        char what[64];
        net_delay(p.net, FIRST, 100 * NET_MS);
        net_delay(p.net, SECOND, 20 * NET_MS);
        CHECK(dial_also(&p, FIRST), 0, "first");
        net_run_for(p.net, lag_ms * NET_MS);
        const int rv = dial_also(&p, SECOND);
        snprintf(what, sizeof what, "second after %d ms (%d)", (int)lag_ms, rv);
        /* A handshake takes one round trip of each: 200 and 40 ms, and more where none is needed. */
        check_up(&p, rv ? FIRST : lag_ms < 100 ? SECOND : 0, what);
        net_free(p.net);
    }
}

/* Both ends dial, and one of them at two addresses. */
static void both_dial(const char *a)
{
    for (int ms = 0; ms <= 200; ms += 10) {
        net_pair p = apart_named(a);
        char what[64];
        net_listen(p.a);
        CHECK(dial_also(&p, FIRST), 0, "first");
        CHECK(dial_also(&p, SECOND), 0, "second");
        net_run_for(p.net, (uint64_t)ms * NET_MS);
        const roam_addr remote = net_addr(p.a, 0, 4433);
        roam_peer_id peer;
        const int rv = roam_dial(p.b->node, a, &remote, NULL, net_now(p.net), &peer);
        CHECK(rv == 0 || rv == ROAM_ERR_EXISTS, true, "b dials after %d ms: %d", ms, rv);
        net_poke(p.b);
        net_run_for(p.net, 20 * NET_S);
        snprintf(what, sizeof what, "b dials %s after %d ms", a, ms);
        CHECK(net_ups(p.a), 1, "%s: ups less downs of a", what);
        CHECK(net_ups(p.b), 1, "%s: ups less downs of b", what);
        CHECK(p.a->adapters_open + p.b->adapters_open, 5, "%s: four listen, one dialled", what);
        net_free(p.net);
    }
}

/* The connection that the smaller name dialled stays. */
static void test_both_dial(void)
{
    both_dial("a");
    both_dial("z");
}

/* Each has ten seconds, and the last one tells. */
static void test_all_dead(void)
{
    net_pair p = apart();
    for (int network = FIRST; network <= THIRD; network++)
        net_block(p.net, network, true, true);
    CHECK(dial_also(&p, FIRST), 0, "first");
    net_run(p.net, 250 * NET_MS);
    CHECK(dial_also(&p, SECOND), 0, "second");
    net_run(p.net, 30 * NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), 1, "downs");
    CHECK(p.a->event_count, 1, "events");
    CHECK(p.a->events[0].event.down.reason, ROAM_DOWN_HANDSHAKE, "reason");
    CHECK(p.a->events[0].at_ns, 10 * NET_S + 250 * NET_MS, "at");
    CHECK(p.a->adapters_open, 0, "adapters");
    net_free(p.net);
}

static void test_unreachable(void)
{
    net_pair p = apart();
    net_block(p.net, FIRST, true, true);
    CHECK(dial_also(&p, FIRST), 0, "first"); /* from port 50000 */
    CHECK(dial_also(&p, SECOND), 0, "second");
    CHECK(unreachable(&p, FIRST, 1), 0, "of another port");
    CHECK(unreachable(&p, THIRD, 50000), 0, "of another address");
    CHECK(unreachable(&p, FIRST, 50000), 1, "of the first");
    CHECK(p.a->event_count, 0, "events while another attempt runs");
    CHECK(p.a->adapters_open, 1, "adapters");
    check_up(&p, SECOND, "one is not reachable");
    CHECK(unreachable(&p, SECOND, 50001), 0, "of one that is up");
    net_free(p.net);
}

static void test_unreachable_alone(void)
{
    net_pair p = apart();
    net_block(p.net, FIRST, true, true);
    CHECK(dial_also(&p, FIRST), 0, "first");
    net_run(p.net, 3 * NET_MS);
    CHECK(unreachable(&p, FIRST, 50000), 1, "of the only one");
    CHECK(p.a->event_count, 1, "events");
    CHECK(p.a->events[0].event.down.reason, ROAM_DOWN_UNREACHABLE, "reason");
    CHECK(p.a->events[0].at_ns, 3 * NET_MS, "at");
    CHECK(p.a->adapters_open, 0, "adapters");
    CHECK(dial_also(&p, SECOND), 0, "another dial");
    net_run_for(p.net, NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 1, "ups");
    net_free(p.net);
}

/* Somebody else lives at the first address. */
static void test_another_node(void)
{
    net_pair p = apart();
    net_host *const c = net_add(p.net, "c", THIRD, net_accepting);
    net_listen(c);
    net_delay(p.net, SECOND, 300 * NET_MS);
    const roam_addr remote = net_addr(c, THIRD, 4433);
    roam_peer_id peer;
    CHECK(roam_dial(p.a->node, "b", &remote, NULL, 0, &peer), 0, "first");
    CHECK(dial_also(&p, SECOND), 0, "second");
    check_up(&p, SECOND, "another node at the first address");
    net_free(p.net);
}

static void test_hang_up(void)
{
    net_pair p = apart();
    CHECK(dial_also(&p, FIRST), 0, "first");
    CHECK(dial_also(&p, SECOND), 0, "second");
    CHECK(roam_hang_up(p.a->node, roam_peer_find(p.a->node, "b")), 0, "hang up");
    net_poke(p.a);
    net_run_for(p.net, 20 * NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 0, "ups");
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), 1, "downs");
    CHECK(p.a->adapters_open, 0, "adapters");
    net_free(p.net);
}

static const check_test tests[] = {
    {"a dead first address", test_dead_first},
    {"whoever is first stays", test_race},
    {"both ends dial", test_both_dial},
    {"all addresses are dead", test_all_dead},
    {"the network says that nobody is there", test_unreachable},
    {"and at no other address either", test_unreachable_alone},
    {"another node at the first address", test_another_node},
    {"hanging up ends all attempts", test_hang_up},
};

CHECK_MAIN("attempts", tests)
