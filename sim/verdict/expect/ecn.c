/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets with ECN marks. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"ecn", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "ECN codepoints of the packets from the first node to the second (RFC 3168)",
     .example = "laptop -> server"},
    {"ect", EXPECT_FIELD(KEY_COUNT, ecn.ect), .max = UINT32_MAX,
     .about = "How many packets leave with ECT(0) or ECT(1)", .example = "1.."},
    {"ce", EXPECT_FIELD(KEY_COUNT, ecn.ce), .max = UINT32_MAX, .about = "How many packets come with CE",
     .example = "0"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    draft->expectation.ecn.flow = scenario_check_flow(reader, tree_get(entry, "ecn"), draft);
    if (!tree_get(entry, "ect") && !tree_get(entry, "ce"))
        scenario_fault(reader, entry->place, "no bound: write for example ect: 1..");
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char ect[EXPECT_LIST_MAX], ce[EXPECT_LIST_MAX];
    const scenario_expect_ecn *const of = &expectation->ecn;
    const passage_marks marks = witness_marks(evidence->witness, expectation);
    const bool held = expect_within(marks.ect, &of->ect) && expect_within(marks.ce, &of->ce);
    (void)whole;
    expect_say(outcome, held, "%" PRIu64 " packets sent as ECT, %" PRIu64 " received as CE, wanted %s and %s",
               marks.ect, marks.ce, expect_count(&of->ect, ect), expect_count(&of->ce, ce));
}

const expect_kind EXPECT_ECN = {
    .rows = ROWS,
    .blank = {.ecn = {.flow = EXPECT_NO_FLOW, .ect = EXPECT_UNBOUNDED, .ce = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .asked = true,
    .witnessed = true,
};
