/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/plot/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOGS_MAX = 256, GROUP_MAX = 64, STREAMS_MAX = 64, SPANS_MAX = 256 };

/* ---- files ---- */

static bool group_of(const char *path, char group[GROUP_MAX])
{
    FILE *const from = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    group[0] = '\0';
    if (!from)
        return false;
    if (getline(&line, &room, from) > 0) {
        json_t *const head = json_loads(line + (line[0] == '\x1e'), 0, NULL);
        const char *text = NULL;
        if (head && json_unpack(head, "{s:{s:{s:s}}}", "trace", "common_fields", "group_id", &text) == 0)
            (void)snprintf(group, GROUP_MAX, "%s", text);
        json_decref(head);
    }
    free(line);
    (void)fclose(from);
    return true;
}

bool timeline_find_logs(const char *directory, const char *node, const char *peer, char *ours, char *theirs,
                        size_t size)
{
    char mine[GROUP_MAX];
    char other[GROUP_MAX];
    for (unsigned i = 1; i <= LOGS_MAX; i++) {
        (void)snprintf(ours, size, "%s/%s-%u.sqlog", directory, node, i);
        if (!group_of(ours, mine))
            return false;
        for (unsigned j = 1; mine[0] && j <= LOGS_MAX; j++) {
            (void)snprintf(theirs, size, "%s/%s-%u.sqlog", directory, peer, j);
            if (!group_of(theirs, other))
                break;
            if (strcmp(mine, other) == 0)
                return true;
        }
    }
    return false;
}

/* ---- bytes of a stream that came for the first time ---- */

typedef struct span {
    int64_t from;
    int64_t to;
} span;

typedef struct stream {
    int64_t id;
    span spans[SPANS_MAX]; /* ascending, apart */
    size_t count;
} stream;

/* Enters a span; how many of its bytes are new. Beyond SPANS_MAX holes the first one counts as filled. */
static int64_t add_span(stream *self, int64_t from, int64_t to)
{
    size_t first = 0;
    while (first < self->count && self->spans[first].to < from)
        first++;
    size_t after = first;
    span merged = {from, to};
    int64_t known = 0;
    for (; after < self->count && self->spans[after].from <= to; after++) {
        const span *const at = &self->spans[after];
        const int64_t low = at->from > from ? at->from : from;
        const int64_t high = at->to < to ? at->to : to;
        known += high > low ? high - low : 0;
        merged.from = at->from < merged.from ? at->from : merged.from;
        merged.to = at->to > merged.to ? at->to : merged.to;
    }
    if (after == first && self->count == SPANS_MAX) {
        self->spans[1].from = self->spans[0].from;
        memmove(self->spans, self->spans + 1, (SPANS_MAX - 1) * sizeof *self->spans);
        self->count--;
        return add_span(self, from, to);
    }
    memmove(self->spans + first + 1, self->spans + after, (self->count - after) * sizeof *self->spans);
    self->spans[first] = merged;
    self->count = self->count - (after - first) + 1;
    return to - from - known;
}

/* ---- one log ---- */

typedef struct reader {
    const timeline_log *log;
    double offset_s; /* of the log's clock; NAN until it is known */
    stream *streams;
    size_t stream_count;
    double *bins;
    size_t bin_count;
    bool moved;     /* statistics were set back since the move was asked for (RFC 9000 section 9.4) */
    double srtt_ms; /* as written last; < 0: nothing yet */
    double cwnd_kb;
    double written_s;
} reader;

static double number_of(const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void take_bytes(reader *self, double at_s, const json_t *frame)
{
    const json_t *const raw = json_object_get(frame, "raw"); /* qlog 0.3 has the length in the frame */
    const double id = number_of(frame, "stream_id");
    const double offset = number_of(frame, "offset");
    const double length = number_of(raw ? raw : frame, "length");
    size_t i = 0;
    if (isnan(id) || isnan(offset) || isnan(length))
        return;
    while (i < self->stream_count && self->streams[i].id != (int64_t)id)
        i++;
    int64_t fresh = (int64_t)length; /* of streams beyond the limit copies count too */
    if (i == self->stream_count && i < STREAMS_MAX)
        self->streams[self->stream_count++] = (stream){.id = (int64_t)id};
    if (i < STREAMS_MAX)
        fresh = add_span(&self->streams[i], (int64_t)offset, (int64_t)(offset + length));
    const double bin = floor((at_s - self->log->window.from_s) / TIMELINE_BIN_S);
    if (bin >= 0 && bin < (double)self->bin_count)
        self->bins[(size_t)bin] += (double)fresh;
}

/* Both ends hold the connection for up when its handshake is confirmed, and HANDSHAKE_DONE is sent and taken
 * then. */
static void take_clock(reader *self, double log_s, const json_t *frame)
{
    if (!isnan(self->offset_s) ||
        strcmp(json_string_value(json_object_get(frame, "frame_type")), "handshake_done") != 0)
        return;
    self->offset_s = isnan(self->log->up_s) ? 0 : self->log->up_s - log_s;
    self->offset_s = self->offset_s < 0.002 ? 0 : self->offset_s; /* a log counts whole milliseconds */
}

static void take_frames(reader *self, double log_s, const json_t *data, bool received)
{
    const json_t *const frames = json_object_get(data, "frames");
    for (size_t i = 0; i < json_array_size(frames); i++) {
        const json_t *const frame = json_array_get(frames, i);
        const char *const type = json_string_value(json_object_get(frame, "frame_type"));
        if (!type)
            continue;
        take_clock(self, log_s, frame);
        if (received && strcmp(type, "stream") == 0)
            take_bytes(self, log_s + (isnan(self->offset_s) ? 0 : self->offset_s), frame);
    }
}

static void take_statistics(reader *self, double at_s, const json_t *data)
{
    const double srtt = number_of(data, "smoothed_rtt");
    const double cwnd = number_of(data, "congestion_window") / 1e3;
    const bool sampled = !isnan(number_of(data, "min_rtt")); /* else SRTT is the initial RTT, not a sample */
    self->moved = self->moved || at_s >= self->log->commit_s ||
                  (!sampled && !isnan(self->log->commit_s) && at_s > self->log->requested_s - 0.001);
    const char *const path = self->moved ? "new" : "old";
    if (at_s < self->log->window.from_s || at_s > self->log->window.to_s ||
        (srtt == self->srtt_ms && cwnd == self->cwnd_kb && at_s - self->written_s < TIMELINE_BIN_S))
        return;
    (void)fprintf(self->log->to, "path-%s\t%.3f\t", path, at_s);
    if (!isnan(srtt) && sampled)
        (void)fprintf(self->log->to, "%g", srtt);
    (void)fprintf(self->log->to, "\t%g\t\t\n", cwnd);
    self->srtt_ms = srtt;
    self->cwnd_kb = cwnd;
    self->written_s = at_s;
}

/* As qlog 0.3 calls it, or as the current form does. */
static bool is_one_of(const char *name, const char *before, const char *now)
{
    return strcmp(name, before) == 0 || strcmp(name, now) == 0;
}

static void take_line(reader *self, const json_t *line)
{
    const char *const name = json_string_value(json_object_get(line, "name"));
    const json_t *const data = json_object_get(line, "data");
    const double log_s = number_of(line, "time") / 1e3;
    if (!name || isnan(log_s))
        return;
    if (is_one_of(name, "transport:packet_received", "quic:packet_received"))
        take_frames(self, log_s, data, true);
    else if (is_one_of(name, "transport:packet_sent", "quic:packet_sent"))
        take_frames(self, log_s, data, false);
    else if (is_one_of(name, "recovery:metrics_updated", "quic:recovery_metrics_updated") &&
             self->log->statistics)
        take_statistics(self, log_s + (isnan(self->offset_s) ? 0 : self->offset_s), data);
}

static void put_goodput(const reader *self)
{
    for (size_t i = 0; i < self->bin_count; i++)
        (void)fprintf(self->log->to, "%s\t%.3f\t\t\t%.6f\t\n", self->log->goodput,
                      self->log->window.from_s + (double)i * TIMELINE_BIN_S,
                      self->bins[i] * 8 / TIMELINE_BIN_S / 1e6);
}

bool timeline_read_log(const timeline_log *log)
{
    reader self = {.log = log, .offset_s = NAN, .srtt_ms = -1};
    char *text = NULL;
    size_t room = 0;
    FILE *const from = fopen(log->path, "r");
    self.bin_count = (size_t)ceil((log->window.to_s - log->window.from_s) / TIMELINE_BIN_S - 1e-6);
    self.bins = calloc(self.bin_count + 1, sizeof *self.bins);
    self.streams = calloc(STREAMS_MAX, sizeof *self.streams);
    const bool ready = from && self.bins && self.streams;
    while (ready && getline(&text, &room, from) > 0) {
        json_t *const line = json_loads(text + (text[0] == '\x1e'), 0, NULL);
        take_line(&self, line);
        json_decref(line);
    }
    const bool good = ready && !ferror(from);
    if (good)
        put_goodput(&self);
    free(text);
    free(self.bins);
    free(self.streams);
    if (from)
        (void)fclose(from);
    return good;
}
