/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/lab.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

void lab_expect_address(const char *what, const roam_addr *got, const char *wanted)
{
    char text[ROAM_ADDR_STRING_MAX];
    CHECK_STRING(roam_addr_format(got, text), wanted, "%s", what);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    lab *l = ctx;
    CU_ASSERT_FATAL(l->packet_count < SEEN_MAX);
    seen_packet *seen = &l->packets[l->packet_count++];
    *seen = (seen_packet){.packet = *packet, .at_ns = now_ns};
    seen->ttl = packet->bytes[packet->source.family == ROAM_FAMILY_IPV4 ? 8 : 7];
}

static void on_address(void *ctx, uint32_t node, uint32_t at, const roam_addr *addr, bool attached,
                       uint64_t now_ns)
{
    lab *l = ctx;
    (void)node, (void)at, (void)addr, (void)attached, (void)now_ns;
    l->address_count++;
}

static void on_receive(void *ctx, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    lab *l = ctx;
    l->received_on = adapter;
    l->received_from = datagram->remote;
    l->received_len = datagram->len;
    l->received_ecn = datagram->ecn;
    l->received_ns = now_ns;
    l->received_count++;
    if (datagram->len <= sizeof l->received)
        memcpy(l->received, datagram->data, datagram->len);
}

static void on_error(void *ctx, roam_adapter *adapter, const icmp_error *error, uint64_t now_ns)
{
    lab *const l = ctx;
    (void)now_ns;
    l->told_on = adapter;
    l->told = *error;
    l->told.quote.payload = NULL;
    l->told_count++;
}

static void describe(lab *l)
{
    static const scenario_network NETWORK[NETWORKS] = {
        [WIFI] = {.name = "wifi",
                  .link = {.delay_ns = 8 * MS, .rate_bps = 10000000, .queue = 4},
                  .mtu = 1400},
        [CELLULAR] = {.name = "cellular", .link = {.delay_ns = 30 * MS, .queue = 100}, .mtu = 1500},
        [DATACENTRE] = {.name = "datacentre",
                        .link = {.delay_ns = 1 * MS, .rate_bps = 1000000000, .queue = 100},
                        .mtu = 1500},
        [WIFI6] = {.name = "wifi6",
                   .link = {.delay_ns = 8 * MS, .rate_bps = 10000000, .queue = 4},
                   .mtu = 1400},
        [DATACENTRE6] = {.name = "datacentre6",
                         .link = {.delay_ns = 1 * MS, .rate_bps = 1000000000, .queue = 100},
                         .mtu = 1280},
        [TINY] = {.name = "tiny", .link = {.delay_ns = 1 * MS, .queue = 100}, .mtu = 1500},
    };
    memcpy(l->described, NETWORK, sizeof NETWORK);
    for (uint8_t i = 0; i < NETWORKS; i++) {
        l->described[i].prefix4 = (scenario_prefix){{10, (uint8_t)(i + 1)}, 16};
        l->described[i].prefix6 = (scenario_prefix){{0xfd, 0, 0, (uint8_t)(i + 1)}, 64};
    }
    l->described[TINY].prefix4 = (scenario_prefix){{192, 0, 2, 4}, 30};
    l->described[WIFI6].family = SCENARIO_IPV6;
    l->described[DATACENTRE6].family = SCENARIO_IPV6;
    l->scenario = (scenario){.networks = l->described, .network_count = NETWORKS};
    for (uint32_t i = 0; i < NETWORKS; i++)
        network_init(&l->networks[i], &l->scenario, i);
}

host *lab_host(lab *l, const char *name, uint32_t node)
{
    host_options options = {.n3 = l->n3,
                            .internet = l->internet,
                            .observers = &l->observers,
                            .error = &l->error,
                            .name = name,
                            .node = node,
                            .ports_except = 49153,
                            .receive = on_receive,
                            .receive_error = on_error,
                            .receive_ctx = l};
    host *made = NULL;
    CHECK(host_new(&options, &made), 0, "host_new");
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

lab *lab_new(void)
{
    lab *l = calloc(1, sizeof *l);
    CU_ASSERT_PTR_NOT_NULL_FATAL(l);
    n3_world_options options;
    n3_world_options_default(&options);
    CHECK(n3_world_new(&options, &l->n3), 0, "n3_world_new");
    CHECK(internet_new(l->n3, &l->internet), 0, "internet_new");
    l->observer = (observer){.ctx = l, .packet = on_packet, .address = on_address};
    l->observers = observer_set_of(&l->observer, 1);
    l->error.n3 = l->n3;
    describe(l);
    for (uint32_t i = 0; i < NETWORKS; i++)
        l->networks[i].realm = internet_outside(l->internet);
    l->hosts[A] = lab_host(l, "a", A);
    l->hosts[B] = lab_host(l, "b", B);
    return l;
}

/* Every frame must have found its end. */
void lab_free(lab *l)
{
    CHECK(n3_world_frames(l->n3), 0, "frames left");
    host_free(l->hosts[A]);
    host_free(l->hosts[B]);
    internet_free(l->internet);
    n3_world_free(l->n3);
    free(l);
}

void lab_run(lab *l, uint64_t until_ns)
{
    CHECK(n3_world_run_until(l->n3, until_ns), 0, "n3_world_run_until");
}

roam_addr lab_attach(lab *l, int who, int where)
{
    roam_addr address = {.family = ROAM_FAMILY_NONE};
    CHECK(host_attach(l->hosts[who], &l->networks[where], n3_world_now_ns(l->n3), &address), 0,
          "host_attach");
    return address;
}

roam_adapter *lab_listen(lab *l, int who, roam_addr address)
{
    roam_adapter *adapter = NULL;
    address.port = LISTEN;
    CHECK(host_open(l->hosts[who], &address, NULL, &adapter), 0, "listen");
    CU_ASSERT_PTR_NOT_NULL_FATAL(adapter);
    return adapter;
}

roam_adapter *lab_open(lab *l, int who, const roam_addr *remote)
{
    static const roam_addr any = {.family = ROAM_FAMILY_NONE};
    roam_adapter *adapter = NULL;
    CHECK(host_open(l->hosts[who], &any, remote, &adapter), 0, "host_open");
    CU_ASSERT_PTR_NOT_NULL_FATAL(adapter);
    return adapter;
}

int lab_send(const lab *l, const roam_adapter *from, const roam_addr *to, size_t len)
{
    static const uint8_t bytes[2048] = {'h', 'i'};
    roam_datagram datagram = {.remote = *to, .ecn = 2, .data = bytes, .len = len, .segment_len = len};
    return host_send(from, &datagram, n3_world_now_ns(l->n3));
}

void lab_send_and_run(lab *l, const roam_adapter *from, const roam_addr *to, size_t len)
{
    CHECK(lab_send(l, from, to, len), 0, "send");
    lab_run(l, n3_world_now_ns(l->n3) + 200 * MS);
}
