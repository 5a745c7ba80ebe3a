/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An expectation over the members of a group, or over the calls of a label. */
#ifndef SIM_VERDICT_EXPECT_OVER_H
#define SIM_VERDICT_EXPECT_OVER_H

#include "sim/verdict/expect/internal.h"

/* Judges one by one, and keeps how many fail, the worst, and the percentiles that are asked for: one pass
 * over the members, and memory for a number of each. */
void expect_judge_over(const scenario *whole, const scenario_expectation *expectation,
                       const expect_evidence *evidence, expect_outcome *outcome);

#endif
