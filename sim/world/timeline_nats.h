/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the timeline does to NATs: shuffle, expire and restart, of some or all of those behind them, at once
 * or one after the other. */
#ifndef SIM_WORLD_TIMELINE_NATS_H
#define SIM_WORLD_TIMELINE_NATS_H

#include "sim/world/timeline.h"

typedef struct timeline_nats timeline_nats;

/* options must outlive it. NULL when out of memory. */
__attribute__((warn_unused_result)) timeline_nats *timeline_nats_new(const timeline_options *options);
void timeline_nats_free(timeline_nats *self); /* NULL is fine */

/* Errors: run_error_code, with the text in the run_error. */
ROAM_CHECKED int timeline_nats_event(timeline_nats *self, const scenario_event *event, uint64_t now_ns);

#endif
