/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_NAT_DRAFT_H
#define SIM_SCENARIO_NAT_DRAFT_H

#include "sim/nat/kinds.h"
#include "sim/scenario/internal.h"

/* What a network of one family behind a NAT of the other would need. */
#define SCENARIO_NO_NAT64                                                                                    \
    "NAT64 (RFC 6146) is not simulated, a datagram keeps its family from end to end, and so do its "         \
    "checksums "                                                                                             \
    "and the path that QUIC validates"

/* A NAT, and what it was read from. */
typedef struct nat_draft {
    scenario_nat nat;
    const tree_node *entry;
    scenario_bound ports;
    scenario_bound lifetime; /* ns; 0: none */
    uint32_t blocks;
    nat_kind kind;
    key_prefix *ranges; /* of the pool */
    size_t range_count;
} nat_draft;

/* Reads the keys of its entry but pool and behind: what it is by its kind, and then each option
 * (nat_options.c). */
void scenario_nat_options_read(scenario_reader *reader, nat_draft *draft);

#endif
