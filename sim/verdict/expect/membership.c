/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nodes counted of the messages of their memberships: refused ones above all. */
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
    {"membership", KEY_OTHER, 0, 0, .example = "server", .schema = EXPECT_NODES_SCHEMA},
    {"counted", EXPECT_FIELD(KEY_CHOICE, membership.counted), .required = true, .choices = COUNTED,
     .example = "refused_key"},
    {"count", EXPECT_FIELD(KEY_COUNT, membership.count), .max = UINT64_MAX, .example = "1.."},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    (void)scenario_check_members(reader, tree_get(entry, "membership"), &draft->expectation.membership.of);
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
