/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/packet_seal.h"

#include <stdio.h>
#include <string.h>
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>
#include <wolfssl/wolfcrypt/hmac.h>

#define SAMPLE_BYTES 16  /* RFC 9001 section 5.4.2 */
#define SAMPLE_OFFSET 4u /* from the packet number */
#define ID_MAX 20
#define HEADER_FORM_LONG 0x80
#define FIXED_BIT 0x40 /* RFC 9000 section 17.3.1 */

/* ---- keys ---- */

/* HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context. */
static int expand_label(const uint8_t secret[SEAL_SECRET_BYTES], const char *label, uint8_t *out, size_t len)
{
    uint8_t info[64];
    const size_t label_len = strlen(label);
    int info_len = snprintf((char *)info + 3, sizeof info - 3, "tls13 %s", label);
    info[0] = 0;
    info[1] = (uint8_t)len;
    info[2] = (uint8_t)(6 + label_len);
    info_len += 3;
    info[info_len++] = 0;
    return wc_HKDF_Expand(WC_SHA256, secret, SEAL_SECRET_BYTES, info, (word32)info_len, out, (word32)len) == 0
               ? 0
               : ROAM_ERR_TLS;
}

typedef struct labels {
    const char *key, *iv, *hp;
} labels;

static int derive(seal_keys *keys, seal_cipher cipher, const uint8_t secret[SEAL_SECRET_BYTES],
                  const labels *of)
{
    const size_t key_len = cipher == SEAL_AES_128_GCM ? 16 : 32;
    seal_keys made = {.cipher = cipher};
    if (expand_label(secret, of->key, made.key, key_len) ||
        expand_label(secret, of->iv, made.iv, sizeof made.iv) ||
        expand_label(secret, of->hp, made.hp, key_len))
        return ROAM_ERR_TLS;
    *keys = made;
    return 0;
}

int seal_keys_init(seal_keys *keys, seal_cipher cipher, const uint8_t secret[SEAL_SECRET_BYTES])
{
    static const labels version_1 = {"quic key", "quic iv", "quic hp"};
    return derive(keys, cipher, secret, &version_1);
}

int seal_keys_init_v2(seal_keys *keys, seal_cipher cipher, const uint8_t secret[SEAL_SECRET_BYTES])
{
    static const labels version_2 = {"quicv2 key", "quicv2 iv", "quicv2 hp"};
    return derive(keys, cipher, secret, &version_2);
}

static int from_hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool seal_keylog_secret(const char *line, const char *label, uint8_t secret[SEAL_SECRET_BYTES])
{
    const size_t label_len = strlen(label);
    if (strncmp(line, label, label_len) != 0 || line[label_len] != ' ')
        return false;
    const char *hex = strchr(line + label_len + 1, ' ');
    if (!hex++)
        return false;
    for (size_t i = 0; i < SEAL_SECRET_BYTES; i++, hex += 2) {
        const int high = from_hex(hex[0]);
        const int low = high < 0 ? -1 : from_hex(hex[1]);
        if (low < 0)
            return false;
        secret[i] = (uint8_t)(high << 4 | low);
    }
    return from_hex(*hex) < 0;
}

/* ---- AEAD and header protection ---- */

/* RFC 9001 section 5.3. Tag behind the ciphertext. */
static int encrypt(const seal_keys *keys, const seal_packet *packet, uint8_t *out)
{
    uint8_t nonce[12];
    uint8_t *const tag = out + packet->payload_len;
    const word32 len = (word32)packet->payload_len;
    const word32 header_len = (word32)packet->header_len;
    memcpy(nonce, keys->iv, sizeof nonce);
    for (size_t i = 0; i < 8; i++)
        nonce[11 - i] ^= (uint8_t)(packet->number >> (8 * i));
    if (keys->cipher == SEAL_CHACHA20_POLY1305)
        return wc_ChaCha20Poly1305_Encrypt(keys->key, nonce, packet->header, header_len, packet->payload, len,
                                           out, tag);
    Aes aes;
    int status = wc_AesInit(&aes, NULL, INVALID_DEVID);
    if (status)
        return status;
    status = wc_AesGcmSetKey(&aes, keys->key, 16);
    if (!status)
        status = wc_AesGcmEncrypt(&aes, out, packet->payload, len, nonce, sizeof nonce, tag, SEAL_TAG_BYTES,
                                  packet->header, header_len);
    wc_AesFree(&aes);
    return status;
}

/* RFC 9001 sections 5.4.3 and 5.4.4. */
static int mask_of(const seal_keys *keys, const uint8_t sample[SAMPLE_BYTES], uint8_t mask[SAMPLE_BYTES])
{
    if (keys->cipher == SEAL_CHACHA20_POLY1305) {
        static const uint8_t zeros[5] = {0};
        ChaCha chacha;
        const word32 counter =
            (word32)sample[0] | (word32)sample[1] << 8 | (word32)sample[2] << 16 | (word32)sample[3] << 24;
        int status = wc_Chacha_SetKey(&chacha, keys->hp, 32);
        if (!status)
            status = wc_Chacha_SetIV(&chacha, sample + 4, counter);
        return status ? status : wc_Chacha_Process(&chacha, mask, zeros, sizeof zeros);
    }
    Aes aes;
    int status = wc_AesInit(&aes, NULL, INVALID_DEVID);
    if (status)
        return status;
    status = wc_AesSetKeyDirect(&aes, keys->hp, 16, NULL, AES_ENCRYPTION);
    if (!status)
        status = wc_AesEncryptDirect(&aes, mask, sample);
    wc_AesFree(&aes);
    return status;
}

int packet_seal(const seal_keys *keys, const seal_packet *packet, uint8_t *out, size_t capacity, size_t *len)
{
    const size_t sealed = packet->header_len + packet->payload_len + SEAL_TAG_BYTES;
    if (packet->header_len > capacity || packet->payload_len > capacity || sealed > capacity ||
        packet->number_len < 1 || packet->number_len > 4 || packet->header_len <= packet->number_len ||
        packet->number_len + packet->payload_len < SAMPLE_OFFSET)
        return ROAM_ERR_INVALID_ARGUMENT;
    uint8_t mask[SAMPLE_BYTES];
    uint8_t *const number = out + packet->header_len - packet->number_len;
    memcpy(out, packet->header, packet->header_len);
    if (encrypt(keys, packet, out + packet->header_len) || mask_of(keys, number + SAMPLE_OFFSET, mask))
        return ROAM_ERR_TLS;
    out[0] ^= mask[0] & (out[0] & HEADER_FORM_LONG ? 0x0f : 0x1f);
    for (size_t i = 0; i < packet->number_len; i++)
        number[i] ^= mask[1 + i];
    *len = sealed;
    return 0;
}

int seal_short(const seal_keys *keys, const seal_short_packet *packet, uint8_t *out, size_t capacity,
               size_t *len)
{
    uint8_t header[1 + ID_MAX + SEAL_NUMBER_BYTES] = {FIXED_BIT | (SEAL_NUMBER_BYTES - 1)};
    if (packet->id_len > ID_MAX)
        return ROAM_ERR_INVALID_ARGUMENT;
    memcpy(header + 1, packet->id, packet->id_len);
    for (size_t i = 0; i < SEAL_NUMBER_BYTES; i++)
        header[1 + packet->id_len + i] = (uint8_t)(packet->number >> (8 * (SEAL_NUMBER_BYTES - 1 - i)));
    const seal_packet whole = {.header = header,
                               .header_len = 1 + packet->id_len + SEAL_NUMBER_BYTES,
                               .number_len = SEAL_NUMBER_BYTES,
                               .number = packet->number,
                               .payload = packet->payload,
                               .payload_len = packet->payload_len};
    return packet_seal(keys, &whole, out, capacity, len);
}
