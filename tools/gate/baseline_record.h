/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_BASELINE_RECORD_H
#define TOOLS_GATE_BASELINE_RECORD_H

/*
 * What a baseline holds beside its measures: fields of the migration records, which have no better or worse,
 * and why runs did not pass.
 *
 * A series of validations gets "record", an object of the fields by their column in the store (NULL counts as
 * 0, a truth value as 0 or 1). A field has one value when all migrations of a run agree, and else three, [the
 * least, the greatest, the sum]. A field that depends on the seed is left out, and so is "record" in
 * baselines of stochastic scenarios and in those made before it was there: what is not there is not compared.
 *
 * A series of validations or rebinds gets "parts", an object of the mean of each part of its validations, by
 * its key in summary.json (tools/cli/parts.h), without those that are 0. They are not compared for
 * themselves: they tell in which part a time moved. Baselines made before they were there say nothing of it.
 *
 * A combination gets "failures" when a run of it failed, an array of {"measure": "expectation: TEXT",
 * "known fault: TEXT", "contradiction: LABEL", "contradiction" or "crashed"; "is": what was measured or said,
 * "seed": of the first, "times": how often}, and as measured "seeds": all of them, which no file holds. It
 * gets "rules" too: see baseline_rules.h.
 */

#include "tools/gate/baseline.h"

typedef enum baseline_field_unit {
    BASELINE_TIME,
    BASELINE_BYTES,
    BASELINE_COUNT,
    BASELINE_BOOL
} baseline_field_unit;

typedef struct baseline_field {
    const char *column; /* of the table migrations */
    const char *name;   /* for people */
    baseline_field_unit unit;
} baseline_field;

extern const baseline_field BASELINE_FIELDS[];
extern const size_t BASELINE_FIELD_COUNT;

/* Adds all of that to a baseline of runs in the store, of that build; 0: of all. Errors: store_error,
 * store_message(from) says more. */
ROAM_CHECKED int baseline_record_add(json_t *baseline, store *from, int64_t build);

/* Removes the fields of a stochastic baseline. */
void baseline_record_drop(json_t *baseline);

#endif
