/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BENCHMARKS_LOAD_H
#define TOOLS_BENCHMARKS_LOAD_H

#include "sim/scenario/scenario.h"
#include "tools/benchmarks/bench.h"

/* The experiment: its round trip and sizes are those of the direct link (link.h). */
extern const char BENCH_EXPERIMENT[];

/* What is loaded: a text, and as on the command line an override and who plays which part; NULL: none. */
typedef struct bench_text {
    const char *text, *override, *player;
} bench_text;

/* 0, or -1 with the first diagnostic as message. */
BENCH_CHECKED int bench_load(const bench_text *from, scenario **out, char message[BENCH_MESSAGE_MAX]);

#endif
