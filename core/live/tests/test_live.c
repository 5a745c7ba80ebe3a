/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/live.h"
#include "core/tests/check.h"

#include "core/live/address.h"
#include "core/live/tests/pair.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS UINT64_C(1000000)

enum { NUMBERED = 20000, MOVES = 100 };

static roam_addr addr(const char *text)
{
    roam_addr out = {0};
    if (!live_address_parse(text, &out))
        CU_FAIL_FATAL("an address of the test's own does not parse");
    return out;
}

static void sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static int migrate(live_node *live, const char *peer, const char *local, uint64_t timeout_ms,
                   roam_migration_record *record)
{
    live_migrate_options options;
    live_migrate_options_default(&options);
    if (local)
        options.local = addr(local);
    options.timeout_ns = timeout_ms * MS;
    return live_migrate_peer(live, peer, &options, record);
}

static pair *connected(const pair_options *options)
{
    pair *const p = pair_new(options);
    if (!pair_connect(p))
        CU_FAIL("the two do not connect");
    return p;
}

static void test_messages_both_ways(void)
{
    static const pair_options cases[] = {
        {.listen = "127.0.0.1:0"}, {.listen = "127.0.0.1:0", .plain = true}, {.listen = "[::1]:0"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pair *const p = connected(&cases[i]);
        CHECK(live_send(p->client.live, "server", 1, "hello", 5), 0, "send to server");
        CHECK(live_send(p->server.live, "client", 1, "world", 5), 0, "send to client");
        CU_ASSERT_TRUE(pair_await_messages(&p->server, 1));
        CU_ASSERT_TRUE(pair_await_messages(&p->client, 1));
        CU_ASSERT_STRING_EQUAL(p->server.last, "hello");
        CU_ASSERT_STRING_EQUAL(p->client.last, "world");
        pair_free(p);
    }
}

static void test_listening_everywhere(void)
{
    pair *const p = connected(&(pair_options){.listen = "0.0.0.0:0"});
    CU_ASSERT_FALSE(live_address_is_unspecified(&p->listening));
    CU_ASSERT_NOT_EQUAL(p->listening.port, 0);
    pair_free(p);
}

static void test_migrate(void)
{
    pair *const p = connected(NULL);
    roam_migration_record record = {0};
    const uint64_t begin_ns = live_now_ns();
    CHECK(migrate(p->client.live, "server", "127.0.0.2", 5000, &record), ROAM_OK, "migrate");
    const uint64_t took_ms = (live_now_ns() - begin_ns) / MS;
    const roam_addr wanted = addr("127.0.0.2");
    if (took_ms >= 2000 || !live_address_same_host(&record.new_local, &wanted) ||
        !record.connection_id_changed || !record.initiator || record.challenges_sent == 0) {
        char text[ROAM_ADDR_STRING_MAX];
        (void)printf("\n  %llu ms, expected < 2000; to %s, expected 127.0.0.2; id changed %d, initiator %d, "
                     "%u challenges\n",
                     (unsigned long long)took_ms, roam_addr_format(&record.new_local, text),
                     record.connection_id_changed, record.initiator, record.challenges_sent);
        CU_FAIL("record");
    }
    CHECK(live_send(p->client.live, "server", 1, "moved", 5), 0, "send");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, 1));
    CU_ASSERT_TRUE(pair_await_event(&p->server, ROAM_EVENT_PATH_CHANGED, 1));
    CU_ASSERT_TRUE(roam_addr_equal(&p->server.last_path.path.remote, &record.new_local));
    CHECK(live_migrate_peer(p->client.live, "server", NULL, NULL), ROAM_OK, "defaults");
    CU_ASSERT_EQUAL(p->client.events[ROAM_EVENT_MIGRATION_DONE], 2);
    pair_free(p);
}

/* An old path keeps its connection ID for 3 * PTO; with the usual 333 ms for a path without a sample, so many
 * moves at once would wait for each other. */
static void short_initial_rtt(live_node_options *options, bool is_client)
{
    (void)is_client;
    options->node.initial_rtt_ns = 5 * MS;
}

static int listen_at(live_node *live, void *data)
{
    roam_addr *const at = data;
    return live_node_listen(live, at, at);
}

/* There and back between the families: a peer that has an address of each. */
static void test_families(void)
{
    pair *const p = connected(NULL);
    roam_addr other = addr("[::1]:0");
    roam_migration_record record = {0};
    live_migrate_options options;
    CU_ASSERT_EQUAL_FATAL(live_call(p->server.live, listen_at, &other), 0);
    live_migrate_options_default(&options);
    options.remote = other;
    CHECK(live_migrate_peer(p->client.live, "server", &options, &record), ROAM_OK, "to IPv6");
    CU_ASSERT_TRUE(roam_addr_equal(&record.remote, &other));
    CU_ASSERT_EQUAL(record.new_local.family, ROAM_FAMILY_IPV6);
    CHECK(live_send(p->client.live, "server", 1, "six", 3), 0, "send");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, 1));
    options.remote = p->listening;
    CHECK(live_migrate_peer(p->client.live, "server", &options, &record), ROAM_OK, "to IPv4");
    CU_ASSERT_EQUAL(record.new_local.family, ROAM_FAMILY_IPV4);
    CHECK(live_send(p->client.live, "server", 1, "four", 4), 0, "send");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, 2));
    options.local = addr("::1");
    CHECK(live_migrate_peer(p->client.live, "server", &options, NULL), ROAM_ERR_ADAPTER,
          "from one family to the other");
    pair_free(p);
}

static void test_many_moves(void)
{
    pair *const p = connected(&(pair_options){.change = short_initial_rtt});
    for (int i = 0; i < MOVES; i++) {
        roam_migration_record record = {0};
        char local[32];
        (void)snprintf(local, sizeof local, "127.0.%d.%d", i % 2, i + 2);
        const int result = migrate(p->client.live, "server", local, 5000, &record);
        if (result != ROAM_OK || !record.connection_id_changed) {
            (void)printf("\n  move %d: %s, connection id changed %d, expected ok and 1\n", i,
                         roam_result_name(result), record.connection_id_changed);
            CU_FAIL("one of many moves");
            break;
        }
    }
    pair_free(p);
}

static void test_refusals(void)
{
    static const struct {
        const char *peer, *local;
        int expected;
        roam_migration_detail detail;
    } cases[] = {
        {.peer = "nobody", .expected = ROAM_ERR_NOT_CONNECTED},
        {.peer = "server",
         .local = "192.0.2.1",
         .expected = ROAM_ERR_ADAPTER,
         .detail = ROAM_DETAIL_ADDRESS_NOT_LOCAL},
        {.peer = "server", .local = "::1", .expected = ROAM_ERR_ADAPTER, .detail = ROAM_DETAIL_FAMILY},
        {.peer = "server", .expected = ROAM_OK},
    };
    pair *const p = connected(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        roam_migration_record record = {.result = 1};
        const int result = migrate(p->client.live, cases[i].peer, cases[i].local, 5000, &record);
        CHECK(result, cases[i].expected, "%s", cases[i].peer);
        CHECK(record.result, cases[i].expected, "its record");
        CU_ASSERT_STRING_EQUAL(roam_migration_detail_name(record.detail),
                               roam_migration_detail_name(cases[i].detail));
    }
    char taken[ROAM_ADDR_STRING_MAX];
    roam_migration_record record;
    (void)roam_addr_format(&p->listening, taken);
    CHECK(migrate(p->client.live, "server", taken, 5000, &record), ROAM_ERR_ADAPTER,
          "address and port of the server");
    CU_ASSERT_STRING_EQUAL(roam_migration_detail_name(record.detail), "address_in_use");
    CHECK(migrate(p->server.live, "client", NULL, 5000, NULL), ROAM_ERR_NOT_INITIATOR, "by the server");
    CHECK(live_send(p->client.live, "nobody", 1, "x", 1), ROAM_ERR_UNKNOWN_PEER, "send to nobody");
    pair_free(p);
}

static void disable_at_server(live_node_options *options, bool is_client)
{
    options->node.disable_active_migration = !is_client;
}

static void test_disabled(void)
{
    pair *const p = connected(&(pair_options){.change = disable_at_server});
    CHECK(migrate(p->client.live, "server", NULL, 5000, NULL), ROAM_ERR_PEER_DISABLE_MIGRATION, "migrate");
    pair_free(p);
}

/* A server that sleeps is the nearest thing on one loopback to a path that does not answer. */
static void sleep_on_message(pair_node *node, const roam_message *message)
{
    (void)node;
    if (message->len == 5 && memcmp(message->data, "sleep", 5) == 0)
        sleep_ms(1200);
}

static void test_timeout_and_again(void)
{
    pair *const p = connected(&(pair_options){.on_server_message = sleep_on_message});
    roam_migration_record record = {0};
    CHECK(live_send(p->client.live, "server", 1, "sleep", 5), 0, "send");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, 1));
    const uint64_t begin_ns = live_now_ns();
    CHECK(migrate(p->client.live, "server", "127.0.0.3", 100, &record), ROAM_ERR_TIMEOUT, "asleep");
    const uint64_t took_ms = (live_now_ns() - begin_ns) / MS;
    CHECK_BETWEEN(took_ms, 100, 1000, "ms that a budget of 100 ms took");
    CHECK(live_send(p->client.live, "server", 1, "still here", 10), 0, "old path");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, 2));
    CHECK(migrate(p->client.live, "server", "127.0.0.3", 5000, &record), ROAM_OK, "again");
    pair_free(p);
}

typedef struct attempt {
    live_node *live;
    int result;
} attempt;

static void *attempt_main(void *data)
{
    attempt *const self = data;
    self->result = migrate(self->live, "server", "127.0.0.3", 5000, NULL);
    return NULL;
}

static void one_call(live_node_options *options, bool is_client)
{
    if (is_client)
        options->max_calls = 1;
}

static void test_bounded_and_ended(void)
{
    pair *const p = connected(&(pair_options){.on_server_message = sleep_on_message, .change = one_call});
    attempt first = {.live = p->client.live};
    pthread_t thread;
    CHECK(live_send(p->client.live, "server", 1, "sleep", 5), 0, "send");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, 1));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, attempt_main, &first), 0);
    sleep_ms(50);
    CHECK(live_send(p->client.live, "server", 1, "x", 1), ROAM_ERR_WOULD_BLOCK, "a second call");
    live_node_stop(p->client.live);
    (void)pthread_join(thread, NULL);
    CHECK(first.result, ROAM_ERR_NO_CONN, "a call when the loop ends");
    int after = ROAM_ERR_NOT_CONNECTED; /* while the loop is about to end */
    for (int i = 0; i < 100 && after == ROAM_ERR_NOT_CONNECTED; i++) {
        after = live_send(p->client.live, "server", 1, "x", 1);
        sleep_ms(1);
    }
    CHECK(after, ROAM_ERR_NO_CONN, "a call after it");
    CHECK(live_node_run(p->client.live), ROAM_ERR_INVALID_ARGUMENT, "a second run");
    CU_ASSERT_TRUE(pair_await_event(&p->server, ROAM_EVENT_PEER_DOWN, 1));
    CU_ASSERT_EQUAL(p->server.last_down, ROAM_DOWN_LEFT);
    pair_free(p);
}

/* Before it is started, and right after. */
static void test_before_the_start(void)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {7};
    const roam_addr remote = addr("127.0.0.1:9");
    roam_identity *identity;
    live_node_options options;
    live_node *live;
    CU_ASSERT_EQUAL_FATAL(roam_identity_new("early", seed, &identity), 0);
    live_node_options_default(&options);
    options.node.identity = identity;
    CU_ASSERT_EQUAL_FATAL(live_node_new(&options, &live), 0);
    CHECK(live_dial(live, "server", &remote, NULL), ROAM_ERR_IN_CALLBACK, "dial");
    CHECK(live_migrate_peer(live, "server", NULL, NULL), ROAM_ERR_IN_CALLBACK, "migrate");
    CHECK(live_node_start(live), 0, "start");
    CHECK(live_dial(live, "server", &remote, NULL), 0, "dial");
    CHECK(live_node_free(live), 0, "free");
    CU_ASSERT_EQUAL_FATAL(live_node_new(&options, &live), 0);
    CHECK(live_node_free(live), 0, "free of one that never ran");
    roam_identity_free(identity);
}

static void call_inside(pair_node *node, const roam_message *message)
{
    (void)message;
    CHECK(live_migrate_peer(node->live, "client", NULL, NULL), ROAM_ERR_IN_CALLBACK, "migrate inside");
    CHECK(live_send(node->live, "client", 1, "x", 1), ROAM_ERR_IN_CALLBACK, "send inside");
    CHECK(live_node_free(node->live), ROAM_ERR_IN_CALLBACK, "free inside");
    roam_node *const core = live_node_core(node->live);
    CHECK(roam_send(core, message->peer, 1, "echo", 4), 0, "the core's own");
}

static void test_inside_callbacks(void)
{
    pair *const p = connected(&(pair_options){.on_server_message = call_inside});
    CHECK(live_send(p->client.live, "server", 1, "x", 1), 0, "send");
    CU_ASSERT_TRUE(pair_await_messages(&p->client, 1));
    CU_ASSERT_STRING_EQUAL(p->client.last, "echo");
    pair_free(p);
}

static void *numbered_main(void *data)
{
    attempt *const self = data;
    uint8_t message[400] = {0};
    for (uint64_t i = 0; i < NUMBERED; i++) {
        memcpy(message, &i, sizeof i);
        while ((self->result = live_send(self->live, "server", 7, message, sizeof message)) ==
               ROAM_ERR_WOULD_BLOCK)
            sleep_ms(1);
        if (self->result)
            break;
    }
    return NULL;
}

static void test_moves_under_load(void)
{
    pair *const p = connected(NULL);
    attempt sender = {.live = p->client.live};
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, numbered_main, &sender), 0);
    for (int i = 0; i < 10; i++)
        CHECK(migrate(p->client.live, "server", i % 2 ? "127.0.0.1" : "127.0.0.2", 5000, NULL), ROAM_OK,
              "move");
    (void)pthread_join(thread, NULL);
    CHECK(sender.result, 0, "numbered messages");
    CU_ASSERT_TRUE(pair_await_messages(&p->server, NUMBERED));
    if (p->server.disorder != 0 || p->server.bytes != NUMBERED * UINT64_C(400)) {
        (void)printf("\n  %llu bytes, expected %llu; %llu out of order\n",
                     (unsigned long long)p->server.bytes, NUMBERED * 400ULL,
                     (unsigned long long)p->server.disorder);
        CU_FAIL("messages");
    }
    pair_free(p);
}

static const check_test TESTS[] = {
    {"messages both ways, over IPv4 and IPv6", test_messages_both_ways},
    {"listening at every address", test_listening_everywhere},
    {"a blocking call moves the connection within milliseconds", test_migrate},
    {"from IPv4 to IPv6 and back", test_families},
    {"many moves in a row, each with a new connection ID", test_many_moves},
    {"what cannot be migrated", test_refusals},
    {"the peer disables migration", test_disabled},
    {"the budget ends the call, the old path lives, a second call succeeds", test_timeout_and_again},
    {"calls are bounded, and end with the loop", test_bounded_and_ended},
    {"blocking calls before the loop runs", test_before_the_start},
    {"blocking calls are refused inside callbacks", test_inside_callbacks},
    {"no message lost, repeated or out of order across moves", test_moves_under_load}};
CHECK_MAIN("live", TESTS)
