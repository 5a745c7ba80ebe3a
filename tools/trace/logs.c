/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTT, congestion window and bytes in flight, as the .sqlog files have them, NODE-CONNECTION.sqlog.
 *
 * Their times are milliseconds. Where a file says that they are relative to an epoch, that is the start of
 * the run. In those of qlog 0.3 they are whole milliseconds since the connection began at that end; by
 * HANDSHAKE_DONE, with which both ends hold the connection for up, the beginning is found: the N-th log of a
 * node that has it is of the N-th peer_up there.
 */
#include "tools/trace/world.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGS_MAX = 256, LINE_BYTES_MAX = 1 << 20, SAMPLES_MAX = 1 << 20 };

typedef struct sample {
    double log_ms;
    double rtt_ms, cwnd, in_flight; /* NAN: not said */
} sample;

typedef struct reading {
    const trace_world *world;
    uint32_t node;
    uint32_t number; /* of the connection at the node, from 1 */
    uint32_t ups;    /* logs of the node with HANDSHAKE_DONE so far */
    bool of_epoch;
    double done_ms; /* of HANDSHAKE_DONE; NAN: not seen */
    sample *samples;
    size_t count;
    const char *path;
    char *message;
} reading;

static double number_of(const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool refuse(const reading *self, size_t line, const char *reason)
{
    (void)snprintf(self->message, TRACE_MESSAGE_MAX, "%.4000s:%zu: %.200s", self->path, line, reason);
    return false;
}

static void take_head(reading *self, const json_t *line)
{
    const json_t *const common = json_object_get(json_object_get(line, "trace"), "common_fields");
    const char *const format = explain_text(common, "time_format");
    self->of_epoch = format && strcmp(format, "relative_to_epoch") == 0;
}

static void take_done(reading *self, double log_ms, const json_t *data)
{
    const json_t *const frames = json_object_get(data, "frames");
    for (size_t i = 0; isnan(self->done_ms) && i < json_array_size(frames); i++) {
        const char *const type = explain_text(json_array_get(frames, i), "frame_type");
        if (type && strcmp(type, "handshake_done") == 0)
            self->done_ms = log_ms;
    }
}

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static bool take_line(reading *self, const json_t *line, size_t number)
{
    const char *const name = explain_text(line, "name");
    const json_t *const data = json_object_get(line, "data");
    const double log_ms = number_of(line, "time");
    if (!name || isnan(log_ms))
        return true;
    if (ends_with(name, ":packet_sent") || ends_with(name, ":packet_received"))
        take_done(self, log_ms, data);
    if (!ends_with(name, "metrics_updated"))
        return true;
    if (self->count == SAMPLES_MAX)
        return refuse(self, number, "more updates of metrics than are read");
    if (!explain_grow((void **)&self->samples, self->count, sizeof *self->samples))
        return refuse(self, number, "out of memory");
    /* Before the first sample SRTT is the initial RTT (RFC 9002 section 6.2.2). */
    const bool sampled = !isnan(number_of(data, "min_rtt")) || self->of_epoch;
    self->samples[self->count++] = (sample){.log_ms = log_ms,
                                            .rtt_ms = sampled ? number_of(data, "smoothed_rtt") : NAN,
                                            .cwnd = number_of(data, "congestion_window"),
                                            .in_flight = number_of(data, "bytes_in_flight")};
    return true;
}

/* A last line that is cut off is passed over, as the run was. */
static bool read_lines(reading *self, FILE *from)
{
    char *text = NULL;
    size_t room = 0;
    size_t number = 0;
    bool good = true;
    while (good && getline(&text, &room, from) > 0) {
        json_error_t error;
        const bool whole = strchr(text, '\n') != NULL;
        number++;
        if (room > LINE_BYTES_MAX) {
            good = refuse(self, number, "a line is longer than any of a log");
            break;
        }
        json_t *const line = json_loads(text + (text[0] == '\x1e'), 0, &error);
        if (!line && whole)
            good = refuse(self, number, error.text);
        else if (line && number == 1)
            take_head(self, line);
        else if (line)
            good = take_line(self, line, number);
        json_decref(line);
    }
    free(text);
    return good;
}

/* ---- the clock ---- */

/* EXPLAIN_NEVER: the node has had no such peer_up. */
static uint64_t up_ns(const reading *self, uint32_t number)
{
    const explain_run *const run = self->world->run;
    for (size_t i = 0; i < run->event_count; i++) {
        const explain_event *const event = &run->events[i];
        if ((strcmp(event->name, "peer_up") == 0 || strcmp(event->name, "channel_up") == 0) &&
            explain_run_node(run, explain_text(event->line, "node")) == self->node && number-- == 1)
            return event->at_ns;
    }
    return EXPLAIN_NEVER;
}

/* When the log's time is 0; NAN: it cannot be known. */
static double start_ns(reading *self)
{
    if (self->of_epoch)
        return 0;
    if (isnan(self->done_ms))
        return NAN;
    const uint64_t at_ns = up_ns(self, ++self->ups);
    if (at_ns == EXPLAIN_NEVER)
        return NAN;
    const double start = (double)at_ns - self->done_ms * 1e6;
    return start < 2e6 ? 0 : start; /* a log counts whole milliseconds */
}

/* ---- counters ---- */

static void put(const reading *self, uint64_t at_ns, const char *what, double value, double *before)
{
    char name[TRACE_NAME_MAX];
    if (isnan(value) || value == *before)
        return;
    *before = value;
    (void)snprintf(name, sizeof name, "%s, connection %u", what, self->number);
    trace_counter(self->world->document, self->world->nodes[self->node], at_ns, name, value);
}

static void put_samples(reading *self)
{
    const double start = start_ns(self);
    double rtt = NAN;
    double cwnd = NAN;
    double in_flight = NAN;
    for (size_t i = 0; !isnan(start) && i < self->count; i++) {
        const sample *const one = &self->samples[i];
        const double at = start + one->log_ms * 1e6;
        if (!(at >= 0 && at < 9e15)) /* 2^53 */
            continue;
        const uint64_t at_ns = (uint64_t)llround(at);
        put(self, at_ns, "smoothed RTT (ms)", one->rtt_ms, &rtt);
        put(self, at_ns, "congestion window (bytes)", one->cwnd, &cwnd);
        put(self, at_ns, "bytes in flight", one->in_flight, &in_flight);
    }
}

/* Whether there is such a log in *found. */
static bool read_log(reading *self, bool *found)
{
    FILE *const from = fopen(self->path, "re");
    *found = from != NULL;
    if (!from)
        return errno == ENOENT || refuse(self, 0, strerror(errno));
    self->count = 0;
    self->done_ms = NAN;
    self->of_epoch = false;
    const bool good = read_lines(self, from);
    (void)fclose(from);
    if (good)
        put_samples(self);
    return good;
}

bool trace_tell_logs(const trace_world *world, const char *dir, char *message)
{
    bool good = true;
    for (uint32_t node = 0; good && node < world->run->node_count; node++) {
        reading self = {.world = world, .node = node};
        bool found = true;
        self.message = message;
        for (uint32_t i = 1; good && found && i <= LOGS_MAX; i++) {
            char path[4096];
            const int len =
                snprintf(path, sizeof path, "%s/%s-%u.sqlog", dir, world->run->nodes[node].name, i);
            self.number = i;
            self.path = path;
            found = len > 0 && (size_t)len < sizeof path;
            good = !found || read_log(&self, &found);
        }
        free(self.samples);
    }
    return good;
}
