/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `quic` of a node that runs another QUIC library. */
#ifndef SIM_WORLD_QUIC_SETTINGS_H
#define SIM_WORLD_QUIC_SETTINGS_H

#include "sim/scenario/scenario.h"

#include <stdint.h>

/* What the node's file sets, as capabilities that its library needs for it: ROAM_ENDPOINT_SETS_ bits. */
uint64_t quic_settings_asked(const scenario_node *node);

/* The key of the file behind such a capability; NULL: it is none. */
const char *quic_settings_name(uint64_t capability);

#endif
