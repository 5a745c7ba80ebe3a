/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libroam: dist channels over QUIC connections that migrate (RFC 9000 section 9).
 *
 * The library does no I/O, reads no clock and starts no thread. Its user
 *
 *   - gives it datagrams (roam_node_receive) and time (every call that acts takes now_ns last),
 *   - calls roam_node_step after a batch of calls, and when roam_node_deadline has come,
 *   - carries away the datagrams that it hands to an adapter.
 *
 * Time is unsigned nanoseconds of one monotonic clock, whatever its origin, and must not run backwards;
 * UINT64_MAX means never. A node and all that belongs to it are used from one thread at a time. Callbacks run
 * inside roam_node_receive and roam_node_step only. Inside one, every function may be called but
 * roam_node_receive, roam_node_step and roam_node_free, which refuse (ROAM_ERR_IN_CALLBACK).
 *
 * Functions that can fail return 0 or a negative roam_status; outputs are untouched on failure.
 */
#ifndef ROAM_H
#define ROAM_H

#include "core/roam_adapter.h"
#include "core/roam_preferred.h"
#include "core/roam_qlog.h"
#include "core/roam_quic.h"
#include "core/roam_shared.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROAM_NEVER UINT64_MAX
#define ROAM_NAME_MAX 63  /* bytes of a node name, without the terminating NUL */
#define ROAM_KEY_BYTES 32 /* an Ed25519 public key or seed */
#define ROAM_CONNECTION_ID_MAX 20
#define ROAM_ALPN "roam-dist/1"

typedef enum roam_status {
    ROAM_OK = 0,

    /* Results of a migration. */
    ROAM_ERR_NOT_CONNECTED = -1,          /* no dist channel to that peer; wait for peer_up */
    ROAM_ERR_NO_CONN = -2,                /* channel known, QUIC connection gone; wait for peer_up */
    ROAM_ERR_PEER_DISABLE_MIGRATION = -3, /* the peer disabled migration; never retry on this connection */
    ROAM_ERR_TIMEOUT = -4,                /* not validated within the budget; may retry with more */
    ROAM_ERR_NOT_INITIATOR = -5,          /* this node accepted the connection (RFC 9000 section 9) */
    ROAM_ERR_SUPERSEDED = -6,             /* a later call on the same peer asked for another target */
    ROAM_ERR_ADAPTER = -7,                /* the new local address could not be opened: see detail */
    ROAM_ERR_UNSUPPORTED = -8,            /* the QUIC library under the node cannot do that */

    /* Errors of calls. */
    ROAM_ERR_INVALID_ARGUMENT = -20,
    ROAM_ERR_NO_MEMORY = -21,
    ROAM_ERR_WOULD_BLOCK = -22, /* a bounded queue is full; wait for ROAM_EVENT_WRITABLE */
    ROAM_ERR_TOO_LARGE = -23, /* message longer than the limit of either end, or datagram than a path takes */
    ROAM_ERR_IN_CALLBACK = -24,    /* not allowed inside a callback */
    ROAM_ERR_UNKNOWN_PEER = -25,   /* no such peer on this node */
    ROAM_ERR_EXISTS = -26,         /* there is a connection to that peer already */
    ROAM_ERR_TLS = -27,            /* the TLS library refused key or certificate */
    ROAM_ERR_QUIC = -28,           /* the QUIC library refused; the connection is lost */
    ROAM_ERR_UNKNOWN_STREAM = -29, /* no such stream on this connection, or its sending part is closed */

    /* Why an adapter could not be opened: answers of open_adapter. */
    ROAM_ERR_ADDRESS_NOT_LOCAL = -40, /* the wanted address is none of this host's now */
    ROAM_ERR_ADDRESS_IN_USE = -41,    /* address and port are taken */
    ROAM_ERR_ADDRESS_REFUSED = -42,   /* the host does not let it be used */
    ROAM_ERR_NO_ROUTE = -43,          /* no address of this host leads to the remote one */
    ROAM_ERR_FAMILY = -44,            /* local and remote address are not of one family that the host has */
    ROAM_ERR_LIMIT = -45              /* no descriptor, port or buffer is left */
} roam_status;

/* A sentence for people, never NULL; total over all ints. */
const char *roam_strerror(int status);

/* The name that scenario files and JSON use for a migration result: "ok", "not_connected", ... */
const char *roam_result_name(int status);

/* The version of the library that is linked: "0.1.0". */
const char *roam_version(void);

/* ---- Identity and trust ---- */

/* A node's name and Ed25519 key with its self-signed certificate. Immutable; may serve several nodes. */
typedef struct roam_identity roam_identity;

/* The same seed and name give the same certificate, byte by byte. Errors: INVALID_ARGUMENT (name empty, too
 * long or not printable ASCII), NO_MEMORY, TLS. */
ROAM_CHECKED int roam_identity_new(const char *name, const uint8_t seed[ROAM_KEY_BYTES], roam_identity **out);
void roam_identity_free(roam_identity *identity);
const char *roam_identity_name(const roam_identity *identity);
const uint8_t *roam_identity_public_key(const roam_identity *identity); /* ROAM_KEY_BYTES */

typedef enum roam_trust {
    ROAM_TRUST_TOFU,   /* the first key seen under a name is pinned */
    ROAM_TRUST_STRICT, /* only keys pinned beforehand are accepted */
    ROAM_TRUST_ANY     /* no check of the other end at all: any certificate, or none from a client; for tests
                        * against other QUIC endpoints, with ROAM_PROTOCOL_RAW */
} roam_trust;

typedef enum roam_protocol {
    ROAM_PROTOCOL_DIST, /* dist channel and user streams, between two nodes of this library */
    ROAM_PROTOCOL_RAW   /* QUIC streams only, for the protocol that alpn names; the peer is up once the
                         * handshake is confirmed, and roam_send is refused */
} roam_protocol;

/* Application error codes of CONNECTION_CLOSE (RFC 9000 section 20.2). In the raw protocol those that the
 * other end sends are of that protocol. */
typedef enum roam_close_code {
    ROAM_CLOSE_LEFT = 0x00,         /* the other end left on purpose */
    ROAM_CLOSE_KEY_MISMATCH = 0x01, /* its key is not the one pinned under its name */
    ROAM_CLOSE_KEY_UNKNOWN = 0x02,  /* strict trust, and no key is pinned under its name */
    ROAM_CLOSE_NAME = 0x03,         /* it is not the node that was dialled */
    ROAM_CLOSE_PROTOCOL = 0x04,     /* the dist protocol was violated */
    ROAM_CLOSE_DUPLICATE = 0x05,    /* there is a connection between the two already */
    ROAM_CLOSE_TICK = 0x06,         /* nothing was received for dead_after_ns */
    ROAM_CLOSE_HANDSHAKE = 0x07,    /* TLS was through, and the peer did not come up in time */
    ROAM_CLOSE_FAILED = 0x08        /* the end that closes has no memory, or no room for another peer */
} roam_close_code;

/* ---- Nodes ---- */

/* An endpoint: identity, trust, adapters, peers. */
typedef struct roam_node roam_node;

/* Names a peer on one node, from its first dial or acceptance until the node is freed. 0 names none. */
typedef struct roam_peer_id {
    uint32_t value;
} roam_peer_id;

typedef struct roam_message {
    roam_peer_id peer;
    uint64_t key; /* the sender's; messages of one key arrive in the order they were sent */
    const uint8_t *data;
    size_t len;
} roam_message;

/* A user stream of one peer: its QUIC stream ID (RFC 9000 section 2.1). */
typedef struct roam_stream_id {
    int64_t value;
} roam_stream_id;

#define ROAM_TAG_MAX 255        /* bytes of a stream's tag */
#define ROAM_PRIORITY_DEFAULT 3 /* as the urgency of RFC 9218 section 4.1: 0 first, 7 last */
#define ROAM_PRIORITY_LAST 7

/* A user stream, as roam_node_callbacks announces it. */
typedef struct roam_stream {
    roam_peer_id peer;
    roam_stream_id id;
    const uint8_t *tag; /* what its opener called it; valid during the call */
    size_t tag_len;
    uint8_t priority; /* of its opener's sending part */
} roam_stream;

typedef struct roam_node_callbacks {
    /* Fills bytes with len unpredictable bytes. Required. */
    void (*random)(void *user_data, uint8_t *bytes, size_t len);
    /*
     * Opens an adapter for a dial or a migration. local says which local address is wanted: ROAM_FAMILY_NONE
     * for the one that now leads to remote, port 0 for any port. On success *out passes to the node.
     * NO_MEMORY, ADDRESS_NOT_LOCAL, ADDRESS_IN_USE, ADDRESS_REFUSED, NO_ROUTE, FAMILY, LIMIT, or else ADAPTER
     * when it cannot be opened. Required on nodes that dial.
     */
    int (*open_adapter)(void *user_data, const roam_addr *local, const roam_addr *remote, roam_adapter **out);
    /* A message arrived. data is valid during the call. Optional. */
    void (*message)(void *user_data, const roam_message *message, uint64_t now_ns);
    /* The other end opened a user stream: the tag and the priority are known. Optional: without it, user
     * streams of the other end are reset. Raw protocol: unidirectional ones too (bit 0x02 of the ID). Never
     * before ROAM_EVENT_PEER_UP. */
    void (*stream_opened)(void *user_data, const roam_stream *stream, uint64_t now_ns);
    /* The next bytes of a user stream; fin: they are the last. data is valid during the call. */
    void (*stream_data)(void *user_data, roam_peer_id peer, roam_stream_id stream, const uint8_t *data,
                        size_t len, bool fin, uint64_t now_ns);
    /* A user stream is over in both directions; its id means nothing any more. reset: it was cut short.
     * ROAM_EVENT_PEER_DOWN ends all streams of the peer without this call. */
    void (*stream_closed)(void *user_data, roam_peer_id peer, roam_stream_id stream, bool reset,
                          uint64_t now_ns);
    /* A line in SSLKEYLOGFILE format, without newline, for debugging, packet captures and other readers of
     * packets: there is no other access to the secrets. Called before the first packet under the secret.
     * Optional. */
    void (*keylog)(void *user_data, const char *line);
    /* What a connection has for its qlog trace. connection counts this node's from 1. Optional. */
    void (*qlog)(void *user_data, uint32_t connection, bool dialled, const roam_qlog *told);
} roam_node_callbacks;

typedef struct roam_node_options {
    const roam_identity *identity; /* must outlive the node; required */
    roam_shared *shared;           /* what nodes of one thread compute once (roam_shared.h); NULL: nothing */
    roam_node_callbacks callbacks;
    void *user_data; /* given to every callback */
    roam_trust trust;
    roam_protocol protocol;
    const char *alpn;                    /* must outlive the node; NULL: ROAM_ALPN */
    bool accept;                         /* accept connections on the adapters added */
    bool disable_active_migration;       /* send that transport parameter (RFC 9000 section 18.2) */
    uint32_t data_streams;               /* dist streams in each direction, 1 to 64 */
    uint32_t max_message_bytes;          /* longest message accepted and sent */
    uint32_t max_queued_bytes;           /* unacknowledged bytes, of all messages to a peer and of each
                                          * user stream, over which sending answers WOULD_BLOCK */
    uint32_t active_connection_id_limit; /* RFC 9000 section 18.2; 2 to 8 */
    uint32_t max_user_streams;           /* streams that the other end may have open at once */
    uint32_t max_peers;                  /* peers known at once; bounds memory */
    uint32_t max_half_open;        /* handshakes of unvalidated addresses at once; over it, clients must prove
                                    * their address with a token (RFC 9000 section 8.1) */
    uint64_t keep_alive_ns;        /* silence of the peer after which it is asked for a sign: the net tick */
    uint64_t dead_after_ns;        /* silence after which a peer is down */
    uint64_t idle_timeout_ns;      /* max_idle_timeout of QUIC */
    uint64_t handshake_timeout_ns; /* for the handshake of QUIC, and as long again until the peer is up */
    uint64_t initial_rtt_ns;       /* RTT assumed on a path without a sample (RFC 9002 section 6.2.2) */
    uint64_t initial_stream_window; /* bytes; flow control of a stream at the start */
    uint64_t initial_connection_window;
    uint64_t max_window; /* bytes; auto-tuning stops here */
    roam_quic_options quic;
} roam_node_options;

/* Sets every field to its default: TOFU, 4 data streams, 1 MiB messages, 4 MiB queue, 8 connection IDs, 4096
 * peers, keep-alive 15 s, dead after 60 s, idle timeout 300 s, handshake 10 s, initial RTT 333 ms; and those
 * of roam_quic_options_default. */
void roam_node_options_default(roam_node_options *options);

/* Errors: INVALID_ARGUMENT, NO_MEMORY, TLS, UNSUPPORTED (an option of `quic`, with ngtcp2 as released). */
ROAM_CHECKED int roam_node_new(const roam_node_options *options, roam_node **out);

/* Frees the node, its peers and adapters. Nothing is sent: see roam_node_leave. Pending migrations complete
 * with no callback. ROAM_ERR_IN_CALLBACK: nothing was done. */
int roam_node_free(roam_node *node);

/* Gives the node an adapter on which it accepts connections; it stays open until the node is freed. The node
 * owns it on success. */
ROAM_CHECKED int roam_node_add_adapter(roam_node *node, roam_adapter *adapter);

/* One datagram came in on adapter from datagram->remote (segment_len is not used). Anything may be in it. */
int roam_node_receive(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);

/* Does all that is due: timers, results, packets to write. roam_node_deadline is later than now_ns then, or 0
 * where callbacks have asked for more again and again. */
int roam_node_step(roam_node *node, uint64_t now_ns);

/* When roam_node_step must next be called: 0 at once, ROAM_NEVER not at all. */
uint64_t roam_node_deadline(const roam_node *node);

/* How many deadlines steps could not serve and put off by 1 ms, so that the caller's loop does not spin. A
 * fault of this library if not 0. */
uint64_t roam_node_overdue(const roam_node *node);

/* Closes every connection with ROAM_CLOSE_LEFT; the packets leave in the next step. */
void roam_node_leave(roam_node *node);

/* Pins key under name; replaces an earlier pin. Errors: INVALID_ARGUMENT, NO_MEMORY. */
ROAM_CHECKED int roam_node_pin(roam_node *node, const char *name, const uint8_t key[ROAM_KEY_BYTES]);

/* ---- Peers ---- */

/* Starts a connection to the node of that name at remote. The peer is up when ROAM_EVENT_PEER_UP comes; if
 * that fails, ROAM_EVENT_PEER_DOWN comes alone. When both ends dial, one connection stays, and each end gets
 * one PEER_UP. A name known from an earlier connection keeps its peer id. local may be NULL: choose. Errors:
 * INVALID_ARGUMENT, NO_MEMORY, EXISTS, TLS, QUIC, those of open_adapter. */
ROAM_CHECKED int roam_dial(roam_node *node, const char *name, const roam_addr *remote, const roam_addr *local,
                           uint64_t now_ns, roam_peer_id *out);

/* Dials at one more address of the peer while the handshake with it is under way at another (RFC 8305 section
 * 5), else as roam_dial. The attempt whose handshake completes first stays; the others are closed without an
 * event. PEER_DOWN comes when the last one has failed, with the reason of that one. Errors: as roam_dial;
 * EXISTS once a handshake is completed. */
ROAM_CHECKED int roam_dial_also(roam_node *node, const char *name, const roam_addr *remote,
                                const roam_addr *local, uint64_t now_ns, roam_peer_id *out);

/* ICMP reports that no socket listens at remote, or that remote is unreachable: ends the handshakes from
 * local to it of which nothing was received. Others go on: ICMP is not authenticated, and may concern an
 * earlier datagram (RFC 9000 section 14.2.1). Returns how many end in the next step. */
int roam_node_unreachable(roam_node *node, const roam_addr *local, const roam_addr *remote);

/* ICMP reports that a datagram was too large for a link on its way (RFC 1191, RFC 8201). */
typedef struct roam_too_big {
    roam_addr local, remote; /* of the datagram that is quoted */
    size_t payload_max;      /* UDP payload that the link takes, bytes: its MTU less the headers */
    size_t datagram_len;     /* UDP payload of that datagram, by its UDP header */
    const uint8_t *quoted;   /* as much of the payload as is quoted */
    size_t quoted_len;
} roam_too_big;

/* Packets of the connection whose path it is have 1200 bytes at most, on that path, for ten minutes (RFC 8201
 * section 4, RFC 8899 section 4.6.2). As ICMP is not authenticated, a report is ignored that does not quote
 * the connection ID in use (RFC 9000 section 14.2.1), of a datagram that the link takes or that is larger
 * than the size in use (a probe), and of a link that takes less than 1200 bytes. Returns how many connections
 * took it.
 */
int roam_node_too_big(roam_node *node, const roam_too_big *report, uint64_t now_ns);

/* Closes the connection, or all attempts, with ROAM_CLOSE_LEFT. */
int roam_hang_up(roam_node *node, roam_peer_id peer);

/* The id of the peer of that name, or {0}. */
roam_peer_id roam_peer_find(const roam_node *node, const char *name);
/* NULL when unknown. Valid until the node is freed. */
const char *roam_peer_name(const roam_node *node, roam_peer_id peer);
bool roam_peer_is_up(const roam_node *node, roam_peer_id peer);

/* Queues a message of len bytes; it is copied. Messages of one key arrive in order, each once; different keys
 * may overtake each other. Key 0 is for what must not wait behind bulk: no other key shares its stream, nor
 * fills the last eighth of the queue. Errors: UNKNOWN_PEER, NOT_CONNECTED, TOO_LARGE, WOULD_BLOCK (nothing
 * was queued), NO_MEMORY. */
ROAM_CHECKED int roam_send(roam_node *node, roam_peer_id peer, uint64_t key, const void *data, size_t len);

/* ---- User streams ---- */

/* Opens a bidirectional stream with a tag of up to ROAM_TAG_MAX bytes; priority 0 to ROAM_PRIORITY_LAST says
 * which stream's bytes go first when not all can go. Raw protocol: nothing is sent of the tag. Errors:
 * UNKNOWN_PEER, NOT_CONNECTED, INVALID_ARGUMENT, WOULD_BLOCK (the other end allows no further stream now: no
 * event says when it does, but stream_closed makes room), NO_MEMORY. */
ROAM_CHECKED int roam_stream_open(roam_node *node, roam_peer_id peer, const void *tag, size_t tag_len,
                                  uint8_t priority, roam_stream_id *out);
/* The same for a stream on which only this end sends (RFC 9000 section 2.1), which HTTP/3 and others need.
 * stream_closed comes once all of it was acknowledged. Raw protocol only: INVALID_ARGUMENT in the dist
 * protocol, whose unidirectional streams are its own. Errors: as roam_stream_open. */
ROAM_CHECKED int roam_stream_open_unidirectional(roam_node *node, roam_peer_id peer, uint8_t priority,
                                                 roam_stream_id *out);
/* Queues bytes; they are copied. fin: they are the last. Errors: UNKNOWN_PEER, UNKNOWN_STREAM (also for one
 * on which only the other end sends), NOT_CONNECTED, WOULD_BLOCK (nothing was queued;
 * ROAM_EVENT_STREAM_WRITABLE will come), NO_MEMORY. */
ROAM_CHECKED int roam_stream_send(roam_node *node, roam_peer_id peer, roam_stream_id stream, const void *data,
                                  size_t len, bool fin);
/* Cuts the stream short in both directions. Errors: UNKNOWN_PEER, UNKNOWN_STREAM, NOT_CONNECTED. */
int roam_stream_reset(roam_node *node, roam_peer_id peer, roam_stream_id stream);

typedef struct roam_path_stats {
    roam_addr local;
    roam_addr remote;
    uint64_t srtt_ns; /* RFC 9002 section 5.3 */
    uint64_t rttvar_ns;
    uint64_t latest_rtt_ns; /* 0: no sample on this path yet, and srtt_ns is the initial RTT */
    uint64_t min_rtt_ns;
    uint64_t pto_ns; /* RFC 9002 section 6.2.1, with max_ack_delay, without back-off */
    uint64_t cwnd;   /* bytes */
    uint64_t bytes_in_flight;
    uint64_t datagrams_sent;   /* since the connection began, on all paths */
    uint64_t datagrams_failed; /* refused by their adapter */
    uint64_t datagrams_received;
    uint64_t datagrams_damped; /* received, not read: the peer moved too often (section 9.3.3) */
} roam_path_stats;

/* Statistics of the current path. Errors: UNKNOWN_PEER, NOT_CONNECTED. */
ROAM_CHECKED int roam_peer_path_stats(const roam_node *node, roam_peer_id peer, roam_path_stats *out);

/* The path to the peer may work again: a source outside of QUIC says so (a link that came up, an address that
 * is back). Probes leave in the next step, and the PTO back-off that the outage caused ends (RFC 9002 section
 * 6.2.1); the peer, which receives the probes, ends its own. Costs two packets (section 6.2.4) and their
 * acknowledgement. Errors: UNKNOWN_PEER, NOT_CONNECTED. */
int roam_peer_probe(roam_node *node, roam_peer_id peer, uint64_t now_ns);

/* ---- Migration ---- */

typedef enum roam_migrate_mode {
    ROAM_VALIDATE_FIRST, /* data stays on the old path, unless that is silent, until the new one is validated
                          */
    ROAM_FOLLOW_FIRST    /* data moves at once: the old path is known to be dead */
} roam_migrate_mode;

/* Why a migration did not end with ROAM_OK, or what delayed it; the last that applied. */
typedef enum roam_migration_detail {
    ROAM_DETAIL_NONE,
    ROAM_DETAIL_WAITING_FOR_CONFIRMATION,  /* handshake not confirmed (RFC 9001 section 4.1.2) */
    ROAM_DETAIL_WAITING_FOR_CONNECTION_ID, /* no unused connection ID of the peer (RFC 9000 section 9.5) */
    ROAM_DETAIL_NO_RESPONSE,               /* challenges sent, no matching PATH_RESPONSE */
    ROAM_DETAIL_CONNECTION_LOST,           /* the connection ended during the call */
    /* ROAM_ERR_ADAPTER: what open_adapter answered; NONE when it gave no cause. */
    ROAM_DETAIL_ADDRESS_NOT_LOCAL,
    ROAM_DETAIL_ADDRESS_IN_USE,
    ROAM_DETAIL_ADDRESS_REFUSED,
    ROAM_DETAIL_NO_ROUTE,
    ROAM_DETAIL_FAMILY,
    ROAM_DETAIL_LIMIT,
    ROAM_DETAIL_NO_MEMORY
} roam_migration_detail;

/* The name that JSON uses: "none", "no_response", ... */
const char *roam_migration_detail_name(roam_migration_detail detail);

typedef struct roam_migration_record {
    int result; /* a roam_status */
    roam_migration_detail detail;
    roam_migrate_mode mode;
    bool initiator;      /* this node dialled the connection */
    const char *trigger; /* as given in the options, "" for none */
    roam_addr old_local;
    roam_addr new_local;
    roam_addr remote;
    uint32_t challenges_sent;   /* PATH_CHALLENGE frames */
    uint32_t validation_rounds; /* path validations started: one, and one each time QUIC gave up */
    uint64_t requested_ns;
    uint64_t first_round_ns;     /* the first path validation was started; ROAM_NEVER: none was */
    uint64_t first_challenge_ns; /* ROAM_NEVER: none was sent */
    uint64_t response_ns;        /* ROAM_NEVER: none matched */
    uint64_t finished_ns;        /* commit, or roll-back */
    uint64_t srtt_before_ns, srtt_after_ns;
    uint64_t cwnd_before, cwnd_after;
    bool connection_id_changed; /* the new path is used with another connection ID of the peer */
} roam_migration_record;

typedef struct roam_migrate_options {
    roam_addr local;  /* wanted local address; ROAM_FAMILY_NONE: open_adapter chooses; port 0: any */
    roam_addr remote; /* ROAM_FAMILY_NONE: the remote address in use. One that the connection left for the
                       * server's preferred address stands for that */
    uint64_t timeout_ns;
    roam_migrate_mode mode;
    const char *trigger; /* for the record; must live until the result; NULL for none */
    /* Called exactly once, from a later roam_node_step or roam_node_receive. Required. */
    void (*done)(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns);
    void *done_data;
} roam_migrate_options;

/* Budget 5 s, validate first, any local address. */
void roam_migrate_options_default(roam_migrate_options *options);

/* Moves the connection with peer to another local address. A call for the same address and mode as one under
 * way joins it, each with its own budget; any other supersedes it. Returns 0 when the call was taken, and
 * then the result comes through options->done; INVALID_ARGUMENT or NO_MEMORY otherwise, and done is not
 * called. */
ROAM_CHECKED int roam_migrate(roam_node *node, roam_peer_id peer, const roam_migrate_options *options,
                              uint64_t now_ns);

/* What came of a roam_migrate_all. */
typedef struct roam_migrate_summary {
    uint32_t calls; /* one for each peer that was up */
    uint32_t ok;
    uint32_t failed;
} roam_migrate_summary;

/* roam_migrate for every peer that is up, none waiting for another: options->done comes once for each, and
 * finished once after the last (in the next step when there is none). finished may be NULL. Errors: as
 * roam_migrate; on NO_MEMORY some calls may have been taken, and finished is not called. */
ROAM_CHECKED int roam_migrate_all(roam_node *node, const roam_migrate_options *options,
                                  void (*finished)(void *finished_data, const roam_migrate_summary *summary,
                                                   uint64_t now_ns),
                                  void *finished_data, uint64_t now_ns);

/* Hands over an adapter that is open already, a new relay path for instance, for the next migration of that
 * peer to use in place of one from open_adapter, whatever local address is asked for. The node owns it on
 * success: commit keeps it and closes the old one, roll-back closes it. One that was staged before and not
 * used is closed. A call that fails at once (NOT_CONNECTED, NO_CONN, ...) leaves it for the next; one for the
 * same target as a migration under way that has its adapter already supersedes that instead of joining it. No
 * connection is accepted on a staged adapter. Errors: UNKNOWN_PEER (it stays the caller's). */
ROAM_CHECKED int roam_stage_adapter(roam_node *node, roam_peer_id peer, roam_adapter *adapter);

/* A NAT between the peer and us moved the peer to another address: noticed by the end that accepted, without
 * a call (RFC 9000 section 9.3). Not a migration. */
typedef struct roam_rebind_record {
    bool port_only; /* the IP address stayed (RFC 9000 section 9.4: congestion and RTT state are kept) */
    bool validated; /* else the old path is in use again, or the NAT moved the peer once more meanwhile.
                     * Without a challenge: it was validated before, and seen recently (RFC 9000 section 9.3)
                     */
    roam_addr local, old_remote, new_remote;
    uint32_t challenges_sent;
    uint64_t noticed_ns;                    /* first packet from the new address */
    uint64_t finished_ns;                   /* validated, or given up */
    uint64_t srtt_before_ns, srtt_after_ns; /* after: right after the new address was taken */
    uint64_t cwnd_before, cwnd_after;
} roam_rebind_record;

/* ---- Watchdog ---- */

/* The SRTT-threshold trigger: migrates a peer whose SRTT was over the threshold in so many samples in a row.
 */
typedef struct roam_watchdog roam_watchdog;

typedef struct roam_watchdog_options {
    uint64_t sample_ns;    /* time between two samples */
    uint64_t threshold_ns; /* SRTT above it is a strike */
    uint32_t strikes;      /* in a row, until a migration is called; then counting starts anew */
    uint64_t silence_ns; /* unacknowledged data, none of it acknowledged for so long, is a strike too, because
                          * SRTT cannot rise on a path that is dead, or dead in this direction; 0: off */
    roam_migrate_options migrate; /* done may be NULL; trigger defaults to "watchdog" */
    /* A migration of the peer is about to be called with *options, a copy of migrate: for a target that is
     * known only now. All may be changed but done, which stays as it is; a done_data that is set here is that
     * of this call alone. done_data: of migrate. Optional. */
    void (*resolve)(void *done_data, roam_peer_id peer, roam_migrate_options *options);
    /* A migration of the peer was called just now, and its result will come to migrate.done, with the same
     * data: that of migrate, or what resolve has set. Optional. */
    void (*called)(void *done_data, roam_peer_id peer, uint64_t now_ns);
} roam_watchdog_options;

/* 5 s, 200 ms, 2 strikes, no silence rule; migrate as roam_migrate_options_default. */
void roam_watchdog_options_default(roam_watchdog_options *options);

/* Starts to watch every peer of the node; the first sample is sample_ns from now. A peer with a call of this
 * watchdog under way is not sampled: its next strike is the first, and comes after the result. The strikes of
 * a peer that goes down are dropped, and its call under way gets its result in the same step; a peer whose
 * migration ended with PEER_DISABLE_MIGRATION or NOT_INITIATOR is not sampled until it is up on another
 * connection. An address that is not there at the time of a call makes that call end with ROAM_ERR_ADAPTER,
 * and a later one finds it. Valid until roam_watchdog_free, or until the node is freed. Errors:
 * INVALID_ARGUMENT, NO_MEMORY. */
ROAM_CHECKED int roam_watchdog_new(roam_node *node, const roam_watchdog_options *options, uint64_t now_ns,
                                   roam_watchdog **out);
/* Also from inside a callback. */
void roam_watchdog_free(roam_watchdog *watchdog);
/* Strikes that the peer has now. */
uint32_t roam_watchdog_strikes(const roam_watchdog *watchdog, roam_peer_id peer);

/* ---- Events ---- */

typedef enum roam_event_kind {
    ROAM_EVENT_PEER_UP,          /* of the connection; on a node with membership, of the active view */
    ROAM_EVENT_PEER_DOWN,        /* likewise: roam_membership.h */
    ROAM_EVENT_PATH_CHANGED,     /* the current path is another one */
    ROAM_EVENT_MIGRATION_DONE,   /* comes with every result of roam_migrate, right before its done callback */
    ROAM_EVENT_LEFT,             /* the other end left on purpose; PEER_DOWN follows */
    ROAM_EVENT_WRITABLE,         /* roam_send, which had answered WOULD_BLOCK, will take a message again */
    ROAM_EVENT_STREAM_WRITABLE,  /* the same for a user stream */
    ROAM_EVENT_REBOUND,          /* a NAT moved the peer, and its new address was validated or given up */
    ROAM_EVENT_KEY_PINNED,       /* TOFU saw this name for the first time */
    ROAM_EVENT_CHANNEL_UP,       /* of the connection, on a node with membership */
    ROAM_EVENT_CHANNEL_DOWN,     /* likewise; down says why */
    ROAM_EVENT_PREFERRED_ADDRESS /* that of the server is in use, or was given up; roam_preferred.h */
} roam_event_kind;

const char *roam_event_name(roam_event_kind kind); /* "peer_up", ... */

/* Both ends report the same reason for one CONNECTION_CLOSE. */
typedef enum roam_down_reason {
    ROAM_DOWN_LEFT,      /* either end closed on purpose */
    ROAM_DOWN_REJECTED,  /* either end refused the other, or what it sent; see code */
    ROAM_DOWN_TICK,      /* either end received nothing from the other for dead_after_ns */
    ROAM_DOWN_IDLE,      /* QUIC idle timeout */
    ROAM_DOWN_HANDSHAKE, /* the handshake, or HELLO after it, did not complete in time; or the other end gave
                          * it up, and does not say why (APPLICATION_ERROR, RFC 9000 section 10.2.3) */
    ROAM_DOWN_RESET,     /* stateless reset: the other end lost its state */
    ROAM_DOWN_REPLACED,  /* another connection of the two took its place: the other end had lost this one, or
                          * both had dialled. PEER_UP follows */
    ROAM_DOWN_ERROR,     /* either end could not go on: see code (no memory or room, NO_VIABLE_PATH) */
    ROAM_DOWN_UNREACHABLE, /* ICMP reports the peer unreachable: roam_node_unreachable */
    ROAM_DOWN_EVICTED      /* of a membership: either end gave the place in its active view to a third node */
} roam_down_reason;

const char *roam_down_reason_name(roam_down_reason reason); /* "left", ... */

typedef struct roam_event {
    roam_event_kind kind;
    roam_peer_id peer;
    union {
        struct {
            roam_down_reason reason;
            uint64_t code;    /* of the CONNECTION_CLOSE sent or received, if there was one */
            bool application; /* code is an application error code */
        } down;
        struct {
            roam_addr old_local, old_remote, local, remote;
        } path;
        const roam_migration_record *migration;
        const roam_rebind_record *rebind;
        const roam_preferred_record *preferred;
        roam_stream_id stream;
        const uint8_t *key; /* ROAM_KEY_BYTES */
    };
} roam_event;

typedef void roam_event_callback(void *subscriber_data, const roam_event *event, uint64_t now_ns);

/* Names a subscription of one node; 0 names none. */
typedef struct roam_subscription {
    uint32_t value;
} roam_subscription;

/* Any number of subscribers; called in order of subscription. May be called inside a callback: a new
 * subscriber then gets the next event first. NO_MEMORY. */
ROAM_CHECKED int roam_subscribe(roam_node *node, roam_event_callback *callback, void *subscriber_data,
                                roam_subscription *out);
/* Also inside the subscriber's own callback. Unknown ids are ignored. */
void roam_unsubscribe(roam_node *node, roam_subscription subscription);

#endif
