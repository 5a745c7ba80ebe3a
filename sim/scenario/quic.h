/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `quic:` of a node. */
#ifndef SIM_SCENARIO_QUIC_H
#define SIM_SCENARIO_QUIC_H

#include "sim/scenario/internal.h"

/* By scenario_quic_key; offsets in scenario_node. */
extern const key_row SCENARIO_QUIC_ROWS[];

/* Sets what the keys set to its default. */
void scenario_quic_default(scenario_node *node);
/* Reads the keys of the node's entry, if it has them, and checks them with the others of the entry. */
void scenario_quic_read(scenario_reader *reader, const tree_node *entry, scenario_node *node);
/* ", quic {...}" for a node that has some; nothing for another. */
void scenario_quic_explain(const scenario_node *node, FILE *stream);

#endif
