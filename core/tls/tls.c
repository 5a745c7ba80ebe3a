/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tls.h"

#include "core/tls/shared.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hmac.h>

#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_wolfssl.h>

enum { ALPN_MAX = 255, CLIENT_RANDOM_BYTES = 32, SECRET_MAX = 64 };
enum { HEADER_BYTES = 4, NEW_SESSION_TICKET = 4 }; /* RFC 8446 section 4 */
enum { QUIC_TRANSPORT_PARAMETERS = 0x39 };         /* RFC 9001 section 8.2; else wolfSSL adds the draft's */

struct core_tls_context {
    core_tls_options options;
    WOLFSSL_CTX *by_role[2]; /* NULL: none; made with the first session as a server, with each as a client */
};

struct core_tls_session {
    core_tls_context *context;
    WOLFSSL *ssl; /* NULL: the handshake is confirmed */
    core_certificate peer;
    bool peer_known;
    core_tls_role role;
    uint8_t late[HEADER_BYTES]; /* the header of a message after the handshake, so far */
    uint32_t late_len;          /* bytes of it */
    uint32_t late_left;         /* bytes of the message behind it */
};

/* ---- The random device ------------------------------------------------------------------------------------
 */

enum { RANDOM_DEVICE = 0x726f616d }; /* "roam": an id no other user of wolfSSL in this process has */

/* The context of the node that calls wolfSSL on this thread, NULL outside of such calls. wolfSSL's devices
 * are process-wide and few, and hand no connection to their callback, so there is no other way to bring the
 * random source there. */
static _Thread_local const core_tls_context *entered;

core_tls_scope core_tls_enter(const core_tls_context *context)
{
    core_tls_scope scope = {entered};

    entered = context;
    return scope;
}

void core_tls_leave(core_tls_scope scope)
{
    entered = scope.outer;
}

static int fill_random(byte *bytes, word32 len)
{
    if (entered == NULL)
        return RNG_FAILURE_E; /* anything but CRYPTOCB_UNAVAILABLE, upon which wolfSSL asks the system */
    entered->options.random.fill(entered->options.random.user_data, bytes, len);
    return 0;
}

/* The seed of a generator that is never drawn from, as fill_random answers or refuses every draw. wolfSSL
 * asks for it only on processors without a random instruction, so taking it from the source would make a run
 * depend on the processor; and wolfSSL refuses a seed that repeats itself. */
static int fill_unused_seed(byte *bytes, word32 len)
{
    if (entered == NULL)
        return RNG_FAILURE_E;
    for (word32 i = 0; i < len; i++)
        bytes[i] = (byte)i;
    return 0;
}

static int answer_device(int device, wc_CryptoInfo *info, void *user_data)
{
    (void)device;
    (void)user_data;
    switch (info->algo_type) {
    case WC_ALGO_TYPE_RNG:
        return fill_random(info->rng.out, info->rng.sz);
    case WC_ALGO_TYPE_SEED:
        return fill_unused_seed(info->seed.seed, info->seed.sz);
    case WC_ALGO_TYPE_PK:
        return entered && entered->options.shared ? core_shared_answer(entered->options.shared, info)
                                                  : CRYPTOCB_UNAVAILABLE;
    default:
        return CRYPTOCB_UNAVAILABLE; /* wolfSSL does all else itself */
    }
}

/* Idempotent. Never undone: each end of the last use of wolfSSL would leave one more exit handler behind. */
static int prepare_library(void)
{
    if (wolfSSL_Init() != WOLFSSL_SUCCESS)
        return ROAM_ERR_TLS;
    return wc_CryptoCb_RegisterDevice(RANDOM_DEVICE, answer_device, NULL) == 0 ? ROAM_OK : ROAM_ERR_TLS;
}

/* ---- Contexts ---------------------------------------------------------------------------------------------
 */

static bool alpn_is_ours(WOLFSSL *ssl, const char *ours)
{
    char *selected = NULL;
    word16 len = 0;

    return wolfSSL_ALPN_GetProtocol(ssl, &selected, &len) == WOLFSSL_SUCCESS && selected != NULL &&
           len == strlen(ours) && memcmp(selected, ours, len) == 0;
}

/* wolfSSL calls this when certificates are to be chosen, by when the protocol must be (RFC 9001 section 8.1).
 * It refuses a wrong protocol itself and lets none at all pass. */
static int require_alpn(WOLFSSL *ssl, void *user_data)
{
    enum { GO_ON = 1, REFUSE = 2 }; /* for 0 wolfSSL would put an alert of its own in place of ours */
    const core_tls_context *const context = user_data;
    ngtcp2_crypto_conn_ref *conn_ref;

    if (alpn_is_ours(ssl, context->options.alpn))
        return GO_ON;
    conn_ref = wolfSSL_get_app_data(ssl);
    ngtcp2_conn_set_tls_alert(conn_ref->get_conn(conn_ref), no_application_protocol);
    return REFUSE;
}

static bool accept_certificate(const core_tls_options *options, core_der der, core_certificate *out)
{
    return (options->shared != NULL && core_shared_certificate(options->shared, der, out)) ||
           core_certificate_read(der, out) == ROAM_OK;
}

/* The chain must be one certificate that core_certificate_read accepts; wolfSSL's own verification, which is
 * about authorities and dates alone, is not used. That the peer holds the key is proved by
 * CertificateVerify. */
static int verify_certificate(int preverified, WOLFSSL_X509_STORE_CTX *store)
{
    core_tls_session *const session = store->userCtx;

    (void)preverified;
    if (session == NULL)
        return 0;
    const core_tls_options *const options = &session->context->options;
    session->peer_known =
        store->certs != NULL && store->totalCerts == 1 &&
        accept_certificate(options, (core_der){store->certs[0].buffer, store->certs[0].length},
                           &session->peer);
    if (session->peer_known && options->certificate)
        options->certificate(options->user_data, (core_der){store->certs[0].buffer, store->certs[0].length});
    return session->peer_known || options->any_peer;
}

static bool use_identity(WOLFSSL_CTX *ctx, const roam_identity *identity)
{
    core_der certificate = core_identity_certificate(identity);
    core_der key = core_identity_private_key(identity);

    return wolfSSL_CTX_use_certificate_buffer(ctx, certificate.bytes, (long)certificate.len,
                                              WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS &&
           wolfSSL_CTX_use_PrivateKey_buffer(ctx, key.bytes, (long)key.len, WOLFSSL_FILETYPE_ASN1) ==
               WOLFSSL_SUCCESS;
}

static bool configure(WOLFSSL_CTX *ctx, core_tls_role role, core_tls_context *context)
{
    int groups[] = {WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1};
    const bool any_peer = context->options.any_peer;
    int verify = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;

    /* For clients too: all that the call for clients does beyond this one is to ask for session tickets. */
    if (ngtcp2_crypto_wolfssl_configure_server_context(ctx) != 0 ||
        wolfSSL_CTX_SetDevId(ctx, RANDOM_DEVICE) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_cipher_list(ctx, "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:"
                                         "TLS13-CHACHA20-POLY1305-SHA256") != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_groups(ctx, groups, any_peer ? 2 : 1) != WOLFSSL_SUCCESS ||
        (!any_peer && wolfSSL_CTX_set1_sigalgs_list(ctx, "ED25519") != WOLFSSL_SUCCESS) ||
        !use_identity(ctx, context->options.identity))
        return false;
    if (any_peer && role == CORE_TLS_SERVER)
        verify = WOLFSSL_VERIFY_NONE;
    wolfSSL_CTX_set_verify(ctx, verify, verify_certificate);
    wolfSSL_CTX_set_cert_cb(ctx, require_alpn, context);
    /* No resumption: its tickets carry the time of day. */
    (void)wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
    return role == CORE_TLS_CLIENT || wolfSSL_CTX_no_ticket_TLSv13(ctx) == 0;
}

static int make_wolfssl_context(core_tls_context *context, core_tls_role role)
{
    WOLFSSL_CTX *ctx;

    if (context->by_role[role] != NULL)
        return ROAM_OK;
    ctx =
        wolfSSL_CTX_new(role == CORE_TLS_CLIENT ? wolfTLSv1_3_client_method() : wolfTLSv1_3_server_method());
    if (ctx == NULL)
        return ROAM_ERR_NO_MEMORY;
    if (!configure(ctx, role, context)) {
        wolfSSL_CTX_free(ctx);
        return ROAM_ERR_TLS;
    }
    context->by_role[role] = ctx;
    return ROAM_OK;
}

int core_tls_context_new(const core_tls_options *options, core_tls_context **out)
{
    core_tls_context *context;
    const size_t alpn_len = strlen(options->alpn);
    int status;

    assert(options->identity != NULL && options->random.fill != NULL);
    assert(alpn_len > 0 && alpn_len <= ALPN_MAX);
    status = prepare_library();
    if (status != ROAM_OK)
        return status;
    context = calloc(1, sizeof *context);
    if (context == NULL ||
        (options->shared != NULL && core_shared_enter(options->shared, options->identity) != ROAM_OK)) {
        free(context);
        return ROAM_ERR_NO_MEMORY;
    }
    context->options = *options;
    *out = context;
    return ROAM_OK;
}

void core_tls_context_free(core_tls_context *context)
{
    if (context == NULL)
        return;
    wolfSSL_CTX_free(context->by_role[CORE_TLS_CLIENT]);
    wolfSSL_CTX_free(context->by_role[CORE_TLS_SERVER]);
    if (context->options.shared != NULL)
        core_shared_leave(context->options.shared, context->options.identity);
    free(context);
}

/* ---- Key log ----------------------------------------------------------------------------------------------
 */

static const char *keylog_label(int secret_id)
{
    switch (secret_id) {
    case CLIENT_HANDSHAKE_TRAFFIC_SECRET:
        return "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
    case SERVER_HANDSHAKE_TRAFFIC_SECRET:
        return "SERVER_HANDSHAKE_TRAFFIC_SECRET";
    case CLIENT_TRAFFIC_SECRET:
        return "CLIENT_TRAFFIC_SECRET_0";
    case SERVER_TRAFFIC_SECRET:
        return "SERVER_TRAFFIC_SECRET_0";
    default:
        return NULL; /* wolfSSL's list is open, and nothing else is of use to a reader of packets */
    }
}

static char *put_hex(char *text, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 0x0f];
    }
    return text;
}

static int log_secret(WOLFSSL *ssl, int id, const unsigned char *secret, int secret_len, void *user_data)
{
    const core_tls_session *const session = user_data;
    const core_tls_options *const options = &session->context->options;
    const char *const label = keylog_label(id);
    uint8_t client_random[CLIENT_RANDOM_BYTES];
    char line[sizeof "CLIENT_HANDSHAKE_TRAFFIC_SECRET" + 2 * CLIENT_RANDOM_BYTES + 2 * SECRET_MAX + 2];
    char *end;

    if (label == NULL || secret_len <= 0 || secret_len > SECRET_MAX ||
        wolfSSL_get_client_random(ssl, client_random, sizeof client_random) != sizeof client_random)
        return 0;
    end = line + sprintf(line, "%s ", label);
    end = put_hex(end, client_random, sizeof client_random);
    *end++ = ' ';
    end = put_hex(end, secret, (size_t)secret_len);
    *end = '\0';
    options->keylog(options->user_data, line);
    return 0;
}

/* ---- Sessions ---------------------------------------------------------------------------------------------
 */

static bool prepare_session(core_tls_session *session, void *conn_ref)
{
    const core_tls_options *const options = &session->context->options;
    char alpn[ALPN_MAX + 1];
    const size_t alpn_len = strlen(options->alpn);

    memcpy(alpn, options->alpn, alpn_len + 1);
    if (wolfSSL_UseALPN(session->ssl, alpn, (unsigned int)alpn_len, WOLFSSL_ALPN_FAILED_ON_MISMATCH) !=
            WOLFSSL_SUCCESS ||
        wolfSSL_set_app_data(session->ssl, conn_ref) != WOLFSSL_SUCCESS)
        return false;
    if (options->keylog != NULL &&
        wolfSSL_set_tls13_secret_cb(session->ssl, log_secret, session) != WOLFSSL_SUCCESS)
        return false;
    wolfSSL_SetCertCbCtx(session->ssl, session);
    wolfSSL_set_quic_transport_version(session->ssl, QUIC_TRANSPORT_PARAMETERS);
    return true;
}

int core_tls_session_new(core_tls_context *context, core_tls_role role, void *conn_ref,
                         core_tls_session **out)
{
    core_tls_session *session;
    int status;

    assert(entered == context);
    status = make_wolfssl_context(context, role);
    if (status != ROAM_OK)
        return status;
    session = calloc(1, sizeof *session);
    if (session == NULL)
        return ROAM_ERR_NO_MEMORY;
    session->context = context;
    session->role = role;
    session->ssl = wolfSSL_new(context->by_role[role]);
    if (role ==
        CORE_TLS_CLIENT) { /* most clients dial once: theirs lasts as long as the session, which counts it */
        wolfSSL_CTX_free(context->by_role[role]);
        context->by_role[role] = NULL;
    }
    if (session->ssl == NULL || !prepare_session(session, conn_ref)) {
        core_tls_session_free(session);
        return ROAM_ERR_TLS;
    }
    *out = session;
    return ROAM_OK;
}

void core_tls_session_free(core_tls_session *session)
{
    if (session == NULL)
        return;
    wolfSSL_free(session->ssl);
    free(session);
}

void *core_tls_session_native(core_tls_session *session)
{
    return session->ssl;
}

void core_tls_session_confirm(core_tls_session *session)
{
    wolfSSL_free(session->ssl);
    session->ssl = NULL;
}

bool core_tls_session_is_confirmed(const core_tls_session *session)
{
    return session->ssl == NULL;
}

uint8_t core_tls_session_late(core_tls_session *session, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        if (session->late_left > 0) {
            const size_t rest = len - at;
            const size_t part = rest < session->late_left ? rest : session->late_left;
            session->late_left -= (uint32_t)part;
            at += part;
            continue;
        }
        session->late[session->late_len++] = bytes[at++];
        if (session->role != CORE_TLS_CLIENT || session->late[0] != NEW_SESSION_TICKET)
            return unexpected_message;
        if (session->late_len < HEADER_BYTES)
            continue;
        session->late_left = (uint32_t)(session->late[1] << 16 | session->late[2] << 8 | session->late[3]);
        session->late_len = 0;
    }
    return 0;
}

const core_certificate *core_tls_session_peer(const core_tls_session *session)
{
    return session->peer_known ? &session->peer : NULL;
}

/* ---- Message authentication -------------------------------------------------------------------------------
 */

int core_tls_mac(const uint8_t key[32], const uint8_t *data, size_t len, uint8_t mac[CORE_MAC_BYTES])
{
    Hmac hmac;
    bool made;

    if (wc_HmacInit(&hmac, NULL, INVALID_DEVID) != 0)
        return ROAM_ERR_TLS;
    made = wc_HmacSetKey(&hmac, WC_SHA256, key, 32) == 0 && wc_HmacUpdate(&hmac, data, (word32)len) == 0 &&
           wc_HmacFinal(&hmac, mac) == 0;
    wc_HmacFree(&hmac);
    return made ? ROAM_OK : ROAM_ERR_TLS;
}
