/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* O_DIRECTORY */
#include "tools/node/logs.h"

#include "sim/qlog/qlog.h"
#include "tools/cli/command.h"
#include "tools/node/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_MAX_FILES = 64, NAME_BYTES = 128 };

typedef struct trace {
    uint32_t connection;
    node_output out;  /* without a file: free */
    qlog_trace *qlog; /* NULL: no memory for it */
} trace;

struct node_logs {
    node_output keylog;
    int directory; /* -1: no qlog */
    const char *directory_name, *node;
    qlog_form form;
    uint64_t epoch_ns;   /* times of all traces are since the first record, which had */
    char wall_clock[32]; /* ... this time of day; "": there was none yet */
    bool lost;
    trace traces[OPEN_MAX_FILES];
};

static FILE *open_for_owner(int directory, const char *path, int flags)
{
    const int fd = openat(directory, path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    return fd < 0 ? NULL : fdopen(fd, "a");
}

int node_logs_new(const node_logs_options *options, node_logs **out)
{
    const char *const keylog_file = options->keylog_file, *const qlog_directory = options->qlog_directory;
    const char *failed = NULL;
    node_logs *const self = calloc(1, sizeof *self);
    if (!self)
        return COMMAND_BROKEN;
    self->directory = -1;
    self->directory_name = qlog_directory;
    self->node = options->node;
    self->form = options->form;
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

static void close_trace(node_logs *logs, trace *t);

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
        close_trace(logs, &logs->traces[i]);
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

static void close_trace(node_logs *logs, trace *t)
{
    int failure = 0;
    if (t->qlog && !qlog_trace_is_whole(t->qlog, &failure))
        logs->lost = true;
    qlog_trace_free(t->qlog);
    t->qlog = NULL;
    close_output(logs, &t->out);
}

/* What fails is found by node_output_check: a file may take more later. */
static bool append(void *ctx, const void *data, size_t len)
{
    (void)fwrite(data, 1, len, ctx);
    return true;
}

static void begin(node_logs *logs, trace *t, bool dialled, uint64_t now_ns)
{
    if (!logs->wall_clock[0]) {
        const time_t now = time(NULL);
        struct tm parts;
        logs->epoch_ns = now_ns;
        (void)strftime(logs->wall_clock, sizeof logs->wall_clock, "%Y-%m-%dT%H:%M:%SZ",
                       gmtime_r(&now, &parts));
    }
    t->qlog = qlog_trace_new(&(qlog_trace_options){.form = logs->form,
                                                   .node = logs->node,
                                                   .wall_clock = logs->wall_clock,
                                                   .dialled = dialled,
                                                   .epoch_ns = logs->epoch_ns,
                                                   .write = append,
                                                   .ctx = t->out.file});
    if (!t->qlog)
        node_output_complain(t->out.name, "the trace of the connection is lost");
    logs->lost = logs->lost || !t->qlog;
}

static trace *trace_of(node_logs *logs, uint32_t connection, bool dialled, uint64_t now_ns)
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
    if (unused->out.file) {
        begin(logs, unused, dialled, now_ns);
        return unused;
    }
    if (!logs->lost)
        node_output_complain(path, "the trace of the connection is lost");
    logs->lost = true;
    return NULL;
}

void node_logs_qlog(node_logs *logs, uint32_t connection, bool dialled, const roam_qlog *told)
{
    trace *const t = trace_of(logs, connection, dialled, told->now_ns);
    if (!t)
        return;
    if (t->qlog)
        qlog_trace_take(t->qlog, told);
    node_output_check(&t->out, false);
    if (told->kind == ROAM_QLOG_RECORDS && told->last)
        close_trace(logs, t);
}
