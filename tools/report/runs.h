/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_RUNS_H
#define TOOLS_REPORT_RUNS_H

/* Sections of a report that lead to single runs: what did not hold, known faults, what took longest. Each has
 * the command that runs a run again, and the one that draws its timeline. Functions give 0 or a store_error.
 */

#include "tools/report/page.h"

#define REPORT_TEXT_MAX 1024

/* "scenario [combination]". Returns text. */
const char *report_name(const char *scenario, const char *combination, char text[REPORT_TEXT_MAX]);

/* Runs that did not pass, together where they are of one scenario and the same did not hold; nothing when all
 * passed. */
ROAM_CHECKED int report_failures(const report_input *input, FILE *page);

/* Runs of a verdict, together where they are of one scenario and combination; nothing when there are none. */
ROAM_CHECKED int report_runs_of(const report_input *input, const char *title, const char *verdict,
                                FILE *page);

/* Of the scenarios with the slowest validations the run that had it. */
ROAM_CHECKED int report_slowest(const report_input *input, FILE *page);

#endif
