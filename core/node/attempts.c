/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/attempts.h"

#include <string.h>

static bool is_attempt(const core_connection *connection)
{
    return connection->dialled && connection->state == CORE_CONNECTION_HANDSHAKE;
}

bool core_attempts_may_begin(const core_peer *peer)
{
    const core_connection *connection = peer->connection;
    return !connection || (is_attempt(connection) && connection->up_due_ns == ROAM_NEVER);
}

core_connection *core_attempts_other(const core_connection *connection)
{
    for (core_connection *c = connection->node->connections; c; c = c->older) {
        if (c != connection && c->peer == connection->peer && is_attempt(c))
            return c;
    }
    return NULL;
}

static void end_others(const core_connection *connection)
{
    const uint64_t now_ns = connection->node->now_ns;
    for (core_connection *c = core_attempts_other(connection); c; c = core_attempts_other(connection)) {
        core_connection_close(c, ROAM_CLOSE_LEFT, now_ns);
        core_connection_wind_up(c, now_ns); /* silent: another connection is the peer's */
    }
}

void core_attempts_won(core_connection *connection)
{
    core_peer *peer = connection->peer;
    if (!connection->dialled || (peer->connection && !is_attempt(peer->connection)))
        return;
    peer->connection = connection;
    end_others(connection);
}

int roam_dial_also(roam_node *node, const char *name, const roam_addr *remote, const roam_addr *local,
                   uint64_t now_ns, roam_peer_id *out)
{
    core_peer *peer = core_map_get(&node->peers_by_name, name, strlen(name));
    core_connection *first = peer ? peer->connection : NULL;
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
        if (!is_attempt(c) || c->datagrams_received > 0 || !roam_addr_equal(&c->remote, remote) ||
            !roam_addr_equal(&c->local, local))
            continue;
        c->unreachable = true;
        core_connection_touch(c);
        ended++;
    }
    return ended;
}
