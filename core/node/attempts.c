/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/attempts.h"

bool core_attempts_is_one(const core_connection *connection)
{
    return connection->dialled && connection->state == CORE_CONNECTION_HANDSHAKE;
}

bool core_attempts_may_begin(const core_peer *peer)
{
    const core_connection *const connection = peer->connection;
    return !connection || (core_attempts_is_one(connection) && connection->up_due_ns == ROAM_NEVER);
}

core_connection *core_attempts_other(const core_connection *connection)
{
    for (core_connection *c = connection->node->connections; c; c = c->older)
        if (c != connection && c->peer == connection->peer && core_attempts_is_one(c))
            return c;
    return NULL;
}
