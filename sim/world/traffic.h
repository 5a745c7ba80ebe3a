/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The applications of a scenario: they send and check the messages of its `traffic` entries.
 *
 * A flow is to begin at its at_ns. Without one it begins when its connection is up at its sender for the
 * first time; or, if no dial succeeds, or only after another that failed, when its connection is dialled by
 * peers.
 *
 * A `send` flow starts when its peer is up and its time has come, and from then on sends a message each
 * every_ns. When roam_send blocks, the message that was due waits until the peer is writable and goes late;
 * those that came due meanwhile are left out, and the rhythm stays. It stops at until_ns; without one,
 * min(2 s, a tenth of the duration) before the end of the run, so that the last messages can still arrive.
 *
 * A flow on a stream opens a user stream when its connection is up and it has a message to send, and sends
 * all its messages on it. The stream is lost when its connection ends before the flow is done: all messages
 * sent, and delivered. Then it opens another when a connection is up again.
 *
 * A request is sent when its flow begins, and each next one think_ns after the response has come; a
 * connection that ends takes the request and its response with it, and the next one begins with another
 * request. A response is sent when its request comes.
 *
 * A `bulk` flow hands over its bytes as fast as roam_send takes them, and has no end but its size.
 */
#ifndef SIM_WORLD_TRAFFIC_H
#define SIM_WORLD_TRAFFIC_H

#include "core/roam.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/scenario.h"
#include "sim/tap/observer_set.h"

#include <stddef.h>
#include <stdint.h>

/* From request to request at the least, as a round trip may take no time. */
#define TRAFFIC_REQUEST_MIN_NS UINT64_C(1000000)
#define TRAFFIC_DRAIN_MAX_NS UINT64_C(2000000000)

typedef struct traffic traffic;

/* A message to hand over, as roam_send takes it; or, on a stream, as roam_stream_send does. */
typedef struct traffic_message {
    uint32_t from; /* node indices */
    uint32_t to;
    uint64_t key;
    const uint8_t *data; /* on a stream: with a head (message_cutter.h) */
    size_t len;
    bool on_stream;
    roam_stream_id stream;
} traffic_message;

/* A user stream between two nodes. */
typedef struct traffic_stream {
    uint32_t from; /* node indices: who opened it */
    uint32_t to;
    roam_stream_id id;
    const char *tag; /* says which entry's messages go on it; NUL-terminated, or of tag_len bytes */
    size_t tag_len;
} traffic_stream;

typedef struct traffic_options {
    n3_world *n3;
    const scenario *scenario; /* these three must outlive the traffic */
    const observer_set *observers;
    run_error *error;
    uint64_t seed;
    /* roam_send, or roam_stream_send: returns its status. */
    int (*send)(void *ctx, const traffic_message *message);
    /* roam_stream_open: likewise; sets the id. */
    int (*open)(void *ctx, traffic_stream *stream);
    /* Messages were sent from outside a callback of the node: step it. */
    void (*step)(void *ctx, uint32_t node, uint64_t now_ns);
    void *ctx;
} traffic_options;

/* Errors: run_error_code, with the text in the run_error. */
ROAM_CHECKED int traffic_new(const traffic_options *options, traffic **out);
void traffic_free(traffic *self); /* NULL is fine */

/* The longest message of a scenario, in bytes. */
uint32_t traffic_longest_message(const scenario *whole);

/* When an entry is to begin, unless it does so with its connection: at its own time, or, if that is later,
 * when peers dials its connection. */
uint64_t traffic_begin_ns(const scenario *whole, const scenario_traffic *entry);

/* When an entry stops: it sends no message at or after this. Says nothing of bulk. */
uint64_t traffic_stop_ns(const scenario *whole, const scenario_traffic *entry);

/* Callbacks of a node: its peer on node other came up, went down, or takes messages again. These may call
 * send. */
void traffic_peer_up(traffic *self, uint32_t node, uint32_t other, uint64_t now_ns);
void traffic_peer_down(traffic *self, uint32_t node, uint32_t other, uint64_t now_ns);
void traffic_stream_writable(traffic *self, const traffic_stream *stream, uint64_t now_ns);
void traffic_writable(traffic *self, uint32_t node, uint32_t other, uint64_t now_ns);

/* The node is suspended: none of its flows sends. Then it is not: what came due meanwhile is left out, except
 * one message of each flow, which is sent now, and from which its rhythm goes on. */
void traffic_pause(traffic *self, uint32_t node, uint64_t now_ns);
void traffic_resume(traffic *self, uint32_t node, uint64_t now_ns);

/* A message came out at node message->to. One that no entry can have sent is a fault of the core. */
void traffic_delivered(traffic *self, const traffic_message *message, uint64_t now_ns);

/* A stream was opened by stream->from; its next bytes came to stream->to. Likewise. */
void traffic_stream_opened(traffic *self, const traffic_stream *stream);
void traffic_stream_data(traffic *self, const traffic_stream *stream, const uint8_t *data, size_t len,
                         uint64_t now_ns);

#endif
