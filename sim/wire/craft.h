/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of QUIC version 1 sealed with the keys of a connection, as RFC 9001 section 5 says: for attackers
 * that have them. With wolfCrypt alone, so that what it makes owes nothing to the core under attack.
 */
#ifndef SIM_WIRE_CRAFT_H
#define SIM_WIRE_CRAFT_H

#include "core/roam.h"

#include <stddef.h>
#include <stdint.h>

#define CRAFT_SECRET_BYTES 32 /* of the cipher suites below, whose hash is SHA-256 */
#define CRAFT_TAG_BYTES 16    /* by which a sealed packet is longer */
#define CRAFT_NUMBER_BYTES 4  /* of a packet number as craft_short writes it */

typedef enum craft_cipher { CRAFT_AES_128_GCM, CRAFT_CHACHA20_POLY1305 } craft_cipher;

typedef struct craft_keys {
    craft_cipher cipher;
    uint8_t key[32]; /* 16 bytes of it for AES */
    uint8_t iv[12];
    uint8_t hp[32];
} craft_keys;

/* The keys that a traffic secret gives (RFC 9001 section 5.1). ROAM_ERR_TLS: wolfCrypt failed. */
ROAM_CHECKED int craft_keys_init(craft_keys *keys, craft_cipher cipher,
                                 const uint8_t secret[CRAFT_SECRET_BYTES]);

/* What is to be sealed. The header is as it looks unprotected, and ends with the packet number, of which it
 * holds the number_len low bytes. */
typedef struct craft_packet {
    const uint8_t *header;
    size_t header_len;
    size_t number_len; /* 1 to 4 */
    uint64_t number;
    const uint8_t *payload; /* frames; with number_len at least 4 bytes (RFC 9001 section 5.4.2) */
    size_t payload_len;
} craft_packet;

/* Writes header_len + payload_len + CRAFT_TAG_BYTES bytes. ROAM_ERR_INVALID_ARGUMENT: they do not fit, or the
 * payload is too short; ROAM_ERR_TLS: wolfCrypt failed. */
ROAM_CHECKED int craft_seal(const craft_keys *keys, const craft_packet *packet, uint8_t *out, size_t capacity,
                            size_t *len);

/* A 1-RTT packet, key phase 0, with a packet number of four bytes (RFC 9000 section 17.3.1). number must be
 * more than any that the receiver had, and by less than 2^31. Errors of craft_seal. */
typedef struct craft_short {
    const uint8_t *id; /* destination connection ID, at most 20 bytes */
    size_t id_len;
    uint64_t number;
    const uint8_t *payload;
    size_t payload_len;
} craft_short;

ROAM_CHECKED int craft_seal_short(const craft_keys *keys, const craft_short *packet, uint8_t *out,
                                  size_t capacity, size_t *len);

/* A client's or server's secret from a line of a key log: "CLIENT_TRAFFIC_SECRET_0 RANDOM SECRET" in
 * hexadecimal. False: another line, or of a cipher suite with another hash. */
bool craft_keylog_secret(const char *line, const char *label, uint8_t secret[CRAFT_SECRET_BYTES]);

#endif
