/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_EXPECTATION_H
#define SIM_SCENARIO_EXPECTATION_H

/*
 * What must have come of a scenario. An expectation is a common head and, by its kind, the values that its
 * keys give. A new kind has a row of SCENARIO_EXPECTATIONS, its values in the union if it has any, and a file
 * of sim/verdict/expect with its keys and its judgement (expect_kind.h).
 */

#include "sim/scenario/place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kind, and its descriptor EXPECT_ kind. In the order of the schema. */
#define SCENARIO_EXPECTATIONS(EXPECTATION)                                                                   \
    EXPECTATION(MIGRATION)                                                                                   \
    EXPECTATION(GAP)                                                                                         \
    EXPECTATION(DELIVERED)                                                                                   \
    EXPECTATION(NEVER)                                                                                       \
    EXPECTATION(HAPPENS)                                                                                     \
    EXPECTATION(REBIND)                                                                                      \
    EXPECTATION(PEER)                                                                                        \
    EXPECTATION(REFUSED)                                                                                     \
    EXPECTATION(GOODPUT)                                                                                     \
    EXPECTATION(AMPLIFICATION)                                                                               \
    EXPECTATION(OVERLAY)                                                                                     \
    EXPECTATION(VIEW)                                                                                        \
    EXPECTATION(MEMBERSHIP)                                                                                  \
    EXPECTATION(RULES)                                                                                       \
    EXPECTATION(FRAMES)                                                                                      \
    EXPECTATION(PATH)                                                                                        \
    EXPECTATION(RETRANSMITTED)                                                                               \
    EXPECTATION(CONNECTION_IDS)                                                                              \
    EXPECTATION(PACKET_SIZE)                                                                                 \
    EXPECTATION(ECN)                                                                                         \
    EXPECTATION(MOVE)                                                                                        \
    EXPECTATION(LATENCY)                                                                                     \
    EXPECTATION(LANDS) /* on which servers of a balancer connections landed */                               \
    EXPECTATION(RECONNECTS)                                                                                  \
    EXPECTATION(PREFERRED_ADDRESS)

typedef enum scenario_expect_kind {
#define EXPECTATION(kind) SCENARIO_EXPECT_##kind,
    SCENARIO_EXPECTATIONS(EXPECTATION)
#undef EXPECTATION
} scenario_expect_kind;

typedef enum scenario_congestion {
    SCENARIO_CONGESTION_ANY,
    SCENARIO_CONGESTION_KEPT,
    SCENARIO_CONGESTION_RESET
} scenario_congestion;

typedef enum scenario_peer_state {
    SCENARIO_PEER_EITHER,
    SCENARIO_PEER_ALIVE,
    SCENARIO_PEER_DOWN
} scenario_peer_state;

/* A set of results, as bits: an expectation may allow more than one. In the order of roam.h's codes. */
enum {
    SCENARIO_RESULT_OK = 1 << 0,
    SCENARIO_RESULT_NOT_CONNECTED = 1 << 1,
    SCENARIO_RESULT_NO_CONN = 1 << 2,
    SCENARIO_RESULT_PEER_DISABLE_MIGRATION = 1 << 3,
    SCENARIO_RESULT_TIMEOUT = 1 << 4,
    SCENARIO_RESULT_NOT_INITIATOR = 1 << 5,
    SCENARIO_RESULT_SUPERSEDED = 1 << 6,
    SCENARIO_RESULT_ADAPTER = 1 << 7
};

typedef enum scenario_never_event {
    SCENARIO_NEVER_PEER_UP,
    SCENARIO_NEVER_PEER_DOWN,
    SCENARIO_NEVER_PATH_CHANGED,
    SCENARIO_NEVER_MIGRATION_DONE,
    SCENARIO_NEVER_LEFT,
    SCENARIO_NEVER_CHANNEL_UP, /* as the next: on nodes with membership */
    SCENARIO_NEVER_CHANNEL_DOWN,
    SCENARIO_NEVER_PREFERRED_ADDRESS, /* of a server is in use, or was given up: at its client */
    SCENARIO_NEVER_TIMEOUT,           /* a migration that ends with timeout */
    SCENARIO_NEVER_REFUSED, /* an entry of the timeline that is not carried out; of recorder_refusals alone */
    SCENARIO_NEVER_NOT_STARTED /* one with `after` that no instant has started; of recorder_started_ns alone
                                */
} scenario_never_event;

/* Both ends belong to it: min <= x <= max. No bound given: 0 and UINT64_MAX. */
typedef struct scenario_bound {
    uint64_t min;
    uint64_t max;
} scenario_bound;

/* One way over a connection. */
typedef struct scenario_flow {
    uint32_t peer; /* index into peers */
    uint32_t from; /* node index: sends */
    uint32_t to;   /* node index: receives */
} scenario_flow;

/* Nodes that an expectation names one by one, or by a group of theirs. */
typedef struct scenario_node_set {
    const uint32_t *nodes; /* node indices, each once, in the order named */
    size_t count;          /* 0: all that it can be about */
} scenario_node_set;

typedef struct scenario_expect_migration {
    const char *label;         /* names a migrate or watchdog; holds for all calls of that label */
    uint32_t results;          /* SCENARIO_RESULT_ bits allowed; 0: any */
    scenario_bound validation; /* ns */
    uint32_t detail;           /* that the result has, plus one: a roam_migration_detail; 0: any */
    bool counted;              /* so many calls as count must be so; else all, and at least one */
    scenario_bound count;
    bool new_connection_id; /* the new path has another connection ID than the old one had */
} scenario_expect_migration;

typedef struct scenario_expect_gap {
    scenario_flow flow;
    scenario_bound max; /* ns */
} scenario_expect_gap;

/* Every message once, in order, intact, both ways. */
typedef struct scenario_expect_delivered {
    bool all; /* true */
} scenario_expect_delivered;

/* Of never and of happens. */
typedef struct scenario_expect_event {
    scenario_never_event event;
    uint32_t node;             /* on this node only, or SCENARIO_NONE */
    scenario_node_set seen_by; /* on these nodes only */
    bool third;                /* on third nodes only: recorder_third_count */
    bool counted;              /* happens: so many as count; else at least one */
    scenario_bound count;
    uint32_t verb; /* refused, not_started: a scenario_verb, or SCENARIO_NONE; restart stands for start too */
    uint32_t status;        /* refused: a refusal, or 0 */
    scenario_bound between; /* happens: ns, when the first one comes, or that of number nth */
    uint64_t nth;           /* happens: from 1; 0: the first, or each */
    /* happens: each event `of` on such a node is followed so soon by the event, about the same other; with
     * nth, the one before that. SCENARIO_NEVER: that is not asked. */
    uint64_t within_ns;
    scenario_never_event of;
} scenario_expect_event;

typedef struct scenario_expect_rebind {
    uint32_t node;             /* node index: the one that noticed */
    uint32_t of;               /* node index: the one that was moved */
    scenario_bound count;      /* so many of them; default at least one */
    scenario_bound validation; /* ns */
    scenario_congestion congestion;
} scenario_expect_rebind;

typedef struct scenario_expect_peer {
    scenario_flow flow;
    scenario_peer_state state;
    bool all_arrived;  /* besides, every message of the flow has arrived */
    const char *label; /* how its state is called in tables, or NULL */
} scenario_expect_peer;

typedef struct scenario_expect_refused {
    uint32_t nat;         /* NAT index */
    scenario_bound count; /* packets for which it had no port, block or room; default at least one */
} scenario_expect_refused;

typedef struct scenario_expect_goodput {
    scenario_flow flow;
    uint64_t since_ns; /* of messages delivered from here */
    uint64_t until_ns; /* to here, or to the last message if that comes before; SCENARIO_NEVER: to the last */
    scenario_bound rate; /* bits a second */
} scenario_expect_goodput;

/* Node sends to no address of `to` more than so many times what came. */
typedef struct scenario_expect_amplification {
    uint32_t node; /* node index */
    uint32_t to;   /* node index */
    uint32_t factor;
} scenario_expect_amplification;

typedef enum scenario_connectedness {
    SCENARIO_CONNECTED_EITHER,
    SCENARIO_CONNECTED,
    SCENARIO_DIVIDED
} scenario_connectedness;

/* The overlay of nodes with membership (sim/record/overlay.h). */
typedef struct scenario_expect_overlay {
    scenario_node_set of;
    scenario_connectedness connected;
    bool symmetric; /* each peer in an active view has the node in its own */
    scenario_bound components;
    scenario_bound members;
    bool shared;
    scenario_bound share; /* of the members that are in the largest component, parts per billion */
    uint64_t at_ns;       /* all of this at that time; SCENARIO_NEVER: at the end */
    uint64_t
        within_ns; /* connected: and without a break from so long after since_ns on; SCENARIO_NEVER: not */
    uint64_t since_ns; /* SCENARIO_NEVER: the last event of the timeline that concerns the overlay */
} scenario_expect_overlay;

/* The views of each of these nodes. */
typedef struct scenario_expect_view {
    scenario_node_set of;
    scenario_bound active;      /* how many peers are in it */
    scenario_node_set contains; /* these are; count 0: any */
    uint64_t at_ns;             /* SCENARIO_NEVER: at the end */
    scenario_bound passive;     /* how many members are in the passive view, at the end */
    scenario_bound share;       /* of so many nodes it holds, parts per billion; default all */
} scenario_expect_view;

/* What the memberships of these nodes counted, added up. */
typedef struct scenario_expect_membership {
    scenario_node_set of;
    uint32_t counted; /* which field of roam_membership_counts, in the order of ROAM_MEMBERSHIP_COUNTS */
    scenario_bound count;
    bool shared;          /* of each by itself instead, and it holds of so many: */
    scenario_bound share; /* parts per billion */
} scenario_expect_membership;

/* A connection that was lost and regained, as the node that dials it has it. */
typedef struct scenario_expect_reconnects {
    scenario_flow flow;     /* from the node that dials */
    scenario_bound count;   /* how often; default at least once, if `longest` is not given either */
    scenario_bound longest; /* ns: without a connection, or until the first one when its dial failed */
} scenario_expect_reconnects;

#define SCENARIO_RULE_WORDS 2

/* No rule of RFC 9000 is broken, by any end of any connection. */
typedef struct scenario_expect_rules {
    bool none_broken; /* true */
    uint64_t
        except[SCENARIO_RULE_WORDS]; /* a bit for each rule (sim/verdict/rules/rule_list.h) that may be */
} scenario_expect_rules;

/* Frames of a type that left in packets from one node to the other. */
typedef struct scenario_expect_frames {
    scenario_flow flow;
    uint32_t frame;       /* a dissect_frame_type */
    uint32_t network;     /* on the path over that network of one of them; SCENARIO_NONE: on any */
    uint64_t since_ns;    /* sent from here */
    uint64_t until_ns;    /* to before here; SCENARIO_NEVER: to the end */
    scenario_bound count; /* so many; default at least one */
} scenario_expect_frames;

/* Over which network data goes. */
typedef struct scenario_expect_path {
    scenario_flow flow;
    uint32_t network;
    uint64_t at_ns; /* of the last data sent by then */
} scenario_expect_path;

/* What packets of the one to the other show in all: retransmitted, connection_ids, packet_size. */
typedef struct scenario_expect_wire {
    scenario_flow flow;
    scenario_bound bound; /* bytes, or how many */
} scenario_expect_wire;

/* Packets of the one to the other by their ECN codepoint (RFC 3168 section 5). */
typedef struct scenario_expect_ecn {
    scenario_flow flow;
    scenario_bound ect; /* that left with ECT(0) or ECT(1) */
    scenario_bound ce;  /* that came with CE */
} scenario_expect_ecn;

/* What is asked of a move: name of the key, which is a time (TIME, ns) or a number (COUNT), and what it is.
 */
#define SCENARIO_MOVE_QUANTITIES(X)                                                                          \
    X(TOOK, took, TIME, "The time from the call to the result")                                              \
    X(UP, up, TIME,                                                                                          \
      "The time from the call to the first message from the node over the new path or connection")           \
    X(DOWN, down, TIME,                                                                                      \
      "The time from the call to the first message to the node over the new path or connection")             \
    X(GAP_UP, gap_up, TIME,                                                                                  \
      "The longest time without a message from the node, less the interval of the flow")                     \
    X(GAP_DOWN, gap_down, TIME,                                                                              \
      "The longest time without a message to the node, less the interval of the flow")                       \
    X(ROUND_TRIPS, round_trips, COUNT,                                                                       \
      "Round trips for which the node waits before application data leaves")                                 \
    X(DATAGRAMS, datagrams, COUNT, "Datagrams both ways, until the move is over")                            \
    X(BYTES, bytes, COUNT, "Bytes of these datagrams")                                                       \
    X(OVERHEAD_DATAGRAMS, overhead_datagrams, COUNT, "Datagrams without application data")                   \
    X(OVERHEAD_BYTES, overhead_bytes, COUNT, "Bytes without application data")                               \
    X(LOST, lost, COUNT, "Messages that are sent and not delivered")                                         \
    X(REPEATED, repeated, COUNT, "Messages that are delivered again")                                        \
    X(PASSED_OVER, passed_over, COUNT, "Messages that are due and not sent")                                 \
    X(STREAMS_LOST, streams_lost, COUNT, "User streams that end with their connection")                      \
    X(CHURN, churn, COUNT, "What membership tells other nodes of either end")

enum {
#define QUANTITY(NAME, ...) SCENARIO_MOVE_##NAME,
    SCENARIO_MOVE_QUANTITIES(QUANTITY)
#undef QUANTITY
        SCENARIO_MOVE_COUNT
};

/* What each migration or reconnect of a label cost (sim/record/recorder.h), and at least one. */
typedef struct scenario_expect_move {
    const char *label;
    uint32_t results; /* SCENARIO_RESULT_ bits allowed; 0: any */
    scenario_bound bounds[SCENARIO_MOVE_COUNT];
} scenario_expect_move;

/* How long messages took that were due from since_ns to before until_ns (sim/record/latency.h). */
typedef struct scenario_expect_latency {
    scenario_flow flow;
    scenario_bound p50; /* ns, likewise the next three */
    scenario_bound p90;
    scenario_bound p99;
    scenario_bound worst;
    uint64_t since_ns;
    uint64_t until_ns; /* SCENARIO_NEVER: to the end */
} scenario_expect_latency;

#define SCENARIO_PERCENTILES_MAX 4

/* Of the values of all, from the best to the worst by that bound, the one that ends the share is within it.
 */
typedef struct scenario_percentile {
    const char *name;   /* "p99.9" */
    uint32_t share_ppb; /* parts per billion, 500000000 to 999000000 */
    scenario_bound bound;
} scenario_percentile;

/* What an expectation asks of the members of a group, or of the calls of a label, together. */
typedef struct scenario_over {
    const struct scenario_group *group; /* NULL: over calls, or over `all` */
    const uint32_t *nodes;              /* of `all`: node indices, as many as members; else NULL */
    const struct scenario_expectation
        *members;         /* the same of each member, in their order; over calls: NULL */
    size_t count;         /* members */
    scenario_bound share; /* of how many it holds, parts per billion; default all */
    scenario_percentile percentiles[SCENARIO_PERCENTILES_MAX];
    size_t percentile_count;
} scenario_over;

typedef struct scenario_expect_lands {
    scenario_flow flow;
    uint32_t on;            /* node index: the server of the last connection; SCENARIO_NONE: any */
    scenario_bound times;   /* connections that came up at a server */
    scenario_bound servers; /* different ones */
} scenario_expect_lands;

/* What a client made of its server's preferred address (RFC 9000 section 9.6): each record of flow.from. */
typedef struct scenario_expect_preferred {
    scenario_flow flow;        /* from the client to the server */
    uint32_t results;          /* SCENARIO_RESULT_ bits allowed; 0: any */
    scenario_bound validation; /* ns */
    scenario_bound rounds;     /* path validations started */
    scenario_bound challenges; /* PATH_CHALLENGE frames to the preferred address */
    scenario_bound count;      /* so many records; default at least one */
} scenario_expect_preferred;

typedef struct scenario_expectation {
    scenario_place place;
    scenario_expect_kind kind;
    const char *text; /* the entry in one line, as written: "migration: move, result: ok" */
    const scenario_over
        *over; /* NULL: it is about what its values name alone; else they are the first member's */
    union {    /* the member that is called as its kind */
        scenario_expect_migration migration;
        scenario_expect_gap gap;
        scenario_expect_delivered delivered;
        scenario_expect_event never;
        scenario_expect_event happens;
        scenario_expect_rebind rebind;
        scenario_expect_lands lands;
        scenario_expect_peer peer;
        scenario_expect_refused refused;
        scenario_expect_goodput goodput;
        scenario_expect_amplification amplification;
        scenario_expect_overlay overlay;
        scenario_expect_view view;
        scenario_expect_membership membership;
        scenario_expect_rules rules;
        scenario_expect_frames frames;
        scenario_expect_path path;
        scenario_expect_wire retransmitted;
        scenario_expect_wire connection_ids;
        scenario_expect_wire packet_size;
        scenario_expect_ecn ecn;
        scenario_expect_move move;
        scenario_expect_latency latency;
        scenario_expect_reconnects reconnects;
        scenario_expect_preferred preferred_address;
    };
} scenario_expectation;

#endif
