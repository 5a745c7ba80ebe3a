/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_WORK_H
#define TOOLS_SWEEP_WORK_H

/* What a worker of a sweep does: one run, or several that share their beginning. */

#include "tools/cli/workers.h"
#include "tools/sweep/bundles.h"
#include "tools/sweep/runs.h"

/* The runs of one bundle. Of one run the answer is as sweep_answer_write has it, of several there are entries
 * (shared.h) with such answers; a run is the entry's by its index in todo. */
void sweep_work_do(const sweep_options *options, const sweep_job *todo, size_t count, workers_pulse *pulse,
                   FILE *answer);

#endif
