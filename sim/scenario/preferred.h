/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `preferred_address` in a node's `quic` (RFC 9000 section 9.6). */
#ifndef SIM_SCENARIO_PREFERRED_H
#define SIM_SCENARIO_PREFERRED_H

#include "sim/scenario/internal.h"

#define SCENARIO_PREFERRED_SCHEMA                                                                            \
    "{\"oneOf\": [{\"$ref\": \"#/$defs/name\"}, {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 2, "    \
    "\"items\": {\"$ref\": \"#/$defs/name\"}}]}"

/* Reads the key of the node's entry, if it has it: a network, or a list of one of each family. Checks it with
 * the rest of the node, which has been read. */
void scenario_preferred_read(scenario_reader *reader, const tree_node *entry, scenario_node *node);
/* ", prefers to be reached over ..." for a node that has some; nothing for another. */
void scenario_preferred_explain(const scenario *whole, const scenario_node *node, FILE *stream);

#endif
