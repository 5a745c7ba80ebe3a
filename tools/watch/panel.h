/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_PANEL_H
#define TOOLS_WATCH_PANEL_H

/* What is known of one node: its addresses and the NATs that it stands behind, the paths of its connections,
 * its bindings, its latest events. */

#include "tools/watch/screen_pen.h"

/* Draws so many rows. first: how many paths and bindings are scrolled past. */
void panel_draw(pen *at, const watch_model *model, uint32_t node, size_t first, size_t rows);

/* How far `first` may go. */
size_t panel_scroll_max(const watch_model *model, uint32_t node);

#endif
