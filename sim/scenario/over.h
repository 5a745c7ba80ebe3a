/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations over the members of a group, or over the calls of a label: `share: >= 99%`, `p99: <= 120ms`.
 */
#ifndef SIM_SCENARIO_OVER_H
#define SIM_SCENARIO_OVER_H

#include "sim/scenario/groups.h"

/* Members of all expectations together. */
#define SCENARIO_OVER_MAX 300000

/* A group can be named in an entry of the kind, or it is about calls. */
bool scenario_over_possible(const expect_kind *kind);

/* What the keys of an entry say. */
typedef struct over_draft {
    scenario_over over;
    const tree_node *key; /* the first of them; NULL: there is none */
    bool good;
} over_draft;

/* The entry without these keys; itself when it has none. NULL: out of memory. A key that the kind has itself
 * is the kind's. */
const tree_node *scenario_over_split(scenario_reader *reader, const tree_node *entry, const expect_kind *kind,
                                     over_draft *out);

/* The entry for the first of those that `all` names, where a row of the kind allows it; itself when it has no
 * `all`. NULL: out of memory, or a fault reported. */
const tree_node *scenario_over_all(scenario_reader *reader, const tree_node *entry, const expect_kind *kind,
                                   group_mention *out);

/* Makes the draft's expectation one over the group's members, or over calls when it names none. lead is the
 * entry for the first member, which was read without a fault. False with a fault reported. */
bool scenario_over_take(scenario_reader *reader, const tree_node *lead, const group_mention *mention,
                        const expect_kind *kind, const over_draft *over, expect_draft *draft);

/* A share alone is the least that is wanted. False with a fault reported. */
bool scenario_read_share(scenario_reader *reader, const tree_node *value, scenario_bound *out);

/* For every kind; scenario_over_split takes it out of what is read by rows. */
#define SCENARIO_SHARE_ROW                                                                                   \
    {                                                                                                        \
        "share", KEY_OTHER, 0, 0,                                                                            \
            .about = "So many of the members, calls or nodes it must hold of, instead of all; alone it is "  \
                     "the least",                                                                            \
            .example = "\">= 99%\"", .schema = "{\"$ref\": \"#/$defs/share\"}"                               \
    }
/* The names of percentiles. */
#define SCENARIO_PERCENTILE_PATTERN "^p[5-9][0-9](\\.[0-9])?$"

#endif
