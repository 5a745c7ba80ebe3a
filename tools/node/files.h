/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_FILES_H
#define TOOLS_NODE_FILES_H

/* The files that `roam node` sends: those of its options, and those that its control socket asks for. A file
 * whose connection is lost is sent again from its beginning. */

#include "core/live/live.h"
#include "core/live/transfer.h"

#define NODE_FILES_MAX 64 /* sent at once, to all peers */

typedef struct node_files node_files;

/* How it went: every file comes to that once, unless the node ends before. */
typedef struct node_files_result {
    const char *peer, *file;
    uint64_t size;
    live_transfer_status status;
} node_files_result;

/* For all files: called before the one that node_files_add was given. The exit status. */
int node_files_new(live_node *live, void (*sent)(void *ctx, const node_files_result *result), void *ctx,
                   node_files **out);
/* After live_node_free. NULL is allowed. */
void node_files_free(node_files *files);

/* Sends the file at path, now or when that peer is up. done may be NULL. INVALID_ARGUMENT, with *message;
 * NO_MEMORY. */
ROAM_CHECKED int node_files_add(node_files *files, const char *peer, const char *path,
                                void (*done)(void *done_data, const node_files_result *result),
                                void *done_data, live_message *message);

/* The peer is up, or takes more. */
void node_files_push(node_files *files, roam_peer_id peer);
void node_files_peer_down(node_files *files, roam_peer_id peer);
void node_files_answered(node_files *files, roam_peer_id peer, const live_arrival *arrival);
/* None is on its way or waits. */
bool node_files_are_done(const node_files *files);

#endif
