/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_OVERLAY_H
#define TOOLS_NODE_OVERLAY_H

/* The contacts through which `roam node` joins an overlay. The core dials a contact again while the active
 * view is empty; here its host names are looked up, and its addresses take turns: after 1, 2, 4, 8, 8 ... s
 * the next. */

#include "tools/node/app.h"

typedef struct node_overlay node_overlay;

/* Before the loop runs. The exit status. */
int node_overlay_new(live_node *live, const node_options *options, node_overlay **out);
/* After the loop ended, before live_node_free. NULL is allowed, as in the next. */
void node_overlay_close(node_overlay *overlay);
/* After live_node_free. */
void node_overlay_free(node_overlay *overlay);

/* Of the connection. */
void node_overlay_up(node_overlay *overlay, roam_peer_id peer);
void node_overlay_down(node_overlay *overlay, roam_peer_id peer);

#endif
