/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet protection against that of ngtcp2_crypto, with the same keys: random packets, and packets that are
 * not authentic. What keys are derived with, against the answers of RFC 5869. */
#include "core/tls/protection.h"

#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/openssl/evp.h>
#include <wolfssl/quic.h>

#include <ngtcp2/ngtcp2_crypto.h>

#include <CUnit/Basic.h>

#include "core/tests/allocation.h"
#include "core/tests/check.h"

enum { PACKETS = 2000, LEN_MAX = 1452, AAD_MAX = 64, TAG = 16, NONCE = 12, SAMPLE = 16, KEY_MAX = 32 };

typedef const WOLFSSL_EVP_CIPHER *(*cipher_get)(void);

static const struct {
    const char *name;
    cipher_get aead, header;
} suites[] = {
    {"AES-128-GCM", wolfSSL_EVP_aes_128_gcm, wolfSSL_EVP_aes_128_ctr},
    {"AES-256-GCM", wolfSSL_EVP_aes_256_gcm, wolfSSL_EVP_aes_256_ctr},
    {"ChaCha20-Poly1305", wolfSSL_EVP_chacha20_poly1305, wolfSSL_EVP_chacha20},
};
enum { SUITES = sizeof suites / sizeof suites[0] };

typedef struct keys {
    const char *name;
    ngtcp2_crypto_aead aead;
    ngtcp2_crypto_cipher header;
    ngtcp2_crypto_aead_ctx seal, open;
    ngtcp2_crypto_cipher_ctx mask;
} keys;

typedef struct packet {
    uint8_t plain[LEN_MAX], aad[AAD_MAX], nonce[NONCE];
    size_t len, aad_len;
} packet;

static void draw(uint64_t *state, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)check_random(state);
}

static keys keys_of(size_t suite, uint64_t *state)
{
    keys k = {.name = suites[suite].name};
    uint8_t key[KEY_MAX];
    draw(state, key, sizeof key);
    k.aead = (ngtcp2_crypto_aead){(void *)(uintptr_t)suites[suite].aead(), TAG};
    k.header.native_handle = (void *)(uintptr_t)suites[suite].header();
    CHECK(ngtcp2_crypto_aead_ctx_encrypt_init(&k.seal, &k.aead, key, NONCE), 0, "%s", k.name);
    CHECK(ngtcp2_crypto_aead_ctx_decrypt_init(&k.open, &k.aead, key, NONCE), 0, "%s", k.name);
    k.mask.native_handle =
        wolfSSL_quic_crypt_new(suites[suite].header(), key, NULL, 1); /* as ngtcp2_crypto does */
    CU_ASSERT_PTR_NOT_NULL_FATAL(k.mask.native_handle);
    return k;
}

static void keys_free(keys *k)
{
    ngtcp2_crypto_aead_ctx_free(&k->seal);
    ngtcp2_crypto_aead_ctx_free(&k->open);
    wolfSSL_EVP_CIPHER_CTX_free(k->mask.native_handle);
}

static packet packet_of(uint64_t *state)
{
    packet p = {.len = 1 + check_random(state) % LEN_MAX, .aad_len = 1 + check_random(state) % AAD_MAX};
    draw(state, p.plain, p.len);
    draw(state, p.aad, p.aad_len);
    draw(state, p.nonce, NONCE);
    return p;
}

static int seal(const keys *k, const packet *p, uint8_t *to)
{
    return core_tls_encrypt(to, &k->aead, &k->seal, p->plain, p->len, p->nonce, NONCE, p->aad, p->aad_len);
}

static int unseal(const keys *k, const packet *p, const uint8_t *sealed, size_t len, uint8_t *to)
{
    return core_tls_decrypt(to, &k->aead, &k->open, sealed, len, p->nonce, NONCE, p->aad, p->aad_len);
}

static void check_packet(const keys *k, const packet *p)
{
    uint8_t ours[LEN_MAX + TAG], theirs[LEN_MAX + TAG], opened[LEN_MAX];
    CHECK(seal(k, p, ours), 0, "%s: %zu bytes", k->name, p->len);
    CHECK(ngtcp2_crypto_encrypt_cb(theirs, &k->aead, &k->seal, p->plain, p->len, p->nonce, NONCE, p->aad,
                                   p->aad_len),
          0, "%s: %zu bytes", k->name, p->len);
    CHECK(memcmp(ours, theirs, p->len + TAG), 0, "%s: %zu bytes sealed", k->name, p->len);
    CHECK(unseal(k, p, theirs, p->len + TAG, opened), 0, "%s: %zu bytes opened", k->name, p->len);
    CHECK(memcmp(opened, p->plain, p->len), 0, "%s: %zu bytes opened", k->name, p->len);
    memcpy(ours, p->plain, p->len); /* ngtcp2 seals in place */
    CHECK(core_tls_encrypt(ours, &k->aead, &k->seal, ours, p->len, p->nonce, NONCE, p->aad, p->aad_len), 0,
          "%s", k->name);
    CHECK(memcmp(ours, theirs, p->len + TAG), 0, "%s: %zu bytes sealed in place", k->name, p->len);
}

static void check_mask(const keys *k, uint64_t *state)
{
    uint8_t sample[SAMPLE], ours[SAMPLE], theirs[SAMPLE];
    draw(state, sample, sizeof sample);
    CHECK(core_tls_header_mask(ours, &k->header, &k->mask, sample), 0, "%s", k->name);
    CHECK(ngtcp2_crypto_hp_mask_cb(theirs, &k->header, &k->mask, sample), 0, "%s", k->name);
    CHECK(memcmp(ours, theirs, NGTCP2_HP_MASKLEN), 0, "%s: mask", k->name);
}

static void test_equals_ngtcp2(void)
{
    uint64_t state = 1;
    for (size_t suite = 0; suite < SUITES; suite++) {
        keys k = keys_of(suite, &state);
        for (size_t i = 0; i < PACKETS; i++) {
            const packet p = packet_of(&state);
            check_packet(&k, &p);
            check_mask(&k, &state);
        }
        keys_free(&k);
    }
}

/* The byte at a place of what is authenticated: sealed packet, header, nonce. */
static uint8_t *byte_of(packet *p, uint8_t *sealed, size_t at)
{
    if (at < p->len + TAG)
        return &sealed[at];
    at -= p->len + TAG;
    return at < p->aad_len ? &p->aad[at] : &p->nonce[at - p->aad_len];
}

/* One bit is another one; it becomes what it was. */
static void test_forged(void)
{
    uint64_t state = 2;
    for (size_t suite = 0; suite < SUITES; suite++) {
        keys k = keys_of(suite, &state);
        for (size_t i = 0; i < PACKETS; i++) {
            packet p = packet_of(&state);
            uint8_t sealed[LEN_MAX + TAG], opened[LEN_MAX];
            CHECK(seal(&k, &p, sealed), 0, "%s", k.name);
            const size_t bits = 8 * (p.len + TAG + p.aad_len + NONCE), bit = check_random(&state) % bits;
            uint8_t *const byte = byte_of(&p, sealed, bit / 8);
            *byte ^= (uint8_t)(1U << bit % 8);
            CHECK(unseal(&k, &p, sealed, p.len + TAG, opened), NGTCP2_ERR_DECRYPT, "%s: bit %zu of %zu",
                  k.name, bit, bits);
            *byte ^= (uint8_t)(1U << bit % 8);
            CHECK(unseal(&k, &p, sealed, p.len + TAG, opened), 0, "%s: bit %zu of %zu restored", k.name, bit,
                  bits);
        }
        keys_free(&k);
    }
}

static void test_too_short(void)
{
    uint64_t state = 3;
    for (size_t suite = 0; suite < SUITES; suite++) {
        keys k = keys_of(suite, &state);
        const packet p = packet_of(&state);
        uint8_t sealed[LEN_MAX + TAG], opened[LEN_MAX];
        CHECK(seal(&k, &p, sealed), 0, "%s", k.name);
        for (size_t len = 0; len < TAG; len++)
            CHECK(unseal(&k, &p, sealed, len, opened), NGTCP2_ERR_DECRYPT, "%s: %zu bytes", k.name, len);
        keys_free(&k);
    }
}

/* RFC 5869 appendix A.1 and A.3: the key is of 22 bytes 0x0b, salt and info count upwards, or are empty. */
static const struct {
    size_t salt_len, info_len;
    const char *extracted, *expanded;
} answers[] = {
    {13, 10, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {0, 0, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void test_hkdf(void)
{
    enum { KEY = 22, EXTRACTED = 32, EXPANDED = 42 };
    uint8_t key[KEY], salt[13], info[10], extracted[EXTRACTED], expanded[EXPANDED], both[EXPANDED];
    ngtcp2_crypto_md md;
    memset(key, 0x0b, sizeof key);
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof info; i++)
        info[i] = (uint8_t)(0xf0 + i);
    ngtcp2_crypto_md_init(&md, (void *)(uintptr_t)wolfSSL_EVP_sha256());
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const size_t salt_len = answers[i].salt_len, info_len = answers[i].info_len;
        const uint64_t before = allocation_look().calls;
        CHECK(ngtcp2_crypto_hkdf_extract(extracted, &md, key, KEY, salt, salt_len), 0, "extract %zu", i);
        CHECK(ngtcp2_crypto_hkdf_expand(expanded, EXPANDED, &md, extracted, EXTRACTED, info, info_len), 0,
              "expand %zu", i);
        CHECK(ngtcp2_crypto_hkdf(both, EXPANDED, &md, key, KEY, salt, salt_len, info, info_len), 0, "%zu", i);
        CHECK(allocation_look().calls, before, "allocations %zu", i);
        CHECK_HEX(extracted, answers[i].extracted, "extract %zu", i);
        CHECK_HEX(expanded, answers[i].expanded, "expand %zu", i);
        CHECK_HEX(both, answers[i].expanded, "extract and expand %zu", i);
    }
}

static const check_test tests[] = {
    {"what ngtcp2_crypto gives", test_equals_ngtcp2},
    {"a packet that is not authentic", test_forged},
    {"a packet shorter than its tag", test_too_short},
    {"HKDF gives what RFC 5869 says, and allocates nothing", test_hkdf},
};
CHECK_MAIN("packet protection", tests)
