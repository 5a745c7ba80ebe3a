/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/tests/lab.h"

#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/random_streams.h"

#include <assert.h>

enum { POOL_MAX = 255 };

static uint64_t next_random(void *ctx)
{
    uint64_t *state = ctx;
    *state += 1;
    return core_hash_mix(*state);
}

static roam_addr ipv4(uint8_t a, uint8_t b, uint8_t c, unsigned d, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {a, b, c, (uint8_t)d}};
}

roam_addr nat_lab_inside(unsigned host, uint16_t port)
{
    return ipv4(10, 0, (uint8_t)(host / 256), host % 256, port);
}

roam_addr nat_lab_remote(unsigned host, uint16_t port)
{
    return ipv4(192, 0, (uint8_t)(2 + host / 256), host % 256, port);
}

roam_addr nat_lab_pool(unsigned number, uint16_t port)
{
    return ipv4(203, 0, 113, number, port);
}

nat_options nat_lab_options(void)
{
    nat_options options;
    nat_options_default(&options);
    options.pool_count = 1;
    return options;
}

nat_options nat_lab_sequential(void)
{
    nat_options options = nat_lab_options();
    options.ports = NAT_PORTS_SEQUENTIAL;
    return options;
}

nat *nat_lab_new(const nat_options *wanted)
{
    static uint64_t state;
    roam_addr pool[POOL_MAX];
    nat_options options = *wanted;
    if (!options.pool) {
        assert(options.pool_count <= POOL_MAX);
        for (unsigned i = 0; i < options.pool_count; i++)
            pool[i] = nat_lab_pool(i + 1, 0);
        options.pool = pool;
    }
    if (!options.random) {
        state = 1;
        options.random = next_random;
        options.random_ctx = &state;
    }
    nat *self = NULL;
    const int status = nat_new(&options, &self);
    CHECK(status, NAT_OK, "nat_new");
    assert(self);
    return self;
}

int nat_lab_out_status(nat *self, roam_addr internal, roam_addr remote, uint64_t now_ns)
{
    roam_addr external;
    return nat_outbound(self, &internal, &remote, now_ns, &external);
}

roam_addr nat_lab_out(nat *self, roam_addr internal, roam_addr remote, uint64_t now_ns)
{
    roam_addr external = {0};
    CHECK(nat_outbound(self, &internal, &remote, now_ns, &external), NAT_OK, "outbound from port %u",
          internal.port);
    return external;
}

int nat_lab_in_status(nat *self, roam_addr remote, roam_addr external, uint64_t now_ns)
{
    roam_addr internal;
    return nat_inbound(self, &remote, &external, now_ns, &internal);
}

bool nat_lab_reaches(nat *self, roam_addr remote, roam_addr external, roam_addr internal, uint64_t now_ns)
{
    roam_addr got;
    return nat_inbound(self, &remote, &external, now_ns, &got) == NAT_OK && roam_addr_equal(&got, &internal);
}
