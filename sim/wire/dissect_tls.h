/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TLS messages at the beginning of CRYPTO streams (RFC 9001 section 4.1.3), as far as the dissector needs
 * them: ClientHello, ServerHello, EncryptedExtensions (RFC 8446 sections 4.1.2, 4.1.3 and 4.3.1). */
#ifndef SIM_WIRE_DISSECT_TLS_H
#define SIM_WIRE_DISSECT_TLS_H

#include "sim/wire/dissect.h"
#include "sim/wire/transport_parameters.h"

#define DISSECT_CRYPTO_MAX 16384 /* bytes of a CRYPTO stream that are kept */
#define DISSECT_CLIENT_RANDOM_BYTES 32

/* The bytes of a CRYPTO stream, in whatever order they come. Zero-initialised. */
typedef struct dissect_crypto {
    uint8_t *bytes;
    uint8_t *got; /* a bit for each byte that came */
    size_t capacity;
    size_t ready; /* so many came from the beginning on, without a gap */
} dissect_crypto;

void dissect_crypto_fini(dissect_crypto *crypto);

/* Puts the frame's bytes in their place; what came first stays, since RFC 9000 section 2.2 wants the same
 * bytes again. Bytes beyond DISSECT_CRYPTO_MAX are left out. False: out of memory. */
ROAM_CHECKED bool dissect_crypto_add(dissect_crypto *crypto, const dissect_frame *frame);

/* The first message of the stream. False, and *out is untouched: not there yet, or another message. */
bool dissect_tls_client_random(const dissect_crypto *crypto, uint8_t out[DISSECT_CLIENT_RANDOM_BYTES]);
bool dissect_tls_cipher_suite(const dissect_crypto *crypto, uint16_t *out); /* of a ServerHello */

typedef enum dissect_tls_status {
    DISSECT_TLS_INCOMPLETE,
    DISSECT_TLS_DONE, /* *out is set */
    DISSECT_TLS_NEVER /* another message, too long, not well-formed, or without the extension */
} dissect_tls_status;

/* The transport parameters in the ClientHello of a client, or the EncryptedExtensions of a server. */
dissect_tls_status dissect_tls_parameters(const dissect_crypto *crypto, dissect_side side,
                                          transport_parameters *out);

#endif
