/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "core/tls/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "core/hash.h"
#include "core/tls/tests/certificates.h"

static roam_identity *make(const char *name, const uint8_t seed[ROAM_KEY_BYTES])
{
    roam_identity *identity = NULL;
    int status = roam_identity_new(name, seed, &identity);

    if (status != ROAM_OK) {
        printf("\n  identity '%s': status %d, expected 0\n", name, status);
        CU_FAIL_FATAL("no identity");
    }
    return identity;
}

static uint64_t digest(core_der der)
{
    return core_hash_bytes(CORE_HASH_START, der.bytes, der.len);
}

/* RFC 8032 section 7.1, test 1. */
static const uint8_t rfc_seed[ROAM_KEY_BYTES] = {
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
static const uint8_t rfc_public_key[ROAM_KEY_BYTES] = {
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
    0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static void test_known_answer(void)
{
    roam_identity *identity = make("laptop", rfc_seed);

    CU_ASSERT_EQUAL(memcmp(roam_identity_public_key(identity), rfc_public_key, ROAM_KEY_BYTES), 0);
    CU_ASSERT_STRING_EQUAL(roam_identity_name(identity), "laptop");
    CHECK(digest(core_identity_certificate(identity)), 0x6cbaa2f3cdd9ae4a, "digest: certificate");
    CHECK(digest(core_identity_private_key(identity)), 0xed4bc511250aa753, "digest: private key");
    roam_identity_free(identity);
}

static void test_names(void)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyz-0123456789.ABCDEFGHIJKLMNOPQRSTUVWXY";
    static const struct {
        const char *name;
        bool valid;
    } cases[] = {
        {"a", true},
        {"laptop", true},
        {"node-1.example", true},
        {"~!#$%&'()*-.:;<>?@[]^_`{|}", true},
        {longest, true},
        {"", false},
        {" ", false},
        {"two words", false},
        {"tab\t", false},
        {"quote\"", false},
        {"back\\slash", false},
        {"a/b", false},
        {"a,b", false},
        {"a=b", false},
        {"a+b", false},
        {"\x7f", false},
        {"\xc3\xa9", false},
        {"line\n", false},
        {"abcdefghijklmnopqrstuvwxyz-0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ", false},
    };

    CU_ASSERT_EQUAL(strlen(longest), ROAM_NAME_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        roam_identity *const untouched = (roam_identity *)(void *)&longest;
        roam_identity *identity = untouched;
        int expected = cases[i].valid ? ROAM_OK : ROAM_ERR_INVALID_ARGUMENT;
        int status = roam_identity_new(cases[i].name, rfc_seed, &identity);

        CHECK(status, expected, "name '%s'", cases[i].name);
        CHECK(core_name_is_valid(cases[i].name), cases[i].valid, "valid: '%s'", cases[i].name);
        CU_ASSERT(status == ROAM_OK || identity == untouched);
        if (status == ROAM_OK)
            roam_identity_free(identity);
    }
    CU_ASSERT_EQUAL(roam_identity_new(NULL, rfc_seed, &(roam_identity *){NULL}), ROAM_ERR_INVALID_ARGUMENT);
}

static void check_read(const roam_identity *identity)
{
    core_certificate read;
    int status = core_certificate_read(core_identity_certificate(identity), &read);

    if (status != ROAM_OK || strcmp(read.name, roam_identity_name(identity)) != 0 ||
        memcmp(read.public_key, roam_identity_public_key(identity), ROAM_KEY_BYTES) != 0) {
        printf("\n  '%s': read as '%s', status %d, expected 0\n", roam_identity_name(identity),
               status == ROAM_OK ? read.name : "", status);
        CU_FAIL("a certificate does not read as it was written");
    }
}

static void test_round_trip(void)
{
    char name[ROAM_NAME_MAX + 1] = "";
    uint8_t seed[ROAM_KEY_BYTES] = {0};

    for (size_t len = 1; len <= ROAM_NAME_MAX; len++) {
        roam_identity *identity, *again;

        name[len - 1] = (char)('a' + len % 26);
        seed[len % ROAM_KEY_BYTES]++;
        identity = make(name, seed);
        again = make(name, seed);
        check_read(identity);
        CU_ASSERT_EQUAL(digest(core_identity_certificate(identity)),
                        digest(core_identity_certificate(again)));
        roam_identity_free(again);
        roam_identity_free(identity);
    }
    roam_identity_free(NULL);
}

static void test_foreign(void)
{
    uint8_t seed[ROAM_KEY_BYTES];
    foreign_certificate foreign;
    roam_identity *identity;

    memset(seed, FOREIGN_SEED_BYTE, sizeof seed);
    identity = make("foreign", seed);
    for (size_t i = 0; foreign_certificate_get(i, &foreign); i++) {
        core_certificate read = {.name = "untouched"};
        int expected = foreign.name != NULL ? ROAM_OK : ROAM_ERR_TLS;
        int status = core_certificate_read((core_der){foreign.bytes, foreign.len}, &read);
        const char *name = foreign.name != NULL ? foreign.name : "untouched";

        if (status != expected || strcmp(read.name, name) != 0 ||
            (status == ROAM_OK &&
             memcmp(read.public_key, roam_identity_public_key(identity), ROAM_KEY_BYTES) != 0)) {
            printf("\n  %s: status %d, expected %d; name '%s', expected '%s'\n", foreign.about, status,
                   expected, read.name, name);
            CU_FAIL("foreign certificate");
        }
    }
    roam_identity_free(identity);
}

/* ---- Hostile bytes ----------------------------------------------------------------------------------------
 */

/* In memory of exactly its size, so that a sanitizer sees a read beyond the end. */
static void refuse(const uint8_t *bytes, size_t len, const char *what, size_t where)
{
    core_certificate read;
    uint8_t *exact = malloc(len > 0 ? len : 1);
    int status;

    CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
    memcpy(exact, bytes, len);
    status = core_certificate_read((core_der){exact, len}, &read);
    CHECK(status, ROAM_ERR_TLS, "%s %zu", what, where);
    free(exact);
}

static void test_cut_and_grown(void)
{
    roam_identity *identity = make("laptop", rfc_seed);
    core_der der = core_identity_certificate(identity);
    uint8_t grown[600] = {0};

    for (size_t len = 0; len < der.len; len++)
        refuse(der.bytes, len, "cut to", len);
    memcpy(grown, der.bytes, der.len);
    for (size_t more = 1; more <= 8; more++)
        refuse(grown, der.len + more, "bytes too many:", more);
    CU_ASSERT_EQUAL(core_certificate_read((core_der){NULL, 0}, &(core_certificate){.name = ""}),
                    ROAM_ERR_TLS);
    roam_identity_free(identity);
}

static void test_every_bit(void)
{
    roam_identity *identity = make("laptop", rfc_seed);
    core_der der = core_identity_certificate(identity);
    uint8_t bytes[600];

    memcpy(bytes, der.bytes, der.len);
    for (size_t bit = 0; bit < der.len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refuse(bytes, der.len, "flipped bit", bit);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    roam_identity_free(identity);
}

static uint32_t draw(uint64_t *state, size_t below)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)((*state >> 33) % below);
}

/* Several faults at once: bytes set, cut out and doubled, with a liking for lengths that lie. */
static void test_mutations(void)
{
    static const uint8_t liked[] = {0x00, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff};
    roam_identity *identity = make("laptop", rfc_seed);
    core_der der = core_identity_certificate(identity);
    uint64_t state = 1;

    for (size_t round = 0; round < 20000; round++) {
        uint8_t bytes[600];
        size_t len = der.len;

        memcpy(bytes, der.bytes, len);
        for (uint32_t fault = 0, faults = 1 + draw(&state, 4); fault < faults; fault++) {
            size_t at = draw(&state, len - 8), run = 1 + draw(&state, 8);

            switch (draw(&state, 4)) {
            case 0:
                bytes[at] = (uint8_t)draw(&state, 256);
                break;
            case 1:
                bytes[at] = liked[draw(&state, sizeof liked)];
                break;
            case 2:
                memmove(bytes + at, bytes + at + run, len - at - run);
                len -= run;
                break;
            default:
                memmove(bytes + at + run, bytes + at, len - at);
                len += run;
                break;
            }
        }
        if (len != der.len || memcmp(bytes, der.bytes, len) != 0)
            refuse(bytes, len, "mutation", round);
    }
    roam_identity_free(identity);
}

/* Of all pairs of a certificate and a private key, those that belong together are loaded. */
static void test_pairs(void)
{
    uint8_t seeds[3][ROAM_KEY_BYTES] = {{1}, {2}, {3}};
    roam_identity *made[3], *loaded;
    for (size_t i = 0; i < 3; i++)
        made[i] = make("laptop", seeds[i]);
    for (size_t i = 0; i < 9; i++) {
        const bool pair = i / 3 == i % 3;
        const int status = core_identity_load(core_identity_certificate(made[i / 3]),
                                              core_identity_private_key(made[i % 3]), &loaded);
        CHECK(status, pair ? ROAM_OK : ROAM_ERR_TLS, "certificate %zu, key %zu", i / 3, i % 3);
        if (status != ROAM_OK)
            continue;
        CU_ASSERT(core_identity_is_made_here(loaded));
        CHECK_BYTES(core_identity_certificate(loaded).bytes, core_identity_certificate(made[i / 3]).bytes,
                    core_identity_certificate(made[i / 3]).len, "certificate");
        roam_identity_free(loaded);
    }
    for (size_t i = 0; i < 3; i++)
        roam_identity_free(made[i]);
}

static const check_test TESTS[] = {{"the same seed and name give the same bytes as ever", test_known_answer},
                                   {"names", test_names},
                                   {"what is written is read", test_round_trip},
                                   {"a certificate and another one's key", test_pairs},
                                   {"certificates of another library", test_foreign},
                                   {"no part of a certificate is one, nor more than it", test_cut_and_grown},
                                   {"a certificate with one bit flipped is refused", test_every_bit},
                                   {"mutated certificates are refused", test_mutations}};
CHECK_MAIN("identity", TESTS)
