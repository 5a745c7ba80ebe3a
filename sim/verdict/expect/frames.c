/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of a type that left. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

/* As they are called in qlog, which dissect_frame_type_name has too. */
static const key_choice FRAMES[] = {{"padding", DISSECT_PADDING},
                                    {"ping", DISSECT_PING},
                                    {"ack", DISSECT_ACK},
                                    {"reset_stream", DISSECT_RESET_STREAM},
                                    {"stop_sending", DISSECT_STOP_SENDING},
                                    {"crypto", DISSECT_CRYPTO},
                                    {"new_token", DISSECT_NEW_TOKEN},
                                    {"stream", DISSECT_STREAM},
                                    {"max_data", DISSECT_MAX_DATA},
                                    {"max_stream_data", DISSECT_MAX_STREAM_DATA},
                                    {"max_streams", DISSECT_MAX_STREAMS},
                                    {"data_blocked", DISSECT_DATA_BLOCKED},
                                    {"stream_data_blocked", DISSECT_STREAM_DATA_BLOCKED},
                                    {"streams_blocked", DISSECT_STREAMS_BLOCKED},
                                    {"new_connection_id", DISSECT_NEW_CONNECTION_ID},
                                    {"retire_connection_id", DISSECT_RETIRE_CONNECTION_ID},
                                    {"path_challenge", DISSECT_PATH_CHALLENGE},
                                    {"path_response", DISSECT_PATH_RESPONSE},
                                    {"connection_close", DISSECT_CONNECTION_CLOSE},
                                    {"handshake_done", DISSECT_HANDSHAKE_DONE},
                                    {"datagram", DISSECT_DATAGRAM},
                                    {0}};

static const key_row ROWS[] = {
    {"frames", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true, .example = "laptop -> server"},
    {"frame", EXPECT_FIELD(KEY_CHOICE, frames.frame), .required = true, .choices = FRAMES,
     .example = "path_challenge"},
    {"path", EXPECT_FIELD(KEY_NETWORK, frames.network), .example = "cellular"},
    {"from", EXPECT_FIELD(KEY_DURATION, frames.since_ns), .max = SCENARIO_DAY_NS, .example = "1s"},
    {"until", EXPECT_FIELD(KEY_DURATION, frames.until_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "3s"},
    {"count", EXPECT_FIELD(KEY_COUNT, frames.count), .max = UINT32_MAX, .example = "2..4"},
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
               key_choice_name(FRAMES, of->frame), of->network == SCENARIO_NONE ? "" : " on ",
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
};
