/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this adapter: endpoint.c finds the connection of a datagram, connection.c drives
 * one, streams.c has its streams. */
#ifndef SIM_ENDPOINT_ADAPTERS_ROAM_INTERNAL_H
#define SIM_ENDPOINT_ADAPTERS_ROAM_INTERNAL_H

#include "core/map.h"
#include "core/quic/issued_ids.h"
#include "core/quic/quic.h"
#include "sim/endpoint/roam_endpoint.h"

enum { CERTIFICATE_MAX = 512, NAME_MAX_BYTES = ROAM_NAME_MAX + 1 };

/* A token of a server, for the next connection to it. */
typedef struct kept_token {
    struct kept_token *next;
    char name[NAME_MAX_BYTES];
    core_token token;
} kept_token;

typedef struct inbox inbox;

/* The datagram for which route was last asked, and its answer: receive follows at once. */
typedef struct latest_route {
    const uint8_t *data;
    roam_endpoint_connection *connection;
} latest_route;

struct roam_endpoint {
    const roam_endpoint_calls *calls;
    roam_endpoint_host *host;
    bool server;
    char alpn[256];
    roam_identity *identity;
    roam_shared *shared; /* with all other endpoints; NULL: there was no memory for it */
    roam_node_options node;
    core_random random;
    core_tls_context *tls;
    uint8_t reset_secret[32], token_secret[32];
    core_used_tokens used_tokens;
    core_map by_id;
    roam_endpoint_connection *connections, *current; /* current: the call under way is about it */
    size_t half_open;
    latest_route *latest; /* route may not change the endpoint */
    kept_token *tokens;
};

struct roam_endpoint_connection {
    roam_endpoint *endpoint;
    core_quic *quic;
    roam_endpoint_connection *newer, *older;
    core_issued_ids ids;
    inbox *inboxes;          /* of the streams */
    roam_addr local, remote; /* of the path that was told last */
    roam_addr probing;       /* local address of the validation that migrate began; family NONE: none */
    char name[NAME_MAX_BYTES];
    uint64_t packets_received;
    bool half_open;
    bool announced; /* the host knows of it; before, qlog waits */
    uint8_t *qlog;
    size_t qlog_len;
    bool followed;        /* the peer moved, and no challenge has left since */
    bool wants_stream[2]; /* by bidirectional: stream_open had answered BLOCKED */
    bool quiet;           /* validations that end are not told */
    bool over;            /* CLOSED_EVENT was told */
    uint8_t certificate[CERTIFICATE_MAX];
    size_t certificate_len;
};

static inline uint64_t now_of(const roam_endpoint *endpoint)
{
    return endpoint->calls->now(endpoint->host);
}

roam_addr addr_from(const roam_endpoint_address *address);
roam_endpoint_path path_to(const roam_addr *local, const roam_addr *remote);

/* ---- connection.c ---- */

/* Around every call of the core about a connection. */
core_tls_scope connection_enter(roam_endpoint_connection *connection);
/* Tells what the call has changed: the path in use, the end. */
void connection_leave(roam_endpoint_connection *connection, core_tls_scope scope);
void connection_tell(roam_endpoint_connection *connection, const roam_endpoint_event *event);
void connection_settle(roam_endpoint_connection *connection);

/* The host knows of it: gives what waits. */
void connection_announced(roam_endpoint_connection *connection);
/* NULL: no memory. */
roam_endpoint_connection *connection_new(roam_endpoint *endpoint, const roam_addr *local,
                                         const roam_addr *remote);
void connection_free(roam_endpoint_connection *connection);
core_quic_options connection_options(roam_endpoint_connection *connection);
void connection_read(roam_endpoint_connection *connection, const roam_endpoint_datagram *datagram);
void connection_flush(roam_endpoint_connection *connection);
uint64_t connection_deadline(const roam_endpoint_connection *connection);
void connection_expire(roam_endpoint_connection *connection);
void connection_close(roam_endpoint_connection *connection, bool application, uint64_t code);
int connection_peer(const roam_endpoint_connection *connection, roam_endpoint_peer *out);
void connection_path(const roam_endpoint_connection *connection, roam_endpoint_path *out);
void connection_statistics(const roam_endpoint_connection *connection, roam_endpoint_statistics *out);
int connection_migrate(roam_endpoint_connection *connection, const roam_endpoint_path *path, uint32_t mode);
void connection_abandon(roam_endpoint_connection *connection);
void connection_ping(roam_endpoint_connection *connection, bool resume);

/* ---- streams.c ---- */
core_reject streams_opened(void *owner, core_stream *stream);
core_reject streams_data(void *owner, core_stream *stream, const uint8_t *data, size_t len, bool fin);
void streams_acked(void *owner, core_stream *stream);
core_reject streams_closed(void *owner, core_stream *stream);
void streams_available(void *owner, bool bidirectional);
void streams_free(roam_endpoint_connection *connection);
int stream_open(roam_endpoint_connection *connection, bool bidirectional, int64_t *stream);
int stream_write(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data, size_t len,
                 bool finish, size_t *taken);
int stream_read(roam_endpoint_connection *connection, int64_t stream, uint8_t *data, size_t capacity,
                size_t *len, bool *finished);
int stream_reset(roam_endpoint_connection *connection, int64_t stream, uint64_t code);
void stream_priority(roam_endpoint_connection *connection, int64_t stream, uint8_t urgency);

#endif
