/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/protection.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/openssl/evp.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>

#include <ngtcp2/ngtcp2_crypto.h>

enum { TAG_BYTES = 16, NONCE_BYTES = 12 };

static bool is_gcm(const WOLFSSL_EVP_CIPHER_CTX *key)
{
    return key->cipherType == AES_128_GCM_TYPE || key->cipherType == AES_256_GCM_TYPE;
}

/* What ngtcp2_crypto made of the key: in it, that of AES is expanded. NULL: what the cipher list of tls.c
 * does not have, or what wolfCrypt cannot take. */
static WOLFSSL_EVP_CIPHER_CTX *key_of(const ngtcp2_crypto_aead_ctx *context, size_t nonce_len, size_t len)
{
    WOLFSSL_EVP_CIPHER_CTX *const key = context->native_handle;
    const bool known = is_gcm(key) || (key->cipherType == CHACHA20_POLY1305_TYPE && key->key);
    return known && nonce_len == NONCE_BYTES && len <= INT_MAX ? key : NULL;
}

int core_tls_encrypt(uint8_t *to, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *context,
                     const uint8_t *plain, size_t plain_len, const uint8_t *nonce, size_t nonce_len,
                     const uint8_t *aad, size_t aad_len)
{
    (void)aead;
    WOLFSSL_EVP_CIPHER_CTX *const key = key_of(context, nonce_len, plain_len);
    const word32 len = (word32)plain_len;
    if (!key)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    const int rv = is_gcm(key) ? wc_AesGcmEncrypt(&key->cipher.aes, to, plain, len, nonce, NONCE_BYTES,
                                                  to + len, TAG_BYTES, aad, (word32)aad_len)
                               : wc_ChaCha20Poly1305_Encrypt(key->key, nonce, aad, (word32)aad_len, plain,
                                                             len, to, to + len);
    return rv == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

int core_tls_decrypt(uint8_t *to, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *context,
                     const uint8_t *sealed, size_t sealed_len, const uint8_t *nonce, size_t nonce_len,
                     const uint8_t *aad, size_t aad_len)
{
    (void)aead;
    WOLFSSL_EVP_CIPHER_CTX *const key = key_of(context, nonce_len, sealed_len);
    if (!key || sealed_len < TAG_BYTES)
        return NGTCP2_ERR_DECRYPT;
    const word32 len = (word32)(sealed_len - TAG_BYTES);
    const uint8_t *const tag = sealed + len;
    const int rv = is_gcm(key) ? wc_AesGcmDecrypt(&key->cipher.aes, to, sealed, len, nonce, NONCE_BYTES, tag,
                                                  TAG_BYTES, aad, (word32)aad_len)
                               : wc_ChaCha20Poly1305_Decrypt(key->key, nonce, aad, (word32)aad_len, sealed,
                                                             len, tag, to);
    return rv == 0 ? 0 : NGTCP2_ERR_DECRYPT;
}

/* wolfCrypt copies a block that is not aligned into memory that it allocates. */
static bool encrypt_block(Aes *aes, uint8_t *to, const uint8_t *from)
{
    _Alignas(AES_BLOCK_SIZE) uint8_t block[AES_BLOCK_SIZE];
    memcpy(block, from, sizeof block);
    return wc_AesEncryptDirect(aes, to, block) == 0;
}

/* Counter mode with the sample as its first counter, which ngtcp2_crypto asks for, over zeros is one AES
 * block. */
int core_tls_header_mask(uint8_t *to, const ngtcp2_crypto_cipher *cipher,
                         const ngtcp2_crypto_cipher_ctx *context, const uint8_t *sample)
{
    WOLFSSL_EVP_CIPHER_CTX *const key = context->native_handle;
    switch (key->cipherType) {
    case AES_128_CTR_TYPE:
    case AES_256_CTR_TYPE:
    case AES_128_ECB_TYPE: /* later versions of ngtcp2 */
    case AES_256_ECB_TYPE:
        return encrypt_block(&key->cipher.aes, to, sample) ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
    default:
        return ngtcp2_crypto_hp_mask_cb(to, cipher, context, sample);
    }
}
