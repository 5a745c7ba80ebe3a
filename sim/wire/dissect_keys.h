/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet protection (RFC 9001 section 5) with wolfCrypt alone: keys from a secret, header
 * protection, AEAD. wolfCrypt's own software does it, never a crypto device of the process. */
#ifndef SIM_WIRE_DISSECT_KEYS_H
#define SIM_WIRE_DISSECT_KEYS_H

#include "sim/wire/dissect.h"
#include "sim/wire/dissect_version.h"

#define DISSECT_TAG_BYTES 16    /* of all three AEADs (RFC 9001 section 5.3) */
#define DISSECT_SAMPLE_BYTES 16 /* RFC 9001 section 5.4.2 */
#define DISSECT_MASK_BYTES 5
#define DISSECT_SECRET_MAX 48 /* SHA-384 */

/* TLS cipher suites (RFC 8446 appendix B.4). */
typedef enum dissect_cipher {
    DISSECT_NO_CIPHER = 0,
    DISSECT_AES_128_GCM = 0x1301,
    DISSECT_AES_256_GCM = 0x1302,
    DISSECT_CHACHA20_POLY1305 = 0x1303
} dissect_cipher;

#define DISSECT_CIPHERS 3
extern const dissect_cipher DISSECT_CIPHER[DISSECT_CIPHERS];

/* The suite of that number; DISSECT_NO_CIPHER for any other. */
dissect_cipher dissect_cipher_of(uint16_t suite);

/* Length of its secrets, in bytes. */
size_t dissect_secret_len(dissect_cipher cipher);

typedef struct dissect_secret {
    uint8_t bytes[DISSECT_SECRET_MAX];
    size_t len; /* 0: not known */
} dissect_secret;

/* RFC 9001 section 5.2: the secret of side for a client's first destination connection ID. False only when
 * wolfCrypt fails. */
bool dissect_initial_secret(const dissect_version *version, const dissect_id *id, dissect_side side,
                            dissect_secret *out);

/* What one endpoint protects its packets with, in one packet number space and key phase. */
typedef struct dissect_keys dissect_keys;

/* NULL: out of memory, or a secret that is not of the suite's length. */
dissect_keys *dissect_keys_new(const dissect_version *version, dissect_cipher cipher,
                               const dissect_secret *secret);
/* The keys after a key update (RFC 9001 section 6.1); header protection stays. NULL: out of memory. */
dissect_keys *dissect_keys_next(const dissect_keys *keys);
void dissect_keys_free(dissect_keys *keys); /* NULL is fine */

void dissect_keys_mask(dissect_keys *keys, const uint8_t sample[DISSECT_SAMPLE_BYTES],
                       uint8_t mask[DISSECT_MASK_BYTES]);

/* A protected packet payload. */
typedef struct dissect_sealed {
    uint64_t number;
    const uint8_t *header; /* without header protection, packet number included */
    size_t header_len;
    const uint8_t *bytes; /* with the tag */
    size_t len;
} dissect_sealed;

/* Writes sealed->len - DISSECT_TAG_BYTES bytes. False, and then out holds nothing of use: not authentic. */
bool dissect_keys_open(dissect_keys *keys, const dissect_sealed *sealed, uint8_t *out);

/* Of the first len bytes of the payload those from `from` on, a multiple of DISSECT_BLOCK_BYTES, without a
 * look at the tag: counter mode can be begun anywhere. len is at most DISSECT_HEAD_BYTES, and no more than
 * the payload has. False: the cipher is none of AES. */
#define DISSECT_BLOCK_BYTES 16
#define DISSECT_HEAD_BYTES 64
bool dissect_keys_head(dissect_keys *keys, const dissect_sealed *sealed, size_t from, size_t len,
                       uint8_t *out);

/* RFC 9001 section 5.8: the packet, tag included, is a Retry in answer to an Initial to that connection ID.
 */
bool dissect_retry_is_authentic(const dissect_version *version, const dissect_id *original,
                                const uint8_t *packet, size_t len);

#endif
