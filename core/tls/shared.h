/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both ends of a handshake compute: core/roam_shared.h says what, and why that is sound. */
#ifndef CORE_TLS_SHARED_H
#define CORE_TLS_SHARED_H

#include "core/roam_shared.h"
#include "core/tls/identity.h"

struct wc_CryptoInfo;

/* A node of that identity begins, and ends; the identity outlives what is between. NO_MEMORY. */
ROAM_CHECKED int core_shared_enter(roam_shared *shared, const roam_identity *identity);
void core_shared_leave(roam_shared *shared, const roam_identity *identity);

/* The certificate is, byte for byte, one that roam_identity_new made for one of these nodes: then it is what
 * core_certificate_read accepts. */
bool core_shared_certificate(roam_shared *shared, core_der der, core_certificate *out);

/* What wolfSSL asks its crypto device: Ed25519 signatures and their verification, X25519 keys and secrets.
 * The answer of a device; for all else, and what is not known, CRYPTOCB_UNAVAILABLE. */
int core_shared_answer(roam_shared *shared, struct wc_CryptoInfo *info);

#endif
