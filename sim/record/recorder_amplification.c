/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

/* A node that has or had an address. */
typedef struct owner {
    struct owner *next; /* another one of the same address */
    uint8_t key[19];
    uint32_t node;
} owner;

static uint64_t key_of(const scenario_expectation *expectation)
{
    const scenario_expect_amplification *const of = &expectation->amplification;
    return expectation->kind == SCENARIO_EXPECT_AMPLIFICATION ? chains_pair(of->node, of->to) : ASKED_NOT;
}

bool recorder_amplifiers_init(recorder *self)
{
    core_map_init(&self->owners, 0);
    if (!asked_init(&self->amplifiers_asked, self->scenario, key_of))
        return false;
    self->amplifiers = calloc(self->amplifiers_asked.count + 1, sizeof *self->amplifiers);
    if (!self->amplifiers)
        return false;
    for (uint32_t i = 0; i < self->amplifiers_asked.count; i++)
        core_map_init(&self->amplifiers[i].remote_map, 0);
    return true;
}

static void free_owners(recorder *self)
{
    for (size_t i = 0; i < self->owners.count; i++)
        for (owner *at = self->owners.entries[i].value, *next; at; at = next) {
            next = at->next;
            free(at);
        }
    core_map_fini(&self->owners);
}

void recorder_amplifiers_fini(recorder *self)
{
    for (uint32_t i = 0; self->amplifiers && i < self->amplifiers_asked.count; i++) {
        recorder_amplifier *const at = &self->amplifiers[i];
        core_map_fini(&at->remote_map);
        for (size_t j = 0; j < at->remote_count; j++)
            free(at->remotes[j]);
        free(at->remotes);
    }
    free(self->amplifiers);
    asked_fini(&self->amplifiers_asked);
    free_owners(self);
}

static owner *owner_of(const recorder *self, const roam_addr *addr, uint8_t key[19])
{
    roam_addr host = *addr;
    host.port = 0;
    recorder_address_key(&host, key);
    return core_map_get(&self->owners, key, 19);
}

static bool add_owner(recorder *self, uint32_t node, const roam_addr *addr)
{
    owner *const added = calloc(1, sizeof *added);
    if (!added)
        return false;
    added->node = node;
    owner *const first = owner_of(self, addr, added->key);
    if (first) {
        added->next = first->next;
        first->next = added;
    } else if (core_map_add(&self->owners, added->key, sizeof added->key, added) != 0) {
        free(added);
        return false;
    }
    return true;
}

void recorder_amplifiers_address(recorder *self, uint32_t node, const roam_addr *addr)
{
    uint8_t key[19];
    if (self->amplifiers_asked.count == 0)
        return;
    for (const owner *at = owner_of(self, addr, key); at; at = at->next)
        if (at->node == node)
            return;
    if (!add_owner(self, node, addr))
        self->failed = true;
}

/* Room for one more where there are so many: grown at each power of two. */
static void *make_room(void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    return realloc(items, (count ? 2 * count : 1) * size);
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

static bool count_packet(recorder_amplifier *at, const observer_packet *packet, const roam_addr *addr)
{
    recorder_remote *const remote = remote_at(at, addr);
    if (!remote)
        return false;
    *(packet->up ? &remote->sent : &remote->received) += packet->payload_len;
    if (packet->up && is_more_generous(remote->sent, remote->received, remote)) {
        remote->worst_sent = remote->sent;
        remote->worst_received = remote->received;
    }
    return true;
}

void recorder_amplifiers_packet(recorder *self, const observer_packet *packet)
{
    const chains *const by_pair = &self->amplifiers_asked.by_key;
    const roam_addr *const addr = packet->up ? &packet->destination : &packet->source;
    uint8_t key[19];
    if (self->amplifiers_asked.count == 0)
        return;
    const uint32_t node = scenario_end_of(self->scenario, packet->node);
    for (const owner *at = owner_of(self, addr, key); at; at = at->next)
        for (uint32_t i = chains_first(by_pair, chains_pair(node, at->node)); i != CHAINS_END;
             i = chains_next(by_pair, i))
            if (!count_packet(&self->amplifiers[i], packet, addr))
                self->failed = true;
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
