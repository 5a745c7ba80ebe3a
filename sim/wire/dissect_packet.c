/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_packet.h"

#include "sim/wire/dissect_frames.h"
#include "sim/wire/dissect_keys.h"
#include "sim/wire/dissect_version.h"

#include <string.h>

enum { FIXED_BIT = 0x40 };
#define NUMBERS_END (UINT64_C(1) << 62) /* RFC 9000 section 12.3 */

const char *dissect_packet_type_name(dissect_packet_type type)
{
    switch (type) {
    case DISSECT_INITIAL:
        return "initial";
    case DISSECT_ZERO_RTT:
        return "0RTT";
    case DISSECT_HANDSHAKE:
        return "handshake";
    case DISSECT_RETRY:
        return "retry";
    case DISSECT_VERSION_NEGOTIATION:
        return "version_negotiation";
    case DISSECT_ONE_RTT:
        return "1RTT";
    case DISSECT_OTHER_VERSION:
        return "unknown";
    }
    return "unknown";
}

const char *dissect_status_name(dissect_status status)
{
    switch (status) {
    case DISSECT_READ:
        return "read";
    case DISSECT_BAD_FRAMES:
        return "frames not well-formed";
    case DISSECT_CLEAR:
        return "not encrypted";
    case DISSECT_NO_CONNECTION:
        return "of no known connection";
    case DISSECT_NO_ROOM:
        return "of a connection beyond the limit";
    case DISSECT_NO_KEYS:
        return "no keys";
    case DISSECT_NOT_AUTHENTIC:
        return "not authentic";
    case DISSECT_MALFORMED:
        return "not a QUIC packet";
    case DISSECT_NOT_READ:
        return "of another version";
    }
    return "unknown";
}

static bool read_id(dissect_reader *reader, dissect_id *out)
{
    const uint8_t *bytes;
    uint8_t len;
    if (!dissect_read_byte(reader, &len) || len > DISSECT_CONNECTION_ID_MAX ||
        !dissect_read_bytes(reader, len, &bytes))
        return false;
    out->len = len;
    memcpy(out->bytes, bytes, len);
    return true;
}

static bool read_version(dissect_reader *reader, uint32_t *out)
{
    const uint8_t *bytes;
    if (!dissect_read_bytes(reader, 4, &bytes))
        return false;
    *out = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

/* What comes after the connection IDs of a packet that is encrypted. */
static bool read_length(dissect_reader *reader, dissect_packet *out, const uint8_t *start, size_t *number_at)
{
    uint64_t len;
    if (out->type == DISSECT_INITIAL) {
        if (!dissect_read_varint(reader, &len) || len > reader->left ||
            !dissect_read_bytes(reader, (size_t)len, &out->token))
            return false;
        out->token_len = (size_t)len;
        if (len == 0)
            out->token = NULL;
    }
    if (!dissect_read_varint(reader, &len) || len > reader->left)
        return false;
    *number_at = (size_t)(reader->at - start);
    out->size = *number_at + (size_t)len;
    out->status = DISSECT_NO_CONNECTION;
    return true;
}

static bool read_retry(const dissect_reader *reader, dissect_packet *out)
{
    if (reader->left <= DISSECT_TAG_BYTES)
        return false;
    out->token = reader->at;
    out->token_len = reader->left - DISSECT_TAG_BYTES;
    out->status = DISSECT_NO_CONNECTION;
    return true;
}

void dissect_packet_read_long(const uint8_t *bytes, size_t len, dissect_packet *out, size_t *number_at)
{
    dissect_reader reader = {bytes + 1, len - 1};
    out->type = DISSECT_OTHER_VERSION;
    out->status = DISSECT_MALFORMED;
    out->size = len;
    *number_at = 0;
    if (!read_version(&reader, &out->version))
        return;
    const dissect_version *const version = dissect_version_of(out->version);
    if (out->version == 0)
        out->type = DISSECT_VERSION_NEGOTIATION;
    else if (version)
        out->type = version->types[bytes[0] >> 4 & 3];
    else
        out->status = DISSECT_NOT_READ;
    if (!read_id(&reader, &out->destination) || !read_id(&reader, &out->source))
        return;
    if (out->version == 0 && reader.left > 0 && reader.left % 4 == 0)
        out->status = DISSECT_CLEAR;
    if (!version)
        return;
    if (out->type != DISSECT_RETRY)
        (void)read_length(&reader, out, bytes, number_at);
    else if (bytes[0] & FIXED_BIT)
        (void)read_retry(&reader, out);
}

uint64_t dissect_packet_number(uint64_t expected, uint64_t truncated, size_t number_len)
{
    const uint64_t window = UINT64_C(1) << 8 * number_len;
    const uint64_t half = window / 2;
    const uint64_t candidate = (expected & ~(window - 1)) | truncated;
    if (candidate + half <= expected && candidate < NUMBERS_END - window)
        return candidate + window;
    if (candidate > expected + half && candidate >= window)
        return candidate - window;
    return candidate;
}
