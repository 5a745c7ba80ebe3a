/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/migrate.h"

#include <assert.h>
#include <stdlib.h>

#define DEFAULT_MAX_ACK_DELAY_NS UINT64_C(25000000) /* RFC 9000 section 18.2 */

enum { IDS_OF_PEER_MAX = 8 }; /* ngtcp2 grants no more, whatever the limit */

typedef enum migration_state { WAITING, VALIDATING, VALIDATED } migration_state;

/* One call of roam_migrate. */
typedef struct caller {
    struct caller *next;
    core_result *result; /* made at the start, so that a result cannot fail for want of memory */
    uint64_t requested_ns;
    uint64_t deadline_ns;
} caller;

struct core_migration {
    migration_state state;
    roam_addr wanted_local, wanted_remote; /* as asked for: what makes a target the same */
    roam_addr old_remote;
    roam_adapter *adapter;  /* the new one, until it is the connection's */
    roam_adapter *fallback; /* data has moved: the old one, until the result */
    uint64_t challenged_ns; /* the first challenge of this round; ROAM_NEVER: none was written */
    uint32_t ids_spent;     /* connection IDs of the peer, since it last could replace them */
    core_connection_id destination_before;
    roam_migration_record record; /* what the calls have in common */
    caller *callers;
};

/* ---- Results ---- */

static const char *trigger_of(const roam_migrate_options *options)
{
    return options->trigger ? options->trigger : "";
}

/* A call with its result under construction; NULL: no memory. */
static caller *caller_new(roam_peer_id peer, const roam_migrate_options *options, uint64_t now_ns)
{
    caller *c = calloc(1, sizeof *c);
    core_result *result = calloc(1, sizeof *result);
    if (!c || !result) {
        free(c);
        free(result);
        return NULL;
    }
    result->peer = peer;
    result->done = options->done;
    result->done_data = options->done_data;
    result->record.trigger = trigger_of(options);
    c->result = result;
    c->requested_ns = now_ns;
    c->deadline_ns = options->timeout_ns < ROAM_NEVER - now_ns ? now_ns + options->timeout_ns : ROAM_NEVER;
    return c;
}

/* Fills in what there is to say before anything has happened. */
static void record_init(roam_migration_record *record, const core_connection *connection,
                        const roam_migrate_options *options, uint64_t now_ns)
{
    *record = (roam_migration_record){.mode = options->mode,
                                      .trigger = trigger_of(options),
                                      .new_local = options->local,
                                      .remote = options->remote,
                                      .requested_ns = now_ns,
                                      .first_challenge_ns = ROAM_NEVER,
                                      .response_ns = ROAM_NEVER};
    if (!connection)
        return;
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    record->initiator = connection->dialled;
    record->old_local = stats.local;
    record->srtt_before_ns = record->srtt_after_ns = stats.srtt_ns;
    record->cwnd_before = record->cwnd_after = stats.cwnd;
    if (record->remote.family == ROAM_FAMILY_NONE)
        record->remote = stats.remote;
}

/* Hands the result of one call to the node, and ends the call. */
static void deliver(roam_node *node, caller *c, const roam_migration_record *record, int result,
                    uint64_t now_ns)
{
    const char *trigger = c->result->record.trigger;
    c->result->record = *record;
    c->result->record.trigger = trigger;
    c->result->record.result = result;
    c->result->record.requested_ns = c->requested_ns;
    c->result->record.finished_ns = now_ns;
    core_node_result(node, c->result);
    free(c);
}

static void deliver_all(core_connection *connection, int result, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    while (m->callers) {
        caller *c = m->callers;
        m->callers = c->next;
        deliver(connection->node, c, &m->record, result, now_ns);
    }
}

/* ---- To the new path and back, before it is validated ---- */

/* Data moves at once; the adapters change places, and the old one is kept for the way back. */
static int follow(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    int rv = core_quic_follow(connection->quic, &m->adapter->local, &m->record.remote, now_ns);
    if (rv)
        return rv;
    m->ids_spent++;
    m->fallback = connection->adapter;
    connection->adapter = m->adapter;
    m->adapter = NULL;
    return 0;
}

/* Data goes back to the old path, and the new adapter waits for another round. */
static int unfollow(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    int rv = core_quic_follow(connection->quic, &m->fallback->local, &m->old_remote, now_ns);
    if (rv)
        return rv;
    m->ids_spent++;
    m->adapter = connection->adapter;
    connection->adapter = m->fallback;
    m->fallback = NULL;
    return 0;
}

/* ---- Ends ---- */

static void release(core_connection *connection)
{
    core_migration *m = connection->migration;
    connection->migration = NULL;
    roam_adapter_free(m->adapter);
    roam_adapter_free(m->fallback);
    free(m);
}

/* Gives up the new path. Its adapter closes at once, so that a late PATH_RESPONSE cannot migrate any more. */
static void roll_back(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    /* Without a connection ID there is no way back: then the new path stays in use, in the hope that it comes
     * alive. */
    if (m->fallback && unfollow(connection, now_ns))
        m->record.detail = ROAM_DETAIL_WAITING_FOR_CONNECTION_ID;
    release(connection);
}

static void finish(core_connection *connection, int result, uint64_t now_ns)
{
    deliver_all(connection, result, now_ns);
    roll_back(connection, now_ns);
}

static void commit(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    if (!m->fallback) {
        core_connection_switch(connection, m->adapter, now_ns);
        m->adapter = NULL;
    } else {
        roam_adapter *new_adapter = connection->adapter;
        connection->adapter = m->fallback;
        core_connection_switch(connection, new_adapter, now_ns);
        m->fallback = NULL;
    }
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    core_connection_id id = core_quic_destination(connection->quic);
    m->record.srtt_after_ns = stats.srtt_ns;
    m->record.cwnd_after = stats.cwnd;
    m->record.connection_id_changed = !core_connection_id_equal(&id, &m->destination_before);
    m->record.detail = ROAM_DETAIL_NONE;
    deliver_all(connection, ROAM_OK, now_ns);
    release(connection);
}

/* ---- Progress ---- */

static int open_adapter(core_connection *connection)
{
    core_migration *m = connection->migration;
    const roam_node_options *options = &connection->node->options;
    roam_adapter *adapter = connection->peer->staged;
    const bool staged = adapter;
    connection->peer->staged = NULL;
    if (!adapter && !options->callbacks.open_adapter)
        return ROAM_ERR_ADAPTER;
    int rv = adapter ? 0
                     : options->callbacks.open_adapter(options->user_data, &m->wanted_local,
                                                       &m->record.remote, &adapter);
    if (rv)
        return rv;
    assert(adapter);
    /* A relay may lead from one family to the other, a socket does not. */
    if (!staged && adapter->local.family != m->record.remote.family) {
        roam_adapter_free(adapter);
        return ROAM_ERR_ADAPTER;
    }
    roam_adapter_free(m->adapter);
    m->adapter = adapter;
    adapter->connection = connection;
    m->record.new_local = adapter->local;
    return 0;
}

/* When the old path will count as dead. */
static uint64_t old_path_dead_ns(const core_connection *connection)
{
    if (connection->migration->fallback || connection->waiting_since_ns == ROAM_NEVER)
        return ROAM_NEVER;
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    return connection->waiting_since_ns + 2 * stats.pto_ns;
}

/* When data moves for want of an old path: at once while no challenge could be written, else when those of
 * the first flight count as lost. An answer may well be on its way, and moving forgets the challenge that it
 * answers. */
static uint64_t follow_ns(const core_connection *connection)
{
    const core_migration *m = connection->migration;
    uint64_t dead_ns = old_path_dead_ns(connection);
    if (dead_ns == ROAM_NEVER || m->challenged_ns == ROAM_NEVER)
        return dead_ns;
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    uint64_t flight_ns = 3 * connection->node->options.initial_rtt_ns + DEFAULT_MAX_ACK_DELAY_NS;
    uint64_t lost_ns = m->challenged_ns + (stats.pto_ns > flight_ns ? stats.pto_ns : flight_ns);
    return lost_ns > dead_ns ? lost_ns : dead_ns;
}

/* Connection IDs of the peer, besides the one in use, when it could grant all that it was asked for. A peer
 * that hears nothing of us grants no new ones: while data has moved to a path that is not validated, one is
 * kept for the way back. */
static uint32_t ids_to_spend(const core_connection *connection)
{
    uint32_t limit = connection->node->options.active_connection_id_limit;
    return (limit < IDS_OF_PEER_MAX ? limit : IDS_OF_PEER_MAX) - 1;
}

static int validate(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    if (m->fallback) { /* QUIC cannot probe the path in use */
        if (m->ids_spent + 3 > ids_to_spend(connection))
            return ROAM_ERR_WOULD_BLOCK;
        int rv = unfollow(connection, now_ns);
        return rv ? rv : follow(connection, now_ns);
    }
    if (m->record.mode == ROAM_FOLLOW_FIRST || old_path_dead_ns(connection) <= now_ns)
        return follow(connection, now_ns);
    if (connection->dist.control && core_quic_unacknowledged(connection->quic) == 0 &&
        core_dist_tick(&connection->dist))
        return ROAM_ERR_NO_MEMORY;
    m->ids_spent = 1; /* the old path lives: earlier ones have been replaced */
    return core_quic_probe(connection->quic, &m->adapter->local, &m->record.remote, now_ns);
}

/* Starts a round of validation, or says why it has to wait. True when one was started. */
static bool start_validation(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    int rv = m->adapter || m->fallback ? 0 : open_adapter(connection);
    if (rv) {
        finish(connection, rv == ROAM_ERR_NO_MEMORY ? rv : ROAM_ERR_ADAPTER, now_ns);
        return false;
    }
    m->challenged_ns = ROAM_NEVER;
    m->state = VALIDATING; /* before the call: QUIC reports an aborted validation from inside it */
    if (validate(connection, now_ns)) {
        m->state = WAITING;
        m->record.detail = ROAM_DETAIL_WAITING_FOR_CONNECTION_ID;
        return false;
    }
    m->record.validation_rounds++;
    m->record.detail = ROAM_DETAIL_NO_RESPONSE;
    return true;
}

/* Ends the calls whose budget is over; true when none is left, and with it the migration. */
static bool end_overdue(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    int result = connection->state == CORE_CONNECTION_UP ? ROAM_ERR_TIMEOUT : ROAM_ERR_NOT_CONNECTED;
    for (caller **link = &m->callers; *link;) {
        caller *c = *link;
        if (c->deadline_ns > now_ns) {
            link = &c->next;
            continue;
        }
        *link = c->next;
        deliver(connection->node, c, &m->record, result, now_ns);
    }
    if (m->callers)
        return false;
    roll_back(connection, now_ns);
    return true;
}

bool core_migrate_advance(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    if (!m || core_quic_ended(connection->quic).kind != CORE_QUIC_OPEN)
        return false;
    if (m->state == VALIDATED) {
        commit(connection, now_ns);
        return false;
    }
    if (end_overdue(connection, now_ns))
        return false;
    if (m->state == VALIDATING) {
        if (follow_ns(connection) > now_ns || follow(connection, now_ns))
            return false;
        m->challenged_ns = ROAM_NEVER;
        m->record.validation_rounds++;
        return true;
    }
    if (core_quic_peer_disables_migration(connection->quic)) {
        m->record.detail = ROAM_DETAIL_NONE;
        finish(connection, ROAM_ERR_PEER_DISABLE_MIGRATION, now_ns);
        return false;
    }
    if (!core_quic_confirmed(connection->quic) || connection->state != CORE_CONNECTION_UP) {
        m->record.detail = ROAM_DETAIL_WAITING_FOR_CONFIRMATION;
        return false;
    }
    return start_validation(connection, now_ns);
}

uint64_t core_migrate_deadline(const core_connection *connection)
{
    uint64_t deadline = ROAM_NEVER;
    if (!connection->migration)
        return deadline;
    if (connection->migration->state == VALIDATING)
        deadline = follow_ns(connection);
    for (const caller *c = connection->migration->callers; c; c = c->next) {
        if (c->deadline_ns < deadline)
            deadline = c->deadline_ns;
    }
    return deadline;
}

/* Whether the validation that ended is the migration's own, and not one that was given up. */
static bool is_ours(const core_connection *connection, const roam_addr *local)
{
    const core_migration *m = connection->migration;
    if (!m || m->state != VALIDATING)
        return false;
    const roam_adapter *adapter = m->fallback ? connection->adapter : m->adapter;
    return adapter && roam_addr_equal(&adapter->local, local);
}

void core_migrate_validation(core_connection *connection, const roam_addr *local, core_validation result,
                             uint64_t now_ns)
{
    if (!is_ours(connection, local))
        return;
    switch (result) {
    case CORE_VALIDATED:
        connection->migration->state = VALIDATED;
        connection->migration->record.response_ns = now_ns;
        break;
    case CORE_VALIDATION_FAILED:
        connection->migration->state = WAITING;
        break;
    case CORE_VALIDATION_ABORTED:
        break; /* by ourselves: for a round that is about to start */
    }
}

void core_migrate_challenge_sent(core_connection *connection, uint64_t now_ns)
{
    core_migration *m = connection->migration;
    if (!m || m->state != VALIDATING)
        return;
    m->record.challenges_sent++;
    if (m->challenged_ns == ROAM_NEVER)
        m->challenged_ns = now_ns;
    if (m->record.first_challenge_ns == ROAM_NEVER)
        m->record.first_challenge_ns = now_ns;
}

roam_adapter *core_migrate_adapter(const core_connection *connection, const roam_addr *local)
{
    const core_migration *m = connection->migration;
    if (m && m->adapter && roam_addr_equal(&m->adapter->local, local))
        return m->adapter;
    if (m && m->fallback && roam_addr_equal(&m->fallback->local, local))
        return m->fallback;
    return NULL;
}

void core_migrate_connection_lost(core_connection *connection, uint64_t now_ns)
{
    if (!connection->migration)
        return;
    int result = connection->state == CORE_CONNECTION_UP ? ROAM_ERR_NO_CONN : ROAM_ERR_NOT_CONNECTED;
    connection->migration->record.detail = ROAM_DETAIL_CONNECTION_LOST;
    deliver_all(connection, result, now_ns);
    release(connection);
}

void core_migrate_free(core_connection *connection)
{
    core_migration *m = connection->migration;
    if (!m)
        return;
    while (m->callers) {
        caller *c = m->callers;
        m->callers = c->next;
        free(c->result);
        free(c);
    }
    release(connection);
}

/* ---- Calls ---- */

/* The result that is known before anything is tried; ROAM_OK: none is. */
static int result_at_once(const core_peer *peer)
{
    if (!peer || (!peer->connection && !peer->had_channel))
        return ROAM_ERR_NOT_CONNECTED;
    if (!peer->connection || core_quic_ended(peer->connection->quic).kind != CORE_QUIC_OPEN)
        return ROAM_ERR_NO_CONN;
    if (!peer->connection->dialled)
        return ROAM_ERR_NOT_INITIATOR;
    if (core_quic_peer_disables_migration(peer->connection->quic))
        return ROAM_ERR_PEER_DISABLE_MIGRATION;
    return ROAM_OK;
}

static bool same_target(const core_migration *m, const roam_migrate_options *options)
{
    return m->record.mode == options->mode && roam_addr_equal(&m->wanted_local, &options->local) &&
           roam_addr_equal(&m->wanted_remote, &options->remote);
}

/* An adapter was staged after the migration under way had opened its own. */
static bool waits_for_next(const core_connection *connection)
{
    const core_migration *m = connection->migration;
    return connection->peer->staged && (m->adapter || m->fallback);
}

static core_migration *migration_new(core_connection *connection, const roam_migrate_options *options,
                                     uint64_t now_ns)
{
    core_migration *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->wanted_local = options->local;
    m->wanted_remote = options->remote;
    m->destination_before = core_quic_destination(connection->quic);
    m->old_remote = connection->remote;
    record_init(&m->record, connection, options, now_ns);
    return m;
}

int core_migrate_call(roam_node *node, core_peer *peer, roam_peer_id id, const roam_migrate_options *options,
                      uint64_t now_ns)
{
    core_connection *connection = peer ? peer->connection : NULL;
    caller *c = caller_new(id, options, now_ns);
    if (!c)
        return ROAM_ERR_NO_MEMORY;
    int result = result_at_once(peer);
    if (result != ROAM_OK) {
        roam_migration_record record;
        record_init(&record, connection, options, now_ns);
        deliver(node, c, &record, result, now_ns);
        return 0;
    }
    if (!connection->migration || !same_target(connection->migration, options) ||
        waits_for_next(connection)) {
        core_migration *m = migration_new(connection, options, now_ns);
        if (!m) {
            free(c->result);
            free(c);
            return ROAM_ERR_NO_MEMORY;
        }
        if (connection->migration)
            finish(connection, ROAM_ERR_SUPERSEDED, now_ns);
        connection->migration = m;
    }
    caller **link = &connection->migration->callers;
    while (*link)
        link = &(*link)->next;
    *link = c;
    core_connection_touch(connection);
    return 0;
}
