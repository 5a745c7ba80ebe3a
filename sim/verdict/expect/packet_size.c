/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The largest datagram that is known to pass, on the path in use at the end. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"packet_size", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The largest datagram (UDP payload) that the second node acknowledges on the path that the "
              "first uses last",
     .example = "laptop -> server"},
    {"min", EXPECT_FIELD(KEY_SIZE, packet_size.bound.min), .max = SCENARIO_SIZE_MAX_BYTES,
     .about = "Its least size", .example = "1400B"},
    {"max", EXPECT_FIELD(KEY_SIZE, packet_size.bound.max), .max = SCENARIO_SIZE_MAX_BYTES,
     .about = "Its largest size", .example = "1500B"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    draft->expectation.packet_size.flow = scenario_check_flow(reader, tree_get(entry, "packet_size"), draft);
    expect_check_bounds(reader, entry, &draft->expectation.packet_size.bound, "min: 1400B");
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char wanted[EXPECT_LIST_MAX];
    const scenario_expect_wire *const of = &expectation->packet_size;
    const rules_facts facts = witness_facts(evidence->witness, of->flow.from, of->flow.to);
    (void)whole;
    expect_say(outcome, facts.packet_size > 0 && expect_within(facts.packet_size, &of->bound),
               "%" PRIu32 " B, wanted %s", facts.packet_size, expect_sizes(&of->bound, wanted));
}

const expect_kind EXPECT_PACKET_SIZE = {
    .rows = ROWS,
    .blank = {.packet_size = {.flow = EXPECT_NO_FLOW, .bound = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .witnessed = true,
};
