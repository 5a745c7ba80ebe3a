/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_COMBINATION_H
#define TOOLS_CLI_COMBINATION_H

/* Combinations of a scenario's `vary`, as the store has them: "networks.lte.delay=9ms,networks.lte.loss=1%".
 */

#include <stdbool.h>
#include <stddef.h>

/* As strcmp, but that numbers in the texts count as numbers, with their units: 1500us is before 9ms. 0 also
 * for different texts of the same quantities. */
int combination_compare(const char *a, const char *b);

/* The value is a number, with or without a unit, and nothing else: such values have an order of their own. */
bool combination_is_quantity(const char *value);

/* Whether a combination meets conditions "KEY=VALUE", where KEY is a whole key or the last parts of one: the
 * value of each key that conditions name is one of those that they give it. */
bool combination_meets(const char *combination, const char *const *conditions, size_t count);

/* "delay=9ms, loss=1%": of each key the last part. Cut to what there is room for. */
void combination_short(const char *combination, char *text, size_t size);

#endif
