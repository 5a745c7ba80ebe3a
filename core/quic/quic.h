/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QUIC connection behind an interface of our own. It handles packets, paths and streams. Nodes, peers,
 * messages and migrations are above it and are reached through core_quic_handlers.
 *
 * The connection is one of ngtcp2, made here, or one of another QUIC library (library.h). The TLS context of
 * the node must be entered (core_tls_enter) around every call that is not const.
 */
#ifndef CORE_QUIC_QUIC_H
#define CORE_QUIC_QUIC_H

#include "core/random.h"
#include "core/roam.h"
#include "core/sendq.h"
#include "core/tls/tls.h"

#define CORE_CONNECTION_ID_LEN 8  /* of the connection IDs that we issue */
#define CORE_CONNECTION_IDS_MAX 8 /* of the peer, that a connection keeps at once */
#define CORE_UDP_PAYLOAD_MAX 1452
#define CORE_UDP_PAYLOAD_LEAST 1200 /* RFC 9000 section 14: every path takes it */
#define CORE_UNI_STREAMS_MAX 64     /* that the peer may open: data streams of the dist protocol */

typedef struct core_connection_id {
    uint8_t len;
    uint8_t bytes[ROAM_CONNECTION_ID_MAX];
} core_connection_id;

bool core_connection_id_equal(const core_connection_id *a, const core_connection_id *b);

typedef struct core_quic core_quic;

typedef enum core_stream_state { CORE_STREAM_IDLE, CORE_STREAM_READY, CORE_STREAM_BLOCKED } core_stream_state;

/* Streams of a lower urgency are served first, those of one urgency in turns. */
#define CORE_URGENCIES (ROAM_PRIORITY_LAST + 1)

/* A stream. Owned by its connection, until the handler stream_closed. */
typedef struct core_stream {
    int64_t id; /* RFC 9000 section 2.1 */
    core_sendq out;
    bool fin;      /* the bytes queued are the last */
    bool fin_sent; /* and QUIC has been given the end */
    bool reset;    /* cut short, by either end */
    uint8_t urgency;
    core_stream_state state;           /* of its sending part */
    struct core_stream *next;          /* in the ready or the blocked queue */
    struct core_stream *newer, *older; /* all streams of the connection */
    void *reader;                      /* whatever the handlers keep with it; NULL at first */
} core_stream;

/* Whether the connection is to be closed, and with which application error code (RFC 9000 section 20.2). */
typedef struct core_reject {
    bool is_set;
    uint64_t code;
} core_reject;

static inline core_reject core_reject_none(void)
{
    return (core_reject){.is_set = false};
}

static inline core_reject core_reject_with(uint64_t code)
{
    return (core_reject){.is_set = true, .code = code};
}

typedef enum core_validation {
    CORE_VALIDATED,
    CORE_VALIDATION_FAILED,
    CORE_VALIDATION_ABORTED
} core_validation;

/* A token of address validation (RFC 9000 section 8.1). len 0: none. */
#define CORE_TOKEN_MAX 64

typedef struct core_token {
    uint8_t len;
    uint8_t bytes[CORE_TOKEN_MAX];
} core_token;

/* The tokens of NEW_TOKEN that a server's clients have used, as each is accepted once (RFC 9000 section
 * 8.1.4): the last ones. All zero at first. */
enum { CORE_TOKEN_NONCE_BYTES = 16, CORE_USED_TOKENS = 64 };

typedef struct core_used_token {
    uint64_t made_ns;
    uint8_t nonce[CORE_TOKEN_NONCE_BYTES];
} core_used_token;

typedef struct core_used_tokens {
    core_used_token items[CORE_USED_TOKENS]; /* a ring */
    size_t count, next;
    uint64_t forgotten_ns; /* tokens made before are accepted no more: they may have been used */
} core_used_tokens;

/* Upcalls, all required but qlog and those marked. They run inside core_quic_read, _write and _expire, and
 * must not call those, nor core_quic_close, _probe, _follow, _abandon or _free; everything else they may. */
typedef struct core_quic_handlers {
    /* The peer's certificate is known, and streams may be opened. */
    void (*handshake_completed)(void *owner);
    /* RFC 9001 section 4.1.2: from now on the connection can be closed with a code that the peer will see. A
     * handler that returns one has it closed, here and below. */
    core_reject (*handshake_confirmed)(void *owner);
    /* The peer opened a stream. */
    core_reject (*stream_opened)(void *owner, core_stream *stream);
    /* The next bytes of a stream, in order; fin: they are the last. */
    core_reject (*stream_data)(void *owner, core_stream *stream, const uint8_t *data, size_t len, bool fin);
    /* More of stream->out was acknowledged. */
    void (*stream_acked)(void *owner, core_stream *stream);
    /* More of stream->out was taken, and counts as acknowledged: the peer may have got nothing of it. From
     * libraries that do not report what was acknowledged. */
    void (*stream_taken)(void *owner, core_stream *stream);
    /* The stream is gone after this call. */
    core_reject (*stream_closed)(void *owner, core_stream *stream);
    /* The peer allows more streams than before. Optional. */
    void (*streams_available)(void *owner, bool bidirectional);
    void (*validation)(void *owner, const roam_addr *local, const roam_addr *remote, core_validation result);
    /* NULL: the library does not say on which path. */
    void (*challenge_sent)(void *owner, const roam_addr *local, const roam_addr *remote);
    /* The server prefers another address, of the family in use. True: it is to be validated, and validation
     * will tell. Asked once, right before handshake_confirmed; of connections of ngtcp2. Optional: without it
     * no address is validated. */
    bool (*preferred_address)(void *owner, const roam_addr *remote);
    /* A packet of the peer was authenticated. From libraries that do not report what was acknowledged. */
    void (*heard)(void *owner);
    /* The server gave a token for the next connection to it (RFC 9000 section 8.1.3). */
    void (*token_received)(void *owner, const core_token *token);
    /* Datagrams to this connection ID are for this connection. False: no memory. */
    bool (*connection_id_added)(void *owner, const core_connection_id *id);
    void (*connection_id_removed)(void *owner, const core_connection_id *id);
    /* 0, or what the adapter answered: the datagram is lost, as any may be. */
    int (*send)(void *owner, const roam_addr *local, const roam_datagram *datagram);
    /* now_ns is set by the connection's node. */
    void (*qlog)(void *owner, const roam_qlog *told);
} core_quic_handlers;

typedef struct core_quic_options {
    const core_quic_handlers *handlers; /* must outlive the connection */
    void *owner;
    core_tls_context *tls;
    const core_random *random;     /* must outlive the connection */
    const uint8_t *token_secret;   /* 32 bytes, for tokens of address validation; must outlive it */
    core_used_tokens *used_tokens; /* accept: used during the call only */
    core_token token;              /* dial: that of an earlier connection to this server, unused */
    bool require_token;            /* accept: only with a valid token */
    bool reads_later;              /* flow control is given back by core_quic_stream_read alone */
    const uint8_t *reset_secret;   /* 32 bytes, for stateless reset tokens; must outlive it */
    const roam_node_options *node; /* read during the call only */
    roam_addr local, remote;
    roam_addr preferred[2]; /* accept: the addresses to be named, at most one a family; of no family: none */
} core_quic_options;

/* INVALID_ARGUMENT: a value is out of its range; UNSUPPORTED: ngtcp2 as released cannot do it. */
ROAM_CHECKED int core_quic_options_check(const roam_quic_options *options);

/* What the first bytes of a datagram say (RFC 8999). */
typedef struct core_quic_header {
    bool long_header;
    uint32_t version;
    core_connection_id destination;
    core_connection_id source; /* long headers only */
} core_quic_header;

/* False: not a QUIC packet. id_len: of the connection IDs that the reader of the packet issues. */
bool core_quic_header_read(const uint8_t *data, size_t len, uint8_t id_len, core_quic_header *out);

/* Whether the datagram can begin a connection that we would accept: a client's Initial of a version that is
 * supported, in a datagram of at least 1200 bytes (RFC 9000 section 14.1). */
bool core_quic_may_begin(const uint8_t *data, size_t len);

/* Errors: NO_MEMORY, TLS, QUIC. */
ROAM_CHECKED int core_quic_dial(const core_quic_options *options, uint64_t now_ns, core_quic **out);
/* A connection for the datagram, of which core_quic_may_begin was true; it must then be read. WOULD_BLOCK: a
 * token was required, and it has none that is valid. */
ROAM_CHECKED int core_quic_accept(const core_quic_options *options, const uint8_t *data, size_t len,
                                  uint64_t now_ns, core_quic **out);

/* A Retry packet in answer to a datagram of which core_quic_may_begin was true; 0: none can be made. */
size_t core_quic_retry(const core_quic_options *options, const uint8_t *data, size_t len, uint64_t now_ns,
                       uint8_t out[CORE_UDP_PAYLOAD_MAX]);

typedef enum core_quic_end_kind {
    CORE_QUIC_OPEN,
    CORE_QUIC_CLOSED_HERE,  /* by core_quic_close, or for an error that was found here */
    CORE_QUIC_CLOSED_THERE, /* CONNECTION_CLOSE received */
    CORE_QUIC_RESET,        /* stateless reset received */
    CORE_QUIC_IDLE,         /* idle timeout */
    CORE_QUIC_HANDSHAKE_TIMEOUT,
    CORE_QUIC_DROPPED /* to be forgotten without a packet */
} core_quic_end_kind;

typedef struct core_quic_end {
    core_quic_end_kind kind;
    bool application;
    uint64_t code;
} core_quic_end;

/* What a QUIC library does for a connection. Each call may end the connection, but those on const. */
typedef struct core_quic_methods {
    void (*free)(core_quic *quic);
    void (*read)(core_quic *quic, const roam_addr *local, const roam_datagram *datagram, uint64_t now_ns);
    void (*expire)(core_quic *quic, uint64_t now_ns);
    /* When expire must be called. */
    uint64_t (*expiry)(const core_quic *quic);
    /* segments_max: how many packets of one size may go to the handler send as one roam_datagram, at least 1.
     */
    void (*write)(core_quic *quic, size_t segments_max, uint64_t now_ns);
    void (*close)(core_quic *quic, bool application, uint64_t code, uint64_t now_ns);
    /* Closing (RFC 9000 section 10.2.1): sends the CONNECTION_CLOSE once more, if there is one. */
    void (*close_again)(core_quic *quic);

    /* Starts to validate a path (RFC 9000 section 8.2), with a connection ID of its own; once validated the
     * connection moves there. A validation under way is aborted. Errors: ROAM_ERR_WOULD_BLOCK (no unused
     * connection ID), UNSUPPORTED, QUIC. */
    int (*probe)(core_quic *quic, const roam_addr *local, const roam_addr *remote, uint64_t now_ns);
    /* Moves there at once, and validates the path meanwhile; when that fails, the path in use before is used
     * again. Errors as above. */
    int (*follow)(core_quic *quic, const roam_addr *local, const roam_addr *remote, uint64_t now_ns);
    /* Gives up the validation that one of the two started; the path in use before is used again. */
    void (*abandon)(core_quic *quic, uint64_t now_ns);
    /* The path in use may work again: the next write probes it, and the PTO back-off ends. */
    void (*revive)(core_quic *quic, uint64_t now_ns);
    /* The next write writes a packet, whatever the congestion window says; the PTO back-off stays. */
    void (*ping)(core_quic *quic);
    /* A datagram of len bytes was refused for its size (RFC 9000 section 14.2): packets on the path in use
     * are small for that time. One that is larger than the size in use is a probe for more, and says nothing
     * of it (section 14.4): false. False too where the library does not take the size from here. */
    bool (*too_large)(core_quic *quic, size_t len, uint64_t for_ns, uint64_t now_ns);
    /* The peer's transport parameters forbid migration at the peer's address in use (RFC 9000 section 18.2).
     * False before they are known. */
    bool (*peer_disables_migration)(const core_quic *quic);
    /* The path in use. */
    void (*path)(const core_quic *quic, roam_addr *local, roam_addr *remote);
    /* Addresses and RTT of the current path; the datagram counts are left alone. */
    void (*path_stats)(const core_quic *quic, roam_path_stats *stats);
    /* The peer's connection ID in use; len 0: the library does not say. */
    core_connection_id (*destination)(const core_quic *quic);
    const core_certificate *(*peer)(const core_quic *quic);

    /* WOULD_BLOCK: the peer allows no further stream now. NO_MEMORY. */
    int (*stream_open)(core_quic *quic, bool bidirectional, core_stream **out);
    /* Queues bytes on the stream; written by the next write. NO_MEMORY. */
    int (*stream_append)(core_quic *quic, core_stream *stream, core_span head, core_span body);
    /* The bytes queued are the last of the stream. */
    void (*stream_finish)(core_quic *quic, core_stream *stream);
    /* Cuts the stream short in both directions (RESET_STREAM, STOP_SENDING). */
    void (*stream_reset)(core_quic *quic, core_stream *stream);
} core_quic_methods;

/* What all libraries have in common. */
struct core_quic {
    const core_quic_methods *methods;
    const core_quic_handlers *handlers;
    void *owner;
    bool dialled;
    bool counts_challenges;  /* by challenge_sent: a move without one needs none (rebind.h) */
    bool confirmed;          /* RFC 9001 section 4.1.2 */
    uint64_t now_ns;         /* of the call under way */
    core_quic_end end;       /* how the connection ended, once it did */
    uint64_t unacknowledged; /* stream bytes sent; 0 where the library does not say */
    core_stream *newest;     /* all streams */
};

static inline void core_quic_free(core_quic *quic)
{
    quic->methods->free(quic);
}

/* The time of the call under way, for the handlers. */
static inline uint64_t core_quic_now(const core_quic *quic)
{
    return quic->now_ns;
}

static inline core_quic_end core_quic_ended(const core_quic *quic)
{
    return quic->end;
}

static inline void core_quic_read(core_quic *quic, const roam_addr *local, const roam_datagram *datagram,
                                  uint64_t now_ns)
{
    quic->methods->read(quic, local, datagram, now_ns);
}

static inline void core_quic_expire(core_quic *quic, uint64_t now_ns)
{
    quic->methods->expire(quic, now_ns);
}

static inline uint64_t core_quic_expiry(const core_quic *quic)
{
    return quic->methods->expiry(quic);
}

static inline void core_quic_write(core_quic *quic, size_t segments_max, uint64_t now_ns)
{
    quic->methods->write(quic, segments_max, now_ns);
}

static inline void core_quic_close(core_quic *quic, bool application, uint64_t code, uint64_t now_ns)
{
    quic->methods->close(quic, application, code, now_ns);
}

static inline void core_quic_close_again(core_quic *quic)
{
    quic->methods->close_again(quic);
}

/* ---- Paths ---- */

ROAM_CHECKED static inline int core_quic_probe(core_quic *quic, const roam_addr *local,
                                               const roam_addr *remote, uint64_t now_ns)
{
    return quic->methods->probe(quic, local, remote, now_ns);
}

ROAM_CHECKED static inline int core_quic_follow(core_quic *quic, const roam_addr *local,
                                                const roam_addr *remote, uint64_t now_ns)
{
    return quic->methods->follow(quic, local, remote, now_ns);
}

static inline void core_quic_abandon(core_quic *quic, uint64_t now_ns)
{
    quic->methods->abandon(quic, now_ns);
}

static inline void core_quic_revive(core_quic *quic, uint64_t now_ns)
{
    quic->methods->revive(quic, now_ns);
}

static inline void core_quic_ping(core_quic *quic)
{
    quic->methods->ping(quic);
}

/* For how long after the host itself has refused a datagram. Meanwhile QUIC finds out that the larger ones
 * were lost, and what the path takes (core/ngtcp2/90-mtu-black-hole.ed). */
#define CORE_SMALL_NS UINT64_C(1000000000)

static inline bool core_quic_too_large(core_quic *quic, size_t len, uint64_t for_ns, uint64_t now_ns)
{
    return quic->methods->too_large(quic, len, for_ns, now_ns);
}

static inline bool core_quic_confirmed(const core_quic *quic)
{
    return quic->confirmed;
}

static inline bool core_quic_peer_disables_migration(const core_quic *quic)
{
    return quic->methods->peer_disables_migration(quic);
}

static inline void core_quic_path(const core_quic *quic, roam_addr *local, roam_addr *remote)
{
    quic->methods->path(quic, local, remote);
}

static inline void core_quic_path_stats(const core_quic *quic, roam_path_stats *stats)
{
    quic->methods->path_stats(quic, stats);
}

static inline core_connection_id core_quic_destination(const core_quic *quic)
{
    return quic->methods->destination(quic);
}

static inline const core_certificate *core_quic_peer(const core_quic *quic)
{
    return quic->methods->peer(quic);
}

/* ---- Streams ---- */

ROAM_CHECKED static inline int core_quic_open_stream(core_quic *quic, bool bidirectional, core_stream **out)
{
    return quic->methods->stream_open(quic, bidirectional, out);
}

/* The newest stream; the others follow by older. */
static inline core_stream *core_quic_streams(const core_quic *quic)
{
    return quic->newest;
}

/* RFC 9000 section 2.1. */
bool core_stream_is_bidirectional(const core_stream *stream);
/* Not when it is a unidirectional one of the peer. */
bool core_quic_stream_sends(const core_quic *quic, const core_stream *stream);

ROAM_CHECKED static inline int core_quic_stream_append(core_quic *quic, core_stream *stream, core_span head,
                                                       core_span body)
{
    return quic->methods->stream_append(quic, stream, head, body);
}

static inline void core_quic_stream_finish(core_quic *quic, core_stream *stream)
{
    quic->methods->stream_finish(quic, stream);
}

static inline void core_quic_stream_reset(core_quic *quic, core_stream *stream)
{
    quic->methods->stream_reset(quic, stream);
}

/* Stream bytes sent and not acknowledged. */
static inline uint64_t core_quic_unacknowledged(const core_quic *quic)
{
    return quic->unacknowledged;
}

/* For the libraries: a stream of the connection; NULL: no memory. Freed by the other, which no queue of the
 * library may hold any more. */
core_stream *core_quic_stream_new(core_quic *quic, int64_t id);
void core_quic_stream_free(core_quic *quic, core_stream *stream);

/* Of a connection of ngtcp2 with reads_later: len bytes that stream_data gave were read. */
void core_quic_stream_read(core_quic *quic, int64_t stream, size_t len);

/* The secret of a node's stateless reset tokens, from its private key: a node that lost its state still finds
 * them (RFC 9000 section 10.3.2). TLS. */
ROAM_CHECKED int core_quic_reset_secret(const uint8_t *private_key, size_t len, uint8_t out[32]);

/* A stateless reset (RFC 9000 section 10.3) in answer to a datagram of that length; 0: none may be sent. */
size_t core_quic_stateless_reset(const core_connection_id *id, const uint8_t *reset_secret,
                                 const core_random *random, size_t received_len, uint8_t out[64]);

#endif
