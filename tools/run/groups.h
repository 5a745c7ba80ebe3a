/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_GROUPS_H
#define TOOLS_RUN_GROUPS_H

/* The members of a group in one row, with percentiles. */

#include "sim/verdict/summary_groups.h"

#include <stdio.h>

/* Of a larger group the tables have one row. */
#define RUN_GROUPS_EACH_MAX 10

/* A table of all rows, with moves only where there is a reconnect, as run_moves_print has them; nothing when
 * there is none. False: out of memory. */
__attribute__((warn_unused_result)) bool run_groups_print(const scenario *whole, const summary_groups *groups,
                                                          bool reconnects, FILE *stream, bool colour);

#endif
