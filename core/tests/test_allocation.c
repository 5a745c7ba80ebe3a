/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every allocation of a story fails once, ours and those of ngtcp2: a clean error or a lost connection, no
 * crash, no leak, and everything works afterwards. */
#include <stdio.h>
#include <string.h>

#include "core/tests/allocation.h"
#include "core/tests/check.h"
#include "core/tests/net_pair.h"
#include "core/tests/streams.h"

static void random_zero(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    memset(bytes, 0, len);
}

/* Runs the story with its first allocation failing, then its second ...; returns how many it has. */
static uint64_t fail_each(const char *what, bool (*story)(void), uint64_t step)
{
    uint64_t failed = 0;
    allocation_spare_tls();
    story(); /* what a library keeps for good is made now */
    for (uint64_t n = 0;; n += step) {
        allocation_stats before = allocation_look();
        allocation_fail_after(n);
        bool well = story();
        allocation_fail_after(UINT64_MAX);
        allocation_stats after = allocation_look();
        bool reached = after.failed > before.failed;
        if (!reached) {
            CHECK(well, true, "%s: goes well when nothing fails", what);
            break;
        }
        failed++;
        if (!CHECK(after.bytes, before.bytes, "%s: bytes allocated after failure %d", what, (int)n))
            break;
    }
    CHECK(failed > 0, true, "%s: failures", what);
    return failed;
}

/* ---- An identity and a node ---- */

static bool make_node(void)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {1};
    roam_identity *identity = NULL;
    roam_node *node = NULL;
    roam_watchdog *watchdog = NULL;
    roam_node_options options;
    roam_watchdog_options watchdog_options;
    roam_watchdog_options_default(&watchdog_options);
    roam_node_options_default(&options);
    options.callbacks.random = random_zero;
    int rv = roam_identity_new("a", seed, &identity);
    options.identity = identity;
    if (rv == 0)
        rv = roam_node_new(&options, &node);
    if (rv == 0)
        rv = roam_node_pin(node, "b", seed);
    if (rv == 0)
        rv = roam_watchdog_new(node, &watchdog_options, 0, &watchdog);
    CHECK(rv == 0 || rv == ROAM_ERR_NO_MEMORY || rv == ROAM_ERR_TLS, true, "status %d", rv);
    CHECK((rv == 0) == (watchdog != NULL), true, "output with status %d", rv);
    roam_node_free(node);
    roam_identity_free(identity);
    return rv == 0;
}

static void test_node(void)
{
    fail_each("node", make_node, 1);
}

/* ---- Two nodes ---- */

static void streams_and_keylog(roam_node_options *options)
{
    streams_watch(options);
    options->max_half_open = 1;
}

static net_pair pair_of(streams_watcher *seen_at_a, streams_watcher *seen_at_b)
{
    net_pair p = net_pair_new(
        &(net_pair_options){.change_a = streams_and_keylog, .change_b = streams_and_keylog, .apart = true});
    p.a->user = seen_at_a;
    p.b->user = seen_at_b;
    return p;
}

static int begin_dial(net_pair *p)
{
    const roam_addr remote = net_addr(p->b, 1, 4433);
    return roam_dial(p->a->node, "b", &remote, NULL, net_now(p->net), &p->b_at_a);
}

static bool dial(net_pair *p)
{
    int rv = begin_dial(p);
    net_run_for(p->net, NET_S);
    return rv == 0 && roam_peer_is_up(p->a->node, p->b_at_a);
}

static void talk(net_pair *p)
{
    static const uint8_t bytes[20000];
    roam_peer_id a_at_b = roam_peer_find(p->b->node, "a");
    roam_stream_id id;
    for (uint64_t key = 0; key < 3; key++) {
        int rv = roam_send(p->a->node, p->b_at_a, key, bytes, 5000 * (size_t)(key + 1));
        rv = rv ? rv : roam_send(p->b->node, a_at_b, key, bytes, 3000);
        (void)rv; /* may fail: see the end of the story */
    }
    if (roam_stream_open(p->a->node, p->b_at_a, "tag", 3, 1, &id) == 0) {
        streams_seen_of(p->a->user, id.value, true);
        if (roam_stream_send(p->a->node, p->b_at_a, id, bytes, sizeof bytes, true) == 0)
            net_poke(p->a);
    }
    net_run_for(p->net, 300 * NET_MS);
}

/* Whether the call was taken. */
static bool move(net_pair *p, int network, roam_migrate_mode mode)
{
    const bool taken = net_migrate(p->a, p->b_at_a, network, NET_S, mode, NULL);
    net_run_for(p->net, 300 * NET_MS);
    return taken;
}

static roam_event_kind told(const net_host *host)
{
    for (size_t i = host->event_count; i-- > 0;) {
        roam_event_kind kind = host->events[i].event.kind;
        if (kind == ROAM_EVENT_PEER_UP || kind == ROAM_EVENT_PEER_DOWN)
            return kind;
    }
    return ROAM_EVENT_LEFT;
}

/* Nobody says that the other end did wrong. */
static void check_reasons(const net_host *host)
{
    for (size_t i = 0; i < host->event_count; i++) {
        const roam_event *event = &host->events[i].event;
        if (event->kind == ROAM_EVENT_PEER_DOWN)
            CHECK(event->down.reason != ROAM_DOWN_REJECTED, true, "reason at %s: %s, code %d", host->name,
                  roam_down_reason_name(event->down.reason), (int)event->down.code);
    }
}

/* After all that went wrong a message gets through: on the connection that is left, or on a new one. */
static void check_recovers(net_pair *p, size_t migrations)
{
    allocation_fail_after(UINT64_MAX);
    net_run_for(p->net, 400 * NET_S); /* whoever is waiting for a dead end has noticed it */
    check_reasons(p->a);
    check_reasons(p->b);
    for (int i = 0; i < 2 && !roam_peer_is_up(p->a->node, p->b_at_a); i++)
        dial(p);
    uint64_t before = p->b->messages;
    if (CHECK(roam_peer_is_up(p->a->node, p->b_at_a), true, "up in the end"))
        net_send(p->a, p->b_at_a, 9, "x", 1);
    net_run_for(p->net, 2 * NET_S);
    CHECK(p->b->messages - before, 1, "messages in the end");
    CHECK(p->a->result_count, migrations, "results of migrations");
    CHECK(told(p->a), ROAM_EVENT_PEER_UP, "what a was told last");
    CHECK(told(p->b), ROAM_EVENT_PEER_UP, "what b was told last");
}

/* Inside the handshake none fails: when a callback of its has no memory, wolfSSL goes round for ever. */
static bool dial_alone(void)
{
    streams_watcher at_a = {0}, at_b = {0};
    uint64_t armed = allocation_disarm();
    net_pair p = pair_of(&at_a, &at_b);
    allocation_fail_after(armed);
    int rv = begin_dial(&p);
    armed = allocation_disarm();
    CHECK(rv == 0 || rv == ROAM_ERR_NO_MEMORY || rv == ROAM_ERR_TLS || rv == ROAM_ERR_QUIC, true, "status %d",
          rv);
    net_run_for(p.net, NET_S);
    bool well = rv == 0 && roam_peer_is_up(p.a->node, p.b_at_a);
    check_recovers(&p, 0);
    net_free(p.net);
    allocation_fail_after(armed);
    return well;
}

static void test_dial(void)
{
    printf("(%d) ", (int)fail_each("dial", dial_alone, 1));
}

static bool migrate_and_leave(void)
{
    streams_watcher at_a = {0}, at_b = {0};
    uint64_t armed = allocation_disarm();
    net_pair p = pair_of(&at_a, &at_b);
    bool well = dial(&p);
    allocation_fail_after(armed);
    size_t migrations = move(&p, 2, ROAM_VALIDATE_FIRST);
    talk(&p);
    migrations += move(&p, 0, ROAM_FOLLOW_FIRST);
    well = well && p.a->result_count == 2 && p.a->results[0].record.result == ROAM_OK &&
           p.a->results[1].record.result == ROAM_OK;
    roam_node_leave(p.b->node);
    net_run_for(p.net, NET_S);
    check_recovers(&p, migrations);
    net_free(p.net);
    return well;
}

static void test_migration(void)
{
    printf("(%d) ", (int)fail_each("migration", migrate_and_leave, 1));
}

static const check_test tests[] = {
    {"identity, node, watchdog", test_node},
    {"dial", test_dial},
    {"migrate, messages, stream, leave", test_migration},
};

CHECK_MAIN("allocation", tests)
