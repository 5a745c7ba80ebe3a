/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

static uint64_t key_of(const scenario_expectation *expectation)
{
    return expectation->kind == SCENARIO_EXPECT_AMPLIFICATION ? expectation->amplification.node : ASKED_NOT;
}

bool recorder_amplifiers_init(recorder *self)
{
    if (!asked_init(&self->amplifiers_asked, self->scenario, key_of))
        return false;
    self->amplifiers = calloc(self->amplifiers_asked.count + 1, sizeof *self->amplifiers);
    if (!self->amplifiers)
        return false;
    for (uint32_t i = 0; i < self->amplifiers_asked.count; i++)
        core_map_init(&self->amplifiers[i].remote_map, 0);
    return true;
}

void recorder_amplifiers_fini(recorder *self)
{
    for (uint32_t i = 0; self->amplifiers && i < self->amplifiers_asked.count; i++) {
        recorder_amplifier *const at = &self->amplifiers[i];
        core_map_fini(&at->remote_map);
        for (size_t j = 0; j < at->remote_count; j++)
            free(at->remotes[j]);
        free(at->remotes);
        free(at->hosts);
    }
    free(self->amplifiers);
    asked_fini(&self->amplifiers_asked);
}

/* Room for one more where there are so many: grown at each power of two. */
static void *make_room(void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    return realloc(items, (count ? 2 * count : 1) * size);
}

void recorder_amplifiers_address(recorder *self, uint32_t node, const roam_addr *addr)
{
    for (uint32_t i = 0; i < self->amplifiers_asked.count; i++) {
        recorder_amplifier *const at = &self->amplifiers[i];
        if (self->amplifiers_asked.items[i]->amplification.to != node)
            continue;
        roam_addr *const hosts = make_room(at->hosts, at->host_count, sizeof *hosts);
        if (!hosts) {
            self->failed = true;
            return;
        }
        at->hosts = hosts;
        at->hosts[at->host_count] = *addr;
        at->hosts[at->host_count++].port = 0;
    }
}

static bool is_of(const recorder_amplifier *self, const roam_addr *addr)
{
    for (size_t i = 0; i < self->host_count; i++) {
        const roam_addr *const host = &self->hosts[i];
        if (host->family == addr->family && memcmp(host->bytes, addr->bytes, sizeof host->bytes) == 0)
            return true;
    }
    return false;
}

static recorder_remote *remote_at(recorder_amplifier *self, const roam_addr *addr)
{
    uint8_t key[19];
    recorder_address_key(addr, key);
    recorder_remote *found = core_map_get(&self->remote_map, key, sizeof key);
    if (found)
        return found;
    recorder_remote **const remotes = make_room(self->remotes, self->remote_count, sizeof *remotes);
    if (!remotes)
        return NULL;
    self->remotes = remotes;
    found = calloc(1, sizeof *found);
    if (!found)
        return NULL;
    memcpy(found->key, key, sizeof key);
    if (core_map_add(&self->remote_map, found->key, sizeof found->key, found) != 0) {
        free(found);
        return NULL;
    }
    return self->remotes[self->remote_count++] = found;
}

/* More sent for what was received. */
static bool is_more_generous(uint64_t sent, uint64_t received, const recorder_remote *than)
{
    if (than->worst_sent == 0)
        return sent > 0;
    return sent * than->worst_received > than->worst_sent * received ||
           (received == 0 && than->worst_received == 0 && sent > than->worst_sent);
}

void recorder_amplifiers_packet(recorder *self, const observer_packet *packet)
{
    const uint32_t node = scenario_end_of(self->scenario, packet->node);
    const chains *const by_node = &self->amplifiers_asked.by_key;
    const roam_addr *const addr = packet->up ? &packet->destination : &packet->source;
    for (uint32_t i = chains_first(by_node, node); i != CHAINS_END; i = chains_next(by_node, i)) {
        recorder_amplifier *const at = &self->amplifiers[i];
        if (!is_of(at, addr))
            continue;
        recorder_remote *const remote = remote_at(at, addr);
        if (!remote) {
            self->failed = true;
            return;
        }
        *(packet->up ? &remote->sent : &remote->received) += packet->payload_len;
        if (packet->up && is_more_generous(remote->sent, remote->received, remote)) {
            remote->worst_sent = remote->sent;
            remote->worst_received = remote->received;
        }
    }
}

recorder_amplification recorder_amplification_of(const recorder *self,
                                                 const scenario_expectation *expectation)
{
    recorder_amplification found = {0};
    const recorder_remote *worst = NULL;
    const uint32_t index = asked_index(&self->amplifiers_asked, expectation);
    const recorder_amplifier *const at = index == CHAINS_END ? NULL : &self->amplifiers[index];
    found.addresses = at ? at->remote_count : 0;
    for (size_t j = 0; j < found.addresses; j++) {
        const recorder_remote *const remote = at->remotes[j];
        found.heard |= remote->received > 0;
        if (!worst || is_more_generous(remote->worst_sent, remote->worst_received, worst))
            worst = remote;
    }
    if (worst) {
        found.sent = worst->worst_sent;
        found.received = worst->worst_received;
    }
    return found;
}
