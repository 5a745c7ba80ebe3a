/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known is what would have been computed, and nothing else is known. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "core/tls/shared.h"
#include "core/tls/tests/handshake.h"

#include <stdlib.h>
#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/ge_operations.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <CUnit/Basic.h>

enum { MESSAGE_BYTES = 130, ROUNDS = 50 };

static roam_shared *new_shared(void)
{
    roam_shared *const shared = roam_shared_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(shared);
    return shared;
}

/* ---- Handshakes ---- */

static handshake *run(roam_shared *shared, uint64_t seed)
{
    int status;
    handshake *const pair = handshake_run(&(handshake_options){.seed = seed, .shared = shared}, &status);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pair);
    return pair;
}

static void test_the_same_bytes(void)
{
    roam_shared *const shared = new_shared();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        handshake *const slow = run(NULL, seed), *const fast = run(shared, seed);
        const handshake_result *const a = handshake_get(slow), *const b = handshake_get(fast);
        for (int role = 0; role < 2; role++) {
            CU_ASSERT(b->completed[role]);
            CHECK(b->digest[role], a->digest[role], "seed %d, role %d: what was sent", (int)seed, role);
            CU_ASSERT_PTR_NOT_NULL_FATAL(a->peer[role]);
            CU_ASSERT_PTR_NOT_NULL_FATAL(b->peer[role]);
            CU_ASSERT_STRING_EQUAL(a->peer[role]->name, b->peer[role]->name);
            CU_ASSERT_EQUAL(memcmp(a->peer[role]->public_key, b->peer[role]->public_key, ROAM_KEY_BYTES), 0);
        }
        /* Two certificates, two signatures by the holders of their keys, one secret. */
        CHECK(roam_shared_answers(shared), 5 * seed, "answers after %d handshakes", (int)seed);
        handshake_free(slow);
        handshake_free(fast);
    }
    roam_shared_free(shared);
}

/* ---- What a handshake costs ---- */

/* Multiples of the base point, of Ed25519's as of X25519's (linker option --wrap). */
static uint64_t multiples;
void __real_ge_scalarmult_base(ge_p3 *product, const unsigned char *scalar);
void __wrap_ge_scalarmult_base(ge_p3 *product, const unsigned char *scalar);
void __wrap_ge_scalarmult_base(ge_p3 *product, const unsigned char *scalar)
{
    multiples++;
    __real_ge_scalarmult_base(product, scalar);
}

static void test_work(void)
{
    roam_shared *const shared = new_shared();
    const uint64_t before = multiples;
    handshake_free(run(shared, 1));
    /* Of either end a key, a certificate, a key share, and the signature of CertificateVerify. */
    CHECK(multiples - before, 2 * 4, "multiples of the base point");
    roam_shared_free(shared);
}

static int count_hashes(int device, wc_CryptoInfo *info, void *asked)
{
    (void)device;
    *(unsigned *)asked += info->algo_type == WC_ALGO_TYPE_HASH;
    return CRYPTOCB_UNAVAILABLE;
}

/* A hash without a device, and one with it. */
static void test_devices(void)
{
    enum { DEVICE = 0x74657374 };
    const int devices[] = {INVALID_DEVID, DEVICE};
    for (size_t i = 0; i < 2; i++) {
        unsigned asked = 0;
        uint8_t digest[WC_SHA256_DIGEST_SIZE] = {0};
        wc_Sha256 hash;
        CU_ASSERT_EQUAL_FATAL(wc_CryptoCb_RegisterDevice(DEVICE, count_hashes, &asked), 0);
        CU_ASSERT_EQUAL_FATAL(wc_InitSha256_ex(&hash, NULL, devices[i]), 0);
        CHECK(hash.devId, devices[i], "the device of a hash");
        CU_ASSERT_EQUAL(wc_Sha256Update(&hash, digest, 0), 0);
        CU_ASSERT_EQUAL(wc_Sha256Final(&hash, digest), 0);
        CHECK_HEX(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "of nothing");
        CHECK(asked > 0, devices[i] == DEVICE, "asked %u times", asked);
        wc_Sha256Free(&hash);
        wc_CryptoCb_UnRegisterDevice(DEVICE);
    }
}

/* ---- Signatures ---- */

static void make_signing_key(uint8_t seed_byte, ed25519_key *key)
{
    uint8_t seed[ED25519_KEY_SIZE] = {seed_byte}, public_key[ED25519_PUB_KEY_SIZE];
    CU_ASSERT_EQUAL_FATAL(wc_ed25519_init(key), 0);
    CU_ASSERT_EQUAL_FATAL(wc_ed25519_import_private_only(seed, sizeof seed, key), 0);
    CU_ASSERT_EQUAL_FATAL(wc_ed25519_make_public(key, public_key, sizeof public_key), 0);
    CU_ASSERT_EQUAL_FATAL(
        wc_ed25519_import_private_key_ex(seed, sizeof seed, public_key, sizeof public_key, key, 1), 0);
}

static int sign(roam_shared *shared, ed25519_key *key, const uint8_t *message,
                uint8_t signature[ED25519_SIG_SIZE])
{
    word32 len = ED25519_SIG_SIZE;
    wc_CryptoInfo info = {.algo_type = WC_ALGO_TYPE_PK};
    info.pk.type = WC_PK_TYPE_ED25519_SIGN;
    info.pk.ed25519sign.in = message;
    info.pk.ed25519sign.inLen = MESSAGE_BYTES;
    info.pk.ed25519sign.out = signature;
    info.pk.ed25519sign.outLen = &len;
    info.pk.ed25519sign.key = key;
    info.pk.ed25519sign.type = (byte)Ed25519;
    return core_shared_answer(shared, &info);
}

static int verify(roam_shared *shared, ed25519_key *key, const uint8_t *message, const uint8_t *signature,
                  int *valid)
{
    wc_CryptoInfo info = {.algo_type = WC_ALGO_TYPE_PK};
    info.pk.type = WC_PK_TYPE_ED25519_VERIFY;
    info.pk.ed25519verify.msg = message;
    info.pk.ed25519verify.msgLen = MESSAGE_BYTES;
    info.pk.ed25519verify.sig = signature;
    info.pk.ed25519verify.sigLen = ED25519_SIG_SIZE;
    info.pk.ed25519verify.res = valid;
    info.pk.ed25519verify.key = key;
    info.pk.ed25519verify.type = (byte)Ed25519;
    return core_shared_answer(shared, &info);
}

static void test_signatures(void)
{
    roam_shared *const shared = new_shared();
    ed25519_key key, other;
    uint8_t message[MESSAGE_BYTES] = {1}, signature[ED25519_SIG_SIZE], expected[ED25519_SIG_SIZE];
    word32 len = sizeof expected;
    int valid = 0;
    make_signing_key(1, &key);
    make_signing_key(2, &other);
    CU_ASSERT_EQUAL(verify(shared, &key, message, signature, &valid), CRYPTOCB_UNAVAILABLE);
    CU_ASSERT_EQUAL_FATAL(sign(shared, &key, message, signature), 0);
    CU_ASSERT_EQUAL_FATAL(wc_ed25519_sign_msg(message, sizeof message, expected, &len, &key), 0);
    CU_ASSERT_EQUAL(memcmp(signature, expected, sizeof expected), 0);
    CU_ASSERT_EQUAL(verify(shared, &key, message, signature, &valid), 0);
    CHECK((uint64_t)valid, 1, "valid");
    CU_ASSERT_EQUAL(verify(shared, &other, message, signature, &valid), CRYPTOCB_UNAVAILABLE);
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] ^= 1;
        CU_ASSERT_EQUAL(verify(shared, &key, message, signature, &valid), CRYPTOCB_UNAVAILABLE);
        message[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof signature; i++) {
        signature[i] ^= 0x80;
        CU_ASSERT_EQUAL(verify(shared, &key, message, signature, &valid), CRYPTOCB_UNAVAILABLE);
        signature[i] ^= 0x80;
    }
    CHECK(roam_shared_answers(shared), 1, "answers");
    wc_ed25519_free(&key);
    wc_ed25519_free(&other);
    roam_shared_free(shared);
}

/* ---- Secrets ---- */

static void make_exchange_key(uint64_t *state, curve25519_key *key)
{
    uint8_t bytes[CURVE25519_KEYSIZE], public_key[CURVE25519_KEYSIZE];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)core_hash_next(state);
    bytes[0] &= 248;
    bytes[31] = (uint8_t)((bytes[31] & 127) | 64);
    CU_ASSERT_EQUAL_FATAL(wc_curve25519_init(key), 0);
    CU_ASSERT_EQUAL_FATAL(wc_curve25519_make_pub(sizeof public_key, public_key, sizeof bytes, bytes), 0);
    CU_ASSERT_EQUAL_FATAL(wc_curve25519_import_private_raw_ex(bytes, sizeof bytes, public_key,
                                                              sizeof public_key, key, EC25519_LITTLE_ENDIAN),
                          0);
}

/* The device draws what wolfSSL would, and makes the same public key of it. */
static int draw(int device, wc_CryptoInfo *info, void *user_data)
{
    (void)device;
    if (info->algo_type != WC_ALGO_TYPE_RNG)
        return CRYPTOCB_UNAVAILABLE;
    for (word32 i = 0; i < info->rng.sz; i++)
        info->rng.out[i] = (byte)core_hash_next(user_data);
    return 0;
}

static void test_exchange_keys(void)
{
    enum { DEVICE = 7 };
    roam_shared *const shared = new_shared();
    uint64_t state = 1;
    CU_ASSERT_EQUAL_FATAL(wc_CryptoCb_RegisterDevice(DEVICE, draw, &state), 0);
    WC_RNG rng = {.devId = DEVICE};
    for (int round = 0; round < ROUNDS; round++) {
        curve25519_key slow, fast;
        wc_CryptoInfo info = {.algo_type = WC_ALGO_TYPE_PK};
        CU_ASSERT_EQUAL_FATAL(wc_curve25519_init(&slow), 0);
        CU_ASSERT_EQUAL_FATAL(wc_curve25519_init(&fast), 0);
        info.pk.type = WC_PK_TYPE_CURVE25519_KEYGEN;
        info.pk.curve25519kg.rng = &rng;
        info.pk.curve25519kg.size = CURVE25519_KEYSIZE;
        info.pk.curve25519kg.key = &fast;
        const uint64_t before = state;
        CU_ASSERT_EQUAL_FATAL(core_shared_answer(shared, &info), 0);
        state = before;
        CU_ASSERT_EQUAL_FATAL(wc_curve25519_make_key(&rng, CURVE25519_KEYSIZE, &slow), 0);
        CHECK_BYTES(fast.k, slow.k, sizeof slow.k, "round %d: private key", round);
        CHECK_BYTES(fast.p.point, slow.p.point, sizeof slow.p.point, "round %d: public key", round);
        CU_ASSERT(fast.privSet && fast.pubSet);
    }
    wc_CryptoCb_UnRegisterDevice(DEVICE);
    roam_shared_free(shared);
}

static int agree(roam_shared *shared, curve25519_key *own, curve25519_key *peer,
                 uint8_t secret[CURVE25519_KEYSIZE])
{
    word32 len = CURVE25519_KEYSIZE;
    wc_CryptoInfo info = {.algo_type = WC_ALGO_TYPE_PK};
    info.pk.type = WC_PK_TYPE_CURVE25519;
    info.pk.curve25519.private_key = own;
    info.pk.curve25519.public_key = peer;
    info.pk.curve25519.out = secret;
    info.pk.curve25519.outlen = &len;
    info.pk.curve25519.endian = EC25519_LITTLE_ENDIAN;
    return core_shared_answer(shared, &info);
}

static void test_secrets(void)
{
    roam_shared *const shared = new_shared();
    uint64_t state = 1;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        curve25519_key a, b;
        uint8_t first[CURVE25519_KEYSIZE], second[CURVE25519_KEYSIZE], expected[CURVE25519_KEYSIZE];
        word32 len = sizeof expected;
        make_exchange_key(&state, &a);
        make_exchange_key(&state, &b);
        CU_ASSERT_EQUAL_FATAL(agree(shared, &a, &b, first), 0);
        CHECK(roam_shared_answers(shared), round - 1, "round %d: computed", (int)round);
        CU_ASSERT_EQUAL_FATAL(agree(shared, &b, &a, second), 0);
        CHECK(roam_shared_answers(shared), round, "round %d: known", (int)round);
        CU_ASSERT_EQUAL_FATAL(wc_curve25519_shared_secret_ex(&b, &a, expected, &len, EC25519_LITTLE_ENDIAN),
                              0);
        CU_ASSERT_EQUAL(memcmp(first, expected, sizeof expected), 0);
        CU_ASSERT_EQUAL(memcmp(second, expected, sizeof expected), 0);
        wc_curve25519_free(&a);
        wc_curve25519_free(&b);
    }
    roam_shared_free(shared);
}

/* ---- Certificates ---- */

static void test_certificates(void)
{
    const uint8_t seed[ROAM_KEY_BYTES] = {7};
    roam_shared *const shared = new_shared();
    roam_identity *made, *loaded;
    core_certificate slow, fast;
    CU_ASSERT_EQUAL_FATAL(roam_identity_new("server", seed, &made), 0);
    const core_der der = core_identity_certificate(made);
    uint8_t changed[512];
    memcpy(changed, der.bytes, der.len);
    CU_ASSERT_FALSE(core_shared_certificate(shared, der, &fast));
    CU_ASSERT_EQUAL_FATAL(core_shared_enter(shared, made), 0);
    CU_ASSERT(core_shared_certificate(shared, der, &fast));
    CU_ASSERT_EQUAL_FATAL(core_certificate_read(der, &slow), 0);
    CU_ASSERT_STRING_EQUAL(fast.name, slow.name);
    CU_ASSERT_EQUAL(memcmp(fast.public_key, slow.public_key, ROAM_KEY_BYTES), 0);
    for (size_t i = 0; i < der.len; i++) {
        changed[i] ^= 1;
        CU_ASSERT_FALSE(core_shared_certificate(shared, (core_der){changed, der.len}, &fast));
        changed[i] ^= 1;
    }
    core_shared_leave(shared, made);
    CU_ASSERT_FALSE(core_shared_certificate(shared, der, &fast));

    /* An identity from bytes may have a certificate whose signature nobody has looked at. */
    changed[der.len - 1] ^= 1;
    CU_ASSERT_EQUAL_FATAL(
        core_identity_load((core_der){changed, der.len}, core_identity_private_key(made), &loaded), 0);
    CU_ASSERT_EQUAL_FATAL(core_shared_enter(shared, loaded), 0);
    CU_ASSERT_FALSE(core_shared_certificate(shared, (core_der){changed, der.len}, &fast));
    core_shared_leave(shared, loaded);
    roam_identity_free(loaded);
    roam_identity_free(made);
    roam_shared_free(shared);
}

static const check_test TESTS[] = {{"handshakes have the same bytes", test_the_same_bytes},
                                   {"no key is computed twice", test_work},
                                   {"a hash has the device that it is given", test_devices},
                                   {"a signature is known for its message and key", test_signatures},
                                   {"a key for an exchange is the same", test_exchange_keys},
                                   {"a secret is known for its two keys", test_secrets},
                                   {"a certificate made here is known", test_certificates}};
CHECK_MAIN("shared", TESTS)
