/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_tls.h"

#include "sim/wire/dissect_frames.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, ENCRYPTED_EXTENSIONS = 8 };
enum { HEADER = 4, VERSION = 2, SESSION_MAX = 32 };
enum { RANDOM_AT = HEADER + VERSION, SESSION_AT = RANDOM_AT + DISSECT_CLIENT_RANDOM_BYTES };
enum { QUIC_TRANSPORT_PARAMETERS = 0x39 }; /* RFC 9001 section 8.2 */
enum { CAPACITY_MIN = 512 };

/* ---- the stream ---- */

void dissect_crypto_fini(dissect_crypto *self)
{
    free(self->bytes);
    free(self->got);
    *self = (dissect_crypto){.bytes = NULL};
}

static bool reserve(dissect_crypto *self, size_t wanted)
{
    size_t capacity = self->capacity ? self->capacity : CAPACITY_MIN;
    while (capacity < wanted)
        capacity *= 2;
    if (capacity == self->capacity)
        return true;
    uint8_t *const bytes = realloc(self->bytes, capacity);
    if (!bytes)
        return false;
    self->bytes = bytes;
    uint8_t *const got = realloc(self->got, capacity / 8);
    if (!got)
        return false;
    self->got = got;
    memset(got + self->capacity / 8, 0, (capacity - self->capacity) / 8);
    self->capacity = capacity;
    return true;
}

static bool has(const dissect_crypto *self, size_t at)
{
    return self->got[at / 8] >> at % 8 & 1;
}

bool dissect_crypto_add(dissect_crypto *self, const dissect_frame *frame)
{
    if (frame->offset >= DISSECT_CRYPTO_MAX || frame->len == 0)
        return true;
    const size_t start = (size_t)frame->offset;
    const size_t len = frame->len < DISSECT_CRYPTO_MAX - start ? frame->len : DISSECT_CRYPTO_MAX - start;
    if (!reserve(self, start + len))
        return false;
    for (size_t at = start; at < start + len; at++) {
        if (has(self, at))
            continue;
        self->bytes[at] = frame->data[at - start];
        self->got[at / 8] |= (uint8_t)(1 << at % 8);
    }
    while (self->ready < self->capacity && has(self, self->ready))
        self->ready++;
    return true;
}

/* ---- the two hellos ---- */

bool dissect_tls_client_random(const dissect_crypto *crypto, uint8_t out[DISSECT_CLIENT_RANDOM_BYTES])
{
    if (crypto->ready < SESSION_AT || crypto->bytes[0] != CLIENT_HELLO)
        return false;
    memcpy(out, crypto->bytes + RANDOM_AT, DISSECT_CLIENT_RANDOM_BYTES);
    return true;
}

bool dissect_tls_cipher_suite(const dissect_crypto *crypto, uint16_t *out)
{
    if (crypto->ready <= SESSION_AT || crypto->bytes[0] != SERVER_HELLO ||
        crypto->bytes[SESSION_AT] > SESSION_MAX)
        return false;
    const size_t at = SESSION_AT + 1 + (size_t)crypto->bytes[SESSION_AT];
    if (crypto->ready < at + 2)
        return false;
    *out = (uint16_t)(crypto->bytes[at] << 8 | crypto->bytes[at + 1]);
    return true;
}

/* ---- extensions ---- */

static bool read_number(dissect_reader *reader, size_t bytes, size_t *out)
{
    const uint8_t *at;
    if (!dissect_read_bytes(reader, bytes, &at))
        return false;
    *out = 0;
    for (size_t i = 0; i < bytes; i++)
        *out = *out << 8 | at[i];
    return true;
}

/* A vector behind a length of so many bytes (RFC 8446 section 3.4). */
static bool read_vector(dissect_reader *reader, size_t length_bytes, dissect_reader *out)
{
    size_t len;
    if (!read_number(reader, length_bytes, &len) || !dissect_read_bytes(reader, len, &out->at))
        return false;
    out->left = len;
    return true;
}

/* Up to the extensions of a ClientHello: version, random, session ID, cipher suites, compression methods. */
static bool skip_hello(dissect_reader *reader)
{
    const uint8_t *skipped;
    dissect_reader vector;
    return dissect_read_bytes(reader, VERSION + DISSECT_CLIENT_RANDOM_BYTES, &skipped) &&
           read_vector(reader, 1, &vector) && read_vector(reader, 2, &vector) &&
           read_vector(reader, 1, &vector);
}

static bool find_extension(dissect_reader *extensions, size_t wanted, dissect_reader *out)
{
    size_t type;
    while (read_number(extensions, 2, &type) && read_vector(extensions, 2, out))
        if (type == wanted)
            return true;
    return false;
}

dissect_tls_status dissect_tls_parameters(const dissect_crypto *crypto, dissect_side side,
                                          transport_parameters *out)
{
    dissect_reader stream = {crypto->bytes, crypto->ready}, extensions, content;
    size_t type, len;
    if (!read_number(&stream, 1, &type) || !read_number(&stream, HEADER - 1, &len))
        return DISSECT_TLS_INCOMPLETE;
    if (type != (side == DISSECT_CLIENT ? CLIENT_HELLO : ENCRYPTED_EXTENSIONS) ||
        len > DISSECT_CRYPTO_MAX - HEADER)
        return DISSECT_TLS_NEVER;
    if (len > stream.left)
        return DISSECT_TLS_INCOMPLETE;
    stream.left = len;
    if ((side == DISSECT_CLIENT && !skip_hello(&stream)) || !read_vector(&stream, 2, &extensions) ||
        !find_extension(&extensions, QUIC_TRANSPORT_PARAMETERS, &content))
        return DISSECT_TLS_NEVER;
    transport_parameters_read(content.at, content.left, out);
    return DISSECT_TLS_DONE;
}
