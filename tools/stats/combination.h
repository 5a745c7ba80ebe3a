/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_COMBINATION_H
#define TOOLS_STATS_COMBINATION_H

/* Combinations of a scenario's `vary`, as the store has them: "networks.lte.delay=9ms,networks.lte.loss=1%".
 */

#include <stddef.h>

/* As strcmp, but that numbers in the texts count as numbers, with their units of time: 1500us is before 9ms.
 */
int combination_compare(const char *a, const char *b);

/* "delay=9ms, loss=1%": of each key the last part. Cut to what there is room for. */
void combination_short(const char *combination, char *text, size_t size);

#endif
