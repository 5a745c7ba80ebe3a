/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BENCHMARKS_LOAD_H
#define TOOLS_BENCHMARKS_LOAD_H

#include "sim/scenario/scenario.h"
#include "tools/benchmarks/bench.h"

/* The scenario of a text, with an override or, at NULL, none. 0, or -1 with the first diagnostic as message.
 */
BENCH_CHECKED int bench_load(const char *text, const char *override, scenario **out,
                             char message[BENCH_MESSAGE_MAX]);

#endif
