/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CI_OUTPUTS_H
#define TOOLS_CI_OUTPUTS_H

/* The files that a command was asked for with --json, --junit, --markdown and --report, and --github. */

#include "tools/ci/verdicts.h"

typedef enum ci_format { CI_JSON, CI_JUNIT, CI_MARKDOWN, CI_REPORT, CI_FORMATS } ci_format;

typedef struct ci_outputs {
    const char *command;           /* for messages: "roam run" */
    const char *paths[CI_FORMATS]; /* NULL: not asked for; "-": standard output */
    bool github;                   /* workflow commands, and the Markdown in $GITHUB_STEP_SUMMARY */
} ci_outputs;

/* Writes one format. False: out of memory. */
typedef bool ci_write_fn(const void *ctx, ci_format format, FILE *stream);

/* How many of them are standard output. */
size_t ci_outputs_to_stdout(const ci_outputs *self);
/* Anything was asked for. */
bool ci_outputs_wanted(const ci_outputs *self);

/* Before the runs: a file that cannot be written is said now, and not after an hour. */
ROAM_CHECKED bool ci_outputs_check(const ci_outputs *self);

/* Writes the files; each is made whole before it is opened. Of --github the workflow commands of the verdicts
 * go to stream, and the Markdown to the end of the step's summary. A command_status, after a message on
 * standard error unless COMMAND_OK. */
ROAM_CHECKED int ci_outputs_write(const ci_outputs *self, const ci_verdicts *verdicts, FILE *stream,
                                  ci_write_fn *write, const void *ctx);

#endif
