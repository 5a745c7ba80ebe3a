/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_FAILURES_H
#define TOOLS_SWEEP_FAILURES_H

/* What failed in the runs of a sweep, as the store has them. */

#include "tools/stats/failures.h"
#include "tools/sweep/runs.h"

/*
 * What failed in the runs of this build that the store has of the scenarios and combinations of a sweep,
 * those included that were there before; to be freed with stats_failures_fini. False: out of memory, or the
 * store cannot be read, which standard error then says.
 */
ROAM_CHECKED bool sweep_failures_read(const sweep_options *options, const sweep_result *result,
                                      stats_failures *out);

/* Prints that on standard output; nothing where nothing failed. db: the file of the store, for the command
 * that has all of it. False: out of memory, which standard error then says. */
ROAM_CHECKED bool sweep_failures_print(const sweep_options *options, const stats_failures *all,
                                       const char *db);

#endif
