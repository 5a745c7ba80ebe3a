/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/tests/sealed.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <string.h>

const uint8_t SEALED_CLIENT_ID[4] = {1, 2, 3, 4};
const uint8_t SEALED_SERVER_ID[5] = {9, 8, 7, 6, 5};

sealed sealed_vector(const char *hex)
{
    sealed s;
    s.len = check_bytes_of(hex, s.bytes);
    return s;
}

dissect *sealed_begin(void)
{
    dissect *d = NULL;
    CU_ASSERT_EQUAL_FATAL(dissect_new(NULL, &d), 0);
    return d;
}

/* The only packet of a datagram. */
dissect_packet sealed_feed(dissect *d, const sealed *s)
{
    const dissect_view *const view = dissect_datagram(d, s->bytes, s->len);
    CU_ASSERT_EQUAL_FATAL(view->packet_count, 1);
    return view->packets[0];
}

dissect_packet sealed_feed_at(dissect *d, const dissect_where *where, const sealed *s)
{
    const dissect_view *const view = dissect_datagram_at(d, where, s->bytes, s->len);
    CU_ASSERT_EQUAL_FATAL(view->packet_count, 1);
    return view->packets[0];
}

/* Likewise, as it comes to somebody who passes it on. */
dissect_packet sealed_pass(dissect *d, const sealed *s)
{
    const dissect_view *const view = dissect_arrival(d, s->bytes, s->len);
    CU_ASSERT_EQUAL_FATAL(view->packet_count, 1);
    return view->packets[0];
}

/* Likewise, as it comes to its receiver. */
dissect_packet sealed_arrive(dissect *d, const sealed *s)
{
    const dissect_packet packet = sealed_pass(d, s);
    dissect_arrived(d, &packet);
    return packet;
}

void sealed_keys(const char *secret_hex, seal_cipher cipher, seal_keys *out)
{
    uint8_t secret[SEAL_SECRET_BYTES];
    (void)check_bytes_of(secret_hex, secret);
    CU_ASSERT_EQUAL_FATAL(seal_keys_init(out, cipher, secret), 0);
}

sealed sealed_packet(const seal_keys *keys, const uint8_t *header, size_t header_len, const char *payload_hex)
{
    const sealed payload = sealed_vector(payload_hex);
    sealed s;
    const seal_packet packet = {.header = header,
                                .header_len = header_len,
                                .number_len = 1,
                                .number = header[header_len - 1],
                                .payload = payload.bytes,
                                .payload_len = payload.len};
    CU_ASSERT_EQUAL_FATAL(packet_seal(keys, &packet, s.bytes, sizeof s.bytes, &s.len), 0);
    return s;
}

static size_t put_id(uint8_t *out, const uint8_t *id, size_t len)
{
    out[0] = (uint8_t)len;
    memcpy(out + 1, id, len);
    return 1 + len;
}

sealed sealed_long(const seal_keys *keys, const sealed_header *of, const char *payload_hex)
{
    static const uint8_t none = 0;
    uint8_t header[64] = {of->first, (uint8_t)(of->version >> 24), (uint8_t)(of->version >> 16),
                          (uint8_t)(of->version >> 8), (uint8_t)of->version};
    size_t at = 5;
    at += put_id(header + at, of->destination_len ? of->destination : &none, of->destination_len);
    at += put_id(header + at, of->source_len ? of->source : &none, of->source_len);
    if (of->initial)
        header[at++] = 0;
    const size_t len = 1 + strlen(payload_hex) / 2 + SEAL_TAG_BYTES;
    header[at++] = (uint8_t)(0x40 | len >> 8);
    header[at++] = (uint8_t)len;
    header[at++] = of->number;
    return sealed_packet(keys, header, at, payload_hex);
}

/* Client's Initial with source CLIENT_ID: its ClientHello in two CRYPTO frames, the second part first. */
sealed sealed_client_initial(bool second_half)
{
    const uint8_t header[] = {0xc0,       0,
                              0,          0,
                              1,          8,
                              0x83,       0x94,
                              0xc8,       0xf0,
                              0x3e,       0x51,
                              0x57,       0x08,
                              4,          1,
                              2,          3,
                              4,          0,
                              0x40,       second_half ? 1 + 3 + 18 + 16 : 1 + 4 + 20 + 16,
                              second_half};
    seal_keys keys;
    sealed_keys("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", SEAL_AES_128_GCM, &keys);
    return sealed_packet(&keys, header, sizeof header,
                         second_half ? "061412"
                                       "c40bb863cfd3e86804fe3a47f06a2b69484c"
                                     : "06004014"
                                       "010000ed0303ebf8fa56f12939b9584a3896472e");
}

/* Server's Initial: a ServerHello with TLS_CHACHA20_POLY1305_SHA256, up to its cipher suite. */
sealed sealed_server_initial(void)
{
    const uint8_t header[] = {0xc0, 0, 0, 0, 1, 4, 1, 2, 3, 4, 5, 9, 8, 7, 6, 5, 0, 0x40, 1 + 3 + 41 + 16, 0};
    seal_keys keys;
    sealed_keys(SEALED_SERVER_INITIAL, SEAL_AES_128_GCM, &keys);
    return sealed_packet(&keys, header, sizeof header,
                         "060029"
                         "020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12"
                         "00"
                         "1303");
}

sealed sealed_one_rtt(const seal_keys *keys, const uint8_t *id, size_t id_len, uint8_t first, uint8_t number,
                      const char *payload_hex)
{
    uint8_t header[2 + DISSECT_CONNECTION_ID_MAX] = {first};
    if (id_len > 0)
        memcpy(header + 1, id, id_len);
    header[1 + id_len] = number;
    return sealed_packet(keys, header, id_len + 2, payload_hex);
}

/* Up to the keys of 1-RTT. */
dissect *sealed_connect_with(const dissect_options *options)
{
    dissect *d = NULL;
    CU_ASSERT_EQUAL_FATAL(dissect_new(options, &d), 0);
    const sealed first = sealed_client_initial(false), second = sealed_client_initial(true),
                 answer = sealed_server_initial();
    CHECK(sealed_feed(d, &second).status, DISSECT_READ, "first Initial");
    CHECK(sealed_feed(d, &first).status, DISSECT_READ, "second Initial");
    CHECK(sealed_feed(d, &answer).status, DISSECT_READ, "server's Initial");
    CHECK(dissect_connection_count(d), 1, "one connection");
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET), 0);
    return d;
}

dissect *sealed_connect(void)
{
    return sealed_connect_with(NULL);
}
