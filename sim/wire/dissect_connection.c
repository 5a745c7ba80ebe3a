/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_connection.h"

#include <stdlib.h>
#include <string.h>

dissect_keys *dissect_connection_initial(dissect_connection *self, bool after_retry,
                                         const dissect_version *version, dissect_side sender)
{
    dissect_keys **const keys = &self->initial[after_retry][version->index][sender];
    dissect_secret secret;
    if (after_retry && !self->retried)
        return NULL;
    if (!*keys && dissect_initial_secret(
                      version, after_retry ? &self->retry_source : &self->first_destination, sender, &secret))
        *keys = dissect_keys_new(version, DISSECT_AES_128_GCM, &secret);
    return *keys;
}

dissect_connection *dissect_connection_new(const dissect_version *version,
                                           const dissect_id *first_destination)
{
    dissect_connection *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->first_version = self->version = version;
    self->first_destination = *first_destination;
    return self;
}

static void drop(dissect_keys **keys)
{
    dissect_keys_free(*keys);
    *keys = NULL;
}

void dissect_connection_rest(dissect_connection *self, dissect_secrets *secrets)
{
    for (int side = 0; side < 2; side++) {
        for (int version = 0; version < DISSECT_VERSIONS; version++) {
            drop(&self->initial[0][version][side]);
            drop(&self->initial[1][version][side]);
        }
        drop(&secrets->handshake_keys[side]);
    }
}

void dissect_connection_free(dissect_connection *self)
{
    if (!self)
        return;
    for (int side = 0; side < 2; side++) {
        for (int version = 0; version < DISSECT_VERSIONS; version++) {
            dissect_keys_free(self->initial[0][version][side]);
            dissect_keys_free(self->initial[1][version][side]);
        }
        dissect_crypto_fini(&self->hello[side]);
        free(self->parameters[side]);
        free(self->routes[side]);
    }
    dissect_crypto_fini(&self->extensions);
    free(self);
}

void dissect_connection_retry(dissect_connection *self, const dissect_id *source)
{
    self->retried = true;
    self->retry_source = *source;
}

/* ---- CRYPTO streams ---- */

/* True: nothing more of the stream is needed for them. */
static bool take_parameters(dissect_connection *self, const dissect_crypto *crypto, dissect_side side,
                            bool *no_memory)
{
    transport_parameters read;
    const dissect_tls_status status = dissect_tls_parameters(crypto, side, &read);
    if (status != DISSECT_TLS_DONE)
        return status == DISSECT_TLS_NEVER;
    if (!self->parameters[side])
        self->parameters[side] = malloc(sizeof read);
    if (self->parameters[side])
        *self->parameters[side] = read;
    else
        *no_memory = true;
    return true;
}

static bool take_client_hello(dissect_connection *self, bool *no_memory)
{
    const dissect_crypto *const crypto = &self->hello[DISSECT_CLIENT];
    if (!self->random_known)
        self->random_known = dissect_tls_client_random(crypto, self->client_random);
    return take_parameters(self, crypto, DISSECT_CLIENT, no_memory);
}

static bool take_server_hello(dissect_connection *self, const dissect_packet *packet)
{
    if (!dissect_tls_cipher_suite(&self->hello[DISSECT_SERVER], &self->cipher_suite))
        return false;
    self->version = dissect_version_of(packet->version);
    self->cipher = dissect_cipher_of(self->cipher_suite);
    return true;
}

bool dissect_connection_crypto(dissect_connection *self, const dissect_packet *packet,
                               const dissect_frame *frame)
{
    const bool is_hello = packet->type == DISSECT_INITIAL;
    dissect_crypto *const crypto = is_hello ? &self->hello[packet->sender] : &self->extensions;
    bool *const done = is_hello ? &self->hello_read[packet->sender] : &self->extensions_read;
    bool no_memory = false;
    if (*done || (!is_hello && packet->sender == DISSECT_CLIENT))
        return true;
    if (!dissect_crypto_add(crypto, frame))
        return false;
    if (!is_hello)
        *done = take_parameters(self, crypto, DISSECT_SERVER, &no_memory);
    else if (packet->sender == DISSECT_CLIENT)
        *done = take_client_hello(self, &no_memory);
    else
        *done = take_server_hello(self, packet);
    if (*done)
        dissect_crypto_fini(crypto);
    return !no_memory;
}

void dissect_connection_turn(dissect_connection *self, uint32_t secrets)
{
    self->secrets = secrets;
    self->extensions_read = false;
    dissect_crypto_fini(&self->extensions);
}

/* ---- keys ---- */

static dissect_keys *derive(const dissect_version *version, dissect_cipher cipher,
                            const dissect_secret *secret)
{
    return cipher == DISSECT_NO_CIPHER || secret->len == 0 ? NULL : dissect_keys_new(version, cipher, secret);
}

dissect_keys *dissect_secrets_early(dissect_secrets *self, const dissect_connection *of, size_t cipher)
{
    if (!self->early_keys[cipher])
        self->early_keys[cipher] = derive(of->first_version, DISSECT_CIPHER[cipher], &self->early);
    return self->early_keys[cipher];
}

dissect_keys *dissect_secrets_handshake(dissect_secrets *self, const dissect_connection *of,
                                        dissect_side sender)
{
    if (!self->handshake_keys[sender])
        self->handshake_keys[sender] = derive(of->version, of->cipher, &self->handshake[sender]);
    return self->handshake_keys[sender];
}

dissect_phases *dissect_secrets_data(dissect_secrets *self, const dissect_connection *of, dissect_side sender)
{
    dissect_phases *const phases = &self->phases[sender];
    if (!phases->current)
        phases->current = derive(of->version, of->cipher, &self->traffic[sender]);
    return phases->current ? phases : NULL;
}

void dissect_secrets_fini(dissect_secrets *self)
{
    for (size_t i = 0; i < DISSECT_CIPHERS; i++)
        dissect_keys_free(self->early_keys[i]);
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
