/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client and a server of one adapter, and a link of 10 ms between them, in virtual time. */
#ifndef SIM_ENDPOINT_ADAPTERS_QUINN_TESTS_PAIR_H
#define SIM_ENDPOINT_ADAPTERS_QUINN_TESTS_PAIR_H

#include "sim/endpoint/roam_endpoint.h"

#include "core/roam.h"

#define PAIR_DELAY_NS UINT64_C(10000000)
#define PAIR_S UINT64_C(1000000000)
#define PAIR_DATAGRAM_MAX 1300
#define PAIR_STREAMS_MAX 16
#define PAIR_EVENTS_MAX 256
#define PAIR_ROUNDS_MAX 1000

typedef struct pair pair;

/* What the host knows of a stream. Bytes are a pattern that depends on their offset alone. */
typedef struct pair_stream {
    int64_t id;
    uint64_t to_write, written, read;
    bool finish, finished, closed, reset, blocked;
} pair_stream;

/* One end. Times are UINT64_MAX before they have come; paths are those of the last event. */
typedef struct pair_end {
    pair *pair;
    const char *what;
    roam_endpoint *endpoint;
    roam_endpoint_connection *connection;
    roam_endpoint_address address;
    uint64_t established_ns, confirmed_ns, closed_ns, moved_ns, validated_ns, failed_ns;
    unsigned challenges, streams_available, datagrams_sent;
    roam_endpoint_event closed;
    roam_endpoint_path moved, validated, failed;
    char keys[4096], said[256];
    pair_stream streams[PAIR_STREAMS_MAX];
    size_t stream_count;
    bool deaf; /* datagrams to it are lost */
} pair_end;

typedef struct pair_event {
    pair_end *end;
    roam_endpoint_event event;
} pair_event;

struct pair {
    const roam_endpoint_library *library;
    roam_identity *identities[2];
    roam_endpoint_calls calls;
    pair_end client, server;
    uint64_t now_ns, random;
    pair_event events[PAIR_EVENTS_MAX]; /* told, not handled yet */
    size_t event_count;
    struct pair_datagram *first, *last; /* on the link */
};

/* Options that a test may change before pair_open. */
roam_endpoint_options pair_options(pair *self, pair_end *end);

void pair_init(pair *self, const roam_endpoint_library *library);
/* Makes both endpoints with their options, and the connection of the client. */
void pair_open(pair *self, const roam_endpoint_options *client, const roam_endpoint_options *server);
void pair_open_default(pair *self);
/* Serves all that is due until that time, inclusive. */
void pair_run_until(pair *self, uint64_t end_ns);
/* Opens a stream and writes; the rest follows when the stream is writable again. NULL: open_stream is
 * blocked. */
pair_stream *pair_send(pair *self, pair_end *end, bool bidirectional, uint64_t bytes);
pair_stream *pair_stream_of(pair_end *end, int64_t id);
/* The client's socket is replaced by one with that last byte of the address, and that port. */
int pair_move(pair *self, uint8_t last_byte, uint16_t port, roam_endpoint_migrate_mode mode);
void pair_fini(pair *self);

#endif
