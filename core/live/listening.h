/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a live node accepts connections. */
#ifndef CORE_LIVE_LISTENING_H
#define CORE_LIVE_LISTENING_H

#include "core/live/live.h"

enum { LIVE_LISTENING_MAX = 128 };

typedef struct live_listening {
    roam_addr at[LIVE_LISTENING_MAX]; /* a socket each, in the order in which they were opened */
    size_t count;
    roam_addr
        everywhere[LIVE_LISTENING_MAX]; /* unspecified addresses, each with the port that its sockets have */
    size_t everywhere_count;
} live_listening;

/* Opens sockets at the addresses that the machine got after the node was told to listen at every address. The
 * loop thread. */
void live_listening_follow(live_node *live);

/* The address of the first socket at the host of addr, whatever its port; NULL: there is none. */
const roam_addr *live_listening_at_host(const live_listening *listening, const roam_addr *addr);

#endif
