/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/tests/probing_traces.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { FIRST_NUMBER = 4096 }; /* of packets that are added */

const char TRACE_LOST[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 12s\n"
    "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 200B, every: 100ms, until: 11s}\n"
    "  - {flow: server -> laptop, send: 200B, every: 100ms, until: 11s}\n"
    "timeline:\n"
    "  - {at: 500ms, blackhole: laptop, network: cellular}\n"
    "  - {at: 1s, migrate: laptop -> server, network: cellular, timeout: 3s, as: move}\n";

const char TRACE_CALLS[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 12s\n"
    "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 200B, every: 100ms, until: 11s}\n"
    "  - {flow: server -> laptop, send: 200B, every: 100ms, until: 11s}\n"
    "timeline:\n"
    "  - {at: 500ms, blackhole: laptop, network: cellular}\n"
    "  - {at: 1s, migrate: laptop -> server, network: cellular, timeout: 900ms, every: 1s, times: 9}\n";

const char TRACE_UNANSWERED[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 12s\n"
    "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 200B, every: 100ms, until: 11s}\n"
    "  - {flow: server -> laptop, send: 200B, every: 5ms, until: 11s}\n"
    "timeline:\n"
    "  - {at: 500ms, blackhole: laptop, network: cellular, direction: down}\n"
    "  - {at: 1s, migrate: laptop -> server, network: cellular, timeout: 3s, as: move}\n";

const char TRACE_REBIND[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 6s\n"
    "networks: {wifi: {delay: 5ms, nat: home}, datacentre: {delay: 1ms}}\n"
    "nats: {home: {pool: [203.0.113.7, 203.0.113.8]}}\n"
    "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 100B, every: 50ms, until: 5500ms}\n"
    "  - {flow: server -> laptop, send: 100B, every: 50ms, until: 5500ms}\n"
    "timeline:\n"
    "  - {at: 1s, shuffle: home, change: address, of: laptop}\n";

const char TRACE_DENSE[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 6s\n"
    "networks: {wifi: {delay: 5ms, nat: home}, datacentre: {delay: 1ms}}\n"
    "nats: {home: {pool: [203.0.113.7, 203.0.113.8]}}\n"
    "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 100B, every: 3ms, until: 5500ms}\n"
    "  - {flow: server -> laptop, send: 100B, every: 50ms, until: 5500ms}\n"
    "timeline:\n"
    "  - {at: 1s, shuffle: home, change: address, of: laptop}\n";

const char TRACE_IMPATIENT[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 4s\n"
    "networks: {wifi: {delay: 15ms}, datacentre: {delay: 60ms}}\n"
    "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 400B, every: 20ms, until: 3s}\n"
    "  - {flow: server -> laptop, send: 100B, every: 50ms, until: 3s}\n"
    "timeline:\n"
    "  - {at: 1s, migrate: laptop -> server, network: wifi, timeout: 50ms, every: 60ms, times: 7}\n";

const char TRACE_SPOOFED[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 10s\n"
    "networks: {wifi: {delay: 5ms}, near: {delay: 5ms}, datacentre: {delay: 1ms}}\n"
    "nodes:\n"
    "  laptop: {networks: [wifi]}\n"
    "  mallory: {networks: [near], attacker: true}\n"
    "  victim: {networks: [near]}\n"
    "  server: {networks: [datacentre], listen: 4433}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 100B, every: 50ms, until: 9s}\n"
    "  - {flow: server -> laptop, send: 100B, every: 50ms, until: 9s}\n"
    "timeline:\n"
    "  - {at: 1s, attack: mallory, kind: spoofed-source, of: laptop -> server, victim: victim, for: 200ms}\n";

const char TRACE_FAMILY[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 4s\n"
    "networks:\n"
    "  old: {delay: 5ms, family: ipv6}\n"
    "  new: {delay: 20ms, family: ipv4}\n"
    "  dc-4: {delay: 1ms}\n"
    "  dc-6: {delay: 1ms, family: ipv6}\n"
    "nodes: {laptop: {networks: [old]}, server: {networks: [dc-4, dc-6], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 3s}\n"
    "  - {flow: server -> laptop, send: 200B, every: 50ms, until: 3s}\n"
    "timeline:\n"
    "  - {at: 500ms, attach: laptop, network: new}\n"
    "  - {at: 1s, migrate: laptop -> server, network: new, timeout: 30ms, as: move}\n";

static uint64_t number_of(const uint8_t bytes[8])
{
    uint64_t out = 0;
    for (int i = 0; i < 8; i++)
        out = out << 8 | bytes[i];
    return out;
}

static void bytes_of(uint64_t number, uint8_t bytes[8])
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

static bool is_about(const dissect_frame *frame, uint64_t data)
{
    return (frame->type == DISSECT_PATH_CHALLENGE || frame->type == DISSECT_PATH_RESPONSE) &&
           number_of(frame->path_data) == data;
}

size_t trace_index(trace *self, dissect_side sender, size_t nth)
{
    return (size_t)(trace_find(self, sender, DISSECT_PATH_CHALLENGE, 0, nth) - self->items);
}

uint64_t trace_data(trace *self, dissect_side sender, size_t nth)
{
    trace_item *const item = trace_find(self, sender, DISSECT_PATH_CHALLENGE, 0, nth);
    return number_of(trace_frame(item, DISSECT_PATH_CHALLENGE)->path_data);
}

void trace_redraw(trace *self, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        for (size_t j = 0; j < item->packet.frame_count; j++) {
            dissect_frame *const frame = &item->frames[j];
            if (is_about(frame, from))
                bytes_of(to, frame->path_data);
        }
    }
}

void trace_forget(trace *self, const uint8_t data[8])
{
    const uint64_t number = number_of(data);
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        size_t kept = 0;
        for (size_t j = 0; j < item->packet.frame_count; j++)
            if (!is_about(&item->frames[j], number))
                item->frames[kept++] = item->frames[j];
        item->packet.frame_count = kept;
        if (kept == 0)
            item->frames[item->packet.frame_count++] = (dissect_frame){.type = DISSECT_PADDING};
    }
}

trace_item *trace_challenge_again(trace *self, const trace_item *item, uint64_t at_ns)
{
    trace_item *const again = trace_copy(self, item, at_ns);
    again->packet.number = FIRST_NUMBER + self->count;
    bytes_of((again->packet.number + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ at_ns * at_ns,
             trace_frame(again, DISSECT_PATH_CHALLENGE)->path_data);
    return again;
}

void trace_silence(trace *of, const trace_item *challenge)
{
    const uint64_t at_ns = challenge->datagram.now_ns;
    const roam_addr victim = challenge->datagram.remote;
    for (size_t i = 0; i < of->count; i++) {
        trace_item *const item = &of->items[i];
        item->gone |= !item->sent && item->packet.sender == DISSECT_CLIENT && item->datagram.now_ns > at_ns &&
                      !roam_addr_equal(&item->datagram.remote, &victim);
    }
}
