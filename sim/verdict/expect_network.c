/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations on what a network does to connections without anybody's call: events that must come, rebinds,
 * connections that live or die, goodput. */
#include "sim/refusal.h"
#include "sim/scenario/units.h"
#include "sim/verdict/expect_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* RFC 9002 section 7.2: the initial window is at most ten datagrams or 14720 bytes, for datagrams up to 1472
 * bytes the latter. Section 6.2.2: the RTT before there is a sample. */
#define INITIAL_WINDOW_MAX 14720
#define INITIAL_RTT_NS UINT64_C(333000000)

/* --- events --- */

static bool is_meant(const scenario_expectation *expectation, const observer_refused *told)
{
    const bool restart = expectation->verb == SCENARIO_RESTART && told->verb == SCENARIO_START;
    return (expectation->node == SCENARIO_NONE || expectation->node == told->node) &&
           (expectation->verb == SCENARIO_NONE || expectation->verb == told->verb || restart) &&
           (expectation->status == REFUSAL_NONE || expectation->status == told->why);
}

static uint64_t count_refusals(const scenario_expectation *expectation, const recorder *recorded,
                               uint64_t *first_ns)
{
    size_t all;
    uint64_t count = 0;
    const recorder_refusal *const refusals = recorder_refusals(recorded, &all);
    *first_ns = ROAM_NEVER;
    for (size_t i = 0; i < all; i++)
        if (is_meant(expectation, &refusals[i].told) && count++ == 0)
            *first_ns = refusals[i].at_ns;
    return count;
}

uint64_t expect_event_count(const scenario_expectation *expectation, const recorder *recorded,
                            uint64_t *first_ns)
{
    if (expectation->event == SCENARIO_NEVER_REFUSED)
        return count_refusals(expectation, recorded, first_ns);
    return recorder_event_count(recorded, expectation->event, expectation->node, first_ns);
}

void expect_event_text(const scenario *whole, const scenario_expectation *expectation,
                       char text[EXPECT_LIST_MAX])
{
    const char *const verb =
        expectation->verb == SCENARIO_NONE ? "" : scenario_verb_name((scenario_verb)expectation->verb);
    const char *const status = refusal_name((refusal)expectation->status);
    const char *const node = expectation->node == SCENARIO_NONE ? "" : whole->nodes[expectation->node].name;
    (void)snprintf(text, EXPECT_LIST_MAX, "%s%s%s%s%s%s%s%s", scenario_never_event_name(expectation->event),
                   *verb ? " " : "", verb, *status ? " (" : "", status, *status ? ")" : "",
                   *node ? " on " : "", node);
}

void expect_happens(const scenario *whole, const scenario_expectation *expectation, const recorder *recorded,
                    expect_outcome *outcome)
{
    uint64_t first_ns;
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    char event[EXPECT_LIST_MAX];
    const uint64_t count = expect_event_count(expectation, recorded, &first_ns);
    const char *const bound = expect_bound(&expectation->between, wanted);
    expect_event_text(whole, expectation, event);
    if (count == 0)
        expect_say(outcome, false, "no %s, wanted one%s%s", event, bound[0] ? " " : "", bound);
    else
        expect_say(outcome, expect_within(first_ns, &expectation->between), "%s at %s, wanted %s", event,
                   expect_time(first_ns, time), bound[0] ? bound : "one");
}

/* --- rebinds --- */

static bool is_initial_window(uint64_t window)
{
    return window <= INITIAL_WINDOW_MAX;
}

/* RFC 9000 section 9.4. Reset: window and RTT are the initial ones. Kept: neither has become so. */
static bool congestion_holds(const scenario_expectation *expectation, const roam_rebind_record *record)
{
    const bool initial_rtt = record->srtt_after_ns == INITIAL_RTT_NS;
    const bool fell = is_initial_window(record->cwnd_after) && !is_initial_window(record->cwnd_before);
    switch (expectation->congestion) {
    case SCENARIO_CONGESTION_ANY:
        break;
    case SCENARIO_CONGESTION_KEPT:
        return !initial_rtt && !fell;
    case SCENARIO_CONGESTION_RESET:
        return initial_rtt && is_initial_window(record->cwnd_after);
    }
    return true;
}

static bool rebind_holds(const scenario_expectation *expectation, const roam_rebind_record *record)
{
    if (expect_bounded(&expectation->validation) &&
        (!record->validated ||
         !expect_within(record->finished_ns - record->noticed_ns, &expectation->validation)))
        return false;
    return congestion_holds(expectation, record);
}

static void rebind_wanted(const scenario_expectation *expectation, char text[EXPECT_LIST_MAX])
{
    char bound[EXPECT_LIST_MAX];
    (void)expect_count(&expectation->count, text);
    if (expect_bounded(&expectation->validation)) {
        expect_append(text, EXPECT_LIST_MAX, " validated in ");
        expect_append(text, EXPECT_LIST_MAX, expect_bound(&expectation->validation, bound));
    }
    if (expectation->congestion == SCENARIO_CONGESTION_KEPT)
        expect_append(text, EXPECT_LIST_MAX, " with congestion state kept");
    if (expectation->congestion == SCENARIO_CONGESTION_RESET)
        expect_append(text, EXPECT_LIST_MAX, " with congestion state reset");
}

static void describe_rebind(const roam_rebind_record *record, char text[EXPECT_LIST_MAX])
{
    char took[EXPECT_TIME_MAX];
    char before[EXPECT_TIME_MAX];
    char after[EXPECT_TIME_MAX];
    (void)snprintf(text, EXPECT_LIST_MAX, "%s in %s, window %" PRIu64 " then %" PRIu64 " B, SRTT %s then %s",
                   record->validated ? "validated" : "not validated",
                   expect_time(record->finished_ns - record->noticed_ns, took), record->cwnd_before,
                   record->cwnd_after, expect_time(record->srtt_before_ns, before),
                   expect_time(record->srtt_after_ns, after));
}

/* All rebinds of the one that the other noticed; shown is the first that fails, or else the last. */
void expect_rebind(const scenario *whole, const scenario_expectation *expectation, const recorder *recorded,
                   expect_outcome *outcome)
{
    size_t all;
    const recorder_rebind *const rebinds = recorder_rebinds(recorded, &all);
    const roam_rebind_record *shown = NULL;
    uint64_t count = 0;
    bool held = true;
    char found[EXPECT_LIST_MAX];
    char wanted[EXPECT_LIST_MAX];
    (void)whole;
    for (size_t i = 0; i < all; i++) {
        if (rebinds[i].node != expectation->node || rebinds[i].other != expectation->to)
            continue;
        count++;
        if (!held)
            continue;
        shown = &rebinds[i].record;
        held = rebind_holds(expectation, shown);
    }
    rebind_wanted(expectation, wanted);
    held = held && expect_within(count, &expectation->count);
    if (!shown) {
        expect_say(outcome, held, "no rebind, wanted %s", wanted);
        return;
    }
    describe_rebind(shown, found);
    expect_say(outcome, held, "%" PRIu64 ", %s%s, wanted %s", count, count > 1 ? "one " : "", found, wanted);
}

/* --- NATs --- */

void expect_refused(const scenario *whole, const scenario_expectation *expectation, const recorder *recorded,
                    expect_outcome *outcome)
{
    const recorder_nat *const counts = &recorder_nats(recorded)[expectation->nat];
    const char *const name = whole->nats[expectation->nat].name;
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    const bool held = expect_within(counts->refused, &expectation->count);
    (void)expect_count(&expectation->count, wanted);
    if (counts->refused == 0)
        expect_say(outcome, held, "%s refused no packet, wanted %s", name, wanted);
    else
        expect_say(outcome, held, "%s refused %" PRIu64 " packets, the first at %s, wanted %s", name,
                   counts->refused, expect_time(counts->first_refused_ns, time), wanted);
}

/* --- connections --- */

/* "alive", or at which end it is down and why. The end that dialled is looked at first. */
static void describe_state(const scenario *whole, const scenario_peer *ends, const recorder_peer *peer,
                           char text[EXPECT_LIST_MAX])
{
    const recorder_end *const down = peer->dialer.up ? &peer->acceptor : &peer->dialer;
    const char *const name = whole->nodes[peer->dialer.up ? ends->acceptor : ends->dialer].name;
    char time[EXPECT_TIME_MAX];
    if (down->up)
        (void)snprintf(text, EXPECT_LIST_MAX, "alive");
    else if (down->restarted)
        (void)snprintf(text, EXPECT_LIST_MAX, "down: %s was restarted at %s", name,
                       expect_time(down->restarted_ns, time));
    else if (down->ups == 0)
        (void)snprintf(text, EXPECT_LIST_MAX, "down: %s never had it up", name);
    else
        (void)snprintf(text, EXPECT_LIST_MAX, "down: %s on %s at %s", roam_down_reason_name(down->reason),
                       name, expect_time(down->last_down_ns, time));
}

/* What flows that way have brought, apart from the state of the connection. */
static void judge_arrival(const scenario *whole, const scenario_expectation *expectation,
                          const recorder *recorded, expect_outcome *outcome)
{
    const recorder_flow *const flows = recorder_flows(recorded);
    uint64_t wanted = 0;
    uint64_t came = 0;
    bool silent = false;
    for (size_t i = 0; i < whole->traffic_count; i++) {
        const scenario_traffic *const traffic = &whole->traffic[i];
        if (traffic->from != expectation->from || traffic->to != expectation->to)
            continue;
        outcome->has_traffic = true;
        silent = silent || expect_silent(&flows[i]);
        wanted += flows[i].sent + flows[i].unsent;
        came += flows[i].delivered;
    }
    outcome->arrived = outcome->has_traffic && came == wanted && !silent;
    if (!outcome->has_traffic)
        return;
    char text[EXPECT_LIST_MAX];
    (void)snprintf(text, sizeof text, ", %" PRIu64 " of %" PRIu64 " messages arrived", came, wanted);
    expect_append(outcome->text, sizeof outcome->text, text);
}

void expect_peer(const scenario *whole, const scenario_expectation *expectation, const recorder *recorded,
                 expect_outcome *outcome)
{
    static const char *const wanted[] = {
        [SCENARIO_PEER_EITHER] = "either", [SCENARIO_PEER_ALIVE] = "alive", [SCENARIO_PEER_DOWN] = "down"};
    const recorder_peer *const peer = &recorder_peers(recorded)[expectation->peer];
    char state[EXPECT_LIST_MAX];
    outcome->alive = peer->dialer.up && peer->acceptor.up;
    describe_state(whole, &whole->peers[expectation->peer], peer, state);
    expect_say(outcome,
               expectation->state == SCENARIO_PEER_EITHER ||
                   (expectation->state == SCENARIO_PEER_ALIVE) == outcome->alive,
               "%s", state);
    judge_arrival(whole, expectation, recorded, outcome);
    outcome->held = outcome->held && (!expectation->all_arrived || outcome->arrived);
    expect_append(outcome->text, sizeof outcome->text, ", wanted ");
    expect_append(outcome->text, sizeof outcome->text, wanted[expectation->state]);
    if (expectation->all_arrived)
        expect_append(outcome->text, sizeof outcome->text, " and every message");
}

/* --- goodput --- */

static void rate_wanted(const scenario_bound *rate, char text[EXPECT_LIST_MAX])
{
    char value[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (rate->min > 0) {
        expect_append(text, EXPECT_LIST_MAX, ">= ");
        expect_append(text, EXPECT_LIST_MAX, units_format(UNITS_RATE, rate->min, value));
    }
    if (rate->max < UINT64_MAX) {
        expect_append(text, EXPECT_LIST_MAX, rate->min > 0 ? ", <= " : "<= ");
        expect_append(text, EXPECT_LIST_MAX, units_format(UNITS_RATE, rate->max, value));
    }
}

void expect_goodput(const scenario_expectation *expectation, const recorder *recorded,
                    expect_outcome *outcome)
{
    char wanted[EXPECT_LIST_MAX];
    char time[EXPECT_TIME_MAX];
    const recorder_goodput measured = recorder_goodput_of(recorded, expectation);
    const uint64_t window_us = (measured.end_ns - measured.start_ns) / 1000;
    rate_wanted(&expectation->rate, wanted);
    if (measured.bytes == 0 || window_us == 0) {
        expect_say(outcome, false, "nothing was delivered then, wanted %s", wanted);
        return;
    }
    const uint64_t rate_bps = measured.bytes * 8 * 1000000 / window_us;
    expect_say(outcome, expect_within(rate_bps, &expectation->rate),
               "%" PRIu64 ".%03" PRIu64 " Mbps in %s, wanted %s", rate_bps / 1000000, rate_bps / 1000 % 1000,
               expect_time(measured.end_ns - measured.start_ns, time), wanted);
}
