/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SRTT-threshold trigger: strikes, a tick that waits for nobody, what it remembers and what it forgets.
 */
#include <stdio.h>
#include <string.h>

#include "core/node/tests/watching.h"
#include "core/tests/check.h"
#include "core/tests/net.h"

enum { PEERS = 20 };

static void accepting_and_disabling(roam_node_options *options)
{
    watching_accept(options);
    options->disable_active_migration = true;
}

/* ---- Strikes ---- */

/* Two samples in a row over 200 ms: a migration on the second, and counting starts anew. */
static void test_two_strikes(void)
{
    watching f;
    watching_init(&f, watching_accept);
    watching_chat(&f, 12 * NET_S);
    CHECK(f.done.count, 0, "migrations of a fast path");
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 0, "strikes of a fast path");
    watching_slow(&f);
    watching_chat(&f, 15 * NET_S + NET_MS); /* samples at 5, 10, 15 ... s */
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 1, "strikes after one sample");
    watching_chat(&f, 19900 * NET_MS);
    CHECK(f.done.count, 0, "migrations after one strike");
    watching_chat(&f, 21 * NET_S);
    CHECK(f.done.count, 1, "migrations after two strikes");
    CHECK(f.done.results[0], ROAM_OK, "result");
    CHECK(f.done.requested_ns[0] - f.start_ns, 20 * NET_S, "the call is that of the second sample");
    CHECK_STRING(f.done.trigger, "watchdog");
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 0, "strikes after the call");
    CHECK(net_count(f.a, ROAM_EVENT_PATH_CHANGED), 1, "path_changed");
    watching_chat(&f, 60 * NET_S); /* the new path is fast, and SRTT began anew there */
    CHECK(f.done.count, 1, "migrations in the end");
    net_free(f.net);
}

static void test_single_spike(void)
{
    watching f;
    watching_init(&f, watching_accept);
    watching_chat(&f, 3 * NET_S);
    for (uint64_t spike = 0; spike < 3; spike++) { /* one sample in, one out */
        uint64_t at_ns = spike * 10 * NET_S;
        watching_slow(&f);
        watching_chat(&f, at_ns + 5 * NET_S + 200 * NET_MS);
        CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 1, "strikes in spike %d", (int)spike);
        watching_fast(&f);
        watching_chat(&f, at_ns + 10 * NET_S + 200 * NET_MS);
        CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 0, "strikes after spike %d", (int)spike);
    }
    CHECK(f.done.count, 0, "migrations");
    net_free(f.net);
}

/* ---- Many peers ---- */

/* 20 peers are slow and their new paths black-holed: all are called at the same sample, and again every other
 * one, although each call takes its whole budget. */
static void test_tick_is_not_blocked(void)
{
    static char names[PEERS][16];
    watching f = {.net = net_new()};
    f.a = net_add(f.net, "a", 0, NULL);
    for (int i = 0; i < PEERS; i++) {
        snprintf(names[i], sizeof names[i], "p%d", i);
        net_host *host = net_add(f.net, names[i], 1, watching_accept);
        net_listen(host);
        net_connect(f.a, host);
    }
    watching_slow(&f);
    net_block(f.net, 2, true, true);
    watching_begin(&f, f.a, 0);
    for (int i = 0; i < 200; i++) { /* up to 20 s */
        for (uint32_t peer = 1; peer <= PEERS; peer++)
            net_send(f.a, (roam_peer_id){peer}, 0, "x", 1);
        net_run_for(f.net, 100 * NET_MS);
    }
    net_run_for(f.net, 10 * NET_S);
    CHECK(f.done.count, 2 * PEERS, "results of the calls at 10 and 20 s");
    net_free(f.net);
}

/* ---- What never can succeed ---- */

static void again(watching *f)
{
    roam_addr remote = net_addr(f->b, 1, 4433);
    roam_peer_id peer;
    CHECK(roam_hang_up(f->a->node, f->peer), 0, "hang up");
    net_run_for(f->net, 3 * NET_S);
    CHECK(roam_peer_is_up(f->a->node, f->peer), false, "up");
    size_t events = f->a->event_count;
    net_run_for(f->net, 20 * NET_S);
    CHECK(f->a->event_count, events, "events without a connection");
    CHECK(roam_dial(f->a->node, "b", &remote, NULL, net_now(f->net), &peer), 0, "dial");
    net_run_for(f->net, 5 * NET_S);
    CHECK(roam_peer_is_up(f->a->node, f->peer), true, "up again");
}

/* One call a connection: remembered until there is another, and not by peer_down alone forgotten. */
static void test_terminal_is_cached(void)
{
    watching f;
    watching_init(&f, accepting_and_disabling);
    watching_slow(&f);
    watching_chat(&f, 60 * NET_S);
    CHECK(f.done.count, 1, "migrations of a peer that disables them");
    CHECK(f.done.results[0], ROAM_ERR_PEER_DISABLE_MIGRATION, "result");
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 0, "strikes of a peer that is skipped");
    again(&f);
    CHECK(f.done.count, 1, "migrations after peer_down, and after peer_up");
    watching_chat(&f, net_now(f.net) - f.start_ns + 40 * NET_S);
    CHECK(f.done.count, 2, "migrations of the next connection");
    net_free(f.net);
}

static void test_not_initiator_is_cached(void)
{
    watching f;
    memset(&f, 0, sizeof f);
    f.net = net_new();
    f.a = net_add(f.net, "a", 0, watching_accept);
    f.b = net_add(f.net, "b", 1, watching_accept);
    net_listen(f.a);
    f.peer = net_connect(f.b, f.a); /* a accepted */
    f.peer = roam_peer_find(f.a->node, "b");
    watching_slow(&f);
    watching_begin(&f, f.a, 0);
    watching_chat(&f, 60 * NET_S);
    CHECK(f.done.count, 1, "migrations by the end that accepted");
    CHECK(f.done.results[0], ROAM_ERR_NOT_INITIATOR, "result");
    net_free(f.net);
}

/* timeout is not terminal: it is tried again after two more strikes. */
static void test_timeout_is_not_cached(void)
{
    watching f;
    watching_init(&f, watching_accept);
    watching_slow(&f);
    net_block(f.net, 2, true, true);
    watching_chat(&f, 22 * NET_S);
    net_block(f.net, 2, false, false);
    watching_chat(&f, 40 * NET_S);
    CHECK(f.done.count >= 2, true, "migrations: %d", f.done.count);
    CHECK(f.done.results[0], ROAM_ERR_TIMEOUT, "first result");
    CHECK(f.done.results[1], ROAM_OK, "second result");
    net_free(f.net);
}

/* Strikes of a peer that went down are forgotten. */
static void test_down_forgets(void)
{
    watching f;
    watching_init(&f, watching_accept);
    watching_slow(&f);
    watching_chat(&f, 5 * NET_S + 100 * NET_MS);
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 1, "strikes before");
    CHECK(roam_hang_up(f.a->node, f.peer), 0, "hang up");
    net_run_for(f.net, NET_S);
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 0, "strikes after peer_down");
    net_free(f.net);
}

/* ---- Silence ---- */

/* A path that died: SRTT cannot rise, so the recipe alone never calls; with silence it does. */
static void silent(uint64_t silence_ns, int calls)
{
    watching f;
    watching_init(&f, watching_accept);
    roam_watchdog_free(f.watchdog);
    watching_chat(&f, 2 * NET_S);
    watching_begin(&f, f.a, silence_ns);
    net_block(f.net, 0, true, true);
    net_send(f.a, f.peer, 0, "x", 1);
    net_run_for(f.net, 30 * NET_S);
    CHECK(f.done.count, calls, "migrations, silence %d ms", (int)(silence_ns / NET_MS));
    if (calls > 0) {
        CHECK(f.done.results[0], ROAM_OK, "result");
        CHECK(f.done.requested_ns[0] - f.start_ns, 10 * NET_S, "call");
        CHECK(f.b->messages > 0, true, "messages arrive");
    }
    net_free(f.net);
}

static void test_silence(void)
{
    silent(0, 0);
    silent(2 * NET_S, 1);
}

/* A path that died upwards only: what the peer sends still arrives, and is no answer. */
static void test_silence_under_what_arrives(void)
{
    watching f;
    watching_init(&f, watching_accept);
    roam_watchdog_free(f.watchdog);
    watching_chat(&f, 2 * NET_S);
    watching_begin(&f, f.a, 2 * NET_S);
    net_block(f.net, 0, true, false);
    net_send(f.a, f.peer, 0, "x", 1);
    for (int i = 0; i < 10; i++) {
        net_send(f.b, roam_peer_find(f.b->node, "a"), 0, "y", 1);
        net_run_for(f.net, NET_S);
    }
    net_run_for(f.net, 20 * NET_S);
    CHECK(f.done.count, 1, "migrations");
    CHECK(f.done.requested_ns[0] - f.start_ns, 10 * NET_S, "call");
    net_free(f.net);
}

/* Without anything unacknowledged silence says nothing. */
static void test_silence_of_an_idle_peer(void)
{
    watching f;
    watching_init(&f, watching_accept);
    roam_watchdog_free(f.watchdog);
    watching_begin(&f, f.a, 2 * NET_S);
    net_run_for(f.net, 100 * NET_S);
    CHECK(f.done.count, 0, "migrations");
    net_free(f.net);
}

/* ---- Its own life ---- */

static void free_it(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    (void)peer;
    (void)record;
    (void)now_ns;
    watching *f = done_data;
    f->done.count++;
    roam_watchdog_free(f->watchdog);
    f->watchdog = NULL;
}

static void life(bool inside, bool node_too)
{
    watching f;
    watching_init(&f, watching_accept);
    roam_watchdog_free(f.watchdog);
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.migrate.local = net_addr(f.a, 2, 0);
    if (inside) {
        options.migrate.done = free_it;
        options.migrate.done_data = &f;
    }
    watching_slow(&f);
    net_block(f.net, 2, true, true);
    f.start_ns = net_now(f.net);
    CHECK(roam_watchdog_new(f.a->node, &options, f.start_ns, &f.watchdog), 0, "new");
    watching_chat(&f, 11 * NET_S); /* a migration is under way */
    if (!inside)
        roam_watchdog_free(f.watchdog);
    if (node_too)
        net_crash(f.a);
    else
        watching_chat(&f, 40 * NET_S);
    CHECK(f.done.count, inside && !node_too, "results told, inside %d", inside);
    net_free(f.net);
}

/* Freed while a migration of its is under way, inside its callback, with its node: once, and nothing leaks.
 */
static void test_freed(void)
{
    life(false, false);
    life(false, true);
    life(true, false);
    life(true, true);
    roam_watchdog_free(NULL);
}

static void test_options(void)
{
    watching f;
    watching_init(&f, watching_accept);
    roam_watchdog_options options;
    roam_watchdog *out = NULL;
    roam_watchdog_options_default(&options);
    CHECK(options.sample_ns, 5 * NET_S, "sample");
    CHECK(options.threshold_ns, 200 * NET_MS, "threshold");
    CHECK(options.strikes, 2, "strikes");
    CHECK(options.silence_ns, 0, "silence");
    CHECK(options.migrate.timeout_ns, 5 * NET_S, "budget");
    options.sample_ns = 0;
    CHECK(roam_watchdog_new(f.a->node, &options, 0, &out), ROAM_ERR_INVALID_ARGUMENT,
          "no time between samples");
    options.sample_ns = NET_S;
    options.strikes = 0;
    CHECK(roam_watchdog_new(f.a->node, &options, 0, &out), ROAM_ERR_INVALID_ARGUMENT, "no strikes");
    CHECK(out == NULL, true, "output");
    options.strikes = 1;
    options.sample_ns = ROAM_NEVER;
    CHECK(roam_watchdog_new(f.a->node, &options, net_now(f.net), &out), 0, "never a sample");
    CHECK(roam_watchdog_strikes(out, (roam_peer_id){0}), 0, "strikes of nobody");
    CHECK(roam_watchdog_strikes(out, (roam_peer_id){77}), 0, "strikes of an unknown peer");
    net_run_for(f.net, NET_S);
    net_free(f.net);
}

/* Right after a move there is no sample of the new path, and the SRTT shown is the initial one, 333 ms: a
 * hasty watchdog that took it for a measurement would move again, before the first acknowledgement. */
static void test_no_sample_yet(void)
{
    watching f;
    watching_init(&f, watching_accept);
    watching_slow(&f);
    watching_chat(&f,
                  20 * NET_S); /* the first watchdog: two strikes from its second sample on, done by now */
    CHECK(f.done.count > 0, true, "the path was slow");
    roam_watchdog_free(f.watchdog);
    f.done.count = 0;
    watching_fast(&f);
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.sample_ns = 3 * NET_MS;
    options.strikes = 1;
    options.migrate.done = watching_done;
    options.migrate.done_data = &f.done;
    CHECK(roam_watchdog_new(f.a->node, &options, net_now(f.net), &f.watchdog), 0, "new");
    net_migrate(f.a, f.peer, 3, 5 * NET_S, ROAM_FOLLOW_FIRST, NULL);
    net_run_for(f.net, 2 * NET_S);
    CHECK(f.a->result_count, 1, "the move");
    CHECK(f.a->results[0].record.result, ROAM_OK, "its result");
    CHECK(f.done.count, 0, "moves for want of a sample");
    net_free(f.net);
}

static const check_test tests[] = {
    {"two strikes", test_two_strikes},
    {"no sample yet", test_no_sample_yet},
    {"a single spike", test_single_spike},
    {"the tick is not blocked", test_tick_is_not_blocked},
    {"terminal is cached", test_terminal_is_cached},
    {"not_initiator is cached", test_not_initiator_is_cached},
    {"timeout is not cached", test_timeout_is_not_cached},
    {"peer_down forgets", test_down_forgets},
    {"silence", test_silence},
    {"silence under what arrives", test_silence_under_what_arrives},
    {"silence of an idle peer", test_silence_of_an_idle_peer},
    {"freed", test_freed},
    {"options", test_options},
};

CHECK_MAIN("watchdog", tests)
