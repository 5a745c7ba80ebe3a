/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"
#include "sim/world/traffic.h"

/* Holes are what later messages have jumped over. When there are too many, the oldest is given up: its
 * messages would then count as duplicates, and stay missing. */
static void add_hole(recorder *self, uint32_t index, uint64_t first, uint64_t end)
{
    recorder_stream *const stream = &self->streams[index];
    if (stream->hole_count == RECORDER_HOLES) {
        recorder_moves_given_up(self, index, stream->holes[0].first, stream->holes[0].end);
        for (uint32_t i = 1; i < RECORDER_HOLES; i++)
            stream->holes[i - 1] = stream->holes[i];
        stream->hole_count--;
    }
    stream->holes[stream->hole_count++] = (recorder_hole){.first = first, .end = end};
}

static void remove_hole(recorder_stream *stream, uint32_t at)
{
    stream->hole_count--;
    for (uint32_t i = at; i < stream->hole_count; i++)
        stream->holes[i] = stream->holes[i + 1];
}

/* True when sequence was in a hole, and is no longer. */
static bool fill_hole(recorder *self, uint32_t index, uint64_t sequence)
{
    recorder_stream *const stream = &self->streams[index];
    for (uint32_t i = 0; i < stream->hole_count; i++) {
        recorder_hole *const hole = &stream->holes[i];
        if (sequence < hole->first || sequence >= hole->end)
            continue;
        const uint64_t end = hole->end;
        hole->end = sequence;
        if (hole->first == hole->end)
            remove_hole(stream, i);
        if (sequence + 1 < end)
            add_hole(self, index, sequence + 1, end);
        return true;
    }
    return false;
}

void recorder_flows_begin(recorder *self)
{
    for (size_t i = 0; i < self->scenario->traffic_count; i++)
        self->streams[i].begin_ns = self->streams[i].next_ns =
            traffic_begin_ns(self->scenario, &self->scenario->traffic[i]);
}

void recorder_flow_sent(recorder *self, const observer_message *message, uint64_t now_ns)
{
    recorder_stream *const stream = &self->streams[message->traffic];
    recorder_flow *const flow = &self->flows[message->traffic];
    self->now_ns = now_ns;
    if (now_ns >= self->scenario->duration_ns)
        return;
    if (flow->sent++ == 0) {
        flow->passed_over_at_start = message->passed;
        stream->begin_ns = message->begin_ns;
    }
    flow->passed_over += message->passed;
    stream->sent_end = message->sequence + 1;
    stream->next_ns = message->next_ns;
    recorder_moves_sent(self, message);
    recorder_latency_sent(self, message);
    self->outstanding++;
}

static void note_gap(recorder_stream *stream, uint64_t start_ns, uint64_t end_ns)
{
    if (end_ns > start_ns && end_ns - start_ns > stream->longest_ns) {
        stream->longest_ns = end_ns - start_ns;
        stream->longest_start_ns = start_ns;
    }
}

/* The last delivery; before the first one, when the flow is to begin. */
static uint64_t silent_since(const recorder_stream *stream, const recorder_flow *flow)
{
    return flow->last_delivery_ns == ROAM_NEVER ? stream->begin_ns : flow->last_delivery_ns;
}

void recorder_flow_delivered(recorder *self, const observer_message *message, uint64_t now_ns)
{
    recorder_stream *const stream = &self->streams[message->traffic];
    recorder_flow *const flow = &self->flows[message->traffic];
    self->now_ns = now_ns;
    if (message->sequence >= stream->sent_end)
        return;
    if (!message->intact)
        flow->corrupt++;
    if (message->sequence >= stream->next) {
        if (message->sequence > stream->next)
            add_hole(self, message->traffic, stream->next, message->sequence);
        stream->next = message->sequence + 1;
    } else if (fill_hole(self, message->traffic, message->sequence)) {
        flow->reordered++;
    } else {
        flow->duplicated++;
        recorder_moves_repeated(self, message);
        return;
    }
    flow->delivered++;
    flow->bytes += message->len;
    recorder_windows_delivered(self, message, now_ns);
    recorder_latency_delivered(self, message, now_ns);
    self->outstanding--;
    note_gap(stream, silent_since(stream, flow), now_ns);
    recorder_moves_delivered(self, message->traffic, silent_since(stream, flow), now_ns);
    if (flow->first_delivery_ns == ROAM_NEVER)
        flow->first_delivery_ns = now_ns;
    flow->last_delivery_ns = now_ns;
}

static uint64_t end_of_sending(const scenario *whole, const scenario_traffic *entry,
                               const recorder_flow *flow, uint64_t end_ns)
{
    if (entry->kind == SCENARIO_BULK)
        return flow->missing || flow->unsent ? end_ns : flow->last_delivery_ns;
    const uint64_t stop_ns = traffic_stop_ns(whole, entry);
    return stop_ns < end_ns ? stop_ns : end_ns;
}

/* Times of the rhythm since the last message. */
static void pass_over_rest(const scenario_traffic *entry, recorder_flow *flow, recorder_stream *stream,
                           uint64_t stop_ns)
{
    if (entry->kind != SCENARIO_SEND || stream->next_ns >= stop_ns)
        return;
    const uint64_t rest = (stop_ns - 1 - stream->next_ns) / entry->every_ns + 1;
    stream->cut_short = true;
    flow->passed_over += rest;
    if (flow->sent == 0)
        flow->passed_over_at_start = rest;
}

static void finish(recorder *self, uint32_t index, uint64_t end_ns)
{
    const scenario_traffic *const entry = &self->scenario->traffic[index];
    recorder_flow *const flow = &self->flows[index];
    recorder_stream *const stream = &self->streams[index];
    flow->missing = flow->sent - flow->delivered;
    if (entry->kind == SCENARIO_BULK) {
        const uint64_t messages = (entry->total_bytes + entry->message_bytes - 1) / entry->message_bytes;
        flow->unsent = messages > flow->sent ? messages - flow->sent : 0;
    }
    const uint64_t stop_ns = end_of_sending(self->scenario, entry, flow, end_ns);
    if (flow->sent == 0 && stream->begin_ns >= stop_ns)
        return;
    const uint64_t passed_before = flow->passed_over;
    pass_over_rest(entry, flow, stream, stop_ns);
    note_gap(stream, silent_since(stream, flow), stop_ns);
    recorder_moves_flow_end(self, index, silent_since(stream, flow), stop_ns,
                            flow->passed_over - passed_before);
    flow->gap_ns = stream->longest_ns > entry->every_ns ? stream->longest_ns - entry->every_ns : 0;
    flow->gap_start_ns = stream->longest_ns ? stream->longest_start_ns : ROAM_NEVER;
}

void recorder_flows_finish(recorder *self, uint64_t end_ns)
{
    for (uint32_t i = 0; i < self->scenario->traffic_count; i++)
        finish(self, i, end_ns);
    recorder_latencies_finish(self);
}

uint64_t recorder_flow_missing(const recorder *self, uint32_t index, uint64_t first, uint64_t end)
{
    const recorder_stream *const stream = &self->streams[index];
    uint64_t missing = 0;
    for (uint32_t i = 0; i <= stream->hole_count; i++) {
        const recorder_hole hole =
            i < stream->hole_count ? stream->holes[i] : (recorder_hole){stream->next, stream->sent_end};
        const uint64_t from = hole.first > first ? hole.first : first;
        const uint64_t to = hole.end < end ? hole.end : end;
        missing += to > from ? to - from : 0;
    }
    return missing;
}

uint64_t recorder_flow_due(const recorder *self, uint32_t index, uint64_t now_ns)
{
    const scenario_traffic *const entry = &self->scenario->traffic[index];
    const uint64_t next_ns = self->streams[index].next_ns;
    const uint64_t stop_ns = traffic_stop_ns(self->scenario, entry);
    const uint64_t end_ns = now_ns < stop_ns ? now_ns : stop_ns;
    return entry->kind == SCENARIO_SEND && next_ns < end_ns ? (end_ns - 1 - next_ns) / entry->every_ns + 1
                                                            : 0;
}

bool recorder_flow_has_more(const recorder *self, uint32_t index, uint64_t now_ns)
{
    const scenario_traffic *const entry = &self->scenario->traffic[index];
    const recorder_flow *const flow = &self->flows[index];
    const recorder_stream *const stream = &self->streams[index];
    if (flow->sent == 0 && stream->begin_ns > now_ns)
        return false;
    if (entry->kind == SCENARIO_BULK)
        return flow->delivered < (entry->total_bytes + entry->message_bytes - 1) / entry->message_bytes;
    return stream->next_ns < traffic_stop_ns(self->scenario, entry);
}

bool recorder_flow_ended(const recorder *self, uint32_t index)
{
    const recorder_flow *const flow = &self->flows[index];
    return flow->missing == 0 && flow->unsent == 0 && !self->streams[index].cut_short;
}
