/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/connection.h"

#include "core/migrate.h"

#include <stdlib.h>
#include <string.h>

static const core_quic_handlers quic_handlers;

/* ---- Creation ---- */

static core_connection *connection_new(roam_node *node, core_peer *peer, roam_adapter *adapter,
                                       uint64_t now_ns)
{
    if (core_heap_reserve(&node->timers, node->connection_count + 1))
        return NULL;
    core_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->node = node;
    connection->peer = peer;
    connection->adapter = adapter;
    connection->serial = ++node->connection_serial;
    connection->last_received_ns = now_ns;
    connection->waiting_since_ns = ROAM_NEVER;
    connection->timer.owner = connection;
    core_dist_init(&connection->dist, connection);
    connection->older = node->connections;
    if (node->connections)
        node->connections->newer = connection;
    node->connections = connection;
    node->connection_count++;
    return connection;
}

static core_quic_options quic_options(core_connection *connection, const roam_addr *remote)
{
    roam_node *node = connection->node;
    return (core_quic_options){.handlers = &quic_handlers,
                               .owner = connection,
                               .tls = node->tls,
                               .random = &node->random,
                               .reset_secret = node->reset_secret,
                               .node = &node->options,
                               .local = connection->adapter->local,
                               .remote = *remote};
}

int core_connection_dial(roam_node *node, core_peer *peer, roam_adapter *adapter, const roam_addr *remote,
                         uint64_t now_ns)
{
    core_connection *connection = connection_new(node, peer, adapter, now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    connection->dialled = true;
    adapter->connection = connection;
    connection->local = adapter->local;
    connection->remote = *remote;
    core_quic_options options = quic_options(connection, remote);
    int rv = core_quic_dial(&options, now_ns, &connection->quic);
    if (rv) {
        connection->adapter = NULL; /* stays the caller's */
        core_connection_free(connection);
        return rv;
    }
    peer->connection = connection;
    core_connection_touch(connection);
    return 0;
}

int core_connection_accept(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns, core_connection **out)
{
    core_connection *connection = connection_new(node, NULL, adapter, now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    connection->local = adapter->local;
    connection->remote = datagram->remote;
    core_quic_options options = quic_options(connection, &datagram->remote);
    int rv = core_quic_accept(&options, datagram->data, datagram->len, now_ns, &connection->quic);
    if (rv) {
        core_connection_free(connection);
        return rv;
    }
    *out = connection;
    return 0;
}

/* ---- The end ---- */

static void forget_id(core_connection *connection, core_issued_id **link)
{
    core_issued_id *issued = *link;
    *link = issued->next;
    core_map_remove(&connection->node->connections_by_id, issued->id.bytes, issued->id.len);
    free(issued);
}

/* Adapters that are ours alone; a listener belongs to the node. */
static void free_adapters(core_connection *connection)
{
    for (size_t i = 0; i < connection->retiring_count; i++)
        roam_adapter_free(connection->retiring[i].adapter);
    connection->retiring_count = 0;
    if (connection->dialled)
        roam_adapter_free(connection->adapter);
    connection->adapter = NULL;
}

static void remove_dirty(core_connection *connection)
{
    roam_node *node = connection->node;
    core_connection **link = &node->dirty_first;
    core_connection *previous = NULL;
    for (; *link != connection; link = &(*link)->next_dirty)
        previous = *link;
    *link = connection->next_dirty;
    if (node->dirty_last == connection)
        node->dirty_last = previous;
    connection->dirty = false;
}

void core_connection_free(core_connection *connection)
{
    roam_node *node = connection->node;
    if (connection->dirty)
        remove_dirty(connection);
    core_migrate_free(connection);
    if (connection->quic) {
        core_dist_fini(&connection->dist);
        core_quic_free(connection->quic);
    }
    while (connection->ids)
        forget_id(connection, &connection->ids);
    free_adapters(connection);
    core_heap_set(&node->timers, &connection->timer, ROAM_NEVER);
    if (connection->peer && connection->peer->connection == connection)
        connection->peer->connection = NULL;
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        node->connections = connection->older;
    if (connection->older)
        connection->older->newer = connection->newer;
    node->connection_count--;
    free(connection);
}

static roam_down_reason down_reason(const core_quic_end *end)
{
    switch (end->kind) {
    case CORE_QUIC_IDLE:
        return ROAM_DOWN_IDLE;
    case CORE_QUIC_HANDSHAKE_TIMEOUT:
        return ROAM_DOWN_HANDSHAKE;
    case CORE_QUIC_RESET:
        return ROAM_DOWN_RESET;
    case CORE_QUIC_CLOSED_HERE:
    case CORE_QUIC_CLOSED_THERE:
        if (end->application && end->code == ROAM_CLOSE_LEFT)
            return ROAM_DOWN_LEFT;
        if (end->application && end->code == ROAM_CLOSE_TICK)
            return ROAM_DOWN_TICK;
        return ROAM_DOWN_REJECTED;
    case CORE_QUIC_OPEN:
    case CORE_QUIC_DROPPED:
        break;
    }
    return ROAM_DOWN_ERROR;
}

/* The QUIC connection is over: tells it, and starts the closing period. */
static void wind_up(core_connection *connection, uint64_t now_ns)
{
    core_quic_end end = core_quic_ended(connection->quic);
    core_peer *peer = connection->peer;
    bool told_up = connection->state == CORE_CONNECTION_UP;
    bool in_use = peer && peer->connection == connection;
    core_migrate_connection_lost(connection, now_ns);
    connection->state = CORE_CONNECTION_CLOSING;
    connection->forget_ns = now_ns;
    if (end.kind == CORE_QUIC_CLOSED_HERE || end.kind == CORE_QUIC_CLOSED_THERE) {
        roam_path_stats stats = {0};
        core_quic_path_stats(connection->quic, &stats);
        connection->forget_ns = now_ns + 3 * stats.pto_ns; /* RFC 9000 section 10.2 */
    }
    if (in_use)
        peer->connection = NULL;
    if (in_use && connection->leaving)
        peer->had_channel = false;
    if (!told_up && !in_use)
        return; /* accepted, and never heard of */
    if (end.kind == CORE_QUIC_CLOSED_THERE && end.application && end.code == ROAM_CLOSE_LEFT)
        core_node_emit(connection->node, &(roam_event){.kind = ROAM_EVENT_LEFT, .peer = peer->id});
    roam_event down = {.kind = ROAM_EVENT_PEER_DOWN, .peer = peer->id};
    down.down.reason = down_reason(&end);
    down.down.code = end.code;
    down.down.application = end.application;
    core_node_emit(connection->node, &down);
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

/* ---- Handlers of QUIC ---- */

static void on_handshake_completed(void *owner)
{
    core_connection *connection = owner;
    const core_certificate *certificate = core_quic_peer(connection->quic);
    if (!connection->peer && certificate)
        connection->peer = core_node_peer(connection->node, certificate->name);
    if (!connection->peer)
        connection->reject =
            ROAM_CLOSE_PROTOCOL + UINT64_C(1); /* no certificate, or no room for another peer */
    else if (strcmp(connection->peer->name, certificate->name) != 0)
        connection->reject = ROAM_CLOSE_NAME + UINT64_C(1);
    else
        connection->reject = core_node_trust(connection->node, connection->peer, certificate->public_key);
    if (connection->reject == 0 && connection->dialled && core_dist_begin(&connection->dist))
        connection->reject = ROAM_CLOSE_PROTOCOL + UINT64_C(1);
}

static uint64_t on_handshake_confirmed(void *owner)
{
    core_connection *connection = owner;
    return connection->reject;
}

static uint64_t on_stream_opened(void *owner, core_stream *stream)
{
    core_connection *connection = owner;
    return core_dist_stream_opened(&connection->dist, stream);
}

static uint64_t on_stream_data(void *owner, core_stream *stream, const uint8_t *data, size_t len)
{
    core_connection *connection = owner;
    return core_dist_stream_data(&connection->dist, stream, data, len);
}

static uint64_t on_stream_closed(void *owner, core_stream *stream)
{
    core_connection *connection = owner;
    return core_dist_stream_closed(&connection->dist, stream);
}

static void on_stream_acked(void *owner, core_stream *stream)
{
    core_connection *connection = owner;
    core_dist_stream_acked(&connection->dist, stream);
}

static void on_validation(void *owner, const roam_addr *local, const roam_addr *remote,
                          core_validation result)
{
    (void)remote;
    core_connection *connection = owner;
    core_migrate_validation(connection, local, result, connection->node->now_ns);
}

static void on_challenge_sent(void *owner)
{
    core_connection *connection = owner;
    core_migrate_challenge_sent(connection, connection->node->now_ns);
}

static bool on_id_added(void *owner, const core_connection_id *id)
{
    core_connection *connection = owner;
    if (id->len == 0)
        return true; /* found by its adapters */
    core_issued_id *issued = malloc(sizeof *issued);
    if (!issued)
        return false;
    *issued = (core_issued_id){.next = connection->ids, .id = *id};
    if (core_map_get(&connection->node->connections_by_id, id->bytes, id->len) ||
        core_map_add(&connection->node->connections_by_id, issued->id.bytes, id->len, connection)) {
        free(issued);
        return false;
    }
    connection->ids = issued;
    return true;
}

static void on_id_removed(void *owner, const core_connection_id *id)
{
    core_connection *connection = owner;
    for (core_issued_id **link = &connection->ids; *link; link = &(*link)->next) {
        if ((*link)->id.len == id->len && memcmp((*link)->id.bytes, id->bytes, id->len) == 0) {
            forget_id(connection, link);
            return;
        }
    }
}

static roam_adapter *adapter_bound_to(core_connection *connection, const roam_addr *local)
{
    if (connection->adapter && roam_addr_equal(&connection->adapter->local, local))
        return connection->adapter;
    for (size_t i = 0; i < connection->retiring_count; i++) {
        if (roam_addr_equal(&connection->retiring[i].adapter->local, local))
            return connection->retiring[i].adapter;
    }
    if (!connection->dialled) {
        for (size_t i = 0; i < connection->node->listener_count; i++) {
            if (roam_addr_equal(&connection->node->listeners[i]->local, local))
                return connection->node->listeners[i];
        }
    }
    return core_migrate_adapter(connection, local);
}

static void on_send(void *owner, const roam_addr *local, const roam_datagram *datagram)
{
    core_connection *connection = owner;
    roam_adapter *adapter = adapter_bound_to(connection, local);
    if (!adapter)
        return; /* a path that was given up: QUIC goes on with its validation for a while */
    if (core_adapter_send(adapter, datagram, connection->node->now_ns))
        connection->datagrams_failed++;
    else
        connection->datagrams_sent++;
}

static void on_qlog(void *owner, const void *data, size_t len, bool last)
{
    core_connection *connection = owner;
    const roam_node_options *options = &connection->node->options;
    options->callbacks.qlog(options->user_data, connection->serial, connection->dialled, data, len, last);
}

static const core_quic_handlers quic_handlers = {
    .handshake_completed = on_handshake_completed,
    .handshake_confirmed = on_handshake_confirmed,
    .stream_opened = on_stream_opened,
    .stream_data = on_stream_data,
    .stream_acked = on_stream_acked,
    .stream_closed = on_stream_closed,
    .validation = on_validation,
    .challenge_sent = on_challenge_sent,
    .connection_id_added = on_id_added,
    .connection_id_removed = on_id_removed,
    .send = on_send,
    .qlog = on_qlog,
};

/* Two connections between the same two nodes. When each end dialled one, the one that the smaller name
 * dialled stays; when one end dialled twice, it has lost the first. */
static bool loses_to(const core_connection *connection, const core_connection *other)
{
    bool ours_stays =
        strcmp(roam_identity_name(connection->node->options.identity), connection->peer->name) < 0;
    return other->dialled != connection->dialled && connection->dialled != ours_stays;
}

uint64_t core_connection_up(core_connection *connection)
{
    roam_node *node = connection->node;
    core_peer *peer = connection->peer;
    core_connection *other = peer->connection;
    if (other && other != connection) {
        if (loses_to(connection, other))
            return ROAM_CLOSE_DUPLICATE + UINT64_C(1);
        core_connection_close(other, ROAM_CLOSE_DUPLICATE, node->now_ns);
        wind_up(other, node->now_ns);
    }
    peer->connection = connection;
    peer->had_channel = true;
    connection->state = CORE_CONNECTION_UP;
    core_node_emit(node, &(roam_event){.kind = ROAM_EVENT_PEER_UP, .peer = peer->id});
    return 0;
}

/* ---- Time, in and out ---- */

void core_connection_touch(core_connection *connection)
{
    roam_node *node = connection->node;
    if (connection->dirty)
        return;
    connection->dirty = true;
    connection->next_dirty = NULL;
    if (node->dirty_last)
        node->dirty_last->next_dirty = connection;
    else
        node->dirty_first = connection;
    node->dirty_last = connection;
}

void core_connection_receive(core_connection *connection, roam_adapter *adapter,
                             const roam_datagram *datagram, uint64_t now_ns)
{
    connection->datagrams_received++;
    core_connection_touch(connection);
    if (connection->state == CORE_CONNECTION_CLOSING) {
        /* Once more for the 1st, 2nd, 4th, 8th ... (RFC 9000 section 10.2.1). */
        connection->closing_reads++;
        if ((connection->closing_reads & (connection->closing_reads - 1)) == 0)
            core_quic_close_again(connection->quic);
        return;
    }
    connection->last_received_ns = now_ns;
    connection->waiting_since_ns = ROAM_NEVER; /* the flush looks anew */
    core_quic_read(connection->quic, &adapter->local, datagram, now_ns);
}

void core_connection_switch(core_connection *connection, roam_adapter *adapter, uint64_t now_ns)
{
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    if (connection->retiring_count == CORE_RETIRING_MAX) {
        roam_adapter_free(connection->retiring[0].adapter);
        connection->retiring_count--;
        memmove(&connection->retiring[0], &connection->retiring[1],
                connection->retiring_count * sizeof connection->retiring[0]);
    }
    connection->retiring[connection->retiring_count++] =
        (core_retiring){.adapter = connection->adapter, .close_ns = now_ns + 3 * stats.pto_ns};
    connection->adapter = adapter;
}

static void close_retired(core_connection *connection, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < connection->retiring_count; i++) {
        if (connection->retiring[i].close_ns <= now_ns)
            roam_adapter_free(connection->retiring[i].adapter);
        else
            connection->retiring[kept++] = connection->retiring[i];
    }
    connection->retiring_count = kept;
}

static uint64_t dead_ns(const core_connection *connection)
{
    uint64_t after = connection->node->options.dead_after_ns;
    if (connection->state != CORE_CONNECTION_UP || after > ROAM_NEVER - connection->last_received_ns)
        return ROAM_NEVER;
    return connection->last_received_ns + after;
}

void core_connection_expire(core_connection *connection, uint64_t now_ns)
{
    core_connection_touch(connection);
    if (connection->state == CORE_CONNECTION_CLOSING)
        return;
    if (dead_ns(connection) <= now_ns) {
        core_connection_close(connection, ROAM_CLOSE_TICK, now_ns);
        return;
    }
    if (core_quic_expiry(connection->quic) <= now_ns)
        core_quic_expire(connection->quic, now_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void set_timer(core_connection *connection, uint64_t now_ns)
{
    uint64_t deadline = ROAM_NEVER;
    if (connection->state == CORE_CONNECTION_CLOSING) {
        deadline = connection->forget_ns;
    } else {
        deadline = earlier(core_quic_expiry(connection->quic), dead_ns(connection));
        deadline = earlier(deadline, core_migrate_deadline(connection));
        for (size_t i = 0; i < connection->retiring_count; i++)
            deadline = earlier(deadline, connection->retiring[i].close_ns);
    }
    /* What is overdue now has just been done as far as it can be: do not spin at this instant. */
    if (deadline <= now_ns)
        deadline = now_ns + 1;
    core_heap_set(&connection->node->timers, &connection->timer, deadline);
}

/* Tells when the current path is another than the one told last. */
static void note_path(core_connection *connection)
{
    roam_addr local, remote;
    core_quic_path(connection->quic, &local, &remote);
    if (roam_addr_equal(&local, &connection->local) && roam_addr_equal(&remote, &connection->remote))
        return;
    roam_event changed = {.kind = ROAM_EVENT_PATH_CHANGED};
    changed.path.old_local = connection->local;
    changed.path.old_remote = connection->remote;
    changed.path.local = local;
    changed.path.remote = remote;
    connection->local = local;
    connection->remote = remote;
    if (connection->state == CORE_CONNECTION_UP) {
        changed.peer = connection->peer->id;
        core_node_emit(connection->node, &changed);
    }
}

void core_connection_flush(core_connection *connection, uint64_t now_ns)
{
    if (connection->state != CORE_CONNECTION_CLOSING) {
        core_migrate_advance(connection, now_ns);
        core_quic_write(connection->quic, now_ns);
        if (connection->leaving)
            core_quic_close(connection->quic, true, ROAM_CLOSE_LEFT, now_ns);
        if (core_migrate_advance(connection, now_ns)) /* QUIC gives up on a validation while it writes */
            core_quic_write(connection->quic, now_ns);
        note_path(connection);
        if (core_quic_unacknowledged(connection->quic) == 0)
            connection->waiting_since_ns = ROAM_NEVER;
        else if (connection->waiting_since_ns == ROAM_NEVER)
            connection->waiting_since_ns = now_ns;
        if (core_quic_ended(connection->quic).kind != CORE_QUIC_OPEN)
            wind_up(connection, now_ns);
    }
    if (connection->state == CORE_CONNECTION_CLOSING && connection->forget_ns <= now_ns) {
        core_connection_free(connection);
        return;
    }
    close_retired(connection, now_ns);
    set_timer(connection, now_ns);
}
