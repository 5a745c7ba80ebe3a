/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The endpoint ABI, version 1: how a QUIC library comes into roam's simulated network.
 *
 * An adapter is a shared object that exports one function, roam_endpoint_library_get, and needs no symbol of
 * roam. It drives one QUIC library without I/O: roam (the host) gives it datagrams, virtual time and
 * randomness, and takes the datagrams that leave.
 *
 *   endpoint      a QUIC endpoint of one simulated node, client and server at once where the library can.
 *   connection    made by connect, or announced by the host call accepted; freed by connection_free alone.
 *
 * What an adapter must keep, and how the host checks it:
 *   - Calls come from one thread, one at a time. Host calls are made only inside a call of the host, with the
 *     roam_endpoint_host of that endpoint. A host call from elsewhere, or another thread, is a fault.
 *   - No host call re-enters the adapter: an event is queued, and handled after the adapter has returned.
 *   - Time is virtual: now() is the only clock, nanoseconds, and never runs backwards. Nothing may wait.
 *   - Randomness comes from random(), where the library lets it: then a run is byte-identical on replay.
 *   - Datagrams leave through send() alone: no socket, no file, no thread, no process.
 *   - Pointers that the host passes are valid during the call; what the adapter passes, during the host call.
 * A fault ends the run with a sentence that names the adapter and the rule; it is a verdict on the adapter.
 *
 * Functions return 0 or a negative roam_endpoint_status. Strings are NUL-terminated UTF-8. Structures begin
 * with their size where they may grow: members beyond it are not there.
 */
#ifndef ROAM_ENDPOINT_H
#define ROAM_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ROAM_ENDPOINT_ABI 1u
#define ROAM_ENDPOINT_NEVER UINT64_MAX
#define ROAM_ENDPOINT_CONNECTION_ID_MAX 20 /* RFC 9000 section 17.2 */
#define ROAM_ENDPOINT_EVENTS_MAX 65536     /* events of one call; one more is a fault */

typedef enum roam_endpoint_status {
    ROAM_ENDPOINT_OK = 0,
    ROAM_ENDPOINT_BLOCKED = -1, /* flow control, a stream limit or a full buffer: try later */
    ROAM_ENDPOINT_NO_CONNECTION_ID =
        -2, /* no unused connection ID of the peer (RFC 9000 section 9.5): try later */
    ROAM_ENDPOINT_UNSUPPORTED = -3, /* the library cannot do this */
    ROAM_ENDPOINT_INVALID = -4,     /* an argument that the library refuses; also an unknown option */
    ROAM_ENDPOINT_NO_MEMORY = -5,
    ROAM_ENDPOINT_TLS = -6,      /* the TLS library refuses the certificate or the key */
    ROAM_ENDPOINT_CLOSED = -7,   /* the connection or the stream is over */
    ROAM_ENDPOINT_FAILED = -8,   /* anything else; the adapter says what with log() */
    ROAM_ENDPOINT_TOO_LARGE = -9 /* of send(): the local link takes no datagram of that length */
} roam_endpoint_status;

/* ---- Values ---- */

typedef struct roam_endpoint_address {
    uint8_t family; /* 4 or 6; 0: none */
    uint8_t reserved;
    uint16_t port;     /* host byte order */
    uint8_t bytes[16]; /* network byte order; an IPv4 address in the first 4, the rest 0 */
} roam_endpoint_address;

typedef struct roam_endpoint_path {
    roam_endpoint_address local, remote;
} roam_endpoint_path;

typedef struct roam_endpoint_datagram {
    roam_endpoint_path path;
    uint8_t ecn; /* ECN codepoint, the low two bits of the traffic class (RFC 3168) */
    const uint8_t *data;
    size_t len; /* bytes of UDP payload */
} roam_endpoint_datagram;

/* The adapter's own types. The host keeps pointers to them and looks at nothing else. */
typedef struct roam_endpoint roam_endpoint;
typedef struct roam_endpoint_connection roam_endpoint_connection;

/* The host's own type, one an endpoint. */
typedef struct roam_endpoint_host roam_endpoint_host;

/* ---- What the host gives ---- */

typedef enum roam_endpoint_event_kind {
    /* The TLS handshake is complete, and peer() answers: streams may be opened. Once a connection. */
    ROAM_ENDPOINT_ESTABLISHED = 1,
    /* The handshake is confirmed (RFC 9001 section 4.1.2). Once a connection, after ESTABLISHED. */
    ROAM_ENDPOINT_CONFIRMED = 2,
    /* The peer opened a stream: stream. Before the first other event of that stream. */
    ROAM_ENDPOINT_STREAM_OPENED = 3,
    /* stream_read has bytes, or the end, of stream. Again for each arrival, not only for the first. */
    ROAM_ENDPOINT_STREAM_READABLE = 4,
    /* stream_write, which had answered BLOCKED or taken less than all, takes bytes of stream again. */
    ROAM_ENDPOINT_STREAM_WRITABLE = 5,
    /* bytes more of stream were acknowledged by the peer. With ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED alone. */
    ROAM_ENDPOINT_STREAM_ACKNOWLEDGED = 6,
    /* stream is over in all its directions; its id means nothing any more. reset: it was cut short. All bytes
     * that came before the end must have been read, or reset is set. */
    ROAM_ENDPOINT_STREAM_CLOSED = 7,
    /* stream_open, which had answered BLOCKED, may succeed now. */
    ROAM_ENDPOINT_STREAMS_AVAILABLE = 8,
    /* A PATH_CHALLENGE (RFC 9000 section 8.2) of this end, of either role, left on path: once for each frame,
     * so that the events of a migration are as many as the frames on the wire. With
     * ROAM_ENDPOINT_REPORTS_CHALLENGES alone. */
    ROAM_ENDPOINT_CHALLENGE_SENT = 9,
    /* path. Of a server that has followed its peer to an address that needs no validation (RFC 9000
     * section 9.3): with the flush after MOVED. */
    ROAM_ENDPOINT_PATH_VALIDATED = 10,
    ROAM_ENDPOINT_PATH_FAILED = 11, /* path: given up, or abandoned */
    /* The connection now uses path: what it sends goes there. Also for a peer that was rebound or has
       migrated. */
    ROAM_ENDPOINT_MOVED = 12,
    /* The connection is over: closed. No other event of it follows. */
    ROAM_ENDPOINT_CLOSED_EVENT = 13
} roam_endpoint_event_kind;

typedef enum roam_endpoint_close_kind {
    ROAM_ENDPOINT_CLOSED_HERE = 1,      /* by close(), or for an error that was found here */
    ROAM_ENDPOINT_CLOSED_THERE = 2,     /* a CONNECTION_CLOSE came */
    ROAM_ENDPOINT_CLOSED_RESET = 3,     /* a stateless reset came */
    ROAM_ENDPOINT_CLOSED_IDLE = 4,      /* idle timeout */
    ROAM_ENDPOINT_CLOSED_HANDSHAKE = 5, /* the handshake did not complete in time */
    ROAM_ENDPOINT_CLOSED_DROPPED = 6    /* forgotten without a packet */
} roam_endpoint_close_kind;

typedef struct roam_endpoint_event {
    uint32_t kind;  /* a roam_endpoint_event_kind */
    int64_t stream; /* RFC 9000 section 2.1; else -1 */
    uint64_t bytes;
    roam_endpoint_path path;
    bool reset;
    struct {
        uint32_t kind;    /* a roam_endpoint_close_kind */
        bool application; /* code is one of the application (RFC 9000 section 20.2) */
        uint64_t code;
    } closed;
} roam_endpoint_event;

/* The calls of the host. All may be made inside any call of the adapter, but none from elsewhere. connection
 * may be NULL where a packet, a line of the key log or an entry of the log belongs to none. */
typedef struct roam_endpoint_calls {
    size_t size;
    /* Virtual time in nanoseconds; the same during one call. */
    uint64_t (*now)(roam_endpoint_host *host);
    /* len unpredictable bytes; the same in each replay. */
    void (*random)(roam_endpoint_host *host, uint8_t *bytes, size_t len);
    /* One datagram, of at most max_datagram bytes (roam_endpoint_options). TOO_LARGE: the link takes none of
     * that length (RFC 9000 section 14.2). FAILED: it could not be sent, and is lost as any may be. */
    int (*send)(roam_endpoint_host *host, roam_endpoint_connection *connection,
                const roam_endpoint_datagram *datagram);
    /* A client's first datagram made a connection, whose pointer the host learns here, before any event of
     * it. */
    void (*accepted)(roam_endpoint_host *host, roam_endpoint_connection *connection,
                     const roam_endpoint_path *path);
    void (*event)(roam_endpoint_host *host, roam_endpoint_connection *connection,
                  const roam_endpoint_event *event);
    /* A line in SSLKEYLOGFILE format without newline, before the first packet under the secret: the handshake
     * and the traffic secrets of both directions. Without them no packet can be judged. */
    void (*keylog)(roam_endpoint_host *host, const char *line);
    /* len bytes of qlog (JSON text sequence) for the trace of one connection: qlog 0.3, which the host
     * translates where another form is wanted, or any form of the library's own, which is written as it is.
     * last: the final call, in connection_free at the latest. Not for a client before connect has returned:
     * what the library writes meanwhile is kept until then. NULL: nobody wants it. */
    void (*qlog)(roam_endpoint_host *host, roam_endpoint_connection *connection, const void *data, size_t len,
                 bool last);
    /* A sentence for people: what went wrong in a call that returned FAILED, INVALID or TLS, or why a
     * connection is over. */
    void (*log)(roam_endpoint_host *host, roam_endpoint_connection *connection, const char *text);
} roam_endpoint_calls;

/* ---- What the adapter is ---- */

/* Capabilities: the host asks for nothing that is not there, and what a scenario needs of it is then
 * "unsupported". */
#define ROAM_ENDPOINT_CLIENT (UINT64_C(1) << 0)
#define ROAM_ENDPOINT_SERVER (UINT64_C(1) << 1)
/* Ways of migrate(). */
#define ROAM_ENDPOINT_CAN_PROBE_FIRST (UINT64_C(1) << 2)
#define ROAM_ENDPOINT_CAN_FOLLOW_FIRST (UINT64_C(1) << 3)
#define ROAM_ENDPOINT_CAN_REBIND (UINT64_C(1) << 4)
/* All randomness and all time come from the host: runs are byte-identical also without isolation. */
#define ROAM_ENDPOINT_DETERMINISTIC (UINT64_C(1) << 5)
#define ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED (UINT64_C(1) << 6) /* STREAM_ACKNOWLEDGED */
#define ROAM_ENDPOINT_REPORTS_CHALLENGES (UINT64_C(1) << 7)   /* CHALLENGE_SENT */
#define ROAM_ENDPOINT_REPORTS_STATISTICS (UINT64_C(1) << 8)   /* statistics: at least the smoothed RTT */
#define ROAM_ENDPOINT_HONOURS_DISABLE (UINT64_C(1) << 9)      /* disable_active_migration is sent as asked */
/* Members of roam_endpoint_options that are set as asked; all but the first also bits of its `settings`. */
#define ROAM_ENDPOINT_SETS_CONNECTION_ID_LIMIT (UINT64_C(1) << 10) /* active_connection_id_limit */
#define ROAM_ENDPOINT_SETS_CONGESTION (UINT64_C(1) << 11)
#define ROAM_ENDPOINT_SETS_INITIAL_WINDOW (UINT64_C(1) << 12)
#define ROAM_ENDPOINT_SETS_PMTUD (UINT64_C(1) << 13)
#define ROAM_ENDPOINT_SETS_ECN (UINT64_C(1) << 14)
#define ROAM_ENDPOINT_SETS_MAX_ACK_DELAY (UINT64_C(1) << 15)
#define ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT (UINT64_C(1) << 16)
#define ROAM_ENDPOINT_SETS_ACK_EVERY (UINT64_C(1) << 17)
#define ROAM_ENDPOINT_SETS_ROTATE_CONNECTION_IDS (UINT64_C(1) << 18)
#define ROAM_ENDPOINT_SETS_RETIRE_CONNECTION_IDS (UINT64_C(1) << 19)

/* One option of a scenario: a name and its value as text. */
typedef struct roam_endpoint_option {
    const char *name, *value;
} roam_endpoint_option;

typedef enum roam_endpoint_congestion {
    ROAM_ENDPOINT_CUBIC = 1, /* RFC 9438 */
    ROAM_ENDPOINT_RENO = 2,  /* RFC 9002 section 7 */
    ROAM_ENDPOINT_BBR = 3    /* of any version */
} roam_endpoint_congestion;

typedef struct roam_endpoint_options {
    size_t size;
    const roam_endpoint_calls *calls; /* outlives the endpoint */
    roam_endpoint_host *host;         /* first argument of each of them */
    const char *node;                 /* name of the simulated node, for messages */
    bool server;                      /* accept connections */
    const char *alpn;                 /* the one protocol, both ways (RFC 7301) */
    /* Ed25519, X.509 in DER, self-signed, and its key (PKCS #8 in DER). A client presents it when asked. A
     * server asks for one. Whatever certificate the peer has is accepted by the adapter: the host judges it,
     * by peer(). The key is also what stateless reset tokens are derived from: a node that restarts is a new
     * endpoint with the same key, and resets the connections of the one before (RFC 9000 section 10.3.2). */
    const uint8_t *certificate, *key;
    size_t certificate_len, key_len;
    const roam_endpoint_option *options; /* of the scenario; an unknown name is INVALID */
    size_t option_count;

    /* Transport parameters and settings, to be used as far as the library lets them be set. */
    uint64_t idle_timeout_ns;      /* max_idle_timeout */
    uint64_t handshake_timeout_ns; /* from connect or accepted to ESTABLISHED */
    uint64_t initial_rtt_ns;       /* RFC 9002 section 6.2.2 */
    uint64_t stream_window;        /* bytes; flow control of a stream of any kind, at the start */
    uint64_t connection_window;    /* bytes; initial_max_data */
    uint64_t max_window;           /* bytes; windows that grow stop here */
    uint32_t max_streams_bidirectional;
    uint32_t max_streams_unidirectional;
    uint32_t active_connection_id_limit;
    uint32_t max_datagram; /* bytes of UDP payload that send() takes at most */
    bool disable_active_migration;

    /* What the scenario asks for besides: ROAM_ENDPOINT_SETS_ bits of the members that follow, each of which
     * is a capability of the library. A member without its bit is not looked at. */
    uint64_t settings;
    uint32_t congestion;     /* a roam_endpoint_congestion */
    uint32_t initial_window; /* packets (RFC 9002 section 7.2), of each path */
    uint32_t ack_every;      /* so many ack-eliciting packets are acknowledged at once (RFC 9000 13.2.2) */
    uint32_t ack_delay_exponent; /* transport parameter */
    uint64_t max_ack_delay_ns;   /* transport parameter; whole milliseconds */
    uint64_t
        rotate_connection_ids_ns; /* how often another connection ID of the peer is used on the same path */
    uint64_t retire_connection_ids_ns; /* how often the peer is given others for all that it has (Retire Prior
                                          To) */
    bool pmtud;                        /* RFC 9000 section 14.3 */
    bool ecn;                          /* packets are marked, and marks reported (RFC 9000 section 13.4) */
} roam_endpoint_options;

typedef enum roam_endpoint_migrate_mode {
    /* Validate the new path, and move there once it is validated: PATH_VALIDATED and MOVED, or PATH_FAILED.
     */
    ROAM_ENDPOINT_PROBE_FIRST = 1,
    /* Move at once: MOVED; and validate meanwhile: PATH_VALIDATED, or PATH_FAILED and MOVED back. */
    ROAM_ENDPOINT_FOLLOW_FIRST = 2,
    /* The socket was replaced: all datagrams leave from the new address from now on, and the client does not
     * validate the path. MOVED. */
    ROAM_ENDPOINT_REBIND = 3
} roam_endpoint_migrate_mode;

/* What is known of the peer. */
typedef struct roam_endpoint_peer {
    size_t size;
    const uint8_t
        *certificate; /* DER of its leaf certificate; valid until the connection is freed; NULL: none */
    size_t certificate_len;
    bool disables_migration; /* its transport parameter disable_active_migration */
} roam_endpoint_peer;

/* Zero where the library does not say. */
typedef struct roam_endpoint_statistics {
    size_t size;
    uint64_t srtt_ns, rttvar_ns, latest_rtt_ns, min_rtt_ns;
    uint64_t pto_ns; /* RFC 9002 section 6.2.1, with max_ack_delay, without back-off */
    uint64_t cwnd, bytes_in_flight;
    uint64_t packets_received; /* authenticated ones */
    uint64_t unacknowledged;   /* bytes of streams that were sent and not acknowledged */
    uint8_t connection_id_len; /* of the peer's connection ID in use */
    uint8_t connection_id[ROAM_ENDPOINT_CONNECTION_ID_MAX];
} roam_endpoint_statistics;

/*
 * The adapter. Functions that are not marked optional must be there. After a call that may have made
 * something to send or to time out, the host calls flush, and asks for deadline.
 */
typedef struct roam_endpoint_library {
    uint32_t abi; /* ROAM_ENDPOINT_ABI */
    uint32_t reserved;
    size_t size;
    const char *name;    /* as in reports: "ngtcp2-gnutls" */
    const char *version; /* of library and TLS: "ngtcp2 0.12.1, GnuTLS 3.7.9" */
    uint64_t capabilities;
    uint8_t connection_id_len; /* of the connection IDs that it issues; 255: it varies */

    /* INVALID, NO_MEMORY, TLS, UNSUPPORTED (server without that role). */
    int (*endpoint_new)(const roam_endpoint_options *options, roam_endpoint **out);
    /* Its connections were freed before. */
    void (*endpoint_free)(roam_endpoint *endpoint);

    /* A client connection to path->remote; its first datagram leaves in flush. The host learns its pointer
     * when connect returns, and takes no call about it before. server_name: for SNI. NULL where the library
     * has no client. */
    int (*connect)(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                   roam_endpoint_connection **out);
    /* A datagram came, of any length from 0, and from anybody. Returns the connection that it was for, or
     * NULL; one that it made was announced by accepted() before. What belongs to no connection (Retry,
     * Version Negotiation, a stateless reset) is sent at once. */
    roam_endpoint_connection *(*receive)(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram);
    /* Optional: the connection that receive would give the datagram to, without reading it; NULL: not one
     * that is known. With it the host sees a changed address before the library does. */
    roam_endpoint_connection *(*route)(const roam_endpoint *endpoint, const roam_endpoint_datagram *datagram);

    /* Sends all that may be sent now. */
    void (*flush)(roam_endpoint_connection *connection);
    /* When expire must be called; ROAM_ENDPOINT_NEVER. One that has come already is served at once; a
     * deadline that stays in the past after expire and flush is a fault. */
    uint64_t (*deadline)(const roam_endpoint_connection *connection);
    void (*expire)(roam_endpoint_connection *connection);
    /* Sends CONNECTION_CLOSE, with CLOSED_EVENT inside the call. One that was closed here already: sends the
     * same packet once more (RFC 9000 section 10.2.1), or nothing where the adapter keeps none, and makes no
     * event; one that is over for another reason: nothing. */
    void (*close)(roam_endpoint_connection *connection, bool application, uint64_t code);
    /* The host forgets the connection, over or not: nothing leaves for it any more. An event of it, or a
     * datagram, inside this call is a fault. */
    void (*connection_free)(roam_endpoint_connection *connection);

    /* After ESTABLISHED. */
    int (*peer)(const roam_endpoint_connection *connection, roam_endpoint_peer *out);
    /* The path in use. */
    void (*path)(const roam_endpoint_connection *connection, roam_endpoint_path *out);
    /* Optional. */
    void (*statistics)(const roam_endpoint_connection *connection, roam_endpoint_statistics *out);

    /* BLOCKED: the peer allows no further stream now; STREAMS_AVAILABLE follows. CLOSED. */
    int (*stream_open)(roam_endpoint_connection *connection, bool bidirectional, int64_t *stream);
    /* Takes up to len bytes, which it copies: *taken says how many; finish: they are the last, if all were
     * taken. 0 also when it took less than all; BLOCKED: none. CLOSED: reset by either end, or after the end.
     */
    int (*stream_write)(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data, size_t len,
                        bool finish, size_t *taken);
    /* The next bytes, up to capacity; *finished: no more will come. 0 bytes without *finished: nothing is
     * there now. Flow control is given back for what was read. CLOSED: reset by the peer. */
    int (*stream_read)(roam_endpoint_connection *connection, int64_t stream, uint8_t *data, size_t capacity,
                       size_t *len, bool *finished);
    /* Cuts the stream short in both directions (RESET_STREAM, STOP_SENDING). */
    int (*stream_reset)(roam_endpoint_connection *connection, int64_t stream, uint64_t code);
    /* Optional: urgency of RFC 9218, 0 first to 7 last; 3 without a call. */
    void (*stream_priority)(roam_endpoint_connection *connection, int64_t stream, uint8_t urgency);

    /* Moves the connection of a client to path. The host asks for it after CONFIRMED alone (RFC 9000
     * section 9), and for another local address than that in use; anything else is INVALID. NULL where no way
     * to migrate is a capability. NO_CONNECTION_ID, UNSUPPORTED, CLOSED. A validation under way is given up,
     * without an event. */
    int (*migrate)(roam_endpoint_connection *connection, const roam_endpoint_path *path, uint32_t mode);
    /* Optional: gives up the validation that migrate began, and returns to the path before it; without an
     * event. Without it the host closes the new path's socket, and the validation fails by itself. */
    void (*migrate_abandon)(roam_endpoint_connection *connection);
    /* Optional: send a packet that asks for an acknowledgement in the next flush, whatever the congestion
     * window says. resume: the path may work again, and the PTO back-off ends too. */
    void (*ping)(roam_endpoint_connection *connection, bool resume);
} roam_endpoint_library;

/* What a shared object exports. NULL: this version of the ABI is not there. */
const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi);

typedef const roam_endpoint_library *roam_endpoint_library_get_function(uint32_t abi);

#define ROAM_ENDPOINT_SYMBOL "roam_endpoint_library_get"

#ifdef __cplusplus
}
#endif

#endif
