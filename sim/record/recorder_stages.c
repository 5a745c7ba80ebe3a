/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

/*
 * Validations by their stages, from the flights of their challenges and from what came to the challenger
 * while none had left.
 */

/* The answer that ended the validation: the first that came; of several rounds the one that the core names,
 * because an answer to an earlier round no longer counts. NULL: none came. */
static const recorder_flight *decisive(const recorder_attempt *attempt, const roam_migration_record *record)
{
    const recorder_flight *const answers = attempt->answers;
    if (record->validation_rounds > 1)
        for (size_t i = 0; i < attempt->answer_count; i++)
            if (answers[i].response_received_ns == record->response_ns)
                return &answers[i];
    return attempt->answer_count > 0 ? &answers[0] : NULL;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static recorder_waits waits_of(const recorder_migration *migration, const recorder_attempt *attempt)
{
    const recorder_connection *const connection = attempt->path->connection;
    recorder_waits waits = {.confirmed_ns = connection->confirmed_ns,
                            .connection_id_ns = ROAM_NEVER,
                            .started_ns = migration->record.first_round_ns};
    uint64_t since_ns = migration->requested_ns;
    if (waits.confirmed_ns != ROAM_NEVER)
        since_ns = later(since_ns, waits.confirmed_ns);
    if (since_ns < attempt->sent_ns)
        waits.connection_id_ns = recorder_ids_awaited(connection, since_ns);
    return waits;
}

void recorder_stages_of_call(recorder_migration *migration, const recorder_attempt *attempt)
{
    recorder_validation validation = {.begin_ns = migration->requested_ns,
                                      .first_ns = ROAM_NEVER,
                                      .again_ns = ROAM_NEVER,
                                      .end_ns = migration->validated_ns};
    recorder_waits waits;
    if (attempt && attempt->path) {
        waits = waits_of(migration, attempt);
        validation.waits = &waits;
        validation.first_ns = attempt->sent_ns;
        validation.flight = decisive(attempt, &migration->record);
    }
    migration->parts = recorder_parts_of(&validation);
    if (validation.flight)
        migration->round_trip_ns = validation.flight->links_ns;
}

/* --- rebinds --- */

typedef struct rebind_challenges {
    const roam_rebind_record *record;
    uint64_t first_ns;
    const recorder_flight *answered; /* the first that was; NULL: none */
} rebind_challenges;

/* Of the challenges that the node sent to the peer's new address since it noticed that. */
static void find_challenges(const recorder_connection *connection, rebind_challenges *found)
{
    for (const recorder_challenge *at = connection->last_challenge;
         at && at->flight.sent_ns >= found->record->noticed_ns; at = at->before) {
        const recorder_flight *const flight = &at->flight;
        if (!roam_addr_equal(&at->to, &found->record->new_remote))
            continue;
        if (found->first_ns == ROAM_NEVER || flight->sent_ns < found->first_ns)
            found->first_ns = flight->sent_ns;
        if (flight->response_received_ns != ROAM_NEVER &&
            (!found->answered || flight->response_received_ns <= found->answered->response_received_ns))
            found->answered = flight;
    }
}

/* A challenge in a datagram that was not padded validates the address alone, and another one has to follow
 * (RFC 9000 section 8.2.1): when the first answer to one of those came. */
static uint64_t answered_again(const recorder_connection *connection, const rebind_challenges *found)
{
    uint64_t again_ns = ROAM_NEVER;
    if (!found->answered || found->answered->bytes >= RECORDER_EXPANDED_BYTES)
        return again_ns;
    for (const recorder_challenge *at = connection->last_challenge;
         at && at->flight.sent_ns >= found->answered->response_received_ns; at = at->before)
        if (roam_addr_equal(&at->to, &found->record->new_remote) &&
            at->flight.bytes >= RECORDER_EXPANDED_BYTES && at->flight.response_received_ns < again_ns)
            again_ns = at->flight.response_received_ns;
    return again_ns;
}

void recorder_stages_of_rebind(const recorder *self, recorder_rebind *rebind)
{
    const roam_rebind_record *const record = &rebind->record;
    rebind_challenges found = {.record = record, .first_ns = ROAM_NEVER};
    recorder_validation validation = {
        .begin_ns = record->noticed_ns, .again_ns = ROAM_NEVER, .end_ns = record->finished_ns};
    const recorder_lane *const lane =
        rebind->other == SCENARIO_NONE ? NULL : recorder_lane_find(self, rebind->other, rebind->node);
    for (const recorder_connection *at = lane ? lane->first_connection : NULL; at; at = at->next_of_lane)
        find_challenges(at, &found);
    for (const recorder_connection *at = lane ? lane->first_connection : NULL; at; at = at->next_of_lane) {
        const uint64_t again_ns = answered_again(at, &found);
        validation.again_ns = again_ns < validation.again_ns ? again_ns : validation.again_ns;
    }
    validation.first_ns = found.first_ns;
    validation.flight = found.answered;
    rebind->parts = recorder_parts_of(&validation);
    rebind->round_trip_ns = found.answered ? found.answered->links_ns : ROAM_NEVER;
}
