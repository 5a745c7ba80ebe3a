/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of ports, against a plain array of flags. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/nat/ports.h"

#include "sim/nat/tests/lab.h"
#include "sim/random_streams.h"

#include <string.h>

enum { ADDRESSES = 2, OPERATIONS = 20000 };

static uint64_t state;

static uint32_t draw(uint32_t below)
{
    return (uint32_t)(core_hash_mix(state++) % below);
}

static bool has_parity(uint32_t port, nat_parity parity)
{
    return parity == NAT_PARITY_ANY || (parity == NAT_PARITY_ODD) == (port % 2 == 1);
}

static uint16_t slow_next(const bool *taken, nat_port_range range, uint16_t start, nat_parity parity)
{
    for (uint32_t port = start; port <= range.last; port++)
        if (!taken[port] && has_parity(port, parity))
            return (uint16_t)port;
    for (uint32_t port = range.first; port < start; port++)
        if (!taken[port] && has_parity(port, parity))
            return (uint16_t)port;
    return 0;
}

/* Ranges at the edges of words and of all ports, nearly empty and nearly full. */
static void test_against_flags(void)
{
    static const nat_port_range ranges[] = {{1, 65535}, {1, 1},       {63, 64},       {64, 127},
                                            {1, 64},    {1000, 1300}, {65535, 65535}, {65472, 65535}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const nat_port_range range = ranges[i];
        const uint32_t size = (uint32_t)(range.last - range.first) + 1;
        static bool taken[ADDRESSES][65536];
        memset(taken, 0, sizeof taken);
        uint32_t counts[ADDRESSES] = {0};
        nat_ports *ports = nat_ports_new(ADDRESSES);
        for (uint32_t address = 0; address < ADDRESSES; address++)
            CHECK(nat_ports_open(ports, address), NAT_OK, "open");
        state = i << 32;
        for (int n = 0; n < OPERATIONS / (size > 1000 ? 20 : 1); n++) {
            const uint32_t address = draw(ADDRESSES);
            const uint16_t start = (uint16_t)(range.first + draw(size));
            const nat_parity parity = (nat_parity)draw(3);
            const uint16_t port = nat_ports_next(ports, address, range, start, parity);
            CHECK(port, slow_next(taken[address], range, start, parity), "range %zu, from %u", i, start);
            if (port > 0 && draw(3) > 0) {
                nat_ports_take(ports, address, port);
                taken[address][port] = true;
                counts[address]++;
            } else if (taken[address][start]) {
                nat_ports_release(ports, address, start);
                taken[address][start] = false;
                counts[address]--;
            }
            CHECK(nat_ports_taken(ports, address, start), taken[address][start], "port %u", start);
            CHECK(nat_ports_count(ports, address), counts[address], "count");
            CHECK(nat_ports_total(ports), counts[0] + counts[1], "total");
        }
        nat_ports_free(ports);
    }
}

/* An address that was never opened has all its ports free. */
static void test_never_opened(void)
{
    nat_ports *ports = nat_ports_new(1);
    CHECK(nat_ports_taken(ports, 0, 5), false, "taken");
    CHECK(nat_ports_count(ports, 0), 0, "count");
    CHECK(nat_ports_next(ports, 0, (nat_port_range){5, 9}, 7, NAT_PARITY_EVEN), 8, "next");
    nat_ports_free(ports);
    nat_ports_free(NULL);
}

static const check_test TESTS[] = {{"against flags", test_against_flags},
                                   {"never opened", test_never_opened}};
CHECK_MAIN("nat ports", TESTS)
