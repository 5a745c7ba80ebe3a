/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet protection (RFC 9001 section 5): callbacks of ngtcp2 that use the keys which ngtcp2_crypto has
 * expanded. Its own callbacks copy each packet into memory that they allocate for it, and those of
 * wolfSSL 5.7.2 take any packet of ChaCha20-Poly1305 for authentic (CVE-2026-5479). All else is as with
 * those, which the tests compare.
 */
#ifndef CORE_TLS_PROTECTION_H
#define CORE_TLS_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

struct ngtcp2_crypto_aead;
struct ngtcp2_crypto_aead_ctx;
struct ngtcp2_crypto_cipher;
struct ngtcp2_crypto_cipher_ctx;

/* Callback encrypt: to has room for the 16 bytes of the tag, and may be plain. Errors:
 * NGTCP2_ERR_CALLBACK_FAILURE. */
int core_tls_encrypt(uint8_t *to, const struct ngtcp2_crypto_aead *aead,
                     const struct ngtcp2_crypto_aead_ctx *context, const uint8_t *plain, size_t plain_len,
                     const uint8_t *nonce, size_t nonce_len, const uint8_t *aad, size_t aad_len);

/* Callback decrypt: sealed ends with the tag. Errors: NGTCP2_ERR_DECRYPT, when it is not authentic; what is
 * in to then must not be used. */
int core_tls_decrypt(uint8_t *to, const struct ngtcp2_crypto_aead *aead,
                     const struct ngtcp2_crypto_aead_ctx *context, const uint8_t *sealed, size_t sealed_len,
                     const uint8_t *nonce, size_t nonce_len, const uint8_t *aad, size_t aad_len);

/* Callback hp_mask (RFC 9001 section 5.4): to has room for 16 bytes, of which the first five are the mask. */
int core_tls_header_mask(uint8_t *to, const struct ngtcp2_crypto_cipher *cipher,
                         const struct ngtcp2_crypto_cipher_ctx *context, const uint8_t *sample);

#endif
