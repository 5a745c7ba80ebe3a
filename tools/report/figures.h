/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_FIGURES_H
#define TOOLS_REPORT_FIGURES_H

/* The figures of a report: those of roam plot that its store has data for; of directories of runs the
 * timeline of each run. */

#include "tools/report/page.h"

typedef struct report_figures {
    report_figure *items; /* SVGs owned by this */
    size_t count;
    bool timelines;     /* of each run its timeline is among them */
    char why_not[1024]; /* "" unless some could not be made */
} report_figures;

/* Of the combinations that the conditions name; never fails: a report without figures is one all the same. */
void report_figures_make(const char *source, const where_conditions *where, const measures *all,
                         report_figures *out);
void report_figures_free(report_figures *figures);

#endif
