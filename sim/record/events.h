/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_EVENTS_H
#define SIM_RECORD_EVENTS_H

/*
 * events.jsonl: what happened, one JSON object a line, in order of time. Each has `at_ns` and `event`; the
 * first is `run`, by which a directory is known as one of ours, the second `topology`: nodes, networks and
 * NATs, and which stands behind which. A `drop` has `payload`: FNV-1a of the UDP payload, 64 bits in
 * hexadecimal digits. `endpoint_log` is what the adapter of a QUIC library says (roam_endpoint.h, log): its
 * `node` and `text`, of which EVENTS_LOG_BYTES are kept; after EVENTS_LOG_LINES of a run a last one says with
 * `dropped` that more is left out. Lines are written as they come, so that an interrupted run leaves what it
 * saw.
 */

#include "sim/record/recorder.h"
#include "sim/record/witness.h"
#include "sim/tap/observer.h"

#define EVENTS_FIRST_LINE "{\"at_ns\":0,\"event\":\"run\","

struct json_t;

enum { EVENTS_LOG_BYTES = 300, EVENTS_LOG_LINES = 200 };

typedef struct events events;

typedef struct events_options {
    const char *path; /* NULL: no file is written */
    const scenario *scenario;
    uint64_t seed;
    /* Called with each line, in order, when it has been written. Optional. */
    void (*told)(void *ctx, const struct json_t *line);
    void *ctx;
} events_options;

/* Starts the file; the first two lines are told before it returns. 0, or an errno value. */
__attribute__((warn_unused_result)) int events_open(const events_options *options, events **out);
/* All but the milestones; valid while events is. */
observer events_observer(events *events);
/* Whose breaches of rules the file has: a witness that is shown each packet before this observer, and is
 * there as long as packets are. */
void events_witness(events *events, const witness *witness);
/* The scenario's duration is over: what follows is of messages under way. Before it, the entries of the
 * timeline that no instant has started. */
void events_end(events *events, const recorder *recorder, uint64_t now_ns);
/* For a recorder that is called before the observer above. */
recorder_milestones events_milestones(events *events);
/* Finishes and frees. 0, or the errno value of the first failure. NULL is fine. */
__attribute__((warn_unused_result)) int events_close(events *events);

#endif
