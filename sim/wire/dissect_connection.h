/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one connection for dissect*.c: its handshake, keys and packet numbers. */
#ifndef SIM_WIRE_DISSECT_CONNECTION_H
#define SIM_WIRE_DISSECT_CONNECTION_H

#include "sim/wire/dissect_keys.h"
#include "sim/wire/dissect_tls.h"

#define DISSECT_IDS 32 /* kept of each endpoint */

/* The 1-RTT keys of one sender. */
typedef struct dissect_phases {
    dissect_keys *previous, *current, *next;
    bool phase;            /* of current */
    uint64_t first_number; /* seen in that phase */
} dissect_phases;

/* One TLS handshake: its secrets, and the keys made of them so far, by side. */
typedef struct dissect_secrets {
    uint8_t client_random[DISSECT_CLIENT_RANDOM_BYTES];
    dissect_secret early; /* of the client, for 0-RTT */
    dissect_secret handshake[2];
    dissect_secret traffic[2];
    dissect_keys *early_keys[DISSECT_CIPHERS]; /* whichever it is */
    dissect_keys *handshake_keys[2];
    dissect_phases phases[2];
} dissect_secrets;

typedef struct dissect_known_id {
    dissect_id id;
    uint64_t used; /* the higher, the later */
} dissect_known_id;

typedef struct dissect_route dissect_route; /* of dissect_routes.c */

typedef enum dissect_space {
    DISSECT_SPACE_INITIAL,
    DISSECT_SPACE_HANDSHAKE,
    DISSECT_SPACE_DATA,
    DISSECT_SPACES
} dissect_space;

/* Arrays of two are by the side that sent, or that chose the connection ID. What a 1-RTT packet needs stands
 * in front, in two lines of the cache. */
typedef struct dissect_connection {
    /* One more than the largest packet number: sent by, and opened at the other end of, that side. */
    uint64_t expected[DISSECT_SPACES][2];
    uint64_t arrived[DISSECT_SPACES][2];
    const dissect_version *version;      /* of the ServerHello: RFC 9368 lets the server choose */
    transport_parameters *parameters[2]; /* NULL: not known */
    uint32_t secrets;                    /* index of those that opened its last packet, plus 1; 0: none has */
    uint32_t sole_of;   /* so many handshakes were known when those were its only ones; 0: never */
    uint8_t touched[2]; /* the place of the connection ID that was used last */
    bool random_known;
    bool empty_id[2]; /* chose a connection ID of length zero */

    dissect_id first_destination; /* of the client's first Initial */
    dissect_id retry_source;
    bool retried;
    const dissect_version *first_version; /* of the client's first Initial; 0-RTT packets are of it */
    dissect_keys *initial[2][DISSECT_VERSIONS][2]; /* before and after a Retry; NULL: not needed yet */
    dissect_crypto hello[2];                       /* in Initial packets, until it has been read */
    dissect_crypto extensions;                     /* of the server, in Handshake packets, likewise */
    bool hello_read[2], extensions_read;
    uint8_t client_random[DISSECT_CLIENT_RANDOM_BYTES];
    uint16_t cipher_suite;
    dissect_cipher cipher; /* DISSECT_NO_CIPHER: not known, or not read */
    dissect_known_id ids[2][DISSECT_IDS];
    uint32_t id_count[2];
    dissect_route *routes[2]; /* by the side of the receiver; NULL: none */
} dissect_connection;

/* The client's first Initial has that version and destination connection ID. NULL: out of memory. */
dissect_connection *dissect_connection_new(const dissect_version *version,
                                           const dissect_id *first_destination);
void dissect_connection_free(dissect_connection *connection); /* NULL is fine */

/* A Retry in answer to its first Initial: other Initial keys besides. */
void dissect_connection_retry(dissect_connection *connection, const dissect_id *source);

/* The keys of Initial packets of that version, before or after a Retry. NULL: none, or out of memory. */
dissect_keys *dissect_connection_initial(dissect_connection *connection, bool after_retry,
                                         const dissect_version *version, dissect_side sender);

/* Packets of the handshake are rare by now: frees the keys for them, which are made again when one comes. */
void dissect_connection_rest(dissect_connection *connection, dissect_secrets *secrets);

/* Bytes of a CRYPTO stream in an authentic packet: client random, cipher suite and transport parameters are
 * taken from them. False: out of memory. */
ROAM_CHECKED bool dissect_connection_crypto(dissect_connection *connection, const dissect_packet *packet,
                                            const dissect_frame *frame);

/* A packet opened under other secrets than those before: the server is another one, which has its own
 * EncryptedExtensions. secrets: as in the connection. */
void dissect_connection_turn(dissect_connection *connection, uint32_t secrets);

/* The client's keys of 0-RTT packets, if its secret is one of that cipher suite: the suite is that of an
 * earlier connection, and seen nowhere. NULL otherwise. */
dissect_keys *dissect_secrets_early(dissect_secrets *secrets, const dissect_connection *of, size_t cipher);

/* The keys of Handshake packets, for version and cipher suite of the connection; NULL: not known yet. */
dissect_keys *dissect_secrets_handshake(dissect_secrets *secrets, const dissect_connection *of,
                                        dissect_side sender);

/* Likewise of 1-RTT packets: the phases, with current set. */
dissect_phases *dissect_secrets_data(dissect_secrets *secrets, const dissect_connection *of,
                                     dissect_side sender);

void dissect_secrets_fini(dissect_secrets *secrets);

/* A packet under phases->next is authentic: it is the current one now. */
void dissect_phases_turn(dissect_phases *phases, uint64_t number);

#endif
