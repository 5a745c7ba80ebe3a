/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One migration or rebinding of a run: what summary.json, events.jsonl and the .sqlog files of both ends say
 * of it. */
#include "tools/plot/timeline.h"

#include "tools/cli/command.h"
#include "tools/cli/parts.h"
#include "tools/cli/table.h"
#include "tools/plot/kinds.h"
#include "tools/plot/timeline_subject.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, EVENTS_MAX = 26 };

#define BEFORE_S 1.0
#define AFTER_S 2.0
#define PANEL_PIXELS 796.0 /* width of a panel in the SVG */
#define LETTER_PIXELS 7.5  /* of a mark, at most */
#define APART_PIXELS 6.0   /* from one mark to the next */

typedef struct event {
    double at_s;
    char text[128];
} event;

typedef struct timeline {
    plot_figure *figure;
    const plot_options *options;
    json_t *summary;
    timeline_subject subject;
    timeline_window window;
    char left[128]; /* the network that a migration leaves; "" while it is not known */
    double lost_s;  /* the NAT lost the binding of a rebinding; NAN: not told */
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

/* ---- what it is about ---- */

static bool between(const json_t *flow, const char *a, const char *b)
{
    return strcmp(timeline_text(flow, "from"), a) == 0 && strcmp(timeline_text(flow, "to"), b) == 0;
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
        const double start = timeline_seconds(at, "gap_start_ns");
        const double gap = timeline_seconds(at, "gap_ns");
        if (!(between(at, self->subject.node, self->subject.peer) ||
              between(at, self->subject.peer, self->subject.node)) ||
            !(gap > longest) || !(start < self->window.to_s) || !(start + gap > self->window.from_s))
            continue;
        longest = gap;
        from = start;
        (void)snprintf(text, sizeof text, "longest gap, %.0f ms, %.100s -> %.100s", gap * 1e3,
                       timeline_text(at, "from"), timeline_text(at, "to"));
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
    const json_t *const parts = json_object_get(self->subject.record, "parts");
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
        (void)fprintf(self->figure->to_data, "parts\t%.9f\t\t\t\t%s\n", self->subject.started_s, text);
}

static int choose(timeline *self)
{
    const timeline_subject *const subject = &self->subject;
    const double duration = timeline_seconds(self->summary, "duration_ns");
    const double end = isnan(subject->finished_s) ? subject->started_s : subject->finished_s;
    const double begin = fmin(subject->started_s, self->lost_s); /* fmin takes the one that is no NAN */
    self->window.from_s = fmax(0, floor((begin - BEFORE_S) * 10) / 10);
    self->window.to_s = fmin(duration, ceil((end + AFTER_S) * 10) / 10);
    if (!(self->window.to_s > self->window.from_s))
        return refuse(self, COMMAND_USAGE, "%s: the migration has no times", self->options->run);
    timeline_title(subject, timeline_text(self->summary, "scenario"), self->left, self->figure->title);
    (void)snprintf(self->figure->caption, sizeof self->figure->caption,
                   "n = 1 run, seed %lld; path statistics of %.60s, by its qlog; goodput in bins of %.0f ms",
                   (long long)json_integer_value(json_object_get(self->summary, "seed")), subject->node,
                   TIMELINE_BIN_S * 1e3);
    return 0;
}

/* ---- events ---- */

static void add_event(void *ctx, double at_s, const char *text)
{
    timeline *const self = ctx;
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

/* NULL: nothing that a NAT does to bindings. */
static const char *nat_text(const char *name)
{
    static const char *const NATS[][2] = {{"nat_shuffled", "changes bindings"},
                                          {"nat_expired", "lets bindings expire"},
                                          {"nat_restarted", "restarts without bindings"}};
    for (size_t i = 0; i < sizeof NATS / sizeof *NATS; i++)
        if (strcmp(name, NATS[i][0]) == 0)
            return NATS[i][1];
    return NULL;
}

static bool is_host(const char *address, const char *other)
{
    const char *const port = strrchr(address, ':');
    const size_t length = port ? (size_t)(port - address) + 1 : 0;
    return length > 0 && strncmp(address, other, length) == 0;
}

/* What the window and the title need, before the window is known. */
static void survey(timeline *self, const json_t *line)
{
    const timeline_subject *const subject = &self->subject;
    const char *const name = timeline_text(line, "event");
    const double at_s = timeline_seconds(line, "at_ns");
    if (subject->rebind && nat_text(name) && at_s <= subject->started_s)
        self->lost_s = at_s;
    if (!subject->rebind && strcmp(name, "address_attached") == 0 &&
        strcmp(timeline_text(line, "node"), subject->node) == 0 &&
        is_host(timeline_text(line, "address"),
                timeline_text(json_object_get(subject->record, "core"), "old_local")))
        (void)snprintf(self->left, sizeof self->left, "%s", timeline_text(line, "network"));
    if (strcmp(name, "peer_up") != 0)
        return;
    for (int theirs = 0; theirs < 2; theirs++)
        if (strcmp(timeline_text(line, "node"), theirs ? subject->peer : subject->node) == 0 &&
            strcmp(timeline_text(line, "peer"), theirs ? subject->node : subject->peer) == 0 &&
            isnan(self->up_s[theirs]))
            self->up_s[theirs] = at_s;
}

static bool of_other_call(const timeline *self, const json_t *line)
{
    const json_t *const call = json_object_get(line, "call");
    return call && (self->subject.rebind || !json_equal(call, json_object_get(self->subject.record, "call")));
}

static void take_event(timeline *self, const json_t *line)
{
    static const char *const MILESTONES[][2] = {
        {"migration_requested", "migration requested"},
        {"challenge_sent", "challenge sent"},
        {"challenge_received", "challenge reaches the peer"},
        {"migration_done", "migration done"},
        {"peer_validated", "peer has validated the new address"},
        {"first_payload_up", "first payload over the new path, up"},
        {"first_payload_down", "first payload over the new path, down"},
        {"peer_down", "connection lost"}};
    const char *const name = timeline_text(line, "event");
    const double at_s = timeline_seconds(line, "at_ns");
    char text[128];
    if (strcmp(name, "timeline") == 0 && strcmp(timeline_text(line, "verb"), "migrate") != 0) {
        const char *const node = timeline_text(line, "node");
        const char *const of = node[0] ? node : timeline_text(line, "nat");
        const char *const network = timeline_text(line, "network");
        (void)snprintf(text, sizeof text, "%.30s %.40s%s%.40s", timeline_text(line, "verb"), of,
                       of[0] && network[0] ? ", " : "", network);
        add_event(self, at_s, text);
    }
    if (self->subject.rebind && nat_text(name)) {
        (void)snprintf(text, sizeof text, "binding lost: %.40s %s", timeline_text(line, "nat"),
                       nat_text(name));
        add_event(self, at_s, text);
    }
    for (size_t i = 0; i < sizeof MILESTONES / sizeof *MILESTONES; i++)
        if (strcmp(name, MILESTONES[i][0]) == 0 && !of_other_call(self, line))
            add_event(self, at_s, MILESTONES[i][1]);
}

static int read_events(timeline *self, void (*take)(timeline *, const json_t *))
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
        take(self, parsed);
        json_decref(parsed);
    }
    free(line);
    (void)fclose(from);
    return 0;
}

static int compare_events(const void *left, const void *right)
{
    const event *const a = left;
    const event *const b = right;
    return (a->at_s > b->at_s) - (a->at_s < b->at_s);
}

/* Events of a rebinding stand among those of the file, behind those of the same instant. */
static void sort_events(timeline *self)
{
    for (size_t i = 1; i < self->event_count; i++) {
        const event moved = self->events[i];
        size_t at = i;
        for (; at > 0 && compare_events(&self->events[at - 1], &moved) > 0; at--)
            self->events[at] = self->events[at - 1];
        self->events[at] = moved;
    }
}

/* A mark: the letters of the events that are less than a pixel apart. */
typedef struct mark {
    char letters[EVENTS_MAX + 1];
    double event_s; /* of its events */
    double at_s;    /* where the letters stand */
    double half_s;  /* half of their width, and of the space between marks */
} mark;

/* Letters at the places of their events, moved to the right as far as the mark before them needs, and then to
 * the left as far as the end of the panel does. */
static void spread(const timeline *self, mark *marks, size_t count)
{
    const double pixel_s = (self->window.to_s - self->window.from_s) / PANEL_PIXELS;
    double limit_s = self->window.to_s;
    for (size_t i = 0; i < count; i++) {
        mark *const at = &marks[i];
        at->half_s = (LETTER_PIXELS * (double)strlen(at->letters) + APART_PIXELS) * pixel_s / 2;
        at->at_s = at->event_s;
        if (i > 0)
            at->at_s = fmax(at->at_s, at[-1].at_s + at[-1].half_s + at->half_s);
    }
    for (size_t i = count; i > 0; i--) {
        mark *const at = &marks[i - 1];
        at->at_s = fmin(at->at_s, limit_s - at->half_s);
        limit_s = at->at_s - at->half_s;
    }
}

static size_t make_marks(const timeline *self, mark *marks)
{
    const double pixel_s = (self->window.to_s - self->window.from_s) / PANEL_PIXELS;
    size_t count = 0;
    for (size_t i = 0; i < self->event_count; i++) {
        const double at_s = self->events[i].at_s;
        if (count == 0 || at_s - marks[count - 1].event_s > pixel_s)
            marks[count++] = (mark){.event_s = at_s};
        char *const letters = marks[count - 1].letters;
        letters[strlen(letters)] = (char)('a' + i);
    }
    spread(self, marks, count);
    return count;
}

static void put_times(const timeline *self, const char *name, const double *times, size_t count)
{
    FILE *const to = self->figure->to_parameters;
    (void)fprintf(to, "array %s[%zu] = [", name, count ? count : 1);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(to, "%s%.6f", i ? ", " : "", times[i]);
    (void)fputs(count ? "]\n" : "0]\n", to);
}

/* Letters at the top, each with a line to its event, and what they mean below. */
static void put_events(timeline *self)
{
    char legend[EVENTS_MAX][192];
    char *texts[EVENTS_MAX];
    double times[EVENTS_MAX];
    mark marks[EVENTS_MAX];
    sort_events(self);
    for (size_t i = 0; i < self->event_count; i++) {
        const event *const at = &self->events[i];
        (void)snprintf(legend[i], sizeof legend[i], "%c  %.3f s  %s", (char)('a' + i), at->at_s, at->text);
        texts[i] = legend[i];
        times[i] = at->at_s;
        (void)fprintf(self->figure->to_data, "event\t%.9f\t\t\t\t%s\n", at->at_s, at->text);
    }
    plot_parameter_texts(self->figure, "event", texts, self->event_count);
    put_times(self, "event_at", times, self->event_count);
    const size_t count = make_marks(self, marks);
    for (size_t i = 0; i < count; i++) {
        texts[i] = marks[i].letters;
        times[i] = marks[i].at_s;
    }
    plot_parameter_texts(self->figure, "mark", texts, count);
    put_times(self, "mark_at", times, count);
    for (size_t i = 0; i < count; i++)
        times[i] = marks[i].event_s;
    put_times(self, "mark_of", times, count);
}

/* ---- qlog ---- */

static int read_logs(timeline *self)
{
    char ours[PATH_BYTES];
    char theirs[PATH_BYTES];
    if (!timeline_find_logs(self->options->run, self->subject.node, self->subject.peer, ours, theirs,
                            PATH_BYTES))
        return refuse(self, COMMAND_USAGE,
                      "%s: there is no .sqlog of %s and %s: roam run with --qlog leaves them",
                      self->options->run, self->subject.node, self->subject.peer);
    const timeline_log mine = {.path = ours,
                               .up_s = self->up_s[0],
                               .window = self->window,
                               .requested_s = self->subject.started_s,
                               .commit_s = self->subject.new_path_s,
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
    int status = timeline_find_subject(self->summary, self->options, &self->subject, self->figure->message);
    if (!status)
        status = read_events(self, survey);
    if (!status)
        status = choose(self);
    if (!status)
        status = read_events(self, take_event);
    if (status)
        return status;
    if (self->subject.rebind)
        timeline_rebind_events(&self->subject, add_event, self);
    (void)fputs("series\ttime_s\tsrtt_ms\tcwnd_kb\tgoodput_mbps\ttext\n", self->figure->to_data);
    put_events(self);
    find_gap(self);
    put_parts(self);
    const size_t rows = (self->event_count + 2) / 3;
    char text[PLOT_TEXT_MAX];
    plot_parameter_number(self->figure, "width", 900);
    plot_parameter_number(self->figure, "height", (double)(696 + 18 * rows));
    plot_parameter_number(self->figure, "from_s", self->window.from_s);
    plot_parameter_number(self->figure, "to_s", self->window.to_s);
    (void)snprintf(text, sizeof text, "%.100s -> %.100s", self->subject.node, self->subject.peer);
    plot_parameter_text(self->figure, "up_text", text);
    (void)snprintf(text, sizeof text, "%.100s -> %.100s", self->subject.peer, self->subject.node);
    plot_parameter_text(self->figure, "down_text", text);
    if (self->events_left_out > 0)
        (void)refuse(self, 0, "%zu events of the window have no room in the figure", self->events_left_out);
    return read_logs(self);
}

static int timeline_data(plot_figure *figure, const plot_options *options)
{
    timeline self = {.figure = figure, .options = options, .lost_s = NAN, .up_s = {NAN, NAN}};
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
    .help = "one migration or NAT rebinding as both ends saw it: SRTT,\n"
            "congestion window and goodput of both paths, the gap, and events\n",
    .of_run = timeline_data,
};
