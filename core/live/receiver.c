/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/transfer.h"

#include "core/live/crc64.h"
#include "core/live/transfer_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PART_NAME_MAX = 64, ANSWERS_MAX = 64 };

/* A file on its way. */
typedef struct incoming {
    bool used;
    roam_peer_id peer;
    uint32_t id;
    int fd;
    uint64_t size, received;
    char name[LIVE_FILE_NAME_MAX + 1];
    live_crc64 crc;
} incoming;

typedef struct pending_answer {
    roam_peer_id peer;
    uint64_t key;
    uint8_t message[WIRE_HEADER + 1];
} pending_answer;

struct live_receiver {
    int directory; /* -1: none */
    incoming files[LIVE_FILES_MAX];
    pending_answer answers[ANSWERS_MAX];
    size_t answer_count;
    char arrived[LIVE_FILE_NAME_MAX + 1];
};

int live_receiver_new(const char *directory, live_receiver **out, live_message *message)
{
    live_receiver *const self = calloc(1, sizeof *self);
    if (!self) {
        (void)snprintf(message->text, sizeof message->text, "out of memory");
        return ROAM_ERR_NO_MEMORY;
    }
    self->directory = -1;
    if (directory) {
        self->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (self->directory < 0) {
            (void)snprintf(message->text, sizeof message->text, "%s: %s", directory, strerror(errno));
            free(self);
            return ROAM_ERR_INVALID_ARGUMENT;
        }
    }
    *out = self;
    return 0;
}

/* ---- Files ---- */

/* Begins with a dot, as no name of a file that is received can. */
static void part_name(const incoming *file, char name[PART_NAME_MAX])
{
    (void)snprintf(name, PART_NAME_MAX, ".roam-%ld-%u-%u.part", (long)getpid(), file->peer.value, file->id);
}

static void discard(live_receiver *self, incoming *file)
{
    char name[PART_NAME_MAX];
    if (!file->used)
        return;
    part_name(file, name);
    (void)close(file->fd);
    (void)unlinkat(self->directory, name, 0);
    *file = (incoming){.used = false};
}

static incoming *find(live_receiver *self, roam_peer_id peer, uint32_t id)
{
    for (size_t i = 0; i < LIVE_FILES_MAX; i++)
        if (self->files[i].used && self->files[i].peer.value == peer.value && self->files[i].id == id)
            return &self->files[i];
    return NULL;
}

static live_transfer_status begin(live_receiver *self, const roam_message *message, uint32_t id)
{
    char part[PART_NAME_MAX];
    const char *const name = (const char *)message->data + WIRE_LONG_HEADER;
    const size_t len = message->len - WIRE_LONG_HEADER;
    incoming *file = find(self, message->peer, id);
    if (file)
        discard(self, file);
    for (size_t i = 0; !file && i < LIVE_FILES_MAX; i++)
        file = self->files[i].used ? NULL : &self->files[i];
    if (!file || self->directory < 0 || !live_file_name_is_valid(name, len))
        return LIVE_TRANSFER_REFUSED;
    *file = (incoming){.peer = message->peer, .id = id};
    file->size = live_wire_get(message->data + WIRE_HEADER, WIRE_NUMBER);
    memcpy(file->name, name, len);
    live_crc64_init(&file->crc);
    part_name(file, part);
    (void)unlinkat(self->directory, part, 0);
    file->fd = openat(self->directory, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    file->used = file->fd >= 0;
    return file->used ? LIVE_TRANSFER_OK : LIVE_TRANSFER_DISK;
}

static live_transfer_status add(incoming *file, const roam_message *message)
{
    const uint8_t *data = message->data + WIRE_LONG_HEADER;
    size_t left = message->len - WIRE_LONG_HEADER;
    if (live_wire_get(message->data + WIRE_HEADER, WIRE_NUMBER) != file->received ||
        left > file->size - file->received)
        return LIVE_TRANSFER_DAMAGED;
    live_crc64_add(&file->crc, data, left);
    file->received += left;
    while (left > 0) {
        const ssize_t n = write(file->fd, data, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return LIVE_TRANSFER_DISK;
        data += n;
        left -= (size_t)n;
    }
    return LIVE_TRANSFER_OK;
}

static live_transfer_status finish(live_receiver *self, const incoming *file, const roam_message *message)
{
    char part[PART_NAME_MAX];
    if (file->received != file->size ||
        live_wire_get(message->data + WIRE_HEADER, WIRE_NUMBER) != live_crc64_value(&file->crc))
        return LIVE_TRANSFER_DAMAGED;
    part_name(file, part);
    if (renameat(self->directory, part, self->directory, file->name))
        return LIVE_TRANSFER_DISK;
    return LIVE_TRANSFER_OK;
}

/* ---- Answers ---- */

static void answer(live_receiver *self, roam_node *node, const roam_message *to, uint32_t id,
                   live_transfer_status status)
{
    pending_answer pending = {.peer = to->peer, .key = to->key, .message = {WIRE_ANSWER}};
    live_wire_put(pending.message + 1, id, WIRE_ID);
    pending.message[WIRE_HEADER] = (uint8_t)status;
    const int rv = roam_send(node, to->peer, to->key, pending.message, sizeof pending.message);
    /* The queue is full only when a peer reads none of its answers. Further ones are dropped: the timers of
     * the peer end its wait. */
    if (rv == ROAM_ERR_WOULD_BLOCK && self->answer_count < ANSWERS_MAX)
        self->answers[self->answer_count++] = pending;
}

void live_receiver_writable(live_receiver *self, roam_node *node, roam_peer_id peer)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->answer_count; i++) {
        const pending_answer *const a = &self->answers[i];
        if (a->peer.value != peer.value ||
            roam_send(node, a->peer, a->key, a->message, sizeof a->message) == ROAM_ERR_WOULD_BLOCK)
            self->answers[kept++] = *a;
    }
    self->answer_count = kept;
}

void live_receiver_peer_down(live_receiver *self, roam_peer_id peer)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->answer_count; i++)
        if (self->answers[i].peer.value != peer.value)
            self->answers[kept++] = self->answers[i];
    self->answer_count = kept;
    for (size_t i = 0; i < LIVE_FILES_MAX; i++)
        if (self->files[i].used && self->files[i].peer.value == peer.value)
            discard(self, &self->files[i]);
}

/* ---- Messages ---- */

/* A message of a file; true when the file is over, one way or the other. */
static bool take_file(live_receiver *self, const roam_message *message, uint32_t id, live_arrival *arrival)
{
    if (message->data[0] == WIRE_BEGIN) {
        arrival->status = begin(self, message, id);
        return arrival->status != LIVE_TRANSFER_OK;
    }
    incoming *const file = find(self, message->peer, id);
    if (!file)
        return false; /* it was refused, and this was under way already */
    arrival->status = message->data[0] == WIRE_DATA ? add(file, message) : finish(self, file, message);
    if (message->data[0] == WIRE_DATA && arrival->status == LIVE_TRANSFER_OK)
        return false;
    memcpy(self->arrived, file->name, sizeof self->arrived);
    arrival->text = self->arrived;
    arrival->len = strlen(self->arrived);
    arrival->size = file->size;
    discard(self, file);
    return true;
}

void live_receiver_take(live_receiver *self, roam_node *node, const roam_message *message,
                        live_arrival *arrival)
{
    *arrival = (live_arrival){.kind = LIVE_ARRIVED_NOTHING, .text = "", .status = LIVE_TRANSFER_OK};
    if (message->len >= 1 && message->data[0] == WIRE_LINE) {
        arrival->kind = LIVE_ARRIVED_LINE;
        arrival->text = (const char *)message->data + 1;
        arrival->len = message->len - 1;
        return;
    }
    if (message->len < WIRE_HEADER)
        return;
    arrival->id = (uint32_t)live_wire_get(message->data + 1, WIRE_ID);
    switch ((wire_kind)message->data[0]) { /* an unknown value is ignored */
    case WIRE_LINE:
        return;
    case WIRE_LINE_END:
        arrival->kind = LIVE_ARRIVED_LINE_END;
        answer(self, node, message, arrival->id, LIVE_TRANSFER_OK);
        return;
    case WIRE_ANSWER:
        if (message->len != WIRE_HEADER + 1 || message->data[WIRE_HEADER] > LIVE_TRANSFER_DISK)
            return;
        arrival->kind = LIVE_ARRIVED_ANSWER;
        arrival->status = (live_transfer_status)message->data[WIRE_HEADER];
        return;
    case WIRE_BEGIN:
    case WIRE_DATA:
    case WIRE_END:
        if (message->len < WIRE_LONG_HEADER || !take_file(self, message, arrival->id, arrival))
            return;
        arrival->kind = LIVE_ARRIVED_FILE;
        answer(self, node, message, arrival->id, arrival->status);
        return;
    }
}

void live_receiver_free(live_receiver *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < LIVE_FILES_MAX; i++)
        discard(self, &self->files[i]);
    if (self->directory >= 0)
        (void)close(self->directory);
    free(self);
}
