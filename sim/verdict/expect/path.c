/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Over which network data goes. */
#include "sim/verdict/expect/internal.h"

static const key_row ROWS[] = {
    {"path", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The last data that the first node has sent the second leaves on the path that uses a network",
     .example = "laptop -> server"},
    {"is", EXPECT_FIELD(KEY_NETWORK, path.network), .required = true,
     .about = "The network that the path uses", .example = "cellular"},
    {"at", EXPECT_FIELD(KEY_DURATION, path.at_ns), .required = true, .max = SCENARIO_DAY_NS,
     .about = "When the path is looked at", .example = "9s"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    draft->expectation.path.flow = scenario_check_flow(reader, tree_get(entry, "path"), draft);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char time[EXPECT_TIME_MAX];
    const uint32_t network = expectation->path.network;
    const passage_way way = witness_way(evidence->witness, expectation);
    const char *const wanted = whole->networks[network].name;
    if (way.own == SCENARIO_NONE) {
        expect_say(outcome, false, "no data was sent by then, wanted on %s", wanted);
        return;
    }
    const bool known = way.others != SCENARIO_NONE && way.others != way.own;
    expect_say(outcome, way.own == network || way.others == network,
               "the last data went over %s%s%s at %s, wanted %s", whole->networks[way.own].name,
               known ? " and " : "", known ? whole->networks[way.others].name : "",
               expect_time(way.at_ns, time), wanted);
}

const expect_kind EXPECT_PATH = {
    .rows = ROWS,
    .blank = {.path = {.flow = EXPECT_NO_FLOW, .network = SCENARIO_NONE}},
    .check = check,
    .judge = judge,
    .asked = true,
    .witnessed = true,
};
