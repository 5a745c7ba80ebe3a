/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/qlog_files.h"

#include "sim/record/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct qlog_file {
    struct qlog_file *next;
    uint32_t node;
    uint32_t connection;
    FILE *stream; /* NULL: finished */
    char name[128];
} qlog_file;

struct qlog_files {
    char *dir;
    const scenario *scenario;
    qlog_file *first; /* the most recent one */
    int failure;      /* errno value of the first */
    char failed_name[128];
};

static void fail(qlog_files *self, const char *name, int failure)
{
    if (self->failure)
        return;
    self->failure = failure ? failure : EIO;
    (void)snprintf(self->failed_name, sizeof self->failed_name, "%s", name);
}

static void finish(qlog_files *self, qlog_file *file)
{
    if (file->stream && fclose(file->stream) != 0)
        fail(self, file->name, errno);
    file->stream = NULL;
}

static qlog_file *find(qlog_files *self, uint32_t node, uint32_t connection)
{
    for (qlog_file *file = self->first; file; file = file->next)
        if (file->node == node && file->connection == connection)
            return file;
    return NULL;
}

static qlog_file *open_file(qlog_files *self, uint32_t node, uint32_t connection)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    qlog_file *const file = calloc(1, sizeof *file);
    if (!file) {
        fail(self, "", ENOMEM);
        return NULL;
    }
    file->node = node;
    file->connection = connection;
    (void)snprintf(file->name, sizeof file->name, "%s-%u.sqlog", self->scenario->nodes[node].name,
                   connection);
    if (output_path(self->dir, file->name, path, message) != 0)
        fail(self, file->name, ENAMETOOLONG);
    else if (!(file->stream = fopen(path, "we")))
        fail(self, file->name, errno);
    file->next = self->first;
    self->first = file;
    return file;
}

static void on_qlog(void *ctx, uint32_t node, uint32_t connection, bool dialled, const void *data, size_t len,
                    bool last)
{
    qlog_files *const self = ctx;
    (void)dialled;
    if (self->failure)
        return;
    qlog_file *file = find(self, node, connection);
    if (!file)
        file = open_file(self, node, connection);
    if (!file || !file->stream)
        return;
    if (len > 0 && fwrite(data, 1, len, file->stream) != len)
        fail(self, file->name, errno);
    if (last)
        finish(self, file);
}

int qlog_files_new(const char *dir, const scenario *whole, qlog_files **out)
{
    qlog_files *const self = calloc(1, sizeof *self);
    if (!self || !(self->dir = strdup(dir))) {
        free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    self->scenario = whole;
    *out = self;
    return 0;
}

observer qlog_files_observer(qlog_files *self)
{
    return (observer){.ctx = self, .qlog = on_qlog};
}

int qlog_files_close(qlog_files *self, char *message)
{
    if (!self)
        return 0;
    while (self->first) {
        qlog_file *const file = self->first;
        self->first = file->next;
        finish(self, file);
        free(file);
    }
    const int failure = self->failure;
    if (failure)
        (void)snprintf(message, QLOG_FILES_MESSAGE_MAX, "%s/%s: %s", self->dir, self->failed_name,
                       strerror(failure));
    free(self->dir);
    free(self);
    return failure;
}
