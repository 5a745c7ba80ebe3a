/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts, their access links and the internet core, with plain datagrams and no endpoint. */
#include "core/tests/check.h"
#include "sim/tests/lab.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

static void test_arrival(void)
{
    static const struct {
        int from, to;
        size_t len;
        uint64_t arrival_ns; /* bits / 10 Mbps + 8 ms + bits / 1 Gbps + 1 ms */
    } cases[] = {
        {.from = WIFI, .to = DATACENTRE, .len = 100, .arrival_ns = 102400 + 8 * MS + 1024 + 1 * MS},
        {.from = WIFI, .to = DATACENTRE, .len = 0, .arrival_ns = 22400 + 8 * MS + 224 + 1 * MS},
        {.from = WIFI, .to = DATACENTRE, .len = 1372, .arrival_ns = 1120000 + 8 * MS + 11200 + 1 * MS},
        {.from = WIFI6, .to = DATACENTRE6, .len = 100, .arrival_ns = 118400 + 8 * MS + 1184 + 1 * MS},
        {.from = CELLULAR, .to = DATACENTRE, .len = 100, .arrival_ns = 30 * MS + 1024 + 1 * MS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab *l = lab_new();
        lab_attach(l, A, cases[i].from);
        roam_adapter *listener = lab_listen(l, B, lab_attach(l, B, cases[i].to));
        const roam_addr *to = roam_adapter_local(listener);
        roam_adapter *client = lab_open(l, A, to);
        CHECK(lab_send(l, client, to, cases[i].len), 0, "send");
        lab_run(l, 100 * MS);
        CHECK(l->received_count, 1, "arrivals");
        CHECK(l->received_ns, cases[i].arrival_ns, "arrival");
        CHECK(l->received_len, cases[i].len, "length");
        CHECK(l->received_ecn, 2, "ecn");
        if (cases[i].len == 100)
            CU_ASSERT_EQUAL(memcmp(l->received, "hi", 3), 0);
        CU_ASSERT_PTR_EQUAL(l->received_on, listener);
        CU_ASSERT_TRUE(roam_addr_equal(&l->received_from, roam_adapter_local(client)));
        CHECK(l->packet_count, 2, "packets seen");
        CHECK(l->packets[0].ttl, 64, "TTL sent");
        CHECK(l->packets[1].ttl, 63, "TTL received");
        roam_adapter_free(client);
        roam_adapter_free(listener);
        lab_free(l);
    }
}

typedef enum trouble {
    SENDER_GONE,
    RECEIVER_GONE,
    RECEIVER_GOES, /* while the datagram is on the last link */
    SENDER_GOES,   /* while the datagram is on the first link, out of the queue */
    SENDER_GOES_QUEUED,
    LINK_DOWN,
    LINK_DOWN_FAR,
    BLACK_UP,
    BLACK_DOWN_FAR,
    BLACK_WRONG_WAY,
    TOO_LONG,
    LOST
} trouble;

static void make_trouble(lab *l, trouble which)
{
    static const scenario_link lossy = {.loss_ppb = 1000000000};
    uint64_t now_ns = n3_world_now_ns(l->n3);
    host *a = l->hosts[A];
    host *b = l->hosts[B];
    network *near = &l->networks[WIFI];
    network *far = &l->networks[DATACENTRE];
    int status = 0;
    switch (which) {
    case SENDER_GONE:
    case SENDER_GOES:
    case SENDER_GOES_QUEUED:
        status = host_detach(a, near, now_ns);
        break;
    case RECEIVER_GONE:
    case RECEIVER_GOES:
        status = host_detach(b, far, now_ns);
        break;
    case LINK_DOWN:
        status = host_set_down(a, near, true);
        break;
    case LINK_DOWN_FAR:
        status = host_set_down(b, far, true);
        break;
    case BLACK_UP:
        status = host_set_blackhole(a, near, SCENARIO_UP, true);
        break;
    case BLACK_DOWN_FAR:
        status = host_set_blackhole(b, far, SCENARIO_DOWN, true);
        break;
    case BLACK_WRONG_WAY:
        status = host_set_blackhole(b, far, SCENARIO_UP, true);
        break;
    case LOST:
        status = host_set_link(b, far, SCENARIO_DOWN, SCENARIO_CHANGE_LOSS, &lossy);
        break;
    case TOO_LONG:
        break;
    }
    CHECK(status, 0, "trouble");
}

static const struct {
    trouble what;
    uint64_t at_ns; /* after the send; 0: before it */
    size_t len;
    int status;
    observer_drop drop;
    uint32_t node;
    bool up;
    uint64_t drop_ns;
} DROPS[] = {
    {.what = SENDER_GONE,
     .len = 100,
     .status = ROAM_ERR_ADAPTER,
     .drop = OBSERVER_DROP_DETACHED,
     .node = A,
     .up = true},
    {.what = RECEIVER_GONE,
     .len = 100,
     .drop = OBSERVER_DROP_DETACHED,
     .node = A,
     .up = true,
     .drop_ns = 8102400},
    {.what = RECEIVER_GOES,
     .at_ns = 9 * MS,
     .len = 100,
     .drop = OBSERVER_DROP_DETACHED,
     .node = B,
     .drop_ns = 9103424},
    {.what = SENDER_GOES, .at_ns = 1 * MS, .len = 100, .drop = OBSERVER_NOT_DROPPED},
    {.what = SENDER_GOES_QUEUED,
     .at_ns = 102399,
     .len = 100,
     .drop = OBSERVER_DROP_DETACHED,
     .node = A,
     .up = true,
     .drop_ns = 8102400},
    {.what = LINK_DOWN, .len = 100, .drop = OBSERVER_DROP_DOWN, .node = A, .up = true},
    {.what = LINK_DOWN_FAR, .len = 100, .drop = OBSERVER_DROP_DOWN, .node = B, .drop_ns = 8102400},
    {.what = BLACK_UP, .len = 100, .drop = OBSERVER_DROP_BLACKHOLE, .node = A, .up = true},
    {.what = BLACK_DOWN_FAR, .len = 100, .drop = OBSERVER_DROP_BLACKHOLE, .node = B, .drop_ns = 9103424},
    {.what = BLACK_WRONG_WAY, .len = 100, .drop = OBSERVER_NOT_DROPPED},
    {.what = TOO_LONG,
     .len = 1373,
     .status = ROAM_ERR_TOO_LARGE,
     .drop = OBSERVER_DROP_MTU,
     .node = A,
     .up = true},
    {.what = LOST, .len = 100, .drop = OBSERVER_DROP_LOSS, .node = B, .drop_ns = 8102400},
};

static void test_drops(void)
{
    for (size_t i = 0; i < sizeof DROPS / sizeof *DROPS; i++) {
        lab *l = lab_new();
        lab_attach(l, A, WIFI);
        roam_adapter *listener = lab_listen(l, B, lab_attach(l, B, DATACENTRE));
        const roam_addr *to = roam_adapter_local(listener);
        roam_adapter *client = lab_open(l, A, to);
        if (!DROPS[i].at_ns)
            make_trouble(l, DROPS[i].what);
        CHECK(lab_send(l, client, to, DROPS[i].len), DROPS[i].status, "send");
        if (DROPS[i].at_ns) {
            lab_run(l, DROPS[i].at_ns);
            make_trouble(l, DROPS[i].what);
        }
        lab_run(l, 100 * MS);
        const seen_packet *last = &l->packets[l->packet_count - 1];
        char what[64];
        snprintf(what, sizeof what, "case %zu: drop", i);
        CHECK_STRING(observer_drop_name(last->packet.drop), observer_drop_name(DROPS[i].drop), "%s", what);
        CHECK(l->packet_count, 2, "packets seen");
        CHECK(l->received_count, DROPS[i].drop == OBSERVER_NOT_DROPPED, "arrivals");
        if (DROPS[i].drop != OBSERVER_NOT_DROPPED) {
            CHECK(last->packet.node, DROPS[i].node, "node");
            CHECK(last->packet.up, DROPS[i].up, "up");
            CHECK(last->at_ns, DROPS[i].drop_ns, "time");
        }
        roam_adapter_free(client);
        roam_adapter_free(listener);
        lab_free(l);
    }
}

/* The far network's mtu counts too, where the core sends into it. */
static void test_mtu_far(void)
{
    lab *l = lab_new();
    lab_attach(l, A, WIFI6);
    roam_adapter *listener = lab_listen(l, B, lab_attach(l, B, DATACENTRE6));
    const roam_addr *to = roam_adapter_local(listener);
    roam_adapter *client = lab_open(l, A, to);
    CHECK(lab_send(l, client, to, 1280 - 48), 0, "1280 bytes");
    CHECK(lab_send(l, client, to, 1281 - 48), 0, "1281 bytes");
    lab_run(l, 100 * MS);
    CHECK(l->received_count, 1, "arrivals");
    CHECK(l->packet_count, 4, "packets seen");
    CHECK_STRING(observer_drop_name(l->packets[3].packet.drop), "mtu", "drop");
    CHECK(l->packets[3].packet.node, B, "at node");
    roam_adapter_free(client);
    roam_adapter_free(listener);
    lab_free(l);
}

/* One is sent, four wait, the others find the queue full; and the counts tell. */
static void test_queue_and_counts(void)
{
    lab *l = lab_new();
    lab_attach(l, A, WIFI);
    roam_adapter *listener = lab_listen(l, B, lab_attach(l, B, DATACENTRE));
    const roam_addr *to = roam_adapter_local(listener);
    roam_adapter *client = lab_open(l, A, to);
    uint8_t bytes[1000] = {0};
    roam_datagram datagram = {.remote = *to, .data = bytes, .len = sizeof bytes, .segment_len = 100};
    CHECK(host_send(client, &datagram, 0), 0, "ten segments");
    lab_run(l, 50 * MS);
    CHECK(host_set_blackhole(l->hosts[A], &l->networks[WIFI], SCENARIO_BOTH, true), 0, "black");
    CHECK(lab_send(l, client, to, 72), 0, "send");
    lab_run(l, 100 * MS);
    CHECK(l->received_count, 5, "arrivals");
    access_counts up = host_count(l->hosts[A], &l->networks[WIFI], true);
    CHECK(up.packets, 11, "packets");
    CHECK(up.bytes, 10 * 128 + 100, "bytes");
    CHECK(up.delivered, 5, "delivered");
    CHECK(up.dropped_queue, 5, "dropped, queue");
    CHECK(up.dropped_blackhole, 1, "dropped, blackhole");
    CHECK(up.queue_peak, 4, "queue peak");
    access_counts down = host_count(l->hosts[B], &l->networks[DATACENTRE], false);
    CHECK(down.packets, 5, "down packets");
    CHECK(down.delivered, 5, "down delivered");
    CHECK(host_count(l->hosts[A], &l->networks[CELLULAR], true).packets, 0, "elsewhere");
    roam_adapter_free(client);
    roam_adapter_free(listener);
    lab_free(l);
}

static void test_addresses(void)
{
    lab *l = lab_new();
    roam_addr address = lab_attach(l, A, WIFI);
    lab_expect_address("first", &address, "10.1.0.1:0");
    address = lab_attach(l, B, WIFI);
    lab_expect_address("second", &address, "10.1.0.2:0");
    CHECK(host_detach(l->hosts[A], &l->networks[WIFI], 0), 0, "detach");
    CU_ASSERT_FALSE(host_attached(l->hosts[A], 0, &address));
    CU_ASSERT_TRUE(host_address(l->hosts[A], &l->networks[WIFI], &address));
    lab_expect_address("the last it had", &address, "10.1.0.1:0");
    CU_ASSERT_FALSE(host_has(l->hosts[A], &address));
    address = lab_attach(l, A, WIFI);
    lab_expect_address("a new one", &address, "10.1.0.3:0");
    CU_ASSERT_TRUE(host_has(l->hosts[A], &address));
    address = lab_attach(l, A, WIFI6);
    lab_expect_address("IPv6", &address, "[fd00:4::1]:0");
    address = lab_attach(l, A, TINY);
    lab_expect_address("tiny", &address, "192.0.2.5:0");
    address = lab_attach(l, B, TINY);
    lab_expect_address("tiny, the last", &address, "192.0.2.6:0");
    CHECK(l->address_count, 7, "changes told");
    lab_free(l);
}

/* What the state of the host does not permit is a refusal, no fault, and changes nothing. */
static void test_refusals(void)
{
    static const struct {
        refusal why;
        int attach_first, detach, attach_twice;
    } cases[] = {
        {.why = REFUSAL_ATTACHED, .attach_first = WIFI, .detach = -1, .attach_twice = WIFI},
        {.why = REFUSAL_NOT_ATTACHED, .attach_first = WIFI, .detach = CELLULAR, .attach_twice = -1},
        {.why = REFUSAL_NO_ADDRESS, .attach_first = TINY, .detach = -1, .attach_twice = TINY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab *l = lab_new();
        roam_addr address = {.family = ROAM_FAMILY_NONE};
        int status = 0;
        lab_attach(l, A, cases[i].attach_first);
        if (cases[i].attach_first == TINY) {
            lab_attach(l, B, TINY);
            CHECK(host_detach(l->hosts[A], &l->networks[TINY], 0), 0, "detach");
        }
        if (cases[i].detach >= 0)
            status = host_detach(l->hosts[A], &l->networks[cases[i].detach], 0);
        if (cases[i].attach_twice >= 0)
            status = host_attach(l->hosts[A], &l->networks[cases[i].attach_twice], 0, &address);
        CHECK_STRING(refusal_name((refusal)status), refusal_name(cases[i].why), "refusal");
        CHECK_STRING(l->error.text, "", "fault");
        CU_ASSERT_EQUAL(address.family, ROAM_FAMILY_NONE);
        lab_free(l);
    }
}

/* Changes of a host's link outlive its attachments; those of a network reach all links, there and to come. */
static void test_changes_stay(void)
{
    static const scenario_link slow = {.delay_ns = 20 * MS};
    lab *l = lab_new();
    network *wifi = &l->networks[WIFI];
    lab_attach(l, A, WIFI);
    roam_adapter *listener = lab_listen(l, B, lab_attach(l, B, DATACENTRE));
    const roam_addr *to = roam_adapter_local(listener);
    CHECK(host_set_link(l->hosts[A], wifi, SCENARIO_UP, SCENARIO_CHANGE_DELAY, &slow), 0, "set");
    CHECK(host_follow_network(l->hosts[B], wifi, SCENARIO_UP, SCENARIO_CHANGE_DELAY, &slow), 0, "not there");
    for (int round = 0; round < 2; round++) {
        uint64_t start_ns = n3_world_now_ns(l->n3);
        roam_adapter *client = lab_open(l, A, to);
        CHECK(lab_send(l, client, to, 100), 0, "send");
        lab_run(l, start_ns + 100 * MS);
        CHECK(l->received_ns - start_ns, 102400 + 20 * MS + 1024 + 1 * MS, "delay");
        roam_adapter_free(client);
        CHECK(host_detach(l->hosts[A], wifi, n3_world_now_ns(l->n3)), 0, "detach");
        lab_attach(l, A, WIFI);
    }
    CHECK(host_set_down(l->hosts[A], wifi, true), 0, "down");
    roam_adapter *client = lab_open(l, A, to);
    CHECK(lab_send(l, client, to, 100), 0, "send");
    CHECK(host_set_down(l->hosts[A], wifi, false), 0, "up");
    CHECK(lab_send(l, client, to, 100), 0, "send");
    lab_run(l, 400 * MS);
    CHECK(l->received_count, 3, "arrivals");
    roam_adapter_free(client);
    roam_adapter_free(listener);
    lab_free(l);
}

/* Every address leads to its own link, whatever came and went before it. */
static void test_routes(void)
{
    enum { MANY = 300 };
    static host *hosts[MANY];
    static const access_link *links[MANY];
    roam_addr addresses[MANY];
    lab *l = lab_new();
    size_t wrong = 0;
    for (size_t i = 0; i < MANY; i++) {
        hosts[i] = lab_host(l, "h", 0);
        network *on = &l->networks[i % 2 ? WIFI : WIFI6];
        CHECK(host_attach(hosts[i], on, 0, &addresses[i]), 0, "attach");
        links[i] = internet_route(l->internet, &addresses[i]);
        for (size_t j = 0; j < i; j++)
            wrong += links[j] == links[i];
    }
    for (size_t i = 0; i < MANY; i += 3)
        CHECK(host_detach(hosts[i], &l->networks[i % 2 ? WIFI : WIFI6], 0), 0, "detach");
    for (size_t i = 0; i < MANY; i++) {
        const access_link *link = internet_route(l->internet, &addresses[i]);
        wrong += link != (i % 3 == 0 ? NULL : links[i]);
    }
    CHECK(wrong, 0, "wrong routes");
    for (size_t i = 0; i < MANY; i++)
        host_free(hosts[i]);
    lab_free(l);
}

/* Two addresses on one link: sockets of the old one go on until it is gone, new ones have the new one. */
static void test_replaced_address(void)
{
    lab *l = lab_new();
    host *const a = l->hosts[A];
    network *const wifi = &l->networks[WIFI];
    const roam_addr old = lab_attach(l, A, WIFI);
    roam_addr there = lab_attach(l, B, DATACENTRE), now_has = old;
    roam_adapter *listener = lab_listen(l, B, there);
    there.port = LISTEN;
    CHECK(host_replace_address(a, &l->networks[CELLULAR], 500 * MS, 0, &now_has), REFUSAL_NOT_ATTACHED,
          "on no network");
    roam_adapter *first = lab_open(l, A, &there);
    CHECK(host_replace_address(a, wifi, 500 * MS, 0, &now_has), 0, "replaced");
    lab_expect_address("the new one", &now_has, "10.1.0.2:0");
    roam_adapter *second = lab_open(l, A, &there);
    CHECK(lab_send(l, first, &there, 100), 0, "from the old one");
    lab_run(l, 100 * MS);
    lab_expect_address("source", &l->received_from, "10.1.0.1:49152");
    const roam_addr answer = l->received_from;
    CHECK(lab_send(l, listener, &answer, 100), 0, "to the old one");
    lab_run(l, 200 * MS);
    CU_ASSERT_PTR_EQUAL(l->received_on, first);
    CHECK(lab_send(l, second, &there, 100), 0, "from the new one");
    lab_run(l, 300 * MS);
    lab_expect_address("source", &l->received_from, "10.1.0.2:49154");
    host_withdraw_deprecated(a, wifi, 499 * MS);
    CU_ASSERT_TRUE(host_has(a, &old));
    host_withdraw_deprecated(a, wifi, 500 * MS);
    CU_ASSERT_FALSE(host_has(a, &old));
    CU_ASSERT_TRUE(host_has(a, &now_has));
    CHECK(lab_send(l, first, &there, 100), (uint64_t)ROAM_ERR_ADAPTER, "from what is gone");
    CHECK_STRING(observer_drop_name(l->packets[l->packet_count - 1].packet.drop), "detached", "its drop");
    CHECK(lab_send(l, listener, &answer, 100), 0, "to what is gone");
    lab_run(l, 400 * MS);
    CHECK(l->packets[l->packet_count - 1].packet.node, B, "dropped where it came from");
    CHECK(host_count(a, wifi, true).packets, 2, "packets of the one link");
    CHECK(l->address_count, 4, "changes told");
    CHECK(host_detach(a, wifi, 400 * MS), 0, "detach");
    CU_ASSERT_FALSE(host_has(a, &now_has));
    roam_adapter_free(first);
    roam_adapter_free(second);
    roam_adapter_free(listener);
    lab_free(l);
}

static const check_test TESTS[] = {{"arrival, by hand", test_arrival},
                                   {"drops, and where they show", test_drops},
                                   {"mtu of the far network", test_mtu_far},
                                   {"a full queue, and the counts", test_queue_and_counts},
                                   {"addresses", test_addresses},
                                   {"refusals", test_refusals},
                                   {"changes stay", test_changes_stay},
                                   {"replaced address", test_replaced_address},
                                   {"routes", test_routes}};
CHECK_MAIN("host", TESTS)
