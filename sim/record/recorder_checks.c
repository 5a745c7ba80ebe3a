/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static void contradict(recorder_migration *migration,
                                                             const char *format, ...)
{
    va_list arguments;
    if (migration->contradiction[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(migration->contradiction, sizeof migration->contradiction, format, arguments);
    va_end(arguments);
}

void recorder_contradict(recorder *self, const recorder_attempt *attempt, const char *format, ...)
{
    const bool known = attempt && attempt->last_call != SCENARIO_NONE;
    char *const text = known ? self->migrations[attempt->last_call].contradiction : self->contradiction;
    va_list arguments;
    if (text[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, RECORDER_TEXT_MAX, format, arguments);
    va_end(arguments);
}

static const char *time_text(uint64_t time_ns, char text[32])
{
    if (time_ns == ROAM_NEVER)
        (void)snprintf(text, 32, "never");
    else
        (void)snprintf(text, 32, "%llu ns", (unsigned long long)time_ns);
    return text;
}

static void same_time(recorder_migration *migration, const char *what, uint64_t core_ns, uint64_t tap_ns)
{
    char core[32];
    char tap[32];
    if (core_ns != tap_ns)
        contradict(migration, "%s: the core says %s, the taps %s", what, time_text(core_ns, core),
                   time_text(tap_ns, tap));
}

/* The core's response time is one at which an answer to a challenge came: the first, in a single round of
 * validation; an answer to an earlier round no longer counts. */
static void check_response(recorder_migration *migration, const recorder_attempt *attempt)
{
    const roam_migration_record *const record = &migration->record;
    char core[32];
    if (record->validation_rounds <= 1) {
        same_time(migration, "response", record->response_ns, migration->response_received_ns);
        return;
    }
    for (size_t i = 0; i < attempt->answer_count; i++)
        if (attempt->answers[i].response_received_ns == record->response_ns)
            return;
    contradict(migration, "response: the core says %s, when no answer came",
               time_text(record->response_ns, core));
}

static void check_ok(recorder *self, recorder_migration *migration, const recorder_attempt *attempt)
{
    char text[ROAM_ADDR_STRING_MAX];
    if (!attempt || !attempt->path) {
        contradict(migration, "ok, but no challenge left from a new local address");
        return;
    }
    const roam_addr *const local = &attempt->path->local;
    if (!roam_addr_equal(&migration->record.new_local, local))
        contradict(migration, "ok on %s, but the challenges left from another address",
                   roam_addr_format(&migration->record.new_local, text));
    if (migration->response_received_ns == ROAM_NEVER)
        contradict(migration, "ok, but no answer came to a challenge from %s", roam_addr_format(local, text));
    if (migration->done_ns > migration->requested_ns + scenario_event_call(migration->event)->timeout_ns)
        contradict(migration, "ok after the end of the budget");
    check_response(migration, attempt);
    recorder_ids_migrated(self, migration->call, attempt->path);
}

static void check_silent(recorder_migration *migration)
{
    char text[ROAM_ADDR_STRING_MAX];
    if (migration->local.family != ROAM_FAMILY_NONE)
        contradict(migration, "%s, but a challenge left from %s", roam_result_name(migration->record.result),
                   roam_addr_format(&migration->local, text));
}

/* What left at the time of the result left before it or, of an attempt that goes on with other calls, after
 * it. A round of validation has a challenge, at least. */
static void check_challenges(recorder_migration *migration, const recorder_attempt *attempt)
{
    const uint32_t says = migration->record.challenges_sent;
    const uint32_t left = attempt ? attempt->challenges : 0;
    const bool now = attempt && attempt->last_challenge_ns == migration->done_ns;
    if (says > left || says < (now ? attempt->challenges_before : left))
        contradict(migration, "challenges: the core says %u, the taps %u", says, left);
    if (migration->record.validation_rounds > left)
        contradict(migration, "validation rounds: the core says %u, with %u challenges",
                   migration->record.validation_rounds, left);
}

static void check_round(recorder_migration *migration)
{
    char core[32];
    char tap[32];
    if (migration->challenge_sent_ns != ROAM_NEVER &&
        migration->record.first_round_ns > migration->challenge_sent_ns)
        contradict(migration, "first round of validation: the core says %s, the taps a challenge at %s",
                   time_text(migration->record.first_round_ns, core),
                   time_text(migration->challenge_sent_ns, tap));
}

/* The node runs another QUIC library, which reports no challenges, or replaced its socket and validates
 * nothing. */
static bool says_nothing_of_challenges(const recorder *self, const recorder_migration *migration)
{
    return scenario_endpoint_of(self->scenario, migration->event->node) &&
           migration->record.challenges_sent == 0;
}

/* When the budget is over for the node: not while it is suspended. ROAM_NEVER: it has not woken. */
static uint64_t end_of_budget(const recorder *self, const recorder_migration *migration)
{
    const recorder_node *const node = &self->nodes[migration->event->node];
    const uint64_t end_ns = migration->requested_ns + scenario_event_call(migration->event)->timeout_ns;
    return node->suspended_ns <= end_ns && end_ns < node->woken_ns ? node->woken_ns : end_ns;
}

void recorder_check_done(recorder *self, uint32_t call)
{
    recorder_migration *const migration = &self->migrations[call];
    same_time(migration, "requested", migration->record.requested_ns, migration->requested_ns);
    if (says_nothing_of_challenges(self, migration)) {
        same_time(migration, "finished", migration->record.finished_ns, migration->done_ns);
        return;
    }
    same_time(migration, "first challenge", migration->record.first_challenge_ns,
              migration->challenge_sent_ns);
    check_round(migration);
    same_time(migration, "finished", migration->record.finished_ns, migration->done_ns);
    switch (migration->record.result) {
    case ROAM_OK:
        check_ok(self, migration, self->calls[call].attempt);
        break;
    case ROAM_ERR_TIMEOUT:
        same_time(migration, "end of the budget", migration->done_ns, end_of_budget(self, migration));
        break;
    case ROAM_ERR_NOT_CONNECTED:
    case ROAM_ERR_PEER_DISABLE_MIGRATION:
    case ROAM_ERR_NOT_INITIATOR:
    case ROAM_ERR_ADAPTER:
        check_silent(migration);
        break;
    default: /* a roam_status is an int: the other values claim nothing that the taps could disprove */
        break;
    }
    check_challenges(migration, self->calls[call].attempt);
}

void recorder_check_late_datagram(recorder *self, const recorder_path *path, uint64_t now_ns)
{
    recorder_migration *const migration = &self->migrations[path->attempt->last_call];
    char text[ROAM_ADDR_STRING_MAX];
    char time[32];
    contradict(migration, "%s, but a datagram left from %s afterwards, at %s",
               roam_result_name(migration->record.result), roam_addr_format(&path->local, text),
               time_text(now_ns, time));
}

void recorder_check_end(recorder *self)
{
    for (uint32_t i = 0; i < self->count; i++) {
        recorder_migration *const migration = &self->migrations[i];
        if (!migration->done && !migration->dropped && self->now_ns > end_of_budget(self, migration))
            contradict(migration, "no result at the end of the budget");
    }
}
