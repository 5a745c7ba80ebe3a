/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of the control socket that are lists, "end" included (control.h). The loop thread; the caller frees
 * them. NULL: no memory. */
#ifndef CORE_LIVE_CONTROL_LISTS_H
#define CORE_LIVE_CONTROL_LISTS_H

#include "core/live/live.h"

char *live_control_list_peers(live_node *live);
/* Of a node with membership. */
char *live_control_list_views(live_node *live);

#endif
