/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/internal.h"

#include <string.h>

#define WELL_KNOWN_LAST 1023u /* RFC 6335 section 6: system ports */

uint32_t nat_draw(nat *self, uint32_t count)
{
    return (uint32_t)(self->options.random(self->options.random_ctx) % count);
}

bool nat_shares_address(const nat *self)
{
    return self->options.pooling == NAT_POOLING_PAIRED || self->options.blocks != NAT_BLOCKS_NONE;
}

static uint32_t range_size(nat_port_range range)
{
    return (uint32_t)range.last - range.first + 1;
}

static nat_port_range whole_range(const nat *self)
{
    return (nat_port_range){.first = self->options.port_first, .last = self->options.port_last};
}

static nat_port_range block_range(const nat *self, uint32_t block)
{
    const uint32_t first = self->options.port_first + (block - 1) * self->options.block_ports;
    return (nat_port_range){.first = (uint16_t)first,
                            .last = (uint16_t)(first + self->options.block_ports - 1)};
}

nat_port_range nat_range_of(const nat *self, const nat_subscriber *subscriber)
{
    return subscriber->block > 0 ? block_range(self, subscriber->block) : whole_range(self);
}

bool nat_port_fits(const nat *self, const nat_subscriber *subscriber, uint16_t port)
{
    const nat_port_range range = nat_range_of(self, subscriber);
    return range.first <= port && port <= range.last;
}

/* The system ports of the range for a system port, the others for another (RFC 4787 REQ-3 a); the whole range
 * when it has none of those. */
nat_port_range nat_range_alike(nat_port_range range, uint16_t internal_port)
{
    if (internal_port <= WELL_KNOWN_LAST && range.first <= WELL_KNOWN_LAST && range.last > WELL_KNOWN_LAST)
        range.last = WELL_KNOWN_LAST;
    else if (internal_port > WELL_KNOWN_LAST && range.first <= WELL_KNOWN_LAST &&
             range.last > WELL_KNOWN_LAST)
        range.first = WELL_KNOWN_LAST + 1;
    return range;
}

/* ---- Ports ---- */

bool nat_port_taken(nat *self, const nat_wish *wish, uint32_t address, uint16_t port)
{
    if (!self->options.overloading)
        return nat_ports_taken(self->ports, address, port);
    if (nat_forwards_port(self, address, port))
        return true;
    const roam_addr external = nat_external(self, address, port);
    return nat_entry_find_external(self, &external, wish->destination) != NAT_NONE ||
           nat_is_reserved(self, &external, wish->destination);
}

void nat_take_port(nat *self, uint32_t address, uint16_t port)
{
    if (!self->options.overloading)
        nat_ports_take(self->ports, address, port);
}

void nat_release_port(nat *self, uint32_t address, uint16_t port, uint64_t ended_ns)
{
    if (self->options.quarantine_ns > 0)
        nat_quarantine_add(self, address, port, ended_ns);
    else if (!self->options.overloading)
        nat_ports_release(self->ports, address, port);
}

/* Where ports are preserved, a binding that moves goes on from its own port: the internal one may be free
 * again each second time. */
static uint16_t preserved(const nat_wish *wish)
{
    return wish->own > 0 ? (uint16_t)(wish->own + 1) : wish->internal->port;
}

/* Where the search for a free port begins; perhaps out of the range. */
static uint16_t start_of(nat *self, const nat_wish *wish, uint32_t address, uint16_t *next,
                         nat_port_range range)
{
    const uint16_t port = wish->internal->port;
    switch (self->options.ports) {
    case NAT_PORTS_PRESERVE:
        return preserved(wish);
    case NAT_PORTS_SEQUENTIAL:
        if (*next == 0 && self->options.random_start)
            *next = (uint16_t)(range.first + nat_draw(self, range_size(range)));
        return *next;
    case NAT_PORTS_PRESERVE_OR_RANDOM:
        if (wish->own == 0 && range.first <= port && port <= range.last &&
            !nat_ports_taken(self->ports, address, port))
            return port;
        break;
    case NAT_PORTS_RANDOM:
        break;
    }
    return (uint16_t)(range.first + nat_draw(self, range_size(range)));
}

static uint16_t next_in(const nat *self, uint32_t address, nat_port_range range, uint16_t start,
                        nat_parity parity)
{
    const bool inside = range.first <= start && start <= range.last;
    return nat_ports_next(self->ports, address, range, inside ? start : range.first, parity);
}

static uint16_t choose(nat *self, const nat_wish *wish, uint32_t address)
{
    const nat_port_range range = nat_range_of(self, wish->subscriber);
    const nat_port_range preferred = nat_range_alike(range, wish->internal->port);
    uint16_t *const next =
        wish->subscriber->block > 0 ? &wish->subscriber->next_port : &self->next_port[address];
    const uint16_t start = start_of(self, wish, address, next, preferred);
    const nat_parity parity = wish->internal->port % 2 ? NAT_PARITY_ODD : NAT_PARITY_EVEN;
    uint16_t port = 0;
    if (self->options.parity)
        port = next_in(self, address, preferred, start, parity);
    if (port == 0)
        port = next_in(self, address, preferred, start, NAT_PARITY_ANY);
    if (port == 0)
        port = next_in(self, address, range, start, NAT_PARITY_ANY);
    if (port != 0)
        *next = port == range.last ? range.first : (uint16_t)(port + 1);
    return port;
}

/* As though it were taken; false: it is. */
static bool hide_port(nat *self, uint32_t address, uint16_t port)
{
    const bool hidden = port > 0 && !nat_ports_taken(self->ports, address, port);
    if (hidden)
        nat_ports_take(self->ports, address, port);
    return hidden;
}

uint16_t nat_choose_port(nat *self, const nat_wish *wish, uint32_t address)
{
    if (self->options.overloading)
        return nat_overload_choose(self, wish, address);
    const bool own = hide_port(self, address, wish->own), last = hide_port(self, address, wish->last);
    const uint16_t port = choose(self, wish, address);
    if (own)
        nat_ports_release(self->ports, address, wish->own);
    if (last)
        nat_ports_release(self->ports, address, wish->last);
    return port;
}

/* ---- Addresses ---- */

uint32_t nat_start_address(nat *self)
{
    const uint32_t count = (uint32_t)self->options.pool_count;
    if (count == 1)
        return 0;
    if (self->options.ports == NAT_PORTS_RANDOM)
        return nat_draw(self, count);
    if (self->next_address == NAT_NONE)
        self->next_address = self->options.random_start ? nat_draw(self, count) : 0;
    const uint32_t start = self->next_address;
    self->next_address = (start + 1) % count;
    return start;
}

uint32_t nat_ports_left(const nat *self, uint32_t address)
{
    return range_size(whole_range(self)) - nat_ports_count(self->ports, address);
}

/* With arbitrary pooling, an address where the internal port is free; NAT_NONE when there is none. */
static uint32_t preserving_address(const nat *self, uint32_t start, uint16_t internal_port)
{
    const uint32_t count = (uint32_t)self->options.pool_count;
    if (self->options.pooling != NAT_POOLING_ARBITRARY ||
        (self->options.ports != NAT_PORTS_PRESERVE && self->options.ports != NAT_PORTS_PRESERVE_OR_RANDOM) ||
        internal_port < self->options.port_first || internal_port > self->options.port_last)
        return NAT_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t address = (start + i) % count;
        if (!nat_ports_taken(self->ports, address, internal_port))
            return address;
    }
    return NAT_NONE;
}

static uint32_t choose_address(nat *self, uint16_t internal_port)
{
    const uint32_t count = (uint32_t)self->options.pool_count;
    if (nat_ports_total(self->ports) == (uint64_t)count * range_size(whole_range(self)))
        return NAT_NONE;
    const uint32_t start = nat_start_address(self);
    const uint32_t preserving = preserving_address(self, start, internal_port);
    if (preserving != NAT_NONE)
        return preserving;
    for (uint32_t i = 0; i < count; i++)
        if (nat_ports_left(self, (start + i) % count) > 0)
            return (start + i) % count;
    return NAT_NONE;
}

/* ---- Blocks ---- */

/* How far the host is from that of subscriber 0; UINT64_MAX when it comes before it, or is too far. */
static uint64_t subscriber_number(const nat *self, const roam_addr *host)
{
    const size_t len = host->family == ROAM_FAMILY_IPV4 ? 4 : 16;
    uint64_t number = 0, base = 0;
    for (size_t i = 0; i < len; i++) {
        if (i < len - 4 && host->bytes[i] != self->options.subscribers.bytes[i])
            return UINT64_MAX;
        number = (number << 8 | host->bytes[i]) & UINT32_MAX;
        base = (base << 8 | self->options.subscribers.bytes[i]) & UINT32_MAX;
    }
    return number >= base ? number - base : UINT64_MAX;
}

static int deterministic_block(const nat *self, nat_subscriber *subscriber)
{
    const uint64_t number = subscriber_number(self, &subscriber->host);
    if (number / self->blocks_per_address >= self->options.pool_count)
        return NAT_ERR_NO_BLOCK;
    subscriber->address = (uint32_t)(number / self->blocks_per_address);
    subscriber->block = (uint32_t)(number % self->blocks_per_address) + 1;
    return NAT_OK;
}

int nat_take_block(nat *self, nat_subscriber *subscriber, uint32_t address)
{
    const nat_port_range all = {.first = 1, .last = (uint16_t)self->blocks_per_address};
    if (nat_ports_open(self->blocks, address) != NAT_OK)
        return NAT_ERR_MEMORY;
    uint16_t start = 1;
    if (self->options.ports == NAT_PORTS_RANDOM)
        start = (uint16_t)(1 + nat_draw(self, self->blocks_per_address));
    const uint16_t block = nat_ports_next(self->blocks, address, all, start, NAT_PARITY_ANY);
    if (block == 0)
        return NAT_ERR_NO_BLOCK;
    nat_ports_take(self->blocks, address, block);
    subscriber->address = address;
    subscriber->block = block;
    subscriber->next_port = 0;
    return NAT_OK;
}

static int dynamic_block(nat *self, nat_subscriber *subscriber)
{
    const uint32_t count = (uint32_t)self->options.pool_count;
    if (nat_ports_total(self->blocks) == (uint64_t)count * self->blocks_per_address)
        return NAT_ERR_NO_BLOCK;
    const uint32_t start = nat_start_address(self);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t address = (start + i) % count;
        if (nat_ports_count(self->blocks, address) < self->blocks_per_address)
            return nat_take_block(self, subscriber, address);
    }
    return NAT_ERR_NO_BLOCK;
}

void nat_release_block(nat *self, nat_subscriber *subscriber)
{
    if (subscriber->block > 0 && self->options.blocks == NAT_BLOCKS_DYNAMIC)
        nat_ports_release(self->blocks, subscriber->address, (uint16_t)subscriber->block);
    subscriber->block = 0;
}

/* ---- Both ---- */

static int find_address(nat *self, nat_subscriber *subscriber, uint16_t internal_port, uint32_t *address)
{
    if (subscriber->address == NAT_NONE) {
        int status = NAT_OK;
        switch (self->options.blocks) {
        case NAT_BLOCKS_NONE:
            *address = choose_address(self, internal_port);
            if (*address != NAT_NONE && self->options.pooling == NAT_POOLING_PAIRED)
                subscriber->address = *address;
            return *address == NAT_NONE ? NAT_ERR_NO_PORT : NAT_OK;
        case NAT_BLOCKS_DYNAMIC:
            status = dynamic_block(self, subscriber);
            break;
        case NAT_BLOCKS_DETERMINISTIC:
            status = deterministic_block(self, subscriber);
            break;
        }
        if (status != NAT_OK)
            return status;
    }
    *address = subscriber->address;
    return NAT_OK;
}

/* With overloading an address is full towards one remote endpoint: the next one that is not, for a subscriber
 * that is not bound to one yet. */
static uint32_t another_address(nat *self, const nat_wish *wish, uint32_t first, uint16_t *port)
{
    const uint32_t count = (uint32_t)self->options.pool_count;
    const bool bound = nat_shares_address(self) && wish->subscriber->bindings > 0;
    if (!self->options.overloading || bound)
        return first;
    for (uint32_t i = 1; i < count && *port == 0; i++) {
        *port = nat_choose_port(self, wish, (first + i) % count);
        if (*port != 0)
            first = (first + i) % count;
    }
    if (nat_shares_address(self))
        wish->subscriber->address = first;
    return first;
}

int nat_assign(nat *self, const nat_wish *wish, uint32_t *address, uint16_t *port)
{
    if (self->options.transparent) {
        *address = 0;
        *port = wish->internal->port;
        return NAT_OK;
    }
    const int status = find_address(self, wish->subscriber, wish->internal->port, address);
    if (status != NAT_OK)
        return status;
    if (nat_ports_open(self->ports, *address) != NAT_OK)
        return NAT_ERR_MEMORY;
    *port = nat_choose_port(self, wish, *address);
    if (*port == 0)
        *address = another_address(self, wish, *address, port);
    if (*port == 0)
        return NAT_ERR_NO_PORT;
    nat_take_port(self, *address, *port);
    return NAT_OK;
}

void nat_restart_sequences(nat *self)
{
    memset(self->next_port, 0, self->options.pool_count * sizeof *self->next_port);
    self->next_address = NAT_NONE;
}
