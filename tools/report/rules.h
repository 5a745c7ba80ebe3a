/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_RULES_H
#define TOOLS_REPORT_RULES_H

/* The section of a report on the rules of RFC 9000. */

#include "tools/store/store.h"

#include <stdio.h>

/* Of the runs of that build. A store that says nothing of rules has no such section. 0, or a store_error. */
ROAM_CHECKED int report_rules(store *from, int64_t build, FILE *page);

#endif
