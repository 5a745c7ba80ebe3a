/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/transport_parameters.h"

#include "sim/wire/dissect_frames.h"

#include <string.h>

enum { GREASE_QUIC_BIT = 0x2ab2 }; /* RFC 9287 section 3 */
enum { IPV4_BYTES = 4, IPV6_BYTES = 16, IDENTIFIERS = 64 };

typedef enum kind { NUMBER, CONNECTION_ID, TOKEN, FLAG, ADDRESS, VERSIONS } kind;

/* One row for each parameter: where its value goes, and what a number may be. */
typedef struct field {
    uint64_t id;
    kind kind;
    size_t at;
    uint64_t least, most;
} field;

#define AT(name) offsetof(transport_parameters, name)
#define ANY 0, UINT64_MAX
#define STREAMS_MAX (UINT64_C(1) << 60) /* RFC 9000 section 4.6 */

static const field FIELDS[] = {
    {TRANSPORT_ORIGINAL_DESTINATION_CONNECTION_ID, CONNECTION_ID, AT(original_destination_connection_id),
     ANY},
    {TRANSPORT_MAX_IDLE_TIMEOUT, NUMBER, AT(max_idle_timeout_ms), ANY},
    {TRANSPORT_STATELESS_RESET_TOKEN, TOKEN, AT(stateless_reset_token), ANY},
    {TRANSPORT_MAX_UDP_PAYLOAD_SIZE, NUMBER, AT(max_udp_payload_size), 1200, UINT64_MAX},
    {TRANSPORT_INITIAL_MAX_DATA, NUMBER, AT(initial_max_data), ANY},
    {TRANSPORT_INITIAL_MAX_STREAM_DATA_BIDI_LOCAL, NUMBER, AT(initial_max_stream_data_bidi_local), ANY},
    {TRANSPORT_INITIAL_MAX_STREAM_DATA_BIDI_REMOTE, NUMBER, AT(initial_max_stream_data_bidi_remote), ANY},
    {TRANSPORT_INITIAL_MAX_STREAM_DATA_UNI, NUMBER, AT(initial_max_stream_data_uni), ANY},
    {TRANSPORT_INITIAL_MAX_STREAMS_BIDI, NUMBER, AT(initial_max_streams_bidi), 0, STREAMS_MAX},
    {TRANSPORT_INITIAL_MAX_STREAMS_UNI, NUMBER, AT(initial_max_streams_uni), 0, STREAMS_MAX},
    {TRANSPORT_ACK_DELAY_EXPONENT, NUMBER, AT(ack_delay_exponent), 0, 20},
    {TRANSPORT_MAX_ACK_DELAY, NUMBER, AT(max_ack_delay_ms), 0, (1 << 14) - 1},
    {TRANSPORT_DISABLE_ACTIVE_MIGRATION, FLAG, AT(disable_active_migration), ANY},
    {TRANSPORT_PREFERRED_ADDRESS, ADDRESS, AT(preferred_address), ANY},
    {TRANSPORT_ACTIVE_CONNECTION_ID_LIMIT, NUMBER, AT(active_connection_id_limit), 2, UINT64_MAX},
    {TRANSPORT_INITIAL_SOURCE_CONNECTION_ID, CONNECTION_ID, AT(initial_source_connection_id), ANY},
    {TRANSPORT_RETRY_SOURCE_CONNECTION_ID, CONNECTION_ID, AT(retry_source_connection_id), ANY},
    {TRANSPORT_VERSION_INFORMATION, VERSIONS, AT(chosen_version), ANY},
    {TRANSPORT_MAX_DATAGRAM_FRAME_SIZE, NUMBER, AT(max_datagram_frame_size), ANY},
    {GREASE_QUIC_BIT, FLAG, AT(grease_quic_bit), ANY},
};

/* ---- values ---- */

static bool read_number(dissect_reader *reader, const field *of, uint64_t *out)
{
    return dissect_read_varint(reader, out) && *out >= of->least && *out <= of->most;
}

static bool read_id(dissect_reader *reader, size_t len, dissect_id *out)
{
    const uint8_t *bytes;
    if (len > DISSECT_CONNECTION_ID_MAX || !dissect_read_bytes(reader, len, &bytes))
        return false;
    out->len = (uint8_t)len;
    memcpy(out->bytes, bytes, len);
    return true;
}

static bool read_token(dissect_reader *reader, uint8_t out[TRANSPORT_RESET_TOKEN_BYTES])
{
    const uint8_t *bytes;
    if (!dissect_read_bytes(reader, TRANSPORT_RESET_TOKEN_BYTES, &bytes))
        return false;
    memcpy(out, bytes, TRANSPORT_RESET_TOKEN_BYTES);
    return true;
}

/* An address and a port; all zero stands for none. */
static bool read_address(dissect_reader *reader, roam_family family, size_t len, roam_addr *out)
{
    static const uint8_t zeros[IPV6_BYTES + 2];
    const uint8_t *bytes;
    if (!dissect_read_bytes(reader, len + 2, &bytes))
        return false;
    if (memcmp(bytes, zeros, len + 2) == 0)
        return true;
    out->family = family;
    memcpy(out->bytes, bytes, len);
    out->port = (uint16_t)(bytes[len] << 8 | bytes[len + 1]);
    return true;
}

/* RFC 9000 section 18.2, figure 22. A connection ID of length zero is an error (section 18.2). */
static bool read_preferred(dissect_reader *reader, transport_parameters *out)
{
    uint8_t id_len;
    return read_address(reader, ROAM_FAMILY_IPV4, IPV4_BYTES, &out->preferred_address.ipv4) &&
           read_address(reader, ROAM_FAMILY_IPV6, IPV6_BYTES, &out->preferred_address.ipv6) &&
           dissect_read_byte(reader, &id_len) && id_len > 0 &&
           read_id(reader, id_len, &out->preferred_address.connection_id) &&
           read_token(reader, out->preferred_address.stateless_reset_token);
}

static bool read_versions(dissect_reader *reader, uint32_t *chosen)
{
    const uint8_t *bytes;
    if (reader->left % 4 != 0 || !dissect_read_bytes(reader, 4, &bytes))
        return false;
    *chosen = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return dissect_read_bytes(reader, reader->left, &bytes);
}

static bool read_value(dissect_reader *reader, const field *of, transport_parameters *out)
{
    void *const to = (uint8_t *)out + of->at;
    switch (of->kind) {
    case NUMBER:
        return read_number(reader, of, to);
    case CONNECTION_ID:
        return read_id(reader, reader->left, to);
    case TOKEN:
        return read_token(reader, to);
    case FLAG:
        *(bool *)to = true;
        return true;
    case ADDRESS:
        return read_preferred(reader, out);
    case VERSIONS:
        return read_versions(reader, to);
    }
    return false;
}

/* ---- all ---- */

static const field *field_of(uint64_t id)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (FIELDS[i].id == id)
            return &FIELDS[i];
    return NULL;
}

static bool read_one(dissect_reader *reader, transport_parameters *out)
{
    uint64_t id, len;
    dissect_reader value = {NULL, 0};
    if (!dissect_read_varint(reader, &id) || !dissect_read_varint(reader, &len) || len > reader->left ||
        !dissect_read_bytes(reader, (size_t)len, &value.at)) {
        reader->left = 0;
        return false;
    }
    value.left = (size_t)len;
    const field *const of = field_of(id);
    if (!of)
        return true;
    const uint64_t bit = id < IDENTIFIERS ? UINT64_C(1) << id : 0;
    if (out->present & bit || (id == GREASE_QUIC_BIT && out->grease_quic_bit))
        return false;
    out->present |= bit;
    return read_value(&value, of, out) && value.left == 0;
}

void transport_parameters_read(const uint8_t *bytes, size_t len, transport_parameters *out)
{
    dissect_reader reader = {bytes, len};
    *out = (transport_parameters){.valid = true,
                                  .max_udp_payload_size = 65527,
                                  .ack_delay_exponent = 3,
                                  .max_ack_delay_ms = 25,
                                  .active_connection_id_limit = 2};
    while (reader.left > 0)
        if (!read_one(&reader, out))
            out->valid = false;
}

bool transport_parameters_has(const transport_parameters *self, transport_parameter which)
{
    return self->present >> which & 1;
}
