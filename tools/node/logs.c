/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* O_DIRECTORY */
#include "tools/node/logs.h"

#include "tools/cli/command.h"
#include "tools/node/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_MAX_FILES = 64, NAME_BYTES = 128 };

typedef struct trace {
    uint32_t connection;
    node_output out; /* without a file: free */
} trace;

struct node_logs {
    node_output keylog;
    int directory; /* -1: no qlog */
    const char *directory_name, *node;
    bool lost;
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
    self->directory_name = qlog_directory;
    self->node = node;
    *out = self;
    if (keylog_file) {
        node_output_init(&self->keylog, open_for_owner(AT_FDCWD, keylog_file, O_APPEND), keylog_file);
        failed = self->keylog.file ? NULL : keylog_file;
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

/* Closes it, and records whether all of it was written. */
static void close_output(node_logs *logs, node_output *out)
{
    node_output_close(out);
    logs->lost = logs->lost || out->lost;
}

bool node_logs_close(node_logs *logs)
{
    if (!logs)
        return true;
    for (size_t i = 0; i < OPEN_MAX_FILES; i++)
        close_output(logs, &logs->traces[i].out);
    close_output(logs, &logs->keylog);
    if (logs->directory >= 0)
        (void)close(logs->directory);
    const bool whole = !logs->lost;
    free(logs);
    return whole;
}

void node_logs_key(node_logs *logs, const char *line)
{
    (void)fprintf(logs->keylog.file, "%s\n", line);
    node_output_check(&logs->keylog, true);
}

static trace *trace_of(node_logs *logs, uint32_t connection)
{
    trace *unused = NULL;
    for (size_t i = 0; i < OPEN_MAX_FILES; i++) {
        trace *const t = &logs->traces[i];
        if (t->out.file && t->connection == connection)
            return t;
        if (!t->out.file)
            unused = t;
    }
    if (!unused)
        return NULL;
    char name[NAME_BYTES], path[NODE_OUTPUT_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s-%u.sqlog", logs->node, connection);
    (void)snprintf(path, sizeof path, "%s/%s", logs->directory_name, name);
    node_output_init(&unused->out, open_for_owner(logs->directory, name, O_TRUNC), path);
    unused->connection = connection;
    if (unused->out.file)
        return unused;
    if (!logs->lost)
        node_output_complain(path, "the trace of the connection is lost");
    logs->lost = true;
    return NULL;
}

void node_logs_qlog(node_logs *logs, uint32_t connection, const void *data, size_t len, bool last)
{
    trace *const t = trace_of(logs, connection);
    if (!t)
        return;
    (void)fwrite(data, 1, len, t->out.file);
    node_output_check(&t->out, false);
    if (last)
        close_output(logs, &t->out);
}
