/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/connection_quic.h"

#include "core/node/connection_end.h"
#include "core/node/migrate.h"
#include "core/node/peer.h"
#include "core/node/preferred.h"
#include "core/node/rebind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The peer by whose certificate the other end is known. NULL: no memory, or no room for it. */
static core_peer *peer_of(core_connection *connection, const core_certificate *certificate)
{
    char name[ROAM_NAME_MAX + 1];
    if (connection->peer)
        return connection->peer;
    if (certificate)
        return core_peer_named(connection->node, certificate->name);
    snprintf(name, sizeof name, "anonymous-%u", connection->serial);
    return core_peer_named(connection->node, name);
}

static core_reject judge(core_connection *connection, const core_certificate *certificate)
{
    const bool anybody = connection->node->options.trust == ROAM_TRUST_ANY;
    if (!anybody && !certificate)
        return core_reject_with(ROAM_CLOSE_NAME);
    connection->peer = peer_of(connection, certificate);
    if (!connection->peer)
        return core_reject_with(ROAM_CLOSE_FAILED);
    if (anybody)
        return core_reject_none();
    if (strcmp(connection->peer->name, certificate->name) != 0)
        return core_reject_with(ROAM_CLOSE_NAME);
    return core_peer_trust(connection->node, connection->peer, certificate->public_key);
}

static bool is_raw(const core_connection *connection)
{
    return connection->node->options.protocol == ROAM_PROTOCOL_RAW;
}

static void on_handshake_completed(void *owner)
{
    core_connection *const connection = owner;
    const core_certificate *const certificate = core_quic_peer(connection->quic);
    core_connection_settle(connection); /* the handshake has proved the address */
    core_connection_heard(connection);
    core_connection_must_come_up(connection);
    connection->reject = judge(connection, certificate);
    if (!connection->reject.is_set)
        core_connection_end_other_attempts(connection);
    if (!connection->reject.is_set && connection->dialled && !is_raw(connection) &&
        core_dist_begin(&connection->dist))
        connection->reject = core_reject_with(ROAM_CLOSE_FAILED);
}

core_reject core_connection_channel_up(void *owner)
{
    core_connection *const connection = owner;
    core_reject reject = core_connection_up(connection);
    return reject.is_set ? reject : core_user_streams_up(&connection->user_streams);
}

static core_reject on_handshake_confirmed(void *owner)
{
    core_connection *const connection = owner;
    if (connection->reject.is_set || !is_raw(connection))
        return connection->reject;
    return core_connection_channel_up(connection);
}

/* Unidirectional streams and the first bidirectional one are the dist channel's. */
static bool is_user_stream(const core_connection *connection, const core_stream *stream)
{
    return is_raw(connection) || (stream->id != 0 && core_stream_is_bidirectional(stream));
}

static core_reject on_stream_opened(void *owner, core_stream *stream)
{
    core_connection *const connection = owner;
    return is_user_stream(connection, stream) ? core_user_stream_opened(&connection->user_streams, stream)
                                              : core_dist_stream_opened(&connection->dist, stream);
}

static core_reject on_stream_data(void *owner, core_stream *stream, const uint8_t *data, size_t len, bool fin)
{
    core_connection *const connection = owner;
    core_connection_heard(connection);
    if (is_user_stream(connection, stream))
        return core_user_stream_data(&connection->user_streams, stream, (core_span){data, len}, fin);
    return core_dist_stream_data(&connection->dist, stream, data, len);
}

static core_reject on_stream_closed(void *owner, core_stream *stream)
{
    core_connection *const connection = owner;
    if (!is_user_stream(connection, stream))
        return core_dist_stream_closed(&connection->dist, stream);
    core_user_stream_closed(&connection->user_streams, stream);
    return core_reject_none();
}

static void on_stream_taken(void *owner, core_stream *stream)
{
    core_connection *const connection = owner;
    if (is_user_stream(connection, stream))
        core_user_stream_acked(&connection->user_streams, stream);
    else
        core_dist_stream_acked(&connection->dist, stream);
}

static void on_stream_acked(void *owner, core_stream *stream)
{
    core_connection_heard(owner);
    on_stream_taken(owner, stream);
}

static roam_adapter *adapter_bound_to(core_connection *connection, const roam_addr *local)
{
    if (connection->adapter && roam_addr_equal(&connection->adapter->local, local))
        return connection->adapter;
    for (size_t i = 0; i < connection->retiring_count; i++)
        if (roam_addr_equal(&connection->retiring[i].adapter->local, local))
            return connection->retiring[i].adapter;
    roam_adapter *const listener = core_connection_listener(connection, local);
    return listener ? listener : core_migrate_adapter(connection, local);
}

static void on_validation(void *owner, const roam_addr *local, const roam_addr *remote,
                          core_validation result)
{
    core_connection *const connection = owner;
    const uint64_t now_ns = connection->node->now_ns;
    if (!connection->dialled)
        core_rebind_validation(connection, remote, result, now_ns);
    else if (!core_preferred_validation(connection, local, remote, result, now_ns))
        core_migrate_validation(connection, local, result, now_ns);
}

static void on_challenge_sent(void *owner, const roam_addr *local, const roam_addr *remote)
{
    core_connection *const connection = owner;
    const uint64_t now_ns = connection->node->now_ns;
    if (!connection->dialled) {
        core_rebind_challenge_sent(connection);
        return;
    }
    core_preferred_challenge_sent(connection, remote, now_ns);
    core_migrate_challenge_sent(connection, local, remote, now_ns);
}

static bool on_preferred_address(void *owner, const roam_addr *remote)
{
    core_connection *const connection = owner;
    return core_preferred_begin(connection, remote, connection->node->now_ns);
}

static void on_heard(void *owner)
{
    core_connection_heard(owner);
}

/* The newest is kept (RFC 9000 section 8.1.3). No other server than the one that gave it is to get it, so
 * that the name of the peer must be proved. */
static void on_token_received(void *owner, const core_token *token)
{
    core_connection *const connection = owner;
    const bool proved = !connection->reject.is_set && connection->node->options.trust != ROAM_TRUST_ANY;
    if (proved)
        connection->peer->token = *token;
}

static bool on_id_added(void *owner, const core_connection_id *id)
{
    core_connection *const connection = owner;
    return core_issued_ids_add(&connection->ids, id);
}

static void on_id_removed(void *owner, const core_connection_id *id)
{
    core_connection *const connection = owner;
    core_issued_ids_retire(&connection->ids, id);
}

static int on_send(void *owner, const roam_addr *local, const roam_datagram *datagram)
{
    core_connection *const connection = owner;
    roam_adapter *const adapter = adapter_bound_to(connection, local);
    if (!adapter)
        return ROAM_ERR_ADAPTER; /* a path that was given up: QUIC goes on with its validation for a while */
    const size_t count = (datagram->len + datagram->segment_len - 1) / datagram->segment_len;
    const int rv = core_adapter_send(adapter, datagram, connection->node->now_ns);
    if (rv == ROAM_ERR_TOO_LARGE)
        (void)core_quic_too_large(connection->quic, datagram->segment_len, CORE_SMALL_NS,
                                  connection->node->now_ns);
    if (rv)
        connection->datagrams_failed += count;
    else
        connection->datagrams_sent += count;
    return rv;
}

static void on_qlog(void *owner, const roam_qlog *told)
{
    core_connection_trace(owner, told);
}

const core_quic_handlers core_connection_handlers = {
    .handshake_completed = on_handshake_completed,
    .handshake_confirmed = on_handshake_confirmed,
    .stream_opened = on_stream_opened,
    .stream_data = on_stream_data,
    .stream_acked = on_stream_acked,
    .stream_taken = on_stream_taken,
    .stream_closed = on_stream_closed,
    .validation = on_validation,
    .challenge_sent = on_challenge_sent,
    .preferred_address = on_preferred_address,
    .heard = on_heard,
    .token_received = on_token_received,
    .connection_id_added = on_id_added,
    .connection_id_removed = on_id_removed,
    .send = on_send,
    .qlog = on_qlog,
};
