/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the moves of one label cost, migrations and reconnects alike. */
#include "sim/verdict/expect/internal.h"
#include "sim/verdict/expect/result_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* 2^53 holds any number that is counted here. */
#define COUNT_MAX (UINT64_C(1) << 53)
#define ROW_TIME(NAME, key, says)                                                                            \
    {#key,                                                                                                   \
     EXPECT_FIELD(KEY_BOUND, move.bounds[SCENARIO_MOVE_##NAME]),                                             \
     .max = SCENARIO_DAY_NS,                                                                                 \
     .alone = KEY_ALONE_IS_MOST,                                                                             \
     .about = says,                                                                                          \
     .example = "<= 150ms"},
#define ROW_COUNT(NAME, key, says)                                                                           \
    {#key, EXPECT_FIELD(KEY_COUNT, move.bounds[SCENARIO_MOVE_##NAME]), .max = COUNT_MAX, .about = says,      \
     .example = "0"},
#define ROW(NAME, key, kind, says) ROW_##kind(NAME, key, says)

static const key_row ROWS[] = {
    {"move", EXPECT_FIELD(KEY_TEXT, move.label),
     .about = "The label of the migrations or reconnects whose cost is expected", .example = "move"},
    {"result", EXPECT_FIELD(KEY_CHOICES, move.results), .choices = RESULT_SET_CHOICES,
     .about = "How each of them ends", .example = "ok"},
    SCENARIO_MOVE_QUANTITIES(ROW){0},
};

static const struct {
    const char *name;
    bool is_time;
} QUANTITIES[SCENARIO_MOVE_COUNT] = {
#define IS_TIME true
#define IS_COUNT false
#define QUANTITY(NAME, key, kind, says) [SCENARIO_MOVE_##NAME] = {#key, IS_##kind},
    SCENARIO_MOVE_QUANTITIES(QUANTITY)
#undef QUANTITY
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const scenario_expect_move *const of = &draft->expectation.move;
    bool any = of->results || draft->ranked;
    scenario_check_label(reader, tree_get(entry, "move"), false);
    for (int i = 0; i < SCENARIO_MOVE_COUNT; i++)
        any |= tree_get(entry, QUANTITIES[i].name) != NULL;
    if (!any)
        scenario_fault(reader, entry->place, "what of the move? write for example lost: 0");
}

/* ROAM_NEVER: it did not happen, and nothing is within bounds. */
static uint64_t value_of(const recorder_move *move, int quantity)
{
    const uint64_t values[SCENARIO_MOVE_COUNT] = {
        [SCENARIO_MOVE_TOOK] = move->done ? move->done_ns - move->requested_ns : ROAM_NEVER,
        [SCENARIO_MOVE_UP] = recorder_move_to_first_ns(move, &move->up),
        [SCENARIO_MOVE_DOWN] = recorder_move_to_first_ns(move, &move->down),
        [SCENARIO_MOVE_GAP_UP] = move->up.gap_ns,
        [SCENARIO_MOVE_GAP_DOWN] = move->down.gap_ns,
        [SCENARIO_MOVE_ROUND_TRIPS] = move->round_trips,
        [SCENARIO_MOVE_DATAGRAMS] = move->up.datagrams + move->down.datagrams,
        [SCENARIO_MOVE_BYTES] = move->up.bytes + move->down.bytes,
        [SCENARIO_MOVE_OVERHEAD_DATAGRAMS] = move->overhead_datagrams,
        [SCENARIO_MOVE_OVERHEAD_BYTES] = move->overhead_bytes,
        [SCENARIO_MOVE_LOST] = move->up.lost + move->down.lost,
        [SCENARIO_MOVE_REPEATED] = move->up.repeated + move->down.repeated,
        [SCENARIO_MOVE_PASSED_OVER] = move->up.passed_over + move->down.passed_over,
        [SCENARIO_MOVE_STREAMS_LOST] = move->streams_lost,
        [SCENARIO_MOVE_CHURN] = move->churn,
    };
    return values[quantity];
}

static bool is_within(const recorder_move *move, const scenario_expect_move *of, int quantity)
{
    const uint64_t value = value_of(move, quantity);
    return !expect_bounded(&of->bounds[quantity]) ||
           (value != ROAM_NEVER && expect_within(value, &of->bounds[quantity]));
}

static bool has_result(const recorder_move *move, const scenario_expect_move *of)
{
    return !of->results || (move->done && result_set_has(of->results, move->result));
}

static bool holds(const recorder_move *move, const scenario_expect_move *of)
{
    bool all = has_result(move, of);
    for (int i = 0; i < SCENARIO_MOVE_COUNT; i++)
        all = all && is_within(move, of, i);
    return all;
}

/* "took 73.002 ms", "lost 6" */
static void append_value(char text[EXPECT_LIST_MAX], const recorder_move *move, int quantity)
{
    const uint64_t value = value_of(move, quantity);
    char time[EXPECT_TIME_MAX];
    char one[EXPECT_LIST_MAX];
    if (value == ROAM_NEVER)
        (void)snprintf(one, sizeof one, "%s: never", QUANTITIES[quantity].name);
    else if (QUANTITIES[quantity].is_time)
        (void)snprintf(one, sizeof one, "%s %s", QUANTITIES[quantity].name, expect_time(value, time));
    else
        (void)snprintf(one, sizeof one, "%s %" PRIu64, QUANTITIES[quantity].name, value);
    expect_append(text, EXPECT_LIST_MAX, text[0] ? ", " : "");
    expect_append(text, EXPECT_LIST_MAX, one);
}

/* What was asked for, or, of a move that does not hold, what of that is not so. */
static void describe(char text[EXPECT_LIST_MAX], const recorder_move *move, const scenario_expect_move *of,
                     bool held)
{
    text[0] = '\0';
    if (of->results && (held || !has_result(move, of)))
        expect_append(text, EXPECT_LIST_MAX, move->done ? roam_result_name(move->result) : "no result");
    for (int i = 0; i < SCENARIO_MOVE_COUNT; i++)
        if (expect_bounded(&of->bounds[i]) && (held || !is_within(move, of, i)))
            append_value(text, move, i);
}

static bool is_of(const scenario_expect_move *of, const recorder_move *move)
{
    const char *const label = scenario_event_call(move->event)->label;
    return label && strcmp(label, of->label) == 0;
}

static void each(const scenario *whole, const scenario_expectation *expectation,
                 const expect_evidence *evidence, expect_item_fn *item, void *ctx)
{
    const scenario_expect_move *const of = &expectation->move;
    size_t count;
    const recorder_move *const moves = recorder_moves(evidence->recorder, &count);
    (void)whole;
    for (size_t i = 0; i < count; i++) {
        if (!is_of(of, &moves[i]))
            continue;
        char text[EXPECT_LIST_MAX];
        expect_outcome one = {.value = value_of(&moves[i], SCENARIO_MOVE_TOOK)};
        const bool held = holds(&moves[i], of);
        describe(text, &moves[i], of, held);
        if (text[0] == '\0')
            append_value(text, &moves[i], SCENARIO_MOVE_TOOK);
        expect_say(&one, held, "%s", text);
        item(ctx, moves[i].event->node, &one);
    }
}

/* All moves of the label; shown is the first that does not hold, or else the last. */
static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_move *const of = &expectation->move;
    size_t count;
    const recorder_move *const moves = recorder_moves(evidence->recorder, &count);
    const recorder_move *shown = NULL;
    uint64_t slowest_ns = ROAM_NEVER;
    size_t calls = 0;
    bool held = true;
    char text[EXPECT_LIST_MAX];
    (void)whole;
    for (size_t i = 0; i < count; i++) {
        if (!is_of(of, &moves[i]))
            continue;
        const uint64_t took_ns = value_of(&moves[i], SCENARIO_MOVE_TOOK);
        slowest_ns = calls++ == 0 || took_ns > slowest_ns ? took_ns : slowest_ns;
        shown = held ? &moves[i] : shown;
        held = held && holds(&moves[i], of);
    }
    outcome->value = slowest_ns;
    if (!shown) {
        expect_say(outcome, false, "never called");
        return;
    }
    describe(text, shown, of, held);
    if (calls > 1)
        expect_say(outcome, held, "%s (%s%zu calls)", text, held ? "the last of " : "one of ", calls);
    else
        expect_say(outcome, held, "%s", text);
}

const expect_kind EXPECT_MOVE = {
    .rows = ROWS,
#define UNBOUNDED(NAME, key, kind, says) [SCENARIO_MOVE_##NAME] = EXPECT_UNBOUNDED,
    .blank = {.move = {.bounds = {SCENARIO_MOVE_QUANTITIES(UNBOUNDED)}}},
#undef UNBOUNDED
    .check = check,
    .judge = judge,
    .measure = "took",
    .each = each,
};
