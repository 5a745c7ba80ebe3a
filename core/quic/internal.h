/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of core/quic alone. */
#ifndef CORE_QUIC_INTERNAL_H
#define CORE_QUIC_INTERNAL_H

#include "core/quic/quic.h"

#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

typedef struct core_stream_queue {
    core_stream *first, *last;
} core_stream_queue;

struct core_quic {
    ngtcp2_conn *conn;
    ngtcp2_crypto_conn_ref conn_ref;
    core_tls_session *tls;
    const core_quic_handlers *handlers;
    void *owner;
    const core_random *random;
    const uint8_t *reset_secret, *token_secret;
    uint64_t now_ns;    /* of the call under way */
    core_reject reject; /* what a handler asked for */
    core_quic_end end;
    bool shutdown_failed;                    /* no memory to reset a stream */
    bool confirmed;                          /* RFC 9001 section 4.1.2 */
    bool challenge_drawn;                    /* by the call of ngtcp2 under way, which may not send it */
    uint64_t small_until_ns;                 /* packets have SMALL_PACKET bytes at most until then */
    uint64_t unacknowledged;                 /* stream bytes sent */
    core_stream *newest;                     /* all streams */
    core_stream_queue ready[CORE_URGENCIES]; /* streams with bytes to send */
    core_stream_queue blocked;               /* streams with bytes that flow control holds back */
    uint8_t *close_packet;                   /* the CONNECTION_CLOSE sent */
    size_t close_packet_len;
    roam_addr close_local, close_remote;
};

/* Addresses between our form and that of ngtcp2. */
typedef struct quic_path {
    struct sockaddr_storage local, remote;
    ngtcp2_path path;
} quic_path;

void quic_path_init(quic_path *path, const roam_addr *local, const roam_addr *remote);
void quic_addr_from_ngtcp2(const ngtcp2_addr *addr, roam_addr *out);

/* stream.c */
core_stream *quic_stream_new(core_quic *quic, int64_t id);
void quic_stream_free(core_quic *quic, core_stream *stream);
core_stream *quic_stream_next(const core_quic *quic); /* whose turn it is to send; NULL: nobody's */
void quic_stream_enqueue(core_quic *quic, core_stream *stream, core_stream_state state);
void quic_stream_dequeue(core_quic *quic, core_stream *stream);
void quic_streams_unblock(core_quic *quic);
void quic_stream_callbacks(ngtcp2_callbacks *callbacks);

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
void quic_fail(core_quic *quic, int ngtcp2_error);

#endif
