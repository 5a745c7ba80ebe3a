/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_INTERNAL_H
#define TOOLS_GATE_INTERNAL_H

/* What the two ways to compare a scenario share: exactly (compare.c), and as samples (chance.c). */

#include "tools/gate/compare.h"

typedef struct gate_comparison {
    const json_t *was; /* baselines */
    const json_t *is;
    const gate_tolerance *tolerance;
    gate_changes *out;
    const char *combination;
    uint64_t first; /* seed */
    size_t seeds;
    bool failed; /* out of memory */
} gate_comparison;

/* A change of the combination, appended to out; NULL: out of memory, which failed then says. */
gate_change *gate_add_change(gate_comparison *self, const char *measure);

/* "kind: label" */
void gate_series_name(const json_t *series, char name[GATE_TEXT_MAX]);
/* The series of the same kind and label, or NULL. */
const json_t *gate_find_series(const json_t *combination, const json_t *like);

/* Of a verdict: what is as good as passed. */
bool gate_is_good(const char *verdict);
/* Of outcomes as a baseline counts them ("ok 19, timeout 1"): how many are as they should be, and how many
 * not. */
void gate_count_outcomes(const char *outcomes, uint64_t *good, uint64_t *bad);

/* The fields of the records of a series (baseline_record.h). */
void gate_compare_fields(gate_comparison *self, const json_t *was, const json_t *is);
/* Says in which part of a validation a time of the series moved, where both tell. NULL: one has no such
 * series.
 */
void gate_compare_parts(gate_change *change, const json_t *was, const json_t *is);
/* Of a combination, why runs fail, where none failed so; in stochastic scenarios without expectations. */
void gate_compare_failures(gate_comparison *self, const json_t *was, const json_t *is);
/* Of a combination, its rules of RFC 9000, seed by seed; or how often they are broken, as samples. */
void gate_compare_rules(gate_comparison *self, const json_t *was, const json_t *is);
void gate_sample_rules(gate_comparison *self, const json_t *was, const json_t *is);
/* A property that some seeds have: `of` says what, and `has` gives it for each seed, before and after. The
 * hypothesis that more seeds have it now; NULL: no seed differs, or out of memory. */
typedef bool gate_property_fn(const void *ctx, size_t index, bool is);
gate_change *gate_compare_shares(gate_comparison *self, const char *measure, const char *of,
                                 gate_property_fn *has, const void *ctx);
/* The failure that is more frequent by the most; NULL: none is. */
const char *gate_worst_failure(const json_t *was, const json_t *is);

/* Sorts by how near to a cause a change is. False: out of memory. */
bool gate_changes_order(gate_changes *changes);

/* "+1.000 ms" */
void gate_time_by(int64_t by_ns, char text[GATE_TEXT_MAX]);

int64_t gate_tolerance_of(const gate_tolerance *tolerance, const char *kind);

/* Compares one combination as samples. Every hypothesis that could be tested is added, with its chance, and
 * none is judged: gate_changes_settle does that for all. */
void gate_compare_samples(gate_comparison *self, const json_t *was, const json_t *is);

#endif
