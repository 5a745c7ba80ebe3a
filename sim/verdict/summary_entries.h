/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of summary.json that are there only if there is something to say: entries of the timeline that no
 * instant has started, and times without a connection. */
#ifndef SIM_VERDICT_SUMMARY_ENTRIES_H
#define SIM_VERDICT_SUMMARY_ENTRIES_H

#include "sim/verdict/summary.h"
#include "sim/verdict/summary_writer.h"

/* Adds `outages` and `not_started`. */
void summary_put_entries(summary_writer *out, json_t *root, const summary_input *input);

#endif
