/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a NAT does to a peer, as the other end noticed it. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>

/* RFC 9002 section 7.2: the initial window is at most ten datagrams or 14720 bytes, for datagrams up to 1472
 * bytes the latter. Section 6.2.2: the RTT before there is a sample. */
#define INITIAL_WINDOW_MAX 14720
#define DATAGRAM_MAX 1472
#define INITIAL_RTT_NS UINT64_C(333000000)

static const key_choice CONGESTION[] = {
    {"kept", SCENARIO_CONGESTION_KEPT}, {"reset", SCENARIO_CONGESTION_RESET}, {0}};

static const key_row ROWS[] = {
    {"rebind", EXPECT_FIELD(KEY_NODE, rebind.node), .of_group = true,
     .about = "The node that detects changes of a peer's address", .example = "server"},
    {"of", EXPECT_FIELD(KEY_NODE, rebind.of), .required = true, .of_group = true, .of_all = true,
     .about = "The peer whose address changes; all: each peer of the node", .example = "laptop"},
    {"count", EXPECT_FIELD(KEY_COUNT, rebind.count), .max = SCENARIO_EVENTS_MAX,
     .about = "How many changes are detected", .otherwise = "at least one", .example = "1"},
    {"validation", EXPECT_FIELD(KEY_BOUND, rebind.validation), .max = SCENARIO_DAY_NS,
     .alone = KEY_ALONE_IS_MOST, .about = "How long the validation of each new address takes",
     .example = "<= 60ms"},
    {"congestion", EXPECT_FIELD(KEY_CHOICE, rebind.congestion), .choices = CONGESTION,
     .about = "Whether congestion window and RTT begin anew (RFC 9000 section 9.4)", .example = "kept"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const key_pair pair = {draft->expectation.rebind.node, draft->expectation.rebind.of};
    if (pair.from != SCENARIO_NONE && pair.to != SCENARIO_NONE)
        (void)scenario_peer_of_pair(reader, tree_get(entry, "rebind"), pair);
}

static uint64_t initial_window_of(const scenario_node *node)
{
    const uint64_t set = (uint64_t)node->quic.initial_window * DATAGRAM_MAX;
    return set > 0 ? set : INITIAL_WINDOW_MAX;
}

/* RFC 9000 section 9.4. Reset: window and RTT are the initial ones. Kept: neither has become so. */
static bool congestion_holds(const scenario *whole, const scenario_expect_rebind *expectation,
                             const roam_rebind_record *record)
{
    const uint64_t most = initial_window_of(&whole->nodes[expectation->node]);
    const bool initial_rtt = record->srtt_after_ns == INITIAL_RTT_NS;
    const bool fell = record->cwnd_after <= most && record->cwnd_before > most;
    switch (expectation->congestion) {
    case SCENARIO_CONGESTION_ANY:
        break;
    case SCENARIO_CONGESTION_KEPT:
        return !initial_rtt && !fell;
    case SCENARIO_CONGESTION_RESET:
        return initial_rtt && record->cwnd_after <= most;
    }
    return true;
}

static bool rebind_holds(const scenario *whole, const scenario_expect_rebind *expectation,
                         const roam_rebind_record *record)
{
    if (expect_bounded(&expectation->validation) &&
        (!record->validated ||
         !expect_within(record->finished_ns - record->noticed_ns, &expectation->validation)))
        return false;
    return congestion_holds(whole, expectation, record);
}

static void rebind_wanted(const scenario_expect_rebind *expectation, char text[EXPECT_LIST_MAX])
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
static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_rebind *const of = &expectation->rebind;
    size_t all;
    const recorder_rebind *const rebinds = recorder_rebinds(evidence->recorder, &all);
    const roam_rebind_record *shown = NULL;
    uint64_t count = 0;
    uint64_t slowest_ns = ROAM_NEVER;
    bool held = true;
    char found[EXPECT_LIST_MAX];
    char wanted[EXPECT_LIST_MAX];
    (void)whole;
    for (uint32_t i = recorder_rebind_first(evidence->recorder, of->node, of->of); i != CHAINS_END;
         i = recorder_rebind_next(evidence->recorder, i)) {
        const uint64_t took_ns = recorder_rebind_ns(&rebinds[i]);
        slowest_ns = count++ == 0 || took_ns > slowest_ns ? took_ns : slowest_ns;
        if (!held)
            continue;
        shown = &rebinds[i].record;
        held = rebind_holds(whole, of, shown);
    }
    outcome->value = slowest_ns;
    rebind_wanted(of, wanted);
    held = held && expect_within(count, &of->count);
    if (!shown) {
        expect_say(outcome, held, "no rebind, wanted %s", wanted);
        return;
    }
    describe_rebind(shown, found);
    expect_say(outcome, held, "%" PRIu64 ", %s%s, wanted %s", count, count > 1 ? "one " : "", found, wanted);
}

const expect_kind EXPECT_REBIND = {
    .rows = ROWS,
    .blank = {.rebind = {.node = SCENARIO_NONE,
                         .of = SCENARIO_NONE,
                         .count = {.min = 1, .max = UINT64_MAX},
                         .validation = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .measure = "validation",
};
