/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event that comes, and when the first one does, or another one, or one after each of another kind. */
#include "sim/verdict/expect/events.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    EXPECT_EVENT_ROWS(happens, "An event of that kind comes"),
    {"count", EXPECT_FIELD(KEY_COUNT, happens.count), .max = UINT32_MAX, .about = "How many such events come",
     .otherwise = "at least one", .example = "0"},
    {"nth", EXPECT_FIELD(KEY_INTEGER, happens.nth), .min = 1, .max = UINT32_MAX,
     .about = "The event of that number alone counts, from 1", .example = "2"},
    {"between", EXPECT_FIELD(KEY_BOUND, happens.between), .max = SCENARIO_DAY_NS,
     .about = "When the event comes", .example = "5s..70s"},
    {"within", EXPECT_FIELD(KEY_DURATION, happens.within_ns), .max = SCENARIO_DAY_NS,
     .about = "Each event of the kind in of is followed by this one in that time", .example = "3s"},
    {"of", EXPECT_FIELD(KEY_CHOICE, happens.of), .choices = EXPECT_EVENTS,
     .about = "The event after which the time of within begins", .example = "peer_down"},
    {0},
};

/* Events that a recorder has the times of, with their nodes. */
static bool is_logged(scenario_never_event event)
{
    return event != SCENARIO_NEVER_REFUSED && event != SCENARIO_NEVER_NOT_STARTED;
}

static void check_within(scenario_reader *reader, const tree_node *entry, const scenario_expect_event *of)
{
    const tree_node *const within = tree_get(entry, "within");
    const tree_node *const other = tree_get(entry, "of");
    const tree_node *const between = tree_get(entry, "between");
    if (within && !other)
        scenario_fault(reader, within->key_place, "'within' needs 'of': write for example of: peer_down");
    else if (other && !within)
        scenario_fault(reader, other->key_place, "'of' needs 'within': write for example within: 3s");
    else if (within && (between || of->counted))
        scenario_fault(reader, (between ? between : tree_get(entry, "count"))->key_place,
                       "'%s' besides 'within': write two expectations", between ? "between" : "count");
    else if (within && !is_logged(of->event))
        scenario_fault(reader, within->key_place, "'within' is about events of nodes");
    else if (within && !is_logged(of->of))
        scenario_fault(reader, other->place,
                       "'of' is about events of nodes: write for example of: peer_down");
}

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_event *const of = &draft->expectation.happens;
    const tree_node *const between = tree_get(entry, "between");
    const tree_node *const nth = tree_get(entry, "nth");
    expect_event_check(reader, entry, of);
    of->counted = tree_get(entry, "count") != NULL;
    check_within(reader, entry, of);
    if (nth && of->counted)
        scenario_fault(reader, nth->key_place, "'nth' besides 'count': write two expectations");
    if (nth && of->event == SCENARIO_NEVER_NOT_STARTED)
        scenario_fault(reader, nth->key_place, "nth: what is not started has no order");
    if (of->event == SCENARIO_NEVER_NOT_STARTED && !of->counted) {
        of->counted = true;
        of->count.min = 1;
    }
    if (of->event == SCENARIO_NEVER_NOT_STARTED && between)
        scenario_fault(reader, between->key_place, "between: what is not started has no time");
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
    else if (first_ns == ROAM_NEVER) /* what has not happened has no time */
        expect_say(outcome, held, "%" PRIu64 " %s, wanted %s", count, event,
                   expect_count(&of->count, wanted));
    else
        expect_say(outcome, held, "%" PRIu64 " %s, the first at %s, wanted %s%s%s", count, event,
                   expect_time(first_ns, time), expect_count(&of->count, wanted),
                   bound[0] ? ", the first " : "", bound);
}

static void judge_nth(const scenario_expect_event *of, const expect_evidence *evidence, const char *event,
                      expect_outcome *outcome)
{
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    const char *const bound = expect_bound(&of->between, wanted);
    uint64_t seen = 0;
    size_t at = 0;
    expect_event one = {.at_ns = ROAM_NEVER};
    while (seen < of->nth && expect_event_next(of, evidence->recorder, &at, &one))
        seen++;
    if (seen < of->nth)
        expect_say(outcome, false, "%" PRIu64 " %s, wanted number %" PRIu64 "%s%s", seen, event, of->nth,
                   bound[0] ? " " : "", bound);
    else
        expect_say(outcome, expect_within(one.at_ns, &of->between), "%s number %" PRIu64 " at %s, wanted %s",
                   event, of->nth, expect_time(one.at_ns, time), bound[0] ? bound : "one");
}

/* One of the other kind, and the first event that follows it, of the same node about the same other. The
 * number counts from the first event with `nth` alone. */
static uint64_t follower_ns(const scenario_expect_event *of, const expect_evidence *evidence,
                            const expect_event *cause, uint64_t *number)
{
    size_t at = of->nth > 0 ? 0 : cause->order;
    expect_event one;
    for (*number = 1; expect_event_next(of, evidence->recorder, &at, &one); ++*number)
        if (one.order > cause->order && one.node == cause->node && one.other == cause->other)
            return one.at_ns;
    return ROAM_NEVER;
}

/* Each of the other kind is followed in time; with `nth`, the one that the nth follows. Shown is the worst.
 */
static void judge_within(const scenario_expect_event *of, const expect_evidence *evidence, const char *event,
                         expect_outcome *outcome)
{
    const scenario_expect_event causes = {
        .event = of->of, .node = of->node, .seen_by = of->seen_by, .third = of->third, .verb = SCENARIO_NONE};
    const char *const other = key_choice_name(EXPECT_EVENTS, of->of);
    char took[EXPECT_TIME_MAX], begun[EXPECT_TIME_MAX], wanted[EXPECT_TIME_MAX];
    uint64_t worst_ns = 0;
    uint64_t worst_at_ns = ROAM_NEVER;
    size_t at = 0;
    expect_event cause;
    while (expect_event_next(&causes, evidence->recorder, &at, &cause)) {
        uint64_t number;
        const uint64_t then_ns = follower_ns(of, evidence, &cause, &number);
        const uint64_t after_ns = then_ns == ROAM_NEVER ? ROAM_NEVER : then_ns - cause.at_ns;
        if ((of->nth > 0 && number != of->nth) || (worst_at_ns != ROAM_NEVER && after_ns <= worst_ns))
            continue;
        worst_ns = after_ns;
        worst_at_ns = cause.at_ns;
    }
    (void)expect_time(of->within_ns, wanted);
    if (worst_at_ns == ROAM_NEVER)
        expect_say(outcome, false, "no %s that %s follows, wanted within %s", other, event, wanted);
    else if (worst_ns == ROAM_NEVER)
        expect_say(outcome, false, "no %s after the %s at %s, wanted within %s", event, other,
                   expect_time(worst_at_ns, begun), wanted);
    else
        expect_say(outcome, worst_ns <= of->within_ns, "%s %s after the %s at %s, wanted within %s", event,
                   expect_time(worst_ns, took), other, expect_time(worst_at_ns, begun), wanted);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_event *const of = &expectation->happens;
    uint64_t first_ns;
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    char event[EXPECT_LIST_MAX];
    const uint64_t count = expect_event_count(whole, of, evidence->recorder, &first_ns);
    const char *const bound = expect_bound(&of->between, wanted);
    expect_event_text(whole, of, event);
    if (of->within_ns != SCENARIO_NEVER)
        judge_within(of, evidence, event, outcome);
    else if (of->nth > 0)
        judge_nth(of, evidence, event, outcome);
    else if (of->counted)
        judge_count(of, count, first_ns, event, outcome);
    else if (count == 0)
        expect_say(outcome, false, "no %s, wanted one%s%s", event, bound[0] ? " " : "", bound);
    else
        expect_say(outcome, expect_within(first_ns, &of->between), "%s at %s, wanted %s", event,
                   expect_time(first_ns, time), bound[0] ? bound : "one");
}

const expect_kind EXPECT_HAPPENS = {
    .rows = ROWS, .blank = {.happens = EXPECT_ANY_EVENT}, .check = check, .judge = judge, .asked = true};
