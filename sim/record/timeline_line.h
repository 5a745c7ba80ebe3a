/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_TIMELINE_LINE_H
#define SIM_RECORD_TIMELINE_LINE_H

/* An entry of the timeline as JSON, for all files that have it. */

#include "sim/scenario/event.h"

/* Adds verb, node, network and all that the verb has to object. False: no memory. */
bool timeline_line_put(const scenario *scenario, const scenario_event *event, struct json_t *object);

#endif
