/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BASELINE_H
#define TOOLS_BASELINE_H

/*
 * A baseline: what a scenario measured when somebody last said "this is how it should be", over a range of
 * seeds. One small JSON file a scenario, NAME.json, that a person can review as a diff:
 *
 *   {"baseline": 1, "scenario": "wifi-to-cellular", "directory": "handover", "digest": "0123456789abcdef",
 *    "seeds": {"first": 1, "last": 10},
 *    "combinations": [
 *      {"combination": "", "verdicts": "passed",
 *       "series": [
 *         {"kind": "validation", "label": "move", "outcomes": "ok 1",
 *          "p50_ns": 73002048, "p90_ns": ..., "p99_ns": ..., "max_ns": ..., "worst_ns": 73002048}]}]}
 *
 * verdicts, outcomes and worst_ns say something of each seed: one value when all seeds agree, else an array
 * in the order of the seeds. worst_ns is the worst value of a seed, null when a measurement of it has none;
 * it is what is compared seed by seed. Percentiles are over all values of all seeds (statistics.h), null
 * without any. Outcomes are those of one seed, counted: "ok 19, timeout 1".
 */

#include "tools/measures.h"

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

const char *baseline_scenario(const json_t *baseline);
const char *baseline_digest(const json_t *baseline);
void baseline_seeds(const json_t *baseline, uint64_t *first, uint64_t *last);

#endif
