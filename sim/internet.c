/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/internet.h"

#include "sim/entropy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing, at most three quarters full. */
typedef struct route {
    uint64_t hash;
    access_link *link; /* NULL: free */
} route;

struct internet {
    n3_world *n3;
    n3_node *node;
    route *routes;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

int internet_new(n3_world *n3, internet **out)
{
    internet *self = calloc(1, sizeof *self);
    if (!self)
        return N3_ERR_MEMORY;
    self->n3 = n3;
    int status = n3_node_new(n3, &self->node);
    if (status) {
        free(self);
        return status;
    }
    *out = self;
    return N3_OK;
}

void internet_free(internet *self)
{
    if (!self)
        return;
    free(self->routes);
    free(self);
}

n3_node *internet_node(const internet *self)
{
    return self->node;
}

static uint64_t hash_of(const roam_addr *addr)
{
    uint64_t words[2];
    memcpy(words, addr->bytes, sizeof words);
    return entropy_mix(words[0] ^ entropy_mix(words[1] + (uint64_t)addr->family));
}

static bool same_host(const roam_addr *a, const roam_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* The place of the address, or the free one where it would go. */
static size_t place_of(const internet *self, const roam_addr *addr, uint64_t hash)
{
    size_t at = (size_t)hash & (self->capacity - 1);
    while (self->routes[at].link &&
           !(self->routes[at].hash == hash && same_host(access_address(self->routes[at].link), addr)))
        at = (at + 1) & (self->capacity - 1);
    return at;
}

static int grow(internet *self)
{
    size_t old_capacity = self->capacity;
    route *old = self->routes;
    size_t capacity = old_capacity ? 2 * old_capacity : 16;
    route *routes = calloc(capacity, sizeof *routes);
    if (!routes)
        return N3_ERR_MEMORY;
    self->routes = routes;
    self->capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].link)
            routes[place_of(self, access_address(old[i].link), old[i].hash)] = old[i];
    free(old);
    return N3_OK;
}

int internet_add(internet *self, access_link *link)
{
    if (4 * (self->count + 1) > 3 * self->capacity) {
        int status = grow(self);
        if (status)
            return status;
    }
    uint64_t hash = hash_of(access_address(link));
    size_t at = place_of(self, access_address(link), hash);
    assert(!self->routes[at].link);
    self->routes[at] = (route){hash, link};
    self->count++;
    return N3_OK;
}

void internet_remove(internet *self, const access_link *link)
{
    size_t mask = self->capacity - 1;
    size_t hole = place_of(self, access_address(link), hash_of(access_address(link)));
    assert(self->routes[hole].link == link);
    /* Those behind that could not have their own place move up, so that no search ends at the hole. */
    for (size_t at = (hole + 1) & mask; self->routes[at].link; at = (at + 1) & mask) {
        size_t home = (size_t)self->routes[at].hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            self->routes[hole] = self->routes[at];
            hole = at;
        }
    }
    self->routes[hole] = (route){0, NULL};
    self->count--;
}

access_link *internet_route(const internet *self, const roam_addr *addr)
{
    if (!self->capacity)
        return NULL;
    return self->routes[place_of(self, addr, hash_of(addr))].link;
}

void internet_forward(void *ctx, access_link *link, n3_frame *frame, uint64_t now_ns)
{
    internet *self = ctx;
    ip_datagram datagram;
    if (ip_parse_headers(frame->bytes, frame->length, &datagram) != IP_OK ||
        ip_decrement_ttl(frame->bytes, frame->length) != IP_OK) {
        access_drop(link, frame, true, OBSERVER_DROP_MALFORMED, now_ns);
        return;
    }
    access_link *to = internet_route(self, &datagram.destination);
    if (to)
        access_send_down(to, frame, now_ns);
    else
        access_drop(link, frame, true, OBSERVER_DROP_DETACHED, now_ns);
}
