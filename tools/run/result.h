/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_RESULT_H
#define TOOLS_RUN_RESULT_H

/* The answer of a worker of roam run or of a sweep about a run: the figures that tables of many runs need,
 * and what is printed or stored of it. */

#include "sim/verdict/run.h"

typedef struct run_result {
    int result; /* of run_scenario; unless RUN_OK, only message counts */
    summary_verdict verdict;
    size_t migrations;      /* calls */
    size_t migrations_ok;   /* those that ended with ok */
    uint64_t validation_ns; /* the worst; ROAM_NEVER: none was validated */
    uint64_t gap_ns;        /* the worst; ROAM_NEVER: nothing was sent */
    uint64_t wall_ns;
    const char *text;    /* as run_print_result writes it */
    const char *json;    /* as summary.json holds it */
    const char *outcome; /* "port alive, address down": peers by label; or else "ok, timeout": results */
    const char *moves;   /* as run_moves_lines writes them */
    const char *faults;  /* as run_faults writes them */
    const char *message; /* of run_scenario */
} run_result;

/* Figures and outcome of a finished run; text, json, moves, faults, message and wall_ns are left to the
 * caller. outcome has room for size bytes, and the answer points to it. */
void run_result_of(const scenario *whole, const run *finished, char *outcome, size_t size, run_result *out);

void run_result_write(const run_result *answer, FILE *stream);
/* What was written, from bytes with a NUL after the last; the answer points into them, and a text that was
 * NULL is "". False, and *out untouched: it is no answer. */
bool run_result_read(const char *bytes, size_t len, run_result *out);

#endif
