/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/connection_open.h"

#include "core/node/channel.h"
#include "core/node/connection_quic.h"
#include "core/node/connection_step.h"
#include "core/node/migrate.h"
#include "core/node/preferred.h"
#include "core/node/rebind.h"

#include <stdlib.h>

/* ---- Creation ---- */

static core_connection *connection_new(roam_node *node, core_peer *peer, roam_adapter *adapter,
                                       uint64_t now_ns)
{
    if (core_node_reserve_timer(node))
        return NULL;
    core_connection *const connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->node = node;
    connection->peer = peer;
    connection->adapter = adapter;
    connection->serial = ++node->connection_serial;
    connection->heard_ns = connection->ticked_ns = now_ns;
    connection->waiting_since_ns = connection->unanswered_since_ns = connection->up_due_ns = ROAM_NEVER;
    connection->timer.owner = connection;
    connection->timer.fire = core_connection_expire;
    connection->streams_owner = (core_streams_owner){.options = &node->options,
                                                     .outbox = &node->outbox,
                                                     .channel_up = core_connection_channel_up,
                                                     .membership = core_channel_frame,
                                                     .ctx = connection};
    core_issued_ids_init(&connection->ids, &node->connections_by_id, connection);
    core_dist_init(&connection->dist, &connection->streams_owner);
    core_user_streams_init(&connection->user_streams, &connection->streams_owner,
                           node->connections_by_id.seed);
    connection->older = node->connections;
    if (node->connections)
        node->connections->newer = connection;
    node->connections = connection;
    node->connection_count++;
    return connection;
}

static core_quic_options quic_options(roam_node *node, const roam_adapter *adapter, const roam_addr *remote)
{
    return (core_quic_options){.handlers = &core_connection_handlers,
                               .tls = node->tls,
                               .random = &node->random,
                               .token_secret = node->token_secret,
                               .used_tokens = &node->used_tokens,
                               .reset_secret = node->reset_secret,
                               .node = &node->options,
                               .local = adapter->local,
                               .remote = *remote};
}

int core_connection_dial(roam_node *node, core_peer *peer, roam_adapter *adapter, const roam_addr *remote,
                         uint64_t now_ns)
{
    core_connection *const connection = connection_new(node, peer, adapter, now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    connection->dialled = true;
    adapter->connection = connection;
    connection->local = adapter->local;
    connection->remote = *remote;
    core_quic_options options = quic_options(node, adapter, remote);
    options.owner = connection;
    options.token = peer->token;
    const core_quic_library *const library = node->library;
    const int rv = library
                       ? library->methods->dial(library->ctx, &options, peer->name, now_ns, &connection->quic)
                       : core_quic_dial(&options, now_ns, &connection->quic);
    if (rv) {
        connection->adapter = NULL; /* stays the caller's */
        core_connection_free(connection);
        return rv;
    }
    connection->streams_owner.quic = connection->quic;
    peer->connection = connection;
    peer->token.len = 0; /* used (RFC 9000 section 8.1.3) */
    core_connection_touch(connection);
    return 0;
}

/* One that the peer began, on its first path; without QUIC so far. NULL: no memory. */
static core_connection *accepted_new(roam_node *node, roam_adapter *adapter, const roam_addr *remote,
                                     uint64_t now_ns)
{
    core_connection *const connection = connection_new(node, NULL, adapter, now_ns);
    if (!connection)
        return NULL;
    connection->local = adapter->local;
    connection->remote = *remote;
    return connection;
}

static void begin_accepted(core_connection *connection)
{
    connection->streams_owner.quic = connection->quic;
    connection->half_open = true;
    connection->node->half_open++;
}

int core_connection_accept(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns, core_connection **out)
{
    core_connection *const connection = accepted_new(node, adapter, &datagram->remote, now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    core_quic_options options = quic_options(node, adapter, &datagram->remote);
    options.owner = connection;
    core_preferred_named(node, &adapter->local, options.preferred);
    options.require_token = node->half_open >= node->options.max_half_open;
    const int rv = core_quic_accept(&options, datagram->data, datagram->len, now_ns, &connection->quic);
    if (rv) {
        core_connection_free(connection);
        return rv;
    }
    begin_accepted(connection);
    *out = connection;
    return 0;
}

int core_connection_adopt(roam_node *node, roam_adapter *adapter, const roam_addr *remote, core_quic *quic)
{
    core_connection *const connection = accepted_new(node, adapter, remote, node->now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    connection->quic = quic;
    quic->handlers = &core_connection_handlers;
    quic->owner = connection;
    begin_accepted(connection);
    core_connection_touch(connection);
    return 0;
}

void core_connection_retry(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns)
{
    uint8_t packet[CORE_UDP_PAYLOAD_MAX];
    core_quic_options options = quic_options(node, adapter, &datagram->remote);
    const size_t len = core_quic_retry(&options, datagram->data, datagram->len, now_ns, packet);
    roam_datagram answer = {.remote = datagram->remote, .data = packet, .len = len, .segment_len = len};
    if (len > 0 && core_adapter_send(adapter, &answer, now_ns))
        return; /* lost as any datagram may be */
}

/* ---- The end ---- */

/* Adapters that are ours alone; a listener belongs to the node. */
static void free_adapters(core_connection *connection)
{
    for (size_t i = 0; i < connection->retiring_count; i++)
        roam_adapter_free(connection->retiring[i].adapter);
    connection->retiring_count = 0;
    if (connection->dialled)
        roam_adapter_free(connection->adapter);
    connection->adapter = NULL;
}

void core_connection_free(core_connection *connection)
{
    roam_node *const node = connection->node;
    core_connection_untouch(connection);
    core_connection_settle(connection);
    core_migrate_free(connection);
    core_preferred_free(connection);
    core_rebind_free(connection);
    core_user_streams_fini(&connection->user_streams);
    if (connection->quic) {
        core_dist_fini(&connection->dist);
        core_quic_free(connection->quic);
    }
    core_issued_ids_fini(&connection->ids);
    free_adapters(connection);
    core_heap_set(&node->timers, &connection->timer, ROAM_NEVER);
    if (connection->peer && connection->peer->connection == connection)
        connection->peer->connection = NULL;
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        node->connections = connection->older;
    if (connection->older)
        connection->older->newer = connection->newer;
    node->connection_count--;
    free(connection);
}
