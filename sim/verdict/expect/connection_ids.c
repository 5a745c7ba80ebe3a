/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection IDs that packets went to. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"connection_ids", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The connection IDs of the second node to which the first sends packets",
     .example = "laptop -> server"},
    {"count", EXPECT_FIELD(KEY_COUNT, connection_ids.bound), .max = UINT32_MAX, .about = "How many there are",
     .otherwise = "at least one", .example = "2"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    draft->expectation.connection_ids.flow =
        scenario_check_flow(reader, tree_get(entry, "connection_ids"), draft);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char wanted[EXPECT_LIST_MAX];
    const scenario_expect_wire *const of = &expectation->connection_ids;
    const rules_facts facts = witness_facts(evidence->witness, of->flow.from, of->flow.to);
    (void)whole;
    expect_say(outcome, expect_within(facts.ids_used, &of->bound), "%" PRIu32 " connection IDs, wanted %s",
               facts.ids_used, expect_count(&of->bound, wanted));
}

const expect_kind EXPECT_CONNECTION_IDS = {
    .rows = ROWS,
    .blank = {.connection_ids = {.flow = EXPECT_NO_FLOW, .bound = {.min = 1, .max = UINT64_MAX}}},
    .check = check,
    .judge = judge,
    .witnessed = true,
};
