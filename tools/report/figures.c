/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/figures.h"

#include "tools/cli/command.h"
#include "tools/cli/text_file.h"
#include "tools/plot/plot.h"
#include "tools/report/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096 };

enum { CURVES_MAX = 6, TIMELINES_MAX = 20 };

/* of: the scenario of the library that is made for the figure; NULL: so many, at most, with a distribution of
 * the measure. */
static const struct {
    const char *kind;
    const char *title;
    const char *of;
    size_t most;
    measure_kind measure;
    bool rebinds_else; /* where no scenario has that */
} FIGURES[] = {
    {"cdf", "How long path validation took, by scenario", NULL, CURVES_MAX, MEASURE_VALIDATION, false},
    {"rebinds", "How long validation after a rebind by a NAT took, by scenario", NULL, CURVES_MAX,
     MEASURE_REBIND, false},
    {"rtt", "Validation against the round trip", "rtt-grid", 1, MEASURE_VALIDATION, false},
    {"outcomes", "What became of connections, by type of NAT", "nat-types", 1, MEASURE_VALIDATION, false},
    {"loss", "Share of migrations that succeed, against loss", "loss-grid", 1, MEASURE_VALIDATION, false},
    {"commits", "Percentiles of validation from commit to commit", NULL, 1, MEASURE_VALIDATION, true},
};

enum { FIGURE_COUNT = sizeof FIGURES / sizeof *FIGURES };

static bool has_scenario(const measures *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->groups[i].scenario, name) == 0)
            return true;
    return false;
}

/* Of the newest build one combination, one measure of the kind, and values that differ: a distribution that
 * is worth a curve. */
static bool is_spread(const measures *all, size_t at, measure_kind kind)
{
    const measure_group *const group = &all->groups[at];
    const measure_series *only = NULL;
    if (group->build != all->groups[all->count - 1].build)
        return false;
    for (size_t i = 0; i < all->count; i++)
        if (i != at && all->groups[i].build == group->build &&
            strcmp(all->groups[i].scenario, group->scenario) == 0)
            return false;
    for (size_t i = 0; i < group->series_count; i++) {
        if (group->series[i].kind != kind)
            continue;
        if (only)
            return false;
        only = &group->series[i];
    }
    return only && only->sorted_count > 1 && only->sorted[0] != only->sorted[only->sorted_count - 1];
}

static size_t choose_spread(const measures *all, measure_kind kind, size_t most,
                            const char *names[CURVES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < all->count && count < most; i++)
        if (is_spread(all, i, kind))
            names[count++] = all->groups[i].scenario;
    return count;
}

/* The scenarios that a figure is of; 0: there is nothing for it. */
static size_t choose(size_t number, const measures *all, const char *names[CURVES_MAX])
{
    if (FIGURES[number].of) {
        names[0] = FIGURES[number].of;
        return has_scenario(all, names[0]);
    }
    const size_t count = choose_spread(all, FIGURES[number].measure, FIGURES[number].most, names);
    return count == 0 && FIGURES[number].rebinds_else
               ? choose_spread(all, MEASURE_REBIND, FIGURES[number].most, names)
               : count;
}

/* Draws one figure in the directory, and leaves nothing of it there. NULL: message says why. */
static char *draw(const char *kind, const plot_options *options, const char *directory,
                  char message[PLOT_MESSAGE_MAX], int *status)
{
    static const char *const ENDS[] = {".svg", ".tsv", ".gp"};
    char out[PATH_MAX_BYTES + 8];
    char path[PATH_MAX_BYTES + 16];
    char *svg = NULL;

    (void)snprintf(out, sizeof out, "%s/figure", directory);
    *status = plot_make(kind, options, out, message);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        (void)snprintf(path, sizeof path, "%s%s", out, ENDS[i]);
        if (i == 0 && *status == COMMAND_OK)
            svg = text_file_read(path);
        (void)unlink(path);
    }
    return svg;
}

static void add(report_figures *out, const char *title, char *svg)
{
    report_figure *const at = &out->items[out->count++];
    (void)snprintf(at->title, sizeof at->title, "%s", title);
    at->svg = svg;
}

static void draw_all(const char *db, const where_conditions *where, const char *directory,
                     const measures *all, report_figures *out)
{
    char message[PLOT_MESSAGE_MAX] = "the store has none of the scenarios that they are made of";
    int status = COMMAND_OK;
    for (size_t i = 0; i < FIGURE_COUNT && status != COMMAND_BROKEN; i++) {
        const char *names[CURVES_MAX];
        plot_options options;
        plot_options_default(&options);
        options.db = db;
        options.where = *where;
        options.png = false;
        options.scenarios = names;
        options.scenario_count = choose(i, all, names);
        if (options.scenario_count == 0)
            continue;
        char *const svg = draw(FIGURES[i].kind, &options, directory, message, &status);
        if (svg)
            add(out, FIGURES[i].title, svg);
    }
    if (out->count == 0)
        (void)snprintf(out->why_not, sizeof out->why_not, "There are no figures: %.400s.", message);
}

/* ---- timelines of directories of runs ---- */

typedef struct timelines {
    const char *directory; /* to draw in */
    const where_conditions *where;
    report_figures *out;
    size_t left_out;
    size_t without; /* runs of which there is no timeline */
    char why[PLOT_MESSAGE_MAX];
    int status;
} timelines;

static int draw_timeline(void *ctx, const char *run)
{
    timelines *const self = ctx;
    char message[PLOT_MESSAGE_MAX];
    char title[REPORT_FIGURE_TITLE_MAX];
    plot_options options;
    if (!report_run_meets(run, self->where))
        return 0;
    if (self->out->count == TIMELINES_MAX) {
        self->left_out++;
        return 0;
    }
    plot_options_default(&options);
    options.run = run;
    options.png = false;
    char *const svg = draw("timeline", &options, self->directory, message, &self->status);
    (void)snprintf(title, sizeof title, "Timeline of %.480s", run);
    if (svg)
        add(self->out, title, svg);
    else if (self->without++ == 0)
        (void)snprintf(self->why, sizeof self->why, "%s", message);
    return svg ? 0 : self->status == COMMAND_BROKEN; /* one that cannot draw this one, cannot draw others */
}

static void draw_timelines(const char *source, const where_conditions *where, const char *directory,
                           report_figures *out)
{
    timelines self = {.directory = directory, .where = where, .out = out};
    const int status = report_each_run(source, draw_timeline, &self);
    size_t used = 0;
    out->timelines = !status && self.without == 0 && self.left_out == 0;
    if (self.without > 0)
        used = (size_t)snprintf(out->why_not, sizeof out->why_not, "%s: %.600s.",
                                status             ? "There are no timelines"
                                : self.without > 1 ? "Some runs have no timeline, the first of them"
                                                   : "One run has no timeline",
                                self.why);
    if (self.left_out > 0)
        (void)snprintf(out->why_not + used, sizeof out->why_not - used,
                       "%s%zu more runs have no timeline here: roam plot timeline --run DIR draws one.",
                       used ? " " : "", self.left_out);
}

_Static_assert((int)FIGURE_COUNT <= (int)TIMELINES_MAX, "room for the figures of a store too");

void report_figures_make(const char *source, const where_conditions *where, const measures *all,
                         report_figures *out)
{
    struct stat status;
    char directory[PATH_MAX_BYTES];
    const char *const parent = getenv("TMPDIR");
    *out = (report_figures){.items = calloc(TIMELINES_MAX, sizeof *out->items)};
    if (!out->items || stat(source, &status) != 0) {
        (void)snprintf(out->why_not, sizeof out->why_not, "There are no figures: out of memory.");
        return;
    }
    const int len =
        snprintf(directory, sizeof directory, "%s/roam-report-XXXXXX", parent && parent[0] ? parent : "/tmp");
    if (len >= (int)sizeof directory || !mkdtemp(directory)) {
        (void)snprintf(out->why_not, sizeof out->why_not, "There are no figures: %.200s: %s", directory,
                       strerror(errno));
        return;
    }
    if (S_ISDIR(status.st_mode))
        draw_timelines(source, where, directory, out);
    else
        draw_all(source, where, directory, all, out);
    (void)rmdir(directory);
}

void report_figures_free(report_figures *figures)
{
    for (size_t i = 0; i < figures->count; i++)
        free(figures->items[i].svg);
    free(figures->items);
    *figures = (report_figures){0};
}
