/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event that comes, and when the first one does. */
#include "sim/verdict/expect/events.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    EXPECT_EVENT_ROWS(happens),
    {"count", EXPECT_FIELD(KEY_COUNT, happens.count), .max = UINT32_MAX, .example = "0"},
    {"between", EXPECT_FIELD(KEY_BOUND, happens.between), .max = SCENARIO_DAY_NS, .example = "5s..70s"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_event *const of = &draft->expectation.happens;
    const tree_node *const between = tree_get(entry, "between");
    expect_event_check(reader, entry, of);
    of->counted = tree_get(entry, "count") != NULL;
    if (of->counted && of->count.max == 0 && between)
        scenario_fault(reader, between->key_place, "between: with count: 0 there is no first one");
}

static void judge_count(const scenario_expect_event *of, uint64_t count, uint64_t first_ns, const char *event,
                        expect_outcome *outcome)
{
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    char bounds[EXPECT_LIST_MAX];
    const char *const bound = expect_bound(&of->between, bounds);
    const bool held =
        expect_within(count, &of->count) && (count == 0 || expect_within(first_ns, &of->between));
    if (count == 0)
        expect_say(outcome, held, "no %s, wanted %s", event, expect_count(&of->count, wanted));
    else
        expect_say(outcome, held, "%" PRIu64 " %s, the first at %s, wanted %s%s%s", count, event,
                   expect_time(first_ns, time), expect_count(&of->count, wanted),
                   bound[0] ? ", the first " : "", bound);
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
    if (of->counted)
        judge_count(of, count, first_ns, event, outcome);
    else if (count == 0)
        expect_say(outcome, false, "no %s, wanted one%s%s", event, bound[0] ? " " : "", bound);
    else
        expect_say(outcome, expect_within(first_ns, &of->between), "%s at %s, wanted %s", event,
                   expect_time(first_ns, time), bound[0] ? bound : "one");
}

const expect_kind EXPECT_HAPPENS = {
    .rows = ROWS, .blank = {.happens = EXPECT_ANY_EVENT}, .check = check, .judge = judge};
