/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers of a node: who they are, whom to trust, and what an application does with them. */
#include "core/node/connection.h"
#include "core/node/migrate.h"
#include "core/node/node.h"
#include "core/tls/identity.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

/* ---- Names and keys ---- */

core_peer *core_node_peer_by_id(const roam_node *node, roam_peer_id id)
{
    return id.value >= 1 && id.value <= node->peer_count ? node->peers[id.value - 1] : NULL;
}

core_peer *core_node_peer(roam_node *node, const char *name)
{
    size_t len = strlen(name);
    core_peer *peer = core_map_get(&node->peers_by_name, name, len);
    if (peer || node->peer_count >= node->options.max_peers)
        return peer;
    if (node->peer_count == node->peer_capacity) {
        size_t capacity = node->peer_capacity ? node->peer_capacity * 2 : 4;
        core_peer **peers = realloc(node->peers, capacity * sizeof *peers);
        if (!peers)
            return NULL;
        node->peers = peers;
        node->peer_capacity = capacity;
    }
    peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    memcpy(peer->name, name, len + 1);
    peer->id = (roam_peer_id){(uint32_t)node->peer_count + 1};
    if (core_map_add(&node->peers_by_name, peer->name, len, peer)) {
        free(peer);
        return NULL;
    }
    node->peers[node->peer_count++] = peer;
    return peer;
}

int roam_node_pin(roam_node *node, const char *name, const uint8_t key[ROAM_KEY_BYTES])
{
    if (!core_name_is_valid(name))
        return ROAM_ERR_INVALID_ARGUMENT;
    core_pin *pin = core_map_get(&node->pins_by_name, name, strlen(name));
    if (!pin) {
        pin = calloc(1, sizeof *pin);
        if (!pin)
            return ROAM_ERR_NO_MEMORY;
        memcpy(pin->name, name, strlen(name) + 1);
        if (core_map_add(&node->pins_by_name, pin->name, strlen(name), pin)) {
            free(pin);
            return ROAM_ERR_NO_MEMORY;
        }
        pin->next = node->pins;
        node->pins = pin;
    }
    memcpy(pin->key, key, ROAM_KEY_BYTES);
    return 0;
}

uint64_t core_node_trust(roam_node *node, core_peer *peer, const uint8_t key[ROAM_KEY_BYTES])
{
    const core_pin *pin = core_map_get(&node->pins_by_name, peer->name, strlen(peer->name));
    if (pin)
        return memcmp(pin->key, key, ROAM_KEY_BYTES) == 0 ? 0 : ROAM_CLOSE_KEY_MISMATCH + UINT64_C(1);
    if (node->options.trust == ROAM_TRUST_STRICT)
        return ROAM_CLOSE_KEY_UNKNOWN + UINT64_C(1);
    if (roam_node_pin(node, peer->name, key))
        return ROAM_CLOSE_FAILED + UINT64_C(1);
    core_outbox_emit(&node->outbox,
                     &(roam_event){.kind = ROAM_EVENT_KEY_PINNED, .peer = peer->id, .key = key},
                     node->now_ns);
    return 0;
}

roam_peer_id roam_peer_find(const roam_node *node, const char *name)
{
    const core_peer *peer = core_map_get(&node->peers_by_name, name, strlen(name));
    return peer ? peer->id : (roam_peer_id){0};
}

const char *roam_peer_name(const roam_node *node, roam_peer_id id)
{
    const core_peer *peer = core_node_peer_by_id(node, id);
    return peer ? peer->name : NULL;
}

static bool is_up(const core_peer *peer)
{
    return peer && peer->connection && peer->connection->state == CORE_CONNECTION_UP;
}

bool roam_peer_is_up(const roam_node *node, roam_peer_id id)
{
    return is_up(core_node_peer_by_id(node, id));
}

/* ---- Connections ---- */

int roam_dial(roam_node *node, const char *name, const roam_addr *remote, const roam_addr *local,
              uint64_t now_ns, roam_peer_id *out)
{
    static const roam_addr any = {0};
    const roam_node_callbacks *callbacks = &node->options.callbacks;
    bool to_itself =
        core_name_is_valid(name) && strcmp(name, roam_identity_name(node->options.identity)) == 0;
    if (!core_name_is_valid(name) || to_itself || remote->family == ROAM_FAMILY_NONE ||
        !callbacks->open_adapter)
        return ROAM_ERR_INVALID_ARGUMENT;
    core_peer *peer = core_node_peer(node, name);
    if (!peer)
        return ROAM_ERR_NO_MEMORY;
    if (peer->connection)
        return ROAM_ERR_EXISTS;
    roam_adapter *adapter;
    int rv = callbacks->open_adapter(node->options.user_data, local ? local : &any, remote, &adapter);
    if (rv)
        return rv;
    core_tls_scope scope = core_tls_enter(node->tls);
    rv = core_connection_dial(node, peer, adapter, remote, now_ns);
    core_tls_leave(scope);
    if (rv) {
        roam_adapter_free(adapter);
        return rv;
    }
    *out = peer->id;
    return 0;
}

int roam_hang_up(roam_node *node, roam_peer_id id)
{
    core_peer *peer = core_node_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    if (!peer->connection) {
        peer->had_channel = false;
        return ROAM_ERR_NOT_CONNECTED;
    }
    core_connection_leave(peer->connection);
    if (peer->connection->state == CORE_CONNECTION_HANDSHAKE) {
        for (core_connection *c = node->connections; c; c = c->older) {
            if (c->peer == peer && c->dialled && c->state == CORE_CONNECTION_HANDSHAKE)
                core_connection_leave(c);
        }
    }
    return 0;
}

void roam_node_leave(roam_node *node)
{
    for (core_connection *c = node->connections; c; c = c->older)
        core_connection_leave(c);
}

int roam_send(roam_node *node, roam_peer_id id, uint64_t key, const void *data, size_t len)
{
    core_peer *peer = core_node_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    if (!is_up(peer) || node->options.protocol == ROAM_PROTOCOL_RAW)
        return ROAM_ERR_NOT_CONNECTED;
    int rv = core_dist_send(&peer->connection->dist, key, (core_span){data, len});
    if (rv == 0)
        core_connection_touch(peer->connection);
    return rv;
}

/* Of a peer that is up. */
static int connection_of(const roam_node *node, roam_peer_id id, core_connection **out)
{
    const core_peer *peer = core_node_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    if (!is_up(peer))
        return ROAM_ERR_NOT_CONNECTED;
    *out = peer->connection;
    return 0;
}

int roam_peer_path_stats(const roam_node *node, roam_peer_id id, roam_path_stats *out)
{
    core_connection *connection;
    int rv = connection_of(node, id, &connection);
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
    int rv = connection_of(node, id, &connection);
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
    core_peer *peer = core_node_peer_by_id(node, id);
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
    int rv = core_migrate_call(node, core_node_peer_by_id(node, id), id, options, now_ns);
    core_tls_leave(scope);
    return rv;
}
