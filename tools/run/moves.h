/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_MOVES_H
#define TOOLS_RUN_MOVES_H

/* What moves cost, migrations and reconnects side by side: a table of a run, and one of the combinations of a
 * scenario. Printed only where there is a reconnect: `roam run` has the migrations in a table of their own.
 */

#include "sim/record/recorder.h"
#include "tools/cli/table.h"

/* The cells of a run's moves: a line a move, with a tab after each cell. "" without a reconnect. Without
 * each, of those of a large group the worst alone (groups.h). To be freed; NULL: out of memory. */
char *run_moves_lines(const scenario *whole, const recorder *recorded, bool each);

/* There is a reconnect. */
bool run_moves_any(const recorder *recorded);

/* How many cells a line has, and their titles. */
enum { RUN_MOVES_CELLS = 10 };
extern const char *const RUN_MOVES_TITLES[RUN_MOVES_CELLS];

/* The cells of one line; the next line, or NULL at the end. */
const char *run_moves_cells(table *out, const char *line);

/* The table of one run. False: out of memory. */
__attribute__((warn_unused_result)) bool run_moves_print(const char *lines, FILE *stream, bool colour);

#endif
