/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_BASELINE_RULES_H
#define TOOLS_GATE_BASELINE_RULES_H

/*
 * What a baseline holds of the rules of RFC 9000: a combination gets "rules", an object of
 *
 *     "exercised": "challenge-padded response-once": those that packets exercised in every run,
 *     "sometimes": those that they exercised in some runs,
 *     "told": [{"rule", "id", "level", "verdict": "broken" or "declined", "is": "laptop at 3.100 s: TEXT",
 *               "seed": of that, "runs": "all", or a character a seed, 1 where it was so}]
 *
 * in the order of their names. Baselines made before they were there, and those of programs without a
 * witness, have no "rules", and say nothing of them.
 */

#include "tools/gate/baseline_query.h"

/* Adds them. Errors: store_error. */
ROAM_CHECKED int baseline_rules_add(const json_t *baseline, json_t *combination, const baseline_origin *from);

/* What is wrong with the rules of a combination, for so many seeds; NULL: nothing. */
const char *baseline_rules_fault(const json_t *combination, size_t seeds);

/* Leaves some of the seeds. */
void baseline_rules_pick(json_t *combination, const size_t *places, size_t count);

/* The seed at that place is one of the "runs" of an item of "told"; NULL: no. */
bool baseline_rules_in(const json_t *told, size_t index);

/* A name is in a list with blanks between names; NULL: no. */
bool baseline_rules_has(const json_t *list, const char *name);

#endif
