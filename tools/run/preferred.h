/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_PREFERRED_H
#define TOOLS_RUN_PREFERRED_H

#include "sim/record/recorder.h"

#include <stdio.h>

/* What clients made of their servers' preferred addresses, up to eight; nothing where there are none. False:
 * out of memory, or the stream cannot be written. */
bool run_preferred_print(const scenario *whole, const recorder *recorded, FILE *stream, bool colour);

#endif
