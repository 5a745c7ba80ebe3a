/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long messages took. The latency of a message is the time from when it was due to when it was delivered.
 * A message of a rhythm is due at its place there, also when it had to wait for room in the connection; one
 * of a bulk when the core took it; a request after the time to think; a response when its request was due, so
 * that its latency is what the application waits for. It is measured of the flows that a latency expectation
 * is about, of requests and responses, and of those with a constant bit rate.
 */
#ifndef SIM_RECORD_LATENCY_H
#define SIM_RECORD_LATENCY_H

#include "sim/scenario/scenario.h"

typedef struct recorder recorder;

/* Messages of a flow of which the latency is kept; of further ones the worst alone. */
#define RECORDER_LATENCIES_MAX 1048576
/* Messages of a flow that can be under way at once; the latency of the earliest is given up beyond that. */
#define RECORDER_LATENCY_UNDER_WAY_MAX 65536

/* Of messages that were due in a time. A percentile is the least latency that so many of a hundred messages
 * do not exceed; one that was sent and never came counts as ROAM_NEVER. Without messages all is ROAM_NEVER.
 */
typedef struct recorder_latency {
    uint64_t count;   /* delivered */
    uint64_t missing; /* sent, and not delivered */
    uint64_t p50_ns;
    uint64_t p90_ns;
    uint64_t p99_ns;
    uint64_t worst_ns;
} recorder_latency;

typedef struct recorder_latency_query {
    uint32_t from; /* node indices: all flows from the one to the other */
    uint32_t to;
    uint64_t since_ns; /* messages that were due from here */
    uint64_t until_ns; /* to before here */
} recorder_latency_query;

/* False: out of memory. */
ROAM_CHECKED bool recorder_latency_of(const recorder *recorder, const recorder_latency_query *query,
                                      recorder_latency *out);

/* Of one entry of the traffic, all of its messages, after recorder_finish; NULL: it is not measured. */
const recorder_latency *recorder_latency_of_flow(const recorder *recorder, uint32_t traffic);

#endif
