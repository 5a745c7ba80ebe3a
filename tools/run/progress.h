/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_PROGRESS_H
#define TOOLS_RUN_PROGRESS_H

/* A line on a terminal, on standard error, that says once a second how far runs are. */

#include "tools/cli/workers.h"

typedef struct run_progress {
    uint64_t next_ns; /* wall clock of the next line; 0: it never shows */
    bool shown;
    const char *name;     /* of the one run */
    workers_pulse *pulse; /* NULL outside of a worker */
} run_progress;

/* Where standard error is a terminal, the first line comes after two seconds. */
run_progress run_progress_begin(bool shows);
/* A `progress` of run_options, whose ctx it is: a sign of life, and how far the one run is. */
void run_progress_of_run(void *ctx, uint64_t now_ns, uint64_t end_ns);
void run_progress_of_all(run_progress *self, size_t finished, size_t count);
/* Clears the line, so that something else can be written. */
void run_progress_clear(run_progress *self);

#endif
