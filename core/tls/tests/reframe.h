/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that leave with other frames than ngtcp2 gave them. Stands between ngtcp2 and the protection of
 * packets (RFC 9001 section 5), and protects each one a second time, with what is changed: the frames, and
 * the Length of its header.
 */
#ifndef CORE_TLS_TESTS_REFRAME_H
#define CORE_TLS_TESTS_REFRAME_H

#include <stdbool.h>

#include <ngtcp2/ngtcp2_crypto.h>

enum { REFRAME_DATAGRAM_MAX = 1452 };

/* The frames of an Initial packet, or of a Handshake packet, to be changed in place. The new length, at most
 * capacity. */
typedef size_t (*reframe_change)(void *user_data, bool initial, uint8_t *frames, size_t len, size_t capacity);

typedef struct reframe {
    reframe_change change;
    void *user_data;
    uint8_t datagram[REFRAME_DATAGRAM_MAX]; /* in place of the one that ngtcp2 writes */
    size_t len;
} reframe;

/* Until reframe_end the packets that are protected on this thread go to *self too. */
void reframe_begin(reframe *self);
void reframe_end(void);

/* Callbacks of ngtcp2: encrypt and hp_mask. */
int reframe_encrypt(uint8_t *out, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *context,
                    const uint8_t *frames, size_t len, const uint8_t *nonce, size_t nonce_len,
                    const uint8_t *header, size_t header_len);
int reframe_hp_mask(uint8_t *mask, const ngtcp2_crypto_cipher *hp, const ngtcp2_crypto_cipher_ctx *context,
                    const uint8_t *sample);

#endif
