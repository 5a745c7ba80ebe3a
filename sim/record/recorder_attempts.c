/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * A connection has one attempt at a time: a call begins one, joins the one under way, or supersedes it, and
 * which of these the core says with the results of the same step. A challenge that leaves in that step waits
 * for them; after it, all calls without a result are of one attempt.
 */

/* NOLINTBEGIN(bugprone-macro-parentheses): call is the name of a variable */
#define FOR_CALLS(self, attempt, call)                                                                       \
    for (uint32_t call = (attempt)->first_call; call != SCENARIO_NONE; call = (self)->calls[call].next)
/* NOLINTEND(bugprone-macro-parentheses) */

/* --- milestones --- */

static void reach(const recorder *self, const recorder_migration *migration, uint64_t *field,
                  const char *name, uint64_t now_ns)
{
    if (*field != ROAM_NEVER)
        return;
    *field = now_ns;
    if (self->milestones.reached)
        self->milestones.reached(self->milestones.ctx, migration, name, now_ns);
}

/* Calls without success have no validated path and no payload on it. */
static bool has_failed(const recorder_migration *migration)
{
    return migration->done && migration->record.result != ROAM_OK;
}

static void sent(const recorder *self, recorder_attempt *attempt, uint64_t now_ns)
{
    attempt->sent_ns = now_ns;
    FOR_CALLS(self, attempt, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        migration->local = attempt->path->local;
        reach(self, migration, &migration->challenge_sent_ns, "challenge_sent", now_ns);
    }
}

void recorder_attempt_received(recorder *self, recorder_attempt *attempt, uint64_t now_ns)
{
    if (attempt->received_ns != ROAM_NEVER)
        return;
    attempt->received_ns = now_ns;
    FOR_CALLS(self, attempt, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        reach(self, migration, &migration->challenge_received_ns, "challenge_received", now_ns);
    }
}

/* Reported of each response until one has arrived: only then it is known which one that is. */
void recorder_attempt_answer_sent(const recorder *self, const recorder_attempt *attempt, uint64_t now_ns)
{
    if (!attempt || attempt->response_received_ns != ROAM_NEVER || !self->milestones.reached)
        return;
    FOR_CALLS(self, attempt, call)
    {
        const recorder_migration *const migration = &self->migrations[call];
        if (!migration->done)
            self->milestones.reached(self->milestones.ctx, migration, "response_sent", now_ns);
    }
}

static void keep_answer(recorder *self, recorder_attempt *attempt, const recorder_flight *flight)
{
    const size_t count = attempt->answer_count;
    if ((count & (count - 1)) == 0) { /* full: grown at each power of two */
        recorder_flight *const grown = realloc(attempt->answers, (count ? 2 * count : 1) * sizeof *grown);
        if (!grown) {
            self->failed = true;
            return;
        }
        attempt->answers = grown;
    }
    attempt->answers[attempt->answer_count++] = *flight;
}

void recorder_attempt_answered(recorder *self, recorder_attempt *attempt, const recorder_flight *flight)
{
    const uint64_t now_ns = flight->response_received_ns;
    keep_answer(self, attempt, flight);
    if (attempt->response_received_ns != ROAM_NEVER)
        return;
    attempt->response_sent_ns = flight->response_sent_ns;
    attempt->response_received_ns = now_ns;
    FOR_CALLS(self, attempt, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        migration->response_sent_ns = flight->response_sent_ns;
        reach(self, migration, &migration->response_received_ns, "response_received", now_ns);
    }
}

void recorder_attempt_validated(recorder *self, recorder_attempt *attempt, uint64_t now_ns)
{
    if (attempt->peer_validated)
        return;
    attempt->peer_validated = true;
    FOR_CALLS(self, attempt, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        if (!has_failed(migration))
            reach(self, migration, &migration->peer_validated_ns, "peer_validated", now_ns);
    }
}

void recorder_attempt_message(recorder *self, const recorder_attempt *attempt, bool up, uint64_t now_ns)
{
    FOR_CALLS(self, attempt, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        if (has_failed(migration))
            continue;
        if (up)
            reach(self, migration, &migration->first_payload_up_ns, "first_payload_up", now_ns);
        else
            reach(self, migration, &migration->first_payload_down_ns, "first_payload_down", now_ns);
    }
}

/* --- lanes --- */

static void lane_key(uint32_t from, uint32_t to, uint8_t key[8])
{
    memcpy(key, &from, 4);
    memcpy(key + 4, &to, 4);
}

recorder_lane *recorder_lane_find(const recorder *self, uint32_t from, uint32_t to)
{
    uint8_t key[8];
    lane_key(scenario_end_of(self->scenario, from), scenario_end_of(self->scenario, to), key);
    return core_map_get(&self->lanes, key, sizeof key);
}

recorder_lane *recorder_lane_of(recorder *self, uint32_t from, uint32_t to)
{
    recorder_lane *const known = recorder_lane_find(self, from, to);
    if (known)
        return known;
    recorder_lane *const lane = calloc(1, sizeof *lane);
    if (lane) {
        from = scenario_end_of(self->scenario, from);
        to = scenario_end_of(self->scenario, to);
        *lane = (recorder_lane){.from = from,
                                .to = to,
                                .first_open = SCENARIO_NONE,
                                .last_open = SCENARIO_NONE,
                                .first_move = SCENARIO_NONE};
        lane_key(from, to, lane->key);
    }
    if (!lane || core_map_add(&self->lanes, lane->key, sizeof lane->key, lane) != 0) {
        free(lane);
        self->failed = true;
        return NULL;
    }
    lane->next = self->first_lane;
    return self->first_lane = lane;
}

static void open_call(recorder *self, recorder_lane *lane, uint32_t call)
{
    if (lane->first_open == SCENARIO_NONE)
        lane->first_open = call;
    else
        self->calls[lane->last_open].next_open = call;
    lane->last_open = call;
    self->open_count++;
}

static void close_call(recorder *self, uint32_t call)
{
    recorder_lane *const lane = self->calls[call].lane;
    uint32_t before = SCENARIO_NONE;
    uint32_t at = lane->first_open;
    while (at != call) {
        before = at;
        at = self->calls[at].next_open;
    }
    if (before == SCENARIO_NONE)
        lane->first_open = self->calls[call].next_open;
    else
        self->calls[before].next_open = self->calls[call].next_open;
    if (lane->last_open == call)
        lane->last_open = before;
    self->open_count--;
}

/* --- attempts --- */

static recorder_attempt *attempt_new(recorder *self)
{
    recorder_attempt *const attempt = calloc(1, sizeof *attempt);
    if (!attempt) {
        self->failed = true;
        return NULL;
    }
    attempt->first_call = attempt->last_call = SCENARIO_NONE;
    attempt->done_ns = attempt->sent_ns = attempt->received_ns = ROAM_NEVER;
    attempt->response_sent_ns = attempt->response_received_ns = ROAM_NEVER;
    attempt->next = self->first_attempt;
    return self->first_attempt = attempt;
}

static void join(const recorder *self, recorder_attempt *attempt, uint32_t call)
{
    recorder_migration *const migration = &self->migrations[call];
    self->calls[call].attempt = attempt;
    if (attempt->first_call == SCENARIO_NONE)
        attempt->first_call = call;
    else
        self->calls[attempt->last_call].next = call;
    attempt->last_call = call;
    attempt->open_calls++;
    if (attempt->first_call != call)
        migration->joined = attempt->first_call;
    if (!attempt->path)
        return;
    migration->local = attempt->path->local;
    migration->challenge_sent_ns = attempt->sent_ns;
    migration->challenge_received_ns = attempt->received_ns;
    migration->response_sent_ns = attempt->response_sent_ns;
    migration->response_received_ns = attempt->response_received_ns;
}

static void keep_challenge(recorder *self, recorder_attempt *attempt, const recorder_pending *challenge)
{
    recorder_challenge *const kept =
        recorder_challenge_keep(self, challenge->path->connection, DISSECT_CLIENT, challenge->data);
    if (!kept || kept->attempt)
        return;
    kept->attempt = attempt;
    kept->flight.sent_ns = challenge->sent_ns;
    kept->flight.queue_ns = challenge->queue_ns;
    kept->flight.links_ns = challenge->links_ns;
}

/* A challenge from an address that is in use already is of no attempt: RFC 9000 section 9.3.3 has the path
 * before validated too. */
static void apply(recorder *self, recorder_attempt *attempt, const recorder_pending *challenge)
{
    recorder_path *const path = challenge->path;
    if (path->in_use || (attempt->path && attempt->path != path))
        return;
    recorder_path_identify(self, path, &challenge->id);
    keep_challenge(self, attempt, challenge);
    if (attempt->last_challenge_ns != challenge->sent_ns)
        attempt->challenges_before = attempt->challenges;
    attempt->last_challenge_ns = challenge->sent_ns;
    attempt->challenges++;
    if (attempt->path)
        return;
    attempt->path = path;
    path->attempt = attempt;
    sent(self, attempt, challenge->sent_ns);
}

static void settle(recorder *self, recorder_lane *lane)
{
    bool goes_on = lane->continues;
    for (uint32_t call = lane->first_open; call != SCENARIO_NONE; call = self->calls[call].next_open)
        goes_on |= self->calls[call].attempt == lane->attempt;
    if (!goes_on && lane->first_open != SCENARIO_NONE)
        lane->attempt = attempt_new(self);
    for (uint32_t call = lane->first_open; lane->attempt && call != SCENARIO_NONE;
         call = self->calls[call].next_open)
        if (!self->calls[call].attempt)
            join(self, lane->attempt, call);
    for (uint32_t i = 0; lane->attempt && lane->first_open != SCENARIO_NONE && i < lane->pending_count; i++)
        apply(self, lane->attempt, &lane->pending[i]);
    lane->pending_count = 0;
    lane->in_doubt = lane->continues = false;
}

static void settle_lane(recorder *self, recorder_lane *lane)
{
    if (!lane->in_doubt)
        return;
    recorder_lane **link = &self->first_in_doubt;
    while (*link != lane)
        link = &(*link)->next_in_doubt;
    *link = lane->next_in_doubt;
    settle(self, lane);
}

void recorder_attempts_settle(recorder *self, uint32_t node)
{
    for (recorder_lane **link = &self->first_in_doubt; *link;) {
        recorder_lane *const lane = *link;
        if (node != SCENARIO_NONE && lane->from != node) {
            link = &lane->next_in_doubt;
            continue;
        }
        *link = lane->next_in_doubt;
        settle(self, lane);
    }
}

static void doubt(recorder *self, recorder_lane *lane)
{
    if (lane->in_doubt)
        return;
    lane->in_doubt = true;
    lane->next_in_doubt = self->first_in_doubt;
    self->first_in_doubt = lane;
}

void recorder_attempt_challenges(recorder *self, const recorder_pending *challenge)
{
    recorder_lane *const lane = challenge->path->connection->lane;
    if (!lane || lane->first_open == SCENARIO_NONE || !lane->attempt)
        return;
    if (!lane->in_doubt)
        apply(self, lane->attempt, challenge);
    else if (lane->pending_count < RECORDER_PENDING)
        lane->pending[lane->pending_count++] = *challenge;
}

/* --- calls --- */

void recorder_attempts_called(recorder *self, uint32_t call)
{
    const recorder_migration *const migration = &self->migrations[call];
    recorder_lane *const lane = recorder_lane_of(self, migration->event->node, migration->to);
    self->calls[call] = (recorder_call){
        .lane = lane, .next = SCENARIO_NONE, .next_open = SCENARIO_NONE, .move = SCENARIO_NONE};
    if (!lane)
        return;
    if (lane->pending_count > 0 || lane->first_open == SCENARIO_NONE)
        settle_lane(self, lane);
    const bool first = lane->first_open == SCENARIO_NONE;
    open_call(self, lane, call);
    if (!first) {
        doubt(self, lane);
        return;
    }
    lane->attempt = attempt_new(self);
    if (lane->attempt)
        join(self, lane->attempt, call);
}

/* A call ends in the step in which it was made: it had joined the attempt before if the core's record of it
 * is that of the attempt. */
static bool adopt(const recorder *self, const recorder_lane *lane, uint32_t call,
                  const roam_migration_record *record)
{
    recorder_attempt *const attempt = lane->attempt;
    if (!attempt || !attempt->path || record->first_challenge_ns != attempt->sent_ns ||
        !roam_addr_equal(&record->new_local, &attempt->path->local))
        return false;
    join(self, attempt, call);
    return true;
}

/* Whose attempt a call is of that has its result now. */
static recorder_attempt *attempt_of(recorder *self, recorder_lane *lane, uint32_t call,
                                    const roam_migration_record *record)
{
    if (!self->calls[call].attempt && !adopt(self, lane, call, record) &&
        record->result != ROAM_ERR_SUPERSEDED)
        settle_lane(self, lane);
    return self->calls[call].attempt;
}

void recorder_attempts_done(recorder *self, uint32_t call, const roam_migration_record *record,
                            uint64_t now_ns)
{
    recorder_lane *const lane = self->calls[call].lane;
    if (!lane)
        return;
    recorder_attempt *const attempt = attempt_of(self, lane, call, record);
    close_call(self, call);
    if (!attempt)
        return;
    attempt->open_calls--;
    attempt->done_ns = now_ns;
    if (record->result == ROAM_OK) {
        attempt->kept = true;
        if (attempt->path)
            attempt->path->in_use = true;
    }
    if (lane->in_doubt && attempt == lane->attempt &&
        (record->result == ROAM_ERR_TIMEOUT || record->result == ROAM_ERR_NOT_CONNECTED))
        lane->continues = true;
}

void recorder_attempts_dropped(recorder *self, uint32_t call)
{
    recorder_attempt *const attempt = self->calls[call].attempt;
    if (!self->calls[call].lane)
        return;
    close_call(self, call);
    if (!attempt)
        return;
    attempt->open_calls--;
    attempt->done_ns = ROAM_NEVER;
}

void recorder_attempts_fini(recorder *self)
{
    core_map_fini(&self->lanes);
    for (recorder_lane *at = self->first_lane, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    for (recorder_attempt *at = self->first_attempt, *next; at; at = next) {
        next = at->next;
        free(at->answers);
        free(at);
    }
}
