/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The membership of a live node: which of its addresses it advertises. */
#ifndef CORE_LIVE_MEMBERSHIP_H
#define CORE_LIVE_MEMBERSHIP_H

#include "core/live/live.h"

typedef struct live_membership {
    bool on;
    bool fixed;           /* the application says where others can dial the node */
    roam_addr advertised; /* NONE: nothing yet */
    roam_peer_id peer;    /* whose connection ends at the address that is advertised; {0}: none */
    roam_subscription subscription;
} live_membership;

/* options NULL: the node has none. Errors: as roam_membership_start. */
ROAM_CHECKED int live_membership_start(live_node *live, const roam_membership_options *options);

/* Advertises the address at which the node can be dialled now, if that is another one. The loop thread;
 * inside a callback of the core with its time. */
void live_membership_follow(live_node *live, uint64_t now_ns);

#endif
