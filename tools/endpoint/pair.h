/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two endpoints behind roam_endpoint.h, a client and a server, in a network in memory and virtual time: what
 * the checks of `roam endpoint test` are made of. The rules of the ABI are kept watch over all the time: the
 * first that an adapter breaks is a fault, with a sentence, and the pair stands still from then on.
 *
 * The application is built in: a stream sends and reads a pattern of bytes as far as it is asked to, writes
 * again after STREAM_WRITABLE alone and reads after STREAM_READABLE alone, so that an event that is missing
 * shows.
 */
#ifndef TOOLS_ENDPOINT_PAIR_H
#define TOOLS_ENDPOINT_PAIR_H

#include "core/roam.h"
#include "sim/endpoint/library.h"
#include "sim/wire/dissect.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIR_MS UINT64_C(1000000)
#define PAIR_S (1000 * PAIR_MS)
#define PAIR_START_NS                                                                                        \
    (1000 * PAIR_S) /* virtual time at the beginning: not that of any clock of a machine                     \
                     */

enum {
    PAIR_CONNECTIONS_MAX = 128,
    PAIR_STREAMS_MAX = 128,
    PAIR_ADDRESSES_MAX = 32,
    PAIR_DATAGRAM_MAX = 2048,
    PAIR_FRAME_TYPES = 0x32,
    PAIR_IDS_MAX = 256,
    PAIR_FAULT_MAX = 512
};

typedef enum pair_side { PAIR_CLIENT, PAIR_SERVER } pair_side;

typedef struct endpoint_pair endpoint_pair;
typedef struct pair_node pair_node;

struct roam_endpoint_host {
    pair_node *node;
};

/* A local address of a node, and what the network shows of it (a NAT). */
typedef struct pair_address {
    roam_endpoint_address local, seen;
    bool dead; /* datagrams to and from it are lost */
} pair_address;

typedef struct pair_stream {
    int64_t id;
    bool opened_here, over, reset; /* over: STREAM_CLOSED came, reset with it */
    /* What is to be sent, and how far it has come. */
    uint64_t to_send, taken;
    bool finish, finish_taken, write_closed;
    bool blocked; /* until STREAM_WRITABLE */
    uint64_t times_blocked, writable_events, acknowledged;
    /* What came. hold: it is not read now. */
    bool hold, readable, finished, read_closed, corrupt;
    uint64_t read, finished_ns;
} pair_stream;

typedef struct pair_connection {
    pair_node *node;
    roam_endpoint_connection *handle;
    bool freed, established, confirmed, closed;
    uint64_t made_ns, established_ns, confirmed_ns, closed_ns;
    roam_endpoint_event close_event;
    bool news; /* an event came since the connection was served last */
    uint64_t deadline_ns, times_expired;
    uint32_t validated, failed, moved, challenges, streams_available;
    roam_endpoint_path validated_path, failed_path, moved_path; /* of the last of each */
    uint64_t validated_ns, failed_ns, moved_ns;
    uint64_t received; /* datagrams that receive gave to it */
    pair_stream streams[PAIR_STREAMS_MAX];
    size_t stream_count;
} pair_connection;

/* What a side has put on the wire, as its packets say when they are decrypted. */
typedef struct pair_wire {
    uint64_t datagrams, bytes;
    uint64_t packets[DISSECT_OTHER_VERSION + 1];
    uint64_t unread[DISSECT_NOT_READ + 1]; /* packets by status; that of READ and CLEAR is no fault */
    uint64_t frames[PAIR_FRAME_TYPES];
    uint64_t ack_ecn_frames;
    uint64_t
        short_initials; /* datagrams of a client with an Initial below 1200 bytes (RFC 9000 section 14.1) */
    size_t largest;
    uint64_t stream_bytes; /* greatest end of a STREAM frame, of any stream */
    uint64_t close_error;  /* of the last CONNECTION_CLOSE */
    uint32_t id_lengths;   /* of NEW_CONNECTION_ID: a bit for each length */
    uint64_t ids_on_two;   /* connection IDs that went from two local addresses (RFC 9000 section 9.5) */
} pair_wire;

/* The connection IDs to which a node has sent, and the port from which each went first. */
typedef struct pair_ids {
    dissect_id id[PAIR_IDS_MAX];
    uint16_t port[PAIR_IDS_MAX];
    size_t count;
} pair_ids;

struct pair_node {
    endpoint_pair *pair;
    pair_side side;
    roam_endpoint_host host;
    const endpoint_library *library;
    roam_endpoint *endpoint;
    roam_endpoint_options options; /* to be changed before pair_make */
    roam_endpoint_calls calls;     /* likewise; without qlog */
    uint64_t qlog_bytes;
    roam_identity *identity;
    uint64_t random_state, random_calls, now_calls;
    uint64_t sends, keylog_lines;
    pair_address addresses[PAIR_ADDRESSES_MAX];
    size_t address_count;
    pair_connection connections[PAIR_CONNECTIONS_MAX];
    size_t connection_count;
    pair_wire wire;
    pair_ids ids;
    uint8_t last[PAIR_DATAGRAM_MAX]; /* the datagram that left last */
    size_t last_len;
    char said[256]; /* the adapter's last log() */
};

typedef struct pair_datagram pair_datagram; /* on its way */

struct endpoint_pair {
    pair_node nodes[2];
    uint64_t now_ns;
    uint64_t seed;
    /* The network, both ways. */
    uint64_t delay_ns;   /* one way; 20 ms */
    uint64_t reorder_ns; /* at most this much more, drawn for each datagram */
    uint32_t loss_permille;
    size_t mtu;      /* longer ones are TOO_LARGE; 0: none */
    uint8_t marking; /* ECN codepoint with which all arrive; 0: as they were sent */
    bool cut;        /* nothing arrives */
    bool answer_new; /* bidirectional streams of the peer are finished when its end was read */
    bool hold_new;   /* streams that the peer opens begin with hold */
    /* What the operating system answers in calls of an adapter (sim/endpoint/virtual_os.h): a stream of its
     * own, and a clock that is that of the host unless it gains so much with each call. */
    uint64_t os_random_state, os_gain_ns;
    uint64_t pause_wall_ns; /* wall time that is let pass at each step */
    bool blind;             /* no dissection: it takes memory */
    uint64_t network_state; /* of its random draws */
    pair_datagram *flying;
    uint64_t steps, calls; /* of an adapter */
    /* Hashes of all that left: of times and bytes; of times alone. */
    uint64_t hash, hash_of_times;
    dissect *dissect;
    /* The call under way. */
    endpoint_call call;
    pair_node *inside;
    uint64_t events_in_call;
    roam_endpoint_connection *being_made; /* seen in connect before it returned */
    pthread_t thread;
    char fault[PAIR_FAULT_MAX]; /* "": none */
};

/* Neither endpoint is made. NULL: out of memory, or wolfSSL failed. */
endpoint_pair *pair_new(const endpoint_library *client, const endpoint_library *server, uint64_t seed);
void pair_free(endpoint_pair *pair); /* frees connections and endpoints first */

__attribute__((format(printf, 2, 3))) void pair_fault(endpoint_pair *pair, const char *format, ...);

/* The sentence of roam_endpoint.h that the fault breaks; NULL: there is no fault, or none says it. */
const char *pair_rule(const endpoint_pair *pair);

/* endpoint_new with the options of the node; its status. */
int pair_make(endpoint_pair *pair, pair_side side);
void pair_unmake(endpoint_pair *pair, pair_side side);

/* connect from the client's first address to the server's; NULL: *status says why. Served, so that its first
 * datagram is under way. */
pair_connection *pair_connect(endpoint_pair *pair, int *status);
/* Not served. */
pair_connection *pair_connect_only(endpoint_pair *pair, int *status);

/* Lets time pass until done says true (NULL: never) or until_ns: true in the first case. */
bool pair_run(endpoint_pair *pair, uint64_t until_ns, bool (*done)(const endpoint_pair *pair, void *ctx),
              void *ctx);

/* Sends and reads what there is, flushes, and asks for the deadline. */
void pair_serve(pair_connection *connection);

/* One more local address of a node: its index. */
size_t pair_add_address(endpoint_pair *pair, pair_side side);
roam_endpoint_path pair_path_from(const endpoint_pair *pair, size_t client_address);

/* A datagram from elsewhere arrives now. from NULL: an address that nobody has. */
void pair_inject(endpoint_pair *pair, pair_side to, const roam_endpoint_address *from, const uint8_t *data,
                 size_t len);
/* The address that the network shows of the local address changes. */
void pair_rebind(endpoint_pair *pair, pair_side side, size_t address);

/* The functions of the adapter, with the rules for what they return. */
void pair_close(pair_connection *connection, bool application, uint64_t code);
void pair_connection_free(pair_connection *connection);
int pair_migrate(pair_connection *connection, const roam_endpoint_path *path, uint32_t mode);
void pair_abandon(pair_connection *connection);
void pair_ping(pair_connection *connection, bool resume);
int pair_peer(pair_connection *connection, roam_endpoint_peer *out);
roam_endpoint_path pair_path(pair_connection *connection);
void pair_statistics(pair_connection *connection, roam_endpoint_statistics *out);
int pair_stream_open(pair_connection *connection, bool bidirectional, int64_t *id);
int pair_stream_write(pair_connection *connection, int64_t id, const uint8_t *data, size_t len, bool finish,
                      size_t *taken);
int pair_stream_read(pair_connection *connection, int64_t id, uint8_t *data, size_t capacity, size_t *len,
                     bool *finished);
int pair_stream_reset(pair_connection *connection, int64_t id, uint64_t code);
void pair_stream_priority(pair_connection *connection, int64_t id, uint8_t urgency);
uint64_t pair_deadline(pair_connection *connection);
roam_endpoint_connection *pair_route(pair_node *node, const roam_endpoint_datagram *datagram);

/* A stream that sends that many bytes, and then its end; NULL: *status of stream_open. */
pair_stream *pair_send(pair_connection *connection, bool bidirectional, uint64_t bytes, bool finish,
                       int *status);
pair_stream *pair_stream_of(pair_connection *connection, int64_t id); /* NULL: not known */

/* The newest connection of a node that was not freed, or NULL. */
pair_connection *pair_newest(endpoint_pair *pair, pair_side side);

bool pair_same_address(const roam_endpoint_address *a, const roam_endpoint_address *b);
#define PAIR_ADDRESS_TEXT_MAX 64
const char *pair_address_text(const roam_endpoint_address *address, char text[PAIR_ADDRESS_TEXT_MAX]);
const char *pair_status_text(int status); /* "BLOCKED"; never NULL */

#endif
