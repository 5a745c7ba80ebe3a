/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every call of roam_migrate ends with exactly one result, the right one, at the right time. */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#define ROUND_TRIP_NS (40 * NET_MS) /* of every path in the fixture */

static void accepting_and_disabling(roam_node_options *options)
{
    options->accept = true;
    options->disable_active_migration = true;
}

/* How many datagrams leave on the new path. */
static bool count_network_2(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    uint64_t *count = user;
    (void)datagram;
    *count += from->bytes[1] == 2;
    return false;
}

static const net_pair_options idle = {.idle_ns = 5 * NET_S}, apart = {.apart = true};

/* A message each way arrives. */
static void check_alive(net_pair *p, const char *when)
{
    uint64_t at_a = p->a->messages, at_b = p->b->messages;
    roam_peer_id a_at_b = roam_peer_find(p->b->node, "a");
    if (!CHECK(roam_peer_is_up(p->a->node, p->b_at_a), true, "a sees b up: %s", when) ||
        !CHECK(roam_peer_is_up(p->b->node, a_at_b), true, "b sees a up: %s", when))
        return;
    net_send(p->a, p->b_at_a, 1, "ping", 4);
    net_send(p->b, a_at_b, 1, "pong", 4);
    net_run_for(p->net, NET_S);
    CHECK(p->b->messages - at_b, 1, "message to b: %s", when);
    CHECK(p->a->messages - at_a, 1, "message to a: %s", when);
}

static void check_path(const net_pair *p, int network, const char *when)
{
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p->a->node, p->b_at_a, &stats), 0, "path stats: %s", when);
    CHECK(stats.local.bytes[1], network, "network in use: %s", when);
    CHECK(p->a->adapters_open, 1, "adapters open: %s", when);
}

/* ---- One call: a table of stories ---- */

typedef struct story {
    const char *name;
    void (*change_b)(roam_node_options *options); /* NULL: b accepts connections */
    bool connect;
    void (*before)(net_pair *p); /* the call; NULL: nothing */
    void (*during)(net_pair *p); /* 15 ms after the call: a challenge is under way */
    uint64_t budget_ns;
    int result;
    uint64_t after_ns;        /* the result comes so long after the call */
    uint64_t follow_after_ns; /* the same with follow first; 0: not to be tried */
    bool on_new_path;         /* datagrams were sent from the new address */
    bool alive;               /* afterwards, on the old path or (ROAM_OK) the new one */
} story;

static void unknown_peer(net_pair *p)
{
    p->b_at_a = (roam_peer_id){99};
}

static void no_peer(net_pair *p)
{
    p->b_at_a = (roam_peer_id){0};
}

static void dial(net_pair *p)
{
    net_dial(p->a, p->b);
    p->b_at_a = roam_peer_find(p->a->node, "b");
}

static void dial_into_the_void(net_pair *p)
{
    net_block(p->net, 1, true, true);
    dial(p);
}

static void b_leaves(net_pair *p)
{
    roam_node_leave(p->b->node);
    net_poke(p->b);
    net_run_for(p->net, NET_S);
}

static void b_leaves_now(net_pair *p)
{
    roam_node_leave(p->b->node);
    net_poke(p->b);
}

static void b_crashes(net_pair *p)
{
    net_crash(p->b);
    net_run_for(p->net, 100 * NET_S); /* dead after 60 s */
}

static void b_crashes_now(net_pair *p)
{
    net_crash(p->b);
}

static void a_hangs_up(net_pair *p)
{
    CHECK(roam_hang_up(p->a->node, p->b_at_a), 0, "hang up");
    net_run_for(p->net, NET_S);
}

static void a_hangs_up_now(net_pair *p)
{
    CHECK(roam_hang_up(p->a->node, p->b_at_a), 0, "hang up");
    net_poke(p->a);
}

static void block_both(net_pair *p)
{
    net_block(p->net, 2, true, true);
}

static void block_up(net_pair *p)
{
    net_block(p->net, 2, true, false);
}

static void block_down(net_pair *p)
{
    net_block(p->net, 2, false, true);
}

static void refuse(net_pair *p)
{
    p->a->refuse_adapters = true;
}

static const story stories[] = {
    {.name = "ok",
     .connect = true,
     .budget_ns = 5 * NET_S,
     .result = ROAM_OK,
     .after_ns = ROUND_TRIP_NS,
     .follow_after_ns = ROUND_TRIP_NS,
     .on_new_path = true,
     .alive = true},
    {.name = "response exactly at the end",
     .connect = true,
     .budget_ns = ROUND_TRIP_NS,
     .result = ROAM_OK,
     .after_ns = ROUND_TRIP_NS,
     .follow_after_ns = ROUND_TRIP_NS,
     .on_new_path = true,
     .alive = true},
    {.name = "response a nanosecond late",
     .connect = true,
     .budget_ns = ROUND_TRIP_NS - 1,
     .result = ROAM_ERR_TIMEOUT,
     .after_ns = ROUND_TRIP_NS - 1,
     .follow_after_ns = ROUND_TRIP_NS - 1,
     .on_new_path = true,
     .alive = true},
    {.name = "peer 0",
     .connect = true,
     .before = no_peer,
     .budget_ns = NET_S,
     .result = ROAM_ERR_NOT_CONNECTED},
    {.name = "unknown peer",
     .connect = true,
     .before = unknown_peer,
     .budget_ns = NET_S,
     .result = ROAM_ERR_NOT_CONNECTED},
    {.name = "never dialled", .before = unknown_peer, .budget_ns = NET_S, .result = ROAM_ERR_NOT_CONNECTED},
    {.name = "still in handshake",
     .before = dial_into_the_void,
     .budget_ns = 3 * NET_S,
     .result = ROAM_ERR_NOT_CONNECTED,
     .after_ns = 3 * NET_S,
     .follow_after_ns = 3 * NET_S},
    {.name = "handshake given up",
     .before = dial_into_the_void,
     .budget_ns = 30 * NET_S,
     .result = ROAM_ERR_NOT_CONNECTED,
     .after_ns = 10 * NET_S,
     .follow_after_ns = 10 * NET_S},
    {.name = "peer left before",
     .connect = true,
     .before = b_leaves,
     .budget_ns = NET_S,
     .result = ROAM_ERR_NO_CONN},
    {.name = "peer crashed before",
     .connect = true,
     .before = b_crashes,
     .budget_ns = NET_S,
     .result = ROAM_ERR_NO_CONN},
    {.name = "hung up before",
     .connect = true,
     .before = a_hangs_up,
     .budget_ns = NET_S,
     .result = ROAM_ERR_NOT_CONNECTED},
    {.name = "peer leaves meanwhile",
     .connect = true,
     .before = block_both,
     .during = b_leaves_now,
     .budget_ns = 5 * NET_S,
     .result = ROAM_ERR_NO_CONN,
     .after_ns = 35 * NET_MS,
     .follow_after_ns = 35 * NET_MS,
     .on_new_path = true},
    {.name = "hung up meanwhile",
     .connect = true,
     .before = block_both,
     .during = a_hangs_up_now,
     .budget_ns = 5 * NET_S,
     .result = ROAM_ERR_NO_CONN,
     .after_ns = 15 * NET_MS,
     .follow_after_ns = 15 * NET_MS,
     .on_new_path = true},
    {.name = "peer disables migration",
     .change_b = accepting_and_disabling,
     .connect = true,
     .budget_ns = NET_S,
     .result = ROAM_ERR_PEER_DISABLE_MIGRATION,
     .alive = true},
    {.name = "dead both ways",
     .connect = true,
     .before = block_both,
     .budget_ns = 2 * NET_S,
     .result = ROAM_ERR_TIMEOUT,
     .after_ns = 2 * NET_S,
     .follow_after_ns = 2 * NET_S,
     .on_new_path = true,
     .alive = true},
    {.name = "dead on the way up",
     .connect = true,
     .before = block_up,
     .budget_ns = 2 * NET_S + 1,
     .result = ROAM_ERR_TIMEOUT,
     .after_ns = 2 * NET_S + 1,
     .follow_after_ns = 2 * NET_S + 1,
     .on_new_path = true,
     .alive = true},
    {.name = "dead on the way down",
     .connect = true,
     .before = block_down,
     .budget_ns = 2 * NET_S - 1,
     .result = ROAM_ERR_TIMEOUT,
     .after_ns = 2 * NET_S - 1,
     .follow_after_ns = 2 * NET_S - 1,
     .on_new_path = true,
     .alive = true},
    {.name = "dead for many rounds",
     .connect = true,
     .before = block_both,
     .budget_ns = 20 * NET_S,
     .result = ROAM_ERR_TIMEOUT,
     .after_ns = 20 * NET_S,
     .follow_after_ns = 20 * NET_S,
     .on_new_path = true,
     .alive = true},
    {.name = "peer crashes meanwhile",
     .connect = true,
     .before = block_both,
     .during = b_crashes_now,
     .budget_ns = 100 * NET_S,
     .result = ROAM_ERR_NO_CONN,
     .on_new_path = true},
    {.name = "no time at all", .connect = true, .result = ROAM_ERR_TIMEOUT, .alive = true},
    {.name = "adapter refused",
     .connect = true,
     .before = refuse,
     .budget_ns = NET_S,
     .result = ROAM_ERR_ADAPTER,
     .alive = true},
};

/* The crash is noticed dead_after after the last datagram; when that was depends on the connection's chatter.
 */
static bool time_is_open(const story *s)
{
    return s->during == b_crashes_now;
}

static void tell(const story *s, roam_migrate_mode mode)
{
    net_pair p = net_pair_new(
        &(net_pair_options){.change_b = s->change_b, .apart = !s->connect, .idle_ns = 5 * NET_S});
    uint64_t on_new_path = 0;
    net_filter(p.net, count_network_2, &on_new_path);
    if (s->before)
        s->before(&p);
    uint64_t start_ns = net_now(p.net);
    net_migrate(p.a, p.b_at_a, 2, s->budget_ns, mode, &p);
    CHECK(p.a->result_count, 0, "%s: results from inside the call", s->name);
    net_poke(p.a);
    if (s->during) {
        net_run_for(p.net, 15 * NET_MS);
        s->during(&p);
    }
    net_run(p.net, start_ns + 200 * NET_S);
    const char *name = s->name;
    if (CHECK(p.a->result_count, 1, "%s: results", name)) {
        const net_result *r = &p.a->results[0];
        uint64_t after_ns = mode == ROAM_VALIDATE_FIRST ? s->after_ns : s->follow_after_ns;
        CHECK(r->record.result, s->result, "%s: result, mode %d", name, mode);
        CHECK(r->done_data == &p, true, "%s: done_data", name);
        CHECK(r->peer.value, p.b_at_a.value, "%s: peer", name);
        CHECK(time_is_open(s) || r->at_ns - start_ns == after_ns, true,
              "%s: after %lld, not %lld ns, mode %d", name, (long long)(r->at_ns - start_ns),
              (long long)after_ns, mode);
        CHECK(r->record.requested_ns, start_ns, "%s: requested", name);
        CHECK(r->record.finished_ns, r->at_ns, "%s: finished", name);
        CHECK(r->record.mode, mode, "%s: mode", name);
    }
    CHECK(net_count(p.a, ROAM_EVENT_MIGRATION_DONE), 1, "%s: events", name);
    CHECK(on_new_path > 0, s->on_new_path, "%s: datagrams on the new path", name);
    if (s->alive) {
        check_path(&p, s->result == ROAM_OK ? 2 : 0, name);
        check_alive(&p, name);
    }
    net_free(p.net);
}

static void test_results_validating_first(void)
{
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        tell(&stories[i], ROAM_VALIDATE_FIRST);
}

static void test_results_following_first(void)
{
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        tell(&stories[i], ROAM_FOLLOW_FIRST);
}

/* ---- More than one call ---- */

static void test_accepting_end_may_not(void)
{
    net_pair p = net_pair_new(&idle);
    uint64_t on_new_path = 0;
    net_filter(p.net, count_network_2, &on_new_path);
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++)
        net_migrate(p.b, roam_peer_find(p.b->node, "a"), 2, NET_S, (roam_migrate_mode)mode, NULL);
    net_run_for(p.net, 2 * NET_S);
    CHECK(p.b->result_count, 2, "results");
    for (size_t i = 0; i < p.b->result_count; i++) {
        CHECK(p.b->results[i].record.result, ROAM_ERR_NOT_INITIATOR, "result %zu", i);
        CHECK(p.b->results[i].record.initiator, false, "initiator in record %zu", i);
    }
    CHECK(on_new_path, 0, "datagrams on the new path");
    CHECK(p.b->adapters_open, 1, "adapters of b");
    check_alive(&p, "the accepting end may not");
    net_free(p.net);
}

static void count_refusals(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                           uint64_t now_ns)
{
    size_t *refusals = done_data;
    (void)peer;
    (void)now_ns;
    *refusals += record->result == ROAM_ERR_ADAPTER && record->detail == ROAM_DETAIL_FAMILY;
}

/* A local address from which the remote one cannot be reached: told at once, nothing is sent. */
static void test_other_family(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        size_t refusals = 0;
        net_pair p = net_pair_new(&idle);
        roam_migrate_options options;
        roam_migrate_options_default(&options);
        options.local = net_addr(p.a, 2, 0);
        options.remote = (roam_addr){.family = ROAM_FAMILY_IPV6, .port = 4433, .bytes = {0xfd, [15] = 1}};
        options.mode = (roam_migrate_mode)mode;
        options.done = count_refusals;
        options.done_data = &refusals;
        CHECK(roam_migrate(p.a->node, p.b_at_a, &options, net_now(p.net)), 0, "call, mode %d", mode);
        net_poke(p.a);
        net_run_for(p.net, NET_S);
        CHECK(refusals, 1, "results, mode %d", mode);
        CHECK(p.a->adapters_open, 1, "adapters of a, mode %d", mode);
        check_alive(&p, "other family");
        net_free(p.net);
    }
}

static void test_disabled_is_disabled_for_good(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.change_b = accepting_and_disabling, .idle_ns = 5 * NET_S});
    uint64_t on_new_path = 0;
    net_filter(p.net, count_network_2, &on_new_path);
    for (size_t i = 0; i < 3; i++) {
        uint16_t port = p.a->next_port;
        net_migrate(p.a, p.b_at_a, 2, NET_S, (roam_migrate_mode)(i % 2), NULL);
        net_run_for(p.net, 2 * NET_S);
        CHECK(p.a->result_count, i + 1, "results");
        CHECK(p.a->results[i].record.result, ROAM_ERR_PEER_DISABLE_MIGRATION, "result %zu", i);
        CHECK(p.a->results[i].record.challenges_sent, 0, "challenges of call %zu", i);
        CHECK(p.a->next_port, port, "no adapter is opened in call %zu", i);
    }
    CHECK(on_new_path, 0, "datagrams on the new path");
    net_free(p.net);
}

/* It was called while the handshake ran; the refusal comes as soon as the parameters are known. */
static void test_disabled_during_the_handshake(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.change_b = accepting_and_disabling, .apart = true});
    uint64_t on_new_path = 0;
    net_filter(p.net, count_network_2, &on_new_path);
    dial(&p);
    net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 6 * NET_S);
    CHECK(p.a->result_count, 1, "results");
    CHECK(p.a->results[0].record.result, ROAM_ERR_PEER_DISABLE_MIGRATION, "result");
    CHECK(p.a->results[0].at_ns < 2 * ROUND_TRIP_NS, true, "told early");
    CHECK(on_new_path, 0, "datagrams on the new path");
    net_free(p.net);
}

/* Called at once after the dial, it waits until the handshake is confirmed. */
static void test_waits_for_the_handshake(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(&apart);
        dial(&p);
        net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 6 * NET_S);
        CHECK(p.a->result_count, 1, "results, mode %d", mode);
        const roam_migration_record *r = &p.a->results[0].record;
        CHECK(r->result, ROAM_OK, "result, mode %d", mode);
        CHECK(r->first_challenge_ns >= 2 * ROUND_TRIP_NS, true, "not before confirmation, mode %d", mode);
        CHECK(r->first_round_ns, r->first_challenge_ns, "nor did its validation begin, mode %d", mode);
        check_path(&p, 2, "after the handshake");
        check_alive(&p, "after the handshake");
        net_free(p.net);
    }
}

static void test_another_target_supersedes(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(&idle);
        net_block(p.net, 2, true, true);
        uint64_t start_ns = net_now(p.net);
        net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 100 * NET_MS);
        net_migrate(p.a, p.b_at_a, 3, 5 * NET_S, (roam_migrate_mode)mode, NULL);
        CHECK(p.a->result_count, 0, "results from inside the call, mode %d", mode);
        net_run_for(p.net, 10 * NET_S);
        if (CHECK(p.a->result_count, 2, "results, mode %d", mode)) {
            CHECK(p.a->results[0].record.result, ROAM_ERR_SUPERSEDED, "first result, mode %d", mode);
            CHECK(p.a->results[0].at_ns - start_ns, 100 * NET_MS, "first result is told, mode %d", mode);
            CHECK(p.a->results[1].record.result, ROAM_OK, "second result, mode %d", mode);
            CHECK(p.a->results[1].record.new_local.bytes[1], 3, "new address, mode %d", mode);
        }
        check_path(&p, 3, "superseded");
        check_alive(&p, "superseded");
        net_free(p.net);
    }
}

/* Calls for one target share the validation, and keep each its own budget. */
static void test_calls_join(void)
{
    static const uint64_t budgets_ms[] = {3000, 500, 10000, 1};
    static const struct {
        size_t call;
        uint64_t at_ms;
    } expected[] = {{3, 1}, {1, 500}, {0, 3000}, {2, 5040}};
    enum { CALLS = 4 };
    int marks[CALLS];
    net_pair p = net_pair_new(&idle);
    net_block(p.net, 2, true, true);
    uint64_t start_ns = net_now(p.net);
    uint16_t port = p.a->next_port;
    for (size_t i = 0; i < CALLS; i++)
        net_migrate(p.a, p.b_at_a, 2, budgets_ms[i] * NET_MS, ROAM_VALIDATE_FIRST, &marks[i]);
    net_run_for(p.net,
                4 * NET_S); /* rounds begin at 0 and a little after 3072 ms; challenges at 0 and 1024 ms */
    net_block(p.net, 2, false, false);
    net_run_for(p.net, 20 * NET_S);
    CHECK(p.a->result_count, CALLS, "results");
    for (size_t i = 0; i < p.a->result_count && i < CALLS; i++) {
        const net_result *r = &p.a->results[i];
        bool last = i == CALLS - 1;
        CHECK((int *)r->done_data - marks, expected[i].call, "call of result %zu", i);
        CHECK(r->record.result, last ? ROAM_OK : ROAM_ERR_TIMEOUT, "result %zu", i);
        if (!last)
            CHECK(r->at_ns - start_ns, expected[i].at_ms * NET_MS, "time of result %zu", i);
    }
    CHECK(p.a->next_port, port + 1, "one adapter serves them all");
    check_path(&p, 2, "joined");
    net_free(p.net);
}

static void test_retry_with_a_larger_budget(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        net_pair p = net_pair_new(&idle);
        net_delay(p.net, 2, 300 * NET_MS); /* a round trip of 620 ms */
        net_migrate(p.a, p.b_at_a, 2, 500 * NET_MS, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 5 * NET_S); /* the late PATH_RESPONSE finds nobody */
        CHECK(p.a->result_count, 1, "results, mode %d", mode);
        CHECK(p.a->results[0].record.result, ROAM_ERR_TIMEOUT, "first result, mode %d", mode);
        check_path(&p, 0, "after the first call");
        check_alive(&p, "after the first call");
        net_migrate(p.a, p.b_at_a, 2, 700 * NET_MS, (roam_migrate_mode)mode, NULL);
        net_run_for(p.net, 5 * NET_S);
        CHECK(p.a->result_count, 2, "results, mode %d", mode);
        CHECK(p.a->results[1].record.result, ROAM_OK, "second result, mode %d", mode);
        check_path(&p, 2, "after the second call");
        check_alive(&p, "after the second call");
        net_free(p.net);
    }
}

static const check_test tests[] = {
    {"results, validating first", test_results_validating_first},
    {"results, following first", test_results_following_first},
    {"the accepting end may not", test_accepting_end_may_not},
    {"from one family to another", test_other_family},
    {"disabled is disabled for good", test_disabled_is_disabled_for_good},
    {"disabled, called during the handshake", test_disabled_during_the_handshake},
    {"waits for the handshake", test_waits_for_the_handshake},
    {"another target supersedes", test_another_target_supersedes},
    {"calls join", test_calls_join},
    {"retry with a larger budget", test_retry_with_a_larger_budget},
};

CHECK_MAIN("migrate", tests)
