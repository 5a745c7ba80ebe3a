/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/membership.h"

/* The limits of core/roam_membership.h. */
enum { ACTIVE_MAX = 32, PASSIVE_MAX = 256, WALK_MAX = 16, SHUFFLE_MAX = 32, FAILURES_MAX = 1000 };

typedef struct membership_draft {
    scenario_membership membership;
    uint32_t shuffle_length;
} membership_draft;

#define FIELD(type, member) KEY_FIELD(type, membership_draft, membership.member)
#define TIME_LIMITS .min = SCENARIO_MILLISECOND_NS, .max = SCENARIO_DAY_NS

const key_row SCENARIO_MEMBERSHIP_ROWS[] = {
    {"active", FIELD(KEY_INTEGER, active_size), .min = 1, .max = ACTIVE_MAX,
     .about = "The size of the active view", .otherwise = "5", .example = "5"},
    {"passive", FIELD(KEY_INTEGER, passive_size), .min = 1, .max = PASSIVE_MAX,
     .about = "The size of the passive view", .otherwise = "30", .example = "30"},
    {"active_walk", FIELD(KEY_INTEGER, active_walk), .min = 1, .max = WALK_MAX,
     .about = "How many hops the walk of a join has", .otherwise = "6", .example = "6"},
    {"passive_walk", FIELD(KEY_INTEGER, passive_walk), .max = WALK_MAX,
     .about = "How many hops are left where the joining node enters a passive view", .otherwise = "3",
     .example = "3"},
    {"shuffle", FIELD(KEY_DURATION, shuffle_ns), TIME_LIMITS, .about = "The time between two shuffles",
     .otherwise = "10s", .example = "10s"},
    {"shuffle_length", KEY_FIELD(KEY_INTEGER, membership_draft, shuffle_length), .min = 1, .max = SHUFFLE_MAX,
     .about = "How many members a shuffle has", .otherwise = "8", .example = "8"},
    {"retry", FIELD(KEY_DURATION, retry_ns), TIME_LIMITS,
     .about = "How long a dial waits after one that failed; doubled after each further one",
     .otherwise = "1s", .example = "1s"},
    {"retry_max", FIELD(KEY_DURATION, retry_max_ns), TIME_LIMITS, .about = "How long a dial waits at most",
     .otherwise = "300s", .example = "300s"},
    {"failures", FIELD(KEY_INTEGER, failures_max), .min = 1, .max = FAILURES_MAX,
     .about = "After so many failed dials in a row a member is forgotten", .otherwise = "5", .example = "5"},
    {0},
};

/* The value at fault is the one that is written, of two the later. */
static const tree_node *written(const tree_node *value, const char *key, const char *other)
{
    const tree_node *const first = tree_get(value, key);
    return first ? first : tree_get(value, other);
}

static void check(scenario_reader *reader, const tree_node *value, const scenario_membership *of)
{
    if (of->passive_walk > of->active_walk) {
        scenario_fault(reader, written(value, "passive_walk", "active_walk")->place,
                       "passive_walk: a walk of %u hops never has %u left: write at most the active_walk",
                       of->active_walk, of->passive_walk);
    }
    if (of->retry_max_ns < of->retry_ns) {
        scenario_fault(reader, written(value, "retry_max", "retry")->place,
                       "retry_max: shorter than retry, which is the shortest wait");
    }
}

void scenario_membership_read(scenario_reader *reader, const tree_node *value, scenario_membership *out)
{
    const key_table table = {SCENARIO_MEMBERSHIP_ROWS, NULL, "membership"};
    membership_draft draft = {.membership = {.on = true,
                                             .active_size = 5,
                                             .passive_size = 30,
                                             .active_walk = 6,
                                             .passive_walk = 3,
                                             .shuffle_ns = 10 * SCENARIO_SECOND_NS,
                                             .retry_ns = SCENARIO_SECOND_NS,
                                             .retry_max_ns = 300 * SCENARIO_SECOND_NS,
                                             .failures_max = 5},
                              .shuffle_length = 8};
    if (!scenario_read_kind(reader, value, TREE_MAP, "the membership's keys", "membership: {}")) {
        out->on = true; /* it is meant to be */
        return;
    }
    if (scenario_read_map(reader, value, table, &draft))
        check(reader, value, &draft.membership);
    draft.membership.shuffle_active = (draft.shuffle_length - 1) / 2;
    draft.membership.shuffle_passive = draft.shuffle_length - 1 - draft.membership.shuffle_active;
    *out = draft.membership;
}
