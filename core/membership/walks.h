/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shuffles under way: where the reply to one comes from, and where it goes. The oldest gives way to a new
 * one, and each is forgotten after CORE_WALK_LIFE_NS. */
#ifndef CORE_MEMBERSHIP_WALKS_H
#define CORE_MEMBERSHIP_WALKS_H

#include "core/roam.h"

enum { CORE_WALKS = 64 };

#define CORE_WALK_LIFE_NS UINT64_C(30000000000)

typedef struct core_walk {
    uint64_t id;
    roam_peer_id from; /* the neighbour that sent it; {0}: it began here */
    roam_peer_id to;   /* the one that it went to; {0}: no walk */
    uint64_t began_ns;
    uint32_t asked; /* members sent with it: as many may come back */
} core_walk;

/* All zero: none under way. */
typedef struct core_walks {
    core_walk items[CORE_WALKS]; /* a ring */
    size_t next;
} core_walks;

void core_walks_add(core_walks *walks, const core_walk *walk);

/* Takes out the latest walk of that id that went to that peer, and writes it. False: there is none. */
bool core_walks_take(core_walks *walks, uint64_t id, roam_peer_id to, uint64_t now_ns, core_walk *out);

#endif
