/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_RANDOM_RULES_H
#define SIM_TESTS_RANDOM_RULES_H

/* Fixture: what the witness says of a run whose scenario may be anything. */

#include "sim/record/witness.h"

#include <stdbool.h>

/* Writes one line, which begins with the rule's name, of the rule that was broken first. False, and text is
 * untouched: none was, but for those that known faults of ngtcp2 break (random_rules.c). */
bool random_rules_broken(const scenario *whole, const witness *seen, char *text, size_t max);

#endif
