/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/channel.h"

#include "core/node/connection.h"

/* ---- From the node ---- */

void core_channel_up(roam_node *node, core_peer *peer, uint64_t now_ns)
{
    const core_channel_hooks *const hooks = node->channel_hooks;
    const roam_event up = {.kind = hooks ? ROAM_EVENT_CHANNEL_UP : ROAM_EVENT_PEER_UP, .peer = peer->id};
    core_outbox_emit(&node->outbox, &up, now_ns);
    if (hooks)
        hooks->up(hooks->ctx, peer, now_ns);
}

void core_channel_down(roam_node *node, core_peer *peer, const roam_event *event, uint64_t now_ns)
{
    const core_channel_hooks *const hooks = node->channel_hooks;
    roam_event down = *event;
    down.kind = hooks ? ROAM_EVENT_CHANNEL_DOWN : ROAM_EVENT_PEER_DOWN;
    core_outbox_emit(&node->outbox, &down, now_ns);
    if (hooks)
        hooks->down(hooks->ctx, peer, &down, now_ns);
}

core_reject core_channel_frame(void *owner, core_span body)
{
    const core_connection *const connection = owner;
    const core_channel_hooks *const hooks = connection->node->channel_hooks;
    if (!hooks || connection->state != CORE_CONNECTION_UP || connection->peer->connection != connection)
        return core_reject_none();
    return hooks->message(hooks->ctx, connection->peer, body, connection->node->now_ns);
}

/* ---- For the membership ---- */

bool core_channel_exists(const core_peer *peer)
{
    return peer->connection != NULL;
}

bool core_channel_is_up(const core_peer *peer)
{
    return peer->connection && peer->connection->state == CORE_CONNECTION_UP;
}

bool core_channel_is_dialled(const core_peer *peer)
{
    return peer->connection && peer->connection->dialled;
}

const uint8_t *core_channel_key(const core_peer *peer)
{
    const core_certificate *const shown =
        core_channel_is_up(peer) ? core_quic_peer(peer->connection->quic) : NULL;
    return shown ? shown->public_key : NULL;
}

bool core_channel_is_in_use(const core_peer *peer)
{
    return core_channel_is_up(peer) &&
           (peer->connection->user_streams.by_id.count > 0 || peer->connection->dist.queued > 0);
}

int core_channel_send(core_peer *peer, core_span body)
{
    if (!core_channel_is_up(peer))
        return ROAM_ERR_NOT_CONNECTED;
    const int rv = core_dist_send_membership(&peer->connection->dist, body);
    if (rv == 0)
        core_connection_touch(peer->connection);
    return rv;
}
