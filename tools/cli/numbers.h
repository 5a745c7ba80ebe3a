/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_NUMBERS_H
#define TOOLS_CLI_NUMBERS_H

/* Pairs of numbers on the command line; core/number.h has single ones. Nothing stands before or after them.
 * False: it is none of these, and nothing was written. */

#include <stdbool.h>
#include <stdint.h>

#define NUMBERS_RANGE_MAX UINT64_C(10000000) /* numbers in a range */

/* "A..B", A <= B, both ends included, or "A"; at most INT64_MAX, and NUMBERS_RANGE_MAX of them. */
bool numbers_range(const char *text, uint64_t *first, uint64_t *last);
/* "I/N", 1 <= I <= N <= 10000. */
bool numbers_part(const char *text, uint64_t *part, uint64_t *parts);

#endif
