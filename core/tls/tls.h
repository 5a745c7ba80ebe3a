/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutual TLS 1.3 for QUIC on wolfSSL: one context a node, one session a connection.
 *
 * Every random byte of a handshake comes from the context's core_random, so that a seeded source gives the
 * same bytes on the wire every time. wolfSSL's process-wide crypto callback device stands between the two; it
 * finds the source through a thread-local pointer that core_tls_enter sets. Every call of ngtcp2 or wolfSSL
 * for a node stands between core_tls_enter and core_tls_leave.
 */
#ifndef CORE_TLS_TLS_H
#define CORE_TLS_TLS_H

#include "core/random.h"
#include "core/roam.h"
#include "core/tls/identity.h"

typedef struct core_tls_context core_tls_context;
typedef struct core_tls_session core_tls_session;

typedef struct core_tls_options {
    const roam_identity *identity; /* must outlive the context */
    core_random random;
    const char *alpn;    /* one protocol name, must outlive the context */
    roam_shared *shared; /* NULL: nothing is; must outlive the context */
    bool any_peer;       /* accept whatever certificate, and clients without one */
    /* One line in SSLKEYLOGFILE format; NULL for none. */
    void (*keylog)(void *user_data, const char *line);
    /* The peer's certificate, accepted; valid during the call. NULL: nobody wants its bytes. */
    void (*certificate)(void *user_data, core_der der);
    void *user_data;
} core_tls_options;

/* Errors: NO_MEMORY, TLS. */
ROAM_CHECKED int core_tls_context_new(const core_tls_options *options, core_tls_context **out);
void core_tls_context_free(core_tls_context *context);

typedef enum core_tls_role { CORE_TLS_CLIENT, CORE_TLS_SERVER } core_tls_role;

/* conn_ref is an ngtcp2_crypto_conn_ref that outlives the session; the context outlives it too. The context
 * must be entered. Errors: NO_MEMORY, TLS. */
ROAM_CHECKED int core_tls_session_new(core_tls_context *context, core_tls_role role, void *conn_ref,
                                      core_tls_session **out);
void core_tls_session_free(core_tls_session *session);

/* For ngtcp2_conn_set_tls_native_handle. */
void *core_tls_session_native(core_tls_session *session);

/* The handshake is confirmed (RFC 9001 section 4.1.2), and wolfSSL is not on the stack: frees all that the
 * handshake needed, the native handle with it. */
void core_tls_session_confirm(core_tls_session *session);
bool core_tls_session_is_confirmed(const core_tls_session *session);

/* The next bytes of the peer's CRYPTO stream once it is confirmed. A client takes NewSessionTicket messages,
 * of which it makes no use; 0, or the TLS alert that all else is answered with (RFC 8446 section 6, RFC 9001
 * section 6). */
ROAM_CHECKED uint8_t core_tls_session_late(core_tls_session *session, const uint8_t *bytes, size_t len);

/* The certificate of the other end: its bytes were accepted when it came, and that the other end owns the key
 * is proved once the handshake has completed. NULL before it has come; a session whose handshake completed
 * always has one. A client's handshake completes before the server has judged the client's certificate: only
 * the handshake's confirmation (RFC 9001 section 4.1.2) says that it was accepted. */
const core_certificate *core_tls_session_peer(const core_tls_session *session);

#define CORE_MAC_BYTES 32

/* HMAC-SHA-256 with a 32-byte key. TLS: wolfSSL refused. */
ROAM_CHECKED int core_tls_mac(const uint8_t key[32], const uint8_t *data, size_t len,
                              uint8_t mac[CORE_MAC_BYTES]);

/* What core_tls_leave restores: calls nest. */
typedef struct core_tls_scope {
    const core_tls_context *outer;
} core_tls_scope;

/* NULL: wolfSSL gets none. Outside of these, wolfSSL gets no randomness on this thread and fails; it never
 * turns to the system's. */
core_tls_scope core_tls_enter(const core_tls_context *context);
void core_tls_leave(core_tls_scope scope);

#endif
