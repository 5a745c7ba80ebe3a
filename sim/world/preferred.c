/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/preferred.h"

/* NULL: the node does not prefer the network. */
static roam_addr *place_of(preferred_addresses *self, const scenario_node *node, const network *on)
{
    const scenario_family family = on->scenario->family;
    return node->preferred[family] == on->index ? &self->at[family] : NULL;
}

void preferred_attached(preferred_addresses *self, const scenario_node *node, const network *on,
                        const roam_addr *address)
{
    roam_addr *const place = place_of(self, node, on);
    if (!place)
        return;
    *place = *address;
    place->port = node->listen;
}

int preferred_listens(const preferred_addresses *self, roam_node *core, const roam_addr *address)
{
    const bool is_one = roam_addr_equal(&self->at[0], address) || roam_addr_equal(&self->at[1], address);
    return is_one ? roam_node_prefer(core, address) : 0;
}

uint16_t preferred_relay_port(const scenario_node *served, uint16_t relay_port)
{
    return scenario_prefers_address(served) ? (uint16_t)(relay_port + 1) : 0;
}

void preferred_detached(preferred_addresses *self, roam_node *core, const scenario_node *node,
                        const network *on)
{
    roam_addr *const place = place_of(self, node, on);
    if (!place || place->family == ROAM_FAMILY_NONE)
        return;
    if (core)
        roam_node_prefer_none(core, place->family);
    *place = (roam_addr){.family = ROAM_FAMILY_NONE};
}
