/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in which endpoints do what a rule takes for a violation, if it forgets one thing that packets do not
 * tell. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>

typedef struct held_story {
    const char *name;
    rules_rule rule;
    const char *text;
} held_story;

static const held_story STORIES[] = {
    {"a second validation of an address where answers to the first come late", RULES_MOVE_FOLLOWED,
     "roam: 1\n"
     "name: t\n"
     "duration: 11515ms\n"
     "networks:\n"
     "  wifi: {delay: 200ms, family: ipv6}\n"
     "  dc: {delay: 0ms}\n"
     "  dc6: {delay: 1ms, family: ipv6}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc, dc6], listen: 4433}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 100B, every: 20ms, until: 9515ms}\n"
     "  - {flow: server -> laptop, send: 400B, every: 10ms, until: 9515ms}\n"
     "timeline:\n"
     "  - {at: 1961ms, watchdog: laptop, network: wifi, timeout: 3s, mode: follow-first, sample: 2s, "
     "threshold: 20ms, strikes: 1, silence: 500ms}\n"
     "  - {at: 3383ms, migrate: laptop -> server, network: wifi, timeout: 3s}\n"
     "  - {at: 4165ms, migrate: laptop -> server, timeout: 3s}\n"
     "  - {at: 4514ms, down: laptop, network: wifi}\n"
     "  - {at: 8515ms, up: laptop, network: wifi}\n"},
    {"a server that follows its client to another port and back", RULES_CONGESTION_RESET_ON_NEW_ADDRESS,
     "roam: 1\n"
     "name: t\n"
     "duration: 6s\n"
     "nats:\n"
     "  nat1: {pool: 203.0.113.8/29, ports: random}\n"
     "networks:\n"
     "  wifi: {delay: 104ms, nat: nat1}\n"
     "  dc: {delay: 200ms, loss: 0.5%}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc], listen: 4433}\n"
     "peers: [laptop -> server]\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 1000B, every: 100ms, until: 5500ms}\n"
     "  - {flow: server -> laptop, send: 400B, every: 10ms, until: 5500ms}\n"
     "timeline:\n"
     "  - {at: 3226ms, restart: nat1, for: 200ms}\n"
     "  - {at: 4730ms, migrate: laptop -> server, network: wifi, timeout: 50ms, mode: follow-first, every: "
     "60ms, times: 4}\n"},
    {"a client that is told to move to the same path again", RULES_CONGESTION_RESET_ON_NEW_ADDRESS,
     "roam: 1\n"
     "name: t\n"
     "duration: 4s\n"
     "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"
     "peers: [laptop -> server]\n"
     "networks: {wifi: {delay: 5ms, rate: 50Mbps}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"
     "traffic: [{flow: laptop -> server, bulk: 100kB, at: 1s}]\n"
     "timeline:\n"
     "  - {at: 990ms, blackhole: server, network: datacentre, for: 2s}\n"
     "  - {at: 1120ms, migrate: laptop -> server, network: cellular, mode: follow-first}\n"
     "  - {at: 1140ms, migrate: laptop -> server, network: cellular}\n"
     "  - {at: 1160ms, migrate: laptop -> server, network: cellular, mode: follow-first}\n"
     "  - {at: 1180ms, migrate: laptop -> server, network: cellular}\n"
     "  - {at: 1200ms, migrate: laptop -> server, network: cellular, mode: follow-first}\n"},
    {"ACK frames with more ranges than are kept", RULES_PACKET_SIZE_AFTER_MOVE,
     "roam: 1\n"
     "name: t\n"
     "duration: 9890ms\n"
     "nats:\n"
     "  nat1: {pool: 203.0.113.8/29}\n"
     "networks:\n"
     "  wifi: {delay: 200ms, nat: nat1}\n"
     "  dc: {delay: 35ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc], listen: 4433}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 2000B, every: 100ms, until: 7890ms}\n"
     "  - {flow: server -> laptop, send: 50B, every: 300ms, until: 7890ms}\n"
     "timeline:\n"
     "  - {at: 103ms, set: wifi, delay: 1s}\n"
     "  - {at: 998ms, drop: laptop, network: wifi, frame: ack-only, count: 10, for: 4003ms}\n"
     "  - {at: 2926ms, migrate: laptop -> server, network: wifi, timeout: 1s}\n"
     "  - {at: 4105ms, set: wifi, delay: 200ms}\n"
     "  - {at: 6890ms, shuffle: nat1, change: port, of: all}\n"},
    {"a validation in place of one that is answered later", RULES_VALIDATION_NOT_CUT_SHORT,
     "roam: 1\n"
     "name: t\n"
     "duration: 6277ms\n"
     "networks:\n"
     "  wifi: {delay: 3ms}\n"
     "  dc: {delay: 0ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc], listen: 4433}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 100B, every: 10ms, until: 4277ms}\n"
     "timeline:\n"
     "  - {at: 1195ms, set: wifi, delay: 1s}\n"
     "  - {at: 1563ms, migrate: laptop -> server, mode: follow-first}\n"
     "  - {at: 2556ms, migrate: laptop -> server, network: wifi}\n"
     "  - {at: 3077ms, down: laptop, network: wifi}\n"
     "  - {at: 3164ms, migrate: laptop -> server, network: wifi, mode: follow-first}\n"
     "  - {at: 3199ms, set: wifi, delay: 3ms}\n"
     "  - {at: 3277ms, up: laptop, network: wifi}\n"},
    {"packets to an address that the client has given up", RULES_ISSUED_ID_ACCEPTED,
     "roam: 1\n"
     "name: t\n"
     "duration: 8142ms\n"
     "networks:\n"
     "  cellular: {delay: 1ms}\n"
     "  dc: {delay: 15ms}\n"
     "nodes:\n"
     "  laptop: {networks: [cellular]}\n"
     "  server: {networks: [dc], listen: 4433}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 50B, every: 300ms, until: 6142ms}\n"
     "  - {flow: server -> laptop, send: 100B, every: 300ms, until: 6142ms}\n"
     "timeline:\n"
     "  - {at: 4703ms, migrate: laptop -> server, network: cellular, timeout: 20ms, every: 60ms, times: 5}\n"
     "  - {at: 5142ms, migrate: laptop -> server, network: cellular, timeout: 10s, mode: follow-first}\n"},
    {"a PTO that comes from one long round trip", RULES_IDS_REPLACED,
     "roam: 1\n"
     "name: t\n"
     "duration: 9s\n"
     "networks:\n"
     "  wifi: {delay: 3ms}\n"
     "  cellular: {delay: 60ms}\n"
     "  dc: {delay: 60ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi, cellular]}\n"
     "  server: {networks: [dc], listen: 4433}\n"
     "peers: [laptop -> server]\n"
     "traffic: \n"
     "  - {flow: laptop -> server, send: 2000B, every: 100ms, until: 8s}\n"
     "  - {flow: server -> laptop, bulk: 1kB, at: 7480ms}\n"
     "timeline:\n"
     "  - {at: 2980ms, set: wifi, delay: 1s}\n"
     "  - {at: 4s, migrate: laptop -> server, network: cellular}\n"},
    {"moves one after the other", RULES_SPARE_ID_SUPPLIED,
     "roam: 1\n"
     "name: t\n"
     "duration: 7183ms\n"
     "nats:\n"
     "  nat3: {pool: 203.0.113.24/29}\n"
     "networks:\n"
     "  wifi: {delay: 8ms, rate: 5Mbps}\n"
     "  cellular: {delay: 15ms}\n"
     "  wired: {delay: 68ms, nat: nat3}\n"
     "  dc: {delay: 0ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi, cellular, wired]}\n"
     "  server: {networks: [dc], listen: 4433}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 400B, every: 20ms, until: 5183ms}\n"
     "timeline:\n"
     "  - {at: 2157ms, migrate: laptop -> server, network: wired}\n"
     "  - {at: 2183ms, set: wifi, delay: 300ms}\n"
     "  - {at: 2245ms, migrate: laptop -> server, mode: follow-first}\n"
     "  - {at: 3150ms, shuffle: nat3, change: both, of: all}\n"
     "  - {at: 3208ms, migrate: laptop -> server, network: wired, mode: follow-first}\n"
     "  - {at: 3389ms, migrate: laptop -> server, network: wired, timeout: 50ms, mode: follow-first, every: "
     "60ms, times: 4}\n"
     "  - {at: 3962ms, migrate: laptop -> server, network: cellular, timeout: 100ms, mode: follow-first}\n"
     "  - {at: 4183ms, set: wifi, delay: 8ms}\n"},
    {"a server that validates its preferred address when a NAT moves the client", RULES_MOVE_FOLLOWED,
     "roam: 1\n"
     "name: t\n"
     "duration: 5s\n"
     "nats:\n"
     "  nat1: {pool: 203.0.113.8/29}\n"
     "networks:\n"
     "  wifi: {delay: 15ms, nat: nat1}\n"
     "  dc: {delay: 200ms, rate: 2Mbps}\n"
     "  own: {delay: 60ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc, own], listen: 4433, quic: {preferred_address: own}}\n"
     "peers: [laptop -> server]\n"
     "traffic: [{flow: laptop -> server, send: 50B, every: 50ms, until: 4s}]\n"
     "timeline:\n"
     "  - {at: 1180ms, expire: nat1, of: all}\n"},
    {"a probe of the preferred address from where the client is being validated", RULES_PROBE_VALIDATED,
     "roam: 1\n"
     "name: t\n"
     "duration: 6s\n"
     "networks:\n"
     "  wifi: {delay: 200ms}\n"
     "  dc: {delay: 15ms}\n"
     "  own: {delay: 60ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc, own], listen: 4433, quic: {preferred_address: own}}\n"
     "peers: [laptop -> server]\n"
     "traffic: [{flow: laptop -> server, send: 2000B, every: 100ms, until: 4s}]\n"
     "timeline:\n"
     "  - {at: 1266ms, migrate: laptop -> server, network: wifi, timeout: 100ms, mode: follow-first}\n"},
    {"a client that goes to another family while it validates the preferred address",
     RULES_PREFERRED_ADDRESS_MIGRATES,
     "roam: 1\n"
     "name: t\n"
     "duration: 4s\n"
     "networks:\n"
     "  cellular: {delay: 0ms, family: ipv6}\n"
     "  wired: {delay: 200ms}\n"
     "  dc: {delay: 8ms}\n"
     "  dc6: {delay: 100ms, family: ipv6}\n"
     "  own: {delay: 0ms}\n"
     "nodes:\n"
     "  laptop: {networks: [cellular, wired]}\n"
     "  server: {networks: [dc, dc6, own], listen: 4433, quic: {preferred_address: own}}\n"
     "peers: [laptop -> server]\n"
     "traffic: [{flow: laptop -> server, send: 100B, every: 20ms, until: 3s}]\n"
     "timeline:\n"
     "  - {at: 1100ms, migrate: laptop -> server, network: cellular}\n"},
    {"a client that has moved when the preferred address answers where it was, and goes to another family",
     RULES_PREFERRED_ADDRESS_WINS,
     "roam: 1\n"
     "name: t\n"
     "duration: 6000ms\n"
     "networks:\n"
     "  wifi: {delay: 8ms}\n"
     "  cellular: {delay: 200ms, family: ipv6}\n"
     "  dc: {delay: 1ms}\n"
     "  dc6: {delay: 35ms, family: ipv6}\n"
     "  own: {delay: 200ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi, cellular]}\n"
     "  server: {networks: [dc, dc6, own], listen: 4433, quic: {preferred_address: own}}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 50B, every: 100ms, until: 4000ms}\n"
     "timeline:\n"
     "  - {at: 392ms, migrate: laptop -> server, network: wifi, timeout: 300ms}\n"
     "  - {at: 753ms, migrate: laptop -> server, network: cellular}\n"},
    {"a client that tries again where it gave a move up, and the preferred address had answered",
     RULES_PREFERRED_ADDRESS_WINS,
     "roam: 1\n"
     "name: t\n"
     "duration: 6067ms\n"
     "networks:\n"
     "  wifi: {delay: 200ms}\n"
     "  dc: {delay: 100ms}\n"
     "  own: {delay: 15ms, rate: 1Mbps}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc, own], listen: 4433, quic: {preferred_address: own}}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 400B, every: 20ms, until: 4067ms}\n"
     "timeline:\n"
     "  - {at: 1066ms, blackhole: laptop, network: wifi, for: 2001ms}\n"
     "  - {at: 1473ms, watchdog: laptop, network: wifi, timeout: 3s, sample: 1s, threshold: 400ms, strikes: "
     "1}\n"
     "  - {at: 2025ms, migrate: laptop -> server, network: wifi, timeout: 3s}\n"},
    {"the same, and it answers the first try during the second", RULES_PREFERRED_ADDRESS_WINS,
     "roam: 1\n"
     "name: t\n"
     "duration: 7052ms\n"
     "nats:\n"
     "  nat1: {pool: 203.0.113.8/29, mapping: address-and-port-dependent, ports: random}\n"
     "  nat2: {pool: 203.0.113.16/29, filtering: address-and-port-dependent, ports: random}\n"
     "networks:\n"
     "  wifi: {delay: 200ms, jitter: 5ms, rate: 200Mbps, queue: 30pkt, nat: nat1}\n"
     "  cellular: {delay: 1ms, nat: nat1}\n"
     "  wired: {delay: 60ms, nat: nat2}\n"
     "  dc: {delay: 1ms, rate: 2Mbps}\n"
     "  own: {delay: 100ms, jitter: 20ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi, cellular, wired], keepalive: 1s}\n"
     "  server: {networks: [dc, own], keepalive: 1s, listen: 4433, quic: {preferred_address: own}}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 1000B, every: 100ms, until: 5052ms}\n"
     "timeline:\n"
     "  - {at: 1000ms, down: laptop, network: cellular}\n"
     "  - {at: 1188ms, migrate: laptop -> server, network: wifi, timeout: 1s, mode: follow-first}\n"
     "  - {at: 1613ms, restart: nat1, for: 200ms}\n"
     "  - {at: 1737ms, migrate: laptop -> server, network: wifi, mode: follow-first, every: 60ms, times: 2}\n"
     "  - {at: 1778ms, migrate: laptop -> server, network: wifi, timeout: 20ms, mode: follow-first, every: "
     "2ms, times: 2}\n"
     "  - {at: 2022ms, shuffle: nat1, change: both, of: all}\n"
     "  - {at: 2176ms, migrate: laptop -> server, network: wired, timeout: 100ms, mode: follow-first}\n"
     "  - {at: 2635ms, migrate: laptop -> server, network: wired}\n"
     "  - {at: 2735ms, migrate: laptop -> server, network: wifi, timeout: 300ms}\n"
     "  - {at: 2742ms, migrate: laptop -> server, network: wired, timeout: 10s, mode: follow-first}\n"
     "  - {at: 2765ms, blackhole: server, network: dc, direction: down, for: 53ms}\n"},
    {"a server that validates an address once more when an answer to the first time comes",
     RULES_TOKEN_AFTER_MOVE,
     "roam: 1\n"
     "name: t\n"
     "duration: 8781ms\n"
     "nats:\n"
     "  nat1: {pool: 203.0.113.8/29}\n"
     "networks:\n"
     "  wifi: {delay: 100ms, nat: nat1}\n"
     "  dc: {delay: 3ms}\n"
     "nodes:\n"
     "  laptop: {networks: [wifi]}\n"
     "  server: {networks: [dc], keepalive: 1s, listen: 4433}\n"
     "peers:\n"
     "  - laptop -> server\n"
     "traffic:\n"
     "  - {flow: laptop -> server, send: 400B, every: 20ms, until: 6781ms}\n"
     "timeline:\n"
     "  - {at: 3737ms, expire: nat1, of: all}\n"
     "  - {at: 3817ms, migrate: laptop -> server, mode: follow-first}\n"
     "  - {at: 3831ms, migrate: laptop -> server, network: wifi}\n"
     "  - {at: 3888ms, detach: laptop, network: wifi}\n"
     "  - {at: 4892ms, attach: laptop, network: wifi}\n"
     "  - {at: 5781ms, migrate: laptop -> server, network: wifi}\n"},
};

/* How often the rule is broken, by either end of any connection. */
static uint32_t broken_in(const rules_judge *judge, rules_rule rule)
{
    uint32_t broken = 0;
    for (uint32_t i = 0; i < rules_connection_count(judge); i++)
        broken += rules_outcome_of(judge, i, DISSECT_CLIENT, rule).broken +
                  rules_outcome_of(judge, i, DISSECT_SERVER, rule).broken;
    return broken;
}

static void rules_hold(void)
{
    for (size_t i = 0; i < sizeof STORIES / sizeof *STORIES; i++) {
        trace of = trace_of(STORIES[i].text);
        rules_judge *const judge = trace_shown(&of);
        CHECK(broken_in(judge, STORIES[i].rule), 0, "%s: %s", rules_name(STORIES[i].rule), STORIES[i].name);
        rules_free(judge);
        trace_free(&of);
    }
}

static const check_test TESTS[] = {{"rules that hold", rules_hold}};

CHECK_MAIN("runs that break no rule", TESTS)
