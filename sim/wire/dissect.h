/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QUIC packets of versions 1 (RFC 9000, RFC 9001) and 2 (RFC 9369) as a tap sees them, with what is inside.
 * The keys come from the TLS secrets that the endpoints log, and from wolfCrypt alone: nothing of the
 * endpoints' QUIC stack is called, so that what is read here can be compared with the records of that stack.
 *
 * Datagrams are given in the order in which they were sent, once each, so that packet numbers and key phases
 * are those of their sender. A datagram may be given again (as it arrives, as it is replayed): it is read the
 * same way, and what is known stays the same.
 *
 * Connections are found by connection ID. Of the connection IDs of one endpoint the 32 last in use are known,
 * that of its preferred address among them. A packet to an endpoint that chose a connection ID of length zero
 * is found by its addresses, where they are given, once a packet has gone the other way; without them it is
 * of no known connection.
 *
 * All input may be hostile. Memory is bounded by the options; nothing is allocated for a datagram once the
 * largest has been seen. A packet that is not authentic changes nothing, except that any sender of a correct
 * Initial packet begins a connection: the limit of connections bounds these.
 */
#ifndef SIM_WIRE_DISSECT_H
#define SIM_WIRE_DISSECT_H

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISSECT_CONNECTION_ID_MAX 20 /* RFC 9000 section 17.2 */
#define DISSECT_PACKETS_MAX 16       /* coalesced in one datagram; what comes after them is not read */
#define DISSECT_NONE UINT32_MAX

typedef struct dissect dissect;
typedef struct transport_parameters transport_parameters; /* sim/wire/transport_parameters.h */

typedef enum dissect_side { DISSECT_CLIENT, DISSECT_SERVER } dissect_side;

static inline dissect_side dissect_other_side(dissect_side side)
{
    return side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
}

typedef enum dissect_packet_type {
    DISSECT_INITIAL,
    DISSECT_ZERO_RTT,
    DISSECT_HANDSHAKE,
    DISSECT_RETRY,
    DISSECT_VERSION_NEGOTIATION,
    DISSECT_ONE_RTT,
    DISSECT_OTHER_VERSION /* a long header of a version that is not read */
} dissect_packet_type;

/* As qlog has them: "initial", "0RTT", ...; "unknown" for the last. */
const char *dissect_packet_type_name(dissect_packet_type type);

typedef enum dissect_status {
    DISSECT_READ,       /* authentic; all frames are there */
    DISSECT_BAD_FRAMES, /* authentic; frames hold what came before the one that is not well-formed, and that
                           one if it is a NEW_CONNECTION_ID that is whole (dissect_frame_is_sound) */
    DISSECT_CLEAR,      /* Retry with a correct integrity tag, Version Negotiation: nothing is encrypted */
    DISSECT_NO_CONNECTION, /* of no connection that is known */
    DISSECT_NO_ROOM, /* a correct Initial packet of a client, whose connection is beyond the limit: no packet
                        of it is read */
    DISSECT_NO_KEYS, /* of a known connection whose secrets have not been logged, or whose cipher suite is
                        none of DISSECT_CIPHER */
    DISSECT_NOT_AUTHENTIC, /* does not decrypt */
    DISSECT_MALFORMED,     /* no QUIC packet */
    DISSECT_NOT_READ       /* of another version */
} dissect_status;

const char *dissect_status_name(dissect_status status);

typedef struct dissect_id {
    uint8_t len;
    uint8_t bytes[DISSECT_CONNECTION_ID_MAX];
} dissect_id;

/* The values are those of RFC 9000 section 19 and RFC 9221 section 4; of a range of types, the first. */
typedef enum dissect_frame_type {
    DISSECT_PADDING = 0x00, /* one frame for a run of them */
    DISSECT_PING = 0x01,
    DISSECT_ACK = 0x02, /* and 0x03, with ECN counts */
    DISSECT_RESET_STREAM = 0x04,
    DISSECT_STOP_SENDING = 0x05,
    DISSECT_CRYPTO = 0x06,
    DISSECT_NEW_TOKEN = 0x07,
    DISSECT_STREAM = 0x08, /* to 0x0f */
    DISSECT_MAX_DATA = 0x10,
    DISSECT_MAX_STREAM_DATA = 0x11,
    DISSECT_MAX_STREAMS = 0x12, /* bidirectional; 0x13 unidirectional */
    DISSECT_DATA_BLOCKED = 0x14,
    DISSECT_STREAM_DATA_BLOCKED = 0x15,
    DISSECT_STREAMS_BLOCKED = 0x16, /* bidirectional; 0x17 unidirectional */
    DISSECT_NEW_CONNECTION_ID = 0x18,
    DISSECT_RETIRE_CONNECTION_ID = 0x19,
    DISSECT_PATH_CHALLENGE = 0x1a,
    DISSECT_PATH_RESPONSE = 0x1b,
    DISSECT_CONNECTION_CLOSE = 0x1c, /* 0x1d by the application */
    DISSECT_HANDSHAKE_DONE = 0x1e,
    DISSECT_DATAGRAM = 0x30 /* and 0x31 */
} dissect_frame_type;

/* As qlog has them: "padding", "path_challenge", ... */
const char *dissect_frame_type_name(dissect_frame_type type);

typedef struct dissect_range {
    uint64_t smallest, largest; /* packet numbers, both included */
} dissect_range;

/* One frame. The fields of its type are set, all others are 0. Pointers are into the view. */
typedef struct dissect_frame {
    dissect_frame_type type;
    uint8_t type_byte;  /* as on the wire, within the range of the type */
    uint32_t wire_len;  /* bytes of the whole frame; of PADDING, of the run */
    uint64_t stream_id; /* of the types about one stream */
    uint64_t offset;    /* CRYPTO, STREAM */
    bool fin;           /* STREAM */
    /* CRYPTO, STREAM, DATAGRAM: data, which dissect_own_datagram may leave out. NEW_TOKEN: token.
     * CONNECTION_CLOSE: reason phrase. */
    const uint8_t *data;
    size_t len;
    /* MAX_DATA, MAX_STREAM_DATA, MAX_STREAMS, DATA_BLOCKED, STREAM_DATA_BLOCKED, STREAMS_BLOCKED: the limit.
     * RESET_STREAM: final size. ACK: delay, not scaled. CONNECTION_CLOSE: type of the frame that was at
     * fault. NEW_CONNECTION_ID, RETIRE_CONNECTION_ID: sequence number. */
    uint64_t value;
    uint64_t error;              /* RESET_STREAM, STOP_SENDING, CONNECTION_CLOSE */
    uint64_t retire_prior_to;    /* NEW_CONNECTION_ID */
    dissect_id id;               /* NEW_CONNECTION_ID */
    uint8_t reset_token[16];     /* NEW_CONNECTION_ID */
    uint8_t path_data[8];        /* PATH_CHALLENGE, PATH_RESPONSE */
    const dissect_range *ranges; /* ACK: from the highest down */
    size_t range_count;          /* ACK: at least 1 */
    bool ecn;                    /* ACK: the three counts are there */
    uint64_t ect0, ect1, ce;
} dissect_frame;

/* False: NEW_CONNECTION_ID whose Retire Prior To is above its sequence number, or whose connection ID has
 * length zero or more than DISSECT_CONNECTION_ID_MAX, then given as zero: its receiver must close the
 * connection (RFC 9000 section 19.15). */
bool dissect_frame_is_sound(const dissect_frame *frame);

typedef struct dissect_packet {
    dissect_packet_type type;
    dissect_status status;
    uint8_t first_byte;  /* READ and BAD_FRAMES: without header protection */
    uint32_t connection; /* index, from 0 in order of the first Initial; DISSECT_NONE: unknown */
    dissect_side sender; /* of no meaning without a connection */
    uint64_t number;     /* READ and BAD_FRAMES */
    bool key_phase;      /* 1-RTT, likewise */
    dissect_id destination;
    dissect_id source;    /* long headers */
    uint32_t version;     /* long headers */
    const uint8_t *token; /* Initial, Retry; NULL without */
    size_t token_len;
    size_t start; /* in the datagram */
    size_t size;  /* bytes of the whole packet */
    const dissect_frame *frames;
    size_t frame_count;
} dissect_packet;

/* What is in one datagram. Valid until the next dissect_datagram or dissect_arrival. */
typedef struct dissect_view {
    const dissect_packet *packets;
    size_t packet_count;
    const dissect *dissect; /* that made it, for dissect_parameters */
} dissect_view;

typedef struct dissect_options {
    uint32_t connections_max; /* more are not read */
    bool undamaged; /* what is given to dissect_arrival has the bytes that it was sent with: authentic packets
                       need not be decrypted again */
} dissect_options;

void dissect_options_default(dissect_options *options); /* 65536 connections, anything may be damaged */

/* options may be NULL. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int dissect_new(const dissect_options *options, dissect **out);
void dissect_free(dissect *dissect); /* NULL is fine */

/* A line in SSLKEYLOGFILE format, with or without newline, before the first packet under its secret is given.
 * What is not a secret of QUIC or is known already is ignored. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int dissect_keylog(dissect *dissect, const char *line);

/* The payload of a UDP datagram. Never NULL; without memory, packets are missing, and dissect_failed is true.
 */
const dissect_view *dissect_datagram(dissect *dissect, const uint8_t *payload, size_t len);

typedef struct dissect_where {
    roam_addr source, destination;
} dissect_where;

/* Likewise, of a datagram whose addresses are known: connection IDs of length zero take them. where may be
 * NULL. */
const dissect_view *dissect_datagram_at(dissect *dissect, const dissect_where *where, const uint8_t *payload,
                                        size_t len);

/* Likewise, of a datagram at the host whose endpoint sends it, which is authentic for that: of a long packet,
 * of a connection of which others were opened before, no more is decrypted than frame headers, where that
 * tells all. Such a STREAM or DATAGRAM frame has no data: NULL, and its length. Not for what a host repeats
 * or forwards. */
const dissect_view *dissect_own_datagram(dissect *dissect, const uint8_t *payload, size_t len);

/* The payload of a UDP datagram as it comes to the endpoint that it is for: what that endpoint can open. A
 * truncated packet number is decoded as RFC 9000 appendix A.3 says, from the largest number that was opened
 * there before (dissect_arrived). The state stays as it is: the datagram was given to dissect_datagram when
 * it was sent. With the option undamaged, a 1-RTT packet that has neither PATH_CHALLENGE nor PATH_RESPONSE
 * may come without its frames. The result is valid, and never NULL, as that of dissect_datagram. */
const dissect_view *dissect_arrival(dissect *dissect, const uint8_t *payload, size_t len);

/* Likewise, of a datagram that was sent under these addresses; where may be NULL. */
const dissect_view *dissect_arrival_at(dissect *dissect, const dissect_where *where, const uint8_t *payload,
                                       size_t len);

/* The endpoint has opened this packet of the last arrival: later packet numbers are decoded accordingly. */
void dissect_arrived(dissect *dissect, const dissect_packet *packet);

/* Memory ran out, or a limit was reached, at any time: what is not there may have been sent all the same. */
bool dissect_failed(const dissect *dissect);
/* Memory ran out. */
bool dissect_lacks_memory(const dissect *dissect);

uint32_t dissect_connection_count(const dissect *dissect);

/* What is known of a connection besides. */
typedef struct dissect_about {
    uint32_t first_version;       /* of the client's first Initial */
    uint32_t version;             /* of the server's ServerHello; the same until there is one */
    uint16_t cipher_suite;        /* RFC 8446 appendix B.4; 0: not known */
    dissect_id first_destination; /* of the client's first Initial */
    bool retried;                 /* a Retry was answered */
    bool random_known;            /* all of the ClientHello's random came: a key log has lines under it */
    bool has_secrets;             /* the key log has some */
    uint8_t client_random[32];
} dissect_about;

/* connection is below dissect_connection_count. */
void dissect_describe(const dissect *dissect, uint32_t connection, dissect_about *out);

/* The transport parameters of that side (RFC 9000 section 18): a client's from its ClientHello, a server's
 * from its EncryptedExtensions, which takes the handshake secrets. NULL: not known (yet). Valid as long as
 * dissect lives; the values of a server that restarts during the handshake take the place of those before. */
const transport_parameters *dissect_parameters(const dissect *dissect, uint32_t connection,
                                               dissect_side side);

#endif
