/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/output.h"

#include "sim/record/events.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((format(printf, 3, 4))) static int failure(char *message, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, OUTPUT_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return error;
}

static bool ends_with(const char *name, const char *end)
{
    const size_t len = strlen(name);
    const size_t end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static bool is_name_of_a_run(const char *name)
{
    static const char *const names[] = {"summary.json",       "timing.json",      "events.jsonl",
                                        "packets.pcapng",     "summary.json.tmp", "timing.json.tmp",
                                        "packets.pcapng.tmp", "overlay.csv",      "overlay.csv.tmp",
                                        "trace.json",         "trace.json.tmp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return ends_with(name, ".sqlog") || (strncmp(name, "packets-", 8) == 0 &&
                                         (ends_with(name, ".pcapng") || ends_with(name, ".pcapng.tmp")));
}

int output_path(const char *dir, const char *name, char *path, char *message)
{
    const int len = snprintf(path, OUTPUT_PATH_MAX, "%s/%s", dir, name);
    if (len < 0 || len >= OUTPUT_PATH_MAX)
        return failure(message, OUTPUT_ERR_SYSTEM, "%.100s...: %s", dir, strerror(ENAMETOOLONG));
    return 0;
}

/* Whether events.jsonl is there and begins as ours does, as far as it goes: a disk that was full may have
 * left an empty one. */
static bool is_marked(int dir_fd)
{
    char line[sizeof EVENTS_FIRST_LINE] = "";
    const int fd = openat(dir_fd, "events.jsonl", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    const ssize_t len = read(fd, line, sizeof EVENTS_FIRST_LINE - 1);
    (void)close(fd);
    return len >= 0 && strncmp(line, EVENTS_FIRST_LINE, (size_t)len) == 0;
}

/* Whether that is a directory with events.jsonl of ours, or one with such directories. */
static bool holds_run(int dir_fd, const char *name)
{
    const int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    bool holds = fd >= 0 && is_marked(fd);
    DIR *const stream = fd >= 0 && !holds ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    while (stream && !holds && (entry = readdir(stream)) != NULL) {
        const int inner = entry->d_name[0] == '.'
                              ? -1
                              : openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        holds = inner >= 0 && is_marked(inner);
        if (inner >= 0)
            (void)close(inner);
    }
    if (stream)
        (void)closedir(stream);
    else if (fd >= 0)
        (void)close(fd);
    return holds;
}

/* REFUSED at the first entry that no run has made; counts those that one may have. */
static int look(DIR *stream, const char *dir, size_t *entries, char *message)
{
    const struct dirent *entry;
    struct stat status;
    *entries = 0;
    for (errno = 0; (entry = readdir(stream)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ++*entries;
        if (!is_name_of_a_run(entry->d_name) ||
            fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode)) {
            if (!is_name_of_a_run(entry->d_name) && holds_run(dirfd(stream), entry->d_name))
                return failure(
                    message, OUTPUT_ERR_REFUSED,
                    "%s: holds '%s' of several runs, and this is one run; choose another directory", dir,
                    entry->d_name);
            return failure(message, OUTPUT_ERR_REFUSED,
                           "%s: holds '%s', which is not of an earlier run; choose another directory", dir,
                           entry->d_name);
        }
    }
    if (errno != 0)
        return failure(message, OUTPUT_ERR_SYSTEM, "%s: %s", dir, strerror(errno));
    if (*entries > 0 && !is_marked(dirfd(stream)))
        return failure(
            message, OUTPUT_ERR_REFUSED,
            "%s: is not empty, and has no events.jsonl of an earlier run; choose another directory", dir);
    return 0;
}

/* The summary goes first, so that none stands beside what it does not describe; the mark goes last, so that
 * what is left after a failure can be replaced. */
static int clear(DIR *stream, const char *dir, char *message)
{
    const struct dirent *entry;
    const int fd = dirfd(stream);
    if (unlinkat(fd, "summary.json", 0) != 0 && errno != ENOENT)
        return failure(message, OUTPUT_ERR_SYSTEM, "%s/summary.json: %s", dir, strerror(errno));
    rewinddir(stream);
    while ((entry = readdir(stream)) != NULL) {
        if (!is_name_of_a_run(entry->d_name) || strcmp(entry->d_name, "events.jsonl") == 0)
            continue;
        if (unlinkat(fd, entry->d_name, 0) != 0 && errno != ENOENT)
            return failure(message, OUTPUT_ERR_SYSTEM, "%s/%s: %s", dir, entry->d_name, strerror(errno));
    }
    return 0;
}

static int make_directories(const char *dir, char *message)
{
    char path[OUTPUT_PATH_MAX];
    const size_t len = strlen(dir);
    if (len == 0)
        return failure(message, OUTPUT_ERR_SYSTEM, "an empty name is not a directory");
    if (len >= sizeof path)
        return failure(message, OUTPUT_ERR_SYSTEM, "%.100s...: %s", dir, strerror(ENAMETOOLONG));
    memcpy(path, dir, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return failure(message, OUTPUT_ERR_SYSTEM, "%s: %s", path, strerror(errno));
        path[i] = dir[i];
    }
    return 0;
}

/* What opendir failed with: nothing there is good, a file in the way is not. */
static int missing(const char *dir, char *message)
{
    const int error = errno == ENOTDIR ? OUTPUT_ERR_REFUSED : OUTPUT_ERR_SYSTEM;
    return errno == ENOENT ? 0 : failure(message, error, "%s: %s", dir, strerror(errno));
}

int output_check_several(const char *dir, char *message)
{
    DIR *const stream = opendir(dir);
    if (!stream)
        return missing(dir, message);
    const bool is_run = is_marked(dirfd(stream));
    (void)closedir(stream);
    return is_run ? failure(message, OUTPUT_ERR_REFUSED,
                            "%s: holds one run, and these are several; choose another directory", dir)
                  : 0;
}

int output_check(const char *dir, char *message)
{
    size_t entries;
    DIR *const stream = opendir(dir);
    if (!stream)
        return missing(dir, message);
    const int result = look(stream, dir, &entries, message);
    (void)closedir(stream);
    return result;
}

int output_prepare(const char *dir, char *message)
{
    size_t entries;
    int result = make_directories(dir, message);
    if (result != 0)
        return result;
    DIR *const stream = opendir(dir);
    if (!stream)
        return failure(message, OUTPUT_ERR_SYSTEM, "%s: %s", dir, strerror(errno));
    result = look(stream, dir, &entries, message);
    if (result == 0 && entries > 0)
        result = clear(stream, dir, message);
    (void)closedir(stream);
    return result;
}

static int write_all(const char *path, const char *text, char *message)
{
    FILE *const stream = fopen(path, "we");
    int error = 0;
    if (!stream)
        return failure(message, OUTPUT_ERR_SYSTEM, "%s: %s", path, strerror(errno));
    if (fputs(text, stream) == EOF)
        error = errno;
    if (fclose(stream) != 0 && error == 0)
        error = errno;
    return error == 0 ? 0 : failure(message, OUTPUT_ERR_SYSTEM, "%s: %s", path, strerror(error));
}

int output_write(const char *path, const char *text, char *message)
{
    char temporary[OUTPUT_PATH_MAX];
    const int len = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (len < 0 || len >= (int)sizeof temporary)
        return failure(message, OUTPUT_ERR_SYSTEM, "%.100s...: %s", path, strerror(ENAMETOOLONG));
    int result = write_all(temporary, text, message);
    if (result == 0 && rename(temporary, path) != 0)
        result = failure(message, OUTPUT_ERR_SYSTEM, "%s: %s", path, strerror(errno));
    if (result != 0)
        (void)unlink(temporary);
    return result;
}
