/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups: `nodes: {phone: {count: 40}}` makes 40 nodes, and an entry that names the group is made for each of
 * them. Both are done to the tree, before a section is read: what reads it meets nodes alone. */
#ifndef SIM_SCENARIO_GROUPS_H
#define SIM_SCENARIO_GROUPS_H

#include "sim/scenario/internal.h"

/* The section with NAME-1 to NAME-count in place of each entry with `count:`. Declares the groups. NULL: out
 * of memory, or a fault reported. */
const tree_node *scenario_groups_declare(scenario_reader *reader, const tree_node *nodes);

/* The keys that an entry of the list may have, where it is a map; NULL: not known. Faults are not reported.
 */
typedef const key_row *group_rows_of(const tree_node *entry);
/* The list with an entry for each member in place of one that names a group where a row allows it
 * (key_row.of_group), or in a pair, if it is one. The list itself when none does. NULL as above. */
const tree_node *scenario_groups_expand(scenario_reader *reader, const tree_node *list,
                                        group_rows_of *rows_of);

/* To be asked of each entry in turn. True: another member of its group was at fault, so that this one need
 * not be read. */
bool scenario_member_told(scenario_reader *reader, const tree_node *entry);

/* When a member's turn is, after the first's: of `spread:`, evenly over that time. 0 with a fault reported
 * when `spread:` stands in an entry without a group. */
uint64_t scenario_member_delay(scenario_reader *reader, const tree_node *entry, uint64_t spread_ns);

#define SPREAD_ROW(field)                                                                                    \
    {                                                                                                        \
        "spread", field, .min = 1, .max = SCENARIO_DAY_NS, .example = "2s"                                   \
    }

#endif
