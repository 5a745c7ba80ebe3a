/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

static void take(recorder *self, const scenario_expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (expectations[i].kind != SCENARIO_EXPECT_AMPLIFICATION)
            continue;
        if (self->amplifiers)
            self->amplifiers[self->amplifier_count].expectation = &expectations[i];
        self->amplifier_count++;
    }
}

static void take_all(recorder *self)
{
    const scenario *const whole = self->scenario;
    self->amplifier_count = 0;
    take(self, whole->expectations, whole->expectation_count);
    take(self, whole->known_fault.expectations, whole->known_fault.expectation_count);
}

bool recorder_amplifiers_init(recorder *self)
{
    take_all(self);
    self->amplifiers = calloc(self->amplifier_count + 1, sizeof *self->amplifiers);
    if (!self->amplifiers)
        return false;
    take_all(self);
    for (size_t i = 0; i < self->amplifier_count; i++)
        core_map_init(&self->amplifiers[i].remote_map, 0);
    return true;
}

void recorder_amplifiers_fini(recorder *self)
{
    for (size_t i = 0; self->amplifiers && i < self->amplifier_count; i++) {
        recorder_amplifier *const at = &self->amplifiers[i];
        core_map_fini(&at->remote_map);
        for (size_t j = 0; j < at->remote_count; j++)
            free(at->remotes[j]);
        free(at->remotes);
        free(at->hosts);
    }
    free(self->amplifiers);
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
    for (size_t i = 0; i < self->amplifier_count; i++) {
        recorder_amplifier *const at = &self->amplifiers[i];
        if (at->expectation->amplification.to != node)
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
    for (size_t i = 0; i < self->amplifier_count; i++) {
        recorder_amplifier *const at = &self->amplifiers[i];
        const roam_addr *const addr = packet->up ? &packet->destination : &packet->source;
        if (packet->node != at->expectation->amplification.node || !is_of(at, addr))
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
    for (size_t i = 0; i < self->amplifier_count; i++) {
        const recorder_amplifier *const at = &self->amplifiers[i];
        if (at->expectation != expectation)
            continue;
        found.addresses = at->remote_count;
        for (size_t j = 0; j < at->remote_count; j++) {
            const recorder_remote *const remote = at->remotes[j];
            found.heard |= remote->received > 0;
            if (!worst || is_more_generous(remote->worst_sent, remote->worst_received, worst))
                worst = remote;
        }
    }
    if (worst) {
        found.sent = worst->worst_sent;
        found.received = worst->worst_received;
    }
    return found;
}
