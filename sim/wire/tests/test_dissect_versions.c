/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dissector on what our own endpoints do not do: QUIC version 2 (RFC 9369 Appendix A), a server that
 * chooses another version than the client, connection IDs of length zero, 0-RTT, Retry, a fixed bit of 0. */
#include "core/tests/check.h"
#include "sim/wire/dissect_keys.h"
#include "sim/wire/tests/sealed.h"

#include <CUnit/Basic.h>
#include <string.h>

#define V2 dissect_version_of(0x6b3343cf)

static const dissect_id FIRST = {8, {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}};
static const uint8_t RFC_SERVER_ID[] = {0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5};

static roam_addr host(uint8_t last, uint16_t port)
{
    return (roam_addr){ROAM_FAMILY_IPV4, port, {192, 0, 2, last}};
}

static dissect_where from_client(uint16_t port)
{
    return (dissect_where){host(1, port), host(2, 4433)};
}

static dissect_where to_client(uint16_t port)
{
    return (dissect_where){host(2, 4433), host(1, port)};
}

/* ---- RFC 9369 Appendix A ---- */

static void test_v2_secrets(void)
{
    dissect_secret secret;
    CU_ASSERT_TRUE(dissect_initial_secret(V2, &FIRST, DISSECT_CLIENT, &secret));
    CHECK_HEX(secret.bytes, "14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b", "client in");
    CU_ASSERT_TRUE(dissect_initial_secret(V2, &FIRST, DISSECT_SERVER, &secret));
    CHECK_HEX(secret.bytes, "0263db1782731bf4588e7e4d93b7463907cb8cd8200b5da55a8bd488eafc37c1", "server in");
}

/* A.2 and A.3: the client's connection ID has length zero. */
static void test_v2_initials(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_v2_client_initial);
    const sealed server = sealed_vector(dissect_vector_v2_server_initial);
    const dissect_where there = from_client(1000), back = to_client(1000), elsewhere = to_client(1001);
    dissect_about about;
    dissect_packet p = sealed_feed_at(d, &there, &client);
    CHECK(p.status, DISSECT_READ, "client's status");
    CHECK(p.type, DISSECT_INITIAL, "client's type");
    CHECK(p.number, 2, "client's number");
    CHECK(p.frames[0].len, 241, "ClientHello");
    CHECK(sealed_feed(d, &server).status, DISSECT_NO_CONNECTION, "without addresses");
    CHECK(sealed_feed_at(d, &elsewhere, &server).status, DISSECT_NO_CONNECTION, "to another port");
    p = sealed_feed_at(d, &back, &server);
    CHECK(p.status, DISSECT_READ, "server's status");
    CHECK(p.sender, DISSECT_SERVER, "its sender");
    CHECK(p.number, 1, "server's number");
    CHECK(p.frames[1].len, 90, "ServerHello");
    CHECK(dissect_arrival(d, server.bytes, server.len)->packets->status, DISSECT_NO_CONNECTION,
          "without addresses, as it arrives");
    CHECK(dissect_arrival_at(d, &back, server.bytes, server.len)->packets->status, DISSECT_READ, "with them");
    CHECK(dissect_arrival(d, server.bytes, server.len)->packets->status, DISSECT_NO_CONNECTION, "and after");
    dissect_describe(d, 0, &about);
    CHECK(about.version, 0x6b3343cf, "version");
    CHECK(about.cipher_suite, 0x1301, "cipher suite");
    CU_ASSERT_TRUE(about.random_known);
    CU_ASSERT_FALSE(about.has_secrets);
    CHECK_HEX(about.client_random, SEALED_CLIENT_RANDOM, "random");
    dissect_free(d);
}

static void test_v2_retry(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_v2_client_initial);
    sealed retry = sealed_vector(dissect_vector_v2_retry);
    const dissect_where there = from_client(1000), back = to_client(1000);
    (void)sealed_feed_at(d, &there, &client);
    retry.bytes[20] ^= 1;
    CHECK(sealed_feed_at(d, &back, &retry).status, DISSECT_NOT_AUTHENTIC, "another token");
    retry.bytes[20] ^= 1;
    const dissect_packet p = sealed_feed_at(d, &back, &retry);
    CHECK(p.status, DISSECT_CLEAR, "status");
    CHECK(p.type, DISSECT_RETRY, "type");
    CHECK(p.token_len, 5, "token");
    dissect_free(d);
}

static void test_v2_chacha20(void)
{
    const sealed s = sealed_vector(dissect_vector_v2_chacha20);
    dissect_secret secret = {.len = 32};
    uint8_t mask[DISSECT_MASK_BYTES], clear[1];
    (void)check_bytes_of(SEALED_SECRET, secret.bytes);
    dissect_keys *const keys = dissect_keys_new(V2, DISSECT_CHACHA20_POLY1305, &secret);
    CU_ASSERT_PTR_NOT_NULL_FATAL(keys);
    dissect_keys_mask(keys, s.bytes + 1 + 4, mask);
    CHECK_HEX(mask, "97580e32bf", "mask");
    const uint8_t header[] = {0x42, 0x00, 0xbf, 0xf4};
    const dissect_sealed protected = {654360564, header, 4, s.bytes + 4, s.len - 4};
    CU_ASSERT_TRUE(dissect_keys_open(keys, &protected, clear));
    CHECK(clear[0], DISSECT_PING, "payload");
    dissect_keys_free(keys);
}

/* ---- connections made here ---- */

#define V2_NEXT_SECRET "c69374c49e3d2a9466fa689e49d476db5d0dfbc87d32ceeaa6343fd0ae4c7d88" /* of A.5 */
#define SERVER_HELLO                                                                                         \
    "060029"                                                                                                 \
    "020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12"                           \
    "00"                                                                                                     \
    "1303"

static seal_keys initial_keys(const dissect_version *version, const dissect_id *id, dissect_side side)
{
    dissect_secret secret;
    seal_keys keys;
    CU_ASSERT_TRUE_FATAL(dissect_initial_secret(version, id, side, &secret));
    CU_ASSERT_EQUAL_FATAL(version->number == 1 ? seal_keys_init(&keys, SEAL_AES_128_GCM, secret.bytes)
                                               : seal_keys_init_v2(&keys, SEAL_AES_128_GCM, secret.bytes),
                          0);
    return keys;
}

static void keys_v2(const char *secret_hex, seal_keys *out)
{
    uint8_t secret[SEAL_SECRET_BYTES];
    (void)check_bytes_of(secret_hex, secret);
    CU_ASSERT_EQUAL_FATAL(seal_keys_init_v2(out, SEAL_CHACHA20_POLY1305, secret), 0);
}

/* RFC 9368 section 2.3, RFC 9369 section 4: the server answers an Initial of version 1 in version 2, and all
 * keys from then on are those of version 2. Key update included. */
static void test_compatible_version(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_client_initial);
    const seal_keys of_server = initial_keys(V2, &FIRST, DISSECT_SERVER);
    const seal_keys of_client = initial_keys(V2, &FIRST, DISSECT_CLIENT);
    const sealed server = sealed_long(&of_server,
                                      &(sealed_header){.first = 0xd0,
                                                       .version = 0x6b3343cf,
                                                       .source = SEALED_SERVER_ID,
                                                       .source_len = sizeof SEALED_SERVER_ID,
                                                       .initial = true},
                                      SERVER_HELLO);
    const sealed ack = sealed_long(&of_client,
                                   &(sealed_header){.first = 0xd0,
                                                    .version = 0x6b3343cf,
                                                    .destination = SEALED_SERVER_ID,
                                                    .destination_len = sizeof SEALED_SERVER_ID,
                                                    .initial = true,
                                                    .number = 3},
                                   "0200000000");
    const dissect_where there = from_client(1000), back = to_client(1000);
    seal_keys keys, next;
    keys_v2(SEALED_SECRET, &keys);
    keys_v2(V2_NEXT_SECRET, &next);
    memcpy(next.hp, keys.hp, sizeof next.hp);
    const sealed ping = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x40, 0, "01000000");
    const sealed turned =
        sealed_one_rtt(&next, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x44, 1, "01000000");
    CHECK(sealed_feed_at(d, &there, &client).status, DISSECT_READ, "client, version 1");
    const dissect_packet p = sealed_feed_at(d, &back, &server);
    CHECK(p.status, DISSECT_READ, "server, version 2");
    CHECK(p.type, DISSECT_INITIAL, "server's type");
    CHECK(sealed_feed_at(d, &there, &ack).status, DISSECT_READ, "client, version 2");
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET), 0);
    CHECK(sealed_feed(d, &ping).status, DISSECT_READ, "1-RTT");
    CHECK(sealed_feed(d, &turned).status, DISSECT_READ, "after a key update");
    dissect_about about;
    dissect_describe(d, 0, &about);
    CHECK(about.first_version, 1, "first version");
    CHECK(about.version, 0x6b3343cf, "version");
    CHECK(dissect_connection_count(d), 1, "connections");
    dissect_free(d);
}

/* Client with an empty connection ID: what comes to it is found by addresses, those of its later paths
 * included, and of two connections on one path the right one. */
static void test_empty_id(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_client_initial);
    const sealed server = sealed_vector(dissect_vector_server_initial);
    const dissect_where old = from_client(1000), old_back = to_client(1000), fresh = from_client(2000),
                        fresh_back = to_client(2000);
    seal_keys up, down;
    dissect_secret secret = {.len = 32};
    (void)check_bytes_of(SEALED_SECRET, secret.bytes);
    CU_ASSERT_EQUAL_FATAL(seal_keys_init(&up, SEAL_AES_128_GCM, secret.bytes), 0);
    down = up;
    const sealed challenge = sealed_one_rtt(&up, RFC_SERVER_ID, 8, 0x40, 0, "1a0102030405060708");
    const sealed response = sealed_one_rtt(&down, NULL, 0, 0x40, 0, "1b0102030405060708");
    CHECK(sealed_feed_at(d, &old, &client).status, DISSECT_READ, "client's Initial");
    CHECK(sealed_feed_at(d, &old_back, &server).status, DISSECT_READ, "server's Initial");
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET), 0);
    CU_ASSERT_EQUAL(dissect_keylog(d, "SERVER_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_SECRET), 0);
    CHECK(sealed_feed_at(d, &fresh_back, &response).status, DISSECT_NO_CONNECTION,
          "before the client was there");
    CHECK(sealed_feed_at(d, &fresh, &challenge).status, DISSECT_READ, "challenge");
    const dissect_packet p = sealed_feed_at(d, &fresh_back, &response);
    CHECK(p.status, DISSECT_READ, "response");
    CHECK(p.sender, DISSECT_SERVER, "sender");
    CHECK(p.destination.len, 0, "destination");
    CHECK(p.frames[0].type, DISSECT_PATH_RESPONSE, "frame");
    CHECK(sealed_feed_at(d, &old_back, &response).status, DISSECT_READ, "on the old path still");
    dissect_free(d);
}

/* So many paths that the one that was used the longest ago is forgotten. */
static void test_empty_id_limit(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_client_initial);
    const sealed server = sealed_vector(dissect_vector_server_initial);
    for (uint16_t i = 0; i < 10; i++) { /* the first again before the last */
        const dissect_where there = from_client((uint16_t)(1000 + (i < 8 ? i : i == 8 ? 0 : i)));
        CHECK(sealed_feed_at(d, &there, &client).status, DISSECT_READ, "path %u", i);
    }
    const dissect_where first = to_client(1000), second = to_client(1001), last = to_client(1009);
    CHECK(sealed_feed_at(d, &first, &server).status, DISSECT_READ, "first");
    CHECK(sealed_feed_at(d, &second, &server).status, DISSECT_NO_CONNECTION, "second");
    CHECK(sealed_feed_at(d, &last, &server).status, DISSECT_READ, "last");
    CHECK(dissect_connection_count(d), 1, "connections");
    dissect_free(d);
}

/* 0-RTT packets come before the ServerHello: the cipher suite is that of an earlier connection. Their packet
 * numbers are those of the 1-RTT packets after them (RFC 9000 section 12.3). */
static void test_zero_rtt(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_client_initial);
    const seal_keys of_server = initial_keys(dissect_version_of(1), &FIRST, DISSECT_SERVER);
    seal_keys keys;
    sealed_keys(SEALED_NEXT_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    const sealed_header header = {
        .first = 0xd0, .version = 1, .destination = FIRST.bytes, .destination_len = FIRST.len, .number = 200};
    const sealed early = sealed_long(&keys, &header, "0a00026869");
    CHECK(sealed_feed(d, &early).status, DISSECT_NO_CONNECTION, "before the ClientHello");
    (void)sealed_feed(d, &client);
    CHECK(sealed_feed(d, &early).status, DISSECT_NO_KEYS, "without the secret");
    CU_ASSERT_EQUAL(
        dissect_keylog(d, "CLIENT_EARLY_TRAFFIC_SECRET " SEALED_CLIENT_RANDOM " " SEALED_NEXT_SECRET), 0);
    const dissect_packet p = sealed_feed(d, &early);
    CHECK(p.status, DISSECT_READ, "with it");
    CHECK(p.type, DISSECT_ZERO_RTT, "type");
    CHECK(p.frames[0].type, DISSECT_STREAM, "frame");
    CHECK(p.sender, DISSECT_CLIENT, "sender");
    CHECK(sealed_arrive(d, &early).status, DISSECT_READ, "as it arrives");
    const sealed behind = sealed_one_rtt(&keys, FIRST.bytes, FIRST.len, 0x40, 20, "01000000");
    const sealed hello = sealed_long(&of_server,
                                     &(sealed_header){.first = 0xc0,
                                                      .version = 1,
                                                      .source = SEALED_SERVER_ID,
                                                      .source_len = sizeof SEALED_SERVER_ID,
                                                      .initial = true},
                                     SERVER_HELLO);
    const dissect_where there = from_client(1000), back = to_client(1000);
    (void)sealed_feed_at(d, &there, &client);
    CHECK(sealed_feed_at(d, &back, &hello).status, DISSECT_READ, "ServerHello");
    CU_ASSERT_EQUAL(dissect_keylog(d, "CLIENT_TRAFFIC_SECRET_0 " SEALED_CLIENT_RANDOM " " SEALED_NEXT_SECRET),
                    0);
    CHECK(sealed_feed(d, &behind).status, DISSECT_READ, "1-RTT");
    CHECK(sealed_arrive(d, &behind).status, DISSECT_NOT_AUTHENTIC, "180 behind the 0-RTT packet");
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &keys);
    const sealed other = sealed_long(&keys, &header, "0a00026869");
    CHECK(sealed_feed(d, &other).status, DISSECT_NOT_AUTHENTIC, "under another secret");
    dissect_free(d);
}

/* RFC 9000 section 17.2.5, RFC 9001 section 5.2: Initial packets after a Retry have keys of its source. */
static void test_retry(void)
{
    dissect *const d = sealed_begin();
    const sealed client = sealed_vector(dissect_vector_client_initial);
    const sealed retry = sealed_vector(dissect_vector_retry);
    const dissect_where there = from_client(1000), back = to_client(1000);
    dissect_id source = {.len = sizeof RFC_SERVER_ID};
    memcpy(source.bytes, RFC_SERVER_ID, sizeof RFC_SERVER_ID);
    const seal_keys keys = initial_keys(dissect_version_of(1), &source, DISSECT_CLIENT);
    const sealed again = sealed_long(&keys,
                                     &(sealed_header){.first = 0xc0,
                                                      .version = 1,
                                                      .destination = RFC_SERVER_ID,
                                                      .destination_len = sizeof RFC_SERVER_ID,
                                                      .initial = true,
                                                      .number = 3},
                                     "01000000");
    dissect_about about;
    CHECK(sealed_feed_at(d, &there, &client).status, DISSECT_READ, "first Initial");
    CHECK(sealed_feed_at(d, &back, &retry).status, DISSECT_CLEAR, "Retry");
    const dissect_packet p = sealed_feed_at(d, &there, &again);
    CHECK(p.status, DISSECT_READ, "Initial after it");
    CHECK(p.connection, 0, "the same connection");
    CHECK(sealed_feed_at(d, &there, &client).status, DISSECT_READ, "the first again");
    CHECK(dissect_connection_count(d), 1, "connections");
    dissect_describe(d, 0, &about);
    CU_ASSERT_TRUE(about.retried);
    dissect_free(d);
}

/* Three updates, each secret from the one before (RFC 9001 section 6.1): the first is of RFC 9001 A.5, the
 * others were derived by another HKDF. Header protection stays. */
static void test_key_updates(void)
{
    static const char *const secrets[] = {SEALED_SECRET, SEALED_NEXT_SECRET,
                                          "ef172661d26526b8adddf9497f88649df5786fa7d2f49a2341da624e8d7f3f94",
                                          "07e26e66b95ff52549b0447f911a42d684aee969a1fa0ec6be3f16a61da29b68"};
    dissect *const d = sealed_connect();
    sealed packets[4];
    seal_keys first;
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &first);
    for (uint8_t i = 0; i < 4; i++) {
        seal_keys keys;
        sealed_keys(secrets[i], SEAL_CHACHA20_POLY1305, &keys);
        memcpy(keys.hp, first.hp, sizeof keys.hp);
        packets[i] = sealed_one_rtt(&keys, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, i % 2 ? 0x44 : 0x40, i,
                                    "01000000");
        const dissect_packet p = sealed_feed(d, &packets[i]);
        CHECK(p.status, DISSECT_READ, "phase %u", i);
        CHECK(p.key_phase, i % 2, "bit of phase %u", i);
        CHECK(p.number, i, "number in phase %u", i);
    }
    CHECK(sealed_feed(d, &packets[2]).status, DISSECT_READ, "late, of the phase before");
    dissect_free(d);
}

/* RFC 9287: a server that announced grease_quic_bit (0x2ab2) gets packets with a fixed bit of 0; to one that
 * did not, they are no QUIC packets. */
static void test_grease(bool announced)
{
    dissect *const d = sealed_connect();
    seal_keys handshake, up;
    sealed_keys(SEALED_NEXT_SECRET, SEAL_CHACHA20_POLY1305, &handshake);
    sealed_keys(SEALED_SECRET, SEAL_CHACHA20_POLY1305, &up);
    CU_ASSERT_EQUAL(
        dissect_keylog(d, "SERVER_HANDSHAKE_TRAFFIC_SECRET " SEALED_CLIENT_RANDOM " " SEALED_NEXT_SECRET), 0);
    const sealed extensions = sealed_long(&handshake,
                                          &(sealed_header){.first = 0xe0,
                                                           .version = 1,
                                                           .destination = SEALED_CLIENT_ID,
                                                           .destination_len = sizeof SEALED_CLIENT_ID,
                                                           .source = SEALED_SERVER_ID,
                                                           .source_len = sizeof SEALED_SERVER_ID},
                                          announced ? "06000d"
                                                      "08000009"
                                                      "0007"
                                                      "00390003"
                                                      "6ab200"
                                                    : "06000d"
                                                      "08000009"
                                                      "0007"
                                                      "00390003"
                                                      "040105");
    CHECK(sealed_feed(d, &extensions).status, DISSECT_READ, "EncryptedExtensions");
    const sealed ping = sealed_one_rtt(&up, SEALED_SERVER_ID, sizeof SEALED_SERVER_ID, 0x00, 0, "01000000");
    const sealed to_another =
        sealed_one_rtt(&up, SEALED_CLIENT_ID, sizeof SEALED_CLIENT_ID, 0x00, 0, "01000000");
    CHECK(sealed_feed(d, &ping).status, announced ? DISSECT_READ : DISSECT_MALFORMED, "to the server");
    CHECK(sealed_feed(d, &to_another).status, DISSECT_MALFORMED, "to the client");
    dissect_free(d);
}

static void test_grease_announced(void)
{
    test_grease(true);
}

static void test_grease_unannounced(void)
{
    test_grease(false);
}

static const check_test TESTS[] = {{"version 2: secrets", test_v2_secrets},
                                   {"version 2: Initial packets", test_v2_initials},
                                   {"version 2: Retry", test_v2_retry},
                                   {"version 2: ChaCha20", test_v2_chacha20},
                                   {"compatible version", test_compatible_version},
                                   {"empty connection ID", test_empty_id},
                                   {"empty connection ID, many paths", test_empty_id_limit},
                                   {"0-RTT", test_zero_rtt},
                                   {"Retry", test_retry},
                                   {"key updates", test_key_updates},
                                   {"fixed bit of 0, announced", test_grease_announced},
                                   {"fixed bit of 0, not announced", test_grease_unannounced}};
CHECK_MAIN("dissect, other endpoints", TESTS)
