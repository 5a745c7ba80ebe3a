/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payload of delivered messages in a time. */
#include "sim/scenario/units.h"
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"goodput", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The rate at which the second node gets the messages of the first",
     .example = "server -> laptop"},
    {"from", EXPECT_FIELD(KEY_DURATION, goodput.since_ns), .max = SCENARIO_DAY_NS,
     .about = "Where the time that counts begins", .otherwise = "0s", .example = "10s"},
    {"until", EXPECT_FIELD(KEY_DURATION, goodput.until_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "Where the time that counts ends", .otherwise = "the last message", .example = "20s"},
    {"min", EXPECT_FIELD(KEY_RATE, goodput.rate.min), .min = 1, .max = SCENARIO_RATE_MAX_BPS,
     .about = "The least rate that holds", .example = "80Mbps"},
    {"max", EXPECT_FIELD(KEY_RATE, goodput.rate.max), .min = 1, .max = SCENARIO_RATE_MAX_BPS,
     .about = "The highest rate that holds", .example = "100Mbps"},
    {0},
};

static const key_row RANKED = {
    .type = KEY_RATE, .min = 1, .max = SCENARIO_RATE_MAX_BPS, .example = "\">= 1Mbps\""};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_goodput *const of = &draft->expectation.goodput;
    const tree_node *const until = tree_get(entry, "until");
    of->flow = scenario_check_traffic(reader, tree_get(entry, "goodput"), draft, "goodput");
    if (!draft->ranked || tree_get(entry, "min") || tree_get(entry, "max"))
        expect_check_bounds(reader, entry, &of->rate, "min: 80Mbps");
    if (until && of->until_ns <= of->since_ns)
        scenario_fault(reader, until->place, "until is not after from");
}

static void rate_wanted(const scenario_bound *rate, char text[EXPECT_LIST_MAX])
{
    char value[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (rate->min > 0) {
        expect_append(text, EXPECT_LIST_MAX, ">= ");
        expect_append(text, EXPECT_LIST_MAX, units_format(UNITS_RATE, rate->min, value));
    }
    if (rate->max < UINT64_MAX) {
        expect_append(text, EXPECT_LIST_MAX, rate->min > 0 ? ", <= " : "<= ");
        expect_append(text, EXPECT_LIST_MAX, units_format(UNITS_RATE, rate->max, value));
    }
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char wanted[EXPECT_LIST_MAX];
    char time[EXPECT_TIME_MAX];
    char rate[EXPECT_TIME_MAX];
    const recorder_goodput measured = recorder_goodput_of(evidence->recorder, expectation);
    const uint64_t window_us = (measured.end_ns - measured.start_ns) / 1000;
    (void)whole;
    outcome->value = 0;
    rate_wanted(&expectation->goodput.rate, wanted);
    const char *const comma = wanted[0] ? ", wanted " : "";
    if (measured.bytes == 0 || window_us == 0) {
        expect_say(outcome, false, "nothing was delivered then%s%s", comma, wanted);
        return;
    }
    const uint64_t rate_bps = measured.bytes * 8 * 1000000 / window_us;
    outcome->value = rate_bps;
    expect_say(outcome, expect_within(rate_bps, &expectation->goodput.rate), "%s in %s%s%s",
               expect_rate(rate_bps, rate), expect_time(measured.end_ns - measured.start_ns, time), comma,
               wanted);
}

const expect_kind EXPECT_GOODPUT = {
    .rows = ROWS,
    .blank = {.goodput = {.flow = EXPECT_NO_FLOW, .until_ns = SCENARIO_NEVER, .rate = EXPECT_UNBOUNDED}},
    .check = check,
    .judge = judge,
    .ranked = &RANKED,
    .asked = true,
};
