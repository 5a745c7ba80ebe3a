/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migrations at their limits: a hundred in a row, late packets of a slow old path, adapters that do not send.
 */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { MOVES = 100 };

static void disabling(roam_node_options *options)
{
    options->accept = true;
    options->disable_active_migration = true;
}

static const net_pair_options idle = {.idle_ns = NET_S};

/* The connection IDs on short headers from a. */
typedef struct ids {
    uint8_t bytes[2 * MOVES][8];
    size_t count;
} ids;

static bool note_id(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    ids *used = user;
    if (from->bytes[3] != 1 || (datagram->data[0] & 0x80))
        return false;
    for (size_t i = 0; i < used->count; i++)
        if (memcmp(used->bytes[i], datagram->data + 1, 8) == 0)
            return false;
    if (used->count < 2 * MOVES)
        memcpy(used->bytes[used->count++], datagram->data + 1, 8);
    return false;
}

/* Each with a connection ID that was never used before, although the peer grants eight at a time. */
static void test_a_hundred(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(&idle);
        ids used = {.count = 0};
        net_filter(p.net, note_id, &used);
        net_send(p.a, p.b_at_a, 0, "x", 1);
        for (size_t i = 0; i < MOVES; i++) {
            net_migrate(p.a, p.b_at_a, i % 2 ? 0 : 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
            net_run_for(p.net, 150 * NET_MS);
            net_send(p.a, p.b_at_a, 0, "x", 1);
            net_send(p.b, (roam_peer_id){1}, 0, "y", 1);
        }
        net_run_for(p.net, 10 * NET_S);
        CHECK(p.a->result_count, MOVES, "results, mode %d", mode);
        for (size_t i = 0; i < p.a->result_count; i++)
            CHECK(p.a->results[i].record.result, ROAM_OK, "result %zu, mode %d", i, mode);
        CHECK(used.count, MOVES + 1, "connection IDs, mode %d", mode);
        CHECK(p.b->messages, MOVES + 1, "messages at b, mode %d", mode);
        CHECK(p.a->messages, MOVES, "messages at a, mode %d", mode);
        CHECK(p.a->adapters_open, 1, "adapters, mode %d", mode);
        CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
        net_free(p.net);
    }
}

/* What is still on its way over the slow old path comes after its connection ID was retired over the fast new
 * one. No end may take that for a sign that the other has lost its state. */
static void late(uint64_t old_delay_ns, roam_migrate_mode mode)
{
    net_pair p = net_pair_new(&idle);
    net_delay(p.net, 0, old_delay_ns);
    for (int i = 0; i < 300; i++) {
        net_send(p.a, p.b_at_a, 0, "x", 1);
        net_send(p.b, (roam_peer_id){1}, 0, "y", 1);
        if (i == 100)
            net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, mode, NULL);
        net_run_for(p.net, 10 * NET_MS);
    }
    net_run_for(p.net, 20 * NET_S);
    int ms = (int)(old_delay_ns / NET_MS);
    CHECK(p.a->results[0].record.result, ROAM_OK, "result, %d ms", ms);
    CHECK(p.a->messages, 300, "messages at a, %d ms", ms);
    CHECK(p.b->messages, 300, "messages at b, %d ms", ms);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs, %d ms", ms);
    net_free(p.net);
}

static void test_late_packets(void)
{
    static const uint64_t delays_ms[] = {20, 50, 100, 200, 300, 500, 800};
    for (size_t i = 0; i < sizeof delays_ms / sizeof delays_ms[0]; i++) {
        late(delays_ms[i] * NET_MS, ROAM_VALIDATE_FIRST);
        late(delays_ms[i] * NET_MS, ROAM_FOLLOW_FIRST);
    }
}

typedef struct last_packet {
    uint8_t data[1500];
    size_t len;
} last_packet;

static bool keep_last(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    last_packet *last = user;
    if (from->bytes[3] == 1 && from->bytes[1] == 0 && !(datagram->data[0] & 0x80)) {
        last->len = datagram->len;
        memcpy(last->data, datagram->data, datagram->len);
    }
    return false;
}

/* Each end by itself: who knows the retired ID does not answer it with a stateless reset, and a reset that
 * comes for it nevertheless, from one that does not, ends nothing. */
static void test_stateless_reset_for_a_retired_id(void)
{
    for (int forgotten = 0; forgotten < 2; forgotten++) {
        net_pair p = net_pair_new(&idle);
        last_packet last = {.len = 0};
        net_filter(p.net, keep_last, &last);
        static const uint8_t message[200];
        net_send(p.a, p.b_at_a, 0, message, sizeof message);
        net_run_for(p.net, NET_S);
        net_filter(p.net, NULL, NULL);
        net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
        net_run_for(p.net, forgotten ? 60 * NET_MS : NET_S); /* a forgets the token soon, b the ID late */
        if (forgotten) {
            net_crash(p.b);
            net_restart(p.b, net_accepting);
            net_listen(p.b);
            net_block(p.net, 2, true, true); /* a reset over the path in use would count */
        }
        roam_addr to = net_addr(p.b, 1, 4433), from = net_addr(p.a, 0, 50000);
        uint64_t sent = net_stats_of(p.net).datagrams;
        net_inject(p.b, &to, &from, last.data, last.len);
        CHECK(net_stats_of(p.net).datagrams - sent, forgotten, "resets, forgotten %d", forgotten);
        CHECK(p.a->adapters_open, 2, "the old adapter is still open, forgotten %d", forgotten);
        net_run_for(p.net, 100 * NET_MS);
        CHECK(roam_peer_is_up(p.a->node, p.b_at_a), true, "up, forgotten %d", forgotten);
        net_free(p.net);
    }
}

static void test_new_adapter_does_not_send(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(&idle);
        roam_path_stats stats = {0};
        p.a->refuse_datagrams[2] = true;
        net_migrate(p.a, p.b_at_a, 2, 2 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 3 * NET_S);
        CHECK(p.a->result_count, 1, "results, mode %d", mode);
        CHECK(p.a->results[0].record.result, ROAM_ERR_TIMEOUT, "result, mode %d", mode);
        CHECK(p.a->results[0].record.detail, ROAM_DETAIL_NO_RESPONSE, "detail, mode %d", mode);
        CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &stats), 0, "stats");
        CHECK(stats.datagrams_failed >= 2, true, "datagrams that failed: %d", (int)stats.datagrams_failed);
        net_send(p.a, p.b_at_a, 0, "x", 1);
        net_run_for(p.net, 5 * NET_S);
        CHECK(p.b->messages, 1, "messages over the old path, mode %d", mode);
        p.a->refuse_datagrams[2] = false;
        net_migrate(p.a, p.b_at_a, 2, 2 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 3 * NET_S);
        CHECK(p.a->results[1].record.result, ROAM_OK, "result when it sends again, mode %d", mode);
        net_free(p.net);
    }
}

/* The old one fails instead, as when its address is gone: the new path is validated all the same. */
static void test_old_adapter_does_not_send(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(&idle);
        p.a->refuse_datagrams[0] = true;
        net_send(p.a, p.b_at_a, 0, "x", 1);
        net_run_for(p.net, 100 * NET_MS);
        net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 5 * NET_S);
        CHECK(p.a->results[0].record.result, ROAM_OK, "result, mode %d", mode);
        CHECK(p.b->messages, 1, "messages, mode %d", mode);
        net_free(p.net);
    }
}

/* The same answer for the life of the connection, and never a packet; a new connection is asked anew. */
static void test_terminal(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.change_b = disabling, .idle_ns = NET_S});
    roam_addr remote = net_addr(p.b, 1, 4433);
    roam_peer_id peer;
    for (size_t i = 0; i < 3; i++) {
        uint64_t sent = net_stats_of(p.net).datagrams, opened = p.a->next_port;
        net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
        net_run_for(p.net, NET_MS);
        CHECK(p.a->result_count, i + 1, "results");
        CHECK(p.a->results[i].record.result, ROAM_ERR_PEER_DISABLE_MIGRATION, "result %zu", i);
        CHECK(p.a->results[i].record.challenges_sent, 0, "challenges of call %zu", i);
        CHECK(net_stats_of(p.net).datagrams, sent, "datagrams of call %zu", i);
        CHECK(p.a->next_port, opened, "adapters opened by call %zu", i);
        net_run_for(p.net, NET_S);
    }
    net_crash(p.b);
    net_restart(p.b, net_accepting); /* it allows migration now */
    net_listen(p.b);
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_run_for(p.net, 5 * NET_S);
    CHECK(roam_dial(p.a->node, "b", &remote, NULL, net_now(p.net), &peer), 0, "dial");
    net_run_for(p.net, 2 * NET_S);
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, NET_S);
    CHECK(p.a->results[3].record.result, ROAM_OK, "result on a new connection");
    net_free(p.net);
}

static void keep_remote(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                        uint64_t now_ns)
{
    roam_addr *remote = done_data;
    (void)peer;
    (void)now_ns;
    *remote = record->remote;
}

/* A call without a remote address means the one in use: here that of an attempt which the call supersedes. */
static void test_the_remote_in_use_is_that_of_the_attempt(void)
{
    net_pair p = net_pair_new(&idle);
    p.b->network = 3;
    net_listen(p.b);
    net_block(p.net, 2, true, true);
    roam_addr first = {.family = ROAM_FAMILY_NONE};
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    options.local = net_addr(p.a, 2, 0);
    options.remote = net_addr(p.b, 3, 4433);
    options.mode = ROAM_FOLLOW_FIRST;
    options.done = keep_remote;
    options.done_data = &first;
    CHECK(roam_migrate(p.a->node, p.b_at_a, &options, net_now(p.net)), 0, "call");
    net_poke(p.a);
    net_run_for(p.net, 10 * NET_MS);
    net_migrate(p.a, p.b_at_a, 4, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 5 * NET_S);
    CHECK(roam_addr_equal(&first, &options.remote), true, "remote address of the first");
    if (CHECK(p.a->result_count, 1, "results")) {
        CHECK(p.a->results[0].record.result, ROAM_OK, "result");
        CHECK(roam_addr_equal(&p.a->results[0].record.remote, &options.remote), true, "remote address");
    }
    net_free(p.net);
}

static const check_test tests[] = {
    {"a hundred in a row", test_a_hundred},
    {"late packets of a slow old path", test_late_packets},
    {"a stateless reset for a retired ID", test_stateless_reset_for_a_retired_id},
    {"the new adapter does not send", test_new_adapter_does_not_send},
    {"the old adapter does not send", test_old_adapter_does_not_send},
    {"terminal for the connection's life", test_terminal},
    {"the remote address in use is that of the attempt", test_the_remote_in_use_is_that_of_the_attempt},
};

CHECK_MAIN("migrate_limits", tests)
