/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes of an overlay in one process, each on a thread and a loopback address of its own. */
#define _DEFAULT_SOURCE /* usleep */
#include "core/live/live.h"
#include "core/tests/check.h"

#include "core/live/address.h"
#include "core/live/network.h"

#include <CUnit/Basic.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { NODES = 5, EVENTS = ROAM_EVENT_CHANNEL_DOWN + 1, LOOK_US = 10000, LOOKS_MAX = 2000 /* 20 s */ };

typedef struct member {
    char name[8];
    roam_identity *identity;
    live_node *live;
    roam_addr listening;
    atomic_uint events[EVENTS]; /* how many of each kind */
    atomic_int last_down;       /* roam_down_reason of the last PEER_DOWN */
    atomic_uint left_before;    /* PEER_DOWN events when the last CHANNEL_DOWN came */
    live_network *network;
    atomic_uint rounds;
} member;

/* How a member is made. */
typedef struct making {
    const char *listen; /* NULL: 127.0.0.N, any port; "": nowhere */
    roam_addr advertise;
    bool outside;        /* without membership */
    uint64_t shuffle_ns; /* 0: never in the time of a test */
} making;

static roam_addr addr(const char *text)
{
    roam_addr out = {0};
    if (!live_address_parse(text, &out))
        CU_FAIL_FATAL("an address of the test's own does not parse");
    return out;
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    member *const self = subscriber_data;
    (void)now_ns;
    if (event->kind == ROAM_EVENT_PEER_DOWN)
        atomic_store(&self->last_down, (int)event->down.reason);
    if (event->kind == ROAM_EVENT_CHANNEL_DOWN)
        atomic_store(&self->left_before, atomic_load(&self->events[ROAM_EVENT_PEER_DOWN]));
    atomic_fetch_add(&self->events[event->kind], 1);
}

static void make(member *self, unsigned number, const making *how)
{
    uint8_t seed[ROAM_KEY_BYTES] = {(uint8_t)(number + 1)};
    char listen[32];
    live_node_options options;
    roam_membership_options membership;
    roam_subscription subscription;
    *self = (member){.live = NULL};
    (void)snprintf(self->name, sizeof self->name, "m%u", number);
    CHECK(roam_identity_new(self->name, seed, &self->identity), 0, "identity");
    roam_membership_options_default(&membership);
    membership.shuffle_ns = how->shuffle_ns ? how->shuffle_ns : 86400 * UINT64_C(1000) * MS;
    membership.advertise = how->advertise;
    live_node_options_default(&options);
    options.node.identity = self->identity;
    options.membership = how->outside ? NULL : &membership;
    (void)snprintf(listen, sizeof listen, "127.0.0.%u:0", number + 1);
    const char *const at = how->listen ? how->listen : listen;
    options.node.accept = *at != '\0';
    CU_ASSERT_EQUAL_FATAL(live_node_new(&options, &self->live), 0);
    CHECK(roam_subscribe(live_node_core(self->live), on_event, self, &subscription), 0, "subscribe");
    if (*at) {
        const roam_addr local = addr(at);
        CHECK(live_node_listen(self->live, &local, &self->listening), 0, "%s listens", self->name);
    }
    CHECK(live_node_start(self->live), 0, "start");
}

static void drop(member *self)
{
    CHECK(live_node_free(self->live), 0, "free");
    roam_identity_free(self->identity);
}

/* The members numbered 0 to count - 1, in one overlay through the first. Of more than three, a shuffle may
 * have to tell the last ones of each other. */
static void make_overlay(member *members, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        make(&members[i], i, &(making){.shuffle_ns = count > 3 ? 200 * MS : 0});
        if (i > 0)
            CHECK(live_join(members[i].live, members[0].name, &members[0].listening), 0, "join");
    }
}

static void drop_all(member *members, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        drop(&members[i]);
}

/* ---- What is awaited ---- */

static bool has_in_active(member *self, const member *other)
{
    live_active_peer peers[ROAM_ACTIVE_VIEW_MAX];
    size_t count = 0;
    CHECK(live_active_view(self->live, peers, ROAM_ACTIVE_VIEW_MAX, &count), 0, "active view");
    for (size_t i = 0; i < count; i++)
        if (strcmp(peers[i].name, other->name) == 0)
            return true;
    return false;
}

static bool has_in_passive(member *self, const member *other)
{
    roam_member known[ROAM_PASSIVE_VIEW_MAX];
    size_t count = 0;
    CHECK(live_passive_view(self->live, known, ROAM_PASSIVE_VIEW_MAX, &count), 0, "passive view");
    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i].name, other->name) == 0)
            return true;
    return false;
}

/* Every view has all the others in it, and nobody else. */
static bool are_all_neighbours(member *members, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        size_t active = 0;
        CHECK(live_active_view(members[i].live, NULL, 0, &active), 0, "count of the active view");
        bool all = active == count - 1;
        for (unsigned other = 0; other < count; other++)
            all = all && (other == i || has_in_active(&members[i], &members[other]));
        if (!all)
            return false;
    }
    return true;
}

static bool await_neighbours(member *members, unsigned count)
{
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
        if (are_all_neighbours(members, count))
            return true;
        (void)usleep(LOOK_US);
    }
    (void)printf("\n  after 20 s, %u members are not all neighbours of each other\n", count);
    return false;
}

/* No other member has it in a view. */
static bool is_forgotten(member *members, unsigned count, const member *gone)
{
    for (unsigned i = 0; i < count; i++)
        if (&members[i] != gone && (has_in_active(&members[i], gone) || has_in_passive(&members[i], gone)))
            return false;
    return true;
}

/* A shuffle under way may bring it back, but it says again that it has left. */
static bool await_forgotten(member *members, unsigned count, const member *gone)
{
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
        if (is_forgotten(members, count, gone))
            return true;
        (void)usleep(LOOK_US);
    }
    return false;
}

static bool await_event(member *self, roam_event_kind kind, unsigned count)
{
    for (int looks = 0; looks < LOOKS_MAX && atomic_load(&self->events[kind]) < count; looks++)
        (void)usleep(LOOK_US);
    return CHECK_AT_LEAST(atomic_load(&self->events[kind]), count, "%s of %s", roam_event_name(kind),
                          self->name);
}

static int copy_advertised(live_node *live, void *data)
{
    roam_addr *const out = data;
    *out = *live_advertised(live);
    return 0;
}

static roam_addr advertised(member *self)
{
    roam_addr out = {0};
    CHECK(live_call(self->live, copy_advertised, &out), 0, "advertised");
    return out;
}

/* ---- Tests ---- */

static void test_join_and_leave(void)
{
    member m[NODES];
    roam_membership_counts counts;
    make_overlay(m, NODES);
    CU_ASSERT_TRUE(await_neighbours(m, NODES));
    CHECK(live_membership_count(m[0].live, &counts), 0, "count");
    CHECK_AT_LEAST(counts.received, NODES - 1, "messages received by the contact");
    CHECK_AT_LEAST(atomic_load(&m[0].events[ROAM_EVENT_CHANNEL_UP]), NODES - 1, "channels of the contact");

    CHECK(live_leave(m[4].live), 0, "leave");
    CU_ASSERT_TRUE(await_neighbours(m, NODES - 1));
    CU_ASSERT_TRUE(await_forgotten(m, NODES, &m[4]));
    for (unsigned i = 0; i < NODES - 1; i++) {
        CHECK(has_in_active(&m[4], &m[i]), false, "who left has %s", m[i].name);
        CHECK(has_in_passive(&m[4], &m[i]), false, "who left remembers %s", m[i].name);
        CHECK(atomic_load(&m[i].last_down), ROAM_DOWN_LEFT, "of %s", m[i].name);
    }
    CU_ASSERT_TRUE(await_event(&m[4], ROAM_EVENT_PEER_DOWN, NODES - 1));

    CHECK(live_join(m[4].live, m[2].name, &m[2].listening), 0, "joins again");
    CU_ASSERT_TRUE(await_neighbours(m, NODES));
    drop_all(m, NODES);
}

/* The others hear in words that a node ends: nobody remembers it. */
static void test_stop(void)
{
    member m[3];
    make_overlay(m, 3);
    CU_ASSERT_TRUE(await_neighbours(m, 3));
    drop(&m[2]);
    CU_ASSERT_TRUE(await_event(&m[0], ROAM_EVENT_CHANNEL_DOWN, 1));
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_CHANNEL_DOWN, 1));
    for (unsigned i = 0; i < 2; i++) {
        CHECK(atomic_load(&m[i].last_down), ROAM_DOWN_LEFT, "of %s", m[i].name);
        CHECK(atomic_load(&m[i].events[ROAM_EVENT_PEER_DOWN]), 1, "of %s", m[i].name);
        CHECK(atomic_load(&m[i].left_before), 1, "%s hears of it before the connection ends", m[i].name);
        CHECK(has_in_passive(&m[i], &m[2]), false, "%s remembers who ended", m[i].name);
    }
    drop_all(m, 2);
}

/* A contact that is not there yet is dialled again and again. */
static void test_contact_comes_later(void)
{
    member m[2];
    char text[ROAM_ADDR_STRING_MAX];
    make(&m[0], 0, &(making){.listen = NULL});
    const roam_addr later = m[0].listening;
    drop(&m[0]);
    make(&m[1], 1, &(making){.listen = NULL});
    CHECK(live_join(m[1].live, "m0", &later), 0, "join");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_CHANNEL_DOWN, 2)); /* of failed dials */
    CHECK(atomic_load(&m[1].events[ROAM_EVENT_PEER_DOWN]), 0, "a dial that fails is no news of the view");
    make(&m[0], 0, &(making){.listen = roam_addr_format(&later, text)});
    CU_ASSERT_TRUE(await_neighbours(m, 2));
    drop_all(m, 2);
}

static void test_migration_is_no_news(void)
{
    member m[3];
    live_migrate_options options;
    make_overlay(m, 3);
    CU_ASSERT_TRUE(await_neighbours(m, 3));
    live_migrate_options_default(&options);
    for (uint8_t host = 11; host <= 13; host++) {
        options.local = addr("127.0.0.11");
        options.local.bytes[3] = host;
        CHECK(live_migrate_peer(m[1].live, "m0", &options, NULL), ROAM_OK, "to 127.0.0.%u", host);
    }
    CU_ASSERT_TRUE(await_event(&m[0], ROAM_EVENT_PATH_CHANGED, 3));
    live_active_peer peers[2];
    size_t count = 0;
    CHECK(live_active_view(m[0].live, peers, 2, &count), 0, "active view");
    CHECK(count, 2, "the active view of m0");
    for (size_t i = 0; i < count; i++)
        if (strcmp(peers[i].name, "m1") == 0)
            CU_ASSERT_TRUE(live_address_same_host(&peers[i].remote, &options.local));
    for (unsigned i = 0; i < 3; i++) {
        CHECK(atomic_load(&m[i].events[ROAM_EVENT_PEER_DOWN]), 0, "peer_down at m%u", i);
        CHECK(atomic_load(&m[i].events[ROAM_EVENT_CHANNEL_DOWN]), 0, "channel_down at m%u", i);
        CHECK(atomic_load(&m[i].events[ROAM_EVENT_PEER_UP]), 2, "peer_up at m%u", i);
    }
    drop_all(m, 3);
}

/* Without membership PEER_UP is the connection's, and the calls say that there is none. */
static void test_without_membership(void)
{
    member m[2];
    size_t count = 7;
    make(&m[0], 0, &(making){.listen = NULL});
    make(&m[1], 1, &(making){.outside = true});
    CHECK(live_join(m[1].live, "m0", &m[0].listening), ROAM_ERR_INVALID_ARGUMENT, "join");
    CHECK(live_leave(m[1].live), 0, "leave");
    CHECK(live_active_view(m[1].live, NULL, 0, &count), 0, "active view");
    CHECK(count, 0, "active view");
    CHECK(live_passive_view(m[1].live, NULL, 0, &count), 0, "passive view");
    CHECK(count, 0, "passive view");
    CHECK(live_dial(m[1].live, "m0", &m[0].listening, NULL), 0, "dial");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_PEER_UP, 1));
    CU_ASSERT_TRUE(await_event(&m[0], ROAM_EVENT_CHANNEL_UP, 1));
    CHECK(live_send(m[0].live, "m1", 1, "x", 1), 0, "a connection is enough to send");
    CHECK(atomic_load(&m[0].events[ROAM_EVENT_PEER_UP]), 0, "peer_up without a view");
    CHECK(atomic_load(&m[1].events[ROAM_EVENT_CHANNEL_UP]), 0, "channel_up without membership");
    drop_all(m, 2);
}

static void test_over_ipv6(void)
{
    member m[2];
    for (unsigned i = 0; i < 2; i++)
        make(&m[i], i, &(making){.listen = i == 0 ? "[::]:0" : "[::1]:0"});
    roam_addr contact = addr("::1");
    contact.port = m[0].listening.port;
    CHECK(live_join(m[1].live, "m0", &contact), 0, "join");
    CU_ASSERT_TRUE(await_neighbours(m, 2));
    CHECK_ADDR(advertised(&m[0]), contact, "of all");
    drop_all(m, 2);
}

static void test_bad_options(void)
{
    const uint8_t seed[ROAM_KEY_BYTES] = {1};
    roam_identity *identity;
    live_node *live = NULL;
    live_node_options options;
    roam_membership_options membership;
    CHECK(roam_identity_new("m0", seed, &identity), 0, "identity");
    roam_membership_options_default(&membership);
    membership.active_size = ROAM_ACTIVE_VIEW_MAX + 1;
    live_node_options_default(&options);
    options.node.identity = identity;
    options.membership = &membership;
    CHECK(live_node_new(&options, &live), ROAM_ERR_INVALID_ARGUMENT, "active_size");
    CU_ASSERT_PTR_NULL(live);
    roam_identity_free(identity);
}

/* What is advertised of one address, of none, of all, and of what the application says. */
static void test_advertised(void)
{
    member m[4];
    const roam_addr outside = addr("127.9.9.9:99"), nowhere = {0};
    make(&m[0], 0, &(making){.listen = "0.0.0.0:0"});
    CHECK_ADDR(advertised(&m[0]), nowhere, "of all, while there is no connection");
    make(&m[1], 1, &(making){.listen = NULL});
    CHECK_ADDR(advertised(&m[1]), m[1].listening, "of one");
    make(&m[2], 2, &(making){.listen = "0.0.0.0:0", .advertise = outside});
    make(&m[3], 3, &(making){.listen = ""});
    roam_addr contact = addr("127.0.0.1");
    contact.port = m[0].listening.port;
    for (unsigned i = 1; i < 4; i++)
        CHECK(live_join(m[i].live, "m0", &contact), 0, "join");
    for (unsigned i = 0; i < 4; i++)
        CU_ASSERT_TRUE(await_event(&m[i], ROAM_EVENT_PEER_UP, 1));
    CHECK_ADDR(advertised(&m[0]), contact, "of all, where the others have connected");
    CHECK_ADDR(advertised(&m[1]), m[1].listening, "of one, joined");
    CHECK_ADDR(advertised(&m[2]), outside, "as the application says");
    CHECK_ADDR(advertised(&m[3]), nowhere, "of none");
    drop_all(m, 4);
}

/* ---- Triggers ---- */

static void on_round(void *ctx, const live_network_round *round, uint64_t now_ns)
{
    member *const self = ctx;
    (void)now_ns;
    atomic_fetch_add(&self->rounds, round->migrating);
}

static int start_network(live_node *live, void *data)
{
    member *const self = data;
    live_message message = {""};
    live_network_options options;
    live_network_options_default(&options);
    options.debounce_ns = 10 * MS;
    options.round = on_round;
    options.ctx = self;
    return live_network_new(live, &options, &self->network, &message);
}

static int change(live_node *live, void *data)
{
    member *const self = data;
    (void)live;
    live_network_changed(self->network, "test");
    return 0;
}

static int hang_up(live_node *live, void *data)
{
    (void)data;
    return roam_hang_up(live_node_core(live), roam_peer_find(live_node_core(live), "m0"));
}

/* A peer that cannot be migrated is left alone as long as its connection lives, and no longer: here the peer
 * is in no view at all. */
static void test_triggers_go_by_connections(void)
{
    member m[2];
    make(&m[0], 0, &(making){.outside = true});
    make(&m[1], 1, &(making){.listen = NULL});
    CHECK(live_call(m[1].live, start_network, &m[1]), 0, "network");
    CHECK(live_dial(m[0].live, "m1", &m[1].listening, NULL), 0, "dial");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_CHANNEL_UP, 1));
    CHECK(live_call(m[1].live, change, &m[1]), 0, "change");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_MIGRATION_DONE, 1)); /* it accepted: not the initiator */
    CHECK(live_call(m[1].live, hang_up, NULL), 0, "hang up");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_CHANNEL_DOWN, 1));
    CHECK(live_dial(m[1].live, "m0", &m[0].listening, NULL), 0, "dial");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_CHANNEL_UP, 2));
    CHECK(live_call(m[1].live, change, &m[1]), 0, "change");
    CU_ASSERT_TRUE(await_event(&m[1], ROAM_EVENT_MIGRATION_DONE, 2));
    CHECK(atomic_load(&m[1].rounds), 2, "calls of the two rounds");
    drop_all(m, 2);
}

static const check_test TESTS[] = {{"five join, one leaves and joins again", test_join_and_leave},
                                   {"a node that ends is forgotten", test_stop},
                                   {"a contact that is not there yet", test_contact_comes_later},
                                   {"a migration is no news", test_migration_is_no_news},
                                   {"a node without membership", test_without_membership},
                                   {"over IPv6", test_over_ipv6},
                                   {"options that no membership takes", test_bad_options},
                                   {"the address that is advertised", test_advertised},
                                   {"triggers go by connections", test_triggers_go_by_connections}};
CHECK_MAIN("live membership", TESTS)
