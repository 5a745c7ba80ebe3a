/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_PAGE_H
#define TOOLS_REPORT_PAGE_H

/* The page of a report: HTML that needs nothing but itself. Whatever comes out of a store is text to it. */

#include "tools/gate/compare.h"
#include "tools/stats/series.h"
#include "tools/stats/where.h"

#include <stdio.h>

#define REPORT_FIGURE_TITLE_MAX 512

typedef struct report_figure {
    char title[REPORT_FIGURE_TITLE_MAX];
    char *svg; /* as roam plot wrote it */
} report_figure;

typedef struct report_input {
    store *from;
    const char *source; /* what the report is of, as it was given */
    const measures *all;
    const gate_changes *changes;  /* against baselines; NULL: not compared */
    const char *against;          /* the baselines' directory */
    const char *const *unmatched; /* scenarios that could not be compared, and why */
    size_t unmatched_count;
    const report_figure *figures;
    size_t figure_count;
    bool timelines;                /* of each run its timeline is among the figures */
    const char *no_figures;        /* why there are none, or NULL */
    const where_conditions *where; /* the combinations that it is of */
    const char *title;
} report_input;

/* Writes the page. 0, or a store_error: store_message(from) says more. Errors of the stream are the caller's
 * to look at. */
ROAM_CHECKED int report_page(const report_input *input, FILE *page);

#endif
