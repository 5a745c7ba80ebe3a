/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/shared.h"

#include "core/hash.h"
#include "core/map.h"

#include <stdlib.h>
#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/fe_operations.h>
#include <wolfssl/wolfcrypt/ge_operations.h>

/* Content of a CertificateVerify: 64 spaces, a text of 33 bytes, 0, and a hash of at most 48 (RFC 8446
 * section 4.4.3). */
enum { MESSAGE_MAX = 152, KEY_BYTES = 32, VALUE_MAX = 64, PLACES_FIRST = 16, PLACES_MAX = 2048 };

typedef enum kind { EMPTY, SIGNATURE, SECRET } kind;

/* SIGNATURE: of the message under the public key. SECRET: of two public keys, the lesser one first. */
typedef struct place {
    kind kind;
    size_t message_len;
    uint8_t key[KEY_BYTES];
    uint8_t value[VALUE_MAX];
    uint8_t message[MESSAGE_MAX];
} place;

struct roam_shared {
    core_map identities; /* by public key */
    place *places;       /* NULL: nothing is kept so far */
    size_t count;        /* of places, a power of two: more than there are nodes, up to a limit */
    uint64_t answers;
};

roam_shared *roam_shared_new(void)
{
    roam_shared *const self = calloc(1, sizeof *self);
    if (self)
        core_map_init(&self->identities, 0);
    return self;
}

static void wipe(volatile place *of, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; of[i].kind != EMPTY && j < sizeof of->value; j++)
            of[i].value[j] = 0;
}

static void forget(roam_shared *self)
{
    if (self->places)
        wipe(self->places, self->count);
    free(self->places);
    self->places = NULL;
}

void roam_shared_free(roam_shared *self)
{
    if (!self)
        return;
    forget(self);
    core_map_fini(&self->identities);
    free(self);
}

uint64_t roam_shared_answers(const roam_shared *self)
{
    return self->answers;
}

/* ---- Identities ---- */

int core_shared_enter(roam_shared *self, const roam_identity *identity)
{
    const uint8_t *const key = roam_identity_public_key(identity);
    if (!core_identity_is_made_here(identity) || core_map_get(&self->identities, key, KEY_BYTES))
        return ROAM_OK;
    return core_map_add(&self->identities, key, KEY_BYTES, (void *)(uintptr_t)identity);
}

void core_shared_leave(roam_shared *self, const roam_identity *identity)
{
    const uint8_t *const key = roam_identity_public_key(identity);
    if (core_map_get(&self->identities, key, KEY_BYTES) == identity)
        core_map_remove(&self->identities, key, KEY_BYTES);
}

bool core_shared_certificate(roam_shared *self, core_der der, core_certificate *out)
{
    core_certificate read;
    if (core_certificate_parse(der, &read))
        return false;
    const roam_identity *const identity = core_map_get(&self->identities, read.public_key, KEY_BYTES);
    if (!identity)
        return false;
    const core_der made = core_identity_certificate(identity);
    if (made.len != der.len || memcmp(made.bytes, der.bytes, der.len) != 0)
        return false;
    self->answers++;
    *out = read;
    return true;
}

/* ---- Signatures and secrets ---- */

static place *place_of(const roam_shared *self, const place *of)
{
    uint64_t words[2];
    memcpy(&words[0], of->key, sizeof words[0]);
    memcpy(&words[1], of->message + of->message_len - sizeof words[1], sizeof words[1]);
    return &self->places[core_hash_mix(words[0] ^ words[1]) & (self->count - 1)];
}

/* Room for a handshake of every node at a time; what was kept is lost when there are more. */
static bool make_room(roam_shared *self)
{
    size_t count = PLACES_FIRST;
    while (count < 2 * self->identities.count && count < PLACES_MAX)
        count *= 2;
    if (self->places && count <= self->count)
        return true;
    forget(self);
    self->places = calloc(count, sizeof *self->places);
    self->count = count;
    return self->places;
}

static void keep(roam_shared *self, const place *known)
{
    if (make_room(self))
        *place_of(self, known) = *known;
}

/* asked: all but the value. NULL: not known. */
static const uint8_t *find(roam_shared *self, const place *asked)
{
    if (!self->places)
        return NULL;
    const place *const at = place_of(self, asked);
    const bool same = at->kind == asked->kind && at->message_len == asked->message_len &&
                      memcmp(at->key, asked->key, sizeof at->key) == 0 &&
                      memcmp(at->message, asked->message, asked->message_len) == 0;
    return same ? at->value : NULL;
}

/* False: it is not kept. */
static bool signature_of(const ed25519_key *key, const byte *message, word32 len, byte type, place *out)
{
    if (!key->pubKeySet || len < sizeof(uint64_t) || len > MESSAGE_MAX || type != (byte)Ed25519)
        return false;
    *out = (place){.kind = SIGNATURE, .message_len = len};
    memcpy(out->key, key->p, KEY_BYTES);
    memcpy(out->message, message, len);
    return true;
}

static int sign(roam_shared *self, wc_CryptoInfo *info)
{
    ed25519_key *const key = info->pk.ed25519sign.key;
    const int device = key->devId;
    place known;
    key->devId = INVALID_DEVID; /* or wolfSSL would ask here again */
    const int error =
        wc_ed25519_sign_msg_ex(info->pk.ed25519sign.in, info->pk.ed25519sign.inLen, info->pk.ed25519sign.out,
                               info->pk.ed25519sign.outLen, key, info->pk.ed25519sign.type,
                               info->pk.ed25519sign.context, info->pk.ed25519sign.contextLen);
    key->devId = device;
    if (error == 0 && signature_of(key, info->pk.ed25519sign.in, info->pk.ed25519sign.inLen,
                                   info->pk.ed25519sign.type, &known)) {
        memcpy(known.value, info->pk.ed25519sign.out, ED25519_SIG_SIZE);
        keep(self, &known);
    }
    return error;
}

static int verify(roam_shared *self, wc_CryptoInfo *info)
{
    place asked;
    const uint8_t *const made =
        info->pk.ed25519verify.sigLen == ED25519_SIG_SIZE &&
                signature_of(info->pk.ed25519verify.key, info->pk.ed25519verify.msg,
                             info->pk.ed25519verify.msgLen, info->pk.ed25519verify.type, &asked)
            ? find(self, &asked)
            : NULL;
    if (!made || memcmp(made, info->pk.ed25519verify.sig, ED25519_SIG_SIZE) != 0)
        return CRYPTOCB_UNAVAILABLE;
    self->answers++;
    *info->pk.ed25519verify.res = 1;
    return 0;
}

static int agree(roam_shared *self, wc_CryptoInfo *info)
{
    curve25519_key *const own = info->pk.curve25519.private_key;
    const uint8_t *const a = own->p.point, *const b = info->pk.curve25519.public_key->p.point;
    const bool in_order = memcmp(a, b, KEY_BYTES) < 0;
    place of = {.kind = SECRET, .message_len = KEY_BYTES};
    if (!own->privSet || !own->pubSet || info->pk.curve25519.endian != EC25519_LITTLE_ENDIAN)
        return CRYPTOCB_UNAVAILABLE;
    memcpy(of.key, in_order ? a : b, KEY_BYTES);
    memcpy(of.message, in_order ? b : a, KEY_BYTES);
    const uint8_t *const made = find(self, &of);
    if (made) {
        memcpy(info->pk.curve25519.out, made, CURVE25519_KEYSIZE);
        *info->pk.curve25519.outlen = CURVE25519_KEYSIZE;
        self->answers++;
        return 0;
    }
    const int device = own->devId;
    own->devId = INVALID_DEVID;
    const int error =
        wc_curve25519_shared_secret_ex(own, info->pk.curve25519.public_key, info->pk.curve25519.out,
                                       info->pk.curve25519.outlen, info->pk.curve25519.endian);
    own->devId = device;
    if (error == 0) {
        memcpy(of.value, info->pk.curve25519.out, CURVE25519_KEYSIZE);
        keep(self, &of);
        wipe(&of, 1);
    }
    return error;
}

/* X25519 of the base point goes through Ed25519's, of which wolfSSL has a table of multiples: the curves are
 * one (RFC 7748 section 4.1), with u = (1 + y) / (1 - y). */
static int make_exchange_key(const wc_CryptoInfo *info)
{
    curve25519_key *const key = info->pk.curve25519kg.key;
    const int error = wc_curve25519_make_priv(info->pk.curve25519kg.rng, info->pk.curve25519kg.size, key->k);
    if (error != 0)
        return error;
    ge_p3 point;
    fe sum, difference, inverse, u;
    fe_init();
    ge_scalarmult_base(&point, key->k);
    fe_add(sum, point.Z, point.Y);
    fe_sub(difference, point.Z, point.Y);
    fe_invert(inverse, difference);
    fe_mul(u, sum, inverse);
    fe_tobytes(key->p.point, u);
    key->privSet = key->pubSet = 1;
    return 0;
}

int core_shared_answer(roam_shared *self, wc_CryptoInfo *info)
{
    switch (info->pk.type) {
    case WC_PK_TYPE_ED25519_SIGN:
        return sign(self, info);
    case WC_PK_TYPE_ED25519_VERIFY:
        return verify(self, info);
    case WC_PK_TYPE_CURVE25519_KEYGEN:
        return make_exchange_key(info);
    case WC_PK_TYPE_CURVE25519:
        return agree(self, info);
    default:
        return CRYPTOCB_UNAVAILABLE;
    }
}
