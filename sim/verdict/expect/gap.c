/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The longest time in which nothing new of a flow was delivered. */
#include "sim/verdict/expect/internal.h"

static const key_row ROWS[] = {
    {"gap", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The longest time in which the second node gets no message of the first, less the interval of "
              "the flow",
     .example = "laptop -> server"},
    {"max", EXPECT_FIELD(KEY_BOUND, gap.max), .max = SCENARIO_DAY_NS, .alone = KEY_ALONE_IS_ALL,
     .about = "How long that time is at most", .example = "500ms"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    if (!tree_get(entry, "max") && !draft->ranked)
        scenario_fault(reader, entry->place, "an expectation needs 'max': write for example max: <= 500ms");
    draft->expectation.gap.flow = scenario_check_traffic(reader, tree_get(entry, "gap"), draft, "gap");
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_gap *const of = &expectation->gap;
    uint32_t flow;
    char time[EXPECT_TIME_MAX];
    char start[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    const uint64_t gap_ns = recorder_gap_ns(evidence->recorder, of->flow.from, of->flow.to, &flow);
    (void)whole;
    outcome->value = gap_ns;
    (void)expect_bound(&of->max, wanted);
    if (flow == SCENARIO_NONE) {
        expect_say(outcome, false, "no message was to be sent, wanted a gap %s", wanted);
        return;
    }
    if (gap_ns == 0) {
        expect_say(outcome, expect_within(gap_ns, &of->max), "no gap, wanted %s", wanted);
        return;
    }
    expect_say(outcome, expect_within(gap_ns, &of->max), "%s from %s on, wanted %s",
               expect_time(gap_ns, time),
               expect_time(recorder_flows(evidence->recorder)[flow].gap_start_ns, start), wanted);
}

const expect_kind EXPECT_GAP = {
    .rows = ROWS,
    .blank = {.gap = {.flow = EXPECT_NO_FLOW, .max = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .measure = "max",
};
