/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

bool recorder_landings_follow(recorder *self, uint32_t peer, uint32_t server, observer_channel channel)
{
    recorder_landings *const of = &self->landings[peer];
    const scenario_balancer *const behind = self->scenario->nodes[server].behind;
    const uint32_t number = scenario_server_of(behind, server);
    if (channel != OBSERVER_CHANNEL_UP)
        return of->count == 0 || of->last == server;
    const uint8_t bit = (uint8_t)(1u << number % 8);
    of->count++;
    of->last = server;
    of->servers += !(of->seen[number / 8] & bit);
    of->seen[number / 8] |= bit;
    return true;
}

uint32_t recorder_server(const recorder *self, uint32_t peer)
{
    return self->landings[peer].count ? self->landings[peer].last : SCENARIO_NONE;
}

uint32_t recorder_connections_landed(const recorder *self, uint32_t peer)
{
    return self->landings[peer].count;
}

uint32_t recorder_servers_seen(const recorder *self, uint32_t peer)
{
    return self->landings[peer].servers;
}
