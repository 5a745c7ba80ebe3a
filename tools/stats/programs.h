/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_PROGRAMS_H
#define TOOLS_STATS_PROGRAMS_H

/* The measures of a store for programs, on standard output. */

#include "tools/stats/expectations.h"
#include "tools/stats/series.h"

/* One line a measure, times in nanoseconds. */
bool stats_programs_csv(const measures *all);
/* An array of groups, with expectations, rules and failures. False: out of memory, or the store cannot be
 * read. */
bool stats_programs_json(store *from, const measures *all, const stats_expectations *expected);

#endif
