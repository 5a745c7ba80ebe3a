/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PLOT_FIGURE_H
#define TOOLS_PLOT_FIGURE_H

/* What the makers of figures share: a figure before it is drawn. */

#include "tools/plot/plot.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#define PLOT_TEXT_MAX 512

struct plot_store;

/* Filled by a plot_kind; drawn by plot_draw. */
typedef struct plot_figure {
    char *data; /* owned: the text of the .tsv */
    size_t data_bytes;
    char *parameters; /* owned: assignments of gnuplot variables, for the head of the .gp */
    size_t parameters_bytes;
    FILE *to_data;       /* streams into both, while it is made */
    FILE *to_parameters; /* likewise */
    char title[PLOT_TEXT_MAX];
    char caption[PLOT_TEXT_MAX]; /* the sample: what was counted, of which commit */
    char *message;               /* PLOT_MESSAGE_MAX bytes, of the caller */
} plot_figure;

/* name = 'text', quoted for gnuplot; name = value. */
void plot_parameter_text(plot_figure *figure, const char *name, const char *text);
void plot_parameter_number(plot_figure *figure, const char *name, double value);
/* `array name[count] = [...]`; of count 0 one empty element, with name_count = 0. */
void plot_parameter_texts(plot_figure *figure, const char *name, char *const *texts, size_t count);
/* NAME_low, NAME_high and NAME_tics of a logarithmic axis over positive values: the round values within,
 * three at least, as `set xtics` takes them. */
void plot_parameter_log_axis(plot_figure *figure, const char *name, double low, double high);
/* As a text of gnuplot: '...', or "..." with escapes when there is an apostrophe, of which gnuplot misreads
 * the first one doubled. */
void plot_quote(FILE *to, const char *text);

/* One kind of figure (kinds.h). of_store or of_run fills data, parameters, title and caption; it returns 0 or
 * a command_status, with a message. The other one is NULL. */
typedef struct plot_kind {
    const char *name; /* as roam plot takes it; NAME.gp beside this file draws it */
    const char *help; /* what it shows, for roam plot --help: lines of at most 66 characters */
    int (*of_store)(plot_figure *figure, const plot_options *options, const struct plot_store *from);
    int (*of_run)(plot_figure *figure, const plot_options *options);
} plot_kind;

const plot_kind *plot_kind_at(size_t index); /* NULL behind the last one */

/* Opens the store of the options, and fills a figure of a kind that has of_store. */
ROAM_CHECKED int plot_data_store(plot_figure *figure, const plot_kind *kind, const plot_options *options);

/* Writes all files of a finished figure (streams closed) and has gnuplot draw it. */
ROAM_CHECKED int plot_draw(const plot_figure *figure, const plot_kind *kind, const plot_options *options,
                           const char *out);

/* Metadata of a picture. False: it cannot be read or written, or is no such picture. command may be "". */
ROAM_CHECKED bool plot_label_svg(const char *path, const char *title, const char *caption,
                                 const char *command);
ROAM_CHECKED bool plot_label_png(const char *path, const char *title, const char *caption,
                                 const char *command);

#endif
