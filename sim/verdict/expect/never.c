/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events that do not come. */
#include "sim/verdict/expect/events.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    EXPECT_EVENT_ROWS(never, "No event of that kind comes"),
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    expect_event_check(reader, entry, &draft->expectation.never);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    uint64_t first_ns;
    char time[EXPECT_TIME_MAX];
    char event[EXPECT_LIST_MAX];
    const uint64_t count = expect_event_count(whole, &expectation->never, evidence->recorder, &first_ns);
    expect_event_text(whole, &expectation->never, event);
    if (count == 0)
        expect_say(outcome, true, "no %s", event);
    else
        expect_say(outcome, false, "%" PRIu64 " %s, the first at %s, wanted none", count, event,
                   expect_time(first_ns, time));
}

const expect_kind EXPECT_NEVER = {
    .rows = ROWS, .blank = {.never = EXPECT_ANY_EVENT}, .check = check, .judge = judge};
