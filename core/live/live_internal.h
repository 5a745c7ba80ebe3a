/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a live node share. */
#ifndef CORE_LIVE_LIVE_INTERNAL_H
#define CORE_LIVE_LIVE_INTERNAL_H

#include "core/live/call.h"
#include "core/live/live.h"

live_calls *live_node_calls(live_node *live);
struct live_migrations **live_node_migrations(live_node *live);
struct live_listening *live_node_listening(live_node *live);
struct live_membership *live_node_membership(live_node *live);

/* An adapter at that address. Errors: as live_udp_open. */
ROAM_CHECKED int live_node_open_at(live_node *live, const roam_addr *local, roam_adapter **out);

/* Something on the loop that ends with the node: end is called by live_node_free, when nothing is called back
 * any more and handles can still be closed. The struct is the caller's, who keeps it until then. */
typedef struct live_attachment {
    void (*end)(void *data);
    void *data;
    struct live_attachment *next;
} live_attachment;

void live_node_attach(live_node *live, live_attachment *attachment);

#endif
