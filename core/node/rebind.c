/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/rebind.h"

#include <stdlib.h>
#include <string.h>

struct core_rebind {
    roam_rebind_record record;
};

void core_rebind_look(const core_connection *connection, const roam_addr *from, core_rebind_before *out)
{
    roam_path_stats stats = {0};
    roam_addr local;
    *out = (core_rebind_before){.from = *from};
    core_quic_path(connection->quic, &local, &out->remote);
    if (roam_addr_equal(from, &out->remote))
        return;
    core_quic_path_stats(connection->quic, &stats);
    out->srtt_ns = stats.srtt_ns;
    out->cwnd = stats.cwnd;
}

bool core_rebind_admits(core_connection *connection, const core_rebind_before *before, uint64_t now_ns)
{
    core_rebind_budget *const budget = &connection->rebind_budget;
    if (roam_addr_equal(&before->from, &before->remote))
        return true;
    const uint64_t back = (now_ns - budget->since_ns) / CORE_REBIND_INTERVAL_NS;
    if (back >= budget->spent)
        *budget = (core_rebind_budget){.since_ns = now_ns};
    else
        *budget = (core_rebind_budget){.spent = budget->spent - (uint32_t)back,
                                       .since_ns = budget->since_ns + back * CORE_REBIND_INTERVAL_NS};
    return budget->spent < CORE_REBIND_BURST;
}

static void finish(core_connection *connection, bool validated, uint64_t now_ns)
{
    core_rebind *const rebind = connection->rebind;
    connection->rebind = NULL;
    rebind->record.validated = validated;
    rebind->record.finished_ns = now_ns;
    if (connection->state == CORE_CONNECTION_UP)
        core_outbox_emit(&connection->node->outbox,
                         &(roam_event){.kind = ROAM_EVENT_REBOUND,
                                       .peer = connection->peer->id,
                                       .rebind = &rebind->record},
                         now_ns);
    free(rebind);
}

static void begin(core_connection *connection, const core_rebind_before *before, uint64_t now_ns)
{
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    if (connection->rebind)
        finish(connection, false, now_ns);
    core_rebind *const rebind = calloc(1, sizeof *rebind);
    if (!rebind)
        return; /* the record is lost, the connection is not */
    rebind->record = (roam_rebind_record){
        .port_only = before->remote.family == stats.remote.family &&
                     memcmp(before->remote.bytes, stats.remote.bytes, sizeof stats.remote.bytes) == 0,
        .local = stats.local,
        .old_remote = before->remote,
        .new_remote = stats.remote,
        .noticed_ns = now_ns,
        .srtt_before_ns = before->srtt_ns,
        .srtt_after_ns = stats.srtt_ns,
        .cwnd_before = before->cwnd,
        .cwnd_after = stats.cwnd};
    connection->rebind = rebind;
}

void core_rebind_read(core_connection *connection, const core_rebind_before *before,
                      const core_connection_id *id, uint64_t now_ns)
{
    roam_addr local, remote;
    if (roam_addr_equal(&before->from, &before->remote)) {
        connection->peer_uses = *id;
        return;
    }
    core_quic_path(connection->quic, &local, &remote);
    const bool moved = !roam_addr_equal(&remote, &before->remote);
    connection->rebind_budget.spent += moved;
    if (moved && core_connection_id_equal(id, &connection->peer_uses))
        begin(connection, before, now_ns);
    if (moved || connection->peer_uses.len == 0)
        connection->peer_uses = *id;
}

void core_rebind_validation(core_connection *connection, const roam_addr *remote, core_validation result,
                            uint64_t now_ns)
{
    if (connection->rebind && roam_addr_equal(remote, &connection->rebind->record.new_remote))
        finish(connection, result == CORE_VALIDATED, now_ns);
}

void core_rebind_challenge_sent(core_connection *connection)
{
    if (connection->rebind)
        connection->rebind->record.challenges_sent++;
}

void core_rebind_written(core_connection *connection, uint64_t now_ns)
{
    const bool counted = connection->quic->counts_challenges;
    if (connection->rebind && counted && connection->rebind->record.challenges_sent == 0)
        finish(connection, true, now_ns);
}

void core_rebind_free(core_connection *connection)
{
    free(connection->rebind);
    connection->rebind = NULL;
}
