/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_READ_H
#define TOOLS_COMPARE_READ_H

/* From the store into the matrix. */

#include "tools/compare/plan.h"

/* Adds all runs of the plan, those that the store lacks as not run. matrix: made of the plan's columns and
 * rows. A command_status; unless COMMAND_OK after a message on standard error. */
ROAM_CHECKED int compare_read(const sweep_options *sweep, int64_t build, const compare_plan *plan,
                              compare_matrix *matrix);

#endif
