/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PLOT_PLOT_H
#define TOOLS_PLOT_PLOT_H

/*
 * Figures, drawn by gnuplot. A figure NAME is up to four files: NAME.tsv, its data with a line of column
 * names; NAME.gp, the script that drew it (`gnuplot NAME.gp`, in its directory, draws it again); NAME.svg and
 * NAME.png. Both pictures carry title, sample and command as metadata. Equal stores give equal .tsv, .gp and
 * .svg.
 */

#include "core/roam.h"
#include "tools/stats/where.h"

#include <stdbool.h>
#include <stddef.h>

#define PLOT_MESSAGE_MAX 1024

/* Texts are borrowed for the call. */
typedef struct plot_options {
    const char *db;               /* a store: of all kinds but "timeline" */
    const char *run;              /* of "timeline": what `roam run --out DIR --qlog` left */
    const char *const *scenarios; /* names of those to draw; of "timeline" none */
    size_t scenario_count;        /* 0: all that fit */
    where_conditions where;       /* the combinations to draw */
    size_t rebind;       /* of "timeline": the rebinding of this number, from 1; 0: a migration, or the first
                          * rebinding of a run without one */
    const char *label;   /* migrations with this `as:`; NULL: all, of "timeline" the first that went well */
    const char *title;   /* NULL: the usual one */
    const char *command; /* for the metadata; "" for none */
    const char *scripts; /* directory of the .gp files; NULL: the program's own */
    bool svg;
    bool png;
    bool force; /* overwrite */
} plot_options;

void plot_options_default(plot_options *options); /* SVG and PNG, no command, nothing overwritten */

/*
 * Makes the files OUT.tsv, OUT.gp and so on of a kind of tools/plot/kinds.h ("cdf", ...); directories are not
 * made. 0; else a command_status (tools/cli/command.h): 2 when something asked for is not there, or an output
 * that exists; 3 when gnuplot or the file system fails. Then message (PLOT_MESSAGE_MAX bytes) says why, and
 * no file was changed. On success too, a message may name what was left out; else it is "".
 */
ROAM_CHECKED int plot_make(const char *kind, const plot_options *options, const char *out, char *message);

#endif
