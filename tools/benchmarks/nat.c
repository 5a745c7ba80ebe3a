/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "tools/benchmarks/bench.h"

#include "sim/nat/nat.h"
#include "sim/random_streams.h"

#include <stdio.h>

enum { HOST_PORTS = 50, POOL = 4 };

static uint64_t next_random(void *ctx)
{
    uint64_t *const state = ctx;
    return core_hash_mix((*state)++);
}

static roam_addr address(uint8_t network, uint32_t host, uint16_t port)
{
    return (roam_addr){
        .family = ROAM_FAMILY_IPV4, .port = port, .bytes = {network, 0, (uint8_t)(host >> 8), (uint8_t)host}};
}

static roam_addr inside(uint32_t binding)
{
    return address(10, binding / HOST_PORTS, (uint16_t)(5000 + binding % HOST_PORTS));
}

static int new_nat(uint64_t *random, nat **out)
{
    roam_addr pool[POOL];
    for (uint32_t i = 0; i < POOL; i++)
        pool[i] = address(203, i, 0);
    nat_options options;
    nat_options_default(&options);
    options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
    options.pool = pool;
    options.pool_count = POOL;
    options.random = next_random;
    options.random_ctx = random;
    return nat_new(&options, out);
}

/* One packet out and its answer in, of a binding picked at random. */
static int there_and_back(nat *box, uint32_t binding)
{
    const roam_addr from = inside(binding), remote = address(192, 1, 443);
    roam_addr external, internal;
    const int status = nat_outbound(box, &from, &remote, 0, &external);
    if (status != NAT_OK)
        return status;
    return nat_inbound(box, &remote, &external, 0, &internal);
}

static int measure(const bench_context *context, uint32_t bindings, bench_sample *sample,
                   char message[BENCH_MESSAGE_MAX])
{
    const uint32_t rounds = context->quick ? 100000 : 1000000;
    uint64_t random = context->seed;
    nat *box = NULL;
    int status = new_nat(&random, &box);
    for (uint32_t i = 0; i < bindings && status == NAT_OK; i++)
        status = there_and_back(box, i);
    const bench_time start = bench_clock();
    for (uint32_t i = 0; i < rounds && status == NAT_OK; i++)
        status = there_and_back(box, (uint32_t)(core_hash_mix(i) % bindings));
    const bench_sample rate = bench_rate(2.0 * rounds, start);
    *sample = (bench_sample){.wall = 1e9 / rate.wall, .on_cpu = 1e9 / rate.on_cpu};
    const uint32_t live = box ? nat_count(box, 0).live : 0;
    nat_free(box);
    if (status == NAT_OK && live == bindings)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX, "%s; %u of %u bindings", nat_strerror(status), live, bindings);
    return -1;
}

int bench_nat_1000(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    return measure(context, 1000, sample, message);
}

int bench_nat_100000(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    return measure(context, 100000, sample, message);
}
