/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration does to the connection: its data, its connection IDs, its record. */
#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { KEYS = 7, MESSAGE = 4000, MESSAGES = 525 }; /* 2.1 MB each way */

/* ---- Data ---- */

static void compose(uint8_t *out, const net_host *sender, uint64_t key, uint64_t number)
{
    uint64_t state = sender->number * UINT64_C(1000003) + key * 1009 + number;
    for (size_t i = 0; i < MESSAGE; i += sizeof state) {
        uint64_t word = check_random(&state);
        memcpy(out + i, &word, sizeof word);
    }
}

typedef struct receiver {
    const net_host *sender;
    uint64_t next[KEYS]; /* number expected of each key */
    uint64_t wrong;
    uint64_t last_ns;
} receiver;

static void on_message(net_host *host, const roam_message *message, uint64_t now_ns)
{
    receiver *r = host->user;
    uint8_t expected[MESSAGE];
    r->last_ns = now_ns;
    if (message->key >= KEYS || message->len != MESSAGE) {
        r->wrong++;
        return;
    }
    compose(expected, r->sender, message->key, r->next[message->key]++);
    r->wrong += memcmp(expected, message->data, MESSAGE) != 0;
}

static void send_all(net_host *host, roam_peer_id peer)
{
    uint64_t numbers[KEYS] = {0};
    uint8_t message[MESSAGE];
    for (uint64_t i = 0; i < MESSAGES; i++) {
        compose(message, host, i % KEYS, numbers[i % KEYS]++);
        CHECK(roam_send(host->node, peer, i % KEYS, message, MESSAGE), 0, "message %d", (int)i);
    }
    net_poke(host);
}

/* Loses every 37th datagram. */
static bool lose_some(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    uint64_t *count = user;
    (void)from;
    (void)datagram;
    return ++*count % 37 == 0;
}

static void check_receiver(const receiver *r, const char *who, const char *when)
{
    CHECK(r->wrong, 0, "wrong, repeated or overtaking messages at %s, %s", who, when);
    for (size_t key = 0; key < KEYS; key++)
        CHECK(r->next[key], MESSAGES / KEYS, "messages of key %zu at %s, %s", key, who, when);
}

/* Both ways at full speed while the connection moves, and moves back in mid-flight when twice is set. */
static void transfer(const char *what, roam_migrate_mode mode, bool twice, bool lossy)
{
    net_pair p = net_pair_new(NULL);
    receiver at_a = {.sender = p.b}, at_b = {.sender = p.a};
    uint64_t count = 0;
    p.a->on_message = p.b->on_message = on_message;
    p.a->user = &at_a;
    p.b->user = &at_b;
    if (lossy)
        net_filter(p.net, lose_some, &count);
    send_all(p.a, p.b_at_a);
    send_all(p.b, roam_peer_find(p.b->node, "a"));
    net_run_for(p.net, 90 * NET_MS);
    uint64_t before = p.a->messages + p.b->messages;
    net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, mode, NULL);
    net_run_for(p.net, 50 * NET_MS);
    if (twice)
        net_migrate(p.a, p.b_at_a, 0, 5 * NET_S, mode, NULL);
    net_run_for(p.net, 60 * NET_S);
    CHECK(before > 0 && before < MESSAGES, true, "%s: the move comes in the middle", what);
    CHECK(p.a->result_count, twice ? 2 : 1, "%s: results", what);
    CHECK(p.a->results[p.a->result_count - 1].record.result, ROAM_OK, "%s: result", what);
    check_receiver(&at_a, "a", what);
    check_receiver(&at_b, "b", what);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "%s: peer_down",
          what);
    net_free(p.net);
}

static void test_data_survives(void)
{
    transfer("validating", ROAM_VALIDATE_FIRST, false, false);
    transfer("following", ROAM_FOLLOW_FIRST, false, false);
    transfer("validating, there and back", ROAM_VALIDATE_FIRST, true, false);
    transfer("following, there and back", ROAM_FOLLOW_FIRST, true, false);
    transfer("validating, with loss", ROAM_VALIDATE_FIRST, true, true);
    transfer("following, with loss", ROAM_FOLLOW_FIRST, true, true);
}

/* ---- Moves in a row ---- */

static void test_there_and_back(void)
{
    net_pair p = net_pair_new(NULL);
    static const int stops[] = {2, 0, 2, 0};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        net_run_for(p.net, 2 * NET_S);
        net_migrate(p.a, p.b_at_a, stops[i], NET_S, ROAM_VALIDATE_FIRST, NULL);
        net_run_for(p.net, 2 * NET_S);
        CHECK(p.a->result_count, i + 1, "results");
        CHECK(p.a->results[i].record.result, ROAM_OK, "move %zu", i);
        roam_path_stats at_a = {0}, at_b = {0};
        CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &at_a), 0, "path of a");
        CHECK(p.a->adapters_open, 2, "adapters soon after move %zu", i);
        CHECK(at_a.local.bytes[1], stops[i], "network at a after move %zu", i);
        net_send(p.a, p.b_at_a, 0, "x", 1);
        net_run_for(p.net, 2 * NET_S); /* the old adapter stays for 3 PTO of the new path: 3072 ms */
        CHECK(roam_peer_path_stats(p.b->node, (roam_peer_id){1}, &at_b), 0, "path of b");
        CHECK(at_b.remote.bytes[1], stops[i], "network at b after move %zu", i);
        CHECK(p.b->messages, i + 1, "messages after move %zu", i);
        CHECK(p.a->adapters_open, 1, "adapters after move %zu", i);
    }
    CHECK(net_count(p.a, ROAM_EVENT_PATH_CHANGED), 4, "path_changed at a");
    CHECK(net_count(p.b, ROAM_EVENT_PATH_CHANGED), 4, "path_changed at b");
    net_free(p.net);
}

enum { MOVES = 30, IDS_MAX = 200 };

/* Connection IDs seen in short headers from a, by the local port they came from. */
typedef struct ids {
    uint8_t id[IDS_MAX][8];
    roam_addr from[IDS_MAX];
    size_t count;
    size_t reused; /* one ID from two addresses */
} ids;

static bool note_id(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    ids *seen = user;
    if (from->bytes[3] != 1 || (datagram->data[0] & 0x80))
        return false;
    for (size_t i = 0; i < seen->count; i++) {
        if (memcmp(seen->id[i], datagram->data + 1, 8) == 0) {
            seen->reused += !roam_addr_equal(&seen->from[i], from);
            return false;
        }
    }
    if (seen->count < IDS_MAX) {
        memcpy(seen->id[seen->count], datagram->data + 1, 8);
        seen->from[seen->count++] = *from;
    }
    return false;
}

/* RFC 9000 section 9.5: never one connection ID from two addresses. */
static void test_many_moves_each_with_a_new_connection_id(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(NULL);
        ids seen = {.count = 0};
        net_filter(p.net, note_id, &seen);
        for (size_t i = 0; i < MOVES; i++) {
            net_send(p.a, p.b_at_a, 0, "x", 1);
            net_migrate(p.a, p.b_at_a, 2 + (int)(i % 3), NET_S, (roam_migrate_mode)mode, NULL);
            net_run_for(p.net, 500 * NET_MS);
            if (CHECK(p.a->result_count, i + 1, "results, mode %d", mode)) {
                CHECK(p.a->results[i].record.result, ROAM_OK, "move %zu, mode %d", i, mode);
                CHECK(p.a->results[i].record.connection_id_changed, true, "ID of move %zu, mode %d", i, mode);
            }
        }
        net_run_for(p.net, 5 * NET_S);
        CHECK(seen.reused, 0, "connection IDs from two addresses, mode %d", mode);
        CHECK(seen.count, MOVES + 1, "connection IDs, mode %d", mode);
        CHECK(p.b->messages, MOVES, "messages, mode %d", mode);
        CHECK(p.a->adapters_open, 1, "adapters, mode %d", mode);
        net_free(p.net);
    }
}

/* ---- The record ---- */

static void test_record(void)
{
    net_pair p = net_pair_new(NULL);
    net_run_for(p.net, NET_S);
    net_delay(p.net, 2, 90 * NET_MS); /* a round trip of 200 ms instead of 40 */
    roam_path_stats before = {0}, after = {0};
    CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &before), 0, "stats before");
    uint64_t start_ns = net_now(p.net);
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 2 * NET_S);
    CHECK(p.a->result_count, 1, "results");
    const roam_migration_record *r = &p.a->results[0].record;
    roam_addr old_local = net_addr(p.a, 0, 50000), new_local = net_addr(p.a, 2, 50001),
              remote = net_addr(p.b, 1, 4433);
    CHECK(r->result, ROAM_OK, "result");
    CHECK(r->detail, ROAM_DETAIL_NONE, "detail");
    CHECK(r->initiator, true, "initiator");
    CHECK_STRING(r->trigger, "");
    CHECK(roam_addr_equal(&r->old_local, &old_local), true, "old local address");
    CHECK(roam_addr_equal(&r->new_local, &new_local), true, "new local address");
    CHECK(roam_addr_equal(&r->remote, &remote), true, "remote address");
    CHECK(r->challenges_sent, 2, "challenges: two in a flight");
    CHECK(r->validation_rounds, 1, "rounds");
    CHECK(r->requested_ns, start_ns, "requested");
    CHECK(r->first_challenge_ns, start_ns, "first challenge");
    CHECK(r->first_round_ns, start_ns, "first round");
    CHECK(r->response_ns - start_ns, 200 * NET_MS, "response");
    CHECK(r->finished_ns - start_ns, 200 * NET_MS, "finished");
    CHECK(r->srtt_before_ns, before.srtt_ns, "SRTT before");
    CHECK(before.srtt_ns >= 40 * NET_MS && before.srtt_ns < 60 * NET_MS, true, "SRTT of the old path");
    CHECK(r->cwnd_before, before.cwnd, "cwnd before");
    /* RFC 9000 section 9.4: both start anew. Until a sample comes the RTT is the initial one. */
    CHECK(r->srtt_after_ns, 333 * NET_MS, "SRTT after");
    CHECK(r->cwnd_after <= 14720, true, "cwnd after: %d", (int)r->cwnd_after);
    CHECK(r->connection_id_changed, true, "connection ID");
    net_send(p.a, p.b_at_a, 0, "x", 1);
    net_run_for(p.net, 5 * NET_S);
    CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &after), 0, "stats after");
    CHECK(after.min_rtt_ns, 200 * NET_MS, "least RTT of the new path");
    net_free(p.net);
}

/* ---- Odd moments ---- */

static void migrate_at_peer_up(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    if (event->kind == ROAM_EVENT_PEER_UP ||
        (event->kind == ROAM_EVENT_MIGRATION_DONE && host->result_count < 2))
        net_migrate(host, event->peer, event->kind == ROAM_EVENT_PEER_UP ? 2 : 3, 5 * NET_S,
                    ROAM_VALIDATE_FIRST, NULL);
}

/* From the callback of peer_up, and again from that of each result. */
static void test_called_inside_a_callback(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.apart = true});
    p.a->on_event = migrate_at_peer_up;
    net_pair_connect(&p);
    net_run_for(p.net, 10 * NET_S);
    CHECK(p.a->result_count, 3, "results");
    CHECK(p.a->results[0].record.result, ROAM_OK, "first result");
    CHECK(p.a->results[1].record.result, ROAM_OK, "second result");
    CHECK(p.a->results[1].record.new_local.bytes[1], 3, "second address");
    CHECK(p.a->adapters_open, 1, "adapters");
    net_free(p.net);
}

static void test_node_freed_meanwhile(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(NULL);
        net_block(p.net, 2, true, true);
        net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
        net_migrate(p.a, p.b_at_a, 2, 6 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 100 * NET_MS);
        net_migrate(p.a, (roam_peer_id){99}, 2, NET_S, (roam_migrate_mode)mode,
                    NULL); /* its result is on its way */
        net_crash(p.a);
        CHECK(p.a->result_count, 0, "results of a freed node, mode %d", mode);
        CHECK(p.a->adapters_open, 0, "adapters of a freed node, mode %d", mode);
        net_free(p.net);
    }
}

/* ---- A response that comes another way ---- */

typedef struct thief {
    uint8_t data[1500];
    size_t len;
    roam_addr from;
} thief;

/* Keeps the first datagram to network 2, which carries the PATH_RESPONSE, and loses all of them. */
static bool steal(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    thief *t = user;
    if (datagram->remote.bytes[1] != 2)
        return false;
    if (t->len == 0) {
        t->len = datagram->len;
        t->from = *from;
        memcpy(t->data, datagram->data, datagram->len);
    }
    return true;
}

/* After the roll-back the late PATH_RESPONSE is delivered to the old address (as if the network had gone
 * astray): it counts from anywhere (RFC 9000 section 8.2.3), but the new path is given up, and the old one
 * stays. */
static void test_late_response_on_the_old_path(void)
{
    net_pair p = net_pair_new(NULL);
    thief t = {.len = 0};
    net_run_for(p.net, NET_S);
    net_filter(p.net, steal, &t);
    net_migrate(p.a, p.b_at_a, 2, 500 * NET_MS, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 600 * NET_MS);
    CHECK(p.a->result_count, 1, "results");
    CHECK(p.a->results[0].record.result, ROAM_ERR_TIMEOUT, "result");
    CHECK(t.len > 0, true, "a response was stolen");
    roam_addr old_local = net_addr(p.a, 0, 50000);
    net_inject(p.a, &old_local, &t.from, t.data, t.len);
    net_run_for(p.net, NET_S);
    net_send(p.a, p.b_at_a, 0, "x", 1);
    net_run_for(p.net, 5 * NET_S);
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &stats), 0, "path stats");
    CHECK(stats.local.bytes[1], 0, "network in use");
    CHECK(p.b->messages, 1, "messages");
    CHECK(p.a->result_count, 1, "results at the end");
    net_free(p.net);
}

static const check_test tests[] = {
    {"data survives", test_data_survives},
    {"there and back", test_there_and_back},
    {"many moves, each with a new connection ID", test_many_moves_each_with_a_new_connection_id},
    {"the record", test_record},
    {"called inside a callback", test_called_inside_a_callback},
    {"node freed meanwhile", test_node_freed_meanwhile},
    {"a late response on the old path", test_late_response_on_the_old_path},
};

CHECK_MAIN("migrate_traffic", tests)
