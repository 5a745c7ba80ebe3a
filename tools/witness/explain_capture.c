/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/explain_capture.h"

#include "sim/record/capture_words.h"
#include "sim/wire/pcapng.h"
#include "tools/witness/explain_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    BLOCK_MAX = 1 << 24, /* bytes; none of ours is longer */
    OPTION_COMMENT = 1,
    OPTION_NAME = 2,
    OPTION_FLAGS = 2,
    PACKET_HEAD = 20,
    NAME_MAX_BYTES = 512
};

typedef struct capture_in {
    FILE *file;
    const explain_capture_reader *reader;
    uint8_t *body;
    uint32_t type, len;
    char (*names)[NAME_MAX_BYTES];
    size_t name_count;
    bool memory;
} capture_in;

/* The files are little-endian, whatever machine wrote them. */
static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The value of an option among those that begin there, or NULL. */
static const uint8_t *option_of(const uint8_t *at, const uint8_t *end, unsigned wanted, size_t *len)
{
    while (end - at >= 4) {
        const unsigned code = (unsigned)at[0] | (unsigned)at[1] << 8;
        const size_t size = (size_t)at[2] | (size_t)at[3] << 8;
        if (code == 0 || size > (size_t)(end - at) - 4)
            return NULL;
        if (code == wanted) {
            *len = size;
            return at + 4;
        }
        const size_t step = 4 + ((size + 3) & ~(size_t)3);
        if (step > (size_t)(end - at))
            return NULL;
        at += step;
    }
    return NULL;
}

/* The first comment that says that something is wrong: what else happens is in events.jsonl. */
static const uint8_t *comment_of(const uint8_t *at, const uint8_t *end, size_t *len)
{
    const uint8_t *found;
    while ((found = option_of(at, end, OPTION_COMMENT, len)) != NULL &&
           capture_tells_event((const char *)found, *len)) {
        const size_t step = (*len + 3) & ~(size_t)3;
        if (step > (size_t)(end - found))
            return NULL;
        at = found + step;
    }
    return found;
}

static bool take_interface(capture_in *self)
{
    size_t len = 0;
    if (!explain_grow((void **)&self->names, self->name_count, sizeof *self->names)) {
        self->memory = false;
        return false;
    }
    const uint8_t *const name =
        self->len >= 8 ? option_of(self->body + 8, self->body + self->len, OPTION_NAME, &len) : NULL;
    (void)snprintf(self->names[self->name_count++], NAME_MAX_BYTES, "%.*s", (int)len,
                   name ? (const char *)name : "");
    return true;
}

static bool take_packet(capture_in *self)
{
    size_t len = 0;
    if (self->len < PACKET_HEAD)
        return false;
    const uint32_t interface = get32(self->body);
    const uint64_t time_ns = (uint64_t)get32(self->body + 4) << 32 | get32(self->body + 8);
    const uint32_t bytes = get32(self->body + 12);
    if (interface >= self->name_count || bytes > self->len - PACKET_HEAD)
        return false;
    const size_t options = PACKET_HEAD + (((size_t)bytes + 3) & ~(size_t)3);
    const uint8_t *const end = self->body + self->len;
    const uint8_t *const first = options <= self->len ? self->body + options : end;
    size_t comment_len = 0;
    const uint8_t *const comment = comment_of(first, end, &comment_len);
    const uint8_t *const flags = option_of(first, end, OPTION_FLAGS, &len);
    const explain_datagram_seen seen = {.interface = self->names[interface],
                                        .number = interface,
                                        .up = flags && len == 4 && (flags[0] & 3) == PCAPNG_OUTBOUND,
                                        .time_ns = time_ns - PCAPNG_EPOCH_S * UINT64_C(1000000000),
                                        .bytes = self->body + PACKET_HEAD,
                                        .len = bytes,
                                        .comment = (const char *)comment,
                                        .comment_len = comment_len};
    self->memory = self->reader->packet(self->reader->ctx, &seen);
    return self->memory;
}

static bool take_secrets(capture_in *self)
{
    const uint32_t bytes = self->len >= 8 ? get32(self->body + 4) : 0;
    if (self->len < 8 || bytes > self->len - 8)
        return false;
    self->body[8 + bytes] = '\0'; /* the block's length follows: it has been read */
    self->memory = self->reader->secrets(self->reader->ctx, (const char *)self->body + 8);
    return self->memory;
}

static bool take_block(capture_in *self)
{
    switch (self->type) {
    case BLOCK_INTERFACE:
        return take_interface(self);
    case BLOCK_PACKET:
        return take_packet(self);
    case BLOCK_SECRETS:
        return take_secrets(self);
    default:
        return true;
    }
}

/* 1: a block; 0: the end; -1: cut off; -2: no pcapng of ours. */
static int next_block(capture_in *self)
{
    uint8_t head[8];
    const size_t got = fread(head, 1, sizeof head, self->file);
    if (got < sizeof head)
        return got == 0 ? 0 : -1;
    self->type = get32(head);
    const uint32_t whole = get32(head + 4);
    if (whole < 12 || whole % 4 != 0 || whole > BLOCK_MAX)
        return -2;
    uint8_t *const body = realloc(self->body, whole);
    if (!body) {
        self->memory = false;
        return -2;
    }
    self->body = body;
    self->len = whole - 12;
    return fread(body, 1, whole - 8, self->file) == whole - 8 ? 1 : -1;
}

bool explain_capture_read(const char *path, const explain_capture_reader *reader, bool *cut, char *message)
{
    capture_in self = {.reader = reader, .memory = true};
    int state = -2;
    bool first = true;
    self.file = fopen(path, "re");
    if (!self.file) {
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "%s: %s", path, strerror(errno));
        return false;
    }
    while ((state = next_block(&self)) == 1) {
        if ((first && self.type != BLOCK_SECTION) || !take_block(&self)) {
            state = -2;
            break;
        }
        first = false;
    }
    if (state == -2)
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "%s: %s", path,
                       self.memory ? "is no capture of roam's" : "out of memory");
    *cut = state == -1 || (state == 0 && first);
    (void)fclose(self.file);
    free(self.body);
    free(self.names);
    return state != -2;
}
