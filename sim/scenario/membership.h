/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `membership:` of a node. */
#ifndef SIM_SCENARIO_MEMBERSHIP_H
#define SIM_SCENARIO_MEMBERSHIP_H

#include "sim/scenario/internal.h"

/* Of what can be said; offsets in membership_draft. */
extern const key_row SCENARIO_MEMBERSHIP_ROWS[];

/* Reads the keys, checks them, and fills *out. */
void scenario_membership_read(scenario_reader *reader, const tree_node *value, scenario_membership *out);

#endif
