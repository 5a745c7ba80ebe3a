/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: operations on a NAT. The first eight bytes are its options, then each operation is a byte
 * with its kind (low four bits) and how much time passes (high four), and two bytes of what it acts on. After
 * each, what nat.h promises is checked.
 */
#include "core/hash.h"
#include "sim/nat/nat.h"

#include "sim/random_streams.h"

#include <assert.h>
#include <string.h>

enum { OPTION_BYTES = 8, STEP_BYTES = 3, POOL_MAX = 4, HOSTS = 8, REMOTES = 8, BINDINGS_MAX = 256 };
enum {
    OUT_LAST = 8,
    IN_LAST = 11,
    SHUFFLE_LAST = 13
}; /* 14: expire, 15: restart or the check of everything */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef struct machine {
    nat *box;
    nat_options options;
    uint64_t now_ns;
    uint64_t random;
    roam_addr last; /* an external endpoint that was given out */
    uint32_t steps;
} machine;

static uint64_t next_random(void *ctx)
{
    uint64_t *state = ctx;
    return core_hash_mix((*state)++);
}

static roam_addr address(uint8_t network, uint8_t host, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {network, 0, 0, host}};
}

static nat_options options_of(const uint8_t bytes[OPTION_BYTES], const roam_addr pool[POOL_MAX])
{
    nat_options options;
    nat_options_default(&options);
    options.pool = pool;
    options.pool_count = 1 + bytes[0] % POOL_MAX;
    options.mapping = (nat_behaviour)(bytes[1] % 3);
    options.filtering = (nat_behaviour)(bytes[1] / 3 % 3);
    options.ports = (nat_port_order)(bytes[1] / 9 % 4);
    options.blocks = (nat_block_order)(bytes[1] / 36 % 3);
    options.pooling = bytes[2] & 1 ? NAT_POOLING_ARBITRARY : NAT_POOLING_PAIRED;
    options.parity = bytes[2] & 2;
    options.random_start = bytes[2] & 4;
    options.refresh = bytes[2] & 8 ? NAT_REFRESH_BOTH : NAT_REFRESH_OUTBOUND;
    options.port_first = (uint16_t)(1000 + bytes[3]); /* either side of 1024 */
    options.port_last = (uint16_t)(options.port_first + bytes[4] % 64);
    options.block_ports = (uint16_t)(1 + bytes[5] % 16);
    options.subscribers = address(10, bytes[5] % 3, 0);
    options.subscriber_bindings_max = bytes[6] % 8;
    options.bindings_max = 1 + bytes[6] / 8u * 8u;
    options.filter_max = 1 + bytes[7] % 4;
    options.timeout_ns = 1 + bytes[7] / 4u;
    options.unreplied_timeout_ns = bytes[2] & 16 ? 1 + bytes[7] / 8u : 0;
    options.stream_after_ns = bytes[7] / 16u;
    if (bytes[2] & 32) {
        options.overloading = true;
        options.mapping = options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        options.blocks = NAT_BLOCKS_NONE;
        options.track_unsolicited = bytes[2] & 64;
    }
    return options;
}

static bool owned(const machine *m, const roam_addr *addr)
{
    return addr->bytes[0] == 203 && addr->bytes[3] < m->options.pool_count;
}

static bool shares_address(const machine *m)
{
    return m->options.pooling == NAT_POOLING_PAIRED || m->options.blocks != NAT_BLOCKS_NONE;
}

static unsigned block_of(const machine *m, uint16_t port)
{
    return (unsigned)(port - m->options.port_first) / m->options.block_ports;
}

static void check_pair(const machine *m, const nat_binding *a, const nat_binding *b)
{
    assert(!roam_addr_equal(&a->external, &b->external) || /* RFC 4787 REQ-3 */
           (m->options.overloading && !roam_addr_equal(&a->destination, &b->destination)));
    assert(!roam_addr_equal(&a->internal, &b->internal) ||
           !roam_addr_equal(&a->destination, &b->destination));
    const bool one_host = memcmp(a->internal.bytes, b->internal.bytes, 16) == 0;
    const bool one_address = memcmp(a->external.bytes, b->external.bytes, 16) == 0;
    if (one_host && shares_address(m))
        assert(one_address); /* RFC 4787 REQ-2 */
    if (m->options.blocks != NAT_BLOCKS_NONE && one_address)
        assert(one_host == (block_of(m, a->external.port) == block_of(m, b->external.port)));
}

static void check_binding(machine *m, const nat_binding *binding)
{
    roam_addr destination = binding->destination;
    if (destination.family == ROAM_FAMILY_NONE)
        destination = address(192, 0, 0);
    nat_binding found;
    assert(nat_find_binding(m->box, &binding->internal, &destination, m->now_ns, &found));
    assert(roam_addr_equal(&found.external, &binding->external));
    assert(nat_owns(m->box, &binding->external) && owned(m, &binding->external));
    assert(binding->external.port >= m->options.port_first && binding->external.port <= m->options.port_last);
    assert(binding->expires_ns > m->now_ns && binding->made_ns <= m->now_ns);
    assert(binding->permitted <= m->options.filter_max);
    assert(m->options.filtering != NAT_ENDPOINT_INDEPENDENT || binding->permitted == 0);
}

static void check_all(machine *m)
{
    static nat_binding bindings[BINDINGS_MAX];
    uint32_t count = 0, cursor = 0, permitted = 0;
    while (count < BINDINGS_MAX && nat_next_binding(m->box, m->now_ns, &cursor, &bindings[count]))
        permitted += bindings[count++].permitted;
    const nat_counts counts = nat_count(m->box, m->now_ns);
    assert(counts.live == count && count <= m->options.bindings_max);
    assert(counts.permitted == permitted);
    assert(counts.made == counts.live + counts.timed_out + counts.forgotten);
    assert(counts.subscribers <= counts.live && (counts.subscribers > 0) == (counts.live > 0));
    for (uint32_t i = 0; i < count; i++) {
        check_binding(m, &bindings[i]);
        for (uint32_t j = 0; j < i; j++)
            check_pair(m, &bindings[i], &bindings[j]);
    }
}

static void outbound(machine *m, uint8_t from, uint8_t to)
{
    const roam_addr inside = address(10, from % HOSTS, (uint16_t)(1000 + from / HOSTS));
    roam_addr remote = address(192, to % REMOTES, (uint16_t)(to / REMOTES % 4));
    if (to >= 128)
        remote = m->last; /* hairpinned, if there was one */
    if (remote.family == ROAM_FAMILY_NONE)
        return;
    const uint32_t live = nat_count(m->box, m->now_ns).live;
    roam_addr external = {0};
    const int status = nat_outbound(m->box, &inside, &remote, m->now_ns, &external);
    if (status != NAT_OK) {
        assert(external.family == ROAM_FAMILY_NONE);
        assert(nat_count(m->box, m->now_ns).live == live); /* RFC 6888 REQ-11 d */
        return;
    }
    roam_addr internal, again;
    assert(nat_inbound(m->box, &remote, &external, m->now_ns, &internal) == NAT_OK);
    assert(roam_addr_equal(&internal, &inside));
    assert(nat_outbound(m->box, &inside, &remote, m->now_ns, &again) == NAT_OK);
    assert(roam_addr_equal(&external, &again));
    m->last = external;
}

static void inbound(machine *m, uint8_t from, uint8_t to)
{
    const roam_addr remote = address(192, from % REMOTES, (uint16_t)(from / REMOTES % 4));
    const roam_addr external =
        to >= 128 && m->last.family
            ? m->last
            : address(203, to % POOL_MAX, (uint16_t)(m->options.port_first + to / POOL_MAX));
    roam_addr internal;
    const int status = nat_inbound(m->box, &remote, &external, m->now_ns, &internal);
    assert(status == NAT_OK || status == NAT_ERR_NO_BINDING || status == NAT_ERR_FILTERED);
    assert(status != NAT_ERR_FILTERED || m->options.filtering != NAT_ENDPOINT_INDEPENDENT);
    assert(status != NAT_OK || internal.bytes[0] == 10);
}

static void shuffle(machine *m, uint8_t whose, uint8_t how)
{
    const roam_addr host = address(10, whose % HOSTS, 0);
    const nat_change change = (nat_change)(1 + how % 4);
    const nat_counts before = nat_count(m->box, m->now_ns);
    nat_shuffled got;
    assert(nat_shuffle(m->box, change, whose < 128 ? NULL : &host, m->now_ns, &got) == NAT_OK);
    const nat_counts after = nat_count(m->box, m->now_ns);
    assert(before.live == after.live && before.subscribers == after.subscribers);
    assert(before.reserved == after.reserved); /* nothing stays held */
    assert(after.shuffled == before.shuffled + got.moved);
    assert(whose >= 128 || got.moved + got.kept == before.live);
    assert(got.moved == 0 || change != NAT_CHANGE_ADDRESS || m->options.pool_count > 1);
}

static void step(machine *m, const uint8_t bytes[STEP_BYTES])
{
    const uint8_t kind = bytes[0] % 16;
    m->now_ns += bytes[0] / 16;
    if (kind <= OUT_LAST) {
        outbound(m, bytes[1], bytes[2]);
    } else if (kind <= IN_LAST) {
        inbound(m, bytes[1], bytes[2]);
    } else if (kind <= SHUFFLE_LAST) {
        shuffle(m, bytes[1], bytes[2]);
    } else if (kind == 14) {
        const roam_addr host = address(10, bytes[1] % HOSTS, bytes[2]);
        const roam_addr remote = address(192, bytes[1] / HOSTS % REMOTES, 0);
        if (bytes[2] >= 128 && bytes[2] < 255)
            nat_expire_towards(m->box, bytes[2] % 2 ? NULL : &host, &remote, m->now_ns);
        else
            nat_expire(m->box, bytes[2] == 255 ? NULL : &host, m->now_ns);
    } else if (bytes[1] == 255) {
        nat_restart(m->box, m->now_ns);
        assert(nat_count(m->box, m->now_ns).live == 0);
    }
    if (kind > IN_LAST || m->steps++ % 16 == 0)
        check_all(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < OPTION_BYTES)
        return 0;
    roam_addr pool[POOL_MAX];
    for (uint8_t i = 0; i < POOL_MAX; i++)
        pool[i] = address(203, i, 0);
    machine m = {.random = data[0]};
    m.options = options_of(data, pool);
    m.options.random = next_random;
    m.options.random_ctx = &m.random;
    const int status = nat_new(&m.options, &m.box);
    if (status != NAT_OK) {
        assert(status == NAT_ERR_OPTIONS && m.options.blocks != NAT_BLOCKS_NONE);
        return 0;
    }
    for (size_t at = OPTION_BYTES; at + STEP_BYTES <= len; at += STEP_BYTES)
        step(&m, data + at);
    check_all(&m);
    nat_free(m.box);
    return 0;
}
