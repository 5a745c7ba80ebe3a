/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the versions of QUIC that are read differ in: 1 (RFC 9000, RFC 9001) and 2 (RFC 9369 section 3). */
#ifndef SIM_WIRE_DISSECT_VERSION_H
#define SIM_WIRE_DISSECT_VERSION_H

#include "sim/wire/dissect.h"

#define DISSECT_VERSIONS 2

typedef struct dissect_version {
    uint32_t number;
    uint32_t index;               /* below DISSECT_VERSIONS */
    dissect_packet_type types[4]; /* of long headers, by bits 0x30 of the first byte */
    uint8_t initial_salt[20];
    uint8_t retry_key[16], retry_nonce[12];
    const char *key, *iv, *header, *update; /* labels of HKDF-Expand-Label, "tls13 " in front */
} dissect_version;

/* NULL: it is not read. */
const dissect_version *dissect_version_of(uint32_t number);

#endif
