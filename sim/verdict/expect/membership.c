/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nodes counted of the messages of their memberships: refused ones above all. */
#include "sim/scenario/over.h"
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>

/* The fields of roam_membership_counts, which are numbers of 64 bits and nothing else. */
enum {
#define NUMBER(name, about) NUMBER_##name,
    ROAM_MEMBERSHIP_COUNTS(NUMBER)
#undef NUMBER
        NUMBERS
};
_Static_assert(sizeof(roam_membership_counts) == NUMBERS * sizeof(uint64_t), "a field each");

static const key_choice COUNTED[] = {
#define CHOICE(name, about) {#name, NUMBER_##name},
    ROAM_MEMBERSHIP_COUNTS(CHOICE)
#undef CHOICE
        {0},
};

static const key_row ROWS[] = {
    {"membership", KEY_OTHER, 0, 0,
     .about = "The nodes whose membership counts: a node, a group, a list of these, or all; together",
     .example = "server", .schema = EXPECT_NODES_SCHEMA},
    {"counted", EXPECT_FIELD(KEY_CHOICE, membership.counted), .required = true, .choices = COUNTED,
     .about = "What is counted; core/roam_membership.h says what each is", .example = "refused_key"},
    {"count", EXPECT_FIELD(KEY_COUNT, membership.count), .max = UINT64_MAX,
     .about = "How many of it there are", .otherwise = "at least one", .example = "1.."},
    SCENARIO_SHARE_ROW,
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_membership *const of = &draft->expectation.membership;
    const tree_node *const share = tree_get(entry, "share");
    (void)scenario_check_members(reader, tree_get(entry, "membership"), &of->of);
    of->shared = share && scenario_read_share(reader, share, &of->share);
}

static uint64_t counted_by(const expect_evidence *evidence, uint32_t node, uint32_t number)
{
    const roam_membership_counts *const of = &evidence->members[node].counts;
    switch (number) {
#define NUMBER(name, about)                                                                                  \
    case NUMBER_##name:                                                                                      \
        return of->name;
        ROAM_MEMBERSHIP_COUNTS(NUMBER)
#undef NUMBER
    }
    return 0;
}

/* Of each by itself: of how many it holds. */
static void judge_each(const scenario *whole, const scenario_expect_membership *of,
                       const expect_evidence *evidence, expect_outcome *outcome)
{
    const bool all = of->of.count == 0;
    char wanted[EXPECT_LIST_MAX];
    char text[EXPECT_TEXT_MAX] = "";
    uint64_t good = 0, count = 0, least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < (all ? whole->node_count : of->of.count); i++) {
        const uint32_t node = all ? (uint32_t)i : of->of.nodes[i];
        if (!whole->nodes[node].membership.on)
            continue;
        const uint64_t one = counted_by(evidence, node, of->counted);
        count++;
        good += expect_within(one, &of->count);
        least = one < least ? one : least;
        most = one > most ? one : most;
    }
    (void)snprintf(text, sizeof text, "%" PRIu64 " to %" PRIu64 " %s, wanted %s of each", least, most,
                   COUNTED[of->counted].name, expect_count(&of->count, wanted));
    expect_append_share(good, count, &of->share, text);
    expect_say(outcome, expect_is_share(good, count, &of->share), "%s", text);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_membership *const of = &expectation->membership;
    const bool all = of->of.count == 0;
    const size_t count = all ? whole->node_count : of->of.count;
    char wanted[EXPECT_LIST_MAX];
    char by[EXPECT_LIST_MAX] = "";
    uint64_t sum = 0;
    uint32_t nodes = 0;
    uint32_t first = SCENARIO_NONE;
    if (of->shared) {
        judge_each(whole, of, evidence, outcome);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t node = all ? (uint32_t)i : of->of.nodes[i];
        const uint64_t more = counted_by(evidence, node, of->counted);
        sum += more;
        nodes += more > 0;
        first = more > 0 && first == SCENARIO_NONE ? node : first;
    }
    if (nodes > 0 && count > 1)
        (void)snprintf(by, sizeof by, " by %.40s", whole->nodes[first].name);
    if (nodes > 1)
        (void)snprintf(by, sizeof by, " by %.40s and %" PRIu32 " other%s", whole->nodes[first].name,
                       nodes - 1, nodes > 2 ? "s" : "");
    expect_say(outcome, expect_within(sum, &of->count), "%" PRIu64 " %s%s, wanted %s", sum,
               COUNTED[of->counted].name, by, expect_count(&of->count, wanted));
}

const expect_kind EXPECT_MEMBERSHIP = {
    .rows = ROWS,
    .blank = {.membership = {.count = {.min = 1, .max = UINT64_MAX}}},
    .check = check,
    .judge = judge,
};
