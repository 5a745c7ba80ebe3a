/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_LATENCIES_H
#define TOOLS_RUN_LATENCIES_H

/* How long the messages of each flow took, as a table, and an empty line; nothing when none was measured. */

#include "sim/record/recorder.h"

#include <stdio.h>

/* False: out of memory. */
__attribute__((warn_unused_result)) bool run_latencies_print(const scenario *whole, const recorder *record,
                                                             FILE *stream, bool colour);

#endif
