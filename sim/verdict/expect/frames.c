/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of a type that left. */
#include "sim/scenario/frame_types.h"
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"frames", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "Frames that leave the first node in packets to the second, whether they arrive or not",
     .example = "laptop -> server"},
    {"frame", EXPECT_FIELD(KEY_CHOICE, frames.frame), .required = true, .choices = SCENARIO_FRAME_TYPES,
     .about = "The type of the frames, as in qlog", .example = "path_challenge"},
    {"path", EXPECT_FIELD(KEY_NETWORK, frames.network),
     .about = "Only frames on the path that uses that network of either node", .otherwise = "any path",
     .example = "cellular"},
    {"from", EXPECT_FIELD(KEY_DURATION, frames.since_ns), .max = SCENARIO_DAY_NS,
     .about = "Where the time that counts begins", .otherwise = "0s", .example = "1s"},
    {"until", EXPECT_FIELD(KEY_DURATION, frames.until_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "Where the time that counts ends", .otherwise = "the end", .example = "3s"},
    {"count", EXPECT_FIELD(KEY_COUNT, frames.count), .max = UINT32_MAX, .about = "How many frames leave",
     .otherwise = "at least one", .example = "2..4"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_frames *const of = &draft->expectation.frames;
    const tree_node *const until = tree_get(entry, "until");
    of->flow = scenario_check_flow(reader, tree_get(entry, "frames"), draft);
    if (until && of->until_ns <= of->since_ns)
        scenario_fault(reader, until->place, "until is not after from");
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char wanted[EXPECT_LIST_MAX];
    const scenario_expect_frames *const of = &expectation->frames;
    const uint64_t count = witness_frames(evidence->witness, expectation);
    expect_say(outcome, expect_within(count, &of->count), "%" PRIu64 " %s%s%s, wanted %s", count,
               key_choice_name(SCENARIO_FRAME_TYPES, of->frame), of->network == SCENARIO_NONE ? "" : " on ",
               of->network == SCENARIO_NONE ? "" : whole->networks[of->network].name,
               expect_count(&of->count, wanted));
}

const expect_kind EXPECT_FRAMES = {
    .rows = ROWS,
    .blank = {.frames = {.flow = EXPECT_NO_FLOW,
                         .network = SCENARIO_NONE,
                         .until_ns = SCENARIO_NEVER,
                         .count = {.min = 1, .max = UINT64_MAX}}},
    .check = check,
    .judge = judge,
    .asked = true,
    .witnessed = true,
};
