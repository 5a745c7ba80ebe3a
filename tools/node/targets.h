/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_TARGETS_H
#define TOOLS_NODE_TARGETS_H

/* The peers to which `roam node` is to connect: dialled, and again a second after they were lost; then, while
 * that fails, after 2, 4, 8, 8 ... s. */

#include "tools/node/app.h"

typedef struct node_targets node_targets;

/* Before the loop runs; the first dials begin with it. The exit status. */
int node_targets_new(live_node *live, const node_options *options, node_targets **out);
/* After the loop ended, before live_node_free. NULL is allowed, as in the next. */
void node_targets_close(node_targets *targets);
/* After live_node_free. */
void node_targets_free(node_targets *targets);

void node_targets_up(node_targets *targets, roam_peer_id peer);
/* A peer is down; one that refused us for good is not dialled again. */
void node_targets_down(node_targets *targets, const roam_event *event, uint64_t now_ns);
void node_targets_unreachable(node_targets *targets, const roam_addr *remote);
/* There are some, and each refused us for good. */
bool node_targets_are_rejected(const node_targets *targets);

#endif
