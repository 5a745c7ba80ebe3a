/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data of streams that was sent again. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"retransmitted", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The data on streams that the first node sends the second again",
     .example = "laptop -> server"},
    {"min", EXPECT_FIELD(KEY_SIZE, retransmitted.bound.min), .max = SCENARIO_SIZE_MAX_BYTES,
     .about = "The least of it", .example = "0B"},
    {"max", EXPECT_FIELD(KEY_SIZE, retransmitted.bound.max), .max = SCENARIO_SIZE_MAX_BYTES,
     .about = "The most of it", .example = "10kB"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    draft->expectation.retransmitted.flow =
        scenario_check_flow(reader, tree_get(entry, "retransmitted"), draft);
    expect_check_bounds(reader, entry, &draft->expectation.retransmitted.bound, "max: 10kB");
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char wanted[EXPECT_LIST_MAX];
    const scenario_expect_wire *const of = &expectation->retransmitted;
    const rules_facts facts = witness_facts(evidence->witness, of->flow.from, of->flow.to);
    (void)whole;
    expect_say(outcome, expect_within(facts.retransmitted_bytes, &of->bound) && facts.stream_bytes > 0,
               "%" PRIu64 " B of %" PRIu64 " B, wanted %s", facts.retransmitted_bytes, facts.stream_bytes,
               expect_sizes(&of->bound, wanted));
}

const expect_kind EXPECT_RETRANSMITTED = {
    .rows = ROWS,
    .blank = {.retransmitted = {.flow = EXPECT_NO_FLOW, .bound = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .witnessed = true,
};
