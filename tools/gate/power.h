/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_POWER_H
#define TOOLS_GATE_POWER_H

/*
 * Which change of a stochastic scenario a gate would see, found by trying it out: two samples are drawn from
 * the values of the baseline, as though code and draws were new, one is changed, and the gate's own test is
 * asked whether it finds the change, many times. Seen is what is found in at least 95 of 100.
 */

#include "tools/gate/baseline.h"
#include "tools/gate/compare.h"

#include <stdio.h>

/* Of the tests of a gate, so many at most; the first finding among them has to be this sure. */
#define GATE_POWER_TESTS 250
#define GATE_POWER_PERCENT 95
#define GATE_SEEDS_MOST 2000 /* that a baseline gets unless its scenario says otherwise */

/* The least shift of all values that is seen with so many seeds. values: of each seed of a baseline,
 * MEASURE_NONE for never, count > 0. UINT64_MAX: none is. Out of memory: UINT64_MAX. */
uint64_t gate_power_shift(const uint64_t *values, size_t count, size_t seeds);

/* The least share of failures that is seen where it was `share` before; 2: none is. */
double gate_power_share(double share, size_t seeds);

/* How many seeds a stochastic baseline needs so that a shift of detect_ns of any validation is seen: at least
 * as many as it has, at most GATE_SEEDS_MOST. */
uint64_t gate_power_seeds(const json_t *baseline, uint64_t detect_ns);

/* A line for each measure of stochastic baselines, and one for each exact one. */
typedef struct gate_power_table gate_power_table;
ROAM_CHECKED gate_power_table *gate_power_table_new(void); /* NULL: out of memory */
void gate_power_table_add(gate_power_table *self, const json_t *baseline, const gate_tolerance *tolerance,
                          uint64_t detect_ns);
ROAM_CHECKED bool gate_power_table_print(const gate_power_table *self, FILE *stream, bool colour);
void gate_power_table_free(gate_power_table *self);

/* A generator for trials (SplitMix64): the same figures every time. Gives 0 to bound - 1. */
uint64_t gate_power_draw(uint64_t *state, uint64_t bound);

#endif
