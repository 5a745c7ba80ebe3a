/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/internal.h"

#include <assert.h>
#include <stdlib.h>

static nat_resting *at(const nat_quarantine *ring, size_t number)
{
    return &ring->items[(ring->first + number) % ring->capacity];
}

int nat_quarantine_reserve(nat *self, uint32_t more)
{
    nat_quarantine *const ring = &self->quarantine;
    const size_t needed = ring->count + self->counts.live + more;
    if (self->options.quarantine_ns == 0 || needed <= ring->capacity)
        return NAT_OK;
    const size_t capacity = 2 * needed;
    nat_resting *const items = malloc(capacity * sizeof *items);
    if (!items)
        return NAT_ERR_MEMORY;
    for (size_t i = 0; i < ring->count; i++)
        items[i] = *at(ring, i);
    free(ring->items);
    *ring = (nat_quarantine){.items = items, .capacity = capacity, .count = ring->count};
    return NAT_OK;
}

void nat_quarantine_add(nat *self, uint32_t address, uint16_t port, uint64_t since_ns)
{
    nat_quarantine *const ring = &self->quarantine;
    assert(ring->count < ring->capacity);
    assert(ring->count == 0 || at(ring, ring->count - 1)->since_ns <= since_ns);
    *at(ring, ring->count) = (nat_resting){.address = address, .port = port, .since_ns = since_ns};
    ring->count++;
}

static void release_first(nat *self)
{
    nat_quarantine *const ring = &self->quarantine;
    const nat_resting *const first = at(ring, 0);
    nat_ports_release(self->ports, first->address, first->port);
    ring->first = (ring->first + 1) % ring->capacity;
    ring->count--;
}

void nat_quarantine_advance(nat *self)
{
    const nat_quarantine *const ring = &self->quarantine;
    while (ring->count > 0 && self->now_ns - at(ring, 0)->since_ns >= self->options.quarantine_ns)
        release_first(self);
}

void nat_quarantine_forget(nat *self)
{
    while (self->quarantine.count > 0)
        release_first(self);
}
