/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_BASELINE_H
#define TOOLS_GATE_BASELINE_H

/*
 * A baseline: what a scenario measured over a range of seeds when the baseline was last renewed. One small
 * JSON file a scenario, NAME.json, that a person can review as a diff:
 *
 *   {"baseline": 1, "scenario": "wifi-to-cellular", "directory": "handover", "digest": "0123456789abcdef",
 *    "meaning": "89abcdef01234567", "kind": "exact", "seeds": {"first": 1, "last": 3},
 *    "combinations": [
 *      {"combination": "", "verdicts": "passed",
 *       "series": [
 *         {"kind": "validation", "label": "move", "outcomes": "ok 1",
 *          "p50_ns": 73002048, "p90_ns": ..., "p99_ns": ..., "max_ns": ..., "worst_ns": 73002048}]}]}
 *
 * Which scenario it is for, "meaning" says (scenario.h): a digest that comments, layout and the order of keys
 * have no part in. In baselines made before it was there, "digest" says so, which is that of stores and
 * summaries.
 *
 * The kind is "exact" when no value depends on the seed, and "stochastic" otherwise; "file" is where the
 * scenario is, seen from the directory of the baseline. Both may be missing. With "independent": true in
 * "seeds" each combination ran with seeds of its own, which stand for these (own_seed.h).
 *
 * verdicts, outcomes and worst_ns say something of each seed: one value when all seeds agree, else an array
 * in the order of the seeds. worst_ns is the worst value of a seed, null when a measurement of it has none;
 * it is what is compared seed by seed. Percentiles are over all values of all seeds (estimators.h), null
 * without any. Outcomes are those of one seed, counted: "ok 19, timeout 1". What is held beside them, and may
 * be missing: baseline_record.h.
 */

#include "tools/stats/series.h"

#include <jansson.h>

#define BASELINE_VERSION 1
#define BASELINE_MESSAGE_MAX 512

/* Of the groups of one scenario and build, which all have the seeds first to last. NULL: out of memory, or a
 * seed is missing; message (BASELINE_MESSAGE_MAX bytes) says which. The caller's. */
ROAM_CHECKED json_t *baseline_of(const measure_group *groups, size_t count, uint64_t first, uint64_t last,
                                 char *message);

/* Reads and checks a file: NULL with a message that names file and field. The caller's. */
ROAM_CHECKED json_t *baseline_read(const char *path, char *message);

/* The file's text, to be freed. NULL: out of memory. */
ROAM_CHECKED char *baseline_text(const json_t *baseline);

/* NULL: it has none. */
const char *baseline_meaning(const json_t *baseline);
void baseline_set_meaning(json_t *baseline, const char *meaning);
const char *baseline_scenario(const json_t *baseline);
const char *baseline_digest(const json_t *baseline);
void baseline_seeds(const json_t *baseline, uint64_t *first, uint64_t *last);

/* No measurement depends on the seed; as the baseline says, or, when it does not, as its values are: a single
 * seed says nothing. */
bool baseline_is_exact(const json_t *baseline);

/* Every run has that verdict. */
bool baseline_is_all(const json_t *baseline, const char *verdict);
void baseline_set_exact(json_t *baseline, bool exact);

/* Each combination has seeds of its own, which stand for those of the baseline (own_seed.h). */
bool baseline_is_independent(const json_t *baseline);
void baseline_set_independent(json_t *baseline);

/* Where the scenario's file is, seen from the baseline's directory. */
void baseline_set_file(json_t *baseline, const char *file);

/* Some of its seeds, by their places, which may repeat: as though they were seeds 1 to count of a baseline,
 * with its kind, but without percentiles. NULL: out of memory. */
ROAM_CHECKED json_t *baseline_pick(const json_t *baseline, const size_t *places, size_t count);

/* Of verdicts, outcomes or worst_ns: that of a seed, by its place from 0. */
const json_t *baseline_of_seed(const json_t *values, size_t index);

#endif
