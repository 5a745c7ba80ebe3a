/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_NAT_FORWARDS_H
#define SIM_SCENARIO_NAT_FORWARDS_H

#include "sim/scenario/internal.h"

#define SCENARIO_FORWARDS_SCHEMA                                                                             \
    "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 64, \"items\": {\"type\": \"string\", "            \
    "\"pattern\": "                                                                                          \
    "\"^[0-9]{1,5} *-> *[a-z0-9][a-z0-9_-]*(:[0-9]{1,5})?$\"}}"

/* The static mappings of the NATs, `forwards: [8443 -> server:4433]`: the nodes are known. */
void scenario_forwards_read(scenario_reader *reader);

#endif
