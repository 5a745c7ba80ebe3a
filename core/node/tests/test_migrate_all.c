/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roam_migrate_all: every peer that is up, none waiting for another, and one word at the end. */
#include <stdio.h>
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net.h"

enum { PEERS = 20 };

typedef struct story {
    net_fixture *net;
    net_host *a, *hosts[PEERS];
    uint32_t ok, failed;
    uint64_t last_ok_ns, last_failed_ns;
    int finished;
    roam_migrate_summary summary;
    uint64_t finished_ns;
    char names[PEERS][16];
    bool again; /* calls once more from finished */
} story;

static void story_init(story *s, int peers)
{
    memset(s, 0, sizeof *s);
    s->net = net_new();
    s->a = net_add(s->net, "a", 0, NULL);
    for (int i = 0; i < peers; i++) {
        snprintf(s->names[i], sizeof s->names[i], "p%d", i);
        s->hosts[i] = net_add(s->net, s->names[i], i == 7 ? 4 : 1, net_accepting);
        net_listen(s->hosts[i]);
        net_connect(s->a, s->hosts[i]);
    }
}

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    (void)peer;
    story *s = done_data;
    if (record->result == ROAM_OK) {
        s->ok++;
        s->last_ok_ns = now_ns;
    } else {
        s->failed++;
        s->last_failed_ns = now_ns;
    }
    CHECK(s->finished, 0, "finished before the last result");
}

static void migrate_all(story *s);

static void on_finished(void *finished_data, const roam_migrate_summary *summary, uint64_t now_ns)
{
    story *s = finished_data;
    s->finished++;
    s->summary = *summary;
    s->finished_ns = now_ns;
    if (!s->again)
        return;
    s->again = false;
    s->finished = 0;
    s->a->network = 3;
    migrate_all(s);
}

static void migrate_all(story *s)
{
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    options.local = net_addr(s->a, s->a->network, 0);
    options.done = on_done;
    options.done_data = s;
    CHECK(roam_migrate_all(s->a->node, &options, on_finished, s, net_now(s->net)), 0, "migrate_all");
}

static void run_all(int peers)
{
    story s;
    story_init(&s, peers);
    uint64_t start_ns = net_now(s.net);
    s.a->network = 2;
    migrate_all(&s);
    CHECK(s.finished, 0, "finished inside the call, %d peers", peers);
    net_run_for(s.net, 10 * NET_S);
    CHECK(s.ok, peers, "ok of %d", peers);
    CHECK(s.finished, 1, "finished, %d peers", peers);
    CHECK(s.summary.calls, peers, "calls, %d peers", peers);
    CHECK(s.summary.ok, peers, "ok in the summary, %d peers", peers);
    CHECK(s.summary.failed, 0, "failed in the summary, %d peers", peers);
    CHECK(s.finished_ns, peers ? s.last_ok_ns : start_ns, "finished with the last, %d peers", peers);
    net_free(s.net);
}

static void test_none_one_many(void)
{
    run_all(0);
    run_all(1);
    run_all(PEERS);
}

/* 19 finish as if alone, although one takes its whole budget. */
static void test_one_slow(void)
{
    story s;
    story_init(&s, PEERS);
    net_run_for(s.net, NET_S);
    uint64_t start_ns = net_now(s.net);
    net_block(s.net, 4, true, true); /* the eighth peer's network */
    s.a->network = 2;
    migrate_all(&s);
    net_run_for(s.net, 10 * NET_S);
    CHECK(s.ok, PEERS - 1, "ok");
    CHECK(s.failed, 1, "failed");
    CHECK(s.last_ok_ns - start_ns, 40 * NET_MS, "the last that is ok");
    CHECK(s.last_failed_ns - start_ns, 5 * NET_S, "the one that is not");
    CHECK(s.finished_ns - start_ns, 5 * NET_S, "finished");
    CHECK(s.summary.ok, PEERS - 1, "ok in the summary");
    CHECK(s.summary.failed, 1, "failed in the summary");
    net_free(s.net);
}

/* Peers that are down are not called. */
static void test_some_down(void)
{
    story s;
    story_init(&s, 5);
    CHECK(roam_hang_up(s.a->node, (roam_peer_id){2}), 0, "hang up");
    net_run_for(s.net, NET_S);
    s.a->network = 2;
    migrate_all(&s);
    net_run_for(s.net, 10 * NET_S);
    CHECK(s.summary.calls, 4, "calls");
    CHECK(s.ok, 4, "ok");
    net_free(s.net);
}

static void test_again_inside(void)
{
    story s;
    story_init(&s, 3);
    s.again = true;
    s.a->network = 2;
    migrate_all(&s);
    net_run_for(s.net, 10 * NET_S);
    CHECK(s.ok, 6, "ok");
    CHECK(s.finished, 1, "finished since");
    net_free(s.net);
}

/* Nobody is told, and nothing leaks. */
static void test_node_freed_meanwhile(void)
{
    story s;
    story_init(&s, 3);
    net_block(s.net, 2, true, true);
    s.a->network = 2;
    migrate_all(&s);
    net_run_for(s.net, NET_S);
    net_crash(s.a);
    CHECK(s.ok + s.failed, 0, "results");
    CHECK(s.finished, 0, "finished");
    net_free(s.net);
}

static void test_arguments(void)
{
    story s;
    story_init(&s, 1);
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    CHECK(roam_migrate_all(s.a->node, &options, NULL, NULL, 0), ROAM_ERR_INVALID_ARGUMENT, "no done");
    options.done = on_done;
    options.done_data = &s;
    options.local = net_addr(s.a, 2, 0);
    CHECK(roam_migrate_all(s.a->node, &options, NULL, NULL, net_now(s.net)), 0, "no finished");
    net_run_for(s.net, NET_S);
    CHECK(s.ok, 1, "ok");
    net_free(s.net);
}

static const check_test tests[] = {
    {"none, one, many", test_none_one_many},
    {"one slow", test_one_slow},
    {"some down", test_some_down},
    {"again inside finished", test_again_inside},
    {"node freed meanwhile", test_node_freed_meanwhile},
    {"arguments", test_arguments},
};

CHECK_MAIN("migrate_all", tests)
