/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_keys.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>
#include <wolfssl/wolfcrypt/hmac.h>

enum { KEY_MAX = 32, IV_BYTES = 12, INFO_MAX = 2 + 1 + 20 + 1 };

struct dissect_keys {
    Aes aead; /* not used by ChaCha20-Poly1305 */
    Aes header;
    const dissect_version *version;
    dissect_cipher cipher;
    uint8_t chacha[KEY_MAX];
    uint8_t chacha_header[KEY_MAX];
    uint8_t iv[IV_BYTES];
    dissect_secret secret;
};

const dissect_cipher DISSECT_CIPHER[DISSECT_CIPHERS] = {DISSECT_AES_128_GCM, DISSECT_AES_256_GCM,
                                                        DISSECT_CHACHA20_POLY1305};

dissect_cipher dissect_cipher_of(uint16_t suite)
{
    switch ((dissect_cipher)suite) {
    case DISSECT_AES_128_GCM:
        return DISSECT_AES_128_GCM;
    case DISSECT_AES_256_GCM:
        return DISSECT_AES_256_GCM;
    case DISSECT_CHACHA20_POLY1305:
        return DISSECT_CHACHA20_POLY1305;
    case DISSECT_NO_CIPHER:
        break;
    }
    return DISSECT_NO_CIPHER;
}

size_t dissect_secret_len(dissect_cipher cipher)
{
    return cipher == DISSECT_AES_256_GCM ? WC_SHA384_DIGEST_SIZE : WC_SHA256_DIGEST_SIZE;
}

static size_t key_len(dissect_cipher cipher)
{
    return cipher == DISSECT_AES_128_GCM ? 16 : 32;
}

/* ---- derivation (RFC 8446 section 7.1) ---- */

/* The label is given with its "tls13 " in front; the context is empty. */
static bool expand_label(const dissect_secret *secret, const char *label, uint8_t *out, size_t len)
{
    const size_t label_len = strlen(label);
    const int hash = secret->len == WC_SHA384_DIGEST_SIZE ? WC_SHA384 : WC_SHA256;
    uint8_t info[INFO_MAX];
    assert(3 + label_len + 1 <= sizeof info);
    info[0] = 0;
    info[1] = (uint8_t)len;
    info[2] = (uint8_t)label_len;
    memcpy(info + 3, label, label_len);
    info[3 + label_len] = 0;
    return wc_HKDF_Expand(hash, secret->bytes, (word32)secret->len, info, (word32)(3 + label_len + 1), out,
                          (word32)len) == 0;
}

bool dissect_initial_secret(const dissect_version *version, const dissect_id *id, dissect_side side,
                            dissect_secret *out)
{
    uint8_t bytes[DISSECT_CONNECTION_ID_MAX];
    dissect_secret initial = {.len = WC_SHA256_DIGEST_SIZE};
    memcpy(bytes, id->bytes, sizeof bytes);
    if (wc_HKDF_Extract(WC_SHA256, version->initial_salt, sizeof version->initial_salt, bytes, id->len,
                        initial.bytes) != 0)
        return false;
    out->len = WC_SHA256_DIGEST_SIZE;
    return expand_label(&initial, side == DISSECT_CLIENT ? "tls13 client in" : "tls13 server in", out->bytes,
                        out->len);
}

/* ---- keys ---- */

static bool set_aes(Aes *aes, const uint8_t *key, size_t len, bool gcm)
{
    if (wc_AesInit(aes, NULL, INVALID_DEVID) != 0)
        return false;
    return (gcm ? wc_AesGcmSetKey(aes, key, (word32)len)
                : wc_AesSetKeyDirect(aes, key, (word32)len, NULL, AES_ENCRYPTION)) == 0;
}

static bool derive_aead(dissect_keys *self)
{
    const size_t len = key_len(self->cipher);
    uint8_t key[KEY_MAX];
    if (!expand_label(&self->secret, self->version->key, key, len) ||
        !expand_label(&self->secret, self->version->iv, self->iv, IV_BYTES))
        return false;
    memcpy(self->chacha, key, len);
    return self->cipher == DISSECT_CHACHA20_POLY1305 || set_aes(&self->aead, key, len, true);
}

static bool derive_header(dissect_keys *self)
{
    const size_t len = key_len(self->cipher);
    if (!expand_label(&self->secret, self->version->header, self->chacha_header, len))
        return false;
    return self->cipher == DISSECT_CHACHA20_POLY1305 ||
           set_aes(&self->header, self->chacha_header, len, false);
}

static dissect_keys *new_keys(const dissect_version *version, dissect_cipher cipher)
{
    dissect_keys *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->version = version;
    self->cipher = cipher;
    return self;
}

dissect_keys *dissect_keys_new(const dissect_version *version, dissect_cipher cipher,
                               const dissect_secret *secret)
{
    if (cipher == DISSECT_NO_CIPHER || secret->len != dissect_secret_len(cipher))
        return NULL;
    dissect_keys *const self = new_keys(version, cipher);
    if (!self)
        return NULL;
    self->secret = *secret;
    if (derive_aead(self) && derive_header(self))
        return self;
    dissect_keys_free(self);
    return NULL;
}

dissect_keys *dissect_keys_next(const dissect_keys *keys)
{
    dissect_keys *const self = new_keys(keys->version, keys->cipher);
    if (!self)
        return NULL;
    self->secret.len = keys->secret.len;
    memcpy(self->chacha_header, keys->chacha_header, sizeof self->chacha_header);
    if (expand_label(&keys->secret, self->version->update, self->secret.bytes, self->secret.len) &&
        derive_aead(self) &&
        (self->cipher == DISSECT_CHACHA20_POLY1305 ||
         set_aes(&self->header, self->chacha_header, key_len(self->cipher), false)))
        return self;
    dissect_keys_free(self);
    return NULL;
}

void dissect_keys_free(dissect_keys *self)
{
    if (!self)
        return;
    wc_AesFree(&self->aead);
    wc_AesFree(&self->header);
    free(self);
}

/* ---- use ---- */

void dissect_keys_mask(dissect_keys *self, const uint8_t sample[DISSECT_SAMPLE_BYTES],
                       uint8_t mask[DISSECT_MASK_BYTES])
{
    /* wolfCrypt copies a block that is not aligned into memory that it allocates. */
    _Alignas(DISSECT_SAMPLE_BYTES) uint8_t block[DISSECT_SAMPLE_BYTES];
    if (self->cipher != DISSECT_CHACHA20_POLY1305) {
        memcpy(block, sample, sizeof block);
        (void)wc_AesEncryptDirect(&self->header, block, block);
        memcpy(mask, block, DISSECT_MASK_BYTES);
        return;
    }
    static const uint8_t zeros[DISSECT_MASK_BYTES];
    const word32 counter = (word32)sample[0] | (word32)sample[1] << 8 | (word32)sample[2] << 16 |
                           (word32)sample[3] << 24; /* RFC 9001 section 5.4.4 */
    ChaCha cipher;
    (void)wc_Chacha_SetKey(&cipher, self->chacha_header, KEY_MAX);
    (void)wc_Chacha_SetIV(&cipher, sample + 4, counter);
    (void)wc_Chacha_Process(&cipher, mask, zeros, sizeof zeros);
}

/* RFC 9001 section 5.3 */
static void nonce_of(const dissect_keys *self, uint64_t number, uint8_t nonce[IV_BYTES])
{
    memcpy(nonce, self->iv, IV_BYTES);
    for (int i = 0; i < 8; i++)
        nonce[IV_BYTES - 1 - i] ^= (uint8_t)(number >> 8 * i);
}

/* NIST SP 800-38D section 7.2: counter 1 is for the tag, the payload begins with 2. */
bool dissect_keys_head(dissect_keys *self, const dissect_sealed *sealed, size_t from, size_t len,
                       uint8_t *out)
{
    enum { BLOCK = DISSECT_BLOCK_BYTES, FIRST_COUNTER = 2 };
    _Alignas(BLOCK) uint8_t counter[BLOCK] = {0};
    uint8_t stream[BLOCK];
    if (self->cipher == DISSECT_CHACHA20_POLY1305)
        return false;
    nonce_of(self, sealed->number, counter);
    for (size_t at = from; at < len; at += BLOCK) {
        counter[BLOCK - 1] = (uint8_t)(FIRST_COUNTER + at / BLOCK);
        if (wc_AesEncryptDirect(&self->aead, stream, counter) != 0)
            return false;
        const size_t end = len - at < BLOCK ? len - at : BLOCK;
        for (size_t i = 0; i < end; i++)
            stream[i] ^= sealed->bytes[at + i];
        memcpy(out + at, stream, end);
    }
    return true;
}

bool dissect_keys_open(dissect_keys *self, const dissect_sealed *sealed, uint8_t *out)
{
    if (sealed->len < DISSECT_TAG_BYTES)
        return false;
    const word32 len = (word32)(sealed->len - DISSECT_TAG_BYTES);
    const uint8_t *const tag = sealed->bytes + len;
    uint8_t nonce[IV_BYTES];
    nonce_of(self, sealed->number, nonce);
    if (self->cipher == DISSECT_CHACHA20_POLY1305)
        return wc_ChaCha20Poly1305_Decrypt(self->chacha, nonce, sealed->header, (word32)sealed->header_len,
                                           sealed->bytes, len, tag, out) == 0;
    return wc_AesGcmDecrypt(&self->aead, out, sealed->bytes, len, nonce, IV_BYTES, tag, DISSECT_TAG_BYTES,
                            sealed->header, (word32)sealed->header_len) == 0;
}

bool dissect_retry_is_authentic(const dissect_version *version, const dissect_id *original,
                                const uint8_t *packet, size_t len)
{
    if (len < DISSECT_TAG_BYTES)
        return false;
    const size_t covered = 1 + original->len + len - DISSECT_TAG_BYTES;
    uint8_t *const pseudo = malloc(covered);
    Aes aes;
    if (!pseudo)
        return false;
    pseudo[0] = original->len;
    memcpy(pseudo + 1, original->bytes, original->len);
    memcpy(pseudo + 1 + original->len, packet, len - DISSECT_TAG_BYTES);
    const bool authentic =
        set_aes(&aes, version->retry_key, sizeof version->retry_key, true) &&
        wc_AesGcmDecrypt(&aes, NULL, NULL, 0, version->retry_nonce, sizeof version->retry_nonce,
                         packet + len - DISSECT_TAG_BYTES, DISSECT_TAG_BYTES, pseudo, (word32)covered) == 0;
    wc_AesFree(&aes);
    free(pseudo);
    return authentic;
}
