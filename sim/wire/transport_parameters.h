/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport parameters of an endpoint (RFC 9000 section 18), as its TLS message carries them. */
#ifndef SIM_WIRE_TRANSPORT_PARAMETERS_H
#define SIM_WIRE_TRANSPORT_PARAMETERS_H

#include "sim/wire/dissect.h"

#define TRANSPORT_RESET_TOKEN_BYTES 16

/* Identifiers: RFC 9000 section 18.2, RFC 9221 section 3, RFC 9368 section 3. All are below 64. */
typedef enum transport_parameter {
    TRANSPORT_ORIGINAL_DESTINATION_CONNECTION_ID = 0x00,
    TRANSPORT_MAX_IDLE_TIMEOUT = 0x01,
    TRANSPORT_STATELESS_RESET_TOKEN = 0x02,
    TRANSPORT_MAX_UDP_PAYLOAD_SIZE = 0x03,
    TRANSPORT_INITIAL_MAX_DATA = 0x04,
    TRANSPORT_INITIAL_MAX_STREAM_DATA_BIDI_LOCAL = 0x05,
    TRANSPORT_INITIAL_MAX_STREAM_DATA_BIDI_REMOTE = 0x06,
    TRANSPORT_INITIAL_MAX_STREAM_DATA_UNI = 0x07,
    TRANSPORT_INITIAL_MAX_STREAMS_BIDI = 0x08,
    TRANSPORT_INITIAL_MAX_STREAMS_UNI = 0x09,
    TRANSPORT_ACK_DELAY_EXPONENT = 0x0a,
    TRANSPORT_MAX_ACK_DELAY = 0x0b,
    TRANSPORT_DISABLE_ACTIVE_MIGRATION = 0x0c,
    TRANSPORT_PREFERRED_ADDRESS = 0x0d,
    TRANSPORT_ACTIVE_CONNECTION_ID_LIMIT = 0x0e,
    TRANSPORT_INITIAL_SOURCE_CONNECTION_ID = 0x0f,
    TRANSPORT_RETRY_SOURCE_CONNECTION_ID = 0x10,
    TRANSPORT_VERSION_INFORMATION = 0x11,
    TRANSPORT_MAX_DATAGRAM_FRAME_SIZE = 0x20
} transport_parameter;

/* Parameters that are not there have the values that RFC 9000 section 18.2 says; where it says none, 0. */
struct transport_parameters {
    uint64_t present; /* a bit for each transport_parameter that is there */
    /* False: the encoding is cut short, a parameter is there twice (section 7.4), has a length that it cannot
     * have, or a value that section 18.2 calls invalid. What can be read is set all the same. */
    bool valid;
    dissect_id original_destination_connection_id;
    dissect_id initial_source_connection_id;
    dissect_id retry_source_connection_id;
    uint64_t max_idle_timeout_ms; /* 0: none */
    uint64_t max_udp_payload_size;
    uint64_t initial_max_data;
    uint64_t initial_max_stream_data_bidi_local;
    uint64_t initial_max_stream_data_bidi_remote;
    uint64_t initial_max_stream_data_uni;
    uint64_t initial_max_streams_bidi;
    uint64_t initial_max_streams_uni;
    uint64_t ack_delay_exponent;
    uint64_t max_ack_delay_ms;
    uint64_t active_connection_id_limit;
    uint64_t max_datagram_frame_size;
    uint32_t chosen_version; /* version_information */
    bool disable_active_migration;
    bool grease_quic_bit; /* RFC 9287 section 3; the only one without a bit in present */
    uint8_t stateless_reset_token[TRANSPORT_RESET_TOKEN_BYTES];
    struct {
        roam_addr ipv4, ipv6; /* ROAM_FAMILY_NONE: not given, all bytes zero */
        dissect_id connection_id;
        uint8_t stateless_reset_token[TRANSPORT_RESET_TOKEN_BYTES];
    } preferred_address;
};

/* Reads the content of a quic_transport_parameters extension (RFC 9001 section 8.2), which may be hostile.
 * Parameters of other identifiers are skipped. */
void transport_parameters_read(const uint8_t *bytes, size_t len, transport_parameters *out);

bool transport_parameters_has(const transport_parameters *parameters, transport_parameter which);

#endif
