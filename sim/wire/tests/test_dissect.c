/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dissector against RFC 9001 Appendix A, and with packets sealed here. */
#include "core/tests/check.h"
#include "sim/wire/dissect_keys.h"
#include "sim/wire/dissect_packet.h"
#include "sim/wire/tests/dissect_vectors.h"
#include "sim/wire/tests/sealed.h"

#include <CUnit/Basic.h>
#include <string.h>

#define V1 dissect_version_of(1)

/* ---- RFC 9001 Appendix A ---- */

static void test_initial_secrets(void)
{
    const dissect_id id = {8, {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}};
    dissect_secret secret;
    CU_ASSERT_TRUE(dissect_initial_secret(V1, &id, DISSECT_CLIENT, &secret));
    CHECK_HEX(secret.bytes, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "client in");
    CU_ASSERT_TRUE(dissect_initial_secret(V1, &id, DISSECT_SERVER, &secret));
    CHECK_HEX(secret.bytes, SEALED_SERVER_INITIAL, "server in");
}

static void test_client_initial(void)
{
    dissect *const d = sealed_begin();
    const sealed s = sealed_vector(dissect_vector_client_initial);
    const dissect_packet p = sealed_feed(d, &s);
    CHECK(p.status, DISSECT_READ, "status");
    CHECK(p.type, DISSECT_INITIAL, "type");
    CHECK(p.number, 2, "number");
    CHECK(p.first_byte, 0xc3, "first byte");
    CHECK(p.sender, DISSECT_CLIENT, "sender");
    CHECK(p.connection, 0, "connection");
    CHECK(p.size, 1200, "size");
    CHECK(p.frame_count, 2, "frames");
    CHECK(p.frames[0].type, DISSECT_CRYPTO, "crypto");
    CHECK(p.frames[0].len, 241, "crypto length");
    CHECK_HEX(p.frames[0].data, "010000ed0303" SEALED_CLIENT_RANDOM, "client hello");
    CHECK(p.frames[1].type, DISSECT_PADDING, "padding");
    CHECK(p.frames[1].wire_len, 1162 - 245, "padding length");
    dissect_free(d);
}

static void test_server_initial(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_client_initial);
    sealed s = sealed_vector(dissect_vector_server_initial);
    /* Its destination is the client's connection ID, which has length zero: nothing can be known of it. */
    (void)sealed_feed(d, &client);
    CHECK(sealed_feed(d, &s).status, DISSECT_NO_CONNECTION, "empty destination");
    dissect_free(d);

    dissect_secret secret = {.len = 32};
    (void)check_bytes_of(SEALED_SERVER_INITIAL, secret.bytes);
    dissect_keys *const keys = dissect_keys_new(V1, DISSECT_AES_128_GCM, &secret);
    uint8_t mask[DISSECT_MASK_BYTES], clear[DISSECT_VECTOR_MAX];
    CU_ASSERT_PTR_NOT_NULL_FATAL(keys);
    dissect_keys_mask(keys, s.bytes + 18 + 4, mask);
    CHECK_HEX(mask, "2ec0d8356a", "mask");
    s.bytes[0] = 0xc1;
    s.bytes[18] = 0;
    s.bytes[19] = 1;
    dissect_sealed protected = {1, s.bytes, 20, s.bytes + 20, s.len - 20};
    CU_ASSERT_TRUE(dissect_keys_open(keys, &protected, clear));
    CHECK_HEX(clear,
              "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a"
              "1200130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a"
              "002b00020304",
              "payload");
    protected.number = 2;
    CU_ASSERT_FALSE(dissect_keys_open(keys, &protected, clear));
    dissect_keys_free(keys);
}

static void test_retry(void)
{
    const dissect_id id = {8, {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}};
    sealed s = sealed_vector(dissect_vector_retry);
    CU_ASSERT_TRUE(dissect_retry_is_authentic(V1, &id, s.bytes, s.len));
    s.bytes[s.len - 1] ^= 1;
    CU_ASSERT_FALSE(dissect_retry_is_authentic(V1, &id, s.bytes, s.len));
}

static void test_chacha20(void)
{
    const sealed s = sealed_vector(dissect_vector_chacha20);
    dissect_secret secret = {.len = 32};
    uint8_t mask[DISSECT_MASK_BYTES], clear[1];
    (void)check_bytes_of(SEALED_SECRET, secret.bytes);
    dissect_keys *const keys = dissect_keys_new(V1, DISSECT_CHACHA20_POLY1305, &secret);
    CU_ASSERT_PTR_NOT_NULL_FATAL(keys);
    dissect_keys_mask(keys, s.bytes + 1 + 4, mask);
    CHECK_HEX(mask, "aefefe7d03", "mask");
    const uint8_t header[] = {0x42, 0x00, 0xbf, 0xf4};
    const dissect_sealed protected = {654360564, header, 4, s.bytes + 4, s.len - 4};
    CU_ASSERT_TRUE(dissect_keys_open(keys, &protected, clear));
    CHECK(clear[0], DISSECT_PING, "payload");
    dissect_keys_free(keys);
}

/* RFC 9000 appendix A.3, and the corners of it. */
static void test_packet_numbers(void)
{
    static const struct {
        uint64_t expected, truncated;
        size_t len;
        uint64_t wanted;
    } cases[] = {{.expected = 0xa82f30ea + 1ull, .truncated = 0x9b32, .len = 2, .wanted = 0xa82f9b32},
                 {.expected = 0, .truncated = 0, .len = 1, .wanted = 0},
                 {.expected = 0, .truncated = 255, .len = 1, .wanted = 255},
                 {.expected = 256, .truncated = 255, .len = 1, .wanted = 255},
                 {.expected = 256, .truncated = 0, .len = 1, .wanted = 256},
                 {.expected = 384, .truncated = 0, .len = 1, .wanted = 512},
                 {.expected = 383, .truncated = 0, .len = 1, .wanted = 256},
                 {.expected = 128, .truncated = 0, .len = 1, .wanted = 256},
                 {.expected = 127, .truncated = 0, .len = 1, .wanted = 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(dissect_packet_number(cases[i].expected, cases[i].truncated, cases[i].len), cases[i].wanted,
              "number");
}

/* ---- a connection made here ---- */

static void test_secrets(void)
{
    dissect *const d = sealed_begin();
    const sealed first = sealed_client_initial(false), second = sealed_client_initial(true),
                 answer = sealed_server_initial();
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    const sealed ping = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 0, "01000000");
    CHECK(sealed_feed(d, &ping).status, DISSECT_NO_CONNECTION, "before anything");
    (void)sealed_feed(d, &first);
    (void)sealed_feed(d, &answer);
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET "\n"),
                    0);
    CHECK(sealed_feed(d, &ping).status, DISSECT_NO_KEYS, "half a ClientHello");
    (void)sealed_feed(d, &second);
    const dissect_packet p = sealed_feed(d, &ping);
    CHECK(p.status, DISSECT_READ, "with secret");
    CHECK(p.sender, DISSECT_CLIENT, "sender");
    CHECK(p.frame_count, 2, "frames");
    const sealed other_way =
        sealed_one_rtt(&keys, SEALED_CLIENT_ID, sizeof SEALED_CLIENT_ID, 0x40, 0, "01000000");
    CHECK(sealed_feed(d, &other_way).status, DISSECT_NO_KEYS, "the server's secret is not there");
    dissect_free(d);
}

/* A server that restarts answers a ClientHello that comes again with another handshake. */
static void test_secrets_of_another_server(void)
{
    dissect *const d = sealed_connect();
    seal_keys keys, others;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    sealed_keys(SEALED_NEXT_SECRET, SEAL_CHACHA20_POLY1305, &others);
    const sealed before =
        sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 3, "01000000");
    const sealed after =
        sealed_one_rtt(&others, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 0, "01000000");
    CHECK(sealed_feed(d, &before).status, DISSECT_READ, "under the secret");
    CHECK(sealed_feed(d, &after).status, DISSECT_NOT_AUTHENTIC, "under an unknown one");
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_NEXT_SECRET),
                    0);
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET), 0);
    const dissect_packet p = sealed_feed(d, &after);
    CHECK(p.status, DISSECT_READ, "under the other server's");
    CHECK(p.number, 0, "its number");
    CHECK(sealed_feed(d, &before).status, DISSECT_READ, "under the first still");
    CHECK(sealed_arrive(d, &after).status, DISSECT_READ, "at its receiver");
    dissect_free(d);
}

/* RFC 9001 section 6: the key phase bit turns the keys, header protection stays. */
static void test_key_update(void)
{
    dissect *const d = sealed_connect();
    seal_keys keys, next;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    sealed_keys(SEALED_NEXT_SECRET, SEAL_CHACHA20_POLY1305, &next);
    memcpy(next.hp, keys.hp, sizeof next.hp);
    const sealed a = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 5, "01000000");
    const sealed forged =
        sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x44, 6, "01000000");
    const sealed b = sealed_one_rtt(&next, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x44, 7, "01000000");
    CHECK(sealed_feed(d, &a).status, DISSECT_READ, "phase 0");
    CHECK(sealed_feed(d, &forged).status, DISSECT_NOT_AUTHENTIC, "phase bit alone");
    dissect_packet p = sealed_feed(d, &b);
    CHECK(p.status, DISSECT_READ, "phase 1");
    CU_ASSERT_TRUE(p.key_phase);
    CHECK(p.number, 7, "number");
    p = sealed_feed(d, &a);
    CHECK(p.status, DISSECT_READ, "phase 0 again");
    CU_ASSERT_FALSE(p.key_phase);
    CHECK(p.number, 5, "number again");
    CHECK(sealed_feed(d, &b).status, DISSECT_READ, "phase 1 again");
    dissect_free(d);
}

/* RFC 9000 appendix A.3: a truncated number is decoded from the largest that came before. The sender's order
 * gives one result, an order in which a packet was overtaken by more than half a window another. */
static void test_arrival(void)
{
    dissect *const d = sealed_connect();
    sealed numbered[160];
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    for (uint8_t i = 0; i < 160; i++) {
        numbered[i] =
            sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, i, "1a0102030405060708");
        CHECK(sealed_feed(d, &numbered[i]).status, DISSECT_READ, "sent");
    }
    CHECK(sealed_arrive(d, &numbered[126]).status, DISSECT_READ, "first to come");
    CHECK(sealed_arrive(d, &numbered[0]).status, DISSECT_READ, "127 behind what is expected next");
    const dissect_packet p = sealed_arrive(d, &numbered[127]);
    CHECK(p.status, DISSECT_READ, "the next");
    CHECK(p.number, 127, "its number");
    CHECK(p.frames[0].type, DISSECT_PATH_CHALLENGE, "its frame");
    CHECK(sealed_arrive(d, &numbered[0]).status, DISSECT_NOT_AUTHENTIC, "128 behind");
    CHECK(sealed_arrive(d, &numbered[1]).status, DISSECT_READ, "127 behind");
    numbered[150].bytes[numbered[150].len / 2] ^= 1;
    CHECK(sealed_arrive(d, &numbered[150]).status, DISSECT_NOT_AUTHENTIC, "damaged");
    CHECK(sealed_feed(d, &numbered[0]).status, DISSECT_READ, "read as sent all the same");
    dissect_free(d);
}

/* The same of packets that need not be decrypted again. */
static void test_arrival_as_sent(void)
{
    const dissect_options options = {.connections_max = 1, .undamaged = true};
    dissect *const d = sealed_connect_with(&options);
    sealed numbered[160];
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    const sealed first =
        sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 0, "1a0102030405060708");
    CHECK(sealed_feed(d, &first).status, DISSECT_READ, "sent");
    CHECK(sealed_arrive(d, &first).status, DISSECT_READ,
          "the first"); /* from here on, what is sent is kept */
    for (uint8_t i = 1; i < 160; i++) {
        numbered[i] = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, i, "01000000");
        CHECK(sealed_feed(d, &numbered[i]).status, DISSECT_READ, "sent");
    }
    CHECK(sealed_pass(d, &numbered[159]).status, DISSECT_READ, "passes a relay");
    CHECK(sealed_arrive(d, &numbered[2]).status, DISSECT_READ, "which does not count");
    CHECK(sealed_arrive(d, &numbered[127]).status, DISSECT_READ, "126 ahead");
    const dissect_packet p = sealed_arrive(d, &numbered[129]);
    CHECK(p.status, DISSECT_READ, "the next but one");
    CHECK(p.number, 129, "its number");
    CHECK(p.sender, DISSECT_CLIENT, "its sender");
    CHECK(p.size, numbered[129].len, "its size");
    CU_ASSERT_EQUAL(p.destination.len, sizeof SEALED_SERVER_ID);
    CU_ASSERT_EQUAL(memcmp(p.destination.bytes, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID), 0);
    CHECK(sealed_arrive(d, &numbered[1]).status, DISSECT_NOT_AUTHENTIC, "129 behind");
    CHECK(sealed_arrive(d, &numbered[3]).status, DISSECT_READ, "127 behind");
    dissect_free(d);
}

static void test_new_connection_id(void)
{
    dissect *const d = sealed_connect();
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    CU_ASSERT_EQUAL(dissect_keylog(d, "SERVER_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET), 0);
    static const uint8_t fresh[] = {7, 7, 7};
    const sealed use = sealed_one_rtt(&keys, fresh, sizeof fresh, 0x40, 1, "1a0102030405060708");
    const sealed give = sealed_one_rtt(&keys, SEALED_CLIENT_ID, sizeof SEALED_CLIENT_ID, 0x40, 0,
                                       "180100"
                                       "03070707"
                                       "000102030405060708090a0b0c0d0e0f");
    CHECK(sealed_feed(d, &use).status, DISSECT_NO_CONNECTION, "before");
    const dissect_packet given = sealed_feed(d, &give);
    CHECK(given.status, DISSECT_READ, "given");
    CHECK(given.sender, DISSECT_SERVER, "by");
    const dissect_packet p = sealed_feed(d, &use);
    CHECK(p.status, DISSECT_READ, "after");
    CHECK(p.sender, DISSECT_CLIENT, "to");
    CHECK(p.frames[0].type, DISSECT_PATH_CHALLENGE, "frame");
    CHECK_HEX(p.frames[0].path_data, "0102030405060708", "data");
    dissect_free(d);
}

static void test_coalesced(void)
{
    dissect *const d = sealed_connect();
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    sealed both = sealed_client_initial(true);
    const size_t first_len = both.len;
    const sealed ping = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 3, "01000000");
    memcpy(both.bytes + both.len, ping.bytes, ping.len);
    both.len += ping.len;
    const dissect_view *view = dissect_datagram(d, both.bytes, both.len);
    CU_ASSERT_EQUAL_FATAL(view->packet_count, 2);
    CHECK(view->packets[0].type, DISSECT_INITIAL, "Initial");
    CHECK(view->packets[0].status, DISSECT_READ, "its status");
    CHECK(view->packets[0].frame_count, 1, "its frame");
    CHECK(view->packets[1].type, DISSECT_ONE_RTT, "1-RTT");
    CHECK(view->packets[1].start, first_len, "its start");
    CHECK(view->packets[1].status, DISSECT_READ, "its status");
    CHECK(view->packets[1].frames[0].type, DISSECT_PING, "its frame");
    dissect_free(d);
}

/* No cut and no flipped bit passes, none is read beyond its end, and the true packet is read after it all. */
static void test_garbled(void)
{
    dissect *const d = sealed_connect();
    seal_keys keys;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    const sealed ping = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 9, "01000000");
    for (size_t i = 0; i < ping.len * 8; i++) {
        sealed s = ping;
        s.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        const dissect_view *const view = dissect_datagram(d, s.bytes, s.len);
        CU_ASSERT_NOT_EQUAL(view->packets[0].status, DISSECT_READ);
    }
    for (size_t len = 1; len < ping.len; len++) {
        const dissect_view *const view = dissect_datagram(d, ping.bytes, len);
        CU_ASSERT_NOT_EQUAL(view->packets[0].status, DISSECT_READ);
    }
    CHECK(dissect_datagram(d, ping.bytes, 0)->packet_count, 0, "no datagram");
    CHECK(sealed_feed(d, &ping).status, DISSECT_READ, "the true one");
    CHECK(dissect_connection_count(d), 1, "one connection");
    CU_ASSERT_FALSE(dissect_failed(d));
    dissect_free(d);
}

static void test_keylog_lines(void)
{
    static const char *const lines[] = {"",
                                        "#",
                                        "CLIENT_TRAFFIC_SECRET_0",
                                        "CLIENT_TRAFFIC_SECRET_0 ",
                                        "CLIENT_TRAFFIC_SECRET_0 00 00",
                                        "CLIENT_RANDOM 00 00",
                                        "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " zz",
                                        "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM
                                        " " SEALED_SECRET SEALED_SECRET};
    dissect *const d = sealed_begin();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CU_ASSERT_EQUAL(dissect_keylog(d, lines[i]), 0);
    CU_ASSERT_FALSE(dissect_failed(d));
    dissect_free(d);
}

static void test_limit(void)
{
    const dissect_options options = {.connections_max = 0};
    dissect *d = NULL;
    CU_ASSERT_EQUAL_FATAL(dissect_new(&options, &d), 0);
    const sealed s = sealed_vector(dissect_vector_client_initial);
    CHECK(sealed_feed(d, &s).status, DISSECT_NO_ROOM, "over the limit");
    CU_ASSERT_TRUE(dissect_failed(d));
    CU_ASSERT_FALSE(dissect_lacks_memory(d));
    dissect_free(d);
}

static const check_test TESTS[] = {{"initial secrets", test_initial_secrets},
                                   {"client initial", test_client_initial},
                                   {"server initial", test_server_initial},
                                   {"retry", test_retry},
                                   {"chacha20", test_chacha20},
                                   {"packet numbers", test_packet_numbers},
                                   {"secrets", test_secrets},
                                   {"secrets of another server", test_secrets_of_another_server},
                                   {"key update", test_key_update},
                                   {"arrival", test_arrival},
                                   {"arrival as sent", test_arrival_as_sent},
                                   {"new connection id", test_new_connection_id},
                                   {"coalesced", test_coalesced},
                                   {"garbled", test_garbled},
                                   {"keylog lines", test_keylog_lines},
                                   {"limit", test_limit}};
CHECK_MAIN("dissect", TESTS)
