/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event that comes, and when the first one does. */
#include "sim/verdict/expect/events.h"

static const key_row ROWS[] = {
    EXPECT_EVENT_ROWS(happens),
    {"between", EXPECT_FIELD(KEY_BOUND, happens.between), .max = SCENARIO_DAY_NS, .example = "5s..70s"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    expect_event_check(reader, entry, &draft->expectation.happens);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_event *const of = &expectation->happens;
    uint64_t first_ns;
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    char event[EXPECT_LIST_MAX];
    const uint64_t count = expect_event_count(of, evidence->recorder, &first_ns);
    const char *const bound = expect_bound(&of->between, wanted);
    expect_event_text(whole, of, event);
    if (count == 0)
        expect_say(outcome, false, "no %s, wanted one%s%s", event, bound[0] ? " " : "", bound);
    else
        expect_say(outcome, expect_within(first_ns, &of->between), "%s at %s, wanted %s", event,
                   expect_time(first_ns, time), bound[0] ? bound : "one");
}

const expect_kind EXPECT_HAPPENS = {
    .rows = ROWS, .blank = {.happens = EXPECT_ANY_EVENT}, .check = check, .judge = judge};
