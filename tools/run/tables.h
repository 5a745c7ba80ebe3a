/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_TABLES_H
#define TOOLS_RUN_TABLES_H

/* Many runs as people read them: the combinations of one scenario side by side, and all scenarios. */

#include "tools/run/jobs.h"
#include "tools/run/result.h"

typedef enum run_state {
    RUN_NOT_FINISHED, /* not run, or interrupted */
    RUN_FINISHED,
    RUN_CRASHED, /* the adapter of another QUIC library is at fault */
    RUN_BROKEN   /* it crashed, hung or could not be made */
} run_state;

/* What is kept of a run until all are printed. */
typedef struct run_row {
    run_state state;
    run_result answer; /* of a finished one; its texts are NULL */
    char *outcome;     /* owned, as is the next */
    char *moves;       /* of run_moves_lines */
} run_row;

/* Of one file: all its runs together. */
typedef struct run_file {
    run_state state;
    summary_verdict verdict; /* the worst, of a finished one */
    size_t runs;
    size_t good; /* passed, or with a known fault */
    size_t unsupported;
    size_t migrations, migrations_ok;
    uint64_t validation_ns, gap_ns, wall_ns; /* the worst; the sum of wall clock */
} run_file;

/* Files by what became of them. */
typedef struct run_tally {
    size_t passed, known, unsupported, failed, crashed, broken, left;
} run_tally;

typedef struct run_tables {
    FILE *stream;
    bool colour;
    bool timing; /* wall clock too: it differs from run to run */
} run_tables;

run_file run_tables_file(const run_row *rows, size_t count);

run_tally run_tables_count(const run_file *files, size_t count);
/* "3 passed, 0 failed, 1 unsupported" */
void run_tables_print_counts(const run_tables *report, const run_tally *counts);

/* Of a scenario with `vary`: one key, or more than two: one line a combination; two: a grid. What moves cost
 * follows, where there is a reconnect. False: out of memory. */
__attribute__((warn_unused_result)) bool run_tables_combinations(const run_tables *report,
                                                                 const scenario *varied, const run_job *jobs,
                                                                 const run_row *rows, size_t count);

/* One line a scenario. False: out of memory. */
__attribute__((warn_unused_result)) bool run_tables_all(const run_tables *report, const scenario_files *files,
                                                        const run_file *each);

#endif
