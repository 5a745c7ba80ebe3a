/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/connection_end.h"

#include "core/node/attempts.h"
#include "core/node/channel.h"
#include "core/node/migrate.h"
#include "core/node/preferred.h"
#include "core/tls/identity.h"

#include <assert.h>
#include <string.h>

/* Transport error codes (RFC 9000 section 20.1). */
enum {
    NO_ERROR = 0x00,
    INTERNAL_ERROR = 0x01,
    APPLICATION_ERROR = 0x0c,
    AEAD_LIMIT_REACHED = 0x0f,
    NO_VIABLE_PATH = 0x10
};

/* What a code of CONNECTION_CLOSE says besides that one end refused the other. */
typedef struct close_reason {
    bool application;
    uint64_t code;
    roam_down_reason reason;
} close_reason;

static const close_reason close_reasons[] = {
    {true, ROAM_CLOSE_LEFT, ROAM_DOWN_LEFT},           {true, ROAM_CLOSE_TICK, ROAM_DOWN_TICK},
    {true, ROAM_CLOSE_HANDSHAKE, ROAM_DOWN_HANDSHAKE}, {true, ROAM_CLOSE_DUPLICATE, ROAM_DOWN_REPLACED},
    {true, ROAM_CLOSE_FAILED, ROAM_DOWN_ERROR},        {false, NO_ERROR, ROAM_DOWN_LEFT},
    {false, INTERNAL_ERROR, ROAM_DOWN_ERROR},          {false, APPLICATION_ERROR, ROAM_DOWN_HANDSHAKE},
    {false, AEAD_LIMIT_REACHED, ROAM_DOWN_ERROR},      {false, NO_VIABLE_PATH, ROAM_DOWN_ERROR},
};

static roam_down_reason closed_for(const core_connection *connection, const core_quic_end *end)
{
    const bool there = end->kind == CORE_QUIC_CLOSED_THERE;
    const bool foreign = there && connection->node->options.protocol == ROAM_PROTOCOL_RAW;
    if (!there && !end->application && end->code == NO_ERROR)
        return ROAM_DOWN_REJECTED; /* the two ends have no version of QUIC in common */
    if (foreign && end->application && end->code != ROAM_CLOSE_LEFT)
        return ROAM_DOWN_REJECTED;
    if (connection->owes_down)
        return ROAM_DOWN_REJECTED; /* as a duplicate of a connection that never came up */
    for (size_t i = 0; i < sizeof close_reasons / sizeof close_reasons[0]; i++)
        if (close_reasons[i].application == end->application && close_reasons[i].code == end->code)
            return close_reasons[i].reason;
    return ROAM_DOWN_REJECTED;
}

static roam_down_reason down_reason(const core_connection *connection)
{
    core_quic_end end = core_quic_ended(connection->quic);
    if (connection->unreachable)
        return ROAM_DOWN_UNREACHABLE;
    switch (end.kind) {
    case CORE_QUIC_IDLE:
        return ROAM_DOWN_IDLE;
    case CORE_QUIC_HANDSHAKE_TIMEOUT:
        return ROAM_DOWN_HANDSHAKE;
    case CORE_QUIC_RESET:
        return ROAM_DOWN_RESET;
    case CORE_QUIC_CLOSED_HERE:
    case CORE_QUIC_CLOSED_THERE:
        return closed_for(connection, &end);
    case CORE_QUIC_OPEN:
    case CORE_QUIC_DROPPED:
        break;
    }
    return ROAM_DOWN_ERROR;
}

void core_connection_tell_down(const core_connection *connection, uint64_t now_ns)
{
    core_quic_end end = core_quic_ended(connection->quic);
    roam_event down = {.peer = connection->peer->id};
    down.down.reason = down_reason(connection);
    down.down.code = end.code;
    down.down.application = end.application;
    core_channel_down(connection->node, connection->peer, &down, now_ns);
}

void core_connection_wind_up(core_connection *connection, uint64_t now_ns)
{
    core_quic_end end = core_quic_ended(connection->quic);
    core_peer *const peer = connection->peer;
    const bool told_up = connection->state == CORE_CONNECTION_UP;
    const bool in_use = peer && peer->connection == connection;
    assert(peer || !told_up);
    core_migrate_connection_lost(connection, now_ns);
    core_preferred_connection_lost(connection, now_ns);
    core_connection_settle(connection);
    connection->state = CORE_CONNECTION_CLOSING;
    connection->forget_ns = now_ns;
    if (end.kind == CORE_QUIC_CLOSED_HERE || end.kind == CORE_QUIC_CLOSED_THERE) {
        roam_path_stats stats = {0};
        core_quic_path_stats(connection->quic, &stats);
        connection->forget_ns = now_ns + 3 * stats.pto_ns; /* RFC 9000 section 10.2 */
    }
    if (in_use)
        peer->connection = told_up || connection->leaving ? NULL : core_attempts_other(connection);
    if (in_use && connection->leaving)
        peer->had_channel = false;
    if (in_use && peer->connection)
        return; /* one of several attempts */
    if (!told_up && !in_use)
        return; /* accepted and never announced to the application, or replaced before it was up */
    const bool closed_there = end.kind == CORE_QUIC_CLOSED_THERE;
    if (!told_up && closed_there && down_reason(connection) == ROAM_DOWN_REPLACED) {
        /* The other end keeps the connection that it dialled: PEER_UP follows, or else the PEER_DOWN that is
         * due. */
        connection->owes_down = true;
        connection->ups_before = peer->ups;
        connection->forget_ns = now_ns + connection->node->options.handshake_timeout_ns;
        return;
    }
    if (closed_there && down_reason(connection) == ROAM_DOWN_LEFT)
        core_outbox_emit(&connection->node->outbox, &(roam_event){.kind = ROAM_EVENT_LEFT, .peer = peer->id},
                         now_ns);
    core_connection_tell_down(connection, now_ns);
}

void core_connection_close(core_connection *connection, roam_close_code code, uint64_t now_ns)
{
    core_quic_close(connection->quic, true, code, now_ns);
    core_connection_touch(connection);
}

void core_connection_leave(core_connection *connection)
{
    connection->leaving = true;
    core_connection_touch(connection);
}

/* ---- Which one stays ---- */

/* Two connections between the same two nodes. When each end dialled one, the one that the smaller key (or,
 * where the other end has shown none, the smaller name) dialled stays; when one end dialled twice, it has
 * lost the first. A dial whose handshake is not complete yields in any case: it may be towards an address
 * where nobody is, and the other end cannot have come up on it. */
static bool loses_to(const core_connection *connection, const core_connection *other)
{
    if (core_attempts_is_one(other) && other->up_due_ns == ROAM_NEVER)
        return false;
    const roam_identity *const own = connection->node->options.identity;
    const core_certificate *const theirs = core_quic_peer(connection->quic);
    const int order = theirs ? memcmp(roam_identity_public_key(own), theirs->public_key, ROAM_KEY_BYTES)
                             : strcmp(roam_identity_name(own), connection->peer->name);
    return other->dialled != connection->dialled && connection->dialled != (order < 0);
}

core_reject core_connection_up(core_connection *connection)
{
    roam_node *const node = connection->node;
    core_peer *const peer = connection->peer;
    core_connection *const other = peer->connection;
    if (other && other != connection) {
        if (loses_to(connection, other))
            return core_reject_with(ROAM_CLOSE_DUPLICATE);
        core_connection_close(other, ROAM_CLOSE_DUPLICATE, node->now_ns);
        peer->connection = connection; /* first: callbacks may dial */
        core_connection_wind_up(other, node->now_ns);
    }
    peer->connection = connection;
    peer->had_channel = true;
    peer->ups++;
    connection->state = CORE_CONNECTION_UP;
    connection->streams_owner.peer = peer->id;
    connection->streams_owner.up = true;
    core_channel_up(node, peer, node->now_ns);
    return core_reject_none();
}

void core_connection_end_other_attempts(core_connection *connection)
{
    core_peer *const peer = connection->peer;
    const uint64_t now_ns = connection->node->now_ns;
    if (!connection->dialled || (peer->connection && !core_attempts_is_one(peer->connection)))
        return;
    peer->connection = connection;
    for (core_connection *c = core_attempts_other(connection); c; c = core_attempts_other(connection)) {
        core_connection_close(c, ROAM_CLOSE_LEFT, now_ns);
        core_connection_wind_up(c, now_ns); /* silent: another connection is the peer's */
    }
}
