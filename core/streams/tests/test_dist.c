/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages: of every size, whole, in order within a key, and no more at once than the queue holds. */
#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { LIMIT = 300000, QUEUE = 100000 };

static void limits(roam_node_options *options)
{
    options->accept = true;
    options->max_message_bytes = LIMIT;
    options->max_queued_bytes = QUEUE;
}

static void small_limits(roam_node_options *options)
{
    options->accept = true;
    options->max_message_bytes = 1000;
}

static void one_stream(roam_node_options *options)
{
    options->accept = true;
    options->data_streams = 1;
}

static void many_streams(roam_node_options *options)
{
    options->accept = true;
    options->data_streams = 64;
    options->initial_stream_window = 5000; /* flow control has to grow many times */
    options->initial_connection_window = 10000;
}

static net_pair pair_with(void (*change_a)(roam_node_options *options),
                          void (*change_b)(roam_node_options *options))
{
    return net_pair_new(&(net_pair_options){.change_a = change_a, .change_b = change_b});
}

static uint8_t *pattern(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((i * 7919) >> 5);
    return bytes;
}

/* ---- Sizes ---- */

typedef struct receiver {
    const uint8_t *expected;
    size_t len;
    uint64_t right;
} receiver;

static void compare(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    receiver *r = host->user;
    r->right += message->len == r->len && (r->len == 0 || memcmp(message->data, r->expected, r->len) == 0);
}

static void test_sizes(void)
{
    /* About the lengths of varints, packets, the first buffer of a body in pieces, stream windows and the
     * limit. */
    static const size_t sizes[] = {0,    1,     2,     62,    63,    64,    65,     1023,   1024, 1025,
                                   1400, 16382, 16383, 16384, 65535, 65536, 200000, 299999, LIMIT};
    net_pair p = pair_with(limits, limits);
    receiver r = {.expected = pattern(LIMIT + 1)};
    p.a->on_message = p.b->on_message = compare;
    p.a->user = p.b->user = &r;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        r.len = sizes[i];
        r.right = 0;
        net_send(p.a, p.b_at_a, i, r.expected, sizes[i]);
        net_send(p.b, (roam_peer_id){1}, UINT64_C(1) << (3 * i), r.expected, sizes[i]);
        net_run_for(p.net, 10 * NET_S);
        CHECK(r.right, 2, "messages of %zu bytes, one each way", sizes[i]);
    }
    CHECK(roam_send(p.a->node, p.b_at_a, 0, r.expected, LIMIT + 1), ROAM_ERR_TOO_LARGE, "over the limit");
    CHECK(roam_send(p.a->node, (roam_peer_id){7}, 0, "x", 1), ROAM_ERR_UNKNOWN_PEER, "to nobody");
    free((void *)(uintptr_t)r.expected);
    net_free(p.net);
}

/* The smaller limit of the two ends counts, in both directions. */
static void test_limit_of_either_end(void)
{
    uint8_t *bytes = pattern(2000);
    for (int small_a = 0; small_a < 2; small_a++) {
        net_pair p = pair_with(small_a ? small_limits : limits, small_a ? limits : small_limits);
        CHECK(roam_send(p.a->node, p.b_at_a, 0, bytes, 1001), ROAM_ERR_TOO_LARGE, "a to b, small at a: %d",
              small_a);
        CHECK(roam_send(p.b->node, (roam_peer_id){1}, 0, bytes, 1001), ROAM_ERR_TOO_LARGE,
              "b to a, small at a: %d", small_a);
        net_send(p.a, p.b_at_a, 0, bytes, 1000);
        net_send(p.b, (roam_peer_id){1}, 0, bytes, 1000);
        net_run_for(p.net, NET_S);
        CHECK(p.a->messages + p.b->messages, 2, "messages at the limit, small at a: %d", small_a);
        net_free(p.net);
    }
    free(bytes);
}

/* ---- Order ---- */

enum { KEYS = 40, MESSAGES = 4000 };

typedef struct order {
    uint64_t next[KEYS];
    uint64_t wrong;
} order;

static void check_order(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    order *o = host->user;
    uint64_t number;
    if (message->key >= KEYS || message->len < sizeof number) {
        o->wrong++;
        return;
    }
    memcpy(&number, message->data, sizeof number);
    o->wrong += number != o->next[message->key]++;
}

static bool lose_some(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    uint64_t *state = user;
    (void)from;
    (void)datagram;
    return check_random(state) % 20 == 0;
}

static void in_order(void (*change)(roam_node_options *options), const char *name)
{
    net_pair p = pair_with(change, change);
    order o = {.wrong = 0};
    uint64_t numbers[KEYS] = {0}, state = 11, loss = 12;
    uint8_t message[600] = {0};
    p.b->on_message = check_order;
    p.b->user = &o;
    net_filter(p.net, lose_some, &loss);
    for (int i = 0; i < MESSAGES; i++) {
        uint64_t key = check_random(&state) % KEYS;
        memcpy(message, &numbers[key], sizeof numbers[key]);
        numbers[key]++;
        net_send(p.a, p.b_at_a, key, message, 8 + check_random(&state) % 592);
        if (i % 16 == 0)
            net_run_for(p.net, NET_MS);
    }
    net_run_for(p.net, 50 * NET_S);
    CHECK(o.wrong, 0, "%s: messages lost, repeated or overtaking", name);
    CHECK(p.b->messages, MESSAGES, "%s: messages", name);
    net_free(p.net);
}

static void test_order(void)
{
    in_order(net_accepting, "4 streams");
    in_order(one_stream, "1 stream");
    in_order(many_streams, "64 streams, small windows");
}

/* ---- The queue ---- */

static void refill(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    static const uint8_t message[1000];
    uint64_t *left = host->user;
    while (event->kind == ROAM_EVENT_WRITABLE && *left > 0) {
        int rv = roam_send(host->node, event->peer, *left, message, sizeof message);
        if (rv == ROAM_ERR_WOULD_BLOCK)
            return;
        CHECK(rv, 0, "send when writable");
        --*left;
    }
}

/* How many others came before the message of key 0. */
static void note_key_zero(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    uint64_t *before = host->user;
    if (message->key == 0)
        *before = host->messages;
}

static void test_queue(void)
{
    net_pair p = pair_with(limits, limits);
    static const uint8_t message[1000];
    uint64_t left = 1000, sent = 0, before_key_zero = 0;
    p.b->on_message = note_key_zero;
    p.b->user = &before_key_zero;
    p.a->on_event = refill;
    p.a->user = &left;
    int rv;
    while ((rv = roam_send(p.a->node, p.b_at_a, left, message, sizeof message)) == 0) {
        left--;
        sent++;
    }
    CHECK(rv, ROAM_ERR_WOULD_BLOCK, "a full queue");
    enum { OTHERS = QUEUE - QUEUE / 8 }; /* the rest is key 0's */
    CHECK(sent >= OTHERS / 1020 && sent <= OTHERS / 1000, true, "messages in a full queue: %d", (int)sent);
    CHECK(roam_send(p.a->node, p.b_at_a, 0, message, sizeof message), 0, "key 0 in a queue full of others");
    CHECK(net_count(p.a, ROAM_EVENT_WRITABLE), 0, "writable while it is full");
    net_poke(p.a);
    net_run_for(p.net, 60 * NET_S);
    CHECK(left, 0, "messages that found no place");
    CHECK(p.b->messages, 1001, "messages");
    CHECK(before_key_zero < sent / 4, true, "others before key 0: %d of %d", (int)before_key_zero, (int)sent);
    CHECK(net_count(p.a, ROAM_EVENT_WRITABLE) >= 10, true, "writable, several times");
    size_t writable = net_count(p.a, ROAM_EVENT_WRITABLE);
    net_send(p.a, p.b_at_a, 0, "x", 1);
    net_run_for(p.net, NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_WRITABLE), writable, "none is owed to who was not refused");
    net_free(p.net);
}

/* ---- The beginning ---- */

static void send_when_up(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    if (event->kind == ROAM_EVENT_PEER_UP)
        CHECK(roam_send(host->node, event->peer, 0, "first", 5), 0, "send inside peer_up");
}

static void must_be_up(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    CHECK(roam_peer_is_up(host->node, message->peer), true, "%s is told peer_up before the first message",
          host->name);
}

typedef struct loss {
    uint64_t count, lost;
    int host;
} loss;

static bool lose_one(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    loss *l = user;
    (void)datagram;
    return from->bytes[3] == l->host && l->count++ == l->lost;
}

/* Whichever datagram of the first is lost: both are up, and told so before the first message comes. */
static void test_first_messages(void)
{
    for (int host = 1; host <= 2; host++) {
        for (uint64_t lost = 0; lost < 14; lost++) {
            net_pair p = net_pair_new(&(net_pair_options){.change_b = limits, .apart = true});
            loss l = {.lost = lost, .host = host};
            p.a->on_event = p.b->on_event = send_when_up;
            p.a->on_message = p.b->on_message = must_be_up;
            net_filter(p.net, lose_one, &l);
            net_dial(p.a, p.b);
            while (!net_count(p.b, ROAM_EVENT_PEER_UP) && net_now(p.net) < 20 * NET_S)
                net_run_for(p.net, 5 * NET_MS);
            net_send(p.b, (roam_peer_id){1}, 1, "second", 6); /* in another packet, which may come first */
            net_run_for(p.net, 10 * NET_S);
            CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 1, "ups at a, datagram %d of %d lost", (int)lost, host);
            CHECK(net_count(p.b, ROAM_EVENT_PEER_UP), 1, "ups at b, datagram %d of %d lost", (int)lost, host);
            CHECK(p.a->messages, 2, "messages at a, datagram %d of %d lost", (int)lost, host);
            CHECK(p.b->messages, 1, "messages at b, datagram %d of %d lost", (int)lost, host);
            net_free(p.net);
        }
    }
}

static const check_test tests[] = {
    {"sizes", test_sizes},     {"the limit of either end", test_limit_of_either_end}, {"order", test_order},
    {"the queue", test_queue}, {"the first messages", test_first_messages},
};

CHECK_MAIN("dist", tests)
