/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_SERIES_TEXT_H
#define TOOLS_STATS_SERIES_TEXT_H

/* Measures in words, the same ones in tables and on pages. Each returns its text. */

#include "tools/stats/series.h"

#define MEASURES_TEXT_MAX 256

/* "43.112 ms", or "never". */
const char *measures_time_text(uint64_t value_ns, char text[MEASURES_TEXT_MAX]);

/* The interval of the p-th percentile: "41.0 ms to 43.1 ms", "41.0 ms to never", "the same" (of a percentile
 * whose bounds are both what it is), "from 41.0 ms, no upper bound", "no bounds: n too small"; "" of a
 * maximum, which has none. */
const char *measures_interval_text(const statistics_percentile *at, unsigned p, char text[MEASURES_TEXT_MAX]);

/* "ok 8, timeout 2" */
const char *measures_outcomes_text(const measure_series *series, char text[MEASURES_TEXT_MAX]);

#endif
