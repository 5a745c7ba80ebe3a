/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing against the examples of RFC 9001 Appendix A. */
#include "core/tests/check.h"
#include "sim/wire/packet_seal.h"

#include <CUnit/Basic.h>

enum { BYTES_MAX = 1300 };

static void keys_of(const char *secret_hex, seal_cipher cipher, seal_keys *keys)
{
    uint8_t secret[SEAL_SECRET_BYTES];
    CU_ASSERT_EQUAL(check_bytes_of(secret_hex, secret), sizeof secret);
    CU_ASSERT_EQUAL_FATAL(seal_keys_init(keys, cipher, secret), 0);
}

/* A.1 and A.2: the client's Initial. The payload is filled up with PADDING to 1162 bytes. */
static void test_initial(void)
{
    uint8_t header[64];
    uint8_t payload[1162] = {0};
    uint8_t sealed[BYTES_MAX];
    size_t len = 0;
    seal_keys keys;
    keys_of("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", SEAL_AES_128_GCM, &keys);
    CHECK_HEX(keys.key, "1f369613dd76d5467730efcbe3b1a22d", "key");
    CHECK_HEX(keys.iv, "fa044b2f42a3fd3b46fb255c", "iv");
    CHECK_HEX(keys.hp, "9f50449e04a0e810283a1e9933adedd2", "hp");
    check_bytes_of(
        "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302"
        "010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d001700180010000700050461"
        "6c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e9"
        "94ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c000240010039003204"
        "08ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff",
        payload);
    const seal_packet packet = {.header = header,
                                .header_len =
                                    check_bytes_of("c300000001088394c8f03e5157080000449e00000002", header),
                                .number_len = 4,
                                .number = 2,
                                .payload = payload,
                                .payload_len = sizeof payload};
    CU_ASSERT_EQUAL_FATAL(packet_seal(&keys, &packet, sealed, sizeof sealed, &len), 0);
    CU_ASSERT_EQUAL(len, 1200);
    CHECK_HEX(sealed, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b",
              "packet");
    CHECK_HEX(sealed + len - SEAL_TAG_BYTES, "e221af44860018ab0856972e194cd934", "tag");
}

/* A.5: a short header with ChaCha20-Poly1305, a packet number of three bytes. */
static void test_chacha(void)
{
    uint8_t header[8];
    uint8_t sealed[64];
    size_t len = 0;
    seal_keys keys;
    keys_of("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b", SEAL_CHACHA20_POLY1305,
            &keys);
    CHECK_HEX(keys.key, "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8", "key");
    CHECK_HEX(keys.hp, "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4", "hp");
    const seal_packet packet = {.header = header,
                                .header_len = check_bytes_of("4200bff4", header),
                                .number_len = 3,
                                .number = 654360564,
                                .payload = (const uint8_t[]){1},
                                .payload_len = 1};
    CU_ASSERT_EQUAL_FATAL(packet_seal(&keys, &packet, sealed, sizeof sealed, &len), 0);
    CU_ASSERT_EQUAL(len, 21);
    CHECK_HEX(sealed, "4cfe4189655e5cd55c41f69080575d7999c25a5bfb", "packet");
}

static void test_refusals(void)
{
    uint8_t sealed[64];
    size_t len = 7;
    const seal_keys keys = {.cipher = SEAL_AES_128_GCM};
    const uint8_t bytes[32] = {0x40};
    const struct {
        seal_packet packet;
        size_t capacity;
    } cases[] = {
        {{bytes, 5, 4, 1, bytes, 27}, 47},            /* one byte too long */
        {{bytes, 5, 0, 1, bytes, 27}, sizeof sealed}, /* no packet number */
        {{bytes, 5, 5, 1, bytes, 27}, sizeof sealed}, /* a longer one than there is */
        {{bytes, 4, 4, 1, bytes, 27}, sizeof sealed}, /* nothing before it */
        {{bytes, 5, 3, 1, bytes, 0}, sizeof sealed},  /* no room for the sample */
        {{bytes, SIZE_MAX, 4, 1, bytes, 27}, sizeof sealed},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(packet_seal(&keys, &cases[i].packet, sealed, cases[i].capacity, &len),
                        ROAM_ERR_INVALID_ARGUMENT);
    CU_ASSERT_EQUAL(len, 7);
    CU_ASSERT_EQUAL(packet_seal(&keys, &cases[0].packet, sealed, 48, &len), 0);
    CU_ASSERT_EQUAL(len, 48);
}

static void test_keylog(void)
{
#define RANDOM "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b"
    static const struct {
        const char *line;
        bool taken;
    } cases[] = {
        {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM, true},
        {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM "00", false}, /* SHA-384 */
        {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " 9ac3", false},
        {"CLIENT_TRAFFIC_SECRET_0 " RANDOM, false},
        {"CLIENT_TRAFFIC_SECRET_01 " RANDOM " " RANDOM, false},
        {"SERVER_TRAFFIC_SECRET_0 " RANDOM " " RANDOM, false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t secret[SEAL_SECRET_BYTES];
        CU_ASSERT_EQUAL(seal_keylog_secret(cases[i].line, "CLIENT_TRAFFIC_SECRET_0", secret), cases[i].taken);
        if (cases[i].taken)
            CHECK_HEX(secret, RANDOM, "secret");
    }
}

static const check_test TESTS[] = {{"a client's Initial with AES-128-GCM (RFC 9001 A.1, A.2)", test_initial},
                                   {"a short header with ChaCha20-Poly1305 (RFC 9001 A.5)", test_chacha},
                                   {"what cannot be sealed is refused", test_refusals},
                                   {"secrets from a key log", test_keylog}};
CHECK_MAIN("craft", TESTS)
