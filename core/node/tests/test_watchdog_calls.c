/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a watchdog calls for, and when: one call a peer at a time, to a target that is known at the time of
 * the call, over connections that end meanwhile. */
#include "core/node/tests/watching.h"
#include "core/tests/check.h"
#include "core/tests/net.h"

/* ---- One call at a time ---- */

typedef struct call_case {
    const char *name;
    bool blocked; /* the new path; else it takes 1,200 ms */
    uint64_t timeout_ns;
    uint64_t requested_ns[2]; /* of the calls in 10 s; 0: none. After the watchdog was made */
    int result;               /* of the first */
} call_case;

/* A sample each second, two strikes, so that calls are at 2 s and, for want of a result, not at 4 s. A result
 * that comes at the time of a sample comes after it, and the next two samples are strikes. */
static const call_case call_cases[] = {
    {.name = "a slow new path", .timeout_ns = 5 * NET_S, .requested_ns = {2 * NET_S, 0}, .result = ROAM_OK},
    {.name = "a dead one",
     .blocked = true,
     .timeout_ns = 5 * NET_S,
     .requested_ns = {2 * NET_S, 9 * NET_S},
     .result = ROAM_ERR_TIMEOUT},
    {.name = "a dead one, and less time",
     .blocked = true,
     .timeout_ns = 2500 * NET_MS,
     .requested_ns = {2 * NET_S, 6 * NET_S},
     .result = ROAM_ERR_TIMEOUT},
};

static void one_call(const call_case *c)
{
    watching f;
    watching_init(&f, watching_accept);
    roam_watchdog_free(f.watchdog);
    net_delay(f.net, 2, 600 * NET_MS);
    net_block(f.net, 2, c->blocked, c->blocked);
    watching_slow(&f);
    watching_chat(&f, 3 * NET_S);
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.sample_ns = NET_S;
    options.migrate.timeout_ns = c->timeout_ns;
    options.migrate.local = net_addr(f.a, 2, 0);
    options.migrate.done = watching_done;
    options.migrate.done_data = &f.done;
    f.start_ns = net_now(f.net);
    CHECK(roam_watchdog_new(f.a->node, &options, f.start_ns, &f.watchdog), 0, "new");
    watching_chat(&f, 3 * NET_S + 200 * NET_MS);
    CHECK(roam_watchdog_strikes(f.watchdog, f.peer), 0, "%s: strikes while a call is under way", c->name);
    watching_chat(&f, c->blocked ? 10 * NET_S + c->timeout_ns : 4 * NET_S);
    CHECK(f.done.count >= 1, true, "%s: a result", c->name);
    CHECK(f.done.results[0], c->result, "%s: result", c->name);
    for (int i = 0; i < 2; i++) {
        uint64_t requested_ns = i < f.done.count ? f.done.requested_ns[i] - f.start_ns : 0;
        CHECK(requested_ns, c->requested_ns[i], "%s: call %d", c->name, i);
    }
    net_free(f.net);
}

static void test_one_call_at_a_time(void)
{
    for (size_t i = 0; i < sizeof call_cases / sizeof call_cases[0]; i++)
        one_call(&call_cases[i]);
}

/* ---- The target of a call ---- */

typedef struct resolver resolver;

/* One call, by its own done_data. */
typedef struct resolved {
    resolver *of;
    bool called, done;
} resolved;

struct resolver {
    watching *f;
    int network; /* where calls go */
    int calls;
    resolved each[8];
    bool frees; /* the watchdog */
};

static void on_resolve(void *done_data, roam_peer_id peer, roam_migrate_options *options)
{
    resolver *r = done_data;
    CHECK(peer.value, r->f->peer.value, "peer");
    resolved *one = &r->each[r->calls++];
    *one = (resolved){.of = r};
    options->local = net_addr(r->f->a, r->network, 0);
    options->done = NULL; /* stays as it was */
    options->done_data = one;
    if (r->frees)
        roam_watchdog_free(r->f->watchdog);
}

static void on_resolved_called(void *done_data, roam_peer_id peer, uint64_t now_ns)
{
    resolved *one = done_data;
    CHECK(peer.value, one->of->f->peer.value, "peer");
    CHECK(now_ns, net_now(one->of->f->net), "time");
    CHECK(one->called, false, "called before");
    one->called = true;
}

static void on_resolved_done(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                             uint64_t now_ns)
{
    resolved *one = done_data;
    CHECK(one->called && !one->done, true, "a result of a call");
    one->done = true;
    watching_done(&one->of->f->done, peer, record, now_ns);
}

static void watch_resolving(resolver *r)
{
    watching *f = r->f;
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.resolve = on_resolve;
    options.called = on_resolved_called;
    options.migrate.done = on_resolved_done;
    options.migrate.done_data = r;
    roam_watchdog_free(f->watchdog);
    f->start_ns = net_now(f->net);
    CHECK(roam_watchdog_new(f->a->node, &options, f->start_ns, &f->watchdog), 0, "new");
}

/* Where each call goes is asked for at its time; an address that is not there ends one call, not the next. */
static void test_target_of_each_call(void)
{
    watching f;
    watching_init(&f, watching_accept);
    resolver r = {.f = &f, .network = 3};
    watch_resolving(&r);
    watching_slow(&f);
    f.a->refuse_adapters = true;
    watching_chat(&f, 11 * NET_S);
    CHECK(r.calls, 1, "targets asked for");
    CHECK(r.each[0].done, true, "result of the first call");
    CHECK(f.done.count, 1, "calls");
    CHECK(f.done.results[0], ROAM_ERR_ADAPTER, "result without an address");
    f.a->refuse_adapters = false;
    r.network = 2;
    watching_chat(&f, 21 * NET_S);
    CHECK(r.calls, 2, "targets asked for");
    CHECK(r.each[1].done, true, "result of the second call");
    CHECK(f.done.results[1], ROAM_OK, "result with one");
    CHECK(f.done.requested_ns[1] - f.start_ns, 20 * NET_S, "call");
    roam_addr wanted = net_addr(f.a, 2, f.done.new_local[1].port);
    CHECK(roam_addr_equal(&f.done.new_local[1], &wanted), true, "the address of that time");
    net_free(f.net);
}

/* ---- Connections that end under a call ---- */

/* The result of the call comes, and the peer's next connection is called for like the first. */
static void test_down_while_called(void)
{
    watching f;
    watching_init(&f, watching_accept);
    watching_slow(&f);
    net_block(f.net, 2, true, true);
    watching_chat(&f, 11 * NET_S);
    CHECK(f.done.count, 0, "results of a call under way");
    CHECK(roam_hang_up(f.a->node, f.peer), 0, "hang up");
    net_run_for(f.net, 0);
    CHECK(f.done.count, 1, "results at the time of peer_down");
    CHECK(f.done.results[0], ROAM_ERR_NO_CONN, "result");
    net_run_for(f.net, 3 * NET_S);
    net_block(f.net, 2, false, false);
    net_dial(f.a, f.b);
    net_run_for(f.net, 2 * NET_S);
    CHECK(roam_peer_is_up(f.a->node, f.peer), true, "up again");
    watching_chat(&f, 30 * NET_S);
    CHECK(f.done.count, 2, "results");
    CHECK(f.done.results[1], ROAM_OK, "result of the next connection");
    net_free(f.net);
}

/* The other end has lost its state and dials: its connection replaces the one under a call, and is this end's
 * to watch, not to migrate. */
static void test_replaced_while_called(void)
{
    watching f = {.net = net_new()};
    f.b = net_add(f.net, "b", 1, watching_accept); /* of two connections, that of the smaller key stays */
    f.a = net_add(f.net, "a", 0, watching_accept);
    net_listen(f.a);
    net_listen(f.b);
    f.peer = net_connect(f.a, f.b);
    watching_begin(&f, f.a, 0);
    watching_slow(&f);
    net_block(f.net, 2, true, true);
    watching_chat(&f, 11 * NET_S);
    net_crash(f.b);
    net_restart(f.b, watching_accept);
    net_dial(f.b, f.a);
    net_run_for(f.net, 2 * NET_S);
    CHECK(net_count(f.a, ROAM_EVENT_PEER_UP), 2, "peer_up");
    CHECK(f.done.count, 1, "results");
    CHECK(f.done.results[0], ROAM_ERR_NO_CONN, "result of the first connection");
    watching_chat(&f, 60 * NET_S);
    CHECK(f.done.count, 2, "results in the end");
    CHECK(f.done.results[1], ROAM_ERR_NOT_INITIATOR, "result of the second connection");
    net_free(f.net);
}

/* ---- Freed by its callbacks ---- */

static void free_when_called(void *done_data, roam_peer_id peer, uint64_t now_ns)
{
    (void)peer;
    (void)now_ns;
    watching *f = done_data;
    roam_watchdog_free(f->watchdog);
}

/* Inside the two callbacks of a call: the first prevents the call. */
static void life_of_a_caller(bool before)
{
    watching f;
    watching_init(&f, watching_accept);
    resolver r = {.f = &f, .network = 2, .frees = true};
    if (before) {
        watch_resolving(&r);
    } else {
        roam_watchdog_options options;
        roam_watchdog_options_default(&options);
        options.migrate.local = net_addr(f.a, 2, 0);
        options.migrate.done_data = &f;
        options.called = free_when_called;
        roam_watchdog_free(f.watchdog);
        CHECK(roam_watchdog_new(f.a->node, &options, net_now(f.net), &f.watchdog), 0, "new");
    }
    watching_slow(&f);
    watching_chat(&f, 30 * NET_S);
    CHECK(r.calls, before, "targets asked for");
    CHECK(net_count(f.a, ROAM_EVENT_MIGRATION_DONE), !before, "calls");
    net_free(f.net);
}

static void test_freed_while_calling(void)
{
    life_of_a_caller(false);
    life_of_a_caller(true);
}

static const check_test tests[] = {
    {"one call at a time", test_one_call_at_a_time},
    {"the target of each call", test_target_of_each_call},
    {"peer_down during a call", test_down_while_called},
    {"replaced during a call", test_replaced_while_called},
    {"freed while calling", test_freed_while_calling},
};

CHECK_MAIN("watchdog calls", tests)
