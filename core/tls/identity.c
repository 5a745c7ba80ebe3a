/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/identity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

enum { SIGNATURE_BYTES = 64, CERTIFICATE_MAX = 512, PRIVATE_KEY_MAX = 48 };

struct roam_identity {
    char name[ROAM_NAME_MAX + 1];
    uint8_t public_key[ROAM_KEY_BYTES];
    uint8_t certificate[CERTIFICATE_MAX];
    size_t certificate_len;
    uint8_t private_key[PRIVATE_KEY_MAX];
    size_t private_key_len;
    bool made_here;
};

/* ---- Writing DER ------------------------------------------------------------------------------------------
 * Backwards: the content of a constructed value stands before its length is needed. */

typedef struct der_writer {
    uint8_t bytes[CERTIFICATE_MAX];
    size_t start; /* what is written lies from here to the end */
} der_writer;

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_UTF8_STRING = 0x0c,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_EXPLICIT_0 = 0xa0,
    DER_EXPLICIT_3 = 0xa3
};

/* AlgorithmIdentifier id-Ed25519 without parameters (RFC 8410 section 3). */
static const uint8_t ed25519_identifier[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

static void der_put(der_writer *writer, const void *bytes, size_t len)
{
    assert(len <= writer->start);
    writer->start -= len;
    memcpy(writer->bytes + writer->start, bytes, len);
}

/* Tag and length of a value of up to 65535 bytes; returns how many bytes of head they take. */
static size_t der_head(uint8_t tag, size_t len, uint8_t head[4])
{
    assert(len <= UINT16_MAX);
    head[0] = tag;
    if (len < 0x80) {
        head[1] = (uint8_t)len;
        return 2;
    }
    if (len < 0x100) {
        head[1] = 0x81;
        head[2] = (uint8_t)len;
        return 3;
    }
    head[1] = 0x82;
    head[2] = (uint8_t)(len >> 8);
    head[3] = (uint8_t)len;
    return 4;
}

/* Puts tag and length before all that was written since the writer stood at end. */
static void der_wrap(der_writer *writer, uint8_t tag, size_t end)
{
    uint8_t head[4];
    const size_t head_len = der_head(tag, end - writer->start, head);

    der_put(writer, head, head_len);
}

static void der_put_value(der_writer *writer, uint8_t tag, const void *bytes, size_t len)
{
    const size_t end = writer->start;

    der_put(writer, bytes, len);
    der_wrap(writer, tag, end);
}

/* A BIT STRING without unused bits. */
static void der_put_bits(der_writer *writer, const uint8_t *bytes, size_t len)
{
    static const uint8_t unused_bits = 0;
    const size_t end = writer->start;

    der_put(writer, bytes, len);
    der_put(writer, &unused_bits, 1);
    der_wrap(writer, DER_BIT_STRING, end);
}

static void der_put_ed25519(der_writer *writer)
{
    der_put(writer, ed25519_identifier, sizeof ed25519_identifier);
}

static void der_put_name(der_writer *writer, const char *common_name)
{
    static const uint8_t id_at_common_name[] = {0x06, 0x03, 0x55, 0x04, 0x03};
    const size_t end = writer->start;

    der_put_value(writer, DER_UTF8_STRING, common_name, strlen(common_name));
    der_put(writer, id_at_common_name, sizeof id_at_common_name);
    der_wrap(writer, DER_SEQUENCE, end);
    der_wrap(writer, DER_SET, end);
    der_wrap(writer, DER_SEQUENCE, end);
}

/* Fixed, because certificates must come out the same on every day (RFC 5280 section 4.1.2.5). */
static void der_put_validity(der_writer *writer)
{
    static const char not_before[] = "000101000000Z";
    static const char not_after[] = "20991231235959Z";
    const size_t end = writer->start;

    der_put_value(writer, DER_GENERALIZED_TIME, not_after, strlen(not_after));
    der_put_value(writer, DER_UTC_TIME, not_before, strlen(not_before));
    der_wrap(writer, DER_SEQUENCE, end);
}

/* Positive and of full length: the top bit is clear and the next one set (RFC 5280 section 4.1.2.2). */
static void der_put_serial(der_writer *writer, const uint8_t public_key[ROAM_KEY_BYTES])
{
    uint8_t serial[16];

    memcpy(serial, public_key, sizeof serial);
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
    der_put_value(writer, DER_INTEGER, serial, sizeof serial);
}

static void der_put_tbs_certificate(der_writer *writer, const char *name,
                                    const uint8_t public_key[ROAM_KEY_BYTES])
{
    /* keyUsage, critical, digitalSignature */
    static const uint8_t key_usage[] = {0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01,
                                        0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80};
    static const uint8_t version_3 = 2;
    size_t end = writer->start, inner;

    der_put_value(writer, DER_SEQUENCE, key_usage, sizeof key_usage);
    der_wrap(writer, DER_EXPLICIT_3, end);
    inner = writer->start;
    der_put_bits(writer, public_key, ROAM_KEY_BYTES);
    der_put_ed25519(writer);
    der_wrap(writer, DER_SEQUENCE, inner);
    der_put_name(writer, name);
    der_put_validity(writer);
    der_put_name(writer, name);
    der_put_ed25519(writer);
    der_put_serial(writer, public_key);
    inner = writer->start;
    der_put_value(writer, DER_INTEGER, &version_3, 1);
    der_wrap(writer, DER_EXPLICIT_0, inner);
    der_wrap(writer, DER_SEQUENCE, end);
}

/* ---- Identities -------------------------------------------------------------------------------------------
 */

static int status_from_wolfssl(int error)
{
    return error == MEMORY_E ? ROAM_ERR_NO_MEMORY : ROAM_ERR_TLS;
}

static int make_certificate(roam_identity *identity, ed25519_key *key)
{
    der_writer tbs = {.start = CERTIFICATE_MAX};
    der_writer writer = {.start = CERTIFICATE_MAX};
    uint8_t signature[SIGNATURE_BYTES];
    word32 signature_len = sizeof signature;
    size_t tbs_len;
    int error;

    der_put_tbs_certificate(&tbs, identity->name, identity->public_key);
    tbs_len = CERTIFICATE_MAX - tbs.start;
    error = wc_ed25519_sign_msg(tbs.bytes + tbs.start, (word32)tbs_len, signature, &signature_len, key);
    if (error != 0)
        return status_from_wolfssl(error);
    der_put_bits(&writer, signature, signature_len);
    der_put_ed25519(&writer);
    der_put(&writer, tbs.bytes + tbs.start, tbs_len);
    der_wrap(&writer, DER_SEQUENCE, CERTIFICATE_MAX);

    identity->certificate_len = CERTIFICATE_MAX - writer.start;
    memcpy(identity->certificate, writer.bytes + writer.start, identity->certificate_len);
    return ROAM_OK;
}

/* What stands before the seed in a OneAsymmetricKey, version 1 (RFC 8410 section 7). */
static const uint8_t private_key_head[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                           0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

static void make_private_key(roam_identity *identity, const uint8_t seed[ROAM_KEY_BYTES])
{
    static_assert(sizeof private_key_head + ROAM_KEY_BYTES == PRIVATE_KEY_MAX, "all of the key fits");
    memcpy(identity->private_key, private_key_head, sizeof private_key_head);
    memcpy(identity->private_key + sizeof private_key_head, seed, ROAM_KEY_BYTES);
    identity->private_key_len = sizeof private_key_head + ROAM_KEY_BYTES;
}

static int make_keys(roam_identity *identity, const uint8_t seed[ROAM_KEY_BYTES])
{
    ed25519_key key;
    int status;
    int error = wc_ed25519_init(&key);

    if (error != 0)
        return status_from_wolfssl(error);
    error = wc_ed25519_import_private_only(seed, ROAM_KEY_BYTES, &key);
    if (error == 0)
        error = wc_ed25519_make_public(&key, identity->public_key, ROAM_KEY_BYTES);
    if (error == 0) {
        /* Trusted: it was computed from the seed a line above. */
        error = wc_ed25519_import_private_key_ex(seed, ROAM_KEY_BYTES, identity->public_key, ROAM_KEY_BYTES,
                                                 &key, 1);
    }
    if (error != 0) {
        status = status_from_wolfssl(error);
        goto out;
    }
    make_private_key(identity, seed);
    status = make_certificate(identity, &key);
out:
    wc_ed25519_free(&key);
    return status;
}

bool core_name_is_valid(const char *name)
{
    size_t len;

    for (len = 0; name[len] != '\0'; len++)
        if (len == ROAM_NAME_MAX || name[len] <= ' ' || name[len] > '~' ||
            strchr("\"\\/,=+", name[len]) != NULL)
            return false;
    return len > 0;
}

int roam_identity_new(const char *name, const uint8_t seed[ROAM_KEY_BYTES], roam_identity **out)
{
    roam_identity *identity;
    int status;

    if (name == NULL || seed == NULL || out == NULL || !core_name_is_valid(name))
        return ROAM_ERR_INVALID_ARGUMENT;
    identity = calloc(1, sizeof *identity);
    if (identity == NULL)
        return ROAM_ERR_NO_MEMORY;
    memcpy(identity->name, name, strlen(name));
    status = make_keys(identity, seed);
    identity->made_here = true;
    if (status != ROAM_OK) {
        roam_identity_free(identity);
        return status;
    }
    *out = identity;
    return ROAM_OK;
}

void roam_identity_free(roam_identity *identity)
{
    volatile uint8_t *secret;

    if (identity == NULL)
        return;
    secret = identity->private_key;
    for (size_t i = 0; i < sizeof identity->private_key; i++)
        secret[i] = 0;
    free(identity);
}

const char *roam_identity_name(const roam_identity *identity)
{
    return identity->name;
}

const uint8_t *roam_identity_public_key(const roam_identity *identity)
{
    return identity->public_key;
}

bool core_identity_is_made_here(const roam_identity *identity)
{
    return identity->made_here;
}

core_der core_identity_certificate(const roam_identity *identity)
{
    return (core_der){identity->certificate, identity->certificate_len};
}

core_der core_identity_private_key(const roam_identity *identity)
{
    return (core_der){identity->private_key, identity->private_key_len};
}

/* ---- Certificates from outside ----------------------------------------------------------------------------
 */

/* wolfSSL's parser accepts bytes after the certificate and some malformed fields before the signature. Here
 * all that the signature does not cover must be as DER requires, so that a certificate has exactly one
 * form. */
static bool is_canonical(core_der der, const DecodedCert *parsed)
{
    static const uint8_t bit_string_head[] = {DER_BIT_STRING, SIGNATURE_BYTES + 1, 0};
    enum { TAIL = sizeof ed25519_identifier + sizeof bit_string_head };
    const uint8_t *const tail = der.bytes + parsed->sigIndex;
    uint8_t head[4];
    size_t head_len;

    if (parsed->certBegin >= parsed->sigIndex || der.len != (size_t)parsed->sigIndex + TAIL + SIGNATURE_BYTES)
        return false;
    head_len = der_head(DER_SEQUENCE, der.len - parsed->certBegin, head);
    return head_len == parsed->certBegin && memcmp(der.bytes, head, head_len) == 0 &&
           memcmp(tail, ed25519_identifier, sizeof ed25519_identifier) == 0 &&
           memcmp(tail + sizeof ed25519_identifier, bit_string_head, sizeof bit_string_head) == 0;
}

static bool is_signed_by_its_own_key(core_der der, const DecodedCert *parsed)
{
    ed25519_key key;
    int valid = 0;

    if (wc_ed25519_init(&key) != 0)
        return false;
    if (wc_ed25519_import_public(parsed->publicKey, ROAM_KEY_BYTES, &key) != 0 ||
        wc_ed25519_verify_msg(der.bytes + der.len - SIGNATURE_BYTES, SIGNATURE_BYTES,
                              der.bytes + parsed->certBegin, parsed->sigIndex - parsed->certBegin, &valid,
                              &key) != 0)
        valid = 0;
    wc_ed25519_free(&key);
    return valid == 1;
}

static bool parse(core_der der, const DecodedCert *parsed, core_certificate *out)
{
    core_certificate read = {.name = ""};

    if (parsed->keyOID != ED25519k || parsed->publicKey == NULL || parsed->pubKeySize != ROAM_KEY_BYTES ||
        parsed->subjectCN == NULL || parsed->subjectCNLen <= 0 || parsed->subjectCNLen > ROAM_NAME_MAX)
        return false;
    memcpy(read.name, parsed->subjectCN, (size_t)parsed->subjectCNLen);
    memcpy(read.public_key, parsed->publicKey, ROAM_KEY_BYTES);
    if (strlen(read.name) != (size_t)parsed->subjectCNLen || !core_name_is_valid(read.name) ||
        !is_canonical(der, parsed))
        return false;
    *out = read;
    return true;
}

static int read_certificate(core_der der, bool check_signature, core_certificate *out)
{
    DecodedCert parsed;
    core_certificate read;
    bool accepted;

    if (der.bytes == NULL || der.len == 0 || der.len > UINT16_MAX)
        return ROAM_ERR_TLS;
    wc_InitDecodedCert(&parsed, der.bytes, (word32)der.len, NULL);
    accepted = wc_ParseCert(&parsed, CERT_TYPE, NO_VERIFY, NULL) == 0 && parse(der, &parsed, &read) &&
               (!check_signature || is_signed_by_its_own_key(der, &parsed));
    wc_FreeDecodedCert(&parsed);
    if (!accepted)
        return ROAM_ERR_TLS;
    *out = read;
    return ROAM_OK;
}

int core_certificate_read(core_der der, core_certificate *out)
{
    return read_certificate(der, true, out);
}

/* The value of that many bytes behind the only place of the prefix; NULL: there is none. */
static const uint8_t *find_behind(core_der der, const uint8_t *prefix, size_t prefix_len, size_t len)
{
    for (size_t at = 0; at + prefix_len + len <= der.len; at++)
        if (memcmp(der.bytes + at, prefix, prefix_len) == 0)
            return der.bytes + at + prefix_len;
    return NULL;
}

/* Whether it is what make_certificate makes of the name and the key that stand in it, the signature apart:
 * then there is nothing to parse. */
static bool is_ours(core_der der, core_certificate *out)
{
    static const uint8_t name_head[] = {0x06, 0x03, 0x55, 0x04, 0x03, DER_UTF8_STRING};
    static const uint8_t key_head[] = {0x2b, 0x65, 0x70, DER_BIT_STRING, ROAM_KEY_BYTES + 1, 0};
    const uint8_t *const name = find_behind(der, name_head, sizeof name_head, 1);
    const uint8_t *const key = find_behind(der, key_head, sizeof key_head, ROAM_KEY_BYTES);
    der_writer made = {.start = CERTIFICATE_MAX};
    core_certificate read = {.name = ""};
    uint8_t head[4];
    if (!name || !key || name[0] > ROAM_NAME_MAX || name + 1 + name[0] > der.bytes + der.len)
        return false;
    memcpy(read.name, name + 1, name[0]);
    memcpy(read.public_key, key, sizeof read.public_key);
    if (strlen(read.name) != name[0] || !core_name_is_valid(read.name))
        return false;
    der_put_tbs_certificate(&made, read.name, read.public_key);
    const size_t tbs_len = CERTIFICATE_MAX - made.start;
    const size_t len = tbs_len + sizeof ed25519_identifier + 3 + SIGNATURE_BYTES;
    const size_t head_len = der_head(DER_SEQUENCE, len, head);
    const uint8_t bit_string_head[] = {DER_BIT_STRING, SIGNATURE_BYTES + 1, 0};
    const uint8_t *const tail = der.bytes + head_len + tbs_len;
    if (der.len != head_len + len || memcmp(der.bytes, head, head_len) != 0 ||
        memcmp(der.bytes + head_len, made.bytes + made.start, tbs_len) != 0 ||
        memcmp(tail, ed25519_identifier, sizeof ed25519_identifier) != 0 ||
        memcmp(tail + sizeof ed25519_identifier, bit_string_head, sizeof bit_string_head) != 0)
        return false;
    *out = read;
    return true;
}

int core_certificate_parse(core_der der, core_certificate *out)
{
    return is_ours(der, out) ? ROAM_OK : read_certificate(der, false, out);
}

/* wolfSSL as changed does not compare the two keys (core/wolfssl/50-own-key-is-a-pair.ed): a signature that
 * is computed with the public key of somebody else tells of the private key (RFC 8032 section 5.1.6). */
int core_identity_load(core_der certificate, core_der private_key, roam_identity **out)
{
    core_certificate own;
    roam_identity *identity;
    if (certificate.len > CERTIFICATE_MAX || private_key.len != PRIVATE_KEY_MAX ||
        memcmp(private_key.bytes, private_key_head, sizeof private_key_head) != 0 ||
        core_certificate_parse(certificate, &own))
        return ROAM_ERR_TLS;
    const int status = roam_identity_new(own.name, private_key.bytes + sizeof private_key_head, &identity);
    if (status)
        return status;
    if (memcmp(identity->public_key, own.public_key, sizeof own.public_key) != 0) {
        roam_identity_free(identity);
        return ROAM_ERR_TLS;
    }
    identity->made_here = identity->certificate_len == certificate.len &&
                          memcmp(identity->certificate, certificate.bytes, certificate.len) == 0;
    memcpy(identity->certificate, certificate.bytes, certificate.len);
    identity->certificate_len = certificate.len;
    *out = identity;
    return ROAM_OK;
}
