/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialling a peer, once or over several addresses, and leaving it. */
#include "core/node/attempts.h"
#include "core/node/connection_end.h"
#include "core/node/connection_open.h"
#include "core/node/peer.h"
#include "core/tls/identity.h"

#include <string.h>

int roam_dial(roam_node *node, const char *name, const roam_addr *remote, const roam_addr *local,
              uint64_t now_ns, roam_peer_id *out)
{
    static const roam_addr any = {0};
    const roam_node_callbacks *const callbacks = &node->options.callbacks;
    const bool to_itself =
        core_name_is_valid(name) && strcmp(name, roam_identity_name(node->options.identity)) == 0;
    if (!core_name_is_valid(name) || to_itself || remote->family == ROAM_FAMILY_NONE ||
        !callbacks->open_adapter)
        return ROAM_ERR_INVALID_ARGUMENT;
    core_peer *const peer = core_peer_named(node, name);
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

int roam_dial_also(roam_node *node, const char *name, const roam_addr *remote, const roam_addr *local,
                   uint64_t now_ns, roam_peer_id *out)
{
    core_peer *const peer = core_map_get(&node->peers_by_name, name, strlen(name));
    core_connection *const first = peer ? peer->connection : NULL;
    if (!first)
        return roam_dial(node, name, remote, local, now_ns, out);
    if (!core_attempts_may_begin(peer))
        return ROAM_ERR_EXISTS;
    peer->connection = NULL; /* so that it can be dialled */
    const int rv = roam_dial(node, name, remote, local, now_ns, out);
    peer->connection = first;
    return rv;
}

int roam_node_unreachable(roam_node *node, const roam_addr *local, const roam_addr *remote)
{
    int ended = 0;
    for (core_connection *c = node->connections; c; c = c->older) {
        if (!core_attempts_is_one(c) || c->datagrams_received > 0 || !roam_addr_equal(&c->remote, remote) ||
            !roam_addr_equal(&c->local, local))
            continue;
        c->unreachable = true;
        core_connection_touch(c);
        ended++;
    }
    return ended;
}

int roam_hang_up(roam_node *node, roam_peer_id id)
{
    core_peer *const peer = core_peer_by_id(node, id);
    if (!peer)
        return ROAM_ERR_UNKNOWN_PEER;
    if (!peer->connection) {
        peer->had_channel = false;
        return ROAM_ERR_NOT_CONNECTED;
    }
    core_connection_leave(peer->connection);
    if (peer->connection->state == CORE_CONNECTION_HANDSHAKE) {
        for (core_connection *c = node->connections; c; c = c->older)
            if (c->peer == peer && c->dialled && c->state == CORE_CONNECTION_HANDSHAKE)
                core_connection_leave(c);
    }
    return 0;
}

void roam_node_leave(roam_node *node)
{
    for (core_connection *c = node->connections; c; c = c->older)
        core_connection_leave(c);
}
