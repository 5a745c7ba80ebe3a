/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two live nodes in one process, "client" and "server", on loopback addresses, each on a thread of its own.
 * What they tell is kept under a mutex for the test's thread to wait for.
 */
#ifndef CORE_LIVE_TESTS_PAIR_H
#define CORE_LIVE_TESTS_PAIR_H

#include "core/live/live.h"

#include <pthread.h>

enum { PAIR_EVENTS = ROAM_EVENT_CHANNEL_DOWN + 1, PAIR_LAST_BYTES = 256 };

typedef struct pair_node {
    live_node *live;
    roam_identity *identity;
    struct pair *pair;
    /* Under pair->mutex from here. */
    uint32_t events[PAIR_EVENTS]; /* how many of each kind */
    roam_event last_path;         /* of the last ROAM_EVENT_PATH_CHANGED */
    roam_down_reason last_down;
    uint64_t messages, bytes;
    char last[PAIR_LAST_BYTES]; /* the beginning of the last message */
    uint64_t disorder;          /* messages whose first eight bytes are not the count of those before */
    void (*on_message)(struct pair_node *node, const roam_message *message); /* on the loop thread */
} pair_node;

typedef struct pair {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    roam_addr listening;
    pair_node client, server;
} pair;

typedef struct pair_options {
    const char *listen; /* "127.0.0.1:0" when NULL */
    void (*change)(live_node_options *options, bool is_client);
    bool plain; /* neither segmentation nor ECN */
    void (*on_server_message)(pair_node *node, const roam_message *message);
} pair_options;

/* Makes both and starts them; asserts on failure. options may be NULL. */
pair *pair_new(const pair_options *options);
void pair_free(pair *self);

/* The client dials, and both wait until they are up. False: not within ten seconds. */
bool pair_connect(pair *self);

/* Waits until the node has had count events of that kind, or messages; false after ten seconds. */
bool pair_await_event(pair_node *node, roam_event_kind kind, uint32_t count);
bool pair_await_messages(pair_node *node, uint64_t count);

#endif
