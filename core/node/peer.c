/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/peer.h"

#include "core/tls/identity.h"

#include <stdlib.h>
#include <string.h>

core_peer *core_peer_by_id(const roam_node *node, roam_peer_id id)
{
    return id.value >= 1 && id.value <= node->peer_count ? node->peers[id.value - 1] : NULL;
}

core_peer *core_peer_named(roam_node *node, const char *name)
{
    const size_t len = strlen(name);
    core_peer *peer = core_map_get(&node->peers_by_name, name, len);
    if (peer || node->peer_count >= node->options.max_peers)
        return peer;
    if (node->peer_count == node->peer_capacity) {
        const size_t capacity = node->peer_capacity ? node->peer_capacity * 2 : 4;
        core_peer **const peers = realloc(node->peers, capacity * sizeof *peers);
        if (!peers)
            return NULL;
        node->peers = peers;
        node->peer_capacity = capacity;
    }
    peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    memcpy(peer->name, name, len + 1);
    peer->id = (roam_peer_id){(uint32_t)node->peer_count + 1};
    if (core_map_add(&node->peers_by_name, peer->name, len, peer)) {
        free(peer);
        return NULL;
    }
    node->peers[node->peer_count++] = peer;
    return peer;
}

int roam_node_pin(roam_node *node, const char *name, const uint8_t key[ROAM_KEY_BYTES])
{
    if (!core_name_is_valid(name))
        return ROAM_ERR_INVALID_ARGUMENT;
    core_pin *pin = core_map_get(&node->pins_by_name, name, strlen(name));
    if (!pin) {
        pin = calloc(1, sizeof *pin);
        if (!pin)
            return ROAM_ERR_NO_MEMORY;
        memcpy(pin->name, name, strlen(name) + 1);
        if (core_map_add(&node->pins_by_name, pin->name, strlen(name), pin)) {
            free(pin);
            return ROAM_ERR_NO_MEMORY;
        }
        pin->next = node->pins;
        node->pins = pin;
    }
    memcpy(pin->key, key, ROAM_KEY_BYTES);
    return 0;
}

core_reject core_peer_trust(roam_node *node, const core_peer *peer, const uint8_t key[ROAM_KEY_BYTES])
{
    const core_pin *const pin = core_map_get(&node->pins_by_name, peer->name, strlen(peer->name));
    if (pin)
        return memcmp(pin->key, key, ROAM_KEY_BYTES) == 0 ? core_reject_none()
                                                          : core_reject_with(ROAM_CLOSE_KEY_MISMATCH);
    if (node->options.trust == ROAM_TRUST_STRICT)
        return core_reject_with(ROAM_CLOSE_KEY_UNKNOWN);
    if (roam_node_pin(node, peer->name, key))
        return core_reject_with(ROAM_CLOSE_FAILED);
    core_outbox_emit(&node->outbox,
                     &(roam_event){.kind = ROAM_EVENT_KEY_PINNED, .peer = peer->id, .key = key},
                     node->now_ns);
    return core_reject_none();
}

roam_peer_id roam_peer_find(const roam_node *node, const char *name)
{
    const core_peer *const peer = core_map_get(&node->peers_by_name, name, strlen(name));
    return peer ? peer->id : (roam_peer_id){0};
}

const char *roam_peer_name(const roam_node *node, roam_peer_id id)
{
    const core_peer *const peer = core_peer_by_id(node, id);
    return peer ? peer->name : NULL;
}
