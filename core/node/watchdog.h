/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the watchdog: the public part is in roam.h. */
#ifndef CORE_NODE_WATCHDOG_H
#define CORE_NODE_WATCHDOG_H

#include "core/roam.h"

/* Frees every watchdog of the node. */
void core_watchdogs_free(roam_node *node);

#endif
