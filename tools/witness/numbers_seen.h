/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the latest packet numbers of an endpoint were seen: whether a capture has all that is
 * acknowledged. */
#ifndef TOOLS_WITNESS_NUMBERS_SEEN_H
#define TOOLS_WITNESS_NUMBERS_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBERS_SEEN_MAX 8192 /* that are known, up to the highest */

/* Zero-initialised. */
typedef struct numbers_seen {
    uint64_t next; /* after the highest */
    uint64_t bits[NUMBERS_SEEN_MAX / 64];
} numbers_seen;

/* It was seen, or is older than those that are known. */
bool numbers_seen_has(const numbers_seen *seen, uint64_t number);

void numbers_seen_add(numbers_seen *seen, uint64_t number);

/* The highest number from smallest to largest that was not seen, in *out. False: all of them were, as far as
 * is known. */
bool numbers_seen_missing(const numbers_seen *seen, uint64_t smallest, uint64_t largest, uint64_t *out);

#endif
