/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

/* Holds what a scenario expects against what was recorded. */

#include "sim/recorder.h"

#define EXPECT_TEXT_MAX 320

typedef struct expect_outcome {
    bool held;
    char text[EXPECT_TEXT_MAX]; /* "ok in 43.112 ms, wanted ok in <= 120 ms" */
} expect_outcome;

/* Judges every expectation of the scenario, in its order; outcomes has room for expectation_count. The
 * recorder is finished. */
void expect_judge(const scenario *scenario, const recorder *recorder, expect_outcome *outcomes);

#endif
