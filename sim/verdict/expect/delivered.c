/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every message once, in order, intact, both ways. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>

static const key_choice ALL[] = {{"all", true}, {0}};

static const key_row ROWS[] = {
    {"delivered", EXPECT_FIELD(KEY_CHOICE, delivered.all), .choices = ALL,
     .about = "Every message is delivered once, in order and intact, in both directions", .example = "all"},
    {0},
};

/* ", 3 missing" and the like. */
static void append_count(char *text, uint64_t count, const char *what)
{
    char part[64];
    if (count == 0)
        return;
    (void)snprintf(part, sizeof part, ", %" PRIu64 " %s", count, what);
    expect_append(text, EXPECT_TEXT_MAX, part);
}

static recorder_flow sum_of(const scenario *whole, const recorder_flow *flows)
{
    recorder_flow sum = {0};
    for (size_t i = 0; i < whole->traffic_count; i++) {
        sum.sent += flows[i].sent;
        sum.delivered += flows[i].delivered;
        sum.missing += flows[i].missing;
        sum.unsent += flows[i].unsent;
        sum.passed_over += flows[i].passed_over;
        sum.passed_over_at_start += flows[i].passed_over_at_start;
        sum.duplicated += flows[i].duplicated;
        sum.reordered += flows[i].reordered;
        sum.corrupt += flows[i].corrupt;
    }
    return sum;
}

/* ", nothing of c -> server and 2 more"; how many there are. */
static size_t append_silent(const scenario *whole, const recorder_flow *flows, char *text)
{
    size_t silent = 0;
    for (size_t i = 0; i < whole->traffic_count; i++) {
        const scenario_traffic *const entry = &whole->traffic[i];
        if (!expect_silent(&flows[i]) || silent++ > 0)
            continue;
        char part[EXPECT_LIST_MAX];
        (void)snprintf(part, sizeof part, ", nothing of %s -> %s", whole->nodes[entry->from].name,
                       whole->nodes[entry->to].name);
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
    if (silent > 1) {
        char part[EXPECT_LIST_MAX];
        (void)snprintf(part, sizeof part, " and %zu more", silent - 1);
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
    return silent;
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const recorder_flow *const flows = recorder_flows(evidence->recorder);
    const recorder_flow sum = sum_of(whole, flows);
    const uint64_t faults = sum.missing + sum.unsent + sum.duplicated + sum.reordered + sum.corrupt;
    (void)expectation;
    if (sum.sent + sum.unsent + sum.passed_over == 0) {
        expect_say(outcome, false, "no message was sent, wanted every one delivered");
        return;
    }
    expect_say(outcome, faults == 0, "%" PRIu64 " of %" PRIu64 " messages", sum.delivered,
               sum.sent + sum.unsent);
    outcome->held = append_silent(whole, flows, outcome->text) == 0 && outcome->held;
    append_count(outcome->text, sum.unsent, "not sent by the end");
    append_count(outcome->text, sum.passed_over_at_start, "passed over before the first");
    append_count(outcome->text, sum.passed_over - sum.passed_over_at_start, "passed over");
    append_count(outcome->text, sum.missing, "missing");
    append_count(outcome->text, sum.duplicated, "duplicated");
    append_count(outcome->text, sum.reordered, "out of order");
    append_count(outcome->text, sum.corrupt, "corrupt");
    expect_append(outcome->text, EXPECT_TEXT_MAX, ", wanted each once, in order, intact");
}

const expect_kind EXPECT_DELIVERED = {.rows = ROWS, .judge = judge};
