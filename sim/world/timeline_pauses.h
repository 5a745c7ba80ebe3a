/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs suspend, wake and hold of the timeline. */
#ifndef SIM_WORLD_TIMELINE_PAUSES_H
#define SIM_WORLD_TIMELINE_PAUSES_H

#include "sim/world/timeline.h"

/* REFUSAL_SUSPENDED for an event that asks for what a suspended node cannot do, else 0. */
ROAM_CHECKED int timeline_pauses_refuse(const timeline_options *options, const scenario_event *event);

/* Carries one of these verbs out: 0, REFUSAL_STOPPED or a run_error_code. */
ROAM_CHECKED int timeline_pauses_event(const timeline_options *options, const scenario_event *event,
                                       uint64_t now_ns);

#endif
