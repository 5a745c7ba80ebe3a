/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an application does with a peer that it has. */
#include "core/node/channel.h"
#include "core/node/connection.h"
#include "core/node/migrate.h"
#include "core/node/peer.h"

#define SECOND_NS UINT64_C(1000000000)

bool roam_peer_is_up(const roam_node *node, roam_peer_id id)
{
    const core_peer *const peer = core_peer_by_id(node, id);
    return peer && core_channel_is_up(peer);
}

/* ---- Connections ---- */

int roam_send(roam_node *node, roam_peer_id id, uint64_t key, const void *data, size_t len)
{
    core_peer *const peer = core_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    if (!core_channel_is_up(peer) || node->options.protocol == ROAM_PROTOCOL_RAW)
        return ROAM_ERR_NOT_CONNECTED;
    const int rv = core_dist_send(&peer->connection->dist, key, (core_span){data, len});
    if (rv == 0)
        core_connection_touch(peer->connection);
    return rv;
}

/* Of a peer that is up. */
static int connection_of(const roam_node *node, roam_peer_id id, core_connection **out)
{
    const core_peer *const peer = core_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    if (!core_channel_is_up(peer))
        return ROAM_ERR_NOT_CONNECTED;
    *out = peer->connection;
    return 0;
}

int roam_peer_path_stats(const roam_node *node, roam_peer_id id, roam_path_stats *out)
{
    core_connection *connection;
    const int rv = connection_of(node, id, &connection);
    if (rv)
        return rv;
    *out = (roam_path_stats){.datagrams_sent = connection->datagrams_sent,
                             .datagrams_failed = connection->datagrams_failed,
                             .datagrams_received = connection->datagrams_received,
                             .datagrams_damped = connection->datagrams_damped};
    core_quic_path_stats(connection->quic, out);
    return 0;
}

int roam_peer_probe(roam_node *node, roam_peer_id id, uint64_t now_ns)
{
    core_connection *connection;
    const int rv = connection_of(node, id, &connection);
    if (rv)
        return rv;
    core_quic_revive(connection->quic, now_ns);
    core_connection_touch(connection);
    return 0;
}

/* ---- User streams ---- */

static int open_stream(const roam_node *node, roam_peer_id id, const core_user_stream_options *options,
                       roam_stream_id *out)
{
    if (options->tag.len > ROAM_TAG_MAX || options->priority > ROAM_PRIORITY_LAST)
        return ROAM_ERR_INVALID_ARGUMENT;
    core_connection *connection;
    int rv = connection_of(node, id, &connection);
    if (rv)
        return rv;
    rv = core_user_stream_open(&connection->user_streams, options, out);
    core_connection_touch(connection);
    return rv;
}

int roam_stream_open(roam_node *node, roam_peer_id id, const void *tag, size_t tag_len, uint8_t priority,
                     roam_stream_id *out)
{
    core_user_stream_options options = {.tag = {tag, tag_len}, .priority = priority};
    return open_stream(node, id, &options, out);
}

int roam_stream_open_unidirectional(roam_node *node, roam_peer_id id, uint8_t priority, roam_stream_id *out)
{
    core_user_stream_options options = {.priority = priority, .unidirectional = true};
    return open_stream(node, id, &options, out);
}

int roam_stream_send(roam_node *node, roam_peer_id id, roam_stream_id stream, const void *data, size_t len,
                     bool fin)
{
    core_connection *connection;
    int rv = connection_of(node, id, &connection);
    if (rv)
        return rv;
    rv = core_user_stream_send(&connection->user_streams, stream, (core_span){data, len}, fin);
    core_connection_touch(connection);
    return rv;
}

int roam_stream_reset(roam_node *node, roam_peer_id id, roam_stream_id stream)
{
    core_connection *connection;
    int rv = connection_of(node, id, &connection);
    if (rv)
        return rv;
    rv = core_user_stream_reset(&connection->user_streams, stream);
    core_connection_touch(connection);
    return rv;
}

/* ---- Migration ---- */

int roam_stage_adapter(roam_node *node, roam_peer_id id, roam_adapter *adapter)
{
    core_peer *const peer = core_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    roam_adapter_free(peer->staged);
    peer->staged = adapter;
    return 0;
}

void roam_migrate_options_default(roam_migrate_options *options)
{
    *options = (roam_migrate_options){.timeout_ns = 5 * SECOND_NS, .mode = ROAM_VALIDATE_FIRST};
}

int roam_migrate(roam_node *node, roam_peer_id id, const roam_migrate_options *options, uint64_t now_ns)
{
    if (!options->done || (options->mode != ROAM_VALIDATE_FIRST && options->mode != ROAM_FOLLOW_FIRST))
        return ROAM_ERR_INVALID_ARGUMENT;
    core_tls_scope scope = core_tls_enter(node->tls);
    const int rv = core_migrate_call(node, core_peer_by_id(node, id), id, options, now_ns);
    core_tls_leave(scope);
    return rv;
}
