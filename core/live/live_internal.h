/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a live node have of each other. */
#ifndef CORE_LIVE_LIVE_INTERNAL_H
#define CORE_LIVE_LIVE_INTERNAL_H

#include "core/live/call.h"
#include "core/live/live.h"

live_calls *live_node_calls(live_node *live);

#endif
