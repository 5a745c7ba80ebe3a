/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

/* The connection IDs of a server, and what its client makes of them: which ones it has in hand, and what the
 * core says of them after a migration. Whether it may do so is the witness's to say (sim/verdict/rules). */

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

/* NULL: it has no length, or out of memory. */
static recorder_id *learn_id(recorder *self, recorder_connection *connection, const dissect_id *id,
                             uint64_t sequence)
{
    const size_t count = connection->id_count;
    recorder_id *const known = id->len > 0 ? find_id(connection, id) : NULL;
    if (id->len == 0 || known)
        return known;
    if ((count & (count - 1)) == 0) { /* full: grown at each power of two */
        recorder_id *const grown = realloc(connection->ids, (count ? 2 * count : 1) * sizeof *grown);
        if (!grown) {
            self->failed = true;
            return NULL;
        }
        connection->ids = grown;
    }
    connection->ids_to_come++;
    connection->ids[connection->id_count] = (recorder_id){.id = *id,
                                                          .sequence = sequence,
                                                          .came_ns = ROAM_NEVER,
                                                          .used_ns = ROAM_NEVER,
                                                          .retired_ns = ROAM_NEVER};
    return &connection->ids[connection->id_count++];
}

static void came(recorder_connection *connection, recorder_id *id, uint64_t now_ns)
{
    id->came_ns = now_ns;
    connection->ids_to_come--;
}

/* The handshake makes use of the first one, whenever it came. */
static void learn_first(recorder *self, recorder_connection *connection, const dissect_id *id)
{
    recorder_id *const first = learn_id(self, connection, id, 0);
    if (!first || first->came_ns != ROAM_NEVER)
        return;
    came(connection, first, 0);
    first->used_ns = 0;
}

void recorder_ids_server_sent(recorder *self, recorder_connection *connection, const dissect_packet *read)
{
    if (read->type == DISSECT_HANDSHAKE)
        learn_first(self, connection, &read->source);
    for (size_t i = 0; i < read->frame_count; i++) {
        const dissect_frame *const frame = &read->frames[i];
        recorder_id *const given = frame->type == DISSECT_NEW_CONNECTION_ID
                                       ? learn_id(self, connection, &frame->id, frame->value)
                                       : NULL;
        if (given)
            given->numbers[given->number_count++ % RECORDER_SENDINGS] = read->number;
    }
}

static bool is_among(const uint64_t numbers[RECORDER_SENDINGS], uint32_t count, uint64_t number)
{
    for (uint32_t i = 0; i < count && i < RECORDER_SENDINGS; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* By packet numbers: a packet that comes may be without its frames (sim/wire/dissect.h). */
void recorder_ids_client_opened(recorder_connection *connection, const dissect_packet *read, uint64_t now_ns)
{
    if (connection->confirmed_ns == ROAM_NEVER &&
        is_among(connection->done_numbers, connection->done_count, read->number))
        connection->confirmed_ns = now_ns;
    uint32_t to_come = connection->ids_to_come; /* most often the latest */
    for (size_t i = connection->id_count; to_come > 0 && i > 0; i--) {
        recorder_id *const id = &connection->ids[i - 1];
        if (id->came_ns != ROAM_NEVER)
            continue;
        to_come--;
        if (is_among(id->numbers, id->number_count, read->number))
            came(connection, id, now_ns);
    }
}

static bool is_free(const recorder_id *id, uint64_t at_ns)
{
    return id->came_ns <= at_ns && id->used_ns > at_ns && id->retired_ns > at_ns;
}

uint64_t recorder_ids_awaited(const recorder_connection *connection, uint64_t since_ns)
{
    uint64_t first_ns = ROAM_NEVER;
    for (size_t i = 0; i < connection->id_count; i++) {
        const recorder_id *const id = &connection->ids[i];
        if (is_free(id, since_ns))
            return ROAM_NEVER;
        if (id->came_ns > since_ns && id->came_ns < first_ns)
            first_ns = id->came_ns;
    }
    return first_ns;
}

static void retire(const recorder_connection *connection, uint64_t sequence, uint64_t now_ns)
{
    for (size_t i = 0; i < connection->id_count; i++)
        if (connection->ids[i].sequence == sequence && connection->ids[i].retired_ns == ROAM_NEVER)
            connection->ids[i].retired_ns = now_ns;
}

static void use(const recorder_connection *connection, recorder_path *path, const dissect_id *id,
                uint64_t now_ns)
{
    path->sent_to = *id;
    recorder_id *const known = find_id(connection, id);
    if (known && known->used_ns == ROAM_NEVER)
        known->used_ns = now_ns;
}

void recorder_ids_client_sent(const recorder_connection *connection, recorder_path *path,
                              const dissect_packet *read, uint64_t now_ns)
{
    for (size_t i = 0; i < read->frame_count; i++)
        if (read->frames[i].type == DISSECT_RETIRE_CONNECTION_ID)
            retire(connection, read->frames[i].value, now_ns);
    if (read->type == DISSECT_ONE_RTT && !same_id(&path->sent_to, &read->destination))
        use(connection, path, &read->destination, now_ns);
}

/* ---- migrations ---- */

void recorder_ids_migrated(recorder *self, uint32_t call, recorder_path *path)
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
}
