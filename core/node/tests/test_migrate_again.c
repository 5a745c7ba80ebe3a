/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of roam_migrate one after another: which of them share an attempt, what they cost while nothing
 * answers, and the way back to the old path after each. */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#define ONE_WAY_NS (20 * NET_MS)
#define ROUND_TRIP_NS (2 * ONE_WAY_NS)

enum { IDS_MAX = 64, CALLS_MAX = 20 };

/* The Destination Connection IDs on the short headers that left a network. */
typedef struct ids {
    uint8_t bytes[IDS_MAX][8];
    size_t count;
} ids;

static bool note_id(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    ids *used = user, *of = &used[from->bytes[1]];
    if (from->bytes[3] != 1 || (datagram->data[0] & 0x80))
        return false;
    for (size_t i = 0; i < of->count; i++)
        if (memcmp(of->bytes[i], datagram->data + 1, 8) == 0)
            return false;
    if (of->count < IDS_MAX)
        memcpy(of->bytes[of->count++], datagram->data + 1, 8);
    return false;
}

/* The pair is idle, apart from a message of a; used: of a's networks, from the message on. */
static net_pair pair_using(ids used[NET_NETWORKS], bool ipv6)
{
    net_pair p = net_pair_new(&(net_pair_options){.ipv6 = ipv6, .idle_ns = 5 * NET_S});
    memset(used, 0, NET_NETWORKS * sizeof used[0]);
    net_filter(p.net, note_id, used);
    net_send(p.a, p.b_at_a, 0, "x", 1);
    net_run_for(p.net, NET_S);
    return p;
}

static const roam_migration_record *result(const net_pair *p, size_t i)
{
    return &p->a->results[i].record;
}

/* ---- Who joins ---- */

/* The second call comes while the first is under way on a network that answers nothing. */
static const struct {
    const char *what;
    int first, second; /* the networks asked for */
    int leads_at_first, leads_then;
    bool joins;
} seconds[] = {
    {.what = "any address joins the one that leads there",
     .first = 2,
     .second = NET_ANY,
     .leads_at_first = 2,
     .leads_then = 2,
     .joins = true},
    {.what = "any address joins any address",
     .first = NET_ANY,
     .second = NET_ANY,
     .leads_at_first = 2,
     .leads_then = 2,
     .joins = true},
    {.what = "any address does not join one that leads there no more",
     .first = 2,
     .second = NET_ANY,
     .leads_at_first = 2,
     .leads_then = 3},
    {.what = "any address does not join what was any address",
     .first = NET_ANY,
     .second = NET_ANY,
     .leads_at_first = 2,
     .leads_then = 3},
    {.what = "the address under way joins",
     .first = NET_ANY,
     .second = 2,
     .leads_at_first = 2,
     .leads_then = 2,
     .joins = true},
    {.what = "the address under way joins, wherever it leads now",
     .first = NET_ANY,
     .second = 2,
     .leads_at_first = 2,
     .leads_then = 3,
     .joins = true},
    {.what = "the same address joins", .first = 2, .second = 2, .joins = true},
    {.what = "another address does not join", .first = 2, .second = 3, .leads_at_first = 2, .leads_then = 2},
    {.what = "an address that leads there does not join another",
     .first = 2,
     .second = 3,
     .leads_at_first = 2,
     .leads_then = 3},
};

static void test_who_joins(void)
{
    const size_t count = sizeof seconds / sizeof seconds[0];
    for (size_t i = 0; i < 4 * count; i++) {
        const size_t k = i / 4;
        const bool ipv6 = i & 1;
        const roam_migrate_mode mode = i & 2 ? ROAM_FOLLOW_FIRST : ROAM_VALIDATE_FIRST;
        const char *what = seconds[k].what;
        ids used[NET_NETWORKS];
        net_pair p = pair_using(used, ipv6);
        net_block(p.net, 2, true, true);
        p.a->network = seconds[k].leads_at_first;
        net_migrate(p.a, p.b_at_a, seconds[k].first, NET_S, mode, NULL);
        net_run_for(p.net, 100 * NET_MS);
        p.a->network = seconds[k].leads_then;
        const uint64_t second_ns = net_now(p.net);
        net_migrate(p.a, p.b_at_a, seconds[k].second, 2 * NET_S, mode, NULL);
        net_run_for(p.net, 6 * NET_S);
        CHECK(p.a->result_count, 2, "%s: results, IPv6 %d, mode %d", what, ipv6, mode);
        CHECK(p.a->adapters_open, 1, "%s: adapters", what);
        CHECK(result(&p, 1)->old_local.family, ipv6 ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_IPV4, "%s: family",
              what);
        if (seconds[k].joins) {
            CHECK(result(&p, 0)->result, ROAM_ERR_TIMEOUT, "%s: the first", what);
            CHECK(result(&p, 1)->result, ROAM_ERR_TIMEOUT, "%s: the second", what);
            CHECK(p.a->results[1].at_ns - second_ns, 2 * NET_S, "%s: end of the second", what);
            CHECK(result(&p, 1)->new_local.bytes[1], 2, "%s: network of the second", what);
            CHECK(used[3].count, 0, "%s: IDs used on network 3", what);
        } else {
            CHECK(result(&p, 0)->result, ROAM_ERR_SUPERSEDED, "%s: the first", what);
            CHECK(result(&p, 1)->result, ROAM_OK, "%s: the second", what);
            CHECK(p.a->results[1].at_ns - second_ns, ROUND_TRIP_NS, "%s: time of the second", what);
            CHECK(result(&p, 1)->new_local.bytes[1], 3, "%s: network of the second", what);
        }
        CHECK(result(&p, 0)->detail, ROAM_DETAIL_NO_RESPONSE, "%s: detail of the first", what);
        CHECK(result(&p, 1)->detail, seconds[k].joins ? ROAM_DETAIL_NO_RESPONSE : ROAM_DETAIL_NONE,
              "%s: detail of the second", what);
        net_free(p.net);
    }
}

/* ---- Short calls in a silence ---- */

/* Each is over before an answer can come. The peer grants no further connection ID meanwhile. */
static void test_short_calls_in_a_silence(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        for (int address = 0; address < 2; address++) { /* named, or the one that leads there */
            ids used[NET_NETWORKS];
            net_pair p = pair_using(used, false);
            const int network = address ? 2 : NET_ANY;
            p.a->network = 2;
            net_block(p.net, 1, true, true);
            for (size_t i = 0; i < CALLS_MAX; i++) {
                net_migrate(p.a, p.b_at_a, network, 20 * NET_MS, (roam_migrate_mode)mode, NULL);
                net_run_for(p.net, 500 * NET_MS);
                CHECK(p.a->result_count, i + 1, "results, mode %d", mode);
                CHECK(result(&p, i)->result, ROAM_ERR_TIMEOUT, "result %d, mode %d", (int)i, mode);
                CHECK(result(&p, i)->detail, ROAM_DETAIL_NO_RESPONSE, "detail %d, mode %d", (int)i, mode);
                CHECK(result(&p, i)->challenges_sent >= 1, true, "challenges %d, mode %d", (int)i, mode);
            }
            CHECK(used[2].count, 1, "connection IDs used, mode %d", mode);
            net_block(p.net, 1, false, false);
            const uint64_t start_ns = net_now(p.net);
            net_migrate(p.a, p.b_at_a, network, NET_S, (roam_migrate_mode)mode, NULL);
            net_run_for(p.net, NET_S);
            CHECK(p.a->result_count, CALLS_MAX + 1, "results, mode %d", mode);
            CHECK(result(&p, CALLS_MAX)->result, ROAM_OK, "result when the peer is back, mode %d", mode);
            CHECK(p.a->results[CALLS_MAX].at_ns - start_ns, ROUND_TRIP_NS, "it took, mode %d", mode);
            CHECK(used[2].count, 1, "connection IDs used in the end, mode %d", mode);
            CHECK(result(&p, CALLS_MAX)->connection_id_changed, true, "another one than before, mode %d",
                  mode);
            net_free(p.net);
        }
    }
}

/* ---- The way back ---- */

typedef enum end_kind { BUDGET, LATER_CALL, ROUNDS } end_kind;

static const struct {
    const char *what;
    end_kind ending;
    size_t calls;
} endings[] = {
    {.what = "a budget that is over", .ending = BUDGET, .calls = 1},
    {.what = "20 budgets that are over", .ending = BUDGET, .calls = 20},
    {.what = "a later call", .ending = LATER_CALL, .calls = 2},
    {.what = "20 later calls", .ending = LATER_CALL, .calls = 20},
    {.what = "a round of validation that failed", .ending = ROUNDS, .calls = 1},
    {.what = "the same three times", .ending = ROUNDS, .calls = 3},
};

/* Networks 2 to 5 answer nothing; when the last call is over, each has its result. */
static void calls_into_the_void(net_pair *p, end_kind ending, size_t calls)
{
    for (size_t i = 0; i < calls; i++) {
        const bool last = i + 1 == calls;
        const uint64_t budget_ns = ending == BUDGET ? 100 * NET_MS : 5 * NET_S;
        net_migrate(p->a, p->b_at_a, 2 + (int)(i % 4), budget_ns, ROAM_FOLLOW_FIRST, NULL);
        net_run_for(p->net, ending == LATER_CALL && !last ? 60 * NET_MS : budget_ns);
    }
    CHECK(p->a->result_count, calls, "results");
    for (size_t i = 0; i < p->a->result_count; i++) {
        const bool superseded = ending == LATER_CALL && i + 1 < calls;
        CHECK(result(p, i)->result, superseded ? ROAM_ERR_SUPERSEDED : ROAM_ERR_TIMEOUT, "result %d", (int)i);
        CHECK(result(p, i)->detail, ROAM_DETAIL_NO_RESPONSE, "detail of result %d", (int)i);
        if (ending == ROUNDS)
            CHECK(result(p, i)->validation_rounds >= 2, true, "rounds of result %d", (int)i);
    }
}

/* RFC 9000 section 9.5: the connection ID of the old path is no other than before. */
static void test_the_way_back(void)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const char *what = endings[i].what;
        ids used[NET_NETWORKS];
        net_pair p = pair_using(used, false);
        CHECK(used[0].count, 1, "%s: connection IDs before", what);
        const ids before = used[0];
        for (int network = 2; network < NET_NETWORKS; network++)
            net_block(p.net, network, true, true);
        memset(used, 0, sizeof used);
        calls_into_the_void(&p, endings[i].ending, endings[i].calls);
        roam_path_stats stats = {0};
        CHECK(roam_peer_path_stats(p.a->node, p.b_at_a, &stats), 0, "%s: stats", what);
        CHECK(stats.local.bytes[1], 0, "%s: network in use", what);
        CHECK(p.a->adapters_open, 1, "%s: adapters", what);
        const uint64_t at_a = p.a->messages, at_b = p.b->messages;
        net_send(p.a, p.b_at_a, 0, "x", 1);
        net_run_for(p.net, ROUND_TRIP_NS);
        CHECK(p.b->messages - at_b, 1, "%s: messages at b a round trip later", what);
        net_send(p.b, (roam_peer_id){1}, 0, "y", 1);
        net_run_for(p.net, ROUND_TRIP_NS);
        CHECK(p.a->messages - at_a, 1, "%s: messages at a a round trip later", what);
        CHECK(used[0].count, 1, "%s: connection IDs on the old path", what);
        CHECK(memcmp(used[0].bytes[0], before.bytes[0], 8), 0, "%s: the same connection ID", what);
        net_free(p.net);
    }
}

/* ---- A call between the PATH_RESPONSE and the result ---- */

static net_pair *calling; /* its next message calls for network 3, which answers nothing */

static void call_again(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)message;
    (void)now_ns;
    host->on_message = NULL;
    net_migrate(host, calling->b_at_a, 3, NET_S, ROAM_VALIDATE_FIRST, NULL);
}

/* Two datagrams arrive before the node steps: the PATH_RESPONSE, and a message whose reader calls again. The
 * first call has come to its end, and QUIC uses its path: the second takes nothing from it. */
static void test_call_from_a_message_after_the_response(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        ids used[NET_NETWORKS];
        net_pair p = pair_using(used, false);
        net_block(p.net, 3, true, true);
        net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, ONE_WAY_NS);
        net_send(p.b, roam_peer_find(p.b->node, "a"), 1, "again", 5);
        net_poke(p.b);
        p.a->batch = true;
        calling = &p;
        p.a->on_message = call_again;
        net_run_for(p.net, 3 * ONE_WAY_NS);
        p.a->batch = false;
        net_poke(p.a);
        CHECK(p.a->on_message == NULL, true, "the second call is made, mode %d", mode);
        net_run_for(p.net, 5 * NET_S);
        if (CHECK(p.a->result_count, 2, "results, mode %d", mode)) {
            CHECK(result(&p, 0)->result, ROAM_OK, "the first, mode %d", mode);
            CHECK(result(&p, 1)->result, ROAM_ERR_TIMEOUT, "the second, mode %d", mode);
            CHECK(result(&p, 1)->old_local.bytes[1], 2, "the path before the second, mode %d", mode);
        }
        CHECK(p.a->adapters_open, 1, "adapters, mode %d", mode);
        const uint64_t at_a = p.a->messages;
        net_send(p.b, roam_peer_find(p.b->node, "a"), 1, "x", 1);
        net_run_for(p.net, ONE_WAY_NS);
        CHECK(p.a->messages - at_a, 1, "messages afterwards, mode %d", mode);
        net_free(p.net);
    }
}

static const check_test tests[] = {
    {"who joins", test_who_joins},
    {"short calls in a silence", test_short_calls_in_a_silence},
    {"the way back", test_the_way_back},
    {"a call from a message after the response", test_call_from_a_message_after_the_response},
};

CHECK_MAIN("migrate_again", tests)
