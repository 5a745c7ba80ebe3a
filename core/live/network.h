/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The triggers of a live node: messages of the kernel through rtnetlink, and requests of other processes
 * through a trigger socket (request.h). Changes are gathered until debounce_ns have passed without a further
 * one, at most five times as long, and then peers are migrated, none waiting for another.
 *
 * A change that the kernel reports counts when it may concern the route to a peer: a route to a network that
 * holds the peer's address, a rule of its family, the address in use, or the link that has it. Then the
 * kernel is asked for the route to each peer, and a peer is left alone when its connection uses the very
 * address from which the kernel would reach it now. A peer that could not be moved, because there was no
 * route or its migration failed, is tried again with every further change, and after 1, 2, 4, 8, 8 ... s. A
 * new address or a link that comes up counts only while there is such a peer, or one whose link is down.
 * Peers that cannot be migrated at all (not the initiator, disabled by the peer) are left alone until they
 * are up on another connection. All that is a matter of connections, whatever view of an overlay a peer is
 * in.
 *
 * A node that listens at every address listens at those that the kernel reports as new, too, and a membership
 * advertises the one to which it moved (live.h).
 */
#ifndef CORE_LIVE_NETWORK_H
#define CORE_LIVE_NETWORK_H

#include "core/live/keys.h"
#include "core/live/live.h"
#include "core/live/netlink.h"

typedef struct live_network live_network;

/* What a round of migrations was about. */
typedef struct live_network_round {
    const char *trigger; /* "default_route", ..., the first change of the round; "trigger_socket", "retry" */
    uint32_t changes;    /* gathered */
    uint32_t migrating;  /* peers */
    uint32_t kept;       /* peers that are where they should be */
    uint32_t outage;     /* the same, but the link of their address is down: they wait for it */
    uint32_t stranded;   /* peers to which no route leads */
} live_network_round;

typedef struct live_network_options {
    bool netlink;             /* listen to the kernel */
    const char *trigger_path; /* a trigger socket; NULL: none */
    uint64_t debounce_ns;
    uint64_t timeout_ns;                                                        /* budget of each migration */
    void (*round)(void *ctx, const live_network_round *round, uint64_t now_ns); /* optional */
    void (*refused)(void *ctx, const char *why, uint64_t now_ns); /* a request was malformed; optional */
    void *ctx;
} live_network_options;

/* 200 ms, 5 s, nothing listened to. */
void live_network_options_default(live_network_options *options);

/* Before the loop runs, or on its thread; valid until live_node_free. Errors: INVALID_ARGUMENT, with
 * *message, NO_MEMORY. */
ROAM_CHECKED int live_network_new(live_node *live, const live_network_options *options, live_network **out,
                                  live_message *message);
/* As "changed" on the trigger socket; what names the trigger and must outlive the node. The loop thread. */
void live_network_changed(live_network *network, const char *what);
#endif
