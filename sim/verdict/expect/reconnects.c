/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a connection was lost and regained, and how long there was none, as the node that dials has it.
 */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"reconnects", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The connection that the first node dials is lost and regained so often",
     .example = "laptop -> server"},
    {"count", EXPECT_FIELD(KEY_COUNT, reconnects.count), .max = UINT32_MAX,
     .about = "How often it is regained", .otherwise = "at least one", .example = "<= 1"},
    {"longest", EXPECT_FIELD(KEY_BOUND, reconnects.longest), .alone = KEY_ALONE_IS_MOST,
     .max = SCENARIO_DAY_NS,
     .about = "The longest time without a connection, to the end of the run if it is not regained",
     .example = "<= 5s"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_reconnects *const of = &draft->expectation.reconnects;
    const tree_node *const pair = tree_get(entry, "reconnects");
    of->flow = scenario_check_flow(reader, pair, draft);
    if (!tree_get(entry, "count") && !tree_get(entry, "longest") && !draft->ranked)
        of->count.min = 1;
    scenario_check_dials(reader, pair, &of->flow);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_reconnects *const of = &expectation->reconnects;
    size_t all;
    const recorder_outage *const outages = recorder_outages(evidence->recorder, &all);
    const recorder_outage *longest = NULL;
    uint64_t count = 0;
    char time[EXPECT_TIME_MAX], at[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX], bound[EXPECT_LIST_MAX];
    (void)whole;
    for (size_t i = 0; i < all; i++) {
        const recorder_outage *const one = &outages[i];
        if (one->peer != of->flow.peer)
            continue;
        count += one->was_up && one->regained_ns != ROAM_NEVER;
        if (!longest || one->end_ns - one->lost_ns > longest->end_ns - longest->lost_ns)
            longest = one;
    }
    const uint64_t longest_ns = longest ? longest->end_ns - longest->lost_ns : 0;
    outcome->value = longest_ns;
    const bool held = expect_within(count, &of->count) && expect_within(longest_ns, &of->longest);
    (void)expect_count(&of->count, wanted);
    if (expect_bounded(&of->longest)) {
        expect_append(wanted, sizeof wanted, ", the longest time without one ");
        expect_append(wanted, sizeof wanted, expect_bound(&of->longest, bound));
    }
    if (!longest)
        expect_say(outcome, held, "never lost, wanted %s", wanted);
    else
        expect_say(outcome, held, "%" PRIu64 ", %s without one from %s on%s, wanted %s", count,
                   expect_time(longest_ns, time), expect_time(longest->lost_ns, at),
                   longest->regained_ns == ROAM_NEVER ? ", to the end" : "", wanted);
}

const expect_kind EXPECT_RECONNECTS = {
    .rows = ROWS,
    .blank = {.reconnects = {.flow = EXPECT_NO_FLOW, .count = EXPECT_UNBOUNDED, .longest = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .measure = "longest",
    .asked = true,
};
