/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_ORDER_H
#define SIM_SCENARIO_ORDER_H

/*
 * The order check: dials and events are followed in order of time, to know on which networks each node is
 * when something is done to it. Here is what a verb's `follow` (verb.h) reads and changes.
 */

#include "sim/scenario/event.h"
#include "sim/scenario/internal.h"

typedef struct order_presence {
    bool attached;
    bool before;  /* is or was attached */
    bool down;    /* outlives a detach */
    bool wrong;   /* there is something for heal to end */
    bool refused; /* outlives a detach */
} order_presence;

/* What is certain of a node in an overlay. */
typedef struct order_member {
    bool known;       /* it has joined, or others through it, and it has not left */
    uint32_t contact; /* through which it joined last; SCENARIO_NONE: it has not, or has left */
    uint64_t upset;   /* order_check.upset at that time */
} order_member;

/* The prefix that a network had before a renumber with an overlap. */
typedef struct order_leaving {
    scenario_prefix prefix;
    uint64_t until_ns; /* 0: there was none */
} order_leaving;

typedef struct order_check {
    scenario_reader *reader;
    order_presence *presences; /* node by network */
    uint32_t *counts;          /* networks of each node */
    bool *stopped;             /* each node: by a restart that is not over, or for good */
    bool *suspended;           /* each node: by a suspend that is not over */
    bool *taken;               /* each node: by an attacker that has its keys */
    order_member *members;     /* each node */
    uint64_t upset;            /* events so far that may part a node from the overlay */
    bool *captured;            /* each attacker: something that it could replay */
    bool *stopped_nats;        /* each NAT: by a restart that is not over */
    scenario_prefix *prefixes; /* each network */
    order_leaving *leaving;    /* each network */
} order_check;

order_presence *order_presence_of(const order_check *self, uint32_t node, uint32_t network);
/* Of the event's node and network; NULL when it has not both. */
order_presence *order_presence_at(const order_check *self, const scenario_event *event);

/* Of the addresses that a node has: bits by scenario_family. */
uint32_t order_families(const order_check *self, uint32_t node);

/* True when nothing (more) is to be said about the entry: one is reported once, whatever its repetitions and
 * the other members of its group do. Node: the node that the report is about, SCENARIO_NONE for none. */
bool order_reported(order_check *self, const scenario_event *event, uint32_t node);
/* "attach: 'laptop' is already on network 'wifi' at 5s", where `what` is "already on". */
void order_report(order_check *self, const scenario_event *event, const char *what);

/* --- what several verbs do --- */

/* The event needs a running node: one that no restart has stopped, and that is not suspended. */
void order_follow_node(order_check *self, const scenario_event *event);
/* A running node that is on the event's network, or on any when it has none. */
void order_follow_call(order_check *self, const scenario_event *event);
/* The event's node, if it has one, is on its network. */
void order_follow_on(order_check *self, const scenario_event *event);
/* Likewise, and from then on there is something for heal to end. */
void order_follow_disturbance(order_check *self, const scenario_event *event);

#endif
