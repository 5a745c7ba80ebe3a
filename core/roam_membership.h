/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership of an overlay: HyParView (J. Leitao, J. Pereira, L. Rodrigues: "HyParView: a membership protocol
 * for reliable gossip-based broadcast", DSN 2007) on the dist channels of a node.
 *
 * A node keeps two views of the overlay. The active view is small and symmetric: the peers to which it holds
 * a dist channel and which count on it in turn. The passive view is larger: names, keys and addresses of
 * nodes from which a failed active peer is replaced. A node joins through any member, the contact; random
 * walks spread the news of it; shuffles mix the passive views. A peer whose connection ends leaves the active
 * view and is kept in the passive one with back-off.
 *
 * On a node with membership the events PEER_UP and PEER_DOWN are those of the active view: PEER_UP when a
 * peer enters it, PEER_DOWN when it leaves it. Its connection may outlive that, while user streams are open
 * on it, and may be there before: CHANNEL_UP and CHANNEL_DOWN tell of connections. A migration and a rebind
 * change neither view. When a peer gives way to another, the reason of PEER_DOWN is ROAM_DOWN_EVICTED, at
 * both ends.
 *
 * The functions here follow the rules of roam.h. A node has at most one membership.
 */
#ifndef ROAM_MEMBERSHIP_H
#define ROAM_MEMBERSHIP_H

#include "core/roam.h"

#define ROAM_ACTIVE_VIEW_MAX 32   /* greatest active_size */
#define ROAM_PASSIVE_VIEW_MAX 256 /* greatest passive_size */
#define ROAM_WALK_MAX 16          /* greatest active_walk */
#define ROAM_SHUFFLE_MAX 32       /* greatest number of members in a shuffle */

/* A node of the overlay, as others know it. */
typedef struct roam_member {
    char name[ROAM_NAME_MAX + 1];
    uint8_t key[ROAM_KEY_BYTES]; /* its Ed25519 public key: what identifies it */
    roam_addr addr;              /* where it accepts connections */
    uint32_t failures; /* dials, channels and requests that failed in a row; 0: none, or not tried */
    uint64_t retry_ns; /* not tried before this; 0: at any time */
} roam_member;

typedef struct roam_membership_options {
    /* Where others can dial this node. ROAM_FAMILY_NONE: nowhere; it is then in no passive view, and has
     * those neighbours that it dials itself. */
    roam_addr advertise;
    uint32_t active_size;     /* peers in the active view at most; 1 to ROAM_ACTIVE_VIEW_MAX */
    uint32_t passive_size;    /* members in the passive view at most; 1 to ROAM_PASSIVE_VIEW_MAX */
    uint32_t active_walk;     /* ARWL: hops of FORWARD_JOIN and SHUFFLE; 1 to ROAM_WALK_MAX */
    uint32_t passive_walk;    /* PRWL: hops left at which a joining node enters the passive view; at most
                               * active_walk */
    uint32_t shuffle_active;  /* ka: of the active view, in a shuffle besides the node itself ... */
    uint32_t shuffle_passive; /* kp: ... and of the passive view */
    uint64_t shuffle_ns;      /* time between two shuffles */
    uint64_t retry_ns;     /* after a failed dial the next waits so long, twice as long after each further */
    uint64_t retry_max_ns; /* ... and never longer than this */
    uint32_t failures_max; /* in a row, after which a member is forgotten */
    uint64_t answer_ns;    /* what a request of a neighbour has time for, before another is asked */
    uint64_t linger_ns;    /* a connection that this node's membership dialled, whose peer is in no view
                            * any more, and on which no user stream is open, is closed after this */
    uint32_t joins_per_second; /* JOIN messages answered, of all peers together; more are put off */
    /* Whether a member may be at that address. NULL: every unicast address of the scope that the node's own
     * has, or of a wider one (loopback, link-local, private, global), so that no public node is sent to
     * private addresses (RFC 1918, RFC 4193), and none but a loopback node to loopback. A node that
     * advertises nothing has the narrowest scope of its contacts. */
    bool (*may_dial)(void *user_data, const roam_addr *addr);
    void *user_data;
} roam_membership_options;

/* The paper's roles, and: active 5, passive 30, walks 6 and 3, a shuffle of 8 (the node, 3, 4) each 10 s; 1 s
 * doubled up to 300 s, 5 failures; 5 s for an answer, linger 1 s, 100 joins a second; advertises nothing. */
void roam_membership_options_default(roam_membership_options *options);

/* The node takes part from now on: it answers others, and joins with roam_join. Valid until roam_node_free.
 * Peers that are up already stay as they are, in no view. Errors: INVALID_ARGUMENT (also for the raw
 * protocol), EXISTS (it has a membership), NO_MEMORY. */
ROAM_CHECKED int roam_membership_start(roam_node *node, const roam_membership_options *options,
                                       uint64_t now_ns);

/* Joins the overlay through a member of it, which is dialled unless there is a channel to it. A contact that
 * cannot be reached is tried again with back-off, as long as the active view is empty. Several may be given.
 * Errors: INVALID_ARGUMENT (no membership, or the contact is the node itself), NO_MEMORY, those of roam_dial
 * that no later attempt can mend. */
ROAM_CHECKED int roam_join(roam_node *node, const char *contact, const roam_addr *addr, uint64_t now_ns);

/* Leaves the overlay: tells the active view, whose peers forget this node, and empties both views. PEER_DOWN
 * comes for each active peer, with the reason ROAM_DOWN_LEFT, in the next step. Contacts are forgotten; who
 * asks is told that the node has left, until roam_join joins again. */
void roam_leave(roam_node *node, uint64_t now_ns);

/* The address at which others can dial this node has changed. Neighbours get it at once, others with the next
 * shuffles. */
void roam_membership_advertise(roam_node *node, const roam_addr *addr, uint64_t now_ns);

/* Writes the peers of the active view, at most capacity, in the order in which they entered it, and returns
 * how many there are. 0 without membership. */
size_t roam_active_view(const roam_node *node, roam_peer_id *peers, size_t capacity);
/* Likewise for the passive view. */
size_t roam_passive_view(const roam_node *node, roam_member *members, size_t capacity);

/* Messages and what came of them, since the start. */
#define ROAM_MEMBERSHIP_COUNTS(COUNT)                                                                        \
    COUNT(sent, "messages sent")                                                                             \
    COUNT(received, "messages received")                                                                     \
    COUNT(bytes_sent, "bytes in those sent")                                                                 \
    COUNT(bytes_received, "bytes in those received")                                                         \
    COUNT(dials, "connections dialled for the active view")                                                  \
    COUNT(dials_failed, "of those, the ones that did not come up")                                           \
    COUNT(shuffles, "shuffles begun")                                                                        \
    COUNT(shuffles_answered, "of those, the ones whose reply came")                                          \
    COUNT(unsent, "messages dropped: the peer acknowledges too little, or no memory")                        \
    COUNT(refused_version, "messages of an unknown version or type")                                         \
    COUNT(refused_malformed, "messages that are not well-formed")                                            \
    COUNT(refused_key, "messages in which a node gives another's key or name as its own")                    \
    COUNT(refused_walk, "walks longer than any that this node would begin")                                  \
    COUNT(refused_rate, "messages over the rate that a peer, or all together, may send")                     \
    COUNT(refused_unasked, "replies for which there was no request")                                         \
    COUNT(refused_stranger, "messages that only a neighbour may send")                                       \
    COUNT(refused_self, "members that are this node itself: honest shuffles bring some")                     \
    COUNT(refused_address, "members at an address that may not be dialled")                                  \
    COUNT(refused_other_key, "members whose key is not the one known under their name, or, with strict "     \
                             "trust, is not pinned")

typedef struct roam_membership_counts {
#define ROAM_MEMBERSHIP_COUNT(name, about) uint64_t name;
    ROAM_MEMBERSHIP_COUNTS(ROAM_MEMBERSHIP_COUNT)
#undef ROAM_MEMBERSHIP_COUNT
} roam_membership_counts;

/* All 0 without membership. */
void roam_membership_count(const roam_node *node, roam_membership_counts *out);

/* For tests of what a hostile member can do: sends those bytes as a membership message, whatever they are.
 * The node needs no membership of its own. To be handed over by roam_node_step. Errors: UNKNOWN_PEER,
 * NOT_CONNECTED, WOULD_BLOCK (the peer has not acknowledged enough), TOO_LARGE (4096 bytes), NO_MEMORY. */
ROAM_CHECKED int roam_membership_forge(roam_node *node, roam_peer_id peer, const void *body, size_t len);

#endif
