/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One migration of a run: what summary.json, events.jsonl and the .sqlog files of both ends say of it. */
#include "tools/plot/timeline.h"

#include "tools/cli/command.h"
#include "tools/cli/parts.h"
#include "tools/cli/table.h"
#include "tools/plot/kinds.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, EVENTS_MAX = 26 };

#define BEFORE_S 1.0
#define AFTER_S 2.0
#define NEAR 0.012 /* of the window: letters this near share a place */

typedef struct event {
    double at_s;
    char text[128];
} event;

typedef struct timeline {
    plot_figure *figure;
    const plot_options *options;
    json_t *summary;
    const char *node;
    const char *peer;
    timeline_window window;
    const json_t *migration;
    double requested_s;
    double commit_s; /* NAN: the move failed */
    event events[EVENTS_MAX];
    size_t event_count;
    size_t events_left_out;
    double up_s[2]; /* when node and peer first knew each other; NAN: never */
} timeline;

__attribute__((format(printf, 3, 4))) static int refuse(const timeline *self, int status, const char *format,
                                                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(self->figure->message, PLOT_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return status;
}

static double seconds_of(const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    return json_is_integer(value) ? (double)json_integer_value(value) / 1e9 : NAN;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ---- which migration ---- */

static const json_t *find_migration(const timeline *self)
{
    const json_t *const all = json_object_get(self->summary, "migrations");
    const json_t *first = NULL;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *const at = json_array_get(all, i);
        if (self->options->label && strcmp(text_of(at, "label"), self->options->label) != 0)
            continue;
        first = first ? first : at;
        if (strcmp(text_of(at, "result"), "ok") == 0)
            return at;
    }
    return first;
}

static bool between(const json_t *flow, const char *a, const char *b)
{
    return strcmp(text_of(flow, "from"), a) == 0 && strcmp(text_of(flow, "to"), b) == 0;
}

/* The longest gap of the connection, either way, that touches the window. */
static void find_gap(timeline *self)
{
    const json_t *const flows = json_object_get(self->summary, "traffic");
    char text[PLOT_TEXT_MAX] = "";
    double longest = 0;
    double from = 0;
    for (size_t i = 0; i < json_array_size(flows); i++) {
        const json_t *const at = json_array_get(flows, i);
        const double start = seconds_of(at, "gap_start_ns");
        const double gap = seconds_of(at, "gap_ns");
        if (!(between(at, self->node, self->peer) || between(at, self->peer, self->node)) ||
            !(gap > longest) || !(start < self->window.to_s) || !(start + gap > self->window.from_s))
            continue;
        longest = gap;
        from = start;
        (void)snprintf(text, sizeof text, "longest gap, %.0f ms, %.100s -> %.100s", gap * 1e3,
                       text_of(at, "from"), text_of(at, "to"));
    }
    plot_parameter_number(self->figure, "gap_from_s", from);
    plot_parameter_number(self->figure, "gap_to_s", from + longest);
    plot_parameter_text(self->figure, "gap_text", text);
    if (longest > 0)
        (void)fprintf(self->figure->to_data, "gap\t%.9f\t\t\t\t%s\n", from, text);
}

/* What the validation went by; nothing of a run from before that was recorded. */
static void put_parts(timeline *self)
{
    const json_t *const parts = json_object_get(self->migration, "parts");
    uint64_t values[PARTS_COUNT];
    uint64_t sum_ns = 0;
    char list[PARTS_TEXT_MAX];
    char took[TABLE_TIME_MAX];
    char text[PLOT_TEXT_MAX] = "";
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        values[i] = (uint64_t)json_integer_value(json_object_get(parts, PARTS_NAMES[i].key));
        sum_ns += values[i];
    }
    if (json_is_object(parts))
        (void)snprintf(text, sizeof text, "validation, %s: %.200s", table_time(sum_ns, took),
                       parts_text(values, list));
    plot_parameter_text(self->figure, "parts_text", text);
    if (text[0])
        (void)fprintf(self->figure->to_data, "parts\t%.9f\t\t\t\t%s\n", self->requested_s, text);
}

static int choose(timeline *self, const json_t *migration)
{
    if (!migration)
        return refuse(self, COMMAND_USAGE,
                      self->options->label ? "%s: no migration is labelled '%s'"
                                           : "%s: the run has no migration%s",
                      self->options->run, self->options->label ? self->options->label : "");
    const double requested = seconds_of(migration, "requested_ns");
    const double finished = seconds_of(migration, "finished_ns");
    const double duration = seconds_of(self->summary, "duration_ns");
    self->migration = migration;
    self->node = text_of(migration, "node");
    self->peer = text_of(migration, "to");
    self->requested_s = requested;
    self->commit_s = seconds_of(migration, "validated_ns");
    self->window.from_s = fmax(0, floor((requested - BEFORE_S) * 10) / 10);
    self->window.to_s = fmin(duration, ceil(((isnan(finished) ? requested : finished) + AFTER_S) * 10) / 10);
    if (!(self->window.to_s > self->window.from_s))
        return refuse(self, COMMAND_USAGE, "%s: the migration has no times", self->options->run);
    (void)snprintf(self->figure->title, sizeof self->figure->title,
                   "One migration of %.100s: %.100s moves to %.100s", text_of(self->summary, "scenario"),
                   self->node, text_of(migration, "network"));
    (void)snprintf(self->figure->caption, sizeof self->figure->caption,
                   "n = 1 run, seed %lld; path statistics of %.60s, by its qlog; goodput in bins of %.0f ms",
                   (long long)json_integer_value(json_object_get(self->summary, "seed")), self->node,
                   TIMELINE_BIN_S * 1e3);
    return 0;
}

/* ---- events ---- */

static void add_event(timeline *self, double at_s, const char *text)
{
    if (!(at_s >= self->window.from_s && at_s <= self->window.to_s))
        return;
    if (self->event_count == EVENTS_MAX) {
        self->events_left_out++;
        return;
    }
    event *const at = &self->events[self->event_count++];
    at->at_s = at_s;
    (void)snprintf(at->text, sizeof at->text, "%s", text);
}

static void take_event(timeline *self, const json_t *line)
{
    static const char *const MILESTONES[][2] = {
        {"migration_requested", "migration requested"},
        {"challenge_received", "challenge reaches the peer"},
        {"migration_done", "migration done"},
        {"peer_validated", "peer has validated the new address"},
        {"first_payload_up", "first payload over the new path, up"},
        {"first_payload_down", "first payload over the new path, down"},
        {"peer_down", "connection lost"}};
    const char *const name = text_of(line, "event");
    const double at_s = seconds_of(line, "at_ns");
    char text[128];
    if (strcmp(name, "peer_up") == 0) {
        const bool ours =
            strcmp(text_of(line, "node"), self->node) == 0 && strcmp(text_of(line, "peer"), self->peer) == 0;
        const bool theirs =
            strcmp(text_of(line, "node"), self->peer) == 0 && strcmp(text_of(line, "peer"), self->node) == 0;
        if ((ours || theirs) && isnan(self->up_s[theirs]))
            self->up_s[theirs] = at_s;
    }
    if (strcmp(name, "timeline") == 0 && strcmp(text_of(line, "verb"), "migrate") != 0) {
        (void)snprintf(text, sizeof text, "%.30s %.40s%s%.40s", text_of(line, "verb"), text_of(line, "node"),
                       text_of(line, "node")[0] && text_of(line, "network")[0] ? ", " : "",
                       text_of(line, "network"));
        add_event(self, at_s, text);
    }
    for (size_t i = 0; i < sizeof MILESTONES / sizeof *MILESTONES; i++)
        if (strcmp(name, MILESTONES[i][0]) == 0)
            add_event(self, at_s, MILESTONES[i][1]);
}

static int read_events(timeline *self)
{
    char path[PATH_BYTES];
    char *line = NULL;
    size_t room = 0;
    (void)snprintf(path, sizeof path, "%s/events.jsonl", self->options->run);
    FILE *const from = fopen(path, "r");
    if (!from)
        return refuse(self, COMMAND_USAGE,
                      "%s cannot be read: a run is left there by roam run --out DIR --qlog", path);
    while (getline(&line, &room, from) > 0) {
        json_t *const parsed = json_loads(line, 0, NULL);
        take_event(self, parsed);
        json_decref(parsed);
    }
    free(line);
    (void)fclose(from);
    return 0;
}

/* Letters at the top, what they mean below. Those too near to each other stand together at the first one's
 * place. */
static void put_events(timeline *self)
{
    const double near = NEAR * (self->window.to_s - self->window.from_s);
    char letters[EVENTS_MAX][2 * EVENTS_MAX + 1] = {{0}};
    char legend[EVENTS_MAX][192];
    char *marks[EVENTS_MAX];
    char *texts[EVENTS_MAX];
    double places[EVENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < self->event_count; i++) {
        const event *const at = &self->events[i];
        if (count == 0 || at->at_s - places[count - 1] > near)
            places[count++] = at->at_s;
        letters[count - 1][strlen(letters[count - 1])] = (char)('a' + i);
        (void)snprintf(legend[i], sizeof legend[i], "%c  %.3f s  %s", (char)('a' + i), at->at_s, at->text);
        texts[i] = legend[i];
        (void)fprintf(self->figure->to_data, "event\t%.9f\t\t\t\t%s\n", at->at_s, at->text);
    }
    for (size_t i = 0; i < count; i++)
        marks[i] = letters[i];
    plot_parameter_texts(self->figure, "mark", marks, count);
    (void)fprintf(self->figure->to_parameters, "array mark_at[%zu] = [", count ? count : 1);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(self->figure->to_parameters, "%s%.6f", i ? ", " : "", places[i]);
    (void)fputs(count ? "]\n" : "0]\n", self->figure->to_parameters);
    plot_parameter_texts(self->figure, "event", texts, self->event_count);
    (void)fprintf(self->figure->to_parameters, "array event_at[%zu] = [",
                  self->event_count ? self->event_count : 1);
    for (size_t i = 0; i < self->event_count; i++)
        (void)fprintf(self->figure->to_parameters, "%s%.6f", i ? ", " : "", self->events[i].at_s);
    (void)fputs(self->event_count ? "]\n" : "0]\n", self->figure->to_parameters);
}

/* ---- qlog ---- */

static int read_logs(timeline *self)
{
    char ours[PATH_BYTES];
    char theirs[PATH_BYTES];
    if (!timeline_find_logs(self->options->run, self->node, self->peer, ours, theirs, PATH_BYTES))
        return refuse(self, COMMAND_USAGE,
                      "%s: there is no .sqlog of %s and %s: roam run with --qlog leaves them",
                      self->options->run, self->node, self->peer);
    const timeline_log mine = {.path = ours,
                               .up_s = self->up_s[0],
                               .window = self->window,
                               .requested_s = self->requested_s,
                               .commit_s = self->commit_s,
                               .statistics = true,
                               .goodput = "goodput-down",
                               .to = self->figure->to_data};
    timeline_log other = mine;
    other.path = theirs;
    other.up_s = self->up_s[1];
    other.statistics = false;
    other.goodput = "goodput-up";
    if (timeline_read_log(&mine) && timeline_read_log(&other))
        return 0;
    return refuse(self, COMMAND_BROKEN, "%s or %s cannot be read", ours, theirs);
}

static int make(timeline *self)
{
    int status = choose(self, find_migration(self));
    if (status)
        return status;
    assert(self->node && self->peer);
    status = read_events(self);
    if (status)
        return status;
    (void)fputs("series\ttime_s\tsrtt_ms\tcwnd_kb\tgoodput_mbps\ttext\n", self->figure->to_data);
    put_events(self);
    find_gap(self);
    put_parts(self);
    const size_t rows = (self->event_count + 2) / 3;
    char text[PLOT_TEXT_MAX];
    plot_parameter_number(self->figure, "width", 900);
    plot_parameter_number(self->figure, "height", (double)(680 + 18 * rows));
    plot_parameter_number(self->figure, "from_s", self->window.from_s);
    plot_parameter_number(self->figure, "to_s", self->window.to_s);
    (void)snprintf(text, sizeof text, "%.100s -> %.100s", self->node, self->peer);
    plot_parameter_text(self->figure, "up_text", text);
    (void)snprintf(text, sizeof text, "%.100s -> %.100s", self->peer, self->node);
    plot_parameter_text(self->figure, "down_text", text);
    if (self->events_left_out > 0)
        (void)refuse(self, 0, "%zu events of the window have no room in the figure", self->events_left_out);
    return read_logs(self);
}

static int timeline_data(plot_figure *figure, const plot_options *options)
{
    timeline self = {.figure = figure, .options = options, .up_s = {NAN, NAN}};
    char path[PATH_BYTES];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/summary.json", options->run);
    self.summary = json_load_file(path, 0, &error);
    if (!self.summary)
        return refuse(&self, COMMAND_USAGE,
                      "%s cannot be read (%s): a run is left there by roam run --out DIR --qlog", path,
                      error.text);
    const int status = make(&self);
    json_decref(self.summary);
    return status;
}

const plot_kind plot_kind_timeline = {
    .name = "timeline",
    .help = "one migration as both ends saw it: SRTT, congestion window and\n"
            "goodput of both paths, the gap, and events\n",
    .of_run = timeline_data,
};
