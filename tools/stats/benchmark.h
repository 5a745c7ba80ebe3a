/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_BENCHMARK_H
#define TOOLS_STATS_BENCHMARK_H

/*
 * Measures for trackers of benchmarks. A name is SCENARIO[COMBINATION]/MEASURE: LABEL/STATISTIC, the same
 * from commit to commit: p50, p90 and p99 are times, and failed is the share that failed. A percentile that
 * was never reached has no entry, for no number stands for it; failed says how many there were.
 */

#include "tools/stats/series.h"

#include <stdio.h>

typedef enum benchmark_format {
    BENCHMARK_GITHUB, /* github-action-benchmark's customSmallerIsBetter: times in ms */
    BENCHMARK_BENCHER /* Bencher Metric Format: `latency` in ns, `failed` in % */
} benchmark_format;

/* "github", "bencher"; false: neither. */
ROAM_CHECKED bool benchmark_format_read(const char *name, benchmark_format *out);

/* Two groups of one name, of two builds or of two texts of a scenario: the second, or NULL. */
const measure_group *benchmark_double(const measures *all);

/* As JSON. False: out of memory. */
ROAM_CHECKED bool benchmark_print(const measures *all, benchmark_format format, FILE *stream);

#endif
