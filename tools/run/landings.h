/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_LANDINGS_H
#define TOOLS_RUN_LANDINGS_H

/* On which servers of balancers connections landed, as a table, and an empty line; nothing without one. */

#include "sim/record/recorder.h"

#include <stdio.h>

/* False: out of memory. */
__attribute__((warn_unused_result)) bool run_landings_print(const scenario *whole, const recorder *record,
                                                            FILE *stream, bool colour);

#endif
