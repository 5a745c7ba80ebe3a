/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_ANSWER_H
#define TOOLS_SWEEP_ANSWER_H

/* What a worker of a sweep says of a run: what the store takes. */

#include "sim/verdict/run.h"

#include <stdio.h>

typedef struct sweep_answer {
    int result; /* of run_scenario; unless RUN_OK, only message and wall_ns count */
    summary_verdict verdict;
    uint64_t wall_ns;
    summary_rows rows;
    const char *message; /* of run_scenario */
} sweep_answer;

/* To another copy of this process: bytes and pointers mean the same to no other program. */
void sweep_answer_write(const sweep_answer *answer, FILE *stream);

/* What was written; texts point into the bytes, and the rows are to be freed by summary_rows_free. False, and
 * *out untouched: it is no answer, or memory ran out. */
bool sweep_answer_read(const char *bytes, size_t len, sweep_answer *out);

#endif
