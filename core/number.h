/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decimal numbers in text: digits alone, no sign, no space. The only reader of numbers in the project: files,
 * options and requests are built on it. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Appends the digits at the front of the text to *value (1 and "23" make 123), and returns what follows them:
 * the text itself when it begins with none. A number beyond UINT64_MAX becomes that, and *fits false, which
 * else stays as it is. */
const char *core_number_digits(const char *text, uint64_t *value, bool *fits);

/* All of the text. False: it is not a number from min to max; *value is untouched. */
bool core_number_whole(const char *text, uint64_t min, uint64_t max, uint64_t *value);

#endif
