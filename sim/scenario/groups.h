/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups: `nodes: {phone: {count: 40}}` makes 40 nodes, and an entry that names the group is made for each of
 * them. Both are done to the tree, before a section is read: what reads it meets nodes alone. */
#ifndef SIM_SCENARIO_GROUPS_H
#define SIM_SCENARIO_GROUPS_H

#include "sim/scenario/internal.h"

/* The section with NAME-1 to NAME-count in place of each entry with `count:`. Declares the groups. NULL: out
 * of memory, or a fault reported. */
const tree_node *scenario_groups_declare(scenario_reader *reader, const tree_node *nodes);

/* The group of a node's entry, to be filled in. */
scenario_group *scenario_group_of(scenario_reader *reader, const tree_node *entry);

/* The keys that an entry of the list may have, where it is a map; NULL: not known. Faults are not reported.
 */
typedef const key_row *group_rows_of(const tree_node *entry);
/* The list with an entry for each member in place of one that names a group where a row allows it
 * (key_row.of_group), or in a pair, if it is one. The list itself when none does. NULL as above. */
const tree_node *scenario_groups_expand(scenario_reader *reader, const tree_node *list,
                                        group_rows_of *rows_of);

/* The same one at a time, in entries that last until the next: for lists that are read only once. The count
 * is that of all. NULL as above. */
typedef struct scenario_members scenario_members;
scenario_members *scenario_members_new(scenario_reader *reader, const tree_node *list, group_rows_of *rows_of,
                                       size_t *count);
/* NULL: that was the last, or out of memory. */
const tree_node *scenario_members_next(scenario_members *members);

/* Where an entry names a group. */
typedef struct group_mention {
    const scenario_group *group; /* NULL: nowhere */
    const key_row *row;          /* of the value in which it stands */
    bool second;                 /* of a pair: after the arrow */
    const uint32_t *nodes;       /* of `all`, which has no group: who that is, `count` nodes */
    uint32_t count;
} group_mention;

/* The entry for the group's first member, without a list; the entry itself when it names no group. NULL as
 * above. */
const tree_node *scenario_groups_lead(scenario_reader *reader, const tree_node *entry, group_rows_of *rows_of,
                                      group_mention *out);

/* To be asked of each entry in turn. True: another member of its group was at fault, so that this one need
 * not be read. */
bool scenario_member_told(scenario_reader *reader, const tree_node *entry);

/* The entry is the one for its group's first member. */
static inline bool scenario_leads(const scenario_group *group, uint32_t member)
{
    return group && member == group->from;
}

/* The entry is another member's. */
static inline bool scenario_follows(const tree_node *entry)
{
    return entry->group && !scenario_leads(entry->group, entry->member);
}

/* `spread: 2s` gives the members their turns evenly over that time, `step: 1ms` one after the other so long
 * apart, `within: 500ms` modulo that. */
typedef struct turns_draft {
    uint64_t spread_ns;
    uint64_t step_ns;
    uint64_t within_ns;
} turns_draft;

/* What they say of the entry. All 0 with a fault reported when they stand in an entry without a group, or
 * contradict each other. */
scenario_turns scenario_member_turns(scenario_reader *reader, const tree_node *entry,
                                     const turns_draft *draft);
/* When a member's turn is, after the time of the entry. */
uint64_t scenario_member_delay(const tree_node *entry, const turns_draft *draft);
/* The key that gives the turns, or NULL. */
const tree_node *scenario_turns_key(const tree_node *entry);

#define TURNS_ROWS(object, member)                                                                           \
    {"spread",                                                                                               \
     KEY_FIELD(KEY_DURATION, object, member.spread_ns),                                                      \
     .min = 1,                                                                                               \
     .max = SCENARIO_DAY_NS,                                                                                 \
     .about = "Of a group: its members have their turns one after the other, evenly in this time",           \
     .example = "2s"},                                                                                       \
        {"step",                                                                                             \
         KEY_FIELD(KEY_DURATION, object, member.step_ns),                                                    \
         .min = 1,                                                                                           \
         .max = SCENARIO_DAY_NS,                                                                             \
         .about = "Of a group: each member has its turn so long after the one before it",                    \
         .example = "1ms"},                                                                                  \
    {                                                                                                        \
        "within", KEY_FIELD(KEY_DURATION, object, member.within_ns),                                         \
            .min = 1, .max = SCENARIO_DAY_NS, .about = "With step: the turns begin again after this time",   \
            .example = "500ms"                                                                               \
    }

#endif
