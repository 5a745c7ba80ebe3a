/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a server follows its client to, as the packets show: its challenges to the path before that. */
#include "tools/witness/explain_trace.h"

#include <stdlib.h>

/* A datagram of a client with a non-probing packet, as it comes to the server. */
typedef struct arrival {
    uint64_t at_ns, number;
    uint32_t connection;
    roam_addr from;
} arrival;

/* RFC 9000 section 9.3: a server follows the highest-numbered non-probing packet. */
typedef struct followed {
    uint64_t number;
    roam_addr now, before;
} followed;

/* RFC 9000 section 9.1. */
static bool is_probing(uint8_t type)
{
    return type == DISSECT_PATH_CHALLENGE || type == DISSECT_PATH_RESPONSE ||
           type == DISSECT_NEW_CONNECTION_ID || type == DISSECT_PADDING;
}

static const explain_frame *non_probing(const explain_trace *trace, const explain_datagram *datagram)
{
    for (uint32_t i = 0; i < datagram->frame_count; i++) {
        const explain_frame *const frame = &trace->frames[datagram->first_frame + i];
        if (explain_is_frame(frame->type) && frame->packet_type == DISSECT_ONE_RTT &&
            !is_probing(frame->type))
            return frame;
    }
    return NULL;
}

static int by_time(const void *left, const void *right)
{
    const arrival *const a = left;
    const arrival *const b = right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Of all connections, in order of time. NULL: out of memory. */
static arrival *arrivals_of(const explain_trace *trace, size_t *count)
{
    arrival *const list = malloc((trace->hop_count + 1) * sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < trace->hop_count; i++) {
        const explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        const explain_hop *const last = explain_last_hop(trace, hop);
        if (hop->onward || datagram->connection == EXPLAIN_NONE || datagram->sender != DISSECT_CLIENT ||
            !last->arrived || last->altered)
            continue;
        const explain_frame *const frame = non_probing(trace, datagram);
        if (frame)
            list[(*count)++] =
                (arrival){last->ended_ns, frame->number, datagram->connection, last->seen_source};
    }
    if (list && *count > 0)
        qsort(list, *count, sizeof *list, by_time);
    return list;
}

static void follow(followed *self, const arrival *one)
{
    if (one->number < self->number)
        return;
    self->number = one->number;
    if (roam_addr_equal(&self->now, &one->from))
        return;
    self->before = self->now;
    self->now = one->from;
}

bool explain_trace_follow(explain_trace *trace)
{
    size_t count;
    size_t next = 0;
    arrival *const arrivals = arrivals_of(trace, &count);
    followed *const clients = calloc(trace->connection_count + 1, sizeof *clients);
    for (size_t i = 0; arrivals && clients && i < trace->hop_count; i++) {
        explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        for (; next < count && arrivals[next].at_ns <= hop->sent_ns; next++)
            follow(&clients[arrivals[next].connection], &arrivals[next]);
        if (hop->onward || hop->forged || datagram->connection == EXPLAIN_NONE ||
            datagram->sender != DISSECT_SERVER || !explain_holds(trace, datagram, DISSECT_PATH_CHALLENGE))
            continue;
        const followed *const client = &clients[datagram->connection];
        hop->old_path_check =
            client->before.family != ROAM_FAMILY_NONE && roam_addr_equal(&client->before, &hop->destination);
    }
    const bool good = arrivals && clients;
    free(arrivals);
    free(clients);
    return good;
}
