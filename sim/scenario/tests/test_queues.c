/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues that nodes share, cross traffic, shapes of traffic, and latencies: what the loader takes, and says.
 */
#include "core/tests/check.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>

enum { TEXT_MAX = 2048 };

/* The network on line 5, then background, traffic, timeline and expect, each one line or more. */
typedef struct parts {
    const char *network, *background, *traffic, *timeline, *expect;
} parts;

static void write_text(const parts *from, char text[TEXT_MAX])
{
    static const parts DEFAULT = {.network = "rate: 8Mbps, shared: true",
                                  .background = "[]",
                                  .traffic = "send: 400B, every: 20ms",
                                  .timeline = "",
                                  .expect = "[]"};
#define OR(part) (from->part ? from->part : DEFAULT.part)
    const int len = snprintf(text, TEXT_MAX,
                             "roam: 1\nname: t\nduration: 10s\nnetworks:\n  lte: {%s}\n  dc: {delay: 1ms}\n"
                             "nodes: {laptop: {networks: [lte]}, server: {networks: [dc], listen: 4433}}\n"
                             "peers: [laptop -> server]\ntraffic: [{flow: laptop -> server, %s}]\n"
                             "timeline: [%s]\nbackground: %s\nexpect: %s\n",
                             OR(network), OR(traffic), OR(timeline), OR(background), OR(expect));
#undef OR
    CU_ASSERT_FATAL(len > 0 && len < TEXT_MAX);
}

static const struct {
    parts from;
    const char *faults; /* NULL: none */
} CASES[] = {
    {{.network = "rate: 8Mbps, queue: 100ms, shared: true, discipline: codel"}, NULL},
    {{.network = "rate: 8Mbps, queue: 64kB, discipline: red"}, NULL},
    {{.network = "queue: 64kB"}, NULL},
    {{.network = "queue: 64"},
     "x.yaml:5:16: queue: '64' is no queue: write for example 64pkt, 90kB, or 100ms of the link's rate\n"},
    {{.network = "queue: 65537pkt"}, "x.yaml:5:16: queue: 65537pkt is too large: at most 65536pkt\n"},
    {{.network = "queue: 101MB"}, "x.yaml:5:16: queue: 101MB is too large: at most 100MB\n"},
    {{.network = "rate: 8Mbps, queue: 61s"}, "x.yaml:5:29: queue: 61s is too large: at most 1min\n"},
    {{.network = "queue: 100ms"},
     "x.yaml:5:16: a queue of 100ms needs a rate: write for example rate: 20Mbps\n"},
    {{.network = "rate: 1Gbps, queue: 1s"},
     "x.yaml:5:29: a queue of 1s at 1Gbps is too large: at most 100MB\n"},
    {{.network = "rate: 1Mbps, link: p2p, queue: 9kB"},
     "x.yaml:5:40: a p2p link counts its queue in packets: write for example 100pkt\n"},
    {{.network = "rate: 1Mbps, link: csma, queue: 10ms"},
     "x.yaml:5:41: a csma bus counts its queue in packets: write for example 100pkt\n"},
    {{.network = "shared: true"},
     "x.yaml:5:17: 'lte' has no rate, so nothing ever waits: write for example rate: 20Mbps\n"},
    {{.network = "discipline: codel"},
     "x.yaml:5:21: 'lte' has no rate, so nothing ever waits: write for example rate: 20Mbps\n"},
    {{.network = "rate: 8Mbps, link: csma, shared: true"},
     "x.yaml:5:34: 'shared' is for link: pipe: nodes share a csma bus as it is\n"},
    {{.network = "link: wifi, discipline: red"},
     "x.yaml:5:21: 'discipline' is for link: pipe: nodes share the air as it is\n"},
    {{.network = "rate: 8Mbps, link: p2p, shared: true"},
     "x.yaml:5:33: 'shared' is for link: pipe: p2p is a link of ns-3's for one node\n"},
    {{.network = "rate: 8Mbps, discipline: fq_codel"},
     "x.yaml:5:34: unknown discipline 'fq_codel'; did you mean 'fq-codel'?\n"},
    {{.timeline = "{at: 1s, set: lte, rate: 4Mbps, queue: 50ms}"}, NULL},
    {{.timeline = "{at: 1s, set: lte, node: laptop, delay: 40ms}"}, NULL},
    {{.timeline = "{at: 1s, set: lte, node: laptop, rate: 4Mbps}"},
     "x.yaml:10:45: the nodes of 'lte' share its rate: leave out 'node'\n"},
    {{.timeline = "{at: 1s, set: lte, node: laptop, queue: 9pkt}"},
     "x.yaml:10:45: the nodes of 'lte' share its queue: leave out 'node'\n"},
    {{.network = "rate: 1Mbps, link: p2p", .timeline = "{at: 1s, set: lte, queue: 9kB}"},
     "x.yaml:10:38: a p2p link counts its queue in packets: write for example 100pkt\n"},
    {{.background = "{network: lte, rate: 8Mbps, direction: down, pattern: on-off, busy: 1ms, idle: 2s}"},
     NULL},
    {{.background = "[{network: lte, rate: 8Mbps}, {network: lte, rate: 1kbps, pattern: poisson, at: 1s}]"},
     NULL},
    {{.background = "{network: lte}"},
     "x.yaml:11:13: background needs 'rate': write for example rate: 8Mbps\n"},
    {{.background = "lte"},
     "x.yaml:11:13: expected background, or a list of it, found a plain value: "
     "write for example {network: lte, rate: 8Mbps}\n"},
    {{.background = "{network: dc, rate: 8Mbps}"},
     "x.yaml:11:23: each node of 'dc' has a link of its own, on which nobody else's traffic is: give it "
     "shared: "
     "true, or link: csma or wifi\n"},
    {{.background = "{network: lte, rate: 8Mbps, packet: 1501B}"},
     "x.yaml:11:49: packets of 1501B do not fit the mtu of 'lte', 1500B\n"},
    {{.background = "{network: lte, rate: 8Mbps, at: 10s}"},
     "x.yaml:11:45: 10s is not before the end of the scenario (duration)\n"},
    {{.background = "{network: lte, rate: 8Mbps, at: 3s, until: 3s}"},
     "x.yaml:11:56: until 3s: not after its start\n"},
    {{.background = "{network: lte, rate: 8Mbps, busy: 3s}"}, "x.yaml:11:41: 'busy' is of pattern: on-off\n"},
    {{.background = "{network: lte, rate: 1Gbps, packet: 64B}"},
     "x.yaml:11:34: background of 19531250 packets: at most 10000000\n"},
    {{.traffic = "request: 400B, response: 20kB, think: 100ms, until: 5s"}, NULL},
    {{.traffic = "rate: 2Mbps, message: 1200B"}, NULL},
    {{.traffic = "request: 400B"},
     "x.yaml:9:11: traffic needs 'response': write for example response: 20kB\n"},
    {{.traffic = "request: 400B, response: 20kB, rate: 1Mbps"},
     "x.yaml:9:11: traffic needs one of 'send', 'bulk', 'request' and 'rate': write for example {flow: "
     "laptop -> "
     "server, send: 400B, every: 20ms}\n"},
    {{.traffic = "request: 400B, response: 15B"}, "x.yaml:9:61: response: 15B is too small: at least 16B\n"},
    {{.traffic = "rate: 1Gbps, message: 100B"},
     "x.yaml:9:42: rate: 1Gbps in messages of 100B is more than one each microsecond\n"},
    {{.expect = "[{latency: laptop -> server, p99: <= 80ms, from: 1s, until: 5s}]"}, NULL},
    {{.expect = "[{latency: laptop -> server}]"}, "x.yaml:12:10: no bound: write for example p99: <= 80ms\n"},
    {{.expect = "[{latency: server -> laptop, p50: 1s}]"},
     "x.yaml:12:20: no traffic flows server -> laptop: its latency cannot be measured\n"},
    {{.traffic = "request: 400B, response: 20kB", .expect = "[{latency: server -> laptop, worst: 1s}]"},
     NULL},
    {{.expect = "[{latency: laptop -> server, p90: 1s, from: 2s, until: 2s}]"},
     "x.yaml:12:64: until is not after from\n"},
};

static void test_faults(void)
{
    char text[TEXT_MAX];
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        write_text(&CASES[i].from, text);
        const scenario_source source = loading_text(text);
        if (CASES[i].faults)
            loading_refused(&source, CASES[i].faults);
        else
            scenario_free(loading_good(&source));
    }
}

/* 100 ms at 8 Mbps are 100 kB. What is no whole byte a second is cut off: 1905196 of 1905197.1. */
static void test_limits(void)
{
    static const struct {
        uint64_t rate_bps;
        scenario_queue queue;
        uint32_t packets;
        uint64_t bytes;
    } cases[] = {
        {8000000, 100, 100, 0},
        {0, (uint64_t)SCENARIO_QUEUE_BYTES << 62 | 90000, 65536, 90000},
        {8000000, (uint64_t)SCENARIO_QUEUE_TIME << 62 | 100000000, 65536, 100000},
        {4000000, (uint64_t)SCENARIO_QUEUE_TIME << 62 | 100000000, 65536, 50000},
        {1000, (uint64_t)SCENARIO_QUEUE_TIME << 62 | 60000000000, 65536, 7500},
        {1000, (uint64_t)SCENARIO_QUEUE_TIME << 62 | 1, 65536, 1},
        {12345678, (uint64_t)SCENARIO_QUEUE_TIME << 62 | 1234567890, 65536, 1905196},
        {UINT64_C(1000000000000), (uint64_t)SCENARIO_QUEUE_TIME << 62 | 60000000000, 65536, 100000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scenario_link link = scenario_link_initial();
        link.rate_bps = cases[i].rate_bps;
        link.queue = cases[i].queue;
        const scenario_queue_limits limits = scenario_link_queue(&link);
        CHECK(limits.packets, cases[i].packets, "case %zu: packets", i);
        CHECK(limits.bytes, cases[i].bytes, "case %zu: bytes", i);
    }
}

/* The response is a flow of its own, behind those of the file; a rate is an interval. */
static void test_shapes(void)
{
    char text[TEXT_MAX];
    write_text(&(parts){.traffic =
                            "request: 400B, response: 20kB, think: 1s, key: 7}, {flow: server -> laptop, "
                            "rate: 1Mbps, message: 1kB"},
               text);
    const scenario_source source = loading_text(text);
    scenario *const s = loading_good(&source);
    CHECK(s->traffic_count, 3, "flows");
    const scenario_traffic *const request = &s->traffic[0];
    const scenario_traffic *const response = &s->traffic[2];
    CHECK(request->kind, SCENARIO_REQUEST, "request");
    CHECK(request->other, 2, "its response");
    CHECK(request->think_ns, 1000000000, "think");
    CHECK(response->kind, SCENARIO_RESPONSE, "response");
    CHECK(response->other, 0, "its request");
    CHECK(response->from, request->to, "from");
    CHECK(response->to, request->from, "to");
    CHECK(response->message_bytes, 20000, "bytes");
    CHECK(response->key, 7, "key");
    CHECK(s->traffic[1].kind, SCENARIO_SEND, "a rate");
    CHECK(s->traffic[1].every_ns, 8000000, "interval");
    scenario_free(s);
}

static const check_test TESTS[] = {
    {"what is taken, and what is said", test_faults}, {"limits", test_limits}, {"shapes", test_shapes}};
CHECK_MAIN("queues and shapes", TESTS)
