/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an event of the timeline needs of the world, where the loader could not follow the order of events:
 * some of them are started by instants. */
#ifndef SIM_WORLD_TIMELINE_GUARD_H
#define SIM_WORLD_TIMELINE_GUARD_H

#include "sim/world/timeline.h"

/* 0, or the refusal that says why the event is impossible as things are. */
int timeline_guard_event(const timeline_options *options, const scenario_event *event);

#endif
