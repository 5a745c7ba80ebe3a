/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_LINES_H
#define TOOLS_NODE_LINES_H

/* Standard input of `roam node`, line by line to every peer that is up. It is read only while a peer that
 * takes the lines is up; at its end the peers are asked to acknowledge them. */

#include "core/live/live.h"

#define NODE_LINES_ID 1u /* of the answer to the end of the lines; files have larger ones */

typedef struct node_lines node_lines;

/* acknowledged: ask for acknowledgement at the end. The exit status. */
int node_lines_new(live_node *live, bool acknowledged, node_lines **out);
/* After the loop ended, before live_node_free. NULL is allowed, as in the next. */
void node_lines_close(node_lines *lines);
/* After live_node_free. */
void node_lines_free(node_lines *lines);

void node_lines_writable(node_lines *lines, roam_peer_id peer);
void node_lines_peer_down(node_lines *lines, roam_peer_id peer);
void node_lines_answered(node_lines *lines, roam_peer_id peer);
/* The input ended, and a peer acknowledged it. */
bool node_lines_are_done(const node_lines *lines);

#endif
