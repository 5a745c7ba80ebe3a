/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_BACKGROUND_H
#define TOOLS_RUN_BACKGROUND_H

/* What became of the packets of each entry of the scenario's background, as a table, and an empty line;
 * nothing when it has none. */

#include "sim/verdict/run.h"

#include <stdio.h>

/* False: out of memory. */
__attribute__((warn_unused_result)) bool run_background_print(const scenario *whole, const run *finished,
                                                              FILE *stream, bool colour);

#endif
