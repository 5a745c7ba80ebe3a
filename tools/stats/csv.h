/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_CSV_H
#define TOOLS_STATS_CSV_H

#include <stdint.h>
#include <stdio.h>

/* RFC 4180: quoted when it must be. */
void csv_field(FILE *to, const char *text);
/* "inf" of STATISTICS_NEVER: what was never reached. */
void csv_number(FILE *to, uint64_t value);

#endif
