/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_LINK_FIELD_H
#define SIM_SCENARIO_LINK_FIELD_H

/*
 * The parameters of one direction of an access link. LINK_FIELDS is the one place where they are listed: of a
 * row come the member of scenario_link, the bit of a change, the key of a network and of `set`, how it is
 * explained, whether a ramp or a trace can change it, and its name in the record of events. What a parameter
 * does to packets is in sim/net: access.c for what ns-3's devices do, channel.c for the rest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Loss in bursts, as channel.h says; all in parts per billion, 0 to 1000000000. */
typedef struct scenario_burst {
    uint32_t enter_ppb;     /* from good to bad, before each packet; 0 and otherwise 0: no such loss */
    uint32_t leave_ppb;     /* from bad to good */
    uint32_t loss_ppb;      /* of a packet while it is bad; default all */
    uint32_t otherwise_ppb; /* while it is good; default none */
} scenario_burst;

/* How much waits in a queue: so many packets, bytes, or what the link's rate takes away in a time (ns). The
 * unit is in the two highest bits, so that a number alone counts packets. */
typedef uint64_t scenario_queue;

typedef enum scenario_queue_units {
    SCENARIO_QUEUE_PACKETS,
    SCENARIO_QUEUE_BYTES,
    SCENARIO_QUEUE_TIME
} scenario_queue_units;

static inline scenario_queue_units scenario_queue_unit(scenario_queue queue)
{
    return (scenario_queue_units)(queue >> 62);
}

static inline uint64_t scenario_queue_amount(scenario_queue queue)
{
    return queue & ((UINT64_C(1) << 62) - 1);
}

static inline scenario_queue scenario_queue_of(scenario_queue_units unit, uint64_t amount)
{
    return (uint64_t)unit << 62 | amount;
}

/* When the explanation of a network shows a parameter. */
typedef enum link_told {
    LINK_TOLD_IF_SET, /* when it is not 0, or as is_set says */
    LINK_TOLD_ALWAYS,
    LINK_TOLD_NEVER /* only when an event changes it */
} link_told;

typedef struct link_field {
    const char *words;   /* before the value; of a bool all, when it is true */
    const char *at_zero; /* of 0, which then is no quantity; of a bool all, when it is false */
    link_told told;
    uint32_t behind; /* bit of the parameter behind which it is shown; 0: it has a place of its own */
    bool (*is_set)(const void *); /* of the member; NULL: any value but 0 */
    uint64_t initial;             /* of a network that does not say */
    bool ramps;                   /* `over` can change it in steps */
    uint32_t column;              /* of a trace: its number among them in messages, from 1; 0: it is none */
    size_t offset;                /* in scenario_link; this and the next are given by the table */
    size_t size;
} link_field;

/*
 * FIELD(bit, type, member, key, type of the key, (its limits and what it is), what a network has that does
 * not say, example of a network, of a change, link_field)
 *
 * delay      one way
 * jitter     added to the delay, drawn evenly from 0 to this
 * rate       0: no limit
 * queue      what waits, as scenario_queue
 * loss       independent of other packets
 * ecn_mark   packets with ECT marked CE (RFC 3168)
 * reordering packets overtake each other by their jitter; else they keep their order
 * ecn_bleach every packet comes out Not-ECT
 */
#define LINK_FIELDS(FIELD)                                                                                   \
    FIELD(DELAY, uint64_t, delay_ns, "delay", KEY_DURATION,                                                  \
          (.max = SCENARIO_DELAY_MAX_NS, .about = "The time that packets take to pass the link, one way"),   \
          "0", "20ms", "500ms", .words = "delay", .told = LINK_TOLD_ALWAYS, .ramps = true, .column = 2)      \
    FIELD(JITTER, uint64_t, jitter_ns, "jitter", KEY_DURATION,                                               \
          (.max = SCENARIO_DELAY_MAX_NS, .about = "Is added to the delay, drawn evenly from 0 to this"),     \
          "0", "2ms", "2ms", .words = "jitter", .ramps = true, .column = 3)                                  \
    FIELD(RATE, uint64_t, rate_bps, "rate", KEY_LINK_RATE,                                                   \
          (.max = SCENARIO_RATE_MAX_BPS, .about = "The rate of the link, 1kbps or more; 0bps: no limit"),    \
          "no limit", "20Mbps", "20Mbps", .words = "rate", .at_zero = "unlimited", .told = LINK_TOLD_ALWAYS, \
          .ramps = true, .column = 1)                                                                        \
    FIELD(QUEUE, scenario_queue, queue, "queue", KEY_QUEUE,                                                  \
          (.min = 1, .max = UINT64_MAX,                                                                      \
           .about = "How much waits for the link, besides the packet that is being sent"),                   \
          "100pkt", "64pkt", "64pkt", .words = "queue", .told = LINK_TOLD_NEVER, .initial = 100)             \
    FIELD(LOSS, uint32_t, loss_ppb, "loss", KEY_FRACTION,                                                    \
          (.max = SCENARIO_PPB, .about = "The share of packets that are lost, each at random"), "0", "0.1%", \
          "0.1%", .words = "loss", .ramps = true, .column = 4)                                               \
    FIELD(ECN_MARK, uint32_t, ecn_mark_ppb, "ecn_mark", KEY_FRACTION,                                        \
          (.max = SCENARIO_PPB, .about = "The share of packets with ECT that are marked CE (RFC 3168)"),     \
          "0", "5%", "5%", .words = "marks")                                                                 \
    FIELD(BURST, scenario_burst, burst, "burst", KEY_OTHER,                                                  \
          (.inner = SCENARIO_BURST_ROWS,                                                                     \
           .about = "Loss in bursts: the link is good or bad, and loses other shares of packets"),           \
          "none", "{enter: 1%, leave: 25%}", "{enter: 1%, leave: 25%}", .words = "bursts",                   \
          .behind = SCENARIO_CHANGE_LOSS, .is_set = scenario_burst_is_set)                                   \
    FIELD(REORDERING, bool, reordering, "reordering", KEY_CHOICE,                                            \
          (.choices = SCENARIO_BOOLEANS, .about = "Whether packets overtake each other by their jitter"),    \
          "false", "true", "true", .words = "reordering", .at_zero = "in order",                             \
          .behind = SCENARIO_CHANGE_JITTER)                                                                  \
    FIELD(ECN_BLEACH, bool, ecn_bleach, "ecn_bleach", KEY_CHOICE,                                            \
          (.choices = SCENARIO_BOOLEANS, .about = "Whether every packet comes out Not-ECT"), "false",        \
          "true", "true", .words = "bleaches", .at_zero = "does not bleach")

/* Of one direction of one access link. Durations in ns, rates in bits a second, shares in parts per billion.
 */
typedef struct scenario_link {
#define LINK_MEMBER(bit, type, member, ...) type member;
    LINK_FIELDS(LINK_MEMBER)
#undef LINK_MEMBER
} scenario_link;

enum {
#define LINK_INDEX(bit, ...) LINK_##bit,
    LINK_FIELDS(LINK_INDEX)
#undef LINK_INDEX
        LINK_FIELD_COUNT
};

enum {
#define LINK_CHANGE(bit, ...) SCENARIO_CHANGE_##bit = 1 << LINK_##bit,
    LINK_FIELDS(LINK_CHANGE)
#undef LINK_CHANGE
};

/* By LINK_ index: the bit of field i is 1 << i. */
extern const link_field LINK_FIELD[LINK_FIELD_COUNT];

/* An integer or a bool; not the burst. */
uint64_t link_field_get(const link_field *field, const scenario_link *link);
void link_field_set(const link_field *field, scenario_link *link, uint64_t value);

/* Overwrites those fields of a link that changes names (SCENARIO_CHANGE_ bits). */
void scenario_link_change(scenario_link *link, uint32_t changes, const scenario_link *values);
/* The bits of the fields in which they are equal. */
uint32_t scenario_link_equal(const scenario_link *a, const scenario_link *b);
/* As a network gives that says nothing. */
scenario_link scenario_link_initial(void);
/* The queue of a link in packets, and in bytes besides; 0 bytes: in packets alone. A time counts at the rate
 * that the link has. */
typedef struct scenario_queue_limits {
    uint32_t packets;
    uint64_t bytes;
} scenario_queue_limits;

scenario_queue_limits scenario_link_queue(const scenario_link *link);
/* Of a scenario_burst: packets are lost by it. */
bool scenario_burst_is_set(const void *burst);

#endif
