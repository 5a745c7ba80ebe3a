/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the medium does to packets on their way, beyond what ns-3's links of the C bindings do: loss in
 * bursts, jitter that reorders, ECN marking and bleaching. One object for one direction of one access link. A
 * packet meets it where it comes out of the link, so a lost one has taken its turn in the queue and on the
 * wire.
 *
 * Loss in bursts is the model of Gilbert (1960) and Elliott (1963): two states, each with a loss rate of its
 * own; before each packet the state changes from good to bad with probability `enter`, from bad to good with
 * `leave`. A link begins good. In the long run the share of packets that find it bad is
 *     b = enter / (enter + leave),
 * their mean loss rate b * loss + (1 - b) * otherwise, and a visit to the bad state lasts 1 / leave packets
 * in the mean.
 */
#ifndef SIM_NET_CHANNEL_H
#define SIM_NET_CHANNEL_H

#include "core/roam.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct channel channel;

typedef enum channel_fate {
    CHANNEL_PASSES, /* the frame is the caller's; its ECN field may have changed */
    CHANNEL_LOSES,  /* lost: the frame is the caller's */
    CHANNEL_HOLDS   /* the frame is the channel's, and comes out later */
} channel_fate;

typedef struct channel_options {
    n3_world *n3;
    run_error *error; /* must outlive it; set when memory runs out. NULL: none */
    uint64_t burst_stream, jitter_stream, mark_stream;
    void (*come_out)(void *ctx, n3_frame *frame, uint64_t now_ns); /* takes the frame */
    void *ctx;
} channel_options;

/* The link's parameters ask for a channel. */
bool channel_is_needed(const scenario_link *link);

/* NULL when out of memory. */
channel *channel_new(const channel_options *options);

/* Frames that it holds are gone. NULL is fine. */
void channel_free(channel *self);

/* From now on; what it holds comes out when it would have. */
void channel_set(channel *self, const scenario_link *link);

/* A frame has come over the wire. */
channel_fate channel_take(channel *self, n3_frame *frame, uint64_t now_ns);

typedef struct channel_counts {
    uint64_t lost;
    uint64_t marked;   /* ECT to CE */
    uint64_t bleached; /* any codepoint to Not-ECT */
} channel_counts;

channel_counts channel_count(const channel *self);

#endif
