/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/tests/id_traces.h"

#include <CUnit/Basic.h>

#define HOSTS                                                                                                \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 12s\n"                                                                                        \
    "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"                    \
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"        \
    "peers: [laptop -> server]\n"                                                                            \
    "traffic:\n"                                                                                             \
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 10s}\n"                                    \
    "  - {flow: server -> laptop, send: 200B, every: 50ms, until: 10s}\n"

const char TRACE_ID_MOVE[] = HOSTS "timeline:\n"
                                   "  - {at: 1s, migrate: laptop -> server, network: cellular, as: move}\n";
const char TRACE_ID_STAY[] = HOSTS;

dissect_frame *trace_issued(trace_item *item, dissect_side side, uint64_t sequence)
{
    for (size_t i = 0; item->packet.sender == side && i < item->packet.frame_count; i++)
        if (item->frames[i].type == DISSECT_NEW_CONNECTION_ID && item->frames[i].value == sequence)
            return &item->frames[i];
    return NULL;
}

dissect_frame trace_issue_frame(trace *self, dissect_side side, uint64_t sequence)
{
    for (size_t i = 0; i < self->count; i++)
        if (trace_issued(&self->items[i], side, sequence))
            return *trace_issued(&self->items[i], side, sequence);
    CU_FAIL_FATAL("no such connection ID is issued");
    return (dissect_frame){0};
}

trace_item *trace_data_packet(trace *self, dissect_side side, uint64_t at_ns)
{
    return trace_find(self, side, DISSECT_STREAM, at_ns, 0);
}

void trace_retires(trace *self, dissect_side side, uint64_t at_ns, uint64_t sequence)
{
    const dissect_frame frame = {.type = DISSECT_RETIRE_CONNECTION_ID, .value = sequence};
    trace_add_frame(self, trace_data_packet(self, side, at_ns), &frame);
}

static bool is_same(const trace_item *a, const trace_item *b)
{
    return a->packet.sender == b->packet.sender && a->packet.type == b->packet.type &&
           a->packet.number == b->packet.number;
}

void trace_lose(trace *self, const trace_item *item)
{
    for (size_t i = 0; i < self->count; i++)
        if (!self->items[i].sent && is_same(&self->items[i], item))
            self->items[i].gone = true;
}

void trace_readdress(trace *self, const trace_item *item, const dissect_id *to)
{
    const trace_item packet = *item;
    for (size_t i = 0; i < self->count; i++)
        if (is_same(&self->items[i], &packet))
            self->items[i].packet.destination = *to;
}

void trace_cut_after(trace *self, const trace_item *item)
{
    for (size_t i = (size_t)(item - self->items) + 1; i < self->count; i++)
        self->items[i].gone = true;
}
