/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 1 << 14,

    BLOCK_SECTION_HEADER = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SECRETS = 10,
    BLOCK_FRAME = 12, /* type, and the length at both ends */

    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_PACKET_FLAGS = 2,
    OPTION_INTERFACE_NAME = 2,
    OPTION_INTERFACE_DESCRIPTION = 3,
    OPTION_SECTION_APPLICATION = 4,
    OPTION_INTERFACE_RESOLUTION = 9,

    LINKTYPE_RAW = 101,
    SECRETS_TLS_KEY_LOG = 0x544c534b,
    RESOLUTION_NANOSECONDS = 9 /* ten to the minus nine */
};

#define NS_PER_S UINT64_C(1000000000)

struct pcapng {
    int fd; /* -1 between writes to a regular file: a world of a thousand hosts has a thousand captures */
    char *path;
    char *temporary; /* NULL: path is written directly */
    uint32_t interfaces;
    int error; /* that sticks */
    int system_error;
    size_t len; /* bytes in the buffer */
    uint8_t buffer[BUFFER_BYTES];
};

const char *pcapng_strerror(int error)
{
    switch ((pcapng_error)error) {
    case PCAPNG_OK:
        return "no error";
    case PCAPNG_ERR_OPEN:
        return "cannot create the capture";
    case PCAPNG_ERR_WRITE:
        return "cannot write the capture";
    case PCAPNG_ERR_RENAME:
        return "cannot give the capture its name";
    case PCAPNG_ERR_NO_MEMORY:
        return "out of memory";
    case PCAPNG_ERR_TOO_LARGE:
        return "too large for a capture";
    case PCAPNG_ERR_INTERFACE:
        return "no such interface in the capture";
    }
    return "unknown error";
}

static void explain(char *message, const char *path, int error, int system_error)
{
    snprintf(message, PCAPNG_MESSAGE_MAX, "%s: %s: %s", path, pcapng_strerror(error), strerror(system_error));
}

static void fail(pcapng *p, int error)
{
    if (p->error != PCAPNG_OK)
        return;
    p->error = error;
    p->system_error = errno;
}

/* Some file systems report a full disk only here. */
static void close_file(pcapng *p)
{
    if (p->fd >= 0 && close(p->fd) != 0)
        fail(p, PCAPNG_ERR_WRITE);
    p->fd = -1;
}

static void write_out(pcapng *p, const uint8_t *bytes, size_t len)
{
    if (p->error == PCAPNG_OK && len > 0 && p->fd < 0) {
        p->fd = open(p->temporary, O_WRONLY | O_APPEND | O_CLOEXEC);
        if (p->fd < 0)
            fail(p, PCAPNG_ERR_WRITE);
    }
    while (len > 0 && p->error == PCAPNG_OK) {
        const ssize_t written = write(p->fd, bytes, len);

        if (written >= 0) {
            bytes += written;
            len -= (size_t)written;
        } else if (errno != EINTR) {
            fail(p, PCAPNG_ERR_WRITE);
        }
    }
    if (p->temporary != NULL)
        close_file(p);
}

static void flush(pcapng *p)
{
    write_out(p, p->buffer, p->len);
    p->len = 0;
}

static void put(pcapng *p, const void *bytes, size_t len)
{
    if (len > BUFFER_BYTES - p->len)
        flush(p);
    if (len > BUFFER_BYTES) {
        write_out(p, bytes, len);
        return;
    }
    memcpy(p->buffer + p->len, bytes, len);
    p->len += len;
}

/* Little-endian on every machine, so that captures are the same bytes everywhere. */
static void put16(pcapng *p, uint32_t value)
{
    put(p, (const uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

static void put32(pcapng *p, uint64_t value)
{
    put(p,
        (const uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                          (uint8_t)(value >> 24)},
        4);
}

static size_t padding(size_t len)
{
    return -len & 3;
}

static void put_padded(pcapng *p, const void *bytes, size_t len)
{
    put(p, bytes, len);
    put(p, "\0\0\0", padding(len));
}

static void put_option(pcapng *p, uint32_t code, const void *value, size_t len)
{
    put16(p, code);
    put16(p, (uint32_t)len);
    put_padded(p, value, len);
}

static size_t option_bytes(size_t len)
{
    return 4 + len + padding(len);
}

static void put_section_header(pcapng *p)
{
    static const char application[] = "roam";
    const size_t len = BLOCK_FRAME + 16 + option_bytes(strlen(application)) + option_bytes(0);

    put32(p, BLOCK_SECTION_HEADER);
    put32(p, len);
    put32(p, 0x1a2b3c4d); /* byte order */
    put16(p, 1);
    put16(p, 0);
    put32(p, UINT32_MAX); /* section length, 64 bits: not given */
    put32(p, UINT32_MAX);
    put_option(p, OPTION_SECTION_APPLICATION, application, strlen(application));
    put_option(p, OPTION_END, "", 0);
    put32(p, len);
}

static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int open_file(pcapng *p, const char *path)
{
    const size_t len = strlen(path);
    const char *target;
    int flags = O_WRONLY | O_CLOEXEC;

    p->path = strdup(path);
    if (p->path == NULL)
        return PCAPNG_ERR_NO_MEMORY;
    if (len == 0) {
        errno = ENOENT;
        return PCAPNG_ERR_OPEN;
    }
    if (!is_special(path)) {
        p->temporary = malloc(len + sizeof(".tmp"));
        if (p->temporary == NULL)
            return PCAPNG_ERR_NO_MEMORY;
        memcpy(p->temporary, path, len);
        memcpy(p->temporary + len, ".tmp", sizeof(".tmp"));
        flags |= O_CREAT | O_TRUNC;
    }
    target = p->temporary != NULL ? p->temporary : p->path;
    p->fd = open(target, flags, 0666);
    if (p->fd < 0)
        return PCAPNG_ERR_OPEN;
    if (p->temporary != NULL)
        close_file(p);
    return PCAPNG_OK;
}

static void free_capture(pcapng *p)
{
    free(p->temporary);
    free(p->path);
    free(p);
}

int pcapng_open(const char *path, pcapng **out, char *message)
{
    pcapng *const p = malloc(sizeof(*p));
    int error = PCAPNG_ERR_NO_MEMORY;

    if (p != NULL) {
        /* The buffer is left as it is: most captures are far shorter than it. */
        p->fd = -1;
        p->path = p->temporary = NULL;
        p->interfaces = 0;
        p->error = PCAPNG_OK;
        p->len = 0;
        error = open_file(p, path);
    }
    if (error != PCAPNG_OK) {
        explain(message, path, error, error == PCAPNG_ERR_NO_MEMORY ? ENOMEM : errno);
        if (p != NULL)
            free_capture(p);
        return error;
    }
    put_section_header(p);
    *out = p;
    return PCAPNG_OK;
}

int pcapng_add_interface(pcapng *p, const char *name, const char *description, pcapng_interface *out)
{
    const size_t name_len = strlen(name);
    const size_t description_len = description != NULL ? strlen(description) : 0;
    size_t len = BLOCK_FRAME + 8 + option_bytes(name_len) + option_bytes(1) + option_bytes(0);

    if (name_len > PCAPNG_TEXT_MAX || description_len > PCAPNG_TEXT_MAX)
        return PCAPNG_ERR_TOO_LARGE;
    if (description != NULL)
        len += option_bytes(description_len);

    put32(p, BLOCK_INTERFACE);
    put32(p, len);
    put16(p, LINKTYPE_RAW);
    put16(p, 0);
    put32(p, 0); /* no snapshot length */
    put_option(p, OPTION_INTERFACE_NAME, name, name_len);
    if (description != NULL)
        put_option(p, OPTION_INTERFACE_DESCRIPTION, description, description_len);
    put_option(p, OPTION_INTERFACE_RESOLUTION, (const uint8_t[]){RESOLUTION_NANOSECONDS}, 1);
    put_option(p, OPTION_END, "", 0);
    put32(p, len);
    if (p->error == PCAPNG_OK)
        *out = (pcapng_interface){p->interfaces++};
    return p->error;
}

/* NULL: there is none after this one. */
static const char *next_line(const char *line)
{
    const char *const end = strchr(line, '\n');

    return end != NULL ? end + 1 : NULL;
}

int pcapng_add_packet(pcapng *p, const pcapng_packet *packet)
{
    const char *const comments = packet->comments;
    size_t len = BLOCK_FRAME + 20 + packet->len + padding(packet->len) + option_bytes(4) + option_bytes(0);
    const uint64_t time_ns = PCAPNG_EPOCH_S * NS_PER_S + packet->time_ns;

    if (packet->interface.value >= p->interfaces)
        return PCAPNG_ERR_INTERFACE;
    if (packet->len > PCAPNG_PACKET_MAX || (comments != NULL && strlen(comments) > PCAPNG_TEXT_MAX))
        return PCAPNG_ERR_TOO_LARGE;
    for (const char *line = comments; line != NULL; line = next_line(line))
        len += option_bytes(strcspn(line, "\n"));

    put32(p, BLOCK_ENHANCED_PACKET);
    put32(p, len);
    put32(p, packet->interface.value);
    put32(p, time_ns >> 32);
    put32(p, time_ns);
    put32(p, packet->len);
    put32(p, packet->full_len > packet->len ? packet->full_len : packet->len);
    put_padded(p, packet->bytes, packet->len);
    put_option(p, OPTION_PACKET_FLAGS, (const uint8_t[]){(uint8_t)packet->direction, 0, 0, 0}, 4);
    for (const char *line = comments; line != NULL; line = next_line(line))
        put_option(p, OPTION_COMMENT, line, strcspn(line, "\n"));
    put_option(p, OPTION_END, "", 0);
    put32(p, len);
    return p->error;
}

int pcapng_add_secrets(pcapng *p, const char *keylog)
{
    const size_t given = strlen(keylog);
    const size_t newline = given > 0 && keylog[given - 1] != '\n';
    const size_t secrets_len = given + newline;
    const size_t len = BLOCK_FRAME + 8 + secrets_len + padding(secrets_len);

    if (given > PCAPNG_SECRETS_MAX)
        return PCAPNG_ERR_TOO_LARGE;
    if (given == 0)
        return p->error;

    put32(p, BLOCK_SECRETS);
    put32(p, len);
    put32(p, SECRETS_TLS_KEY_LOG);
    put32(p, secrets_len);
    put(p, keylog, given);
    put(p, "\n", newline);
    put(p, "\0\0\0", padding(secrets_len));
    put32(p, len);
    return p->error;
}

int pcapng_close(pcapng *p, char *message)
{
    int error;

    flush(p);
    close_file(p);
    if (p->error == PCAPNG_OK && p->temporary != NULL && rename(p->temporary, p->path) != 0)
        fail(p, PCAPNG_ERR_RENAME);
    error = p->error;
    if (error != PCAPNG_OK) {
        explain(message, p->path, error, p->system_error);
        if (p->temporary != NULL)
            unlink(p->temporary);
    }
    free_capture(p);
    return error;
}

void pcapng_abort(pcapng *p)
{
    if (p == NULL)
        return;
    close_file(p);
    if (p->temporary != NULL)
        unlink(p->temporary);
    free_capture(p);
}
