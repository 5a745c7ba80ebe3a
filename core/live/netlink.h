/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What messages of rtnetlink say about the paths of a machine: a function over bytes. */
#ifndef CORE_LIVE_NETLINK_H
#define CORE_LIVE_NETLINK_H

#include "core/roam.h"

typedef enum live_change_kind {
    LIVE_DEFAULT_ROUTE, /* one came or went; also half of one, as 0.0.0.0/1 */
    LIVE_ROUTE,         /* another one */
    LIVE_RULE,          /* a rule of policy routing came or went */
    LIVE_ADDRESS_GONE,
    LIVE_ADDRESS_NEW, /* and usable */
    LIVE_LINK_DOWN,   /* or gone, or without carrier */
    LIVE_LINK_UP
} live_change_kind;

const char *live_change_name(live_change_kind kind); /* "default_route", ... */

typedef struct live_change {
    live_change_kind kind;
    roam_family family; /* of the route, rule or address; NONE for links */
    roam_addr addr;     /* of ADDRESS_*; the destination of a route; port 0 */
    uint8_t prefix_len; /* of the destination, bits */
    unsigned interface; /* 0: not said */
} live_change;

/*
 * Reads the messages in len bytes at data (aligned to 4) and calls found for each change; messages of other
 * kinds are passed over. INVALID_ARGUMENT: a message is truncated or contradicts itself; found has been
 * called for those before it.
 */
ROAM_CHECKED int live_netlink_parse(const void *data, size_t len,
                                    void (*found)(void *ctx, const live_change *change), void *ctx);

#endif
