/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the messages of a flow took, from when they were due to when they were delivered. */
#include "sim/verdict/expect/internal.h"

#include "sim/record/latency.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"latency", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "How long messages from the first node to the second take, from when they are due to when they "
              "are delivered",
     .example = "laptop -> server"},
    {"p50", EXPECT_FIELD(KEY_BOUND, latency.p50), .max = SCENARIO_DAY_NS, .alone = KEY_ALONE_IS_MOST,
     .about = "The median", .example = "<= 40ms"},
    {"p90", EXPECT_FIELD(KEY_BOUND, latency.p90), .max = SCENARIO_DAY_NS, .alone = KEY_ALONE_IS_MOST,
     .about = "The 90th percentile", .example = "<= 60ms"},
    {"p99", EXPECT_FIELD(KEY_BOUND, latency.p99), .max = SCENARIO_DAY_NS, .alone = KEY_ALONE_IS_MOST,
     .about = "The 99th percentile", .example = "<= 80ms"},
    {"worst", EXPECT_FIELD(KEY_BOUND, latency.worst), .max = SCENARIO_DAY_NS, .alone = KEY_ALONE_IS_MOST,
     .about = "The longest", .example = "<= 200ms"},
    {"from", EXPECT_FIELD(KEY_DURATION, latency.since_ns), .max = SCENARIO_DAY_NS,
     .about = "Messages that are due from then on count", .otherwise = "0s", .example = "2s"},
    {"until", EXPECT_FIELD(KEY_DURATION, latency.until_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "Messages that are due until then count", .otherwise = "the end", .example = "5s"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_latency *const of = &draft->expectation.latency;
    const tree_node *const until = tree_get(entry, "until");
    of->flow = scenario_check_traffic(reader, tree_get(entry, "latency"), draft, "latency");
    if (!tree_get(entry, "p50") && !tree_get(entry, "p90") && !tree_get(entry, "p99") &&
        !tree_get(entry, "worst"))
        scenario_fault(reader, entry->place, "no bound: write for example p99: <= 80ms");
    if (until && of->until_ns <= of->since_ns)
        scenario_fault(reader, until->place, "until is not after from");
}

typedef struct figure {
    const char *name;
    uint64_t measured_ns;
    const scenario_bound *bound;
} figure;

/* All four are said; wanted are those that have bounds. */
static void judge_measured(const scenario_expect_latency *of, const recorder_latency *measured,
                           expect_outcome *outcome)
{
    const figure figures[] = {{"p50", measured->p50_ns, &of->p50},
                              {"p90", measured->p90_ns, &of->p90},
                              {"p99", measured->p99_ns, &of->p99},
                              {"worst", measured->worst_ns, &of->worst}};
    char said[EXPECT_LIST_MAX] = "";
    char wanted[EXPECT_LIST_MAX] = "";
    bool held = true;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char time[EXPECT_TIME_MAX];
        char bound[EXPECT_LIST_MAX];
        expect_append(said, sizeof said, i ? ", " : "");
        expect_append(said, sizeof said, figures[i].name);
        expect_append(said, sizeof said, " ");
        expect_append(said, sizeof said, expect_time(figures[i].measured_ns, time));
        if (!expect_bounded(figures[i].bound))
            continue;
        held = held && expect_within(figures[i].measured_ns, figures[i].bound);
        expect_append(wanted, sizeof wanted, wanted[0] ? ", " : "");
        expect_append(wanted, sizeof wanted, figures[i].name);
        expect_append(wanted, sizeof wanted, " ");
        expect_append(wanted, sizeof wanted, expect_bound(figures[i].bound, bound));
    }
    if (measured->missing > 0)
        expect_say(outcome, held, "%s, %" PRIu64 " of %" PRIu64 " never came, wanted %s", said,
                   measured->missing, measured->count + measured->missing, wanted);
    else
        expect_say(outcome, held, "%s, wanted %s", said, wanted);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_latency *const of = &expectation->latency;
    const recorder_latency_query query = {
        .from = of->flow.from, .to = of->flow.to, .since_ns = of->since_ns, .until_ns = of->until_ns};
    recorder_latency measured;
    (void)whole;
    if (!recorder_latency_of(evidence->recorder, &query, &measured))
        expect_say(outcome, false, "out of memory");
    else if (measured.count + measured.missing == 0)
        expect_say(outcome, false, "no message was sent then");
    else {
        outcome->value = measured.worst_ns;
        judge_measured(of, &measured, outcome);
    }
}

const expect_kind EXPECT_LATENCY = {
    .rows = ROWS,
    .blank = {.latency = {.flow = EXPECT_NO_FLOW,
                          .p50 = EXPECT_UNBOUNDED,
                          .p90 = EXPECT_UNBOUNDED,
                          .p99 = EXPECT_UNBOUNDED,
                          .worst = EXPECT_UNBOUNDED,
                          .until_ns = SCENARIO_NEVER}},
    .check = check,
    .judge = judge,
    .asked = true,
};
