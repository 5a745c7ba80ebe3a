/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_PARTS_H
#define TOOLS_REPORT_PARTS_H

/* The section of a report that says what the time of validations went by. */

#include "tools/store/store.h"

#include <stdio.h>

/* Of the runs of that build. A store that knows no parts has no such section. 0, or a store_error. */
ROAM_CHECKED int report_parts(store *from, int64_t build, FILE *page);

#endif
