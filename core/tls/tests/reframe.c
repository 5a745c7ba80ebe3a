/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tests/reframe.h"

#include <assert.h>
#include <string.h>

#include "core/varint.h"

enum {
    LONG_HEADER = 0x80,
    TYPE = 0x30,
    INITIAL = 0x00,
    HANDSHAKE = 0x20,
    NUMBER_LENGTH = 0x03, /* of the packet number, less 1 */
    TAG_BYTES = 16
};

/* ngtcp2's callbacks have no user data. */
static _Thread_local reframe *current;
/* Of the packet between its encryption and its header protection. */
static _Thread_local size_t packet_at, number_at;
static _Thread_local bool protecting;

void reframe_begin(reframe *self)
{
    self->len = 0;
    current = self;
    protecting = false;
}

void reframe_end(void)
{
    current = NULL;
}

/* Writes the Length of a long header (RFC 9000 section 17.2) in as many bytes as it had. */
static void set_length(uint8_t *header, uint64_t length)
{
    size_t at = 5, len;

    at += 1 + (size_t)header[at]; /* destination connection ID */
    at += 1 + (size_t)header[at]; /* source connection ID */
    if ((header[0] & TYPE) == INITIAL)
        at += core_varint_len(header[at]) + (size_t)core_varint_get(header + at); /* token */
    len = core_varint_len(header[at]);
    assert(len > 1);
    header[at] &= 0xc0;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(length >> 8 * (len - 1 - i));

        header[at + i] = i == 0 ? header[at] | byte : byte;
    }
}

static int protect(const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *context,
                   const uint8_t *frames, size_t len, const uint8_t *nonce, size_t nonce_len,
                   const uint8_t *header, size_t header_len)
{
    uint8_t changed[REFRAME_DATAGRAM_MAX], *const packet = current->datagram + current->len;
    const size_t capacity = REFRAME_DATAGRAM_MAX - current->len,
                 number_len = (header[0] & NUMBER_LENGTH) + 1u;
    const int type = header[0] & TYPE;

    assert(header_len + len + TAG_BYTES <= capacity);
    memcpy(changed, frames, len);
    memcpy(packet, header, header_len);
    if (header[0] & LONG_HEADER && (type == INITIAL || type == HANDSHAKE)) {
        len = current->change(current->user_data, type == INITIAL, changed, len,
                              capacity - header_len - TAG_BYTES);
        set_length(packet, number_len + len + TAG_BYTES);
    }
    protecting = true;
    packet_at = current->len;
    number_at = packet_at + header_len - number_len;
    current->len += header_len + len + TAG_BYTES;
    return ngtcp2_crypto_encrypt_cb(packet + header_len, aead, context, changed, len, nonce, nonce_len,
                                    packet, header_len);
}

int reframe_encrypt(uint8_t *out, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *context,
                    const uint8_t *frames, size_t len, const uint8_t *nonce, size_t nonce_len,
                    const uint8_t *header, size_t header_len)
{
    if (current != NULL) {
        int rv = protect(aead, context, frames, len, nonce, nonce_len, header, header_len);

        if (rv != 0)
            return rv;
    }
    return ngtcp2_crypto_encrypt_cb(out, aead, context, frames, len, nonce, nonce_len, header, header_len);
}

/* RFC 9001 section 5.4.1. The mask of a packet that is read passes by. */
int reframe_hp_mask(uint8_t *mask, const ngtcp2_crypto_cipher *hp, const ngtcp2_crypto_cipher_ctx *context,
                    const uint8_t *sample)
{
    if (current != NULL && protecting) {
        /* The cipher writes a whole block. */
        uint8_t ours[NGTCP2_HP_SAMPLELEN], *const first = current->datagram + packet_at,
                                                  *const number = current->datagram + number_at;
        const size_t number_len = (first[0] & NUMBER_LENGTH) + 1u;

        if (ngtcp2_crypto_hp_mask_cb(ours, hp, context, number + 4) != 0)
            return NGTCP2_ERR_CALLBACK_FAILURE;
        protecting = false;
        first[0] ^= ours[0] & (first[0] & LONG_HEADER ? 0x0f : 0x1f);
        for (size_t i = 0; i < number_len; i++)
            number[i] ^= ours[1 + i];
    }
    return ngtcp2_crypto_hp_mask_cb(mask, hp, context, sample);
}
