/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/balancer.h"

#include "core/hash.h"
#include "core/table.h"

#include <stdlib.h>

enum { ID_BYTES = 8, ROTATION_SHIFT = 5, LONG_HEADER = 0x80, NONE = UINT32_MAX };

typedef enum pool_state { IN_POOL, DRAINED, REMOVED } pool_state;

/* A ring of those used last: the slots of the least recently used are taken first. */
typedef struct flow {
    roam_addr client;
    uint64_t hash;
    uint32_t server; /* NONE: the slot is free */
    uint32_t newer, older;
} flow;

struct balancer {
    balancer_options options;
    const scenario_balancer *entry;
    roam_addr address;
    pool_state *states; /* by server */
    uint32_t *routes;   /* by network: a server */
    core_table by_client;
    flow *flows;
    uint32_t count;
    uint32_t capacity;
    uint32_t newest, oldest;
};

balancer *balancer_new(const balancer_options *options)
{
    balancer *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->options = *options;
    self->entry = &options->scenario->balancers[options->index];
    self->address = scenario_balancer_address(self->entry, 0);
    self->states = calloc(self->entry->server_count, sizeof *self->states);
    self->routes = calloc(options->scenario->network_count + 1, sizeof *self->routes);
    self->newest = self->oldest = NONE;
    if (!self->states || !self->routes) {
        balancer_free(self);
        return NULL;
    }
    return self;
}

void balancer_free(balancer *self)
{
    if (!self)
        return;
    core_table_fini(&self->by_client);
    free(self->flows);
    free(self->states);
    free(self->routes);
    free(self);
}

const roam_addr *balancer_address(const balancer *self)
{
    return &self->address;
}

/* ---- flows ---- */

static void unlink_flow(balancer *self, uint32_t at)
{
    const flow *const taken = &self->flows[at];
    if (taken->newer == NONE)
        self->newest = taken->older;
    else
        self->flows[taken->newer].older = taken->older;
    if (taken->older == NONE)
        self->oldest = taken->newer;
    else
        self->flows[taken->older].newer = taken->newer;
}

static void make_newest(balancer *self, uint32_t at)
{
    self->flows[at].newer = NONE;
    self->flows[at].older = self->newest;
    if (self->newest == NONE)
        self->oldest = at;
    else
        self->flows[self->newest].newer = at;
    self->newest = at;
}

static uint64_t hash_of(const roam_addr *client, const roam_addr *service, uint32_t server)
{
    const uint8_t rest[] = {(uint8_t)(client->port >> 8),  (uint8_t)client->port,
                            (uint8_t)(service->port >> 8), (uint8_t)service->port,
                            (uint8_t)(server >> 8),        (uint8_t)server};
    const uint64_t hash = core_hash_bytes(CORE_HASH_START, client->bytes, sizeof client->bytes);
    return core_hash_mix(core_hash_bytes(hash, rest, sizeof rest));
}

static uint32_t find(const balancer *self, const roam_addr *client, uint64_t hash)
{
    uint32_t slot;
    uint32_t at = core_table_first(&self->by_client, hash, &slot);
    while (at != CORE_TABLE_NONE && !roam_addr_equal(&self->flows[at].client, client))
        at = core_table_next(&self->by_client, hash, &slot);
    return at == CORE_TABLE_NONE ? NONE : at;
}

static bool grow(balancer *self)
{
    const uint32_t capacity = self->capacity ? 2 * self->capacity : 16;
    flow *const flows = capacity > BALANCER_FLOWS_MAX ? NULL : realloc(self->flows, capacity * sizeof *flows);
    if (!flows)
        return false;
    self->flows = flows;
    self->capacity = capacity;
    return true;
}

/* A place for another flow: that of the least recently used one, when there is no more room. */
static uint32_t make_room(balancer *self)
{
    if (core_table_reserve(&self->by_client) != 0)
        return NONE;
    if (self->count < self->capacity || grow(self))
        return self->count++;
    const uint32_t at = self->oldest;
    if (at == NONE)
        return NONE;
    unlink_flow(self, at);
    core_table_remove(&self->by_client, self->flows[at].hash, at);
    return at;
}

/* The server with the highest hash of those that take new connections, or NONE. */
static uint32_t choose(const balancer *self, const ip_datagram *datagram)
{
    uint32_t chosen = NONE;
    uint64_t best = 0;
    for (uint32_t i = 0; i < self->entry->server_count; i++) {
        const uint64_t hash = hash_of(&datagram->source, &datagram->destination, i);
        if (self->states[i] != IN_POOL || (chosen != NONE && hash <= best))
            continue;
        chosen = i;
        best = hash;
    }
    return chosen;
}

static uint32_t by_four_tuple(balancer *self, const ip_datagram *datagram)
{
    const uint64_t hash = hash_of(&datagram->source, &datagram->destination, NONE);
    uint32_t at = find(self, &datagram->source, hash);
    if (at != NONE && self->states[self->flows[at].server] != REMOVED) {
        unlink_flow(self, at);
        make_newest(self, at);
        return self->flows[at].server;
    }
    const uint32_t server = choose(self, datagram);
    if (at != NONE && server != NONE)
        self->flows[at].server = server;
    if (at != NONE || server == NONE)
        return server;
    at = make_room(self);
    if (at == NONE)
        return server; /* without memory of it: the hash gives the same again */
    self->flows[at] = (flow){.client = datagram->source, .hash = hash, .server = server};
    core_table_add(&self->by_client, hash, at);
    make_newest(self, at);
    return server;
}

/* ---- connection IDs ---- */

/* RFC 8999 section 5: where the destination connection ID begins; 0: there is none of our length. */
static size_t id_at(const ip_datagram *datagram)
{
    enum { LENGTH_AT = 5 };
    const uint8_t *const bytes = datagram->payload;
    const size_t len = datagram->payload_len;
    if (len > LENGTH_AT + ID_BYTES && bytes[0] & LONG_HEADER)
        return bytes[LENGTH_AT] == ID_BYTES ? LENGTH_AT + 1 : 0;
    return len > ID_BYTES && !(bytes[0] & LONG_HEADER) ? 1 : 0;
}

static uint32_t by_connection_id(balancer *self, const ip_datagram *datagram)
{
    const size_t at = id_at(datagram);
    const uint8_t *const id = datagram->payload + at;
    if (at == 0 || id[0] >> ROTATION_SHIFT != self->entry->config_rotation ||
        id[1] >= self->entry->server_count || self->states[id[1]] == REMOVED)
        return by_four_tuple(self, datagram);
    return id[1];
}

access_link *balancer_forward(balancer *self, const ip_datagram *datagram, uint32_t network)
{
    uint32_t server = NONE;
    switch (self->entry->by) {
    case SCENARIO_BY_FOUR_TUPLE:
        server = by_four_tuple(self, datagram);
        break;
    case SCENARIO_BY_CONNECTION_ID:
        server = by_connection_id(self, datagram);
        break;
    case SCENARIO_BY_ROUTE:
        server = self->routes[network];
        break;
    }
    const balancer_options *const options = &self->options;
    return server == NONE ? NULL
                          : options->link(options->ctx, self->entry->servers[server], self->address.family);
}

/* ---- verbs ---- */

void balancer_drain(balancer *self, uint32_t server)
{
    self->states[server] = DRAINED;
}

void balancer_remove(balancer *self, uint32_t server)
{
    self->states[server] = REMOVED;
}

void balancer_restore(balancer *self, uint32_t server)
{
    self->states[server] = IN_POOL;
}

void balancer_reroute(balancer *self, uint32_t server, uint32_t network)
{
    for (uint32_t i = 0; i < self->options.scenario->network_count; i++)
        if (network == SCENARIO_NONE || network == i)
            self->routes[i] = server;
}
