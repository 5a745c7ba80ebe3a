/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_REPORT_H
#define TOOLS_COMPARE_REPORT_H

/* The outputs of a comparison: for a terminal, as JSON, JUnit's XML and Markdown, and as a page. They follow
 * from what is compared alone. Errors of a stream are the caller's to look at. */

#include "tools/ci/verdicts.h"
#include "tools/compare/matrix.h"

#include <stdio.h>

typedef struct compare_library {
    const char *name;
    const char *path;    /* of the adapter; NULL: roam's core */
    const char *version; /* as the adapter says; "": it says nothing */
} compare_library;

typedef struct compare_report {
    const compare_matrix *matrix;
    const compare_library *libraries;
    size_t library_count;
    const char *build;   /* "0.1.0, commit 0123abcd" */
    uint64_t first_seed; /* of all runs ... */
    uint64_t last_seed;  /* ... unless seeds is false */
    bool seeds;          /* they were given; else each scenario has its own */
} compare_report;

/* width: columns of the terminal; a wider table comes in several parts. 0: as wide as it is. False: out of
 * memory, as for all of these. */
ROAM_CHECKED bool compare_print(const compare_report *report, FILE *stream, bool colour, size_t width);

ROAM_CHECKED bool compare_json(const compare_report *report, FILE *stream);
/* As CI systems read it; a failure is in *out. */
void compare_verdicts(const compare_report *report, ci_verdicts *out);
ROAM_CHECKED bool compare_junit(const compare_report *report, FILE *stream);
ROAM_CHECKED bool compare_markdown(const compare_report *report, FILE *stream);
ROAM_CHECKED bool compare_page(const compare_report *report, FILE *stream);

#endif
