/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs of the timeline about hosts' links: there or gone, up or down, what is wrong with them. */
#ifndef SIM_WORLD_TIMELINE_LINKS_H
#define SIM_WORLD_TIMELINE_LINKS_H

#include "sim/world/timeline.h"

/* Carries out an event of one of these verbs: attach, detach, link_down, link_up, drop, duplicate, reorder,
 * corrupt, heal, mtu, blackhole, walk, refuse, permit. Returns 0, a run_error_code or a refusal. */
int timeline_links_event(const timeline_options *options, const scenario_event *event, uint64_t now_ns);

#endif
