/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the membership of a node, and its links.
 *
 * Changes of the views push events, which are delivered at the end of the call from the node
 * (core_membership_settle): callbacks of the application find a state that is whole, and may change it.
 */
#ifndef CORE_MEMBERSHIP_INTERNAL_H
#define CORE_MEMBERSHIP_INTERNAL_H

#include "core/membership/joins.h"
#include "core/membership/rates.h"
#include "core/membership/views.h"
#include "core/membership/walks.h"
#include "core/membership/wire.h"
#include "core/node/channel.h"
#include "core/node/peer.h"

enum {
    CORE_EVENTS_PENDING_MAX = 2 * ROAM_ACTIVE_VIEW_MAX,
    CORE_ASKED_MAX = 8,       /* requests under way, of all kinds */
    CORE_PROMOTIONS_MAX = 2,  /* of those, the ones from the passive view ... */
    CORE_PROMOTIONS_ALONE = 3 /* ... and while the active view is empty */
};

typedef struct core_membership core_membership;

/* What was asked of a peer, and not answered yet. */
typedef enum core_request { CORE_ASKS_NOTHING, CORE_ASKS_JOIN, CORE_ASKS_LOW, CORE_ASKS_HIGH } core_request;

/* A peer to which there is a channel, or one is being dialled by the membership. */
typedef struct core_link {
    core_membership *membership;
    core_peer *peer;
    core_request request;
    bool sent;          /* the request is sent; else the channel is not up yet */
    bool promoted;      /* the request is for a member of the passive view */
    bool dialled;       /* the membership dialled the channel */
    bool replaced;      /* the channel of an active peer was replaced, and the other is not up yet */
    bool key_known;     /* target.key is that of the member that is asked */
    roam_member target; /* of the request */
    bool parted;        /* it counted on this node as a neighbour ... */
    uint64_t parted_ns; /* ... until it was told at that time, or told so itself */
    core_bucket bucket; /* messages received ... */
    core_bucket joins;  /* ... and JOIN among them */
    core_timer timer;   /* for an answer, the other channel, or the end of an idle one */
} core_link;

/* A member through which roam_join joins. */
typedef struct core_contact {
    struct core_contact *next;
    char name[ROAM_NAME_MAX + 1];
    roam_addr addr;
    uint32_t failures; /* in a row */
    uint64_t retry_ns; /* not tried before this */
} core_contact;

struct core_membership {
    roam_node *node;
    roam_membership_options options;
    core_channel_hooks hooks;
    core_views views;
    core_walks walks;
    core_joins joined;      /* nodes that came in, whoever had to make room for them */
    core_contact *contacts; /* in the order in which they were given */
    core_link **links;      /* index: peer id - 1; NULL: none */
    size_t link_capacity;
    size_t link_count;
    size_t asked, promoted; /* links with a request under way; those from the passive view */
    uint32_t rejections;    /* of requests in a row */
    uint64_t ask_after_ns;  /* no member is promoted before this, and no contact asked */
    uint64_t entered_ns;    /* the active view has had somebody since then */
    uint32_t pushed_out;    /* times in a row that it was empty again soon, because others took the place */
    bool left;              /* roam_leave, and no roam_join since */
    bool failed_alone;      /* a promotion has failed since the active view is empty */
    core_bucket joins;
    core_heap deadlines; /* of links, and the two below; `timer` is for the first */
    core_timer shuffle, promote;
    core_timer timer; /* of the node */
    roam_event pending[CORE_EVENTS_PENDING_MAX];
    size_t pending_count;
    bool settling;
    uint32_t inside;   /* calls under way: may_dial and open_adapter may call for more */
    bool leave_wanted; /* one of those has called roam_leave */
    roam_membership_counts counts;
};

/* NULL: the node has none. */
core_membership *core_membership_of(const roam_node *node);
/* Around every call from the node or the application. The end delivers the events, and sets the timer of the
 * node. */
void core_membership_enter(core_membership *m);
void core_membership_settle(core_membership *m, uint64_t now_ns);
/* An event to deliver. */
void core_membership_push(core_membership *m, const roam_event *event);
/* This node as a member. */
roam_member core_membership_self(const core_membership *m);

/* ---- links.c ---- */

core_link *core_link_of(const core_membership *m, const core_peer *peer); /* NULL: none */
core_link *core_link_by_id(const core_membership *m, roam_peer_id peer);  /* likewise */
/* The peer of that name; NULL: none. */
core_peer *core_peer_known(const core_membership *m, const char *name);
/* A request to the peer of that name is under way. */
bool core_is_asked(const core_membership *m, const char *name);
/* Made if need be. NULL: no memory. */
core_link *core_link_get(core_membership *m, core_peer *peer);
/* Frees the link, if nothing needs it any more. */
void core_link_release(core_link *link);
void core_links_free(core_membership *m);
/* Sends a message, and counts it. */
void core_link_send(core_link *link, const core_message *message);
/* Asks the member, on the channel that there is or on one that is dialled. It must have no request under way.
 * Errors: NO_MEMORY, those of roam_dial. */
ROAM_CHECKED int core_link_ask(core_membership *m, const roam_member *target, bool key_known,
                               core_request request, uint64_t now_ns);
/* The channel is up: sends the request that waits for it, or was lost with the channel before. */
void core_link_send_request(core_link *link, uint64_t now_ns);
/* The request under way is over, whatever came of it. */
void core_link_answered(core_link *link);
/* No answer will come: the member is put off. */
void core_link_failed(core_link *link, uint64_t now_ns);
/* A channel that the membership dialled and does not need is closed after a while. */
void core_link_rest(core_link *link, uint64_t now_ns);

/* ---- neighbours.c ---- */

/* The peer enters the active view; a full one gives up another. */
void core_neighbour_enter(core_link *link, const roam_member *member, uint64_t now_ns);
typedef enum core_keep { CORE_FORGET, CORE_KEEP, CORE_KEEP_FAILED } core_keep;
/* The peer leaves the active view, in which it must be. how: the down of the event. keep: what the passive
 * view has of it then. */
void core_neighbour_leave(core_membership *m, core_peer *peer, const roam_event *how, core_keep keep,
                          uint64_t now_ns);
void core_on_neighbor(core_link *link, const core_message *message, uint64_t now_ns);
void core_on_neighbor_reply(core_link *link, const core_message *message, uint64_t now_ns);
void core_on_disconnect(core_link *link, const core_message *message, uint64_t now_ns);
void core_on_advertise(core_link *link, const core_message *message, uint64_t now_ns);
/* Sends NEIGHBOR_REPLY. */
void core_neighbour_answer(core_link *link, bool accepted);
/* Sends DISCONNECT. */
void core_neighbour_disconnect(core_link *link, bool leaving);

/* ---- promote.c ---- */

/* Asks members of the passive view, and contacts, as far as the active view needs some. */
void core_promote(core_membership *m, uint64_t now_ns);
/* The last neighbour gave the place to another. Where there is less room than nodes that look for it, they
 * must not push each other out without a pause. */
void core_promote_pushed_out(core_membership *m, uint64_t now_ns);
/* A request was answered with no. */
void core_promote_rejected(core_membership *m, const char *name, uint64_t now_ns);

/* ---- join.c ---- */

void core_on_join(core_link *link, const core_message *message, uint64_t now_ns);
void core_on_forward_join(core_link *link, const core_message *message, uint64_t now_ns);
/* NULL: no contact has that name. */
core_contact *core_contact_find(const core_membership *m, const char *name);
void core_contact_failed(core_membership *m, const char *name, uint64_t now_ns);
/* All may be tried at once. */
void core_contacts_fresh(core_membership *m);
void core_contacts_free(core_membership *m);

/* ---- shuffle.c ---- */

void core_shuffle_begin(core_membership *m, uint64_t now_ns);
void core_on_shuffle(core_link *link, const core_message *message, uint64_t now_ns);
void core_on_shuffle_reply(core_link *link, const core_message *message, uint64_t now_ns);

/* ---- admit.c ---- */

/* Whether a member that somebody tells of may enter a view or be dialled; counts why not. */
bool core_admit(core_membership *m, const roam_member *member);
/* The member is what the peer says of itself: whether it is true. An address that may not be dialled is taken
 * out of it. */
bool core_admit_self(core_link *link, roam_member *member);

#endif
