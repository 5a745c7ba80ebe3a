/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node's Ed25519 key and self-signed certificate; the public part is in roam.h. */
#ifndef CORE_TLS_IDENTITY_H
#define CORE_TLS_IDENTITY_H

#include "core/roam.h"

/* DER bytes owned by the identity. */
typedef struct core_der {
    const uint8_t *bytes;
    size_t len;
} core_der;

core_der core_identity_certificate(const roam_identity *identity); /* X.509 */
core_der core_identity_private_key(const roam_identity *identity); /* PKCS #8 or wolfSSL's Ed25519 DER */

/* Its certificate is what roam_identity_new makes, so that its signature is valid. core_identity_load takes
 * others too, and does not look at their signatures. */
bool core_identity_is_made_here(const roam_identity *identity);

/* What a peer's certificate says: its subject common name and its Ed25519 key. */
typedef struct core_certificate {
    char name[ROAM_NAME_MAX + 1];
    uint8_t public_key[ROAM_KEY_BYTES];
} core_certificate;

/* Reads a certificate from outside. Accepts only an X.509 certificate whose key is Ed25519, that is signed by
 * that very key, and whose common name is a valid node name. ROAM_ERR_TLS otherwise. Validity dates are not
 * looked at: trust comes from pins, and the library reads no clock. */
ROAM_CHECKED int core_certificate_read(core_der der, core_certificate *out);

/* The same without a look at the signature: where the key's possession is proved, a self-signed certificate's
 * own signature proves nothing more. */
ROAM_CHECKED int core_certificate_parse(core_der der, core_certificate *out);

/* An identity from the bytes that core_identity_certificate and core_identity_private_key gave. TLS: they are
 * no such bytes, or the certificate is that of another key; NO_MEMORY. */
ROAM_CHECKED int core_identity_load(core_der certificate, core_der private_key, roam_identity **out);

/* True for 1 to ROAM_NAME_MAX bytes of printable ASCII without spaces or '"', '\\', '/', ',', '=', '+'. */
bool core_name_is_valid(const char *name);

#endif
