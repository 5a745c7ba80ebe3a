/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/connection_step.h"

#include "core/node/connection_end.h"
#include "core/node/migrate.h"
#include "core/node/rebind.h"

/* Closing: answers the 1st, 2nd, 4th, 8th ... datagram (RFC 9000 section 10.2.1). */
static void answer_closing(core_connection *connection)
{
    connection->closing_reads++;
    if ((connection->closing_reads & (connection->closing_reads - 1)) == 0)
        core_quic_close_again(connection->quic);
}

void core_connection_receive(core_connection *connection, roam_adapter *adapter,
                             const roam_datagram *datagram, const core_connection_id *id, uint64_t now_ns)
{
    connection->datagrams_received++;
    core_connection_touch(connection);
    if (connection->state == CORE_CONNECTION_CLOSING) {
        answer_closing(connection);
        return;
    }
    connection->waiting_since_ns = ROAM_NEVER; /* the flush looks anew */
    if (connection->dialled) {
        core_quic_read(connection->quic, &adapter->local, datagram, now_ns);
        if (adapter == connection->adapter)
            core_migrate_old_path_alive(connection, now_ns);
        return;
    }
    core_rebind_before before;
    core_rebind_look(connection, &datagram->remote, &before);
    if (!core_rebind_admits(connection, &before, now_ns)) {
        connection->datagrams_damped++;
        return;
    }
    core_quic_read(connection->quic, &adapter->local, datagram, now_ns);
    core_rebind_read(connection, &before, id, now_ns);
}

void core_connection_received(core_connection *connection, const roam_adapter *adapter,
                              const roam_datagram *datagram, const core_connection_id *id, uint64_t now_ns)
{
    const core_quic_library *const library = connection->node->library;
    core_rebind_before before;
    connection->datagrams_received++;
    core_connection_touch(connection);
    if (connection->state == CORE_CONNECTION_CLOSING) {
        /* A library without routes answers by itself. What has none is a stateless reset, if anything. */
        if (library->routes &&
            library->methods->route(library->ctx, &adapter->local, datagram) == connection->quic)
            answer_closing(connection);
        return;
    }
    connection->waiting_since_ns = ROAM_NEVER; /* the flush looks anew */
    if (connection->dialled) {
        library->methods->handle(library->ctx);
        if (adapter == connection->adapter)
            core_migrate_old_path_alive(connection, now_ns);
        return;
    }
    core_rebind_look(connection, &datagram->remote, &before);
    library->methods->handle(library->ctx);
    core_rebind_read(connection, &before, id, now_ns);
}

void core_connection_receive_unknown(core_connection *connection, const roam_adapter *adapter,
                                     const roam_datagram *datagram, uint64_t now_ns)
{
    /* A stateless reset counts for connection IDs in use (RFC 9000 section 10.3.1), and those of the old path
     * are retired: an end that has forgotten them may answer what was late. */
    if (connection->state == CORE_CONNECTION_CLOSING || core_connection_is_retiring(connection, adapter))
        return;
    core_connection_touch(connection);
    core_quic_read(connection->quic, &adapter->local, datagram, now_ns);
}

static uint64_t dead_ns(const core_connection *connection)
{
    if (connection->state != CORE_CONNECTION_UP)
        return connection->up_due_ns;
    return core_deadline(connection->heard_ns, connection->node->options.dead_after_ns);
}

static roam_close_code why_dead(const core_connection *connection)
{
    if (connection->reject.is_set) /* a handshake that was to be confirmed before this could be said */
        return (roam_close_code)connection->reject.code;
    return connection->state == CORE_CONNECTION_UP ? ROAM_CLOSE_TICK : ROAM_CLOSE_HANDSHAKE;
}

/* When a TICK is due: the peer was silent for a while, and was not asked meanwhile. In the raw protocol QUIC
 * sends PING by itself. */
static uint64_t tick_ns(const core_connection *connection)
{
    const uint64_t since_ns =
        connection->heard_ns > connection->ticked_ns ? connection->heard_ns : connection->ticked_ns;
    if (connection->state != CORE_CONNECTION_UP || !connection->dist.control)
        return ROAM_NEVER;
    return core_deadline(since_ns, connection->node->options.keep_alive_ns);
}

/* The peer was silent: a packet leaves regardless of the congestion window and the PTO back-off, so that the
 * end of an outage is noticed within keep_alive_ns. The back-off stays: without it a long silence would fill
 * with retransmissions. */
static void tick(core_connection *connection, uint64_t now_ns)
{
    connection->ticked_ns = now_ns;
    core_quic_ping(connection->quic);
    if (core_dist_tick(&connection->dist))
        return; /* no memory: the next one may succeed */
}

void core_connection_expire(void *owner, uint64_t now_ns)
{
    core_connection *const connection = owner;
    core_connection_touch(connection);
    if (connection->state == CORE_CONNECTION_CLOSING)
        return;
    if (dead_ns(connection) <= now_ns) {
        core_connection_close(connection, why_dead(connection), now_ns);
        return;
    }
    if (tick_ns(connection) <= now_ns)
        tick(connection, now_ns);
    if (core_quic_expiry(connection->quic) <= now_ns)
        core_quic_expire(connection->quic, now_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A deadline that has come already is served in the same step (node.c). */
static void set_timer(core_connection *connection)
{
    uint64_t deadline = ROAM_NEVER;
    if (connection->state == CORE_CONNECTION_CLOSING) {
        deadline = connection->forget_ns;
    } else {
        deadline = earlier(core_quic_expiry(connection->quic), dead_ns(connection));
        deadline = earlier(deadline, tick_ns(connection));
        deadline = earlier(deadline, core_migrate_deadline(connection));
        for (size_t i = 0; i < connection->retiring_count; i++)
            deadline = earlier(deadline, connection->retiring[i].close_ns);
    }
    core_heap_set(&connection->node->timers, &connection->timer, deadline);
}

static void write_packets(core_connection *connection, uint64_t now_ns)
{
    const roam_adapter *const adapter = core_migrate_adapter_in_use(connection);
    core_quic_write(connection->quic, core_adapter_segments(adapter), now_ns);
}

/* Delivers PATH_CHANGED when the current path differs from that of the latest event. */
static void note_path(core_connection *connection, uint64_t now_ns)
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
    roam_adapter *const listener = core_connection_listener(connection, &local);
    if (listener)
        connection->adapter = listener;
    if (connection->state == CORE_CONNECTION_UP) {
        changed.peer = connection->peer->id;
        core_outbox_emit(&connection->node->outbox, &changed, now_ns);
    }
}

/* After what was received was read, and before anything is written: data is then only ever acknowledged. */
static void note_acknowledged(core_connection *connection)
{
    if (core_quic_unacknowledged(connection->quic) < connection->unacknowledged)
        connection->unanswered_since_ns = ROAM_NEVER;
}

static void note_unacknowledged(core_connection *connection, uint64_t now_ns)
{
    connection->unacknowledged = core_quic_unacknowledged(connection->quic);
    if (connection->unacknowledged == 0)
        connection->waiting_since_ns = connection->unanswered_since_ns = ROAM_NEVER;
    else if (connection->waiting_since_ns == ROAM_NEVER)
        connection->waiting_since_ns = now_ns;
    if (connection->unacknowledged > 0 && connection->unanswered_since_ns == ROAM_NEVER)
        connection->unanswered_since_ns = now_ns;
}

bool core_connection_flush(core_connection *connection, uint64_t now_ns)
{
    if (connection->state != CORE_CONNECTION_CLOSING) {
        note_acknowledged(connection);
        core_migrate_advance(connection, now_ns);
        write_packets(connection, now_ns);
        if (connection->leaving)
            core_quic_close(connection->quic, true, ROAM_CLOSE_LEFT, now_ns);
        if (core_migrate_advance(connection, now_ns)) /* QUIC gives up on a validation while it writes */
            write_packets(connection, now_ns);
        core_rebind_written(connection, now_ns);
        note_path(connection, now_ns);
        note_unacknowledged(connection, now_ns);
        if (connection->unreachable || core_quic_ended(connection->quic).kind != CORE_QUIC_OPEN)
            core_connection_wind_up(connection, now_ns);
    }
    if (connection->state == CORE_CONNECTION_CLOSING && connection->forget_ns <= now_ns) {
        core_peer *const peer = connection->peer;
        if (connection->owes_down && !peer->connection && peer->ups == connection->ups_before)
            core_connection_tell_down(connection, now_ns);
        return false;
    }
    core_connection_close_retired(connection, now_ns);
    set_timer(connection);
    return true;
}
