/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/random_check.h"

#include "sim/tests/random_rules.h"
#include "sim/verdict/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMES_NS UINT64_C(2000000000)

enum { MOVES_ON = 5 };

const char *random_outcome_name(random_outcome outcome)
{
    static const char *const names[RANDOM_OUTCOMES] = {
        [RANDOM_HELD] = "held",
        [RANDOM_EXCUSED] = "excused",
        [RANDOM_INVALID] = "invalid",
        [RANDOM_BROKEN] = "broken",
        [RANDOM_LOST] = "lost",
        [RANDOM_LATE] = "late",
        [RANDOM_DAMAGED] = "damaged",
        [RANDOM_DOWN] = "peer_down",
        [RANDOM_UNANSWERED] = "unanswered",
        [RANDOM_CONTRADICTION] = "contradiction",
        [RANDOM_RULE] = "rule",
    };
    return names[outcome];
}

bool random_is_fault(random_outcome outcome)
{
    return outcome != RANDOM_HELD && outcome != RANDOM_EXCUSED;
}

/* ---- one world ---- */

static scenario *load(const char *text, random_verdict *out)
{
    scenario *loaded = NULL;
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "random.yaml"};
    if (!diagnostics)
        abort();
    scenario_diagnostics_init(diagnostics);
    if (scenario_load(&source, &loaded, diagnostics) != 0) {
        out->outcome = RANDOM_INVALID;
        (void)snprintf(out->text, sizeof out->text, "%s", diagnostics->items[0].text);
    }
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    return loaded;
}

/* A node restarts: what was on its way is lost, and it tells nobody. */
static bool restarts(const scenario *whole)
{
    for (size_t i = 0; i < whole->event_count; i++)
        if (whole->events[i].verb == SCENARIO_RESTART && whole->events[i].nat == SCENARIO_NONE)
            return true;
    return false;
}

static bool may_go_down(const scenario *whole)
{
    for (size_t i = 0; i < whole->node_count; i++)
        if (whole->nodes[i].dead_after_ns < whole->duration_ns)
            return true;
    return restarts(whole);
}

/* The first fault found counts: later judges leave it. */
static void find(random_verdict *out, random_outcome outcome, const char *text)
{
    if (random_is_fault(out->outcome))
        return;
    out->outcome = outcome;
    (void)snprintf(out->text, sizeof out->text, "%s", text);
}

static void judge_end(const scenario *whole, size_t peer, bool at_dialer, const recorder_end *end,
                      random_verdict *out)
{
    char text[256];
    if (end->downs == 0)
        return;
    const scenario_peer *const ends = &whole->peers[peer];
    const uint32_t node = at_dialer ? ends->dialer : ends->acceptor;
    (void)snprintf(text, sizeof text, "peer_down at %s: %s, code %" PRIu64 ", at %" PRIu64 " ms",
                   whole->nodes[node].name, roam_down_reason_name(end->reason), end->code,
                   end->last_down_ns / 1000000);
    const bool was_up = end->ups > 0 && end->reason != ROAM_DOWN_HANDSHAKE;
    find(out, may_go_down(whole) || !was_up ? RANDOM_EXCUSED : RANDOM_DOWN, text);
}

static void judge_downs(const scenario *whole, const recorder *recorded, random_verdict *out)
{
    for (size_t i = 0; i < whole->peer_count; i++) {
        const recorder_peer *const peer = &recorder_peers(recorded)[i];
        judge_end(whole, i, true, &peer->dialer, out);
        judge_end(whole, i, false, &peer->acceptor, out);
    }
}

/* A watchdog whose threshold lies below the path's round trip goes on moving, each time with the initial
 * window (RFC 9000 section 9.4): its calls are events, too, and what had to wait comes slowly. It has to come
 * all the time. */
static bool moves_on(const scenario *whole, const recorder *recorded, const recorder_flow *flow)
{
    const uint64_t last_ns = whole->duration_ns - RANDOM_WHOLE_NS,
                   end_ns = whole->duration_ns + RUN_OUT_MAX_NS;
    size_t count, moves = 0;
    const recorder_migration *const calls = recorder_migrations(recorded, &count);
    for (size_t i = 0; i < count; i++)
        moves += calls[i].event->verb == SCENARIO_WATCHDOG && calls[i].requested_ns > last_ns &&
                 calls[i].done && calls[i].record.result == ROAM_OK;
    return moves >= MOVES_ON && flow->last_delivery_ns + COMES_NS > end_ns;
}

static void judge_flows(const scenario *whole, const recorder *recorded, random_verdict *out)
{
    const uint64_t last_ns = whole->duration_ns - RANDOM_WHOLE_NS;
    for (size_t i = 0; i < whole->traffic_count; i++) {
        char text[256];
        const recorder_flow *const flow = &recorder_flows(recorded)[i];
        (void)snprintf(text, sizeof text,
                       "flow %zu, %s -> %s: %" PRIu64 " of %" PRIu64 " arrived, %" PRIu64 " unsent, %" PRIu64
                       " twice, %" PRIu64 " out of order, %" PRIu64 " damaged",
                       i, whole->nodes[whole->traffic[i].from].name, whole->nodes[whole->traffic[i].to].name,
                       flow->delivered, flow->sent, flow->unsent, flow->duplicated, flow->reordered,
                       flow->corrupt);
        if (flow->duplicated || flow->reordered || flow->corrupt)
            find(out, RANDOM_DAMAGED, text);
        else if (flow->sent == 0)
            find(out, RANDOM_EXCUSED, "a connection was never up, and no message was sent");
        else if ((flow->missing || flow->unsent) && out->outcome != RANDOM_EXCUSED)
            find(out, restarts(whole) || moves_on(whole, recorded, flow) ? RANDOM_EXCUSED : RANDOM_LOST,
                 text);
        if (flow->delivered > 0 && flow->last_delivery_ns > last_ns + out->late_ns)
            out->late_ns = flow->last_delivery_ns - last_ns;
    }
}

static void judge_calls(const scenario *whole, const recorder *recorded, random_verdict *out)
{
    size_t count;
    const recorder_migration *const calls = recorder_migrations(recorded, &count);
    for (size_t i = 0; i < count; i++) {
        char text[256];
        const recorder_migration *const call = &calls[i];
        const uint64_t due_ns = call->requested_ns + scenario_event_call(call->event)->timeout_ns;
        if (call->dropped || due_ns > whole->duration_ns || (call->done && call->done_ns <= due_ns))
            continue;
        (void)snprintf(text, sizeof text,
                       "call %zu, at %" PRIu64 " ns with a budget of %" PRIu64 " ns, has %s", i,
                       call->requested_ns, scenario_event_call(call->event)->timeout_ns,
                       call->done ? "its result late" : "no result");
        find(out, RANDOM_UNANSWERED, text);
    }
}

static void judge_contradictions(const recorder *recorded, random_verdict *out)
{
    size_t count;
    if (recorder_contradiction(recorded)[0] != '\0')
        find(out, RANDOM_CONTRADICTION, recorder_contradiction(recorded));
    const recorder_migration *const calls = recorder_migrations(recorded, &count);
    for (size_t i = 0; i < count; i++) {
        char text[512];
        if (calls[i].contradiction[0] == '\0')
            continue;
        (void)snprintf(text, sizeof text, "call %zu: %s", i, calls[i].contradiction);
        find(out, RANDOM_CONTRADICTION, text);
    }
}

static void judge_rules(const scenario *whole, const witness *seen, random_verdict *out)
{
    char text[512];
    if (random_rules_broken(whole, seen, text, sizeof text))
        find(out, RANDOM_RULE, text);
}

static void judge_lateness(uint64_t late_max_ns, random_verdict *out)
{
    char text[64];
    (void)snprintf(text, sizeof text, "the last message came %" PRIu64 " ms after the last event",
                   out->late_ns / 1000000);
    if (out->outcome == RANDOM_HELD && out->late_ns > late_max_ns)
        find(out, RANDOM_LATE, text);
}

void random_check_text(const char *text, uint64_t late_max_ns, random_verdict *out)
{
    char message[RUN_MESSAGE_MAX] = "";
    run *finished = NULL;
    *out = (random_verdict){.outcome = RANDOM_HELD};
    scenario *const whole = load(text, out);
    if (!whole)
        return;
    const run_options options = {.scenario = whole, .seed = whole->seed};
    if (run_scenario(&options, &finished, message) != 0) {
        find(out, RANDOM_BROKEN, message);
    } else {
        const recorder *const recorded = run_recorder(finished);
        out->packets = recorder_packet_count(recorded);
        judge_contradictions(recorded, out);
        judge_rules(whole, run_witness(finished), out);
        judge_downs(whole, recorded, out);
        judge_flows(whole, recorded, out);
        judge_calls(whole, recorded, out);
        judge_lateness(late_max_ns, out);
    }
    run_free(finished);
    scenario_free(whole);
}

void random_check(const random_world *self, random_verdict *out)
{
    char *const text = random_world_text(self, "");
    if (!text)
        abort();
    random_check_text(text, self->late_max_ns, out);
    free(text);
}

/* ---- smaller ---- */

static size_t set_dropped(random_world *self, uint32_t group, bool dropped)
{
    size_t changed = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->pieces[i].group != group || self->pieces[i].dropped == dropped)
            continue;
        self->pieces[i].dropped = dropped;
        changed++;
    }
    return changed;
}

static bool is_alike(const random_verdict *one, const random_verdict *other)
{
    return one->outcome == other->outcome &&
           (one->outcome != RANDOM_RULE || strncmp(one->text, other->text, strcspn(one->text, " ") + 1) == 0);
}

void random_shrink(random_world *self, const random_verdict *verdict)
{
    random_verdict now;
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (uint32_t group = self->groups; group > 0; group--) {
            if (set_dropped(self, group, true) == 0)
                continue;
            random_check(self, &now);
            if (is_alike(&now, verdict))
                smaller = true;
            else
                (void)set_dropped(self, group, false);
        }
    }
}
