/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/keys.h"

#include "core/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEX_DIGITS = 2 * ROAM_KEY_BYTES,
    PIN_FILE_MAX = 4 << 20, /* bytes */
    PATH_BYTES = 4096
};

__attribute__((format(printf, 2, 3))) static int fail(live_message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return ROAM_ERR_INVALID_ARGUMENT;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool read_hex(const char *text, uint8_t key[ROAM_KEY_BYTES])
{
    for (size_t i = 0; i < ROAM_KEY_BYTES; i++) {
        const int high = hex_value(text[2 * i]);
        const int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void write_hex(const uint8_t key[ROAM_KEY_BYTES], char text[HEX_DIGITS + 1])
{
    for (size_t i = 0; i < ROAM_KEY_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* ---- Key files ---- */

static int read_key(int fd, const char *path, uint8_t seed[ROAM_KEY_BYTES], live_message *message)
{
    struct stat info;
    char text[HEX_DIGITS + 2];
    if (fstat(fd, &info) || !S_ISREG(info.st_mode))
        return fail(message, "%s: not a regular file", path);
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return fail(message, "%s: open to others than its owner (mode %04o); say: chmod 600 %s", path,
                    (unsigned)(info.st_mode & 07777), path);
    const ssize_t n = read(fd, text, sizeof text);
    const bool whole = n == HEX_DIGITS || (n == HEX_DIGITS + 1 && text[HEX_DIGITS] == '\n');
    if (!whole || !read_hex(text, seed))
        return fail(message, "%s:1: expected %d hexadecimal digits and nothing else", path, HEX_DIGITS);
    return 0;
}

/* Writes the new key beside its place and links it there: link, unlike rename, spares a key that another
 * process has just put there. */
static int make_key(const char *path, live_message *message)
{
    uint8_t seed[ROAM_KEY_BYTES];
    uint64_t salt;
    char text[HEX_DIGITS + 2];
    char temporary[PATH_BYTES];
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed ||
        getrandom(&salt, sizeof salt, 0) != (ssize_t)sizeof salt)
        return fail(message, "%s: no random bytes: %s", path, strerror(errno));
    const int len = snprintf(temporary, sizeof temporary, "%s.new-%016llx", path, (unsigned long long)salt);
    if (len < 0 || (size_t)len >= sizeof temporary)
        return fail(message, "%.64s...: the path is too long", path);
    write_hex(seed, text);
    text[HEX_DIGITS] = '\n';
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(message, "%s: %s", path, strerror(errno));
    int rv = 0;
    if (!write_all(fd, text, HEX_DIGITS + 1) || fsync(fd))
        rv = fail(message, "%s: %s", path, strerror(errno));
    (void)close(fd);
    if (rv == 0 && link(temporary, path) && errno != EEXIST)
        rv = fail(message, "%s: %s", path, strerror(errno));
    (void)unlink(temporary);
    return rv;
}

int live_key_file_load(const char *path, uint8_t seed[ROAM_KEY_BYTES], live_message *message)
{
    uint8_t read_seed[ROAM_KEY_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        const int rv = make_key(path, message);
        if (rv)
            return rv;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd < 0)
        return fail(message, "%s: %s", path, strerror(errno));
    const int rv = read_key(fd, path, read_seed, message);
    (void)close(fd);
    if (rv == 0)
        memcpy(seed, read_seed, sizeof read_seed);
    return rv;
}

/* ---- Pin files ---- */

typedef struct pin {
    struct pin *next;
    uint8_t key[ROAM_KEY_BYTES];
    char name[ROAM_NAME_MAX + 1];
} pin;

typedef struct pin_reader {
    const char *path;
    unsigned line;
    core_map by_name;
    pin *pins;
    roam_node *node;
    live_message *message;
} pin_reader;

static int no_memory(live_message *message)
{
    (void)fail(message, "out of memory");
    return ROAM_ERR_NO_MEMORY;
}

static int remember(pin_reader *self, const char *name, const uint8_t key[ROAM_KEY_BYTES])
{
    const size_t len = strlen(name);
    const pin *const known = core_map_get(&self->by_name, name, len);
    if (known && memcmp(known->key, key, ROAM_KEY_BYTES) != 0)
        return fail(self->message, "%s:%u: another key for '%s' than on an earlier line", self->path,
                    self->line, name);
    if (known)
        return 0;
    pin *const added = calloc(1, sizeof *added);
    if (!added)
        return no_memory(self->message);
    memcpy(added->name, name, len + 1);
    memcpy(added->key, key, ROAM_KEY_BYTES);
    if (core_map_add(&self->by_name, added->name, len, added)) {
        free(added);
        return no_memory(self->message);
    }
    added->next = self->pins;
    self->pins = added;
    return 0;
}

static int take_line(pin_reader *self, char *line, size_t len)
{
    uint8_t key[ROAM_KEY_BYTES];
    if (len > 0 && line[len - 1] == '\n')
        line[--len] = '\0';
    if (len == 0 || line[0] == '#')
        return 0;
    char *const space = strchr(line, ' ');
    if (strlen(line) != len || !space || strlen(space + 1) != HEX_DIGITS || !read_hex(space + 1, key))
        return fail(self->message, "%s:%u: expected NAME, a space and %d hexadecimal digits", self->path,
                    self->line, HEX_DIGITS);
    *space = '\0';
    if (strlen(line) > ROAM_NAME_MAX)
        return fail(self->message, "%s:%u: a name of more than %d bytes", self->path, self->line,
                    ROAM_NAME_MAX);
    int rv = remember(self, line, key);
    if (rv)
        return rv;
    rv = roam_node_pin(self->node, line, key);
    if (rv == ROAM_ERR_NO_MEMORY)
        return no_memory(self->message);
    return rv ? fail(self->message, "%s:%u: not the name of a node", self->path, self->line) : 0;
}

static int read_pins(pin_reader *self, FILE *file)
{
    struct stat info;
    char *line = NULL;
    size_t capacity = 0;
    int rv = 0;
    if (fstat(fileno(file), &info) || !S_ISREG(info.st_mode))
        return fail(self->message, "%s: not a regular file", self->path);
    if (info.st_size > PIN_FILE_MAX)
        return fail(self->message, "%s: more than %d bytes", self->path, PIN_FILE_MAX);
    for (ssize_t n; rv == 0 && (n = getline(&line, &capacity, file)) > 0;) {
        self->line++;
        rv = take_line(self, line, (size_t)n);
    }
    if (rv == 0 && ferror(file))
        rv = fail(self->message, "%s: %s", self->path, strerror(errno));
    free(line);
    return rv;
}

int live_pin_file_load(const char *path, roam_node *node, live_message *message)
{
    pin_reader self = {.path = path, .node = node, .message = message};
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    FILE *const file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file) {
        const int rv = fail(message, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return rv;
    }
    core_map_init(&self.by_name, 0);
    const int rv = read_pins(&self, file);
    (void)fclose(file);
    core_map_fini(&self.by_name);
    while (self.pins) {
        pin *const next = self.pins->next;
        free(self.pins);
        self.pins = next;
    }
    return rv;
}

/* Whether the last line lacks its newline, as some editors leave it. */
static bool ends_within_line(int fd)
{
    char last;
    const off_t size = lseek(fd, 0, SEEK_END);
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

int live_pin_file_add(const char *path, const char *name, const uint8_t key[ROAM_KEY_BYTES],
                      live_message *message)
{
    char hex[HEX_DIGITS + 1];
    char line[ROAM_NAME_MAX + HEX_DIGITS + 8];
    int rv = 0;
    const int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(message, "%s: %s", path, strerror(errno));
    write_hex(key, hex);
    const int len = snprintf(line, sizeof line, "%s%s %s\n", ends_within_line(fd) ? "\n" : "", name, hex);
    if (len < 0 || (size_t)len >= sizeof line)
        rv = fail(message, "%s: a name of more than %d bytes", path, ROAM_NAME_MAX);
    else if (write(fd, line, (size_t)len) != len || fsync(fd))
        rv = fail(message, "%s: %s", path, strerror(errno));
    (void)close(fd);
    return rv;
}
