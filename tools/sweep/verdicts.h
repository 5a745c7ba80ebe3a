/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_VERDICTS_H
#define TOOLS_SWEEP_VERDICTS_H

/* The verdict of a sweep for CI systems: a case a scenario and combination, of all its seeds that the store
 * has. */

#include "tools/ci/outputs.h"
#include "tools/sweep/failures.h"

/*
 * Adds a case for each job: passed, or what failed in it (failures, as sweep_failures_read has them), in how
 * many runs, with the first seeds, what was measured with the least one, and the command that runs it again.
 * A combination without a run was not reached (interrupted, or of another shard), and shows nothing. False:
 * out of memory, or the store cannot be read, which standard error then says.
 */
ROAM_CHECKED bool sweep_verdicts_add(ci_verdicts *self, const sweep_options *options,
                                     const sweep_result *result, const stats_failures *failures);

/* Writes what the outputs ask for. The status, or a worse one when a file could not be written. */
ROAM_CHECKED int sweep_verdicts_write(const ci_verdicts *self, const ci_outputs *outputs, int status);

#endif
