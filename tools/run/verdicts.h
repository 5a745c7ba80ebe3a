/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_VERDICTS_H
#define TOOLS_RUN_VERDICTS_H

/* The runs as CI systems read them: what did not hold travels as text from the process of a run, and becomes
 * a case in the one that reports. */

#include "sim/verdict/run.h"
#include "tools/ci/outputs.h"
#include "tools/run/jobs.h"

/* What did not hold, a line each; to be freed. "" when all did. NULL: out of memory. */
char *run_faults(const scenario *whole, const run *finished);

/* settings: what all runs were given besides the scenario (settings_text). faults: as above. */
void run_verdicts_add(ci_verdicts *self, const run_job *job, const char *settings, summary_verdict verdict,
                      const char *faults);
/* One that has no verdict: CI_FAILED where an adapter is to blame, CI_BROKEN else, CI_SKIPPED: not run. */
void run_verdicts_add_lost(ci_verdicts *self, const run_job *job, const char *settings, ci_kind kind,
                           const char *why);

/* Writes what was asked for; workflow commands to stream. status: of the runs; it is returned unless a file
 * cannot be written. */
ROAM_CHECKED int run_verdicts_write(const ci_verdicts *self, const ci_outputs *outputs, FILE *stream,
                                    int status);

#endif
