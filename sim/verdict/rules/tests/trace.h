/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_TESTS_TRACE_H
#define SIM_VERDICT_RULES_TESTS_TRACE_H

/*
 * Fixture: the datagrams that the two ends of the connections of a run sent and received, decrypted, in the
 * order in which they were seen, to be altered and shown to the witness. A packet that arrives has all the
 * frames that it was sent with. An alteration of a packet concerns what was sent and what arrived of it,
 * unless it says otherwise.
 *
 * All functions assert that they succeed, and end the test when they do not.
 */

#include "sim/verdict/rules/rules.h"

#define TRACE_FRAMES_MAX 64

/* A packet and its datagram. Coalesced packets are items one after the other. */
typedef struct trace_item {
    bool sent;   /* else it arrives */
    bool joined; /* in one datagram with the item before */
    bool gone;   /* left out when the trace is shown */
    rules_datagram datagram;
    uint8_t bytes[RULES_BYTES_MAX]; /* the beginning of its payload */
    dissect_packet packet;
    dissect_frame *frames; /* TRACE_FRAMES_MAX of them; packet.frame_count count */
    dissect_range *ranges; /* of its ACK, that the frame points to */
} trace_item;

#define TRACE_CONNECTIONS_MAX 8

typedef struct trace {
    trace_item *items;
    size_t count, capacity;
    struct {
        bool known;
        transport_parameters value;
    } parameters[TRACE_CONNECTIONS_MAX][2]; /* by connection and dissect_side */
} trace;

/* Of a run of the scenario, with seed 1. */
trace trace_of(const char *text);
void trace_free(trace *self);

/* The nth (from 0) item, from at_ns on, that the side sends, in which there is a frame of the type. */
trace_item *trace_find(trace *self, dissect_side sender, dissect_frame_type type, uint64_t at_ns, size_t nth);
/* Likewise by the number of a 1-RTT packet: as it was sent, and as it arrived (NULL: it did not). */
trace_item *trace_sent(trace *self, dissect_side sender, uint64_t number);
trace_item *trace_arrived(trace *self, dissect_side sender, uint64_t number);

/* The frame of the type in the item, the first. */
dissect_frame *trace_frame(trace_item *item, dissect_frame_type type);
/* Appends a frame to the packet, sent and arrived. */
void trace_add_frame(trace *self, const trace_item *item, const dissect_frame *frame);
/* Takes all frames of the type out of it, likewise. */
void trace_drop_frames(trace *self, const trace_item *item, dissect_frame_type type);
/* The datagram has so many bytes, sent and arrived. */
void trace_resize(trace *self, const trace_item *item, size_t len);
/* The packet is not sent, and does not arrive. */
void trace_drop(trace *self, const trace_item *item);
/* A copy of the item at another time, at its place in the order, to be altered. Items move: earlier pointers
 * to them are invalid. */
trace_item *trace_copy(trace *self, const trace_item *item, uint64_t at_ns);

/* Shows the trace to a witness, whatever comes of it. To be freed with rules_free. */
rules_judge *trace_shown(const trace *self);
/* Shows the trace to a witness, and asserts: no rule is broken. Returns it, for what it exercised; to be
 * freed with rules_free. */
rules_judge *trace_held(const trace *self);
/* The same, but this rule is broken at that end of a connection, and no other rule, nor anywhere else. */
void trace_broken(const trace *self, rules_rule rule, dissect_side side);
/* Likewise, where the other end broke the cause before. */
void trace_broken_by(const trace *self, rules_rule rule, dissect_side side, rules_rule cause);
/* How often that end of the first connection could have broken the rule; none must be broken. */
uint32_t trace_exercised(const trace *self, rules_rule rule, dissect_side side);
/* Likewise, where the other end broke the cause, and nothing else is broken. */
uint32_t trace_exercised_by(const trace *self, rules_rule rule, dissect_side side, rules_rule cause);

#endif
