/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_GROUPS_H
#define TOOLS_GATE_GROUPS_H

/* What got worse, in sentences: one change of the code moves many measures, so those of one kind that moved
 * in one way are reported together. */

#include "tools/gate/text.h"

/* The changes for the worse of one kind of measure ("validation", whatever the label) that are all times, or
 * all shares of the same thing, and so on. */
typedef struct gate_group {
    const gate_change *first;
    size_t changes;
    size_t equal; /* so many of them moved by equal_by, and no more by anything else */
    const char *equal_by;
    size_t combinations; /* in which they are */
    size_t scenarios;
    int64_t least_ns; /* of times */
    int64_t most_ns;
    bool alike; /* was and is are the same texts in all of them */
} gate_group;

/* Fills at most `most` groups, in the order of the changes. Returns how many there are. */
size_t gate_groups_find(const gate_verdict *verdict, gate_group *groups, size_t most);

/* "In all 10 combinations of 2 scenarios a path validation takes 10.000 ms longer." */
const char *gate_group_sentence(const gate_verdict *verdict, const gate_group *group,
                                char text[GATE_LINE_MAX]);

/* "validation" of "validation: move", as both may be compared. */
bool gate_same_kind(const gate_change *one, const gate_change *other);

#endif
