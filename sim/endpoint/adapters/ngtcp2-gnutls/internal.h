/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this adapter alone. */
#ifndef NGTCP2_GNUTLS_INTERNAL_H
#define NGTCP2_GNUTLS_INTERNAL_H

#include "sim/endpoint/roam_endpoint.h"

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

enum {
    RETIRED_IDS_MAX = 16,
    ID_LEN = 8,          /* of the connection IDs that the adapter issues */
    SMALL_PACKET = 1200, /* what every path takes (RFC 9000 section 14) */
    ID_BUCKETS = 256,
    TOKEN_MAX = 512, /* longer tokens are not kept */
    CHUNK_BYTES = 4096
};

/* Options of a scenario. */
typedef struct adapter_options {
    ngtcp2_cc_algo congestion;
    bool pmtud, ecn;
    uint64_t ack_threshold; /* ack-eliciting packets that bring an acknowledgement at once */
    uint64_t send_buffer;   /* bytes of one stream that wait to be sent */
    uint64_t max_ack_delay_ns;
    uint64_t ack_delay_exponent;
} adapter_options;

/* A connection ID under which datagrams come in. */
typedef struct id_entry {
    struct id_entry *next;
    roam_endpoint_connection *connection;
    ngtcp2_cid id;
} id_entry;

struct roam_endpoint {
    const roam_endpoint_calls *calls;
    roam_endpoint_host *host;
    roam_endpoint_options asked; /* without its pointers */
    adapter_options options;
    char *alpn;
    gnutls_certificate_credentials_t credentials;
    uint8_t reset_secret[NGTCP2_STATELESS_RESET_TOKENLEN];
    uint8_t token_secret[NGTCP2_STATELESS_RESET_TOKENLEN];
    id_entry *ids[ID_BUCKETS];
    roam_endpoint_connection *connections;
    /* The latest token that came, and from whom; len 0: none. */
    uint8_t token[TOKEN_MAX];
    size_t token_len;
    roam_endpoint_address token_from;
};

/* Bytes of a stream, from offset first to offset end. They stay where they are until they are dropped: ngtcp2
 * sends them again from there. */
typedef struct chunk chunk;
typedef struct chunk_queue {
    chunk *head, *tail;
    uint64_t first, end;
} chunk_queue;

typedef struct stream {
    struct stream *next;
    int64_t id;
    uint8_t urgency;
    uint64_t turn;   /* among equal urgencies the lowest is next */
    chunk_queue out; /* written, and not acknowledged */
    uint64_t sent, acknowledged;
    bool fin, fin_sent; /* written; taken by ngtcp2 */
    bool held;          /* flow control takes nothing more in this flush */
    bool wants_write;   /* STREAM_WRITABLE is due when there is room */
    bool write_over;    /* reset, by either end */
    chunk_queue in;     /* arrived, and not read */
    uint64_t read;
    bool read_fin, read_over; /* the end came; was read, or is none to come */
    bool cut;                 /* in either direction, by either end */
    bool closed;              /* ngtcp2 has forgotten it */
} stream;

struct roam_endpoint_connection {
    roam_endpoint *endpoint;
    roam_endpoint_connection *next; /* of the endpoint */
    ngtcp2_conn *conn;
    ngtcp2_crypto_conn_ref ref;
    gnutls_session_t tls;
    stream *streams;
    uint64_t turns, unacknowledged, packets_received;
    /* The latest that the peer retired: a late packet to one is no reason for a stateless reset. */
    ngtcp2_cid retired_ids[RETIRED_IDS_MAX];
    size_t retired_id_count;
    bool closed;
    bool announced;               /* the host knows the pointer: what comes before waits */
    chunk_queue qlog;             /* that waits */
    bool reset_came, no_protocol; /* why it ends */
    bool wants_stream[2];         /* unidirectional, bidirectional: STREAMS_AVAILABLE is due */
    bool challenge_drawn;         /* by the call of ngtcp2 under way, which may not send it */
    bool small;                   /* the link refused a packet of the path in use */
    roam_endpoint_path reported;  /* the path in use, as the host knows it */
    /* Moves of a client; family 0: none. */
    roam_endpoint_path validating; /* by migrate */
    roam_endpoint_path way_back;   /* FOLLOW_FIRST is under way, from here */
    roam_endpoint_path mute;       /* its validation has no events */
    roam_endpoint_path deaf;       /* given up: nothing leaves on it, and nothing that comes is read */
    bool returning;                /* to way_back, as soon as there is a connection ID */
    uint8_t close_packet[SMALL_PACKET];
    size_t close_len;
    uint64_t after_close;               /* datagrams that came since */
    uint64_t expired_ns, not_before_ns; /* the latest expiry; no deadline is earlier */
};

/* Addresses between the form of the ABI and that of ngtcp2. */
typedef struct quic_path {
    ngtcp2_sockaddr_union local, remote;
    ngtcp2_path path;
} quic_path;

/* options.c: INVALID, with a sentence in the log. */
int options_read(const roam_endpoint *endpoint, const roam_endpoint_options *from, adapter_options *out);
/* For people; format as of printf. connection may be NULL. */
void adapter_log(const roam_endpoint *endpoint, roam_endpoint_connection *connection, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* tls.c. TLS or NO_MEMORY, with a sentence in the log. */
int tls_endpoint_init(roam_endpoint *endpoint, const roam_endpoint_options *options);
int tls_session_new(roam_endpoint_connection *connection, bool server, const char *server_name);
bool tls_protocol_chosen(const roam_endpoint_connection *connection);
/* Randomness that GnuTLS asks for comes from the host of this endpoint; NULL: from the system. */
void tls_speak_for(const roam_endpoint *endpoint);
/* Whether it asks here at all, which depends on how it was loaded. */
bool tls_asks_here(void);

/* demultiplexer.c. NO_MEMORY. */
int ids_add(roam_endpoint *endpoint, const ngtcp2_cid *id, roam_endpoint_connection *connection);
void ids_remove(roam_endpoint *endpoint, const ngtcp2_cid *id);
void ids_remove_all(roam_endpoint *endpoint, const roam_endpoint_connection *connection);
roam_endpoint_connection *ids_find(const roam_endpoint *endpoint, const uint8_t *id, size_t len);
/* The connection that a packet with an unknown connection ID resets (RFC 9000 section 10.3.1). */
roam_endpoint_connection *ids_find_reset(const roam_endpoint *endpoint, const uint8_t *packet, size_t len);

/* addresses.c */
void quic_path_init(quic_path *out, const roam_endpoint_path *path);
void path_from_ngtcp2(const ngtcp2_path *path, roam_endpoint_path *out);
bool path_equal(const roam_endpoint_path *a, const roam_endpoint_path *b);
bool address_equal(const roam_endpoint_address *a, const roam_endpoint_address *b);
static const roam_endpoint_path no_path;

/* token.c: a server's, sent to an address that was validated; CALLBACK_FAILURE. */
int token_give(roam_endpoint_connection *c, const ngtcp2_addr *remote);
bool token_proves(const roam_endpoint *endpoint, const ngtcp2_vec *token, const ngtcp2_addr *remote);
int token_on_new(ngtcp2_conn *conn, const ngtcp2_vec *token, void *user_data);
/* Length of the token for a new connection to that server, in endpoint->token; 0: none. */
size_t token_take(roam_endpoint *endpoint, const roam_endpoint_address *remote);

/* connection.c. header: of the client's first packet; NULL: the connection is a client's. */
int connection_new(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                   const ngtcp2_pkt_hd *header, roam_endpoint_connection **out);
void connection_free(roam_endpoint_connection *c);
void connection_event(roam_endpoint_connection *c, roam_endpoint_event event);
/* The host knows the connection from now on. */
void connection_announced(roam_endpoint_connection *c);
uint64_t connection_packets_opened(void); /* of all connections so far: authenticated ones */

/* exchange.c: datagrams in and out, and the end. */
void exchange_receive(roam_endpoint_connection *c, const roam_endpoint_datagram *datagram);
void exchange_flush(roam_endpoint_connection *c);
void exchange_expire(roam_endpoint_connection *c);
uint64_t exchange_deadline(const roam_endpoint_connection *c);
void exchange_close(roam_endpoint_connection *c, bool application, uint64_t code);

/* migration.c */
int migration_begin(roam_endpoint_connection *c, const roam_endpoint_path *path, uint32_t mode);
void migration_abandon(roam_endpoint_connection *c);
int migration_on_validation(ngtcp2_conn *conn, uint32_t flags, const ngtcp2_path *path,
                            ngtcp2_path_validation_result result, void *user_data);
/* MOVED, if ngtcp2 now uses another path than the host knows of, and the return from a path that failed. */
void migration_follow_up(roam_endpoint_connection *c);

/* stream.c */
void stream_callbacks(ngtcp2_callbacks *callbacks);
void streams_free(roam_endpoint_connection *c);
void streams_release(roam_endpoint_connection *c); /* before a flush: flow control holds none */
stream *stream_next(roam_endpoint_connection *c);  /* whose turn it is to send; NULL: nobody's */
/* Up to count pieces of what it has to send; *fin: with them it is at its end. */
size_t stream_offer(const stream *s, ngtcp2_vec *pieces, size_t count, bool *fin);
/* ngtcp2 has answered STOP_SENDING, of which it does not tell otherwise. */
void stream_stopped(roam_endpoint_connection *c, stream *s);
void stream_sent(roam_endpoint_connection *c, stream *s, size_t bytes, bool fin);
/* Functions of the ABI. */
int stream_open(roam_endpoint_connection *c, bool bidirectional, int64_t *id);
int stream_write(roam_endpoint_connection *c, int64_t id, const uint8_t *data, size_t len, bool finish,
                 size_t *taken);
int stream_read(roam_endpoint_connection *c, int64_t id, uint8_t *data, size_t capacity, size_t *len,
                bool *finished);
int stream_reset(roam_endpoint_connection *c, int64_t id, uint64_t code);
void stream_priority(roam_endpoint_connection *c, int64_t id, uint8_t urgency);

/* chunks.c */
bool chunks_add(chunk_queue *queue, const uint8_t *bytes, size_t len); /* false: no memory */
size_t chunks_from(const chunk_queue *queue, uint64_t offset, ngtcp2_vec *pieces, size_t count);
void chunks_drop(chunk_queue *queue, uint64_t offset); /* what lies before it */
void chunks_clear(chunk_queue *queue);

#endif
