/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The peers of a node: their names, and the keys that are pinned under them. */
#ifndef CORE_NODE_PEER_H
#define CORE_NODE_PEER_H

#include "core/node/internal.h"

/* The peer of that name, made if need be. NULL: no memory, or max_peers reached. */
core_peer *core_peer_named(roam_node *node, const char *name);

/* NULL when unknown. */
core_peer *core_peer_by_id(const roam_node *node, roam_peer_id id);

/* Rejects a key that trust does not allow under this name. Pins on first use. */
core_reject core_peer_trust(roam_node *node, const core_peer *peer, const uint8_t key[ROAM_KEY_BYTES]);

#endif
