/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* O_DIRECTORY */
#include "tools/node_logs.h"

#include "tools/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_MAX_FILES = 64, NAME_BYTES = 128 };

typedef struct trace {
    uint32_t connection;
    FILE *file; /* NULL: free */
} trace;

struct node_logs {
    FILE *keylog;
    int directory; /* -1: no qlog */
    const char *node;
    trace traces[OPEN_MAX_FILES];
};

static FILE *open_for_owner(int directory, const char *path, int flags)
{
    const int fd = openat(directory, path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    return fd < 0 ? NULL : fdopen(fd, "a");
}

int node_logs_new(const char *keylog_file, const char *qlog_directory, const char *node, node_logs **out)
{
    const char *failed = NULL;
    node_logs *const self = calloc(1, sizeof *self);
    if (!self)
        return COMMAND_BROKEN;
    self->directory = -1;
    self->node = node;
    *out = self;
    if (keylog_file) {
        self->keylog = open_for_owner(AT_FDCWD, keylog_file, O_APPEND);
        failed = self->keylog ? NULL : keylog_file;
    }
    if (qlog_directory && !failed) {
        self->directory = open(qlog_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        failed = self->directory >= 0 ? NULL : qlog_directory;
    }
    if (!failed)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam node: %s: %s\n", failed, strerror(errno));
    return COMMAND_BROKEN;
}

void node_logs_free(node_logs *logs)
{
    if (!logs)
        return;
    for (size_t i = 0; i < OPEN_MAX_FILES; i++) {
        if (logs->traces[i].file)
            (void)fclose(logs->traces[i].file);
    }
    if (logs->keylog)
        (void)fclose(logs->keylog);
    if (logs->directory >= 0)
        (void)close(logs->directory);
    free(logs);
}

void node_logs_key(node_logs *logs, const char *line)
{
    (void)fprintf(logs->keylog, "%s\n", line);
    (void)fflush(logs->keylog);
}

static trace *trace_of(node_logs *logs, uint32_t connection)
{
    trace *unused = NULL;
    for (size_t i = 0; i < OPEN_MAX_FILES; i++) {
        trace *const t = &logs->traces[i];
        if (t->file && t->connection == connection)
            return t;
        if (!t->file)
            unused = t;
    }
    if (!unused)
        return NULL;
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s-%u.sqlog", logs->node, connection);
    unused->file = open_for_owner(logs->directory, name, O_TRUNC);
    unused->connection = connection;
    return unused->file ? unused : NULL;
}

void node_logs_qlog(node_logs *logs, uint32_t connection, const void *data, size_t len, bool last)
{
    trace *const t = trace_of(logs, connection);
    if (!t)
        return;
    (void)fwrite(data, 1, len, t->file);
    if (last) {
        (void)fclose(t->file);
        t->file = NULL;
    }
}
