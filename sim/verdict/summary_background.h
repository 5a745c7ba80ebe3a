/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_BACKGROUND_H
#define SIM_VERDICT_SUMMARY_BACKGROUND_H

#include "sim/verdict/summary.h"

#include <jansson.h>

/* `background` of summary.json: what became of each entry's packets, by direction. NULL: out of memory. */
json_t *summary_background_json(const summary_input *input);

#endif
