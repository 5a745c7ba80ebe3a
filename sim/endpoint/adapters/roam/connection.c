/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/roam/internal.h"

#include <stdlib.h>
#include <string.h>

void connection_tell(roam_endpoint_connection *connection, const roam_endpoint_event *event)
{
    const roam_endpoint *const endpoint = connection->endpoint;
    endpoint->calls->event(endpoint->host, connection, event);
}

/* ---- Around a call of the core ---- */

core_tls_scope connection_enter(roam_endpoint_connection *connection)
{
    connection->endpoint->current = connection;
    return core_tls_enter(connection->endpoint->tls);
}

static void tell_path(roam_endpoint_connection *connection)
{
    roam_addr local, remote;
    core_quic_path(connection->quic, &local, &remote);
    if (roam_addr_equal(&local, &connection->local) && roam_addr_equal(&remote, &connection->remote))
        return;
    connection->local = local;
    connection->remote = remote;
    connection->followed = !connection->quic->dialled;
    const roam_endpoint_event moved = {
        .kind = ROAM_ENDPOINT_MOVED, .stream = -1, .path = path_to(&local, &remote)};
    connection_tell(connection, &moved);
}

static void tell_end(roam_endpoint_connection *connection)
{
    static const uint32_t KINDS[] = {
        [CORE_QUIC_CLOSED_HERE] = ROAM_ENDPOINT_CLOSED_HERE,
        [CORE_QUIC_CLOSED_THERE] = ROAM_ENDPOINT_CLOSED_THERE,
        [CORE_QUIC_RESET] = ROAM_ENDPOINT_CLOSED_RESET,
        [CORE_QUIC_IDLE] = ROAM_ENDPOINT_CLOSED_IDLE,
        [CORE_QUIC_HANDSHAKE_TIMEOUT] = ROAM_ENDPOINT_CLOSED_HANDSHAKE,
        [CORE_QUIC_DROPPED] = ROAM_ENDPOINT_CLOSED_DROPPED,
    };
    const core_quic_end end = core_quic_ended(connection->quic);
    if (connection->over || end.kind == CORE_QUIC_OPEN)
        return;
    connection->over = true;
    const roam_endpoint_event closed = {.kind = ROAM_ENDPOINT_CLOSED_EVENT,
                                        .stream = -1,
                                        .closed = {KINDS[end.kind], end.application, end.code}};
    connection_tell(connection, &closed);
}

void connection_leave(roam_endpoint_connection *connection, core_tls_scope scope)
{
    core_tls_leave(scope);
    connection->endpoint->current = NULL;
    tell_path(connection);
    tell_end(connection);
}

void connection_settle(roam_endpoint_connection *connection)
{
    connection->endpoint->half_open -= connection->half_open;
    connection->half_open = false;
}

/* ---- Handlers of the core ---- */

static void on_handshake_completed(void *owner)
{
    connection_settle(owner);
    connection_tell(owner, &(roam_endpoint_event){.kind = ROAM_ENDPOINT_ESTABLISHED, .stream = -1});
}

static core_reject on_handshake_confirmed(void *owner)
{
    connection_tell(owner, &(roam_endpoint_event){.kind = ROAM_ENDPOINT_CONFIRMED, .stream = -1});
    return core_reject_none();
}

static void on_validation(void *owner, const roam_addr *local, const roam_addr *remote,
                          core_validation result)
{
    const roam_endpoint_connection *const connection = owner;
    const roam_endpoint_event event = {.kind = result == CORE_VALIDATED ? ROAM_ENDPOINT_PATH_VALIDATED
                                                                        : ROAM_ENDPOINT_PATH_FAILED,
                                       .stream = -1,
                                       .path = path_to(local, remote)};
    if (!connection->quiet)
        connection_tell(owner, &event);
}

static void on_challenge_sent(void *owner, const roam_addr *local, const roam_addr *remote)
{
    roam_endpoint_connection *const connection = owner;
    (void)local;
    (void)remote;
    connection->followed = false;
    connection_tell(owner, &(roam_endpoint_event){.kind = ROAM_ENDPOINT_CHALLENGE_SENT, .stream = -1});
}

/* The newest is kept (RFC 9000 section 8.1.3). Without memory the next connection has none. */
static void on_token_received(void *owner, const core_token *token)
{
    const roam_endpoint_connection *const connection = owner;
    roam_endpoint *const endpoint = connection->endpoint;
    kept_token *kept = endpoint->tokens;
    while (kept && strcmp(kept->name, connection->name) != 0)
        kept = kept->next;
    if (!kept) {
        kept = calloc(1, sizeof *kept);
        if (!kept)
            return;
        memcpy(kept->name, connection->name, sizeof kept->name);
        kept->next = endpoint->tokens;
        endpoint->tokens = kept;
    }
    kept->token = *token;
}

static bool on_id_added(void *owner, const core_connection_id *id)
{
    roam_endpoint_connection *const connection = owner;
    return core_issued_ids_add(&connection->ids, id);
}

static void on_id_removed(void *owner, const core_connection_id *id)
{
    roam_endpoint_connection *const connection = owner;
    core_issued_ids_retire(&connection->ids, id);
}

static int on_send(void *owner, const roam_addr *local, const roam_datagram *datagram)
{
    roam_endpoint_connection *const connection = owner;
    const roam_endpoint *const endpoint = connection->endpoint;
    const roam_endpoint_datagram given = {.path = path_to(local, &datagram->remote),
                                          .ecn = datagram->ecn,
                                          .data = datagram->data,
                                          .len = datagram->len};
    const int status = endpoint->calls->send(endpoint->host, connection, &given);
    if (status == ROAM_ENDPOINT_TOO_LARGE)
        (void)core_quic_too_large(connection->quic, datagram->segment_len, CORE_SMALL_NS, now_of(endpoint));
    return status ? ROAM_ERR_ADAPTER : 0;
}

/* The host takes what qlog 0.3 has; what the core tells besides has no place in it. */
static void on_qlog(void *owner, const roam_qlog *told)
{
    roam_endpoint_connection *const connection = owner;
    const roam_endpoint *const endpoint = connection->endpoint;
    if (told->kind != ROAM_QLOG_RECORDS)
        return;
    if (connection->announced) {
        endpoint->calls->qlog(endpoint->host, connection, told->data, told->len, told->last);
        return;
    }
    uint8_t *const more = realloc(connection->qlog, connection->qlog_len + told->len);
    if (!more)
        return; /* the trace lacks its beginning */
    memcpy(more + connection->qlog_len, told->data, told->len);
    connection->qlog = more;
    connection->qlog_len += told->len;
}

void connection_announced(roam_endpoint_connection *connection)
{
    const roam_endpoint *const endpoint = connection->endpoint;
    if (connection->announced)
        return;
    connection->announced = true;
    if (connection->qlog_len > 0)
        endpoint->calls->qlog(endpoint->host, connection, connection->qlog, connection->qlog_len, false);
    free(connection->qlog);
    connection->qlog = NULL;
}

static const core_quic_handlers handlers = {
    .handshake_completed = on_handshake_completed,
    .handshake_confirmed = on_handshake_confirmed,
    .stream_opened = streams_opened,
    .stream_data = streams_data,
    .stream_acked = streams_acked,
    .stream_closed = streams_closed,
    .streams_available = streams_available,
    .validation = on_validation,
    .challenge_sent = on_challenge_sent,
    .token_received = on_token_received,
    .connection_id_added = on_id_added,
    .connection_id_removed = on_id_removed,
    .send = on_send,
    .qlog = on_qlog,
};

/* ---- Beginning and end ---- */

core_quic_options connection_options(roam_endpoint_connection *connection)
{
    roam_endpoint *const endpoint = connection->endpoint;
    return (core_quic_options){.handlers = &handlers,
                               .owner = connection,
                               .tls = endpoint->tls,
                               .random = &endpoint->random,
                               .token_secret = endpoint->token_secret,
                               .used_tokens = &endpoint->used_tokens,
                               .reset_secret = endpoint->reset_secret,
                               .reads_later = true,
                               .node = &endpoint->node,
                               .local = connection->local,
                               .remote = connection->remote};
}

roam_endpoint_connection *connection_new(roam_endpoint *endpoint, const roam_addr *local,
                                         const roam_addr *remote)
{
    roam_endpoint_connection *const connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->endpoint = endpoint;
    core_issued_ids_init(&connection->ids, &endpoint->by_id, connection);
    connection->local = *local;
    connection->remote = *remote;
    connection->older = endpoint->connections;
    if (endpoint->connections)
        endpoint->connections->newer = connection;
    endpoint->connections = connection;
    return connection;
}

void connection_free(roam_endpoint_connection *connection)
{
    roam_endpoint *const endpoint = connection->endpoint;
    const core_tls_scope scope = core_tls_enter(endpoint->tls);
    endpoint->latest->data = NULL;
    connection_settle(connection);
    streams_free(connection);
    if (connection->quic)
        core_quic_free(connection->quic);
    core_tls_leave(scope);
    free(connection->qlog);
    core_issued_ids_fini(&connection->ids);
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        endpoint->connections = connection->older;
    if (connection->older)
        connection->older->newer = connection->newer;
    free(connection);
}

/* ---- Datagrams and time ---- */

void connection_read(roam_endpoint_connection *connection, const roam_endpoint_datagram *datagram)
{
    const roam_addr local = addr_from(&datagram->path.local);
    const roam_datagram given = {.remote = addr_from(&datagram->path.remote),
                                 .ecn = datagram->ecn,
                                 .data = datagram->data,
                                 .len = datagram->len,
                                 .segment_len = datagram->len};
    const core_tls_scope scope = connection_enter(connection);
    core_quic_read(connection->quic, &local, &given, now_of(connection->endpoint));
    connection_leave(connection, scope);
    connection->packets_received++;
}

void connection_flush(roam_endpoint_connection *connection)
{
    connection_announced(connection);
    const core_tls_scope scope = connection_enter(connection);
    core_quic_write(connection->quic, 1, now_of(connection->endpoint));
    connection_leave(connection, scope);
    if (!connection->followed || connection->over)
        return;
    connection->followed = false;
    connection_tell(connection,
                    &(roam_endpoint_event){.kind = ROAM_ENDPOINT_PATH_VALIDATED,
                                           .stream = -1,
                                           .path = path_to(&connection->local, &connection->remote)});
}

uint64_t connection_deadline(const roam_endpoint_connection *connection)
{
    return core_quic_expiry(connection->quic);
}

void connection_expire(roam_endpoint_connection *connection)
{
    const core_tls_scope scope = connection_enter(connection);
    core_quic_expire(connection->quic, now_of(connection->endpoint));
    connection_leave(connection, scope);
}

void connection_close(roam_endpoint_connection *connection, bool application, uint64_t code)
{
    const core_tls_scope scope = connection_enter(connection);
    if (core_quic_ended(connection->quic).kind == CORE_QUIC_OPEN)
        core_quic_close(connection->quic, application, code, now_of(connection->endpoint));
    else
        core_quic_close_again(connection->quic);
    connection_leave(connection, scope);
}

/* ---- What is known ---- */

int connection_peer(const roam_endpoint_connection *connection, roam_endpoint_peer *out)
{
    out->certificate = connection->certificate_len > 0 ? connection->certificate : NULL;
    out->certificate_len = connection->certificate_len;
    out->disables_migration = core_quic_peer_disables_migration(connection->quic);
    return ROAM_ENDPOINT_OK;
}

void connection_path(const roam_endpoint_connection *connection, roam_endpoint_path *out)
{
    roam_addr local, remote;
    core_quic_path(connection->quic, &local, &remote);
    *out = path_to(&local, &remote);
}

void connection_statistics(const roam_endpoint_connection *connection, roam_endpoint_statistics *out)
{
    roam_path_stats stats = {0};
    const core_connection_id id = core_quic_destination(connection->quic);
    core_quic_path_stats(connection->quic, &stats);
    out->srtt_ns = stats.srtt_ns;
    out->rttvar_ns = stats.rttvar_ns;
    out->latest_rtt_ns = stats.latest_rtt_ns;
    out->min_rtt_ns = stats.min_rtt_ns;
    out->pto_ns = stats.pto_ns;
    out->cwnd = stats.cwnd;
    out->bytes_in_flight = stats.bytes_in_flight;
    out->packets_received = connection->packets_received;
    out->unacknowledged = core_quic_unacknowledged(connection->quic);
    out->connection_id_len = id.len;
    memcpy(out->connection_id, id.bytes, sizeof out->connection_id);
}

/* ---- Paths ---- */

int connection_migrate(roam_endpoint_connection *connection, const roam_endpoint_path *path, uint32_t mode)
{
    const roam_addr local = addr_from(&path->local), remote = addr_from(&path->remote);
    const uint64_t now_ns = now_of(connection->endpoint);
    int status = ROAM_ERR_UNSUPPORTED;
    if (connection->over)
        return ROAM_ENDPOINT_CLOSED;
    const core_tls_scope scope = connection_enter(connection);
    connection->quiet = true;
    if (mode == ROAM_ENDPOINT_PROBE_FIRST)
        status = core_quic_probe(connection->quic, &local, &remote, now_ns);
    else if (mode == ROAM_ENDPOINT_FOLLOW_FIRST)
        status = core_quic_follow(connection->quic, &local, &remote, now_ns);
    connection->quiet = false;
    if (status == 0)
        connection->probing = local;
    connection_leave(connection, scope);
    switch (status) {
    case 0:
        return ROAM_ENDPOINT_OK;
    case ROAM_ERR_WOULD_BLOCK:
        return ROAM_ENDPOINT_NO_CONNECTION_ID;
    case ROAM_ERR_UNSUPPORTED:
        return ROAM_ENDPOINT_UNSUPPORTED;
    default:
        return ROAM_ENDPOINT_FAILED;
    }
}

void connection_abandon(roam_endpoint_connection *connection)
{
    const core_tls_scope scope = connection_enter(connection);
    connection->quiet = true;
    core_quic_abandon(connection->quic, now_of(connection->endpoint));
    connection->quiet = false;
    connection_leave(connection, scope);
}

void connection_ping(roam_endpoint_connection *connection, bool resume)
{
    const core_tls_scope scope = connection_enter(connection);
    if (resume)
        core_quic_revive(connection->quic, now_of(connection->endpoint));
    else
        core_quic_ping(connection->quic);
    connection_leave(connection, scope);
}
