/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * The connection IDs of a server, and what its client makes of them: none is used on two local addresses, and
 * that of a path that a migration left is retired (RFC 9000 sections 9.5, 5.1.2).
 */

/* A client that has not retired a connection ID by then has had time to: RETIRE_CONNECTION_ID leaves with the
 * next packets. */
#define RETIRED_WITHIN_NS UINT64_C(3000000000)

static bool same_id(const dissect_id *a, const dissect_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static recorder_id *find_id(const recorder_connection *connection, const dissect_id *id)
{
    for (size_t i = connection->id_count; i > 0; i--)
        if (same_id(&connection->ids[i - 1].id, id))
            return &connection->ids[i - 1];
    return NULL;
}

static void learn_id(recorder *self, recorder_connection *connection, const dissect_id *id, uint64_t sequence)
{
    const size_t count = connection->id_count;
    if (id->len == 0 || find_id(connection, id))
        return;
    if ((count & (count - 1)) == 0) { /* full: grown at each power of two */
        recorder_id *const grown = realloc(connection->ids, (count ? 2 * count : 1) * sizeof *grown);
        if (!grown) {
            self->failed = true;
            return;
        }
        connection->ids = grown;
    }
    connection->ids[connection->id_count++] =
        (recorder_id){.id = *id, .sequence = sequence, .left_ns = ROAM_NEVER};
}

void recorder_ids_server_sent(recorder *self, recorder_connection *connection, const dissect_packet *read)
{
    if (read->type == DISSECT_HANDSHAKE)
        learn_id(self, connection, &read->source, 0);
    for (size_t i = 0; i < read->frame_count; i++)
        if (read->frames[i].type == DISSECT_NEW_CONNECTION_ID)
            learn_id(self, connection, &read->frames[i].id, read->frames[i].value);
}

static void retire(const recorder_connection *connection, uint64_t sequence)
{
    for (size_t i = 0; i < connection->id_count; i++)
        if (connection->ids[i].sequence == sequence)
            connection->ids[i].retired = true;
}

static void use(recorder *self, const recorder_connection *connection, recorder_path *path,
                const dissect_id *id, uint64_t now_ns)
{
    char before[ROAM_ADDR_STRING_MAX];
    char after[ROAM_ADDR_STRING_MAX];
    path->sent_to = *id;
    recorder_id *const known = find_id(connection, id);
    if (!known)
        return;
    if (known->local.family == ROAM_FAMILY_NONE)
        known->local = path->local;
    else if (!roam_addr_equal(&known->local, &path->local))
        recorder_contradict(self, path->attempt,
                            "a connection ID that was used on %s left from %s at %" PRIu64
                            " ns: it is one on two local addresses (RFC 9000 section 9.5)",
                            roam_addr_format(&known->local, before), roam_addr_format(&path->local, after),
                            now_ns);
}

void recorder_ids_client_sent(recorder *self, const recorder_connection *connection, recorder_path *path,
                              const dissect_packet *read, uint64_t now_ns)
{
    for (size_t i = 0; i < read->frame_count; i++)
        if (read->frames[i].type == DISSECT_RETIRE_CONNECTION_ID)
            retire(connection, read->frames[i].value);
    if (read->type == DISSECT_ONE_RTT && !same_id(&path->sent_to, &read->destination))
        use(self, connection, path, &read->destination, now_ns);
}

/* ---- migrations ---- */

void recorder_ids_migrated(recorder *self, uint32_t call, recorder_path *path, uint64_t now_ns)
{
    recorder_connection *const connection = path->connection;
    const recorder_path *const before = connection->current;
    const bool says = self->migrations[call].record.connection_id_changed;
    if (before == path)
        return;
    connection->current = path;
    if (!before || before->sent_to.len == 0)
        return;
    const bool changed = !same_id(&before->sent_to, &path->sent_to);
    if (says != changed)
        recorder_contradict(self, path->attempt,
                            "connection ID: the core says that it %s, and the taps that it %s",
                            says ? "changed" : "did not change", changed ? "did" : "did not");
    recorder_id *const left = find_id(connection, &before->sent_to);
    if (left && changed) {
        left->left_ns = now_ns;
        left->left_by = path->attempt;
    }
}

static void check_retired(recorder *self, const recorder_connection *connection, const recorder_id *id)
{
    char text[ROAM_ADDR_STRING_MAX];
    if (id->retired || id->left_ns == ROAM_NEVER || connection->gone[DISSECT_CLIENT] ||
        self->now_ns < id->left_ns + RETIRED_WITHIN_NS)
        return;
    recorder_contradict(self, id->left_by,
                        "the connection ID of %s, sequence number %" PRIu64 ", was left at %" PRIu64
                        " ns and is not retired at %" PRIu64 " ns (RFC 9000 section 5.1.2)",
                        roam_addr_format(&id->local, text), id->sequence, id->left_ns, self->now_ns);
}

void recorder_ids_end(recorder *self)
{
    for (uint32_t i = 0; i < self->connection_count; i++) {
        const recorder_connection *const connection = self->connections[i];
        for (size_t j = 0; connection && j < connection->id_count; j++)
            check_retired(self, connection, &connection->ids[j]);
    }
}
