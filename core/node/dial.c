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

#define PMTU_RAISE_NS UINT64_C(600000000000) /* RFC 8899 section 5.1.1, RFC 8201 section 4 */

/* RFC 9000 section 14.2.1: what is quoted was sent by this connection, as its connection ID says. */
static bool quotes(const core_quic *quic, const roam_too_big *report)
{
    const core_connection_id in_use = core_quic_destination(quic);
    core_quic_header header;
    return in_use.len > 0 && core_quic_header_read(report->quoted, report->quoted_len, in_use.len, &header) &&
           core_connection_id_equal(&header.destination, &in_use);
}

int roam_node_too_big(roam_node *node, const roam_too_big *report, uint64_t now_ns)
{
    int taken = 0;
    if (report->payload_max < CORE_UDP_PAYLOAD_LEAST || report->datagram_len <= report->payload_max)
        return 0;
    for (core_connection *c = node->connections; c; c = c->older) {
        roam_addr local, remote;
        core_quic_path(c->quic, &local, &remote);
        if (core_quic_ended(c->quic).kind != CORE_QUIC_OPEN || !roam_addr_equal(&remote, &report->remote) ||
            !roam_addr_equal(&local, &report->local) || !quotes(c->quic, report))
            continue;
        taken += core_quic_too_large(c->quic, report->datagram_len, PMTU_RAISE_NS, now_ns);
    }
    return taken;
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
