/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/internal.h"

/* How many ports a search looks at before it begins elsewhere, with half as many. As many as Linux: a new
 * flow of a NAT that is nearly full costs no search of all its ports, and may be refused while one is free.
 */
enum { ATTEMPTS_MOST = 128, ATTEMPTS_LEAST = 16 };

/* ---- Ports ---- */

static bool suits(nat *self, const nat_wish *wish, uint32_t address, uint16_t port)
{
    return port != wish->own && port != wish->last && !nat_port_taken(self, wish, address, port);
}

static bool is_in(nat_port_range range, uint16_t port)
{
    return range.first <= port && port <= range.last;
}

/* The port of the newest binding of this internal endpoint, or the internal port. */
static uint16_t preserved(nat *self, const nat_wish *wish, uint32_t address, nat_port_range range)
{
    const uint32_t newest = nat_source_find(self, wish->internal);
    if (newest != NAT_NONE) {
        const nat_entry *const entry = nat_entry_at(self, newest);
        if (entry->address == address && is_in(range, entry->port) && suits(self, wish, address, entry->port))
            return entry->port;
    }
    const uint16_t port = wish->internal->port;
    return is_in(range, port) && suits(self, wish, address, port) ? port : 0;
}

static uint16_t search(nat *self, const nat_wish *wish, uint32_t address, nat_port_range range,
                       uint16_t start)
{
    const uint32_t size = (uint32_t)range.last - range.first + 1;
    uint32_t attempts = size < ATTEMPTS_MOST ? size : ATTEMPTS_MOST;
    uint32_t offset = is_in(range, start) ? (uint32_t)start - range.first : 0;
    for (;;) {
        for (uint32_t i = 0; i < attempts; i++) {
            const uint16_t port = (uint16_t)(range.first + (offset + i) % size);
            if (suits(self, wish, address, port))
                return port;
        }
        if (attempts == size || attempts < ATTEMPTS_LEAST)
            return 0;
        attempts /= 2;
        offset = nat_draw(self, size);
    }
}

uint16_t nat_overload_choose(nat *self, const nat_wish *wish, uint32_t address)
{
    const nat_port_range range = nat_range_of(self, wish->subscriber);
    const nat_port_range alike = nat_range_alike(range, wish->internal->port);
    uint16_t *const next =
        wish->subscriber->block > 0 ? &wish->subscriber->next_port : &self->next_port[address];
    uint16_t port = 0, start = 0;
    if (wish->own == 0 && nat_uses_source(self))
        port = preserved(self, wish, address, range);
    if (port != 0)
        return port;
    switch (self->options.ports) {
    case NAT_PORTS_PRESERVE:
        start = (uint16_t)((wish->own > 0 ? wish->own : wish->internal->port) + 1);
        break;
    case NAT_PORTS_SEQUENTIAL:
        start = *next;
        break;
    case NAT_PORTS_RANDOM:
    case NAT_PORTS_PRESERVE_OR_RANDOM:
        start = (uint16_t)(alike.first + nat_draw(self, (uint32_t)alike.last - alike.first + 1));
        break;
    }
    port = search(self, wish, address, alike, start);
    if (port != 0)
        *next = port == alike.last ? alike.first : (uint16_t)(port + 1);
    return port;
}

/* ---- Reservations ---- */

static nat_reservation *at(const nat *self, uint32_t id)
{
    return nat_slab_at(&self->reservations, id);
}

static uint64_t hash_of(const nat *self, const roam_addr *external, const roam_addr *remote)
{
    return nat_hash_addr(self, nat_hash_addr(self, 0, remote), external);
}

static uint32_t find(nat *self, const roam_addr *external, const roam_addr *remote)
{
    if (self->by_reserved.count == 0)
        return NAT_NONE;
    const uint64_t hash = hash_of(self, external, remote);
    uint32_t slot;
    uint32_t id = core_table_first(&self->by_reserved, hash, &slot);
    while (id != NAT_NONE && (!roam_addr_equal(&at(self, id)->external, external) ||
                              !roam_addr_equal(&at(self, id)->remote, remote)))
        id = core_table_next(&self->by_reserved, hash, &slot);
    return id;
}

static void join_reserved(nat *self, uint32_t id)
{
    nat_age_list_add(&self->reserved, &self->reservations, offsetof(nat_reservation, links), id);
    at(self, id)->used_ns = self->now_ns;
}

static void leave_reserved(nat *self, uint32_t id)
{
    nat_age_list_remove(&self->reserved, &self->reservations, offsetof(nat_reservation, links), id);
}

static void withdraw(nat *self, uint32_t id)
{
    const nat_reservation *const this = at(self, id);
    leave_reserved(self, id);
    core_table_remove(&self->by_reserved, hash_of(self, &this->external, &this->remote), id);
    nat_slab_give(&self->reservations, id);
    self->counts.reserved--;
}

/* Finds or makes one. */
static int reserve(nat *self, const roam_addr *external, const roam_addr *remote, uint32_t *id)
{
    *id = find(self, external, remote);
    if (*id != NAT_NONE)
        return NAT_OK;
    if (core_table_reserve(&self->by_reserved) != NAT_OK || nat_slab_take(&self->reservations, id) != NAT_OK)
        return NAT_ERR_MEMORY;
    at(self, *id)->external = *external;
    at(self, *id)->remote = *remote;
    core_table_add(&self->by_reserved, hash_of(self, external, remote), *id);
    join_reserved(self, *id);
    self->counts.reserved++;
    return NAT_OK;
}

int nat_track(nat *self, const roam_addr *external, const roam_addr *remote)
{
    uint32_t id;
    const int status = reserve(self, external, remote, &id);
    if (status != NAT_OK)
        return status;
    leave_reserved(self, id);
    join_reserved(self, id);
    at(self, id)->tracked = true;
    if (self->counts.reserved > self->options.bindings_max)
        withdraw(self, self->reserved.oldest);
    return NAT_OK;
}

int nat_hold(nat *self, const roam_addr *external, const roam_addr *remote)
{
    uint32_t id;
    const int status = reserve(self, external, remote, &id);
    if (status == NAT_OK)
        at(self, id)->held = true;
    return status;
}

void nat_let_go(nat *self, const roam_addr *external, const roam_addr *remote)
{
    const uint32_t id = find(self, external, remote);
    if (id == NAT_NONE)
        return;
    at(self, id)->held = false;
    if (!at(self, id)->tracked)
        withdraw(self, id);
}

bool nat_is_reserved(nat *self, const roam_addr *external, const roam_addr *remote)
{
    return find(self, external, remote) != NAT_NONE;
}

bool nat_is_held(nat *self, const roam_addr *external, const roam_addr *remote)
{
    const uint32_t id = find(self, external, remote);
    return id != NAT_NONE && at(self, id)->held;
}

void nat_reservations_advance(nat *self)
{
    const uint64_t timeout_ns = self->options.unreplied_timeout_ns > 0 ? self->options.unreplied_timeout_ns
                                                                       : self->options.timeout_ns;
    while (self->reserved.oldest != NAT_NONE &&
           self->now_ns - at(self, self->reserved.oldest)->used_ns >= timeout_ns)
        withdraw(self, self->reserved.oldest);
}

void nat_reservations_forget(nat *self)
{
    while (self->reserved.oldest != NAT_NONE)
        withdraw(self, self->reserved.oldest);
}
