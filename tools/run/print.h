/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_PRINT_H
#define TOOLS_RUN_PRINT_H

/* A run as people read it. */

#include "sim/verdict/run.h"
#include "tools/cli/table.h"

typedef struct run_print {
    FILE *stream;
    bool colour;
    bool quiet; /* the verdict alone */
    bool each;  /* tables have every member of a large group */
} run_print;

/* Tables of migrations and expectations, and the verdict. Of a combination that is good the verdict alone.
 * False: out of memory. */
__attribute__((warn_unused_result)) bool run_print_result(const run_print *print, const scenario *scenario,
                                                          uint64_t seed, const run *run);

/* A cell with the names of two nodes: "laptop -> server". */
void run_print_ends(table *out, const scenario *scenario, uint32_t from, uint32_t to);

#endif
