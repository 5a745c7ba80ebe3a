/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_BACKGROUND_H
#define SIM_VERDICT_SUMMARY_BACKGROUND_H

#include "sim/verdict/summary.h"
#include "sim/verdict/summary_writer.h"

/* Adds `background`, if there is some: what became of each entry's packets, by direction. */
void summary_put_background(summary_writer *out, json_t *root, const summary_input *input);

#endif
