/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of core/quic alone: a connection of ngtcp2. */
#ifndef CORE_QUIC_INTERNAL_H
#define CORE_QUIC_INTERNAL_H

#include "core/quic/quic.h"

#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

typedef struct core_stream_queue {
    core_stream *first, *last;
} core_stream_queue;

/* What is done with connection IDs again and again, without another path. */
enum { QUIC_USE_ANOTHER, QUIC_ISSUE_OTHERS, QUIC_ROTATIONS };

typedef struct quic_rotation {
    uint64_t every_ns; /* 0: never */
    uint64_t due_ns;
} quic_rotation;

typedef struct quic_trace quic_trace;

typedef struct quic_ngtcp2 {
    core_quic base;
    ngtcp2_conn *conn;
    ngtcp2_crypto_conn_ref conn_ref;
    core_tls_session *tls;
    const core_random *random;
    const uint8_t *reset_secret, *token_secret;
    roam_server_id server_id; /* of an accepted connection */
    core_reject reject;       /* what a handler asked for */
    bool reads_later;         /* as asked */
    bool shutdown_failed;     /* no memory to reset a stream */
    bool ecn;                 /* marks are set and looked at */
    bool challenge_drawn;     /* by the call of ngtcp2 under way, which may not send it */
    uint64_t small_until_ns;  /* packets have CORE_UDP_PAYLOAD_LEAST bytes at most until then, on that path */
    roam_addr small_local, small_remote;
    quic_rotation rotations[QUIC_ROTATIONS];
    bool id_wanted;                          /* by a migration, since the last rotation: it goes first */
    core_stream_queue ready[CORE_URGENCIES]; /* streams with bytes to send */
    core_stream_queue blocked;               /* streams with bytes that flow control holds back */
    uint8_t *close_packet;                   /* the CONNECTION_CLOSE sent */
    size_t close_packet_len;
    roam_addr close_local, close_remote;
    roam_addr proved;  /* accepted: the address of the client that was validated last */
    quic_trace *trace; /* NULL: nobody wants qlog */
} quic_ngtcp2;

/* Puts the server ID into a connection ID that is random so far. */
void quic_server_id_put(const roam_server_id *server_id, ngtcp2_cid *cid);

static inline quic_ngtcp2 *quic_of(core_quic *base)
{
    return (quic_ngtcp2 *)base;
}

static inline const quic_ngtcp2 *quic_of_const(const core_quic *base)
{
    return (const quic_ngtcp2 *)base;
}

/* Addresses between our form and that of ngtcp2. */
typedef struct quic_path {
    struct sockaddr_storage local, remote;
    ngtcp2_path path;
} quic_path;

void quic_path_init(quic_path *path, const roam_addr *local, const roam_addr *remote);
void quic_addr_from_ngtcp2(const ngtcp2_addr *addr, roam_addr *out);

/* options.c: before ngtcp2 has made the connection, and after. */
void quic_options_apply(const roam_quic_options *options, ngtcp2_settings *settings,
                        ngtcp2_transport_params *parameters);
void quic_options_begin(quic_ngtcp2 *quic, const roam_quic_options *options);

/* rotation.c */
bool quic_rotations_are_there(void); /* false: ngtcp2 is the released one */
void quic_rotations_init(quic_ngtcp2 *quic, const roam_quic_options *options);
void quic_rotations_begin(quic_ngtcp2 *quic); /* the handshake is confirmed */
uint64_t quic_rotations_due(const quic_ngtcp2 *quic);
int quic_rotations_expire(quic_ngtcp2 *quic); /* 0, or an error of ngtcp2 */

/* stream.c */
core_stream *quic_stream_next(const quic_ngtcp2 *quic); /* whose turn it is to send; NULL: nobody's */
void quic_stream_enqueue(quic_ngtcp2 *quic, core_stream *stream, core_stream_state state);
void quic_stream_dequeue(quic_ngtcp2 *quic, core_stream *stream);
void quic_streams_unblock(quic_ngtcp2 *quic);
void quic_stream_callbacks(ngtcp2_callbacks *callbacks);
/* The methods of streams. */
int quic_stream_open(core_quic *base, bool bidirectional, core_stream **out);
int quic_stream_append(core_quic *base, core_stream *stream, core_span head, core_span body);
void quic_stream_finish(core_quic *base, core_stream *stream);
void quic_stream_reset(core_quic *base, core_stream *stream);

/* preferred.c: puts what the accepting end prefers into its transport parameters. TLS. */
ROAM_CHECKED int quic_preferred_fill(const quic_ngtcp2 *quic, const core_quic_options *options,
                                     ngtcp2_transport_params *params);
/* The address of the server in use is one that it prefers. */
bool quic_preferred_in_use(const quic_ngtcp2 *quic);
/* The callback of ngtcp2 at the dialling end. */
int quic_preferred_select(ngtcp2_conn *conn, ngtcp2_path *path, const ngtcp2_preferred_addr *preferred,
                          void *user_data);

/* quic.c: a connection ID to be issued, and its stateless reset token. TLS. */
ROAM_CHECKED int quic_new_id(const quic_ngtcp2 *quic, ngtcp2_cid *id,
                             uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN]);

/* token.c: the token for a Retry with the connection ID retry_scid. original: the one to which the client's
 * first Initial was addressed. TLS. */
ROAM_CHECKED int quic_token_retry(const core_quic_options *options, const ngtcp2_cid *original,
                                  const ngtcp2_cid *retry_scid, uint64_t now_ns, core_token *out);
/* A token for NEW_TOKEN, good at the address of options->remote, whatever the port. TLS. */
ROAM_CHECKED int quic_token_new(const core_quic_options *options, uint64_t now_ns, core_token *out);
/* What the token of an Initial is, if it proves the client's address; UNKNOWN: no valid token. One of
 * NEW_TOKEN is used with this call. original: set for one of Retry alone. */
ngtcp2_token_type quic_token_read(const core_quic_options *options, const ngtcp2_pkt_hd *header,
                                  uint64_t now_ns, ngtcp2_cid *original);

/* io.c: ends the connection for an error of ngtcp2, sending a CONNECTION_CLOSE where one is due. */
void quic_fail(quic_ngtcp2 *quic, int ngtcp2_error);
/* The callback of ngtcp2 for CRYPTO frames. */
int quic_crypto_data(ngtcp2_conn *conn, ngtcp2_encryption_level level, uint64_t offset, const uint8_t *data,
                     size_t len, void *user_data);
/* The methods of datagrams and time. */
void quic_read(core_quic *base, const roam_addr *local, const roam_datagram *datagram, uint64_t now_ns);
void quic_expire(core_quic *base, uint64_t now_ns);
uint64_t quic_expiry(const core_quic *base);
void quic_write(core_quic *base, size_t segments_max, uint64_t now_ns);
void quic_close(core_quic *base, bool application, uint64_t code, uint64_t now_ns);
void quic_close_again(core_quic *base);
bool quic_too_large(core_quic *base, size_t len, uint64_t for_ns, uint64_t now_ns);

#endif
