/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the node asks of a connection. */
#include "sim/endpoint/foreign_internal.h"

#include <stdlib.h>
#include <string.h>

static const roam_endpoint_library *library_of(const foreign_quic *quic)
{
    return quic->owner->options.library;
}

static bool is_open(const foreign_quic *quic)
{
    return quic->base.end.kind == CORE_QUIC_OPEN;
}

/* Calls of the adapter about a connection. */
static bool enter(foreign_quic *quic, const char *function, uint64_t now_ns)
{
    quic->base.now_ns = now_ns;
    return foreign_enter_at(quic->owner, function, now_ns);
}

static void quic_free(core_quic *base)
{
    foreign_quic *const quic = foreign_of(base);
    foreign *const self = quic->owner;
    if (foreign_enter(self, "connection_free")) {
        library_of(quic)->connection_free(quic->connection);
        foreign_leave(self);
    }
    for (size_t i = self->event_at; i < self->event_count; i++)
        if (self->events[i].quic == quic)
            self->events[i].quic = NULL;
    core_map_remove(&self->connections, &quic->connection, sizeof(quic->connection));
    if (self->latest == quic)
        self->latest = NULL;
    while (base->newest)
        core_quic_stream_free(base, base->newest);
    free(quic);
}

void foreign_statistics(const foreign_quic *quic, roam_endpoint_statistics *out)
{
    const roam_endpoint_library *const library = library_of(quic);
    *out = (roam_endpoint_statistics){.size = sizeof *out};
    if (!library->statistics || !foreign_enter(quic->owner, "statistics"))
        return;
    library->statistics(quic->connection, out);
    foreign_leave(quic->owner);
}

void foreign_received(foreign_quic *quic, const roam_addr *local)
{
    roam_endpoint_statistics statistics;
    if (quic->rebind_from.family != ROAM_FAMILY_NONE && roam_addr_equal(local, &quic->local)) {
        const roam_endpoint_event answered = {.kind = ROAM_ENDPOINT_PATH_VALIDATED,
                                              .stream = -1,
                                              .path = foreign_path_to(&quic->local, &quic->remote)};
        quic->rebind_from.family = ROAM_FAMILY_NONE;
        foreign_queue(quic->owner, quic, &answered);
    }
    if (foreign_can(quic->owner, ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED))
        return;
    foreign_statistics(quic, &statistics);
    if (statistics.packets_received > quic->packets_received ||
        !foreign_can(quic->owner, ROAM_ENDPOINT_REPORTS_STATISTICS))
        quic->base.handlers->heard(quic->base.owner);
    quic->packets_received = statistics.packets_received;
}

static void quic_read(core_quic *base, const roam_addr *local, const roam_datagram *datagram, uint64_t now_ns)
{
    foreign_quic *const quic = foreign_of(base);
    const roam_endpoint_datagram given = foreign_datagram_to(local, datagram);
    if (!is_open(quic) || !enter(quic, "receive", now_ns))
        return;
    const roam_endpoint_connection *const connection =
        library_of(quic)->receive(quic->owner->endpoint, &given);
    foreign_leave(quic->owner);
    if (connection && connection != quic->connection)
        foreign_fault(quic->owner, "receive",
                      "it gives the datagram to another connection than route had said");
    else if (connection)
        foreign_received(quic, local);
    foreign_handle(quic->owner);
}

static void end_handshake(foreign_quic *quic)
{
    quic->base.end = (core_quic_end){.kind = CORE_QUIC_HANDSHAKE_TIMEOUT};
}

static uint64_t handshake_ends_ns(const foreign_quic *quic)
{
    return quic->established ? ROAM_NEVER : quic->begun_ns + quic->owner->node_options->handshake_timeout_ns;
}

static void quic_expire(core_quic *base, uint64_t now_ns)
{
    foreign_quic *const quic = foreign_of(base);
    if (!is_open(quic))
        return;
    if (handshake_ends_ns(quic) <= now_ns) {
        end_handshake(quic);
        return;
    }
    quic->expiries = now_ns == quic->expired_ns ? quic->expiries + 1 : 0;
    quic->expired_ns = now_ns;
    if (quic->expiries > FOREIGN_EXPIRIES_AT_ONCE) {
        foreign_fault(quic->owner, "deadline", "its deadline stays in the past after expire and flush");
        return;
    }
    if (!enter(quic, "expire", now_ns))
        return;
    library_of(quic)->expire(quic->connection);
    foreign_leave(quic->owner);
    foreign_handle(quic->owner);
}

static uint64_t quic_expiry(const core_quic *base)
{
    const foreign_quic *const quic = foreign_of_const(base);
    if (!is_open(quic) || !foreign_enter(quic->owner, "deadline"))
        return ROAM_NEVER;
    const uint64_t deadline_ns = library_of(quic)->deadline(quic->connection);
    foreign_leave(quic->owner);
    const uint64_t handshake_ns = handshake_ends_ns(quic);
    return deadline_ns < handshake_ns ? deadline_ns : handshake_ns;
}

/* The handlers may have queued more; what does not end is left for the next step. */
static void quic_write(core_quic *base, size_t segments_max, uint64_t now_ns)
{
    enum { ROUNDS_MAX = 4 };
    foreign_quic *const quic = foreign_of(base);
    roam_endpoint_statistics statistics;
    (void)segments_max;
    quic->base.now_ns = now_ns;
    foreign_streams_push(quic);
    for (int round = 0; is_open(quic) && round < ROUNDS_MAX && (round == 0 || quic->wrote); round++) {
        quic->wrote = false;
        if (!enter(quic, "flush", now_ns))
            return;
        library_of(quic)->flush(quic->connection);
        foreign_leave(quic->owner);
        foreign_handle(quic->owner);
    }
    foreign_streams_tell_taken(quic);
    if (!foreign_can(quic->owner, ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED) || !is_open(quic))
        return;
    quic->base.unacknowledged = quic->sent > quic->acknowledged ? quic->sent - quic->acknowledged : 0;
    if (quic->base.unacknowledged > 0 || quic->taken == quic->acknowledged)
        return;
    foreign_statistics(quic, &statistics); /* of what it has taken, some may not have left */
    quic->base.unacknowledged = statistics.unacknowledged;
    quic->sent = quic->acknowledged + statistics.unacknowledged;
}

static void quic_close(core_quic *base, bool application, uint64_t code, uint64_t now_ns)
{
    foreign_quic *const quic = foreign_of(base);
    if (!is_open(quic))
        return;
    quic->base.end = (core_quic_end){.kind = CORE_QUIC_CLOSED_HERE, .application = application, .code = code};
    if (!enter(quic, "close", now_ns))
        return;
    library_of(quic)->close(quic->connection, application, code);
    foreign_leave(quic->owner);
    if (!quic->over)
        foreign_fault(quic->owner, "close", "it returns without CLOSED_EVENT");
}

static void quic_close_again(core_quic *base)
{
    foreign_quic *const quic = foreign_of(base);
    if (quic->base.end.kind != CORE_QUIC_CLOSED_HERE || !foreign_enter(quic->owner, "close"))
        return;
    library_of(quic)->close(quic->connection, quic->base.end.application, quic->base.end.code);
    foreign_leave(quic->owner);
}

/* ---- Paths ---- */

void foreign_refresh_path(foreign_quic *quic)
{
    roam_endpoint_path path = {0};
    if (!foreign_enter(quic->owner, "path"))
        return;
    library_of(quic)->path(quic->connection, &path);
    foreign_leave(quic->owner);
    if (!foreign_addr_from(&path.local, &quic->local) || !foreign_addr_from(&path.remote, &quic->remote))
        foreign_fault(quic->owner, "path", "the path in use has no address");
}

static int migrate(foreign_quic *quic, const roam_addr *local, const roam_addr *remote,
                   roam_endpoint_migrate_mode mode, uint64_t now_ns)
{
    const roam_endpoint_path path = foreign_path_to(local, remote);
    if (!is_open(quic) || !enter(quic, "migrate", now_ns))
        return ROAM_ERR_QUIC;
    const int status = library_of(quic)->migrate(quic->connection, &path, mode);
    foreign_leave(quic->owner);
    if (status == ROAM_ENDPOINT_NO_CONNECTION_ID || status == ROAM_ENDPOINT_BLOCKED)
        return ROAM_ERR_WOULD_BLOCK;
    if (status == ROAM_ENDPOINT_UNSUPPORTED)
        return ROAM_ERR_UNSUPPORTED;
    if (status)
        return ROAM_ERR_QUIC;
    foreign_refresh_path(quic);
    return 0;
}

static int quic_probe(core_quic *base, const roam_addr *local, const roam_addr *remote, uint64_t now_ns)
{
    foreign_quic *const quic = foreign_of(base);
    if (!foreign_can(quic->owner, ROAM_ENDPOINT_CAN_PROBE_FIRST))
        return ROAM_ERR_UNSUPPORTED;
    return migrate(quic, local, remote, ROAM_ENDPOINT_PROBE_FIRST, now_ns);
}

/* A library that only replaces the socket does not say whether the new path works: the first datagram that
 * comes there does. */
static int rebind(foreign_quic *quic, const roam_addr *local, const roam_addr *remote, uint64_t now_ns)
{
    const roam_addr from = quic->local;
    const int status = migrate(quic, local, remote, ROAM_ENDPOINT_REBIND, now_ns);
    if (status == 0 && quic->rebind_from.family == ROAM_FAMILY_NONE)
        quic->rebind_from = from;
    return status;
}

static int quic_follow(core_quic *base, const roam_addr *local, const roam_addr *remote, uint64_t now_ns)
{
    foreign_quic *const quic = foreign_of(base);
    if (foreign_can(quic->owner, ROAM_ENDPOINT_CAN_FOLLOW_FIRST))
        return migrate(quic, local, remote, ROAM_ENDPOINT_FOLLOW_FIRST, now_ns);
    if (foreign_can(quic->owner, ROAM_ENDPOINT_CAN_REBIND))
        return rebind(quic, local, remote, now_ns);
    return quic_probe(base, local, remote, now_ns);
}

static void quic_abandon(core_quic *base, uint64_t now_ns)
{
    foreign_quic *const quic = foreign_of(base);
    if (!is_open(quic))
        return;
    if (quic->rebind_from.family != ROAM_FAMILY_NONE) {
        const roam_addr back = quic->rebind_from;
        quic->rebind_from.family = ROAM_FAMILY_NONE;
        if (migrate(quic, &back, &quic->remote, ROAM_ENDPOINT_REBIND, now_ns))
            return; /* the connection stays where it is, and its datagrams are lost */
    } else if (library_of(quic)->migrate_abandon && enter(quic, "migrate_abandon", now_ns)) {
        library_of(quic)->migrate_abandon(quic->connection);
        foreign_leave(quic->owner);
        foreign_refresh_path(quic);
    }
}

static void ping(foreign_quic *quic, bool resume)
{
    if (!is_open(quic) || !library_of(quic)->ping || !foreign_enter(quic->owner, "ping"))
        return;
    library_of(quic)->ping(quic->connection, resume);
    foreign_leave(quic->owner);
}

static void quic_revive(core_quic *base, uint64_t now_ns)
{
    base->now_ns = now_ns;
    ping(foreign_of(base), true);
}

static void quic_ping(core_quic *base)
{
    ping(foreign_of(base), false);
}

/* The answer of send() has told the library. */
static bool quic_too_large(core_quic *base, size_t len, uint64_t for_ns, uint64_t now_ns)
{
    (void)base;
    (void)len;
    (void)for_ns;
    (void)now_ns;
    return false;
}

static bool quic_peer_disables_migration(const core_quic *base)
{
    return foreign_of_const(base)->disables_migration;
}

static void quic_path(const core_quic *base, roam_addr *local, roam_addr *remote)
{
    *local = foreign_of_const(base)->local;
    *remote = foreign_of_const(base)->remote;
}

/* RFC 9002 section 6.2.1, where the library does not say. */
static uint64_t pto_of(const roam_endpoint_statistics *statistics)
{
    const uint64_t granularity_ns = 1000000, max_ack_delay_ns = 25000000;
    const uint64_t spread_ns = 4 * statistics->rttvar_ns;
    return statistics->srtt_ns + (spread_ns > granularity_ns ? spread_ns : granularity_ns) + max_ack_delay_ns;
}

/* Where the library has no more than the smoothed RTT: another one than the initial RTT is of samples. */
static uint64_t latest_rtt_of(const foreign_quic *quic, const roam_endpoint_statistics *statistics)
{
    if (statistics->latest_rtt_ns > 0 || statistics->srtt_ns == quic->owner->node_options->initial_rtt_ns)
        return statistics->latest_rtt_ns;
    return statistics->srtt_ns;
}

static void quic_path_stats(const core_quic *base, roam_path_stats *stats)
{
    const foreign_quic *const quic = foreign_of_const(base);
    roam_endpoint_statistics given;
    foreign_statistics(quic, &given);
    if (given.srtt_ns == 0)
        given.srtt_ns = quic->owner->node_options->initial_rtt_ns;
    stats->local = quic->local;
    stats->remote = quic->remote;
    stats->srtt_ns = given.srtt_ns;
    stats->rttvar_ns = given.rttvar_ns;
    stats->latest_rtt_ns = latest_rtt_of(quic, &given);
    stats->min_rtt_ns = given.min_rtt_ns;
    stats->pto_ns = given.pto_ns ? given.pto_ns : pto_of(&given);
    stats->cwnd = given.cwnd;
    stats->bytes_in_flight = given.bytes_in_flight;
}

static core_connection_id quic_destination(const core_quic *base)
{
    roam_endpoint_statistics given;
    core_connection_id id;
    foreign_statistics(foreign_of_const(base), &given);
    id.len = given.connection_id_len <= ROAM_CONNECTION_ID_MAX ? given.connection_id_len : 0;
    memcpy(id.bytes, given.connection_id, sizeof id.bytes);
    return id;
}

static const core_certificate *quic_peer(const core_quic *base)
{
    const foreign_quic *const quic = foreign_of_const(base);
    return quic->has_peer ? &quic->peer : NULL;
}

const core_quic_methods foreign_quic_methods = {
    .free = quic_free,
    .read = quic_read,
    .expire = quic_expire,
    .expiry = quic_expiry,
    .write = quic_write,
    .close = quic_close,
    .close_again = quic_close_again,
    .probe = quic_probe,
    .follow = quic_follow,
    .abandon = quic_abandon,
    .revive = quic_revive,
    .ping = quic_ping,
    .too_large = quic_too_large,
    .peer_disables_migration = quic_peer_disables_migration,
    .path = quic_path,
    .path_stats = quic_path_stats,
    .destination = quic_destination,
    .peer = quic_peer,
    .stream_open = foreign_stream_open,
    .stream_append = foreign_stream_append,
    .stream_finish = foreign_stream_finish,
    .stream_reset = foreign_stream_reset,
};
