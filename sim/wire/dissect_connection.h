/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dissect*.c know of one connection: how far its handshake is, keys, packet numbers. */
#ifndef SIM_WIRE_DISSECT_CONNECTION_H
#define SIM_WIRE_DISSECT_CONNECTION_H

#include "sim/wire/dissect_keys.h"

#define DISSECT_IDS 32          /* kept of each endpoint */
#define DISSECT_CRYPTO_BYTES 80 /* reaches the cipher suite of any ServerHello (RFC 8446 section 4.1.3) */
#define DISSECT_CLIENT_RANDOM_BYTES 32

/* The 1-RTT keys of one sender. */
typedef struct dissect_phases {
    dissect_keys *previous, *current, *next;
    bool phase;            /* of current */
    uint64_t first_number; /* seen in that phase */
} dissect_phases;

/* One TLS handshake: its secrets, and the keys made of them so far, by side. */
typedef struct dissect_secrets {
    uint8_t client_random[DISSECT_CLIENT_RANDOM_BYTES];
    dissect_secret handshake[2];
    dissect_secret traffic[2];
    dissect_keys *handshake_keys[2];
    dissect_phases phases[2];
} dissect_secrets;

/* The first bytes of a CRYPTO stream; got has a bit for each byte that came. */
typedef struct dissect_crypto {
    uint8_t bytes[DISSECT_CRYPTO_BYTES];
    uint8_t got[DISSECT_CRYPTO_BYTES / 8];
} dissect_crypto;

typedef struct dissect_known_id {
    dissect_id id;
    uint64_t used; /* the higher, the later */
} dissect_known_id;

typedef enum dissect_space {
    DISSECT_SPACE_INITIAL,
    DISSECT_SPACE_HANDSHAKE,
    DISSECT_SPACE_DATA,
    DISSECT_SPACES
} dissect_space;

/* Arrays of two are by the side that sent, or that chose the connection ID. */
typedef struct dissect_connection {
    dissect_id first_destination; /* of the client's first Initial */
    dissect_id retry_source;      /* of a Retry; len 0: none */
    dissect_keys *initial[2][2];  /* before and after a Retry */
    /* One more than the largest packet number: sent by, and opened at the other end of, that side. */
    uint64_t expected[DISSECT_SPACES][2];
    uint64_t arrived[DISSECT_SPACES][2];
    dissect_crypto crypto[2];
    bool random_known;
    uint8_t client_random[DISSECT_CLIENT_RANDOM_BYTES];
    uint32_t secrets; /* index of those that opened its last packet, plus 1; 0: none has */
    dissect_cipher cipher;
    dissect_known_id ids[2][DISSECT_IDS];
    uint32_t id_count[2];
} dissect_connection;

/* With the Initial keys for the client's first destination connection ID. NULL: out of memory. */
dissect_connection *dissect_connection_new(const dissect_id *first_destination);
void dissect_connection_free(dissect_connection *connection); /* NULL is fine */

/* A Retry in answer to its first Initial: other Initial keys besides. False: out of memory. */
ROAM_CHECKED bool dissect_connection_retry(dissect_connection *connection, const dissect_id *source);

/* Bytes of the CRYPTO stream in Initial packets: client random and cipher suite are taken from them. */
void dissect_connection_crypto(dissect_connection *connection, dissect_side sender,
                               const dissect_frame *frame);

/* The keys of Handshake packets, for the cipher suite of the connection; NULL: not known yet. */
dissect_keys *dissect_secrets_handshake(dissect_secrets *secrets, dissect_cipher cipher, dissect_side sender);

/* Likewise of 1-RTT packets: the phases, with current set. */
dissect_phases *dissect_secrets_data(dissect_secrets *secrets, dissect_cipher cipher, dissect_side sender);

void dissect_secrets_fini(dissect_secrets *secrets);

/* A packet under phases->next is authentic: it is the current one now. */
void dissect_phases_turn(dissect_phases *phases, uint64_t number);

#endif
