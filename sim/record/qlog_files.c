/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/qlog_files.h"

#include "sim/record/output.h"
#include "sim/record/room.h"
#include "sim/record/timeline_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct qlog_file {
    struct qlog_file *next;
    uint32_t node;
    uint32_t connection;
    FILE *stream; /* NULL: finished */
    qlog_trace *trace;
    char name[128];
} qlog_file;

/* An entry of the timeline that has taken place. */
typedef struct marker {
    uint64_t at_ns;
    json_t *data;
    uint32_t node, to;
} marker;

struct qlog_files {
    qlog_files_options options;
    char *dir;
    qlog_file *first; /* the most recent one */
    json_t *about;    /* data of the scenario's event */
    marker *markers;
    size_t marker_count, marker_room;
    int failure; /* errno value of the first */
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
    int failure = 0;
    if (file->trace && !qlog_trace_is_whole(file->trace, &failure))
        fail(self, file->name, failure);
    qlog_trace_free(file->trace);
    file->trace = NULL;
    if (file->stream && fclose(file->stream) != 0)
        fail(self, file->name, errno);
    file->stream = NULL;
}

static qlog_file *find(const qlog_files *self, uint32_t node, uint32_t connection)
{
    for (qlog_file *file = self->first; file; file = file->next)
        if (file->node == node && file->connection == connection)
            return file;
    return NULL;
}

/* ---- The timeline ---- */

static bool is_member(const scenario *whole, uint32_t node)
{
    return node != SCENARIO_NONE && whole->nodes[node].group;
}

/* A group may have tens of thousands of members, and each a trace. */
static bool concerns(const qlog_files *self, const marker *at, uint32_t node)
{
    return !is_member(self->options.scenario, at->node) || at->node == node || at->to == node;
}

static void put_marker(const qlog_files *self, const marker *at, const qlog_file *file)
{
    if (file->trace && concerns(self, at, file->node))
        qlog_trace_event(file->trace, "simulation:marker", json_incref(at->data), at->at_ns);
}

/* What the entry says, in a few words: a remark as it is, else the values behind the verb. */
static json_t *words_of(const json_t *entry)
{
    const char *const remark = json_string_value(json_object_get(entry, "text"));
    char text[256] = "";
    size_t len = 0;
    const char *key;
    json_t *value;
    if (remark)
        return json_string(remark);
    json_object_foreach((json_t *)(uintptr_t)entry, key, value)
    {
        const char *const word = json_string_value(value);
        if (word && len < sizeof text)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "", word);
    }
    return json_string(text);
}

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    qlog_files *const self = ctx;
    json_t *const entry = json_object();
    marker *const more =
        room_for_one(self->markers, self->marker_count, &self->marker_room, sizeof *self->markers);
    self->markers = more ? more : self->markers;
    if (!more || !timeline_line_put(self->options.scenario, event, entry)) {
        fail(self, "", ENOMEM);
        json_decref(entry);
        return;
    }
    marker *const at = &self->markers[self->marker_count++];
    *at = (marker){.at_ns = now_ns, .node = event->node, .to = event->to, .data = json_object()};
    (void)json_object_set_new(at->data, "type", json_string(scenario_verb_name(event->verb)));
    (void)json_object_set_new(at->data, "message", words_of(entry));
    (void)json_object_set_new(at->data, "entry", entry);
    for (const qlog_file *file = self->first; file; file = file->next)
        put_marker(self, at, file);
}

/* ---- Traces ---- */

static bool append(void *ctx, const void *data, size_t len)
{
    return fwrite(data, 1, len, ctx) == len;
}

static void open_trace(qlog_files *self, qlog_file *file, bool dialled)
{
    const scenario *const whole = self->options.scenario;
    const qlog_trace_options options = {.form = self->options.form,
                                        .node = whole->nodes[file->node].name,
                                        .title = whole->name,
                                        .simulated = true,
                                        .dialled = dialled,
                                        .write = append,
                                        .ctx = file->stream};
    file->trace = qlog_trace_new(&options);
    if (!file->trace) {
        fail(self, file->name, ENOMEM);
        return;
    }
    qlog_trace_event(file->trace, "simulation:scenario", json_incref(self->about), 0);
    for (size_t i = 0; i < self->marker_count; i++)
        put_marker(self, &self->markers[i], file);
}

static qlog_file *open_file(qlog_files *self, uint32_t node, uint32_t connection, bool dialled)
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
    (void)snprintf(file->name, sizeof file->name, "%s-%u.sqlog", self->options.scenario->nodes[node].name,
                   connection);
    if (output_path(self->dir, file->name, path, message) != 0)
        fail(self, file->name, ENAMETOOLONG);
    else if (!(file->stream = fopen(path, "we")))
        fail(self, file->name, errno);
    if (file->stream)
        open_trace(self, file, dialled);
    file->next = self->first;
    self->first = file;
    return file;
}

static void on_qlog(void *ctx, uint32_t node, uint32_t connection, bool dialled, const roam_qlog *told)
{
    qlog_files *const self = ctx;
    if (self->failure)
        return;
    qlog_file *file = find(self, node, connection);
    if (!file)
        file = open_file(self, node, connection, dialled);
    if (!file || !file->trace)
        return;
    qlog_trace_take(file->trace, told);
    if (told->kind == ROAM_QLOG_RECORDS && told->last)
        finish(self, file);
}

static json_t *about_of(const qlog_files_options *options)
{
    const scenario *const whole = options->scenario;
    return json_pack("{s:s,s:{s:s,s:I,s:f}}", "name", whole->name, "details", "about", whole->about, "seed",
                     (json_int_t)options->seed, "duration", (double)whole->duration_ns / 1e6);
}

int qlog_files_new(const qlog_files_options *options, qlog_files **out)
{
    qlog_files *const self = calloc(1, sizeof *self);
    if (!self || !(self->dir = strdup(options->dir)) || !(self->about = about_of(options))) {
        free(self ? self->dir : NULL);
        free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    self->options = *options;
    *out = self;
    return 0;
}

observer qlog_files_observer(qlog_files *self)
{
    const bool wants_timeline = self->options.form == QLOG_CURRENT;
    return (observer){.ctx = self, .qlog = on_qlog, .timeline = wants_timeline ? on_timeline : NULL};
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
    for (size_t i = 0; i < self->marker_count; i++)
        json_decref(self->markers[i].data);
    free(self->markers);
    json_decref(self->about);
    free(self->dir);
    free(self);
    return failure;
}
