/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The random streams of a run. Every consumer has a stream of its own, which follows from the names and the
 * purpose of what it serves, never from a place in the scenario file. One more node or network, an entry that
 * draws nothing, or another order of the entries leaves the draws of all others as they were.
 */
#ifndef SIM_RANDOM_STREAMS_H
#define SIM_RANDOM_STREAMS_H

#include "core/roam.h"

#include <stddef.h>
#include <stdint.h>

typedef enum random_purpose {
    RANDOM_CORE = 1, /* node: all that its endpoint draws */
    RANDOM_LOSS_UP,  /* node, network, attachment */
    RANDOM_LOSS_DOWN,
    RANDOM_JITTER_UP,
    RANDOM_JITTER_DOWN,
    RANDOM_FAULT_UP, /* node, network, use: what the fault does, and to which frames; attachment is its turn
                      */
    RANDOM_FAULT_DOWN,
    RANDOM_BURST_UP, /* node, network, attachment */
    RANDOM_BURST_DOWN,
    RANDOM_REORDERING_UP,
    RANDOM_REORDERING_DOWN,
    RANDOM_ECN_UP,
    RANDOM_ECN_DOWN,
    RANDOM_MEDIUM,          /* network, or node and network: a block of N3_MEDIUM_STREAMS */
    RANDOM_NAT,             /* NAT (as node): ports and addresses that it gives */
    RANDOM_NAT_SUBSCRIBERS, /* likewise: whose bindings the timeline takes */
    RANDOM_QUEUE,           /* network, or node, network and attachment: a block of N3_MEDIUM_STREAMS */
    RANDOM_BACKGROUND       /* network, use: its number from 1; a block likewise */
} random_purpose;

typedef struct random_consumer {
    random_purpose purpose;
    const char *node;
    const char *network; /* "" when the purpose has none */
    uint32_t attachment; /* the node's attachments to that network, from 0 */
    uint64_t use;        /* distinguishes consumers of one purpose; 0 when the purpose has none */
} random_consumer;

/* The ns-3 stream number of a consumer, at most N3_STREAM_MAX. The same on every machine. */
uint64_t random_stream(const random_consumer *consumer);

/* The first of a block of `count` streams, a power of two. */
uint64_t random_stream_block(const random_consumer *consumer, uint64_t count);

/* The seed of a node's Ed25519 key: of the run seed and the node's name. */
void random_node_key(uint64_t seed, const char *node, uint8_t key[ROAM_KEY_BYTES]);

#endif
