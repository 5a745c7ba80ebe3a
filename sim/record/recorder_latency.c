/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/latency.h"
#include "sim/record/rank.h"
#include "sim/record/recorder_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>
#include <string.h>

enum { UNDER_WAY_FIRST = 16 };

typedef struct sample {
    uint64_t due_ns;
    uint64_t latency_ns;
} sample;

/* One entry of the traffic. */
typedef struct recorder_latency_flow {
    bool measured;
    uint64_t *due; /* ring, by sequence: of a message under way; ROAM_NEVER: of none */
    uint64_t room; /* of it: 0 or a power of two */
    uint64_t end;  /* sequence after the last one sent */
    sample *samples;
    size_t count;
    size_t capacity;
    uint64_t worst_ns; /* also of those that are not among the samples */
    recorder_latency total;
} recorder_latency_flow;

/* ---- which flows ---- */

static uint64_t key_of(const scenario_expectation *expectation)
{
    const scenario_flow *const flow = &expectation->latency.flow;
    return expectation->kind == SCENARIO_EXPECT_LATENCY ? chains_pair(flow->from, flow->to) : ASKED_NOT;
}

bool recorder_latencies_init(recorder *self)
{
    const scenario *const whole = self->scenario;
    asked_set wanted;
    if (!asked_init(&wanted, whole, key_of))
        return false;
    bool any = wanted.count > 0;
    for (size_t i = 0; i < whole->traffic_count; i++)
        any |= whole->traffic[i].measured;
    if (any)
        self->latencies = calloc(whole->traffic_count + 1, sizeof *self->latencies);
    for (size_t i = 0; self->latencies && i < whole->traffic_count; i++) {
        const scenario_traffic *const traffic = &whole->traffic[i];
        self->latencies[i].measured =
            traffic->measured ||
            chains_first(&wanted.by_key, chains_pair(traffic->from, traffic->to)) != CHAINS_END;
    }
    asked_fini(&wanted);
    return !any || self->latencies;
}

void recorder_latencies_fini(recorder *self)
{
    for (size_t i = 0; self->latencies && i < self->scenario->traffic_count; i++) {
        free(self->latencies[i].due);
        free(self->latencies[i].samples);
    }
    free(self->latencies);
}

static recorder_latency_flow *flow_of(const recorder *self, uint32_t traffic)
{
    recorder_latency_flow *const flow = self->latencies ? &self->latencies[traffic] : NULL;
    return flow && flow->measured ? flow : NULL;
}

/* ---- messages ---- */

static bool grow_ring(recorder_latency_flow *flow)
{
    const uint64_t room = flow->room == 0 ? UNDER_WAY_FIRST : 2 * flow->room;
    uint64_t *const due = malloc(room * sizeof *due);
    if (!due)
        return false;
    for (uint64_t i = 0; i < room; i++)
        due[i] = ROAM_NEVER;
    for (uint64_t i = 0; i < flow->room; i++) {
        const uint64_t sequence =
            flow->end - flow->room + i; /* wraps in the first round, as the index does */
        due[sequence & (room - 1)] = flow->due[sequence & (flow->room - 1)];
    }
    free(flow->due);
    flow->due = due;
    flow->room = room;
    return true;
}

void recorder_latency_sent(recorder *self, const observer_message *message)
{
    recorder_latency_flow *const flow = flow_of(self, message->traffic);
    if (!flow)
        return;
    flow->end = message->sequence;
    while (flow->room == 0 || (flow->due[flow->end & (flow->room - 1)] != ROAM_NEVER &&
                               flow->room < RECORDER_LATENCY_UNDER_WAY_MAX))
        if (!grow_ring(flow)) {
            self->failed = true;
            return;
        }
    flow->due[flow->end++ & (flow->room - 1)] = message->due_ns;
}

static bool take_sample(recorder_latency_flow *flow, sample taken)
{
    if (flow->count == RECORDER_LATENCIES_MAX)
        return true;
    sample *const samples = room_for_one(flow->samples, flow->count, &flow->capacity, sizeof *samples);
    if (!samples)
        return false;
    flow->samples = samples;
    flow->samples[flow->count++] = taken;
    return true;
}

void recorder_latency_delivered(recorder *self, const observer_message *message, uint64_t now_ns)
{
    recorder_latency_flow *const flow = flow_of(self, message->traffic);
    if (!flow || flow->room == 0 || message->sequence >= flow->end ||
        flow->end - message->sequence > flow->room)
        return;
    uint64_t *const due = &flow->due[message->sequence & (flow->room - 1)];
    if (*due == ROAM_NEVER)
        return;
    const sample taken = {.due_ns = *due, .latency_ns = now_ns - *due};
    *due = ROAM_NEVER;
    flow->worst_ns = taken.latency_ns > flow->worst_ns ? taken.latency_ns : flow->worst_ns;
    if (!take_sample(flow, taken))
        self->failed = true;
}

/* ---- figures ---- */

/* Of sorted latencies, behind which those come that are missing. */
static uint64_t percentile(const uint64_t *sorted, const recorder_latency *of, uint64_t share)
{
    const uint64_t rank = rank_nearest(of->count + of->missing, share, 100);
    return rank == 0 || rank > of->count ? ROAM_NEVER : sorted[rank - 1];
}

static uint64_t missing_in(const recorder_latency_flow *flow, uint64_t since_ns, uint64_t until_ns)
{
    uint64_t missing = 0;
    for (uint64_t i = 0; i < flow->room; i++)
        missing += flow->due[i] != ROAM_NEVER && flow->due[i] >= since_ns && flow->due[i] < until_ns;
    return missing;
}

/* Adds the flow's latencies in the time to what is in `all`, which has room for them. */
static void gather(const recorder_latency_flow *flow, uint64_t since_ns, uint64_t until_ns, uint64_t *all,
                   recorder_latency *out)
{
    for (size_t i = 0; i < flow->count; i++)
        if (flow->samples[i].due_ns >= since_ns && flow->samples[i].due_ns < until_ns)
            all[out->count++] = flow->samples[i].latency_ns;
    out->missing += missing_in(flow, since_ns, until_ns);
}

static void settle(uint64_t *all, recorder_latency *out)
{
    rank_sort(all, (size_t)out->count);
    out->p50_ns = percentile(all, out, 50);
    out->p90_ns = percentile(all, out, 90);
    out->p99_ns = percentile(all, out, 99);
    out->worst_ns = percentile(all, out, 100);
}

bool recorder_latency_of(const recorder *self, const recorder_latency_query *query, recorder_latency *out)
{
    const scenario *const whole = self->scenario;
    recorder_latency found = {0};
    size_t room = 0;
    for (uint32_t i = scenario_flow_first(whole, query->from, query->to); i != SCENARIO_NONE;
         i = scenario_flow_next(whole, i))
        if (flow_of(self, i))
            room += flow_of(self, i)->count;
    uint64_t *const all = malloc((room + 1) * sizeof *all);
    if (!all)
        return false;
    for (uint32_t i = scenario_flow_first(whole, query->from, query->to); i != SCENARIO_NONE;
         i = scenario_flow_next(whole, i))
        if (flow_of(self, i))
            gather(flow_of(self, i), query->since_ns, query->until_ns, all, &found);
    settle(all, &found);
    free(all);
    *out = found;
    return true;
}

void recorder_latencies_finish(recorder *self)
{
    for (uint32_t i = 0; self->latencies && i < self->scenario->traffic_count; i++) {
        recorder_latency_flow *const flow = flow_of(self, i);
        uint64_t *const all = flow ? malloc((flow->count + 1) * sizeof *all) : NULL;
        if (!flow)
            continue;
        if (!all) {
            self->failed = true;
            return;
        }
        gather(flow, 0, ROAM_NEVER, all, &flow->total);
        settle(all, &flow->total);
        if (flow->total.worst_ns != ROAM_NEVER && flow->worst_ns > flow->total.worst_ns)
            flow->total.worst_ns = flow->worst_ns;
        free(all);
    }
}

const recorder_latency *recorder_latency_of_flow(const recorder *self, uint32_t traffic)
{
    const recorder_latency_flow *const flow = flow_of(self, traffic);
    return flow ? &flow->total : NULL;
}
