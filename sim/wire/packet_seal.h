/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of QUIC sealed with the keys of a connection, as RFC 9001 section 5 says: for attackers that have
 * them. With wolfCrypt alone, so that the packets do not depend on the core under attack.
 */
#ifndef SIM_WIRE_PACKET_SEAL_H
#define SIM_WIRE_PACKET_SEAL_H

#include "core/roam.h"

#include <stddef.h>
#include <stdint.h>

#define SEAL_SECRET_BYTES 32 /* of the cipher suites below, whose hash is SHA-256 */
#define SEAL_TAG_BYTES 16    /* by which a sealed packet is longer */
#define SEAL_NUMBER_BYTES 4  /* of a packet number as seal_short_packet writes it */

typedef enum seal_cipher { SEAL_AES_128_GCM, SEAL_CHACHA20_POLY1305 } seal_cipher;

typedef struct seal_keys {
    seal_cipher cipher;
    uint8_t key[32]; /* 16 bytes of it for AES */
    uint8_t iv[12];
    uint8_t hp[32];
} seal_keys;

/* The keys that a traffic secret gives (RFC 9001 section 5.1). ROAM_ERR_TLS: wolfCrypt failed. */
ROAM_CHECKED int seal_keys_init(seal_keys *keys, seal_cipher cipher, const uint8_t secret[SEAL_SECRET_BYTES]);
/* Likewise in QUIC version 2 (RFC 9369 section 3.3.2). */
ROAM_CHECKED int seal_keys_init_v2(seal_keys *keys, seal_cipher cipher,
                                   const uint8_t secret[SEAL_SECRET_BYTES]);

/* What is to be sealed. The header is as it looks unprotected, and ends with the packet number, of which it
 * holds the number_len low bytes. */
typedef struct seal_packet {
    const uint8_t *header;
    size_t header_len;
    size_t number_len; /* 1 to 4 */
    uint64_t number;
    const uint8_t *payload; /* frames; with number_len at least 4 bytes (RFC 9001 section 5.4.2) */
    size_t payload_len;
} seal_packet;

/* Writes header_len + payload_len + SEAL_TAG_BYTES bytes. ROAM_ERR_INVALID_ARGUMENT: they do not fit, or the
 * payload is too short; ROAM_ERR_TLS: wolfCrypt failed. */
ROAM_CHECKED int packet_seal(const seal_keys *keys, const seal_packet *packet, uint8_t *out, size_t capacity,
                             size_t *len);

/* A 1-RTT packet, key phase 0, with a packet number of four bytes (RFC 9000 section 17.3.1). number must be
 * more than any that the receiver had, and by less than 2^31. Errors of packet_seal. */
typedef struct seal_short_packet {
    const uint8_t *id; /* destination connection ID, at most 20 bytes */
    size_t id_len;
    uint64_t number;
    const uint8_t *payload;
    size_t payload_len;
} seal_short_packet;

ROAM_CHECKED int seal_short(const seal_keys *keys, const seal_short_packet *packet, uint8_t *out,
                            size_t capacity, size_t *len);

/* A client's or server's secret from a line of a key log: "CLIENT_TRAFFIC_SECRET_0 RANDOM SECRET" in
 * hexadecimal. False: another line, or of a cipher suite with another hash. */
bool seal_keylog_secret(const char *line, const char *label, uint8_t secret[SEAL_SECRET_BYTES]);

#endif
