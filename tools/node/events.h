/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_EVENTS_H
#define TOOLS_NODE_EVENTS_H

/* Events of `roam node`, one JSON object a line. Names of nodes and files need no escapes. */

#include "core/live/network.h"
#include "core/live/transfer.h"
#include "core/roam.h"
#include "tools/node/output.h"

void node_events_core(node_output *out, const roam_node *node, const roam_event *event, uint64_t now_ns);
void node_events_round(node_output *out, const live_network_round *round, uint64_t now_ns);
void node_events_listening(node_output *out, const roam_addr *addr, uint64_t now_ns);
void node_events_unreachable(node_output *out, const roam_addr *addr, const char *why, uint64_t now_ns);
void node_events_refused(node_output *out, const char *why, uint64_t now_ns);

typedef struct node_transfer_event {
    const char *event; /* "file_sent", "file_received", "lines_ended" */
    const char *peer;
    const char *file; /* NULL: none */
    uint64_t size;
    live_transfer_status status;
} node_transfer_event;

void node_events_transfer(node_output *out, const node_transfer_event *event, uint64_t now_ns);

#endif
