/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A check in a process of its own: what crashes or hangs there is a failure of the check. */
#ifndef TOOLS_ENDPOINT_RUN_CHECK_H
#define TOOLS_ENDPOINT_RUN_CHECK_H

#include "tools/endpoint/check.h"

/* As check_run, with a limit of wall time. False: no process could be made. */
bool run_check(const check_row *row, endpoint_check *check, unsigned limit_s);

#endif
