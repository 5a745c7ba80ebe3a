/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two views of a node, and how members enter and leave them. Nothing here knows of channels. A member is
 * in one view at most; names are unique in each. */
#ifndef CORE_MEMBERSHIP_VIEWS_H
#define CORE_MEMBERSHIP_VIEWS_H

#include "core/random.h"
#include "core/roam_membership.h"

/* A member of the active view. */
typedef struct core_active {
    roam_peer_id peer;
    roam_member member; /* as it says itself; its address may be ROAM_FAMILY_NONE */
} core_active;

/* A member of the passive view. */
typedef struct core_passive {
    roam_member member;
    bool own_word; /* it told of itself: what others tell of it does not count */
    bool sent;     /* in a shuffle or a reply lately: the first to make room */
} core_passive;

typedef struct core_views_options {
    uint32_t active_size, passive_size;
    uint64_t retry_ns, retry_max_ns;
    uint32_t failures_max;
} core_views_options;

typedef struct core_views {
    core_views_options options;
    core_active *active; /* in the order of entry */
    size_t active_count;
    core_passive *passive;
    size_t passive_count;
} core_views;

/* NO_MEMORY. */
ROAM_CHECKED int core_views_init(core_views *views, const core_views_options *options);
void core_views_fini(core_views *views);

/* An even draw of 0 to below - 1. */
size_t core_draw(const core_random *random, size_t below);

/* ---- Active ---- */

/* NULL: not there. */
core_active *core_active_find(const core_views *views, roam_peer_id peer);
bool core_active_has_name(const core_views *views, const char *name);
bool core_active_is_full(const core_views *views);
/* The view must have room. The member leaves the passive view. */
void core_active_add(core_views *views, roam_peer_id peer, const roam_member *member);
void core_active_remove(core_views *views, roam_peer_id peer);
/* One at random, of those that are neither of the two ({0}: no such). NULL: there is none. */
core_active *core_active_pick(const core_views *views, const core_random *random, roam_peer_id but,
                              roam_peer_id nor);

/* ---- Passive ---- */

core_passive *core_passive_find(const core_views *views, const char *name);
/* Enters the member, which must be neither the node itself nor active, and must have an address. A full view
 * drops one at random, of those that were sent if there are any. One that is there already stays as it is,
 * unless the member itself tells of it (own_word), or its dials fail and the address is another. */
void core_passive_add(core_views *views, const core_random *random, const roam_member *member, bool own_word);
void core_passive_remove(core_views *views, const char *name);
/* A dial to it has failed, or its channel: it is put off, or forgotten after the last failure. */
void core_passive_failed(core_views *views, const char *name, uint64_t now_ns);
/* When a member with so many failures in a row is tried again. */
uint64_t core_passive_retry(const core_views_options *options, uint32_t failures, uint64_t now_ns);
/* Writes up to max members, drawn at random, and marks them as sent. Those of the names in but are left out
 * as long as there are others. Returns how many. */
size_t core_passive_draw(core_views *views, const core_random *random, const roam_member *but,
                         size_t but_count, roam_member *out, size_t max);
/* No member was sent lately. */
void core_passive_forget_sent(core_views *views);

#endif
