/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The overlay of a run over time, and its in-degrees at the end: overlay.csv, summary.json and, for what
 * happened, events.jsonl. */
#include "tools/cli/command.h"
#include "tools/plot/kinds.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, BANDS_MAX = 8 };

#define NEAR_S 1.0 /* events of one verb that are nearer are told as one */

/* Events of the timeline of one verb, one soon after the other. */
typedef struct band {
    char verb[32];
    double from_s;
    double to_s;
    size_t count;
} band;

typedef struct picture {
    plot_figure *figure;
    const plot_options *options;
    band bands[BANDS_MAX];
    size_t band_count;
    size_t bands_left_out;
} picture;

__attribute__((format(printf, 3, 4))) static int refuse(const picture *self, int status, const char *format,
                                                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(self->figure->message, PLOT_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return status;
}

static FILE *open_file(const picture *self, const char *name)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", self->options->run, name);
    return fopen(path, "r");
}

/* ---- summary.json ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void put_degrees(const picture *self, const json_t *overlay)
{
    const json_t *const degrees = json_object_get(overlay, "in_degrees");
    const size_t count = json_array_size(degrees);
    const size_t step = 1 + count / 12; /* of the tics */
    char mean[PLOT_TEXT_MAX];
    for (size_t i = 0; i < count; i++)
        (void)fprintf(self->figure->to_data, "degree\t%zu\t%lld\t\t\t\t\n", i,
                      (long long)json_integer_value(json_array_get(degrees, i)));
    plot_parameter_number(self->figure, "degree_max", count > 0 ? (double)(count - 1) : 0);
    plot_parameter_number(self->figure, "degree_step", (double)step);
    (void)snprintf(mean, sizeof mean, "in-degree at the end; mean %.2f",
                   (double)number_of(overlay, "in_degree_mean_ppm") / 1e6);
    plot_parameter_text(self->figure, "degree_text", mean);
}

static int read_summary(const picture *self)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/summary.json", self->options->run);
    json_t *const summary = json_load_file(path, 0, NULL);
    const json_t *const overlay = json_object_get(summary, "overlay");
    if (!overlay) {
        const bool there = summary != NULL;
        json_decref(summary);
        return refuse(self, COMMAND_USAGE,
                      there ? "%s: no node of the run has membership"
                            : "%s cannot be read: a run is left there by roam run --out DIR",
                      path);
    }
    plot_figure *const figure = self->figure;
    plot_parameter_number(figure, "to_s", (double)number_of(summary, "duration_ns") / 1e9);
    put_degrees(self, overlay);
    (void)snprintf(figure->title, sizeof figure->title, "The overlay of %.100s",
                   text_of(summary, "scenario"));
    (void)snprintf(figure->caption, sizeof figure->caption,
                   "n = 1 run, seed %lld; at the end %lld of %lld nodes are members, %s, mean path %.2f, "
                   "clustering %.3f; %lld up, %lld down",
                   (long long)number_of(summary, "seed"), (long long)number_of(overlay, "members"),
                   (long long)number_of(overlay, "nodes"),
                   json_is_true(json_object_get(overlay, "connected")) ? "connected" : "not connected",
                   (double)number_of(overlay, "path_mean_ppm") / 1e6,
                   (double)number_of(overlay, "clustering_ppm") / 1e6, (long long)number_of(overlay, "ups"),
                   (long long)number_of(overlay, "downs"));
    json_decref(summary);
    return 0;
}

/* ---- overlay.csv ---- */

typedef struct row {
    uint64_t at_ns;
    uint32_t members, components, largest;
    uint64_t ups, downs;
} row;

static bool read_row(FILE *from, row *out)
{
    return fscanf(from, "%" SCNu64 ",%" SCNu32 ",%" SCNu32 ",%" SCNu32 ",%" SCNu64 ",%" SCNu64 "\n",
                  &out->at_ns, &out->members, &out->components, &out->largest, &out->ups, &out->downs) == 6;
}

/* Changes are of the time until the next row. */
static int read_rows(const picture *self)
{
    FILE *const from = open_file(self, "overlay.csv");
    row at;
    uint64_t each_ns = 0;
    if (!from)
        return refuse(self, COMMAND_USAGE, "%s/overlay.csv cannot be read: roam run --out DIR leaves it",
                      self->options->run);
    (void)fscanf(from, "%*[^\n]\n");
    while (read_row(from, &at)) {
        each_ns = each_ns ? each_ns : at.at_ns;
        (void)fprintf(self->figure->to_data,
                      "time\t%.9f\t%" PRIu32 "\t%" PRIu32 "\t%.6f\t%" PRIu64 "\t%" PRIu64 "\n",
                      (double)at.at_ns / 1e9, at.members, at.components,
                      at.members > 0 ? (double)at.largest / at.members : 0, at.ups, at.downs);
    }
    (void)fclose(from);
    if (each_ns == 0)
        return refuse(self, COMMAND_USAGE, "%s/overlay.csv has fewer than two rows", self->options->run);
    plot_parameter_number(self->figure, "each_s", (double)each_ns / 1e9);
    return 0;
}

/* ---- events.jsonl ---- */

static void take_event(picture *self, const char *verb, double at_s)
{
    for (size_t i = 0; i < self->band_count; i++) {
        band *const at = &self->bands[i];
        if (strcmp(at->verb, verb) == 0 && at_s - at->to_s < NEAR_S) {
            at->to_s = at_s;
            at->count++;
            return;
        }
    }
    if (self->band_count == BANDS_MAX) {
        self->bands_left_out++;
        return;
    }
    band *const made = &self->bands[self->band_count++];
    *made = (band){.from_s = at_s, .to_s = at_s, .count = 1};
    (void)snprintf(made->verb, sizeof made->verb, "%s", verb);
}

static int read_events(picture *self)
{
    FILE *const from = open_file(self, "events.jsonl");
    char *line = NULL;
    size_t room = 0;
    if (!from)
        return refuse(self, COMMAND_USAGE, "%s/events.jsonl cannot be read: roam run --out DIR leaves it",
                      self->options->run);
    while (getline(&line, &room, from) > 0) {
        if (!strstr(line, "\"timeline\""))
            continue;
        json_t *const parsed = json_loads(line, 0, NULL);
        if (strcmp(text_of(parsed, "event"), "timeline") == 0 && strcmp(text_of(parsed, "verb"), "say") != 0)
            take_event(self, text_of(parsed, "verb"), (double)number_of(parsed, "at_ns") / 1e9);
        json_decref(parsed);
    }
    free(line);
    (void)fclose(from);
    return 0;
}

static void put_array(plot_figure *figure, const char *name, const picture *self, bool ends)
{
    (void)fprintf(figure->to_parameters, "array %s[%zu] = [", name, self->band_count ? self->band_count : 1);
    for (size_t i = 0; i < self->band_count; i++)
        (void)fprintf(figure->to_parameters, "%s%.6f", i ? ", " : "",
                      ends ? self->bands[i].to_s : self->bands[i].from_s);
    (void)fputs(self->band_count ? "]\n" : "0]\n", figure->to_parameters);
}

static void put_bands(const picture *self)
{
    char texts[BANDS_MAX][64];
    char *pointers[BANDS_MAX];
    for (size_t i = 0; i < self->band_count; i++) {
        const band *const at = &self->bands[i];
        (void)snprintf(texts[i], sizeof texts[i], at->count > 1 ? "%s (%zu)" : "%s", at->verb, at->count);
        pointers[i] = texts[i];
        (void)fprintf(self->figure->to_data, "event\t%.9f\t%zu\t\t\t\t\t%s\n", at->from_s, at->count,
                      at->verb);
    }
    plot_parameter_texts(self->figure, "band", pointers, self->band_count);
    put_array(self->figure, "band_from", self, false);
    put_array(self->figure, "band_to", self, true);
    if (self->bands_left_out > 0)
        (void)refuse(self, 0, "%zu events of the timeline have no room in the figure", self->bands_left_out);
}

static int overlay_data(plot_figure *figure, const plot_options *options)
{
    picture self = {.figure = figure, .options = options};
    (void)fputs("series\tx\tmembers\tcomponents\tshare\tups\tdowns\ttext\n", figure->to_data);
    int status = read_summary(&self);
    if (!status)
        status = read_rows(&self);
    if (!status)
        status = read_events(&self);
    if (status)
        return status;
    put_bands(&self);
    plot_parameter_number(figure, "width", 1000);
    plot_parameter_number(figure, "height", 540);
    return 0;
}

const plot_kind plot_kind_overlay = {
    .name = "overlay",
    .help = "the overlay of nodes with membership over time: components,\n"
            "peers that enter and leave active views; in-degrees at the end\n",
    .of_run = overlay_data,
};
