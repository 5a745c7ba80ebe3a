/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/preferred.h"

#include "core/node/migrate.h"

#include <stdlib.h>
#include <string.h>

/* ---- The end that accepts ---- */

static roam_addr *preferred_of(roam_node *node, roam_family family)
{
    return &node->preferred[family == ROAM_FAMILY_IPV6];
}

int roam_node_prefer(roam_node *node, const roam_addr *address)
{
    if (node->library)
        return ROAM_ERR_UNSUPPORTED;
    if (address->family == ROAM_FAMILY_NONE || !core_node_listener(node, address))
        return ROAM_ERR_INVALID_ARGUMENT;
    *preferred_of(node, address->family) = *address;
    return 0;
}

void roam_node_prefer_none(roam_node *node, roam_family family)
{
    *preferred_of(node, family) = (roam_addr){.family = ROAM_FAMILY_NONE};
}

void core_preferred_named(const roam_node *node, const roam_addr *local, roam_addr out[2])
{
    const bool there =
        roam_addr_equal(&node->preferred[0], local) || roam_addr_equal(&node->preferred[1], local);
    for (size_t i = 0; i < 2; i++)
        out[i] = there ? (roam_addr){.family = ROAM_FAMILY_NONE} : node->preferred[i];
}

/* ---- The end that dialled ---- */

struct core_preferred {
    roam_preferred_record record;
    bool challenged; /* from this local address */
};

bool core_preferred_begin(core_connection *connection, const roam_addr *remote, uint64_t now_ns)
{
    roam_path_stats stats = {0};
    if (connection->node->options.quic.ignore_preferred_address || connection->preferred)
        return false;
    core_preferred *const preferred = calloc(1, sizeof *preferred);
    if (!preferred)
        return false; /* the original address works */
    core_quic_path_stats(connection->quic, &stats);
    preferred->record = (roam_preferred_record){.local = stats.local,
                                                .old_remote = stats.remote,
                                                .new_remote = *remote,
                                                .validation_rounds = 1,
                                                .started_ns = now_ns,
                                                .first_challenge_ns = ROAM_NEVER,
                                                .srtt_before_ns = stats.srtt_ns,
                                                .cwnd_before = stats.cwnd};
    connection->preferred = preferred;
    return true;
}

static void trace_state(const core_connection *connection, roam_qlog_migration state)
{
    const roam_preferred_record *const record = &connection->preferred->record;
    core_connection_trace_migration(connection, &record->local, &record->new_remote, state);
}

/* Challenges come from there. */
static void set_local(core_connection *connection, const roam_addr *local)
{
    core_preferred *const preferred = connection->preferred;
    if (roam_addr_equal(local, &preferred->record.local))
        return;
    if (preferred->challenged)
        trace_state(connection, ROAM_QLOG_PROBING_ABANDONED);
    preferred->challenged = false;
    preferred->record.local = *local;
}

static void finish(core_connection *connection, int result, uint64_t now_ns)
{
    core_preferred *const preferred = connection->preferred;
    roam_path_stats stats = {0};
    if (result != ROAM_OK && preferred->challenged)
        trace_state(connection, ROAM_QLOG_PROBING_ABANDONED);
    connection->preferred = NULL;
    core_quic_path_stats(connection->quic, &stats);
    preferred->record.result = result;
    preferred->record.finished_ns = now_ns;
    preferred->record.srtt_after_ns = stats.srtt_ns;
    preferred->record.cwnd_after = stats.cwnd;
    core_outbox_emit(&connection->node->outbox,
                     &(roam_event){.kind = ROAM_EVENT_PREFERRED_ADDRESS,
                                   .peer = connection->peer->id,
                                   .preferred = &preferred->record},
                     now_ns);
    free(preferred);
}

bool core_preferred_validation(core_connection *connection, const roam_addr *local, const roam_addr *remote,
                               core_validation result, uint64_t now_ns)
{
    core_preferred *const preferred = connection->preferred;
    if (!preferred || !roam_addr_equal(remote, &preferred->record.new_remote))
        return false;
    if (result == CORE_VALIDATED) {
        set_local(connection, local);
        trace_state(connection, ROAM_QLOG_PROBING_SUCCESSFUL);
        trace_state(connection, ROAM_QLOG_MIGRATION_STARTED);
        trace_state(connection, ROAM_QLOG_MIGRATION_COMPLETE);
        connection->left_remote = preferred->record.old_remote;
        connection->preferred_remote = preferred->record.new_remote;
        core_migrate_remote_moved(connection, local, &preferred->record.new_remote, now_ns);
    }
    finish(connection, result == CORE_VALIDATED ? ROAM_OK : ROAM_ERR_TIMEOUT, now_ns);
    return true;
}

roam_addr core_preferred_in_place_of(const core_connection *connection, const roam_addr *remote)
{
    return roam_addr_equal(&connection->left_remote, remote) ? connection->preferred_remote : *remote;
}

void core_preferred_challenge_sent(core_connection *connection, const roam_addr *remote, uint64_t now_ns)
{
    core_preferred *const preferred = connection->preferred;
    if (!preferred || !remote || !roam_addr_equal(remote, &preferred->record.new_remote))
        return;
    preferred->record.challenges_sent++;
    if (!preferred->challenged)
        trace_state(connection, ROAM_QLOG_PROBING_STARTED);
    preferred->challenged = true;
    if (preferred->record.first_challenge_ns == ROAM_NEVER)
        preferred->record.first_challenge_ns = now_ns;
}

void core_preferred_from(core_connection *connection, const roam_addr *local)
{
    core_preferred *const preferred = connection->preferred;
    if (!preferred || roam_addr_equal(local, &preferred->record.local))
        return;
    set_local(connection, local);
    preferred->record.validation_rounds++;
}

void core_preferred_connection_lost(core_connection *connection, uint64_t now_ns)
{
    if (connection->preferred)
        finish(connection, ROAM_ERR_NO_CONN, now_ns);
}

void core_preferred_free(core_connection *connection)
{
    free(connection->preferred);
    connection->preferred = NULL;
}
