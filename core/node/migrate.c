/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/migrate.h"

#include "core/node/preferred.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef enum migration_state { WAITING, VALIDATING, VALIDATED } migration_state;

/* One call of roam_migrate. */
typedef struct caller {
    struct caller *next;
    core_result *result; /* made at the start, so that a result cannot fail for want of memory */
    const char *trigger;
    uint64_t requested_ns;
    uint64_t deadline_ns;
} caller;

struct core_migration {
    migration_state state;
    roam_addr wanted_local; /* as asked for */
    roam_adapter *adapter;  /* the new one, until it is the connection's; NULL: not open yet */
    bool staged;            /* it was handed over by roam_stage_adapter */
    bool followed;          /* data has moved to it; the connection's own adapter is the way back */
    uint64_t round_ns;      /* when the round of validation began */
    bool challenged;        /* in this round, at the address of the record; not when followed */
    core_connection_id destination_before;
    roam_migration_record record; /* what the calls have in common */
    caller *callers;
};

static void trace_state(const core_connection *connection, roam_qlog_migration state)
{
    const core_migration *const m = connection->migration;
    core_connection_trace_migration(connection, &m->record.new_local, &m->record.remote, state);
}

static void trace_abandoned(const core_connection *connection)
{
    const core_migration *const m = connection->migration;
    if (m->followed || m->challenged)
        trace_state(connection, m->followed ? ROAM_QLOG_MIGRATION_ABANDONED : ROAM_QLOG_PROBING_ABANDONED);
}

/* QUIC uses the new path from now on. */
static void trace_validated(const core_connection *connection)
{
    if (connection->migration->followed || !connection->migration->challenged)
        return;
    trace_state(connection, ROAM_QLOG_PROBING_SUCCESSFUL);
    trace_state(connection, ROAM_QLOG_MIGRATION_STARTED);
}

/* ---- Results ---- */

/* A call with its result under construction; NULL: no memory. */
static caller *caller_new(roam_peer_id peer, const roam_migrate_options *options, uint64_t now_ns)
{
    caller *const c = calloc(1, sizeof *c);
    core_result *const result = calloc(1, sizeof *result);
    if (!c || !result) {
        free(c);
        free(result);
        return NULL;
    }
    result->peer = peer;
    result->done = options->done;
    result->done_data = options->done_data;
    c->result = result;
    c->trigger = options->trigger ? options->trigger : "";
    c->requested_ns = now_ns;
    c->deadline_ns = core_deadline(now_ns, options->timeout_ns);
    return c;
}

/* Sets the fields that are known at the time of the call. */
static void record_init(roam_migration_record *record, const core_connection *connection,
                        const roam_migrate_options *options, uint64_t now_ns)
{
    *record = (roam_migration_record){.mode = options->mode,
                                      .new_local = options->local,
                                      .remote = options->remote,
                                      .requested_ns = now_ns,
                                      .first_round_ns = ROAM_NEVER,
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
    c->result->record = *record;
    c->result->record.trigger = c->trigger;
    c->result->record.result = result;
    c->result->record.requested_ns = c->requested_ns;
    c->result->record.finished_ns = now_ns;
    core_outbox_add(&node->outbox, c->result);
    free(c);
}

static void deliver_all(core_connection *connection, int result, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    while (m->callers) {
        caller *const c = m->callers;
        m->callers = c->next;
        deliver(connection->node, c, &m->record, result, now_ns);
    }
}

/* ---- Ends ---- */

static void release(core_connection *connection)
{
    core_migration *const m = connection->migration;
    connection->migration = NULL;
    roam_adapter_free(m->adapter);
    free(m);
}

/* Another attempt from the same local address can use the same connection ID (RFC 9000 section 9.5). */
static void remember_address(core_connection *connection)
{
    const core_migration *const m = connection->migration;
    if (m->adapter && !m->staged && m->record.validation_rounds > 0)
        core_connection_tried(connection, &m->adapter->local);
}

/* Data uses the old path again. */
static void abandon_round(core_connection *connection, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    if (m->state != VALIDATING)
        return;
    trace_abandoned(connection);
    m->state = WAITING; /* before the call: QUIC reports the aborted validation from inside it */
    m->followed = false;
    core_quic_abandon(connection->quic, now_ns);
}

/* Gives up the new path. Its adapter closes at once, so that a late PATH_RESPONSE cannot migrate any more. */
static void finish(core_connection *connection, int result, uint64_t now_ns)
{
    abandon_round(connection, now_ns);
    remember_address(connection);
    deliver_all(connection, result, now_ns);
    release(connection);
}

static void commit(core_connection *connection, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    if (m->followed || m->challenged)
        trace_state(connection, ROAM_QLOG_MIGRATION_COMPLETE);
    core_connection_untried(connection, &m->adapter->local); /* its connection ID is the one in use */
    core_connection_switch(connection, m->adapter, now_ns);
    m->adapter = NULL;
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

static void use_adapter(core_connection *connection, core_migration *m, roam_adapter *adapter)
{
    m->adapter = adapter;
    adapter->connection = connection;
    m->record.new_local = adapter->local;
}

/* Port 0 is any port. */
static bool is_at(const roam_addr *local, const roam_addr *wanted)
{
    return local->family == wanted->family && memcmp(local->bytes, wanted->bytes, sizeof local->bytes) == 0 &&
           (wanted->port == 0 || wanted->port == local->port);
}

/* An adapter at the wanted address: on the port of an earlier attempt from there, where one was made and the
 * port is free. */
static int open_at(const core_connection *connection, const roam_addr *wanted, const roam_addr *remote,
                   roam_adapter **out)
{
    const roam_node_options *const options = &connection->node->options;
    roam_adapter *again = NULL;
    const int rv = options->callbacks.open_adapter(options->user_data, wanted, remote, out);
    if (rv || wanted->port != 0)
        return rv;
    roam_addr address = (*out)->local;
    address.port = 0;
    for (size_t i = 0; i < CORE_TRIED_MAX; i++) {
        const roam_addr *const tried = &connection->tried[i];
        if (!is_at(tried, &address) ||
            options->callbacks.open_adapter(options->user_data, tried, remote, &again))
            continue;
        roam_adapter_free(*out);
        *out = again;
        break;
    }
    return 0;
}

static int open_adapter(core_connection *connection)
{
    core_migration *const m = connection->migration;
    const roam_node_options *const options = &connection->node->options;
    roam_adapter *adapter = connection->peer->staged;
    const bool staged = adapter;
    connection->peer->staged = NULL;
    if (!adapter && !options->callbacks.open_adapter)
        return ROAM_ERR_ADAPTER;
    int rv = adapter ? 0 : open_at(connection, &m->wanted_local, &m->record.remote, &adapter);
    /* A relay may lead from one family to the other, a socket does not. */
    if (rv == 0 && !staged && adapter->local.family != m->record.remote.family) {
        roam_adapter_free(adapter);
        rv = ROAM_ERR_FAMILY;
    }
    if (rv) {
        m->record.detail = core_adapter_detail(rv);
        return ROAM_ERR_ADAPTER;
    }
    assert(adapter);
    m->staged = staged;
    use_adapter(connection, m, adapter);
    return 0;
}

/* Whether data went unacknowledged and nothing came for two PTOs: then there is nothing for validating first
 * to protect. */
static bool old_path_is_silent(const core_connection *connection, uint64_t now_ns)
{
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    return connection->waiting_since_ns < now_ns && now_ns - connection->waiting_since_ns >= 2 * stats.pto_ns;
}

/* Starts a round of validation, or says why it has to wait. True when one was started. */
static bool start_validation(core_connection *connection, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    int rv = m->adapter ? 0 : open_adapter(connection);
    if (rv) {
        finish(connection, rv, now_ns);
        return false;
    }
    const bool follow = m->record.mode == ROAM_FOLLOW_FIRST || old_path_is_silent(connection, now_ns);
    rv = follow ? core_quic_follow(connection->quic, &m->adapter->local, &m->record.remote, now_ns)
                : core_quic_probe(connection->quic, &m->adapter->local, &m->record.remote, now_ns);
    if (rv == ROAM_ERR_UNSUPPORTED) {
        finish(connection, rv, now_ns);
        return false;
    }
    if (rv) {
        /* This is called again with every datagram: it may bring a connection ID. */
        m->record.detail = ROAM_DETAIL_WAITING_FOR_CONNECTION_ID;
        return false;
    }
    core_preferred_from(connection, &m->adapter->local);
    m->state = VALIDATING;
    m->followed = follow;
    m->round_ns = now_ns;
    if (m->record.first_round_ns == ROAM_NEVER)
        m->record.first_round_ns = now_ns;
    m->record.validation_rounds++;
    m->record.detail = ROAM_DETAIL_NO_RESPONSE;
    m->challenged = false;
    if (follow)
        trace_state(connection, ROAM_QLOG_MIGRATION_STARTED);
    return true;
}

/* Ends the calls whose budget is over; true when none is left, and with it the migration. */
static bool end_overdue(core_connection *connection, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    const int result = connection->state == CORE_CONNECTION_UP ? ROAM_ERR_TIMEOUT : ROAM_ERR_NOT_CONNECTED;
    caller *waits = m->callers;
    while (waits && waits->deadline_ns <= now_ns)
        waits = waits->next;
    if (!waits) {
        finish(connection, result, now_ns);
        return true;
    }
    for (caller **link = &m->callers; *link;) {
        caller *const c = *link;
        if (c->deadline_ns > now_ns) {
            link = &c->next;
            continue;
        }
        *link = c->next;
        deliver(connection->node, c, &m->record, result, now_ns);
    }
    return false;
}

bool core_migrate_advance(core_connection *connection, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    if (!m || core_quic_ended(connection->quic).kind != CORE_QUIC_OPEN)
        return false;
    if (m->state == VALIDATED) {
        commit(connection, now_ns);
        return false;
    }
    if (end_overdue(connection, now_ns))
        return false;
    if (m->state == VALIDATING)
        return false;
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
    for (const caller *c = connection->migration->callers; c; c = c->next)
        if (c->deadline_ns < deadline)
            deadline = c->deadline_ns;
    return deadline;
}

/* Whether the validation that ended is the migration's own, and not one that was given up. */
static bool is_ours(const core_connection *connection, const roam_addr *local)
{
    const core_migration *const m = connection->migration;
    if (!m || m->state != VALIDATING)
        return false;
    return roam_addr_equal(&m->adapter->local, local);
}

void core_migrate_validation(core_connection *connection, const roam_addr *local, core_validation result,
                             uint64_t now_ns)
{
    if (!is_ours(connection, local))
        return;
    switch (result) {
    case CORE_VALIDATED:
        trace_validated(connection);
        connection->migration->state = VALIDATED;
        connection->migration->record.response_ns = now_ns;
        break;
    case CORE_VALIDATION_FAILED:
    case CORE_VALIDATION_ABORTED: /* the peer has retired the connection ID (RFC 9000 section 5.1.2) */
        trace_abandoned(connection);
        connection->migration->state = WAITING;
        connection->migration->followed = false; /* QUIC uses the old path again */
        break;
    }
}

void core_migrate_remote_moved(core_connection *connection, const roam_addr *local, const roam_addr *remote,
                               uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    if (!m || m->state == VALIDATED)
        return;
    if (m->state == VALIDATING)
        trace_abandoned(connection);
    m->challenged = false; /* of what follows on this path the preferred address tells */
    m->record.remote = *remote;
    if (m->state == WAITING)
        return;
    if (!roam_addr_equal(&m->adapter->local, local)) {
        m->record.validation_rounds++; /* that to the other address is given up, that to this one goes on */
        if (m->followed)
            trace_state(connection, ROAM_QLOG_MIGRATION_STARTED);
        return;
    }
    m->followed = false; /* the path in use is validated */
    m->state = VALIDATED;
    m->record.response_ns = now_ns;
}

void core_migrate_old_path_alive(core_connection *connection, uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    /* A datagram that was only late does not show that the old path works, and going back would give up
     * challenges whose answers may be on their way.
     */
    const uint64_t flight_ns = 3 * connection->node->options.initial_rtt_ns;
    if (!m || m->state != VALIDATING || !m->followed || m->record.mode == ROAM_FOLLOW_FIRST ||
        now_ns - m->round_ns < flight_ns)
        return;
    abandon_round(connection, now_ns);
}

void core_migrate_challenge_sent(core_connection *connection, const roam_addr *local, const roam_addr *remote,
                                 uint64_t now_ns)
{
    core_migration *const m = connection->migration;
    if (!m || m->state != VALIDATING || (local && !roam_addr_equal(local, &m->adapter->local)))
        return;
    m->record.challenges_sent++;
    if (!m->challenged && !m->followed && (!remote || roam_addr_equal(remote, &m->record.remote))) {
        m->challenged = true;
        trace_state(connection, ROAM_QLOG_PROBING_STARTED);
    }
    if (m->record.first_challenge_ns == ROAM_NEVER)
        m->record.first_challenge_ns = now_ns;
}

roam_adapter *core_migrate_adapter(const core_connection *connection, const roam_addr *local)
{
    const core_migration *const m = connection->migration;
    return m && m->adapter && roam_addr_equal(&m->adapter->local, local) ? m->adapter : NULL;
}

roam_adapter *core_migrate_adapter_in_use(const core_connection *connection)
{
    const core_migration *const m = connection->migration;
    return m && m->followed ? m->adapter : connection->adapter;
}

void core_migrate_connection_lost(core_connection *connection, uint64_t now_ns)
{
    if (!connection->migration)
        return;
    if (connection->migration->state == VALIDATING)
        trace_abandoned(connection);
    const int result = connection->state == CORE_CONNECTION_UP ? ROAM_ERR_NO_CONN : ROAM_ERR_NOT_CONNECTED;
    connection->migration->record.detail = ROAM_DETAIL_CONNECTION_LOST;
    deliver_all(connection, result, now_ns);
    release(connection);
}

void core_migrate_free(core_connection *connection)
{
    core_migration *const m = connection->migration;
    if (!m)
        return;
    while (m->callers) {
        caller *const c = m->callers;
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

/* The one in use is that at the time of the call: an attempt that the call is about to end may use another
 * than the path before it. */
static roam_addr remote_of(const core_connection *connection, const roam_migrate_options *options)
{
    roam_addr local, remote = options->remote;
    if (remote.family == ROAM_FAMILY_NONE)
        core_quic_path(connection->quic, &local, &remote);
    return core_preferred_in_place_of(connection, &remote);
}

static bool same_remote(const core_connection *connection, const roam_migrate_options *options)
{
    const roam_addr remote = remote_of(connection, options);
    return roam_addr_equal(&connection->migration->record.remote, &remote);
}

/* The call leaves the local address open, and an attempt is under way. Whether that is on the address that
 * now leads to the peer; if not, *out is an adapter on the one that does. */
static bool still_leads(core_connection *connection, roam_adapter **out)
{
    const core_migration *const m = connection->migration;
    const roam_node_options *const options = &connection->node->options;
    const roam_addr any = {.family = ROAM_FAMILY_NONE};
    roam_adapter *fresh = NULL;
    if (!options->callbacks.open_adapter ||
        options->callbacks.open_adapter(options->user_data, &any, &m->record.remote, &fresh))
        return true; /* no address leads there: a new attempt would do no better */
    roam_addr wanted = fresh->local;
    wanted.port = 0;
    if (is_at(&m->adapter->local, &wanted)) {
        roam_adapter_free(fresh);
        return true;
    }
    *out = fresh;
    return false;
}

/* Whether a call joins the migration under way. If not, *out may be an adapter that it shall use. */
static bool joins(core_connection *connection, const roam_migrate_options *options, roam_adapter **out)
{
    const core_migration *const m = connection->migration;
    if (!m || m->record.mode != options->mode || !same_remote(connection, options))
        return false;
    if (connection->peer->staged && m->adapter)
        return false; /* it was staged for the next migration */
    if (!m->adapter || m->staged)
        return roam_addr_equal(&m->wanted_local, &options->local);
    if (options->local.family == ROAM_FAMILY_NONE)
        return still_leads(connection, out);
    return is_at(&m->adapter->local, &options->local);
}

/* The call that is to be the first of a migration of its own. */
static void begin(core_connection *connection, core_migration *m, const roam_migrate_options *options,
                  roam_adapter *adapter, uint64_t now_ns)
{
    const roam_addr remote = remote_of(connection, options);
    if (connection->migration)
        finish(connection, ROAM_ERR_SUPERSEDED, now_ns);
    m->wanted_local = options->local;
    m->destination_before = core_quic_destination(connection->quic);
    record_init(&m->record, connection, options, now_ns);
    m->record.remote = remote;
    if (adapter)
        use_adapter(connection, m, adapter);
    connection->migration = m;
}

int core_migrate_call(roam_node *node, core_peer *peer, roam_peer_id id, const roam_migrate_options *options,
                      uint64_t now_ns)
{
    core_connection *const connection = peer ? peer->connection : NULL;
    caller *const c = caller_new(id, options, now_ns);
    core_migration *const m = calloc(1, sizeof *m);
    if (!c || !m) {
        if (c)
            free(c->result);
        free(c);
        free(m);
        return ROAM_ERR_NO_MEMORY;
    }
    const int result = result_at_once(peer);
    if (result != ROAM_OK) {
        record_init(&m->record, connection, options, now_ns);
        deliver(node, c, &m->record, result, now_ns);
        free(m);
        return 0;
    }
    /* From a callback, between the PATH_RESPONSE and the step: QUIC uses that path already. */
    if (connection->migration && connection->migration->state == VALIDATED)
        commit(connection, now_ns);
    roam_adapter *adapter = NULL;
    if (joins(connection, options, &adapter))
        free(m);
    else
        begin(connection, m, options, adapter, now_ns);
    caller **link = &connection->migration->callers;
    while (*link)
        link = &(*link)->next;
    *link = c;
    core_connection_touch(connection);
    return 0;
}
