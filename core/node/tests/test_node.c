/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node as a whole: its options, its callbacks, what it makes of hostile datagrams, and that it is a pure
 * function. */
#include <stdlib.h>
#include <string.h>

#include "core/node/internal.h"
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

/* ---- Options ---- */

static void no_identity(roam_node_options *options)
{
    options->identity = NULL;
}

static void no_random(roam_node_options *options)
{
    options->callbacks.random = NULL;
}

static void no_streams(roam_node_options *options)
{
    options->data_streams = 0;
}

static void too_many_streams(roam_node_options *options)
{
    options->data_streams = 65;
}

static void no_message(roam_node_options *options)
{
    options->max_message_bytes = 0;
}

static void one_connection_id(roam_node_options *options)
{
    options->active_connection_id_limit = 1; /* RFC 9000 section 18.2: at least 2 */
}

static void no_peers(roam_node_options *options)
{
    options->max_peers = 0;
}

static void no_initial_rtt(roam_node_options *options)
{
    options->initial_rtt_ns = 0;
}

static void random_zero(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    memset(bytes, 0, len);
}

static void test_options(void)
{
    static void (*const changes[])(roam_node_options *) = {no_identity,      no_random,     no_streams,
                                                           too_many_streams, no_message,    one_connection_id,
                                                           no_peers,         no_initial_rtt};
    static const uint8_t seed[ROAM_KEY_BYTES] = {1};
    roam_identity *identity;
    CHECK(roam_identity_new("a", seed, &identity), 0, "identity");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        roam_node_options options;
        roam_node *node = NULL;
        roam_node_options_default(&options);
        options.identity = identity;
        options.callbacks.random = random_zero;
        changes[i](&options);
        CHECK(roam_node_new(&options, &node), ROAM_ERR_INVALID_ARGUMENT, "options %zu", i);
        CHECK(node == NULL, true, "output of options %zu", i);
    }
    roam_identity_free(identity);
    CHECK(roam_node_free(NULL), 0, "free of nothing");
}

static void test_a_fresh_node_has_nothing_to_do(void)
{
    net_fixture *net = net_new();
    net_host *a = net_add(net, "a", 0, net_accepting);
    CHECK(roam_node_deadline(a->node), ROAM_NEVER, "deadline");
    roam_node_leave(a->node);
    CHECK(roam_node_step(a->node, 5), 0, "step");
    CHECK(roam_node_deadline(a->node), ROAM_NEVER, "deadline after a step");
    net_free(net);
}

/* ---- Deadlines ---- */

/* A timer of a node that asks, each time, for the past. */
typedef struct stuck {
    roam_node *node;
    core_timer timer;
} stuck;

static void ask_for_the_past(void *owner, uint64_t now_ns)
{
    stuck *s = owner;
    core_heap_set(&s->node->timers, &s->timer, now_ns - 1);
}

/* What no step can serve is put off, and counted: the caller's loop does not spin. */
static void test_overdue(void)
{
    net_fixture *net = net_new();
    net_host *a = net_add(net, "a", 0, net_accepting);
    stuck s = {.node = a->node, .timer = {.fire = ask_for_the_past, .owner = &s}};
    CHECK(core_node_reserve_timer(a->node), 0, "room for a timer");
    core_heap_set(&a->node->timers, &s.timer, 7);
    CHECK(roam_node_step(a->node, 6), 0, "a step before");
    CHECK(roam_node_deadline(a->node), 7, "deadline before");
    CHECK(roam_node_overdue(a->node), 0, "overdue before");
    CHECK(roam_node_step(a->node, 7), 0, "a step");
    CHECK(roam_node_deadline(a->node), 1000007, "deadline after a step that cannot serve it");
    CHECK(roam_node_overdue(a->node), 1, "overdue");
    CHECK(roam_node_step(a->node, 1000007), 0, "another step");
    CHECK(roam_node_deadline(a->node), 2000007, "deadline after another step");
    CHECK(roam_node_overdue(a->node), 2, "overdue twice");
    core_heap_set(&a->node->timers, &s.timer, ROAM_NEVER);
    net_free(net);
}

/* ---- Inside callbacks ---- */

typedef struct refusals {
    size_t events;
    roam_subscription subscription;
    net_host *host;
} refusals;

static void refuse(void *data, const roam_event *event, uint64_t now_ns)
{
    refusals *r = data;
    roam_node *node = r->host->node;
    roam_datagram datagram = {.data = (const uint8_t *)"x", .len = 1, .segment_len = 1};
    (void)event;
    r->events++;
    CHECK(roam_node_free(node), ROAM_ERR_IN_CALLBACK, "free inside a callback");
    CHECK(roam_node_step(node, now_ns), ROAM_ERR_IN_CALLBACK, "step inside a callback");
    CHECK(roam_node_receive(node, NULL, &datagram, now_ns), ROAM_ERR_IN_CALLBACK,
          "receive inside a callback");
    roam_unsubscribe(node, r->subscription);
}

/* Refused what it must not do, and unsubscribed inside its own callback. */
static void test_inside_a_callback(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.apart = true});
    net_host *a = p.a;
    refusals r = {.host = a};
    CHECK(roam_subscribe(a->node, refuse, &r, &r.subscription), 0, "subscribe");
    net_pair_connect(&p);
    CHECK(r.events, 1, "events told to who unsubscribed at the first");
    CHECK(a->event_count > 1, true, "events told to the other subscriber");
    net_free(p.net);
}

/* ---- Hostile datagrams ---- */

enum { KEPT = 40, DATAGRAM_MAX = 1500 };

typedef struct capture {
    uint8_t data[KEPT][DATAGRAM_MAX];
    size_t len[KEPT];
    size_t count;
    uint64_t answered; /* bytes to the attacker */
} capture;

static const roam_addr attacker = {ROAM_FAMILY_IPV4, 666, {10, 5, 0, 66}};

static bool keep(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    capture *c = user;
    if (roam_addr_equal(&datagram->remote, &attacker))
        c->answered += datagram->len;
    else if (from->bytes[3] == 1 && c->count < KEPT) {
        memcpy(c->data[c->count], datagram->data, datagram->len);
        c->len[c->count++] = datagram->len;
    }
    return false;
}

typedef struct attack {
    net_fixture *net;
    net_host *victim;
    capture *seen;
    uint64_t resets; /* datagrams that were answered */
} attack;

/* A long header that is nobody's gets no answer; a short one, a stateless reset that is shorter than it is,
 * so that two ends cannot keep each other busy (RFC 9000 section 10.3.3). */
static void inject(attack *a, const uint8_t *data, size_t len)
{
    roam_addr local = net_addr(a->victim, 1, 4433);
    uint64_t before = a->seen->answered;
    net_inject(a->victim, &local, &attacker, data, len);
    uint64_t answered = a->seen->answered - before;
    bool long_header = len > 0 && (data[0] & 0x80);
    a->resets += answered > 0;
    CHECK(answered == 0 || (!long_header && answered < len), true,
          "%d bytes in answer to %zu, long header: %d", (int)answered, len, long_header);
}

static attack attack_new(capture *seen)
{
    net_pair p = net_pair_new(&(net_pair_options){.apart = true});
    attack a = {.net = p.net, .victim = p.b, .seen = seen};
    net_filter(a.net, keep, seen);
    net_pair_connect(&p);
    net_send(p.a, p.b_at_a, 0, "x", 1);
    net_run_for(a.net, NET_S);
    return a;
}

/* The honest connection is as it was, and there is no other. */
static void attack_end(attack *a)
{
    net_run_for(a->net, 30 * NET_S); /* past any handshake timeout */
    CHECK(a->resets > 0, true, "some were answered by a stateless reset");
    CHECK(net_ups(a->victim), 1, "ups");
    CHECK(a->victim->messages, 1, "messages");
    CHECK(roam_node_deadline(a->victim->node) < ROAM_NEVER, true, "the honest connection has a deadline");
    net_send(a->victim, (roam_peer_id){1}, 0, "y", 1);
    net_run_for(a->net, NET_S);
    net_free(a->net);
}

static void test_garbage(void)
{
    capture *seen = calloc(1, sizeof *seen);
    attack a = attack_new(seen);
    uint8_t data[DATAGRAM_MAX];
    uint64_t state = 21;
    for (size_t len = 0; len <= DATAGRAM_MAX; len++) {
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)check_random(&state);
        inject(&a, data, len);
        if (len > 5) {
            data[0] |= 0xc0; /* a long header of version 1: an Initial */
            data[0] &= 0xcf;
            memcpy(data + 1, "\0\0\0\1\10", 5);
            inject(&a, data, len);
        }
    }
    attack_end(&a);
    free(seen);
}

/* Datagrams of an honest handshake, cut short, with a bit turned, and as they were. */
static void test_damaged_copies(void)
{
    capture *seen = calloc(1, sizeof *seen);
    attack a = attack_new(seen);
    uint64_t state = 22;
    size_t count = seen->count;
    CHECK(count >= 4, true, "datagrams of the handshake");
    for (size_t i = 0; i < count; i++) {
        uint8_t data[DATAGRAM_MAX];
        for (size_t len = 0; len < seen->len[i]; len += 1 + len / 16)
            inject(&a, seen->data[i], len);
        for (size_t turn = 0; turn < 40; turn++) {
            memcpy(data, seen->data[i], seen->len[i]);
            size_t at = turn < 20 ? turn : check_random(&state) % seen->len[i];
            data[at] = (uint8_t)(data[at] ^ (1u << (check_random(&state) % 8)));
            inject(&a, data, seen->len[i]);
        }
    }
    attack_end(&a);
    free(seen);
}

/* ---- Determinism ---- */

static uint64_t story(uint64_t delay_ns)
{
    net_pair p = net_pair_new(NULL);
    uint8_t data[5000] = {0};
    net_delay(p.net, 2, delay_ns);
    for (uint64_t i = 0; i < 100; i++) {
        memcpy(data, &i, sizeof i);
        net_send(p.a, p.b_at_a, i % 9, data, sizeof data);
        net_send(p.b, (roam_peer_id){1}, i % 5, data, sizeof data);
    }
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 5 * NET_S);
    net_migrate(p.a, p.b_at_a, 0, NET_S, ROAM_FOLLOW_FIRST, NULL);
    net_run_for(p.net, 5 * NET_S);
    roam_node_leave(p.a->node);
    net_poke(p.a);
    net_run_for(p.net, 5 * NET_S);
    CHECK(p.a->messages + p.b->messages, 200, "messages");
    uint64_t hash = net_stats_of(p.net).hash;
    net_free(p.net);
    return hash;
}

/* Every datagram, byte for byte, at the same nanosecond; the TLS handshake included. */
static void test_the_same_story_twice(void)
{
    uint64_t first = story(30 * NET_MS);
    CHECK(story(30 * NET_MS), first, "hash of the same story");
    CHECK(story(31 * NET_MS) != first, true, "another story has another hash");
}

static const check_test tests[] = {
    {"options", test_options},
    {"a fresh node has nothing to do", test_a_fresh_node_has_nothing_to_do},
    {"a deadline that cannot be served", test_overdue},
    {"inside a callback", test_inside_a_callback},
    {"garbage", test_garbage},
    {"damaged copies", test_damaged_copies},
    {"the same story twice", test_the_same_story_twice},
};

CHECK_MAIN("node", tests)
