/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/ports.h"

#include "sim/nat/nat.h"

#include <assert.h>
#include <stdlib.h>

enum { WORD_BITS = 64, WORDS = 65536 / WORD_BITS };

typedef struct address_ports {
    uint64_t *taken; /* WORDS of them; NULL: never opened */
    uint32_t count;
} address_ports;

struct nat_ports {
    uint64_t total; /* the sum of all counts */
    uint32_t address_count;
    address_ports addresses[];
};

nat_ports *nat_ports_new(uint32_t address_count)
{
    nat_ports *const self = calloc(1, sizeof *self + address_count * sizeof self->addresses[0]);
    if (self)
        self->address_count = address_count;
    return self;
}

void nat_ports_free(nat_ports *self)
{
    for (uint32_t i = 0; self && i < self->address_count; i++)
        free(self->addresses[i].taken);
    free(self);
}

int nat_ports_open(nat_ports *self, uint32_t address)
{
    address_ports *const at = &self->addresses[address];
    if (!at->taken)
        at->taken = calloc(WORDS, sizeof *at->taken);
    return at->taken ? NAT_OK : NAT_ERR_MEMORY;
}

static uint64_t bit(uint16_t port)
{
    return UINT64_C(1) << (port % WORD_BITS);
}

bool nat_ports_taken(const nat_ports *self, uint32_t address, uint16_t port)
{
    const uint64_t *const taken = self->addresses[address].taken;
    return taken && taken[port / WORD_BITS] & bit(port);
}

void nat_ports_take(nat_ports *self, uint32_t address, uint16_t port)
{
    assert(self->addresses[address].taken && !nat_ports_taken(self, address, port));
    self->addresses[address].taken[port / WORD_BITS] |= bit(port);
    self->addresses[address].count++;
    self->total++;
}

void nat_ports_release(nat_ports *self, uint32_t address, uint16_t port)
{
    assert(nat_ports_taken(self, address, port));
    self->addresses[address].taken[port / WORD_BITS] &= ~bit(port);
    self->addresses[address].count--;
    self->total--;
}

uint32_t nat_ports_count(const nat_ports *self, uint32_t address)
{
    return self->addresses[address].count;
}

uint64_t nat_ports_total(const nat_ports *self)
{
    return self->total;
}

/* The first free port of the range; 0: none. */
static uint16_t first_free(const address_ports *at, nat_port_range range, nat_parity parity)
{
    static const uint64_t wanted[] = {UINT64_MAX, UINT64_C(0x5555555555555555), UINT64_C(0xaaaaaaaaaaaaaaaa)};
    const unsigned first_word = range.first / WORD_BITS, last_word = range.last / WORD_BITS;
    for (unsigned i = first_word; i <= last_word; i++) {
        uint64_t available = (at->taken ? ~at->taken[i] : UINT64_MAX) & wanted[parity];
        if (i == first_word)
            available &= UINT64_MAX << (range.first % WORD_BITS);
        if (i == last_word)
            available &= UINT64_MAX >> (WORD_BITS - 1 - range.last % WORD_BITS);
        if (available)
            return (uint16_t)(i * WORD_BITS + (unsigned)__builtin_ctzll(available));
    }
    return 0;
}

uint16_t nat_ports_next(const nat_ports *self, uint32_t address, nat_port_range range, uint16_t start,
                        nat_parity parity)
{
    assert(range.first <= start && start <= range.last);
    const address_ports *const at = &self->addresses[address];
    const nat_port_range upper = {.first = start, .last = range.last};
    const uint16_t port = first_free(at, upper, parity);
    if (port != 0 || start == range.first)
        return port;
    return first_free(at, (nat_port_range){.first = range.first, .last = (uint16_t)(start - 1)}, parity);
}
