/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/files.h"

#include "tools/cli/command.h"
#include "tools/node/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct outgoing {
    live_file_sender *sender; /* NULL: free */
    char peer[ROAM_NAME_MAX + 1];
    void (*done)(void *done_data, const node_files_result *result);
    void *done_data;
} outgoing;

struct node_files {
    live_node *live;
    void (*sent)(void *ctx, const node_files_result *result);
    void *ctx;
    uint32_t next_id;
    outgoing all[NODE_FILES_MAX];
};

int node_files_new(live_node *live, void (*sent)(void *ctx, const node_files_result *result), void *ctx,
                   node_files **out)
{
    node_files *const self = calloc(1, sizeof *self);
    if (!self)
        return COMMAND_BROKEN;
    self->live = live;
    self->sent = sent;
    self->ctx = ctx;
    self->next_id = NODE_LINES_ID + 1;
    *out = self;
    return COMMAND_OK;
}

void node_files_free(node_files *files)
{
    if (!files)
        return;
    for (size_t i = 0; i < NODE_FILES_MAX; i++)
        live_file_sender_free(files->all[i].sender);
    free(files);
}

/* Reports the result, and makes room. */
static void finish(node_files *self, outgoing *file, live_transfer_status status)
{
    const outgoing over = *file;
    *file = (outgoing){.sender = NULL};
    const node_files_result result = {.peer = over.peer,
                                      .file = live_file_sender_name(over.sender),
                                      .size = live_file_sender_size(over.sender),
                                      .status = status};
    self->sent(self->ctx, &result);
    if (over.done)
        over.done(over.done_data, &result);
    live_file_sender_free(over.sender);
}

static void push(node_files *self, outgoing *file, roam_peer_id peer)
{
    roam_node *const node = live_node_core(self->live);
    if (live_file_sender_state(file->sender) == LIVE_SENDER_SENDING &&
        live_file_sender_push(file->sender, node, peer) == LIVE_SENDER_FAILED)
        finish(self, file, LIVE_TRANSFER_DISK);
}

int node_files_add(node_files *self, const char *peer, const char *path,
                   void (*done)(void *done_data, const node_files_result *result), void *done_data,
                   live_message *message)
{
    roam_node *const node = live_node_core(self->live);
    outgoing *file = NULL;
    for (size_t i = 0; i < NODE_FILES_MAX && !file; i++)
        file = self->all[i].sender ? NULL : &self->all[i];
    if (!file || strlen(peer) > ROAM_NAME_MAX) {
        (void)snprintf(message->text, sizeof message->text, "%s",
                       file ? "that is not the name of a node" : "too many files are being sent");
        return ROAM_ERR_INVALID_ARGUMENT;
    }
    outgoing added = {.done = done, .done_data = done_data};
    const int rv = live_file_sender_new(path, self->next_id, &added.sender, message);
    if (rv)
        return rv;
    self->next_id++;
    memcpy(added.peer, peer, strlen(peer) + 1);
    *file = added;
    const roam_peer_id id = roam_peer_find(node, peer);
    if (roam_peer_is_up(node, id))
        push(self, file, id);
    return 0;
}

static bool is_for(const node_files *self, const outgoing *file, roam_peer_id peer)
{
    return file->sender && strcmp(file->peer, roam_peer_name(live_node_core(self->live), peer)) == 0;
}

void node_files_push(node_files *self, roam_peer_id peer)
{
    for (size_t i = 0; i < NODE_FILES_MAX; i++)
        if (is_for(self, &self->all[i], peer))
            push(self, &self->all[i], peer);
}

void node_files_peer_down(node_files *self, roam_peer_id peer)
{
    for (size_t i = 0; i < NODE_FILES_MAX; i++)
        if (is_for(self, &self->all[i], peer))
            live_file_sender_restart(self->all[i].sender);
}

void node_files_answered(node_files *self, roam_peer_id peer, const live_arrival *arrival)
{
    for (size_t i = 0; i < NODE_FILES_MAX; i++) {
        outgoing *const file = &self->all[i];
        if (!is_for(self, file, peer))
            continue;
        live_file_sender_answer(file->sender, arrival->id, arrival->status);
        if (live_file_sender_state(file->sender) == LIVE_SENDER_ANSWERED)
            finish(self, file, live_file_sender_status(file->sender));
    }
}

bool node_files_are_done(const node_files *self)
{
    for (size_t i = 0; i < NODE_FILES_MAX; i++)
        if (self->all[i].sender)
            return false;
    return true;
}
