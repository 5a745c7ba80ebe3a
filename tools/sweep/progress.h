/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_PROGRESS_H
#define TOOLS_SWEEP_PROGRESS_H

/* The progress of many runs, on standard error: a bar on a terminal, a line now and then elsewhere. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWEEP_PROGRESS_FAILED_MAX 256

typedef struct sweep_progress {
    const char *command;
    size_t total;
    size_t done;
    size_t bad;
    char failed[SWEEP_PROGRESS_FAILED_MAX]; /* the latest that failed; "" when none has */
    bool shown;                             /* at all */
    bool terminal;                          /* a bar */
    bool drawn;                             /* the bar is on the screen */
    uint64_t began_ns;
    uint64_t next_ns; /* when it is drawn again */
} sweep_progress;

void sweep_progress_begin(sweep_progress *self, const char *command, size_t total, bool shown);
/* So many are done, of which bad ones. */
void sweep_progress_show(sweep_progress *self, size_t done, size_t bad);
/* A run failed: what, as "move [delay=60ms], seed 7: migration: move, result: ok"; cut to what there is room
 * for. */
void sweep_progress_failed(sweep_progress *self, const char *what);
/* Time has passed. */
void sweep_progress_tick(sweep_progress *self);
/* What to print before a message of one's own, so that it stands on a line of its own. */
const char *sweep_progress_clear(sweep_progress *self);
void sweep_progress_end(sweep_progress *self);

#endif
