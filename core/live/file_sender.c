/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/transfer.h"

#include "core/live/crc64.h"
#include "core/live/transfer_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum part { BEGIN, DATA, END } part;

struct live_file_sender {
    int fd;
    uint32_t id;
    uint64_t size, offset;
    char name[LIVE_FILE_NAME_MAX + 1];
    part next;
    live_sender_state state;
    live_transfer_status status;
    live_crc64 crc;
    size_t message_len; /* 0: none is waiting to be sent */
    uint8_t message[WIRE_LONG_HEADER + WIRE_CHUNK];
};

int live_file_sender_new(const char *path, uint32_t id, live_file_sender **out, live_message *message)
{
    struct stat info;
    const char *const slash = strrchr(path, '/');
    const char *const name = slash ? slash + 1 : path;
    live_file_sender *self = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int rv = ROAM_ERR_INVALID_ARGUMENT;
    if (fd < 0 || fstat(fd, &info)) {
        (void)snprintf(message->text, sizeof message->text, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(info.st_mode) || !live_file_name_is_valid(name, strlen(name))) {
        (void)snprintf(message->text, sizeof message->text, "%s: %s", path,
                       S_ISREG(info.st_mode) ? "not a name that can be sent" : "not a regular file");
        goto out;
    }
    self = calloc(1, sizeof *self);
    if (!self) {
        (void)snprintf(message->text, sizeof message->text, "out of memory");
        rv = ROAM_ERR_NO_MEMORY;
        goto out;
    }
    self->fd = fd;
    self->id = id;
    self->size = (uint64_t)info.st_size;
    memcpy(self->name, name, strlen(name) + 1);
    live_crc64_init(&self->crc);
    *out = self;
    return 0;
out:
    if (fd >= 0)
        (void)close(fd);
    return rv;
}

void live_file_sender_free(live_file_sender *sender)
{
    if (!sender)
        return;
    (void)close(sender->fd);
    free(sender);
}

const char *live_file_sender_name(const live_file_sender *sender)
{
    return sender->name;
}

uint64_t live_file_sender_size(const live_file_sender *sender)
{
    return sender->size;
}

live_sender_state live_file_sender_state(const live_file_sender *sender)
{
    return sender->state;
}

live_transfer_status live_file_sender_status(const live_file_sender *sender)
{
    return sender->status;
}

static void make_header(live_file_sender *self, uint8_t kind, uint64_t number)
{
    self->message[0] = kind;
    live_wire_put(self->message + 1, self->id, WIRE_ID);
    live_wire_put(self->message + WIRE_HEADER, number, WIRE_NUMBER);
    self->message_len = WIRE_LONG_HEADER;
}

/* The next bytes; a file that shrinks while it is sent is an error. */
static bool make_data(live_file_sender *self)
{
    const uint64_t left = self->size - self->offset;
    const size_t wanted = left < WIRE_CHUNK ? (size_t)left : WIRE_CHUNK;
    size_t len = 0;
    make_header(self, WIRE_DATA, self->offset);
    while (len < wanted) {
        const ssize_t n = pread(self->fd, self->message + WIRE_LONG_HEADER + len, wanted - len,
                                (off_t)(self->offset + len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        len += (size_t)n;
    }
    live_crc64_add(&self->crc, self->message + WIRE_LONG_HEADER, len);
    self->offset += len;
    self->message_len += len;
    return true;
}

static bool make_next(live_file_sender *self)
{
    const size_t name_len = strlen(self->name);
    switch (self->next) {
    case BEGIN:
        make_header(self, WIRE_BEGIN, self->size);
        memcpy(self->message + self->message_len, self->name, name_len);
        self->message_len += name_len;
        self->next = self->size > 0 ? DATA : END;
        return true;
    case DATA:
        if (!make_data(self))
            return false;
        if (self->offset == self->size)
            self->next = END;
        return true;
    case END:
        make_header(self, WIRE_END, live_crc64_value(&self->crc));
        return true;
    }
    return false;
}

live_sender_state live_file_sender_push(live_file_sender *self, roam_node *node, roam_peer_id peer)
{
    while (self->state == LIVE_SENDER_SENDING) {
        if (self->message_len == 0 && !make_next(self)) {
            self->state = LIVE_SENDER_FAILED;
            break;
        }
        if (roam_send(node, peer, self->id, self->message, self->message_len))
            break; /* it waits, for room or for another connection */
        if (self->message[0] == WIRE_END)
            self->state = LIVE_SENDER_WAITING;
        self->message_len = 0;
    }
    return self->state;
}

void live_file_sender_restart(live_file_sender *self)
{
    if (self->state != LIVE_SENDER_SENDING && self->state != LIVE_SENDER_WAITING)
        return;
    self->state = LIVE_SENDER_SENDING;
    self->next = BEGIN;
    self->offset = 0;
    self->message_len = 0;
    live_crc64_init(&self->crc);
}

void live_file_sender_answer(live_file_sender *self, uint32_t id, live_transfer_status status)
{
    if (id != self->id || self->state == LIVE_SENDER_ANSWERED || self->state == LIVE_SENDER_FAILED ||
        (status == LIVE_TRANSFER_OK && self->state != LIVE_SENDER_WAITING))
        return;
    self->state = LIVE_SENDER_ANSWERED;
    self->status = status;
}
