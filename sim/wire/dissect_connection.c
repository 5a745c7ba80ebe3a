/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_connection.h"

#include <stdlib.h>
#include <string.h>

/* RFC 8446 sections 4.1.2 and 4.1.3: type, length, version, random, session ID, cipher suite. */
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, RANDOM_AT = 6, SESSION_AT = 38, SESSION_MAX = 32 };

static bool add_initial(dissect_connection *self, int generation, const dissect_id *destination)
{
    for (int side = 0; side < 2; side++) {
        dissect_secret secret;
        if (!dissect_initial_secret(destination, side ? DISSECT_SERVER : DISSECT_CLIENT, &secret))
            return false;
        dissect_keys *const keys = dissect_keys_new(DISSECT_AES_128_GCM, &secret);
        if (!keys)
            return false;
        dissect_keys_free(self->initial[generation][side]);
        self->initial[generation][side] = keys;
    }
    return true;
}

dissect_connection *dissect_connection_new(const dissect_id *first_destination)
{
    dissect_connection *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->first_destination = *first_destination;
    if (add_initial(self, 0, first_destination))
        return self;
    dissect_connection_free(self);
    return NULL;
}

void dissect_connection_free(dissect_connection *self)
{
    if (!self)
        return;
    for (int side = 0; side < 2; side++) {
        dissect_keys_free(self->initial[0][side]);
        dissect_keys_free(self->initial[1][side]);
    }
    free(self);
}

bool dissect_connection_retry(dissect_connection *self, const dissect_id *source)
{
    self->retry_source = *source;
    return add_initial(self, 1, source);
}

/* ---- the two hellos ---- */

static bool has(const dissect_crypto *crypto, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!(crypto->got[i / 8] >> i % 8 & 1))
            return false;
    return true;
}

/* What came first stays: RFC 9000 section 2.2 wants the same bytes again. */
static void keep(dissect_crypto *crypto, const dissect_frame *frame)
{
    for (size_t i = 0; i < frame->len && frame->offset + i < DISSECT_CRYPTO_BYTES; i++) {
        const size_t at = (size_t)frame->offset + i;
        if (crypto->got[at / 8] >> at % 8 & 1)
            continue;
        crypto->bytes[at] = frame->data[i];
        crypto->got[at / 8] |= (uint8_t)(1 << at % 8);
    }
}

static void read_client_hello(dissect_connection *self)
{
    const dissect_crypto *const crypto = &self->crypto[DISSECT_CLIENT];
    if (self->random_known || !has(crypto, 0, SESSION_AT) || crypto->bytes[0] != CLIENT_HELLO)
        return;
    memcpy(self->client_random, crypto->bytes + RANDOM_AT, sizeof self->client_random);
    self->random_known = true;
}

static void read_server_hello(dissect_connection *self)
{
    const dissect_crypto *const crypto = &self->crypto[DISSECT_SERVER];
    if (self->cipher != DISSECT_NO_CIPHER || !has(crypto, 0, SESSION_AT + 1) ||
        crypto->bytes[0] != SERVER_HELLO || crypto->bytes[SESSION_AT] > SESSION_MAX)
        return;
    const size_t at = SESSION_AT + 1 + (size_t)crypto->bytes[SESSION_AT];
    if (has(crypto, at, at + 2))
        self->cipher = dissect_cipher_of((uint16_t)(crypto->bytes[at] << 8 | crypto->bytes[at + 1]));
}

void dissect_connection_crypto(dissect_connection *self, dissect_side sender, const dissect_frame *frame)
{
    if (frame->offset >= DISSECT_CRYPTO_BYTES)
        return;
    keep(&self->crypto[sender], frame);
    if (sender == DISSECT_CLIENT)
        read_client_hello(self);
    else
        read_server_hello(self);
}

/* ---- keys ---- */

static dissect_keys *derive(dissect_cipher cipher, const dissect_secret *secret)
{
    return cipher == DISSECT_NO_CIPHER || secret->len == 0 ? NULL : dissect_keys_new(cipher, secret);
}

dissect_keys *dissect_secrets_handshake(dissect_secrets *self, dissect_cipher cipher, dissect_side sender)
{
    if (!self->handshake_keys[sender])
        self->handshake_keys[sender] = derive(cipher, &self->handshake[sender]);
    return self->handshake_keys[sender];
}

dissect_phases *dissect_secrets_data(dissect_secrets *self, dissect_cipher cipher, dissect_side sender)
{
    dissect_phases *const phases = &self->phases[sender];
    if (!phases->current)
        phases->current = derive(cipher, &self->traffic[sender]);
    return phases->current ? phases : NULL;
}

void dissect_secrets_fini(dissect_secrets *self)
{
    for (int side = 0; side < 2; side++) {
        dissect_keys_free(self->handshake_keys[side]);
        dissect_keys_free(self->phases[side].previous);
        dissect_keys_free(self->phases[side].current);
        dissect_keys_free(self->phases[side].next);
    }
}

void dissect_phases_turn(dissect_phases *phases, uint64_t number)
{
    dissect_keys_free(phases->previous);
    phases->previous = phases->current;
    phases->current = phases->next;
    phases->next = NULL;
    phases->phase = !phases->phase;
    phases->first_number = number;
}
