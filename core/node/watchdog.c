/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/watchdog.h"

#include "core/node/channel.h"
#include "core/node/connection.h"

#include <stdlib.h>

#define SECOND_NS UINT64_C(1000000000)

/* What is known of one peer. */
typedef struct watched {
    uint32_t strikes;
    bool terminal; /* migration can never succeed on its connection */
    bool called;   /* and the result has not come */
    void *data;    /* done_data of that call */
} watched;

struct roam_watchdog {
    roam_node *node;
    roam_watchdog_options options;
    watched *peers; /* index: peer id - 1 */
    size_t peer_count;
    roam_subscription subscription;
    core_timer timer;
    uint64_t next_sample_ns;
    uint32_t holds; /* results to come, and one while a sample is taken */
    bool freed;     /* by its user; disposed of with the last hold */
    roam_watchdog *next;
};

void roam_watchdog_options_default(roam_watchdog_options *options)
{
    *options =
        (roam_watchdog_options){.sample_ns = 5 * SECOND_NS, .threshold_ns = SECOND_NS / 5, .strikes = 2};
    roam_migrate_options_default(&options->migrate);
    options->migrate.trigger = "watchdog";
}

/* NULL: no memory. */
static watched *watched_peer(roam_watchdog *watchdog, roam_peer_id peer)
{
    if (peer.value > watchdog->peer_count) {
        watched *const peers = realloc(watchdog->peers, peer.value * sizeof *peers);
        if (!peers)
            return NULL;
        for (size_t i = watchdog->peer_count; i < peer.value; i++)
            peers[i] = (watched){0};
        watchdog->peers = peers;
        watchdog->peer_count = peer.value;
    }
    return &watchdog->peers[peer.value - 1];
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    roam_watchdog *const watchdog = subscriber_data;
    const bool connected = event->kind == ROAM_EVENT_CHANNEL_UP ||
                           (event->kind == ROAM_EVENT_PEER_UP && !watchdog->node->channel_hooks);
    if (!connected && event->kind != ROAM_EVENT_PEER_UP && event->kind != ROAM_EVENT_PEER_DOWN &&
        event->kind != ROAM_EVENT_CHANNEL_DOWN)
        return;
    watched *const w = watched_peer(watchdog, event->peer);
    if (!w)
        return;
    w->strikes = 0;
    if (connected)
        w->terminal = false; /* another connection */
}

/* Its user has freed it: no further sample is taken. */
static void stop(roam_watchdog *watchdog)
{
    watchdog->freed = true;
    core_subscribers_remove(&watchdog->node->outbox.subscribers, watchdog->subscription);
    core_heap_set(&watchdog->node->timers, &watchdog->timer, ROAM_NEVER);
}

static void dispose(roam_watchdog *watchdog)
{
    roam_node *const node = watchdog->node;
    roam_watchdog **link = &node->watchdogs;
    while (*link != watchdog)
        link = &(*link)->next;
    *link = watchdog->next;
    node->watchdog_count--;
    free(watchdog->peers);
    free(watchdog);
}

static void release(roam_watchdog *watchdog)
{
    if (--watchdog->holds == 0 && watchdog->freed)
        dispose(watchdog);
}

/* Comes in the step in which the call ended, also when the connection ended with it. */
static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    roam_watchdog *const watchdog = done_data;
    if (!watchdog->freed) {
        watched *const w = &watchdog->peers[peer.value - 1];
        w->called = false;
        if (record->result == ROAM_ERR_PEER_DISABLE_MIGRATION || record->result == ROAM_ERR_NOT_INITIATOR)
            w->terminal = true;
        if (watchdog->options.migrate.done)
            watchdog->options.migrate.done(w->data, peer, record, now_ns);
    }
    release(watchdog);
}

/* Whether a sample of the peer is a strike. */
static bool strikes(const roam_watchdog *watchdog, const core_peer *peer, uint64_t now_ns)
{
    const core_connection *const connection = peer->connection;
    roam_path_stats stats;
    if (roam_peer_path_stats(watchdog->node, peer->id, &stats))
        return false;
    /* Right after a move the SRTT is the initial RTT, until the first sample (RFC 9000 section 9.4). */
    if (stats.latest_rtt_ns > 0 && stats.srtt_ns > watchdog->options.threshold_ns)
        return true;
    return watchdog->options.silence_ns > 0 && connection->unanswered_since_ns != ROAM_NEVER &&
           now_ns - connection->unanswered_since_ns >= watchdog->options.silence_ns;
}

/* Calls for a migration of the peer, to where the options or their user say. */
static void call(roam_watchdog *watchdog, roam_peer_id peer, uint64_t now_ns)
{
    roam_migrate_options options = watchdog->options.migrate;
    if (watchdog->options.resolve)
        watchdog->options.resolve(options.done_data, peer, &options);
    void *const data = options.done_data;
    options.done = on_done;
    options.done_data = watchdog;
    if (watchdog->freed || roam_migrate(watchdog->node, peer, &options, now_ns))
        return;
    watchdog->holds++;
    watched *const w = &watchdog->peers[peer.value - 1];
    w->called = true;
    w->data = data;
    if (watchdog->options.called)
        watchdog->options.called(data, peer, now_ns);
}

static void sample_peer(roam_watchdog *watchdog, const core_peer *peer, uint64_t now_ns)
{
    watched *const w = watched_peer(watchdog, peer->id);
    const bool watches = peer->active || !watchdog->node->channel_hooks;
    if (!w || !watches || w->terminal || w->called || !core_channel_is_up(peer))
        return;
    if (!strikes(watchdog, peer, now_ns)) {
        w->strikes = 0;
        return;
    }
    if (++w->strikes < watchdog->options.strikes)
        return;
    w->strikes = 0;
    call(watchdog, peer->id, now_ns);
}

/* The tick: it only starts migrations, so it never waits for one. */
static void on_timer(void *owner, uint64_t now_ns)
{
    roam_watchdog *const watchdog = owner;
    roam_node *const node = watchdog->node;
    watchdog->holds++; /* callbacks may free it */
    for (size_t i = 0; i < node->peer_count && !watchdog->freed; i++)
        sample_peer(watchdog, node->peers[i], now_ns);
    if (!watchdog->freed) {
        const uint64_t sample_ns = watchdog->options.sample_ns;
        const uint64_t missed = (now_ns - watchdog->next_sample_ns) / sample_ns;
        watchdog->next_sample_ns = core_deadline(watchdog->next_sample_ns + missed * sample_ns, sample_ns);
        core_heap_set(&node->timers, &watchdog->timer, watchdog->next_sample_ns);
    }
    release(watchdog);
}

int roam_watchdog_new(roam_node *node, const roam_watchdog_options *options, uint64_t now_ns,
                      roam_watchdog **out)
{
    if (options->sample_ns == 0 || options->strikes == 0)
        return ROAM_ERR_INVALID_ARGUMENT;
    if (core_node_reserve_timer(node))
        return ROAM_ERR_NO_MEMORY;
    roam_watchdog *const watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog)
        return ROAM_ERR_NO_MEMORY;
    watchdog->node = node;
    watchdog->options = *options;
    const int rv =
        core_subscribers_add(&node->outbox.subscribers, on_event, watchdog, &watchdog->subscription);
    if (rv) {
        free(watchdog);
        return rv;
    }
    watchdog->next = node->watchdogs;
    node->watchdogs = watchdog;
    node->watchdog_count++;
    watchdog->next_sample_ns = core_deadline(now_ns, options->sample_ns);
    watchdog->timer = (core_timer){.owner = watchdog, .fire = on_timer};
    core_heap_set(&node->timers, &watchdog->timer, watchdog->next_sample_ns);
    *out = watchdog;
    return 0;
}

void roam_watchdog_free(roam_watchdog *watchdog)
{
    if (!watchdog)
        return;
    stop(watchdog);
    if (watchdog->holds == 0)
        dispose(watchdog);
}

void core_watchdogs_free(roam_node *node)
{
    while (node->watchdogs) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): dispose takes it out of the list */
        if (!node->watchdogs->freed)
            stop(node->watchdogs);
        dispose(node->watchdogs); /* results of its calls will not come */
    }
}

uint32_t roam_watchdog_strikes(const roam_watchdog *watchdog, roam_peer_id peer)
{
    return peer.value >= 1 && peer.value <= watchdog->peer_count ? watchdog->peers[peer.value - 1].strikes
                                                                 : 0;
}
