/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `redial:` of a node. */
#ifndef SIM_SCENARIO_REDIAL_H
#define SIM_SCENARIO_REDIAL_H

#include "sim/scenario/internal.h"

extern const key_row SCENARIO_REDIAL_ROWS[]; /* offsets in scenario_redial */

/* Reads the keys, checks them, and fills *out. */
void scenario_redial_read(scenario_reader *reader, const tree_node *value, scenario_redial *out);

#endif
