/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* ---- Randomness ---- */

/* GnuTLS has no call by which a program gives it randomness, and calls its own gnutls_rnd through the symbol
 * table. This object exports the same symbol and stands before libgnutls where it is the one that brings
 * libgnutls into the process: then both the library and ngtcp2's glue ask here. */
static const roam_endpoint *speaker;
static uint64_t draws;

void tls_speak_for(const roam_endpoint *endpoint)
{
    speaker = endpoint;
}

__attribute__((visibility("default"))) int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t len)
{
    (void)level;
    draws++;
    if (speaker) {
        speaker->calls->random(speaker->host, data, len);
        return 0;
    }
    for (uint8_t *at = data; len > 0;) {
        const ssize_t n = getrandom(at, len, 0);
        if (n < 0)
            return GNUTLS_E_RANDOM_FAILED;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

bool tls_asks_here(void)
{
    const uint64_t before = draws;
    gnutls_datum_t key;
    if (gnutls_session_ticket_key_generate(&key))
        return false;
    gnutls_free(key.data);
    return draws > before;
}

/* ---- The endpoint ---- */

static int complain(const roam_endpoint *endpoint, const char *what, int gnutls_error)
{
    adapter_log(endpoint, NULL, "%s: %s", what, gnutls_strerror(gnutls_error));
    return gnutls_error == GNUTLS_E_MEMORY_ERROR ? ROAM_ENDPOINT_NO_MEMORY : ROAM_ENDPOINT_TLS;
}

static gnutls_datum_t datum(const uint8_t *bytes, size_t len)
{
    return (gnutls_datum_t){.data = (uint8_t *)(uintptr_t)bytes, .size = (unsigned)len};
}

/* Secrets come from the key, so that resets and tokens mean the same after a restart. */
static int derive(const roam_endpoint_options *options, uint8_t label,
                  uint8_t out[NGTCP2_STATELESS_RESET_TOKENLEN])
{
    const ngtcp2_cid id = {.datalen = 1, .data = {label}};
    return ngtcp2_crypto_generate_stateless_reset_token(out, options->key, options->key_len, &id);
}

int tls_endpoint_init(roam_endpoint *endpoint, const roam_endpoint_options *options)
{
    const gnutls_datum_t certificate_der = datum(options->certificate, options->certificate_len);
    const gnutls_datum_t key_der = datum(options->key, options->key_len);
    gnutls_x509_crt_t certificate = NULL;
    gnutls_x509_privkey_t key = NULL;
    const char *what = "GnuTLS has no memory";
    int rv = gnutls_x509_crt_init(&certificate);
    if (!rv)
        rv = gnutls_x509_privkey_init(&key);
    if (!rv) {
        what = "GnuTLS does not read the certificate";
        rv = gnutls_x509_crt_import(certificate, &certificate_der, GNUTLS_X509_FMT_DER);
    }
    if (!rv) {
        what = "GnuTLS does not read the key";
        rv = gnutls_x509_privkey_import_pkcs8(key, &key_der, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN);
    }
    if (!rv) {
        what = "GnuTLS does not take certificate and key";
        rv = gnutls_certificate_allocate_credentials(&endpoint->credentials);
    }
    if (!rv)
        rv = gnutls_certificate_set_x509_key(endpoint->credentials, &certificate, 1, key);
    if (!rv && (derive(options, 0, endpoint->reset_secret) || derive(options, 1, endpoint->token_secret)))
        rv = GNUTLS_E_INTERNAL_ERROR;
    if (certificate)
        gnutls_x509_crt_deinit(certificate);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return rv ? complain(endpoint, what, rv) : 0;
}

/* ---- The session ---- */

static ngtcp2_conn *conn_of_ref(ngtcp2_crypto_conn_ref *ref)
{
    return ((roam_endpoint_connection *)ref->user_data)->conn;
}

static char *put_hex(char *at, const gnutls_datum_t *bytes)
{
    for (unsigned i = 0; i < bytes->size; i++)
        at += sprintf(at, "%02x", bytes->data[i]);
    return at;
}

static int on_secret(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
    enum { LABEL_MAX = 64, SECRET_MAX = 64 };
    const ngtcp2_crypto_conn_ref *const ref = gnutls_session_get_ptr(session);
    const roam_endpoint *const endpoint = ((const roam_endpoint_connection *)ref->user_data)->endpoint;
    char line[LABEL_MAX + 1 + 2 * 32 + 1 + 2 * SECRET_MAX + 1];
    gnutls_datum_t client, server;
    gnutls_session_get_random(session, &client, &server);
    if (strlen(label) > LABEL_MAX || secret->size > SECRET_MAX || client.size != 32)
        return 0;
    char *at = line + sprintf(line, "%s ", label);
    at = put_hex(at, &client);
    *at++ = ' ';
    put_hex(at, secret);
    endpoint->calls->keylog(endpoint->host, line);
    return 0;
}

static int configure(roam_endpoint_connection *c, bool server, const char *server_name)
{
    const gnutls_session_t tls = c->tls;
    const roam_endpoint *const endpoint = c->endpoint;
    const gnutls_datum_t alpn = datum((const uint8_t *)endpoint->alpn, strlen(endpoint->alpn));
    int rv = gnutls_priority_set_direct(tls,
                                        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:"
                                        "+CHACHA20-POLY1305:%DISABLE_TLS13_COMPAT_MODE",
                                        NULL);
    if (!rv)
        rv = gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, endpoint->credentials);
    if (!rv)
        rv = gnutls_alpn_set_protocols(tls, &alpn, 1, GNUTLS_ALPN_MANDATORY);
    if (!rv && server_name && server_name[0])
        rv = gnutls_server_name_set(tls, GNUTLS_NAME_DNS, server_name, strlen(server_name));
    if (rv)
        return rv;
    if (server)
        gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUEST);
    gnutls_session_set_ptr(tls, &c->ref);
    gnutls_session_set_keylog_function(tls, on_secret);
    const int failed = server ? ngtcp2_crypto_gnutls_configure_server_session(tls)
                              : ngtcp2_crypto_gnutls_configure_client_session(tls);
    return failed ? GNUTLS_E_INTERNAL_ERROR : 0;
}

/* No tickets: they carry the time of day. */
int tls_session_new(roam_endpoint_connection *connection, bool server, const char *server_name)
{
    const unsigned flags = GNUTLS_NO_TICKETS | GNUTLS_NO_END_OF_EARLY_DATA |
                           (server ? GNUTLS_SERVER : GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT);
    connection->ref = (ngtcp2_crypto_conn_ref){.get_conn = conn_of_ref, .user_data = connection};
    int rv = gnutls_init(&connection->tls, flags);
    if (rv)
        connection->tls = NULL;
    else
        rv = configure(connection, server, server_name);
    if (rv)
        return complain(connection->endpoint, "GnuTLS begins no session", rv);
    ngtcp2_conn_set_tls_native_handle(connection->conn, connection->tls);
    return 0;
}

bool tls_protocol_chosen(const roam_endpoint_connection *connection)
{
    gnutls_datum_t chosen;
    return gnutls_alpn_get_selected_protocol(connection->tls, &chosen) == 0;
}
