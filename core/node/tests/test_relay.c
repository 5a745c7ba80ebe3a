/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adapters that are staged for the next migration, as for a relay swap: kept, rolled back, replaced, freed.
 */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

static net_pair pair_with_relays(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.change_a = net_accepting, .idle_ns = NET_S});
    p.a->refuse_adapters = true; /* whatever is used was staged */
    return p;
}

/* Stages an adapter of network 2, and returns its address. */
static roam_addr stage(net_pair *p)
{
    roam_adapter *adapter = net_open(p->a, 2);
    roam_addr local = *roam_adapter_local(adapter);
    CHECK(roam_stage_adapter(p->a->node, p->b_at_a, adapter), 0, "stage");
    return local;
}

static void check_path(const net_pair *p, const roam_addr *local, const char *when)
{
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p->a->node, p->b_at_a, &stats), 0, "path stats %s", when);
    CHECK(roam_addr_equal(&stats.local, local), true, "local address in use %s", when);
}

static void check_messages(net_pair *p, const char *when)
{
    uint64_t at_a = p->a->messages, at_b = p->b->messages;
    net_send(p->a, p->b_at_a, 0, "x", 1);
    net_send(p->b, (roam_peer_id){1}, 0, "y", 1);
    net_run_for(p->net, 5 * NET_S);
    CHECK(p->b->messages - at_b, 1, "message to b %s", when);
    CHECK(p->a->messages - at_a, 1, "message to a %s", when);
}

static void test_commit(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = pair_with_relays();
        roam_addr local = stage(&p);
        CHECK(p.a->adapters_open, 2, "adapters when staged");
        /* Another address is asked for. */
        net_migrate(p.a, p.b_at_a, 5, NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 100 * NET_MS);
        CHECK(p.a->result_count, 1, "results, mode %d", mode);
        CHECK(p.a->results[0].record.result, ROAM_OK, "result, mode %d", mode);
        CHECK(roam_addr_equal(&p.a->results[0].record.new_local, &local), true, "new address, mode %d", mode);
        CHECK(p.a->adapters_open, 2, "the old one is open for late packets, mode %d", mode);
        check_path(&p, &local, "after commit");
        check_messages(&p, "after commit");
        CHECK(p.a->adapters_open, 1, "adapters in the end, mode %d", mode);
        net_migrate(p.a, p.b_at_a, 3, NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, NET_S);
        CHECK(p.a->results[1].record.result, ROAM_ERR_ADAPTER, "nothing is staged any more, mode %d", mode);
        net_free(p.net);
    }
}

static void test_roll_back(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = pair_with_relays();
        roam_addr old = net_addr(p.a, 0, 50000);
        net_block(p.net, 2, true, true);
        stage(&p);
        net_migrate(p.a, p.b_at_a, 2, NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, NET_S + NET_MS);
        CHECK(p.a->result_count, 1, "results, mode %d", mode);
        CHECK(p.a->results[0].record.result, ROAM_ERR_TIMEOUT, "result, mode %d", mode);
        CHECK(p.a->adapters_open, 1, "the staged one is closed, mode %d", mode);
        check_path(&p, &old, "after roll-back");
        check_messages(&p, "after roll-back");
        net_free(p.net);
    }
}

static void test_staged_again(void)
{
    net_pair p = pair_with_relays();
    stage(&p);
    roam_addr second = stage(&p);
    CHECK(p.a->adapters_open, 2, "the first is closed");
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, NET_S);
    CHECK(p.a->results[0].record.result, ROAM_OK, "result");
    check_path(&p, &second, "of the second");
    net_free(p.net);
}

static void test_staged_and_never_used(void)
{
    net_pair p = pair_with_relays();
    stage(&p);
    net_crash(p.a);
    CHECK(p.a->adapters_open, 0, "adapters of a freed node");
    net_free(p.net);
}

static void test_staged_for_nobody(void)
{
    net_pair p = pair_with_relays();
    roam_adapter *adapter = net_open(p.a, 2);
    CHECK(roam_stage_adapter(p.a->node, (roam_peer_id){9}, adapter), ROAM_ERR_UNKNOWN_PEER, "stage");
    CHECK(p.a->adapters_open, 2, "still the caller's");
    roam_adapter_free(adapter);
    net_free(p.net);
}

/* A call that fails at once leaves it for the next; a new connection takes it too. */
static void test_staged_while_down(void)
{
    net_pair p = pair_with_relays();
    roam_addr remote = net_addr(p.b, 1, 4433);
    roam_peer_id peer;
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_run_for(p.net, 5 * NET_S);
    roam_addr local = stage(&p);
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, NET_S);
    CHECK(p.a->results[0].record.result, ROAM_ERR_NOT_CONNECTED, "result without a connection");
    CHECK(p.a->adapters_open, 1, "the staged one stays");
    p.a->refuse_adapters = false;
    CHECK(roam_dial(p.a->node, "b", &remote, NULL, net_now(p.net), &peer), 0, "dial");
    p.a->refuse_adapters = true;
    net_run_for(p.net, 2 * NET_S);
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, NET_S);
    CHECK(p.a->results[1].record.result, ROAM_OK, "result with one");
    check_path(&p, &local, "when connected again");
    net_free(p.net);
}

/* A migration to the same target is under way with an adapter of its own: the one staged now is for the next.
 */
static void test_staged_during_a_migration(void)
{
    net_pair p = pair_with_relays();
    p.a->refuse_adapters = false;
    net_block(p.net, 3, true, true);
    net_migrate(p.a, p.b_at_a, 3, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 100 * NET_MS);
    roam_addr local = stage(&p);
    net_migrate(p.a, p.b_at_a, 3, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 10 * NET_S);
    CHECK(p.a->result_count, 2, "results");
    CHECK(p.a->results[0].record.result, ROAM_ERR_SUPERSEDED, "of the call without");
    CHECK(p.a->results[1].record.result, ROAM_OK, "of the call with the staged one");
    check_path(&p, &local, "in the end");
    CHECK(p.a->adapters_open, 1, "adapters");
    net_free(p.net);
}

/* ---- What comes in on it before its time ---- */

typedef struct first_flight {
    uint8_t data[1500];
    size_t len;
} first_flight;

static bool keep_first(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    first_flight *f = user;
    if (f->len == 0 && from->bytes[3] == 3) {
        f->len = datagram->len;
        memcpy(f->data, datagram->data, datagram->len);
    }
    return false;
}

/* A relay may pass on anything: no connection is accepted on an adapter that does not listen. */
static void test_a_stranger_on_it(void)
{
    net_pair p = pair_with_relays();
    first_flight first = {.len = 0};
    net_host *c = net_add(p.net, "c", 3, NULL);
    net_filter(p.net, keep_first, &first);
    net_connect(c, p.b);
    roam_addr local = stage(&p), from = net_addr(c, 3, 7777);
    uint64_t sent = net_stats_of(p.net).datagrams;
    net_inject(p.a, &local, &from, first.data, first.len);
    CHECK(first.len >= 1200, true, "a first flight was kept");
    CHECK(net_stats_of(p.net).datagrams, sent, "datagrams in answer");
    stage(&p); /* closes it */
    net_run_for(p.net, 20 * NET_S);
    check_messages(&p, "afterwards");
    net_free(p.net);
}

/* ---- Under load ---- */

enum { MESSAGES = 1000, MESSAGE = 1000 };

static void in_order(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    uint64_t number;
    uint64_t *next = host->user;
    memcpy(&number, message->data, sizeof number);
    CHECK(number, *next, "next message at %s", host->name);
    ++*next;
}

/* Onto the relay, off it and onto another, with messages both ways all the time. */
static void test_swap_under_load(void)
{
    net_pair p = pair_with_relays();
    uint64_t at_a = 0, at_b = 0;
    p.a->on_message = p.b->on_message = in_order;
    p.a->user = &at_a;
    p.b->user = &at_b;
    for (uint64_t i = 0; i < MESSAGES; i++) {
        uint8_t message[MESSAGE] = {0};
        memcpy(message, &i, sizeof i);
        net_send(p.a, p.b_at_a, 0, message, sizeof message);
        net_send(p.b, (roam_peer_id){1}, 0, message, sizeof message);
        net_run_for(p.net, 2 * NET_MS);
        if (i % 300 == 50) {
            CHECK(roam_stage_adapter(p.a->node, p.b_at_a, net_open(p.a, i == 350 ? 0 : 2)), 0, "stage");
            net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
        }
    }
    net_run_for(p.net, 10 * NET_S);
    CHECK(p.a->result_count, 4, "results");
    for (size_t i = 0; i < p.a->result_count; i++)
        CHECK(p.a->results[i].record.result, ROAM_OK, "result %zu", i);
    CHECK(at_a, MESSAGES, "messages at a");
    CHECK(at_b, MESSAGES, "messages at b");
    CHECK(p.a->adapters_open, 1, "adapters");
    net_free(p.net);
}

static const check_test tests[] = {
    {"commit", test_commit},
    {"roll-back", test_roll_back},
    {"staged again", test_staged_again},
    {"staged and never used", test_staged_and_never_used},
    {"staged for nobody", test_staged_for_nobody},
    {"staged while down", test_staged_while_down},
    {"staged during a migration", test_staged_during_a_migration},
    {"a stranger on it", test_a_stranger_on_it},
    {"swap under load", test_swap_under_load},
};

CHECK_MAIN("relay", tests)
