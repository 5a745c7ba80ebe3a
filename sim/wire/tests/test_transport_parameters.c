/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transport parameters: their encoding, and how the dissector comes by those of both endpoints. */
#include "core/tests/check.h"
#include "sim/wire/transport_parameters.h"

#include "sim/wire/tests/sealed.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "000102030405060708090a0b0c0d0e0f"

static transport_parameters read_hex(const char *hex)
{
    transport_parameters read;
    const sealed bytes = sealed_vector(hex);
    uint8_t *const exact = malloc(bytes.len + 1); /* one byte too far is seen by the sanitizer */
    CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
    memcpy(exact + 1, bytes.bytes, bytes.len);
    transport_parameters_read(exact + 1, bytes.len, &read);
    free(exact);
    return read;
}

static void test_defaults(void)
{
    const transport_parameters p = read_hex("");
    CU_ASSERT_TRUE(p.valid);
    CHECK(p.present, 0, "present");
    CHECK(p.max_udp_payload_size, 65527, "max_udp_payload_size");
    CHECK(p.ack_delay_exponent, 3, "ack_delay_exponent");
    CHECK(p.max_ack_delay_ms, 25, "max_ack_delay");
    CHECK(p.active_connection_id_limit, 2, "active_connection_id_limit");
    CHECK(p.max_idle_timeout_ms, 0, "max_idle_timeout");
}

static void test_all(void)
{
    const transport_parameters p = read_hex("0003010203"
                                            "010247d0"
                                            "0210" TOKEN "030245c0"
                                            "040105"
                                            "050106"
                                            "060107"
                                            "070108"
                                            "080109"
                                            "09010a"
                                            "0a0104"
                                            "0b0114"
                                            "0c00"
                                            "0e0107"
                                            "0f00"
                                            "10020405"
                                            "11086b3343cf00000001"
                                            "20024400"
                                            "7fff03aabbcc"); /* of no known identifier */
    CU_ASSERT_TRUE(p.valid);
    CHECK(p.present, UINT64_C(0x10003dfff), "present");
    CHECK(p.original_destination_connection_id.len, 3, "original_destination_connection_id");
    CHECK_HEX(p.original_destination_connection_id.bytes, "010203", "original_destination_connection_id");
    CHECK(p.max_idle_timeout_ms, 2000, "max_idle_timeout");
    CHECK_HEX(p.stateless_reset_token, TOKEN, "stateless_reset_token");
    CHECK(p.max_udp_payload_size, 1472, "max_udp_payload_size");
    CHECK(p.initial_max_data, 5, "initial_max_data");
    CHECK(p.initial_max_stream_data_bidi_local, 6, "bidi_local");
    CHECK(p.initial_max_stream_data_bidi_remote, 7, "bidi_remote");
    CHECK(p.initial_max_stream_data_uni, 8, "uni");
    CHECK(p.initial_max_streams_bidi, 9, "streams_bidi");
    CHECK(p.initial_max_streams_uni, 10, "streams_uni");
    CHECK(p.ack_delay_exponent, 4, "ack_delay_exponent");
    CHECK(p.max_ack_delay_ms, 20, "max_ack_delay");
    CU_ASSERT_TRUE(p.disable_active_migration);
    CHECK(p.active_connection_id_limit, 7, "active_connection_id_limit");
    CHECK(p.initial_source_connection_id.len, 0, "initial_source_connection_id");
    CU_ASSERT_TRUE(transport_parameters_has(&p, TRANSPORT_INITIAL_SOURCE_CONNECTION_ID));
    CU_ASSERT_FALSE(transport_parameters_has(&p, TRANSPORT_PREFERRED_ADDRESS));
    CHECK_HEX(p.retry_source_connection_id.bytes, "0405", "retry_source_connection_id");
    CHECK(p.chosen_version, 0x6b3343cf, "version_information");
    CHECK(p.max_datagram_frame_size, 1024, "max_datagram_frame_size");
}

static void test_preferred_address(void)
{
    const transport_parameters p = read_hex("0d2d"
                                            "c0000207" /* 192.0.2.7 */
                                            "1151"
                                            "00000000000000000000000000000000"
                                            "0000"
                                            "0407070707" TOKEN);
    const roam_addr wanted = {ROAM_FAMILY_IPV4, 4433, {192, 0, 2, 7}};
    CU_ASSERT_TRUE(p.valid);
    CHECK_ADDR(p.preferred_address.ipv4, wanted, "IPv4");
    CHECK(p.preferred_address.ipv6.family, ROAM_FAMILY_NONE, "no IPv6");
    CHECK(p.preferred_address.connection_id.len, 4, "connection ID");
    CHECK_HEX(p.preferred_address.connection_id.bytes, "07070707", "connection ID");
    CHECK_HEX(p.preferred_address.stateless_reset_token, TOKEN, "token");
}

/* What is not valid; max_idle_timeout of 5 ms stands after it, and is read where the lengths allow. */
static void test_invalid(void)
{
    static const struct {
        const char *hex, *why;
        uint64_t idle_ms;
    } cases[] = {{"0a0115010105", "ack_delay_exponent of 21", 5},
                 {"0b0480004000010105", "max_ack_delay of 2^14 ms", 5},
                 {"030244af010105", "max_udp_payload_size of 1199", 5},
                 {"0e0101010105", "active_connection_id_limit of 1", 5},
                 {"0808d000000000000001010105", "2^60 + 1 streams", 5},
                 {"0c0101010105", "a flag with content", 5},
                 {"02020102010105", "a token of 2 bytes", 5},
                 {"0b020505010105", "a number and one byte more", 5},
                 {"0f15010203040506070809101112131415161718192021010105", "an ID of 21 bytes", 5},
                 {"0d29"
                  "c00002071151"
                  "000000000000000000000000000000000000"
                  "00" TOKEN "010105",
                  "a preferred address with an empty connection ID", 5},
                 {"11050000000100010105", "versions of 5 bytes", 5},
                 {"010106010105", "twice", 6},
                 {"0408010105", "longer than the rest", 0},
                 {"04", "an identifier alone", 0},
                 {"0440", "half a length", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const transport_parameters p = read_hex(cases[i].hex);
        CHECK(p.valid, false, "%s", cases[i].why);
        CHECK(p.max_idle_timeout_ms, cases[i].idle_ms, "%s", cases[i].why);
    }
}

/* ---- in the dissector ---- */

#define HANDSHAKE_SECRET SEALED_NEXT_SECRET
/* EncryptedExtensions: server_name, then quic_transport_parameters with initial_max_data and a preferred
 * address with the connection ID 07070707. */
#define EXTENSIONS_BYTES 64
#define EXTENSIONS                                                                                           \
    "0800003c003a"                                                                                           \
    "00000000"                                                                                               \
    "00390032"                                                                                               \
    "040105"                                                                                                 \
    "0d2d0000000000000000000000000000000000000000000000000407070707" TOKEN

static void test_client(void)
{
    dissect *const d = sealed_begin();
    const sealed s = sealed_vector(dissect_vector_client_initial);
    CU_ASSERT_PTR_NULL(dissect_parameters(d, 0, DISSECT_CLIENT));
    CHECK(sealed_feed(d, &s).status, DISSECT_READ, "Initial");
    const transport_parameters *const p = dissect_parameters(d, 0, DISSECT_CLIENT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_TRUE(p->valid);
    CHECK(p->present, 0x83f2, "present");
    CHECK(p->max_idle_timeout_ms, 30000, "max_idle_timeout");
    CHECK(p->initial_max_data, UINT64_C(0x3fffffffffffffff), "initial_max_data");
    CHECK(p->initial_max_streams_bidi, 16, "initial_max_streams_bidi");
    CHECK_HEX(p->initial_source_connection_id.bytes, "8394c8f03e515708", "initial_source_connection_id");
    CU_ASSERT_PTR_NULL(dissect_parameters(d, 0, DISSECT_SERVER));
    CU_ASSERT_PTR_NULL(dissect_parameters(d, 1, DISSECT_CLIENT));
    dissect_free(d);
}

/* A server's Handshake packet: the bytes from..to of a CRYPTO stream. */
static sealed handshake(const char *hex, uint8_t from, uint8_t to, uint8_t number)
{
    uint8_t header[] = {0xe0, 0, 0, 0, 1, 4, 1, 2, 3, 4, 5, 9, 8, 7, 6, 5, 0x40, 0, number};
    char payload[6 + 2 * UINT8_MAX + 1] = "06";
    seal_keys keys;
    sealed_keys(HANDSHAKE_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    (void)snprintf(payload + 2, sizeof payload - 2, "40%02x40%02x%.*s", from, to - from, 2 * (to - from),
                   hex + 2 * (size_t)from);
    header[17] = (uint8_t)(1 + strlen(payload) / 2 + SEAL_TAG_BYTES);
    return sealed_packet(&keys, header, sizeof header, payload);
}

static dissect *connect_handshake(void)
{
    dissect *const d = sealed_connect();
    CU_ASSERT_EQUAL(
        dissect_keylog(d, "SERVER_HANDSHAKE_TRAFFIC_SECRET " SEALED_CLIENT_RANDOM " " HANDSHAKE_SECRET), 0);
    return d;
}

static sealed to_preferred(void)
{
    static const uint8_t id[] = {7, 7, 7, 7};
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    return sealed_one_rtt(&keys, id, sizeof id, 0x40, 0, "01000000");
}

/* In three packets, the last bytes first, and the middle ones overlapping: RFC 9000 section 9.6.1 gives the
 * connection ID of the preferred address the sequence number 1 without a NEW_CONNECTION_ID frame. */
static void test_server(void)
{
    dissect *const d = connect_handshake();
    const sealed use = to_preferred();
    const sealed last = handshake(EXTENSIONS, 40, EXTENSIONS_BYTES, 0);
    const sealed middle = handshake(EXTENSIONS, 15, 45, 1), first = handshake(EXTENSIONS, 0, 16, 2);
    CHECK(sealed_feed(d, &use).status, DISSECT_NO_CONNECTION, "before");
    CHECK(sealed_feed(d, &last).status, DISSECT_READ, "last bytes");
    CHECK(sealed_feed(d, &middle).status, DISSECT_READ, "middle");
    CU_ASSERT_PTR_NULL(dissect_parameters(d, 0, DISSECT_SERVER));
    CHECK(sealed_feed(d, &first).status, DISSECT_READ, "first bytes");
    const transport_parameters *const p = dissect_parameters(d, 0, DISSECT_SERVER);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CHECK(p->initial_max_data, 5, "initial_max_data");
    CHECK_HEX(p->preferred_address.connection_id.bytes, "07070707", "its connection ID");
    const dissect_packet used = sealed_feed(d, &use);
    CHECK(used.status, DISSECT_READ, "after");
    CHECK(used.sender, DISSECT_CLIENT, "to the server");
    CU_ASSERT_FALSE(dissect_failed(d));
    dissect_free(d);
}

/* Other messages, lengths that lead beyond, an extension that is not there: nothing is known, nothing is
 * read too far. */
static void test_not_there(void)
{
    static const char *const streams[] = {"0200003e003c0000000000390034",
                                          "08ffffff003c0000000000390034",
                                          "0800000c000a000000000038000200ff",
                                          "0800000800060039ffff040105",
                                          "08000040",
                                          "08000002ffff",
                                          "08000000"};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        dissect *const d = connect_handshake();
        const sealed s = handshake(streams[i], 0, (uint8_t)(strlen(streams[i]) / 2), 0);
        const sealed again = handshake(EXTENSIONS, 0, EXTENSIONS_BYTES, 1);
        CHECK(sealed_feed(d, &s).status, DISSECT_READ, "packet");
        CHECK(sealed_feed(d, &again).status, DISSECT_READ, "packet with other bytes in their place");
        CHECK(dissect_parameters(d, 0, DISSECT_SERVER) != NULL, false, "stream %zu", i);
        dissect_free(d);
    }
}

static const check_test TESTS[] = {
    {"defaults", test_defaults},  {"all", test_all},       {"preferred address", test_preferred_address},
    {"invalid", test_invalid},    {"client", test_client}, {"server", test_server},
    {"not there", test_not_there}};
CHECK_MAIN("transport parameters", TESTS)
