/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/internal.h"

#include "core/node/channel.h"
#include "core/node/connection_open.h"
#include "core/node/connection_step.h"
#include "core/node/foreign.h"
#include "core/node/migrate.h"
#include "core/node/watchdog.h"
#include "core/streams/dist.h"
#include "core/tls/identity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

enum { STEP_ROUNDS_MAX = 64 };

/* What a step could not serve is tried again after this, and not at once: the caller's loop must not spin. */
#define OVERDUE_NS UINT64_C(1000000)

void roam_node_options_default(roam_node_options *options)
{
    *options = (roam_node_options){.trust = ROAM_TRUST_TOFU,
                                   .data_streams = 4,
                                   .max_message_bytes = 1 << 20,
                                   .max_queued_bytes = 4 << 20,
                                   .active_connection_id_limit = 8,
                                   .max_user_streams = 100,
                                   .max_peers = 4096,
                                   .max_half_open = 256,
                                   .keep_alive_ns = 15 * SECOND_NS,
                                   .dead_after_ns = 60 * SECOND_NS,
                                   .idle_timeout_ns = 300 * SECOND_NS,
                                   .handshake_timeout_ns = 10 * SECOND_NS,
                                   .initial_rtt_ns = 333 * (SECOND_NS / 1000),
                                   .initial_stream_window = 1 << 20,
                                   .initial_connection_window = 2 << 20,
                                   .max_window = 16 << 20};
    roam_quic_options_default(&options->quic);
}

static bool options_are_valid(const roam_node_options *options)
{
    return options->identity && options->callbacks.random && options->data_streams >= 1 &&
           options->data_streams <= CORE_DIST_STREAMS_MAX && options->max_message_bytes >= 1 &&
           options->active_connection_id_limit >= 2 &&
           options->active_connection_id_limit <= CORE_CONNECTION_IDS_MAX && options->max_peers >= 1 &&
           options->initial_rtt_ns >= 1 && options->trust <= ROAM_TRUST_ANY &&
           options->protocol <= ROAM_PROTOCOL_RAW &&
           (!options->alpn || (strlen(options->alpn) >= 1 && strlen(options->alpn) <= 255));
}

/* TLS and the secrets of ngtcp2's connections. */
static int open_quic(roam_node *node)
{
    const roam_node_options *const options = &node->options;
    const core_tls_options tls = {.identity = options->identity,
                                  .shared = options->shared,
                                  .random = node->random,
                                  .alpn = options->alpn ? options->alpn : ROAM_ALPN,
                                  .any_peer = options->trust == ROAM_TRUST_ANY,
                                  .keylog = options->callbacks.keylog,
                                  .user_data = options->user_data};
    const core_der key = core_identity_private_key(options->identity);
    options->callbacks.random(options->user_data, node->token_secret, sizeof node->token_secret);
    const int rv = core_tls_context_new(&tls, &node->tls);
    return rv ? rv : core_quic_reset_secret(key.bytes, key.len, node->reset_secret);
}

static int open_library(roam_node *node)
{
    const core_quic_options quic = {.random = &node->random, .node = &node->options};
    return node->library->methods->open(node->library->ctx, node, &quic);
}

int roam_node_new(const roam_node_options *options, roam_node **out)
{
    return core_node_new_on(options, NULL, out);
}

int core_node_new_on(const roam_node_options *options, const core_quic_library *library, roam_node **out)
{
    int rv = options_are_valid(options) ? core_quic_options_check(&options->quic) : ROAM_ERR_INVALID_ARGUMENT;
    if (rv)
        return rv;
    roam_node *const node = calloc(1, sizeof *node);
    if (!node)
        return ROAM_ERR_NO_MEMORY;
    node->options = *options;
    node->library = library;
    node->random = (core_random){.fill = options->callbacks.random, .user_data = options->user_data};
    uint64_t seeds[3];
    options->callbacks.random(options->user_data, (uint8_t *)seeds, sizeof seeds);
    core_map_init(&node->peers_by_name, seeds[0]);
    core_map_init(&node->pins_by_name, seeds[1]);
    core_map_init(&node->connections_by_id, seeds[2]);
    core_heap_init(&node->timers);
    core_outbox_init(&node->outbox);
    rv = library ? open_library(node) : open_quic(node);
    if (rv) {
        roam_node_free(node);
        return rv;
    }
    *out = node;
    return 0;
}

static void free_connections(roam_node *node)
{
    core_tls_scope scope = core_tls_enter(node->tls);
    if (node->channel_hooks)
        node->channel_hooks->free(node->channel_hooks->ctx);
    node->channel_hooks = NULL;
    core_watchdogs_free(node);
    while (node->connections)
        core_connection_free(node->connections);
    core_tls_leave(scope);
}

int roam_node_free(roam_node *node)
{
    if (!node)
        return 0;
    if (node->busy)
        return ROAM_ERR_IN_CALLBACK;
    free_connections(node);
    if (node->library)
        node->library->methods->close(node->library->ctx);
    for (size_t i = 0; i < node->listener_count; i++)
        roam_adapter_free(node->listeners[i]);
    free(node->listeners);
    for (size_t i = 0; i < node->peer_count; i++) {
        roam_adapter_free(node->peers[i]->staged);
        free(node->peers[i]);
    }
    free(node->peers);
    while (node->pins) {
        core_pin *const next = node->pins->next;
        free(node->pins);
        node->pins = next;
    }
    core_rounds_free(node);
    core_map_fini(&node->peers_by_name);
    core_map_fini(&node->pins_by_name);
    core_map_fini(&node->connections_by_id);
    core_heap_fini(&node->timers);
    core_outbox_fini(&node->outbox);
    core_tls_context_free(node->tls);
    free(node);
    return 0;
}

int roam_node_add_adapter(roam_node *node, roam_adapter *adapter)
{
    roam_adapter **const listeners =
        realloc(node->listeners, (node->listener_count + 1) * sizeof *node->listeners);
    if (!listeners)
        return ROAM_ERR_NO_MEMORY;
    node->listeners = listeners;
    node->listeners[node->listener_count++] = adapter;
    adapter->listens = true;
    return 0;
}

roam_adapter *core_node_listener(const roam_node *node, const roam_addr *local)
{
    for (size_t i = 0; i < node->listener_count; i++)
        if (roam_addr_equal(&node->listeners[i]->local, local))
            return node->listeners[i];
    return NULL;
}

int roam_subscribe(roam_node *node, roam_event_callback *callback, void *subscriber_data,
                   roam_subscription *out)
{
    return core_subscribers_add(&node->outbox.subscribers, callback, subscriber_data, out);
}

void roam_unsubscribe(roam_node *node, roam_subscription subscription)
{
    core_subscribers_remove(&node->outbox.subscribers, subscription);
}

/* ---- In ---- */

/* The connection ID is unknown: the other end may keep a connection whose state is lost here. */
static void answer_unknown(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           const core_quic_header *header, uint64_t now_ns)
{
    uint8_t packet[64];
    if (header->long_header || !node->options.accept || node->options.quic.no_stateless_reset)
        return;
    const size_t len = core_quic_stateless_reset(&header->destination, node->reset_secret, &node->random,
                                                 datagram->len, packet);
    roam_datagram answer = {.remote = datagram->remote, .data = packet, .len = len, .segment_len = len};
    if (len > 0 && core_adapter_send(adapter, &answer, now_ns))
        return; /* lost as any datagram may be */
}

/* A client's first datagram. NULL: it was not one, or the client has to come back with a token. */
static core_connection *accept_connection(roam_node *node, roam_adapter *adapter,
                                          const roam_datagram *datagram, const core_quic_header *header,
                                          uint64_t now_ns)
{
    core_connection *connection = NULL;
    if (!node->options.accept || !adapter->listens || !header->long_header ||
        node->connection_count >= 2 * (size_t)node->options.max_peers ||
        !core_quic_may_begin(datagram->data, datagram->len))
        return NULL;
    const int rv = core_connection_accept(node, adapter, datagram, now_ns, &connection);
    if (rv == ROAM_ERR_WOULD_BLOCK)
        core_connection_retry(node, adapter, datagram, now_ns);
    return rv ? NULL : connection;
}

static void receive_native(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns)
{
    core_quic_header header;
    if (!core_quic_header_read(datagram->data, datagram->len, CORE_CONNECTION_ID_LEN, &header))
        return;
    core_connection *connection =
        core_map_get(&node->connections_by_id, header.destination.bytes, header.destination.len);
    if (!connection && adapter->connection) {
        core_connection_receive_unknown(adapter->connection, adapter, datagram, now_ns);
        return;
    }
    if (!connection)
        connection = accept_connection(node, adapter, datagram, &header, now_ns);
    if (connection)
        core_connection_receive(connection, adapter, datagram, &header.destination, now_ns);
    else
        answer_unknown(node, adapter, datagram, &header, now_ns);
}

int roam_node_receive(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    if (node->busy)
        return ROAM_ERR_IN_CALLBACK;
    node->busy = true;
    node->now_ns = now_ns;
    core_tls_scope scope = core_tls_enter(node->tls);
    if (node->library)
        core_foreign_receive(node, adapter, datagram, now_ns);
    else
        receive_native(node, adapter, datagram, now_ns);
    core_tls_leave(scope);
    node->busy = false;
    return 0;
}

/* ---- Time ---- */

static void flush_dirty(roam_node *node, uint64_t now_ns)
{
    core_connection *const last = node->dirty_last;
    for (bool more = node->dirty_first; more;) {
        core_connection *const connection = node->dirty_first;
        assert(connection);
        more = connection != last;
        node->dirty_first = connection->next_dirty;
        if (!node->dirty_first)
            node->dirty_last = NULL;
        connection->dirty = false;
        if (!core_connection_flush(connection, now_ns))
            core_connection_free(connection);
    }
}

static core_timer *first_due(const roam_node *node, uint64_t now_ns)
{
    core_timer *const timer = core_heap_first(&node->timers);
    return timer && timer->deadline_ns <= now_ns ? timer : NULL;
}

/* Each timer once, as far as that can be: one that sets itself again at once waits for its next turn. */
static void fire_due(roam_node *node, uint64_t now_ns)
{
    size_t left = node->timers.count;
    for (core_timer *timer; left > 0 && (timer = first_due(node, now_ns)) != NULL; left--) {
        core_heap_set(&node->timers, timer, ROAM_NEVER);
        timer->fire(timer->owner, now_ns);
    }
}

static bool is_busy(const roam_node *node, uint64_t now_ns)
{
    return node->dirty_first || core_outbox_has_results(&node->outbox) || first_due(node, now_ns);
}

static void put_off_overdue(roam_node *node, uint64_t now_ns)
{
    for (core_timer *timer = first_due(node, now_ns); timer; timer = first_due(node, now_ns)) {
        core_heap_set(&node->timers, timer, now_ns + OVERDUE_NS);
        node->overdue++;
    }
}

int roam_node_step(roam_node *node, uint64_t now_ns)
{
    if (node->busy)
        return ROAM_ERR_IN_CALLBACK;
    node->busy = true;
    node->now_ns = now_ns;
    core_tls_scope scope = core_tls_enter(node->tls);
    /* Callbacks may ask for more; what does not end is left for the next step. */
    for (int round = 0; round < STEP_ROUNDS_MAX && is_busy(node, now_ns); round++) {
        fire_due(node, now_ns);
        flush_dirty(node, now_ns);
        core_outbox_tell_results(&node->outbox, now_ns);
    }
    put_off_overdue(node, now_ns);
    core_tls_leave(scope);
    node->busy = false;
    return 0;
}

uint64_t roam_node_deadline(const roam_node *node)
{
    if (node->dirty_first || core_outbox_has_results(&node->outbox))
        return 0;
    const core_timer *const first = core_heap_first(&node->timers);
    return first ? first->deadline_ns : ROAM_NEVER;
}

uint64_t roam_node_overdue(const roam_node *node)
{
    return node->overdue;
}
