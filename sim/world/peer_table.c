/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/peer_table.h"

#include <stdlib.h>

void peer_table_init(peer_table *self, const scenario *whole, const node_index *by_name)
{
    *self = (peer_table){.scenario = whole, .by_name = by_name};
}

void peer_table_fini(peer_table *self)
{
    free(self->entries);
    self->entries = NULL;
    self->count = 0;
}

void peer_table_forget(peer_table *self)
{
    for (size_t i = 0; i < self->count; i++)
        self->entries[i] = (peer_entry){.node = SCENARIO_NONE};
}

static bool grow(peer_table *self, size_t index)
{
    size_t count = self->count ? 2 * self->count : 4;
    while (count <= index)
        count *= 2;
    peer_entry *const entries = realloc(self->entries, count * sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = self->count; i < count; i++)
        entries[i] = (peer_entry){.node = SCENARIO_NONE};
    self->entries = entries;
    self->count = count;
    return true;
}

uint32_t peer_table_node(peer_table *self, const roam_node *core, roam_peer_id peer)
{
    if (peer.value < self->count && self->entries[peer.value].node != SCENARIO_NONE)
        return self->entries[peer.value].node;
    const char *const name = roam_peer_name(core, peer);
    const uint32_t node = name ? node_index_find(self->by_name, name) : SCENARIO_NONE;
    if (node != SCENARIO_NONE && (peer.value < self->count || grow(self, peer.value)))
        self->entries[peer.value].node = node;
    return node;
}

roam_peer_id peer_table_id(const peer_table *self, const roam_node *core, uint32_t node)
{
    return roam_peer_find(core, self->scenario->nodes[node].name);
}

void peer_table_up(peer_table *self, roam_peer_id peer)
{
    if (peer.value < self->count)
        self->entries[peer.value].had_channel = true;
}

bool peer_table_had_channel(const peer_table *self, roam_peer_id peer)
{
    return peer.value < self->count && self->entries[peer.value].had_channel;
}
