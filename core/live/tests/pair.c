/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/tests/pair.h"

#include "core/live/address.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_S = 10 };

static void on_message(void *user_data, const roam_message *message, uint64_t now_ns)
{
    pair_node *const node = live_node_context(user_data);
    uint64_t number = 0;
    (void)now_ns;
    (void)pthread_mutex_lock(&node->pair->mutex);
    memset(node->last, 0, sizeof node->last);
    memcpy(node->last, message->data,
           message->len < PAIR_LAST_BYTES - 1 ? message->len : PAIR_LAST_BYTES - 1);
    memcpy(&number, message->data, message->len < sizeof number ? message->len : sizeof number);
    node->disorder += number != node->messages;
    node->messages++;
    node->bytes += message->len;
    (void)pthread_cond_broadcast(&node->pair->changed);
    (void)pthread_mutex_unlock(&node->pair->mutex);
    if (node->on_message)
        node->on_message(node, message);
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    pair_node *const node = subscriber_data;
    (void)now_ns;
    (void)pthread_mutex_lock(&node->pair->mutex);
    node->events[event->kind]++;
    if (event->kind == ROAM_EVENT_PATH_CHANGED)
        node->last_path = *event;
    if (event->kind == ROAM_EVENT_PEER_DOWN)
        node->last_down = event->down.reason;
    (void)pthread_cond_broadcast(&node->pair->changed);
    (void)pthread_mutex_unlock(&node->pair->mutex);
}

static void make(pair *self, pair_node *node, const char *name, const pair_options *options)
{
    uint8_t seed[ROAM_KEY_BYTES] = {0};
    roam_subscription subscription;
    live_node_options live;
    memcpy(seed, name, strlen(name));
    int rv = roam_identity_new(name, seed, &node->identity);
    assert(rv == 0);
    node->pair = self;
    live_node_options_default(&live);
    live.node.identity = node->identity;
    live.node.callbacks.message = on_message;
    live.node.accept = node == &self->server;
    live.context = node;
    live.segmentation = live.ecn = !options->plain;
    if (options->change)
        options->change(&live, node == &self->client);
    rv = live_node_new(&live, &node->live);
    assert(rv == 0);
    rv = roam_subscribe(live_node_core(node->live), on_event, node, &subscription);
    assert(rv == 0);
    (void)rv;
}

pair *pair_new(const pair_options *options)
{
    static const pair_options none = {0};
    roam_addr local;
    pair *const self = calloc(1, sizeof *self);
    assert(self);
    options = options ? options : &none;
    (void)pthread_mutex_init(&self->mutex, NULL);
    (void)pthread_cond_init(&self->changed, NULL);
    make(self, &self->client, "client", options);
    make(self, &self->server, "server", options);
    self->server.on_message = options->on_server_message;
    bool parsed = live_address_parse(options->listen ? options->listen : "127.0.0.1:0", &local);
    assert(parsed);
    (void)parsed;
    int rv = live_node_listen(self->server.live, &local, &self->listening);
    assert(rv == 0);
    rv = live_node_start(self->client.live);
    assert(rv == 0);
    rv = live_node_start(self->server.live);
    assert(rv == 0);
    (void)rv;
    return self;
}

void pair_free(pair *self)
{
    int rv = live_node_free(self->client.live);
    assert(rv == 0);
    rv = live_node_free(self->server.live);
    assert(rv == 0);
    (void)rv;
    roam_identity_free(self->client.identity);
    roam_identity_free(self->server.identity);
    (void)pthread_cond_destroy(&self->changed);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

bool pair_connect(pair *self)
{
    return live_dial(self->client.live, "server", &self->listening, NULL) == 0 &&
           pair_await_event(&self->client, ROAM_EVENT_PEER_UP, 1) &&
           pair_await_event(&self->server, ROAM_EVENT_PEER_UP, 1);
}

typedef struct condition {
    roam_event_kind kind;
    uint32_t events;
    uint64_t messages;
} condition;

static bool await(pair_node *node, const condition *wanted)
{
    struct timespec until;
    bool held = false;
    int rv = 0;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    (void)pthread_mutex_lock(&node->pair->mutex);
    for (;;) {
        held = node->events[wanted->kind] >= wanted->events && node->messages >= wanted->messages;
        if (held || rv)
            break;
        rv = pthread_cond_timedwait(&node->pair->changed, &node->pair->mutex, &until);
    }
    (void)pthread_mutex_unlock(&node->pair->mutex);
    return held;
}

bool pair_await_event(pair_node *node, roam_event_kind kind, uint32_t count)
{
    return await(node, &(condition){.kind = kind, .events = count});
}

bool pair_await_messages(pair_node *node, uint64_t count)
{
    return await(node, &(condition){.messages = count});
}
