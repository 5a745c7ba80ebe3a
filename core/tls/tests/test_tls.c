/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/allocation.h"
#include "core/tests/check.h"
#include "core/tls/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <ngtcp2/ngtcp2_crypto_wolfssl.h>

#include <CUnit/Basic.h>

#include "core/tls/tests/certificates.h"
#include "core/tls/tests/handshake.h"

/* RFC 9001 section 4.8: a TLS alert as a QUIC error code. */
enum {
    ALERT_BAD_CERTIFICATE = 0x12a,
    ALERT_UNKNOWN_CA = 0x130,
    ALERT_CERTIFICATE_REQUIRED = 0x174,
    ALERT_NO_APPLICATION_PROTOCOL = 0x178
};

static const char *role_name(int role)
{
    return role == CORE_TLS_CLIENT ? "client" : "server";
}

static handshake *run(const handshake_options *options)
{
    int status = ROAM_OK;
    handshake *pair = handshake_run(options, &status);

    if (pair == NULL) {
        printf("\n  no handshake: status %d, expected 0\n", status);
        CU_FAIL_FATAL("no handshake");
    }
    return pair;
}

static void check_peer(const core_certificate *peer, const char *name, uint8_t seed_byte)
{
    uint8_t seed[ROAM_KEY_BYTES] = {seed_byte};
    roam_identity *expected = NULL;

    CU_ASSERT_EQUAL_FATAL(roam_identity_new(name, seed, &expected), ROAM_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(peer);
    CU_ASSERT_STRING_EQUAL(peer->name, name);
    CU_ASSERT_EQUAL(memcmp(peer->public_key, roam_identity_public_key(expected), ROAM_KEY_BYTES), 0);
    roam_identity_free(expected);
}

static void test_completes(void)
{
    handshake *pair = run(&(handshake_options){.seed = 1, .client_name = "laptop"});
    const handshake_result *result = handshake_get(pair);

    for (int role = 0; role < 2; role++) {
        CU_ASSERT(result->completed[role]);
        CU_ASSERT(result->open[role]);
    }
    check_peer(result->peer[CORE_TLS_CLIENT], "server", 2);
    check_peer(result->peer[CORE_TLS_SERVER], "laptop", 1);
    /* Twice the stream: before the key update and after it, when wolfSSL has freed what handshakes need. */
    CU_ASSERT_EQUAL(result->stream_bytes, 2 * HANDSHAKE_STREAM_BYTES);
    handshake_free(pair);
}

/* ---- Determinism ------------------------------------------------------------------------------------------
 */

static void digests_of(uint64_t seed, char text[64])
{
    handshake *pair = run(&(handshake_options){.seed = seed});
    const handshake_result *result = handshake_get(pair);

    (void)snprintf(text, 64, "%016llx %016llx %zu", (unsigned long long)result->digest[CORE_TLS_CLIENT],
                   (unsigned long long)result->digest[CORE_TLS_SERVER], result->datagrams);
    handshake_free(pair);
}

/* What another process gets: this program with the seed as its argument. */
static void digests_elsewhere(const char *seed, char text[64])
{
    char command[64];
    FILE *other;

    (void)snprintf(command, sizeof command, "/proc/%ld/exe %s", (long)getpid(), seed);
    other = popen(command, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    CU_ASSERT_PTR_NOT_NULL(fgets(text, 64, other));
    CU_ASSERT_EQUAL(pclose(other), 0);
    text[strcspn(text, "\n")] = '\0';
}

static void test_repeats(void)
{
    char first[64], again[64], other_seed[64], elsewhere[64] = "";

    digests_of(7, first);
    digests_of(8, other_seed);
    digests_of(7, again);
    digests_elsewhere("7", elsewhere);
    if (strcmp(first, again) != 0 || strcmp(first, elsewhere) != 0 || strcmp(first, other_seed) == 0) {
        printf("\n  seed 7: %s\n   again: %s\n  as another process: %s\n  seed 8: %s\n", first, again,
               elsewhere, other_seed);
        CU_FAIL("the seed does not decide the datagrams");
    }
}

static void test_refuses_outside(void)
{
    handshake *pair = run(&(handshake_options){.seed = 1, .never_entered = true});
    const handshake_result *result = handshake_get(pair);

    CU_ASSERT_FALSE(result->completed[CORE_TLS_CLIENT]);
    CU_ASSERT_NOT_EQUAL(result->error_sent[CORE_TLS_CLIENT], 0);
    CU_ASSERT_EQUAL(result->datagrams, 0);
    handshake_free(pair);
}

static void fill_zero(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    memset(bytes, 0, len);
}

static void test_scopes_nest(void)
{
    uint8_t seed[ROAM_KEY_BYTES] = {3};
    roam_identity *identity = NULL;
    core_tls_context *contexts[2];
    core_tls_scope scopes[3];

    CU_ASSERT_EQUAL_FATAL(roam_identity_new("node", seed, &identity), ROAM_OK);
    for (int i = 0; i < 2; i++) {
        core_tls_options options = {.identity = identity, .random = {fill_zero, NULL}, .alpn = ROAM_ALPN};

        CU_ASSERT_EQUAL_FATAL(core_tls_context_new(&options, &contexts[i]), ROAM_OK);
    }
    scopes[0] = core_tls_enter(contexts[0]);
    scopes[1] = core_tls_enter(contexts[1]);
    core_tls_leave(scopes[1]);
    scopes[2] = core_tls_enter(contexts[1]);
    core_tls_leave(scopes[2]);
    core_tls_leave(scopes[0]);
    CU_ASSERT_PTR_NULL(scopes[0].outer);
    CU_ASSERT_PTR_NOT_NULL(scopes[1].outer);
    CU_ASSERT_PTR_EQUAL(scopes[1].outer, scopes[2].outer);
    core_tls_context_free(contexts[0]);
    core_tls_context_free(contexts[1]);
    core_tls_context_free(NULL);
    core_tls_session_free(NULL);
    roam_identity_free(identity);
}

/* ---- After the handshake
 * ------------------------------------------------------------------------------------
 */

static void check_late(core_tls_role role, const uint8_t *bytes, size_t len, size_t piece, uint8_t alert)
{
    uint8_t seed[ROAM_KEY_BYTES] = {3}, answer = 0;
    roam_identity *identity = NULL;
    core_tls_context *context;
    core_tls_session *session;
    ngtcp2_crypto_conn_ref conn_ref = {0};

    CU_ASSERT_EQUAL_FATAL(roam_identity_new("node", seed, &identity), ROAM_OK);
    core_tls_options options = {.identity = identity, .random = {fill_zero, NULL}, .alpn = ROAM_ALPN};
    CU_ASSERT_EQUAL_FATAL(core_tls_context_new(&options, &context), ROAM_OK);
    core_tls_scope scope = core_tls_enter(context);
    CU_ASSERT_EQUAL_FATAL(core_tls_session_new(context, role, &conn_ref, &session), ROAM_OK);
    CU_ASSERT_FALSE(core_tls_session_is_confirmed(session));
    core_tls_session_confirm(session);
    CU_ASSERT(core_tls_session_is_confirmed(session));
    for (size_t at = 0; at < len && answer == 0; at += piece)
        answer = core_tls_session_late(session, bytes + at, len - at < piece ? len - at : piece);
    CHECK(answer, alert, "%s, %zu bytes at a time: alert", role_name(role), piece);
    core_tls_session_free(session);
    core_tls_leave(scope);
    core_tls_context_free(context);
    roam_identity_free(identity);
}

static void test_late_messages(void)
{
    enum { UNEXPECTED_MESSAGE = 10 };
    /* Two NewSessionTicket messages of 5 and 0 bytes, and a KeyUpdate. */
    static const uint8_t messages[] = {4, 0, 0, 5, 24, 24, 24, 24, 24, 4, 0, 0, 0, 24, 0, 0, 1, 0};
    enum { TICKETS = 13 };

    for (size_t piece = 1; piece <= sizeof messages; piece++) {
        check_late(CORE_TLS_CLIENT, messages, TICKETS, piece, 0);
        check_late(CORE_TLS_CLIENT, messages, sizeof messages, piece, UNEXPECTED_MESSAGE);
        check_late(CORE_TLS_SERVER, messages, TICKETS, piece, UNEXPECTED_MESSAGE);
    }
}

/* ---- Refusals ---------------------------------------------------------------------------------------------
 */

/* A peer that runs wolfSSL in its own way, and takes any certificate. */
typedef struct foreign {
    const char *certificate; /* of certificates.h; NULL: its own */
    bool no_certificate, no_alpn, longer_chain;
} foreign;

static int accept_any(int preverified, WOLFSSL_X509_STORE_CTX *store)
{
    (void)preverified;
    (void)store;
    return 1;
}

static void foreign_certify(WOLFSSL_CTX *ctx, const foreign *self)
{
    uint8_t seed[ROAM_KEY_BYTES];
    foreign_certificate certificate = {.len = 0};
    roam_identity *identity = NULL;
    core_der der, key;

    memset(seed, FOREIGN_SEED_BYTE, sizeof seed);
    CU_ASSERT_EQUAL_FATAL(roam_identity_new("foreign", seed, &identity), ROAM_OK);
    der = core_identity_certificate(identity);
    key = core_identity_private_key(identity);
    if (self->certificate != NULL) {
        for (size_t i = 0; foreign_certificate_get(i, &certificate); i++)
            if (strcmp(certificate.about, self->certificate) == 0)
                break;
        CU_ASSERT_STRING_EQUAL_FATAL(certificate.about, self->certificate);
        der = (core_der){certificate.bytes, certificate.len};
    }
    CU_ASSERT_EQUAL_FATAL(
        wolfSSL_CTX_use_certificate_buffer(ctx, der.bytes, (long)der.len, WOLFSSL_FILETYPE_ASN1),
        WOLFSSL_SUCCESS);
    CU_ASSERT_EQUAL_FATAL(
        wolfSSL_CTX_use_PrivateKey_buffer(ctx, key.bytes, (long)key.len, WOLFSSL_FILETYPE_ASN1),
        WOLFSSL_SUCCESS);
    if (self->longer_chain) {
        WOLFSSL_X509 *second = wolfSSL_X509_d2i(NULL, der.bytes, (int)der.len);

        CU_ASSERT_PTR_NOT_NULL_FATAL(second);
        CU_ASSERT_EQUAL_FATAL(wolfSSL_CTX_add_extra_chain_cert(ctx, second), WOLFSSL_SUCCESS);
    }
    roam_identity_free(identity);
}

static void *foreign_new(core_tls_role role, void *conn_ref, const void *foreign_data)
{
    const foreign *self = foreign_data;
    bool client = role == CORE_TLS_CLIENT;
    WOLFSSL_CTX *ctx = wolfSSL_CTX_new(client ? wolfTLSv1_3_client_method() : wolfTLSv1_3_server_method());
    char alpn[] = ROAM_ALPN;
    WOLFSSL *ssl;

    CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
    CU_ASSERT_EQUAL_FATAL(client ? ngtcp2_crypto_wolfssl_configure_client_context(ctx)
                                 : ngtcp2_crypto_wolfssl_configure_server_context(ctx),
                          0);
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, accept_any);
    if (!self->no_certificate)
        foreign_certify(ctx, self);
    ssl = wolfSSL_new(ctx);
    wolfSSL_CTX_free(ctx);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ssl);
    if (!self->no_alpn) {
        CU_ASSERT_EQUAL_FATAL(wolfSSL_UseALPN(ssl, alpn, sizeof alpn - 1, WOLFSSL_ALPN_FAILED_ON_MISMATCH),
                              WOLFSSL_SUCCESS);
    }
    wolfSSL_set_app_data(ssl, conn_ref);
    wolfSSL_set_quic_transport_version(ssl, 0x39);
    if (client)
        wolfSSL_set_connect_state(ssl);
    else
        wolfSSL_set_accept_state(ssl);
    return ssl;
}

static void foreign_free(void *native)
{
    wolfSSL_free(native);
}

/* ours_sent: the error that our end closes with; 0 where it accepts the peer under the name. */
static void check_foreign(const char *about, const foreign *peer, core_tls_role role, uint64_t ours_sent,
                          const char *name)
{
    core_tls_role ours = role == CORE_TLS_CLIENT ? CORE_TLS_SERVER : CORE_TLS_CLIENT;
    handshake *pair = run(&(handshake_options){.seed = 1,
                                               .foreign_new = foreign_new,
                                               .foreign_free = foreign_free,
                                               .foreign_data = peer,
                                               .foreign_role = role});
    const handshake_result *result = handshake_get(pair);
    const char *seen = result->peer[ours] != NULL ? result->peer[ours]->name : "nobody";
    const char *expected_name = name != NULL ? name : "nobody";

    if (result->error_sent[ours] != ours_sent || result->error_received[role] != ours_sent ||
        result->completed[ours] != (ours_sent == 0) || strcmp(seen, expected_name) != 0) {
        printf("\n  %s with %s: our %s sent 0x%llx, expected 0x%llx; completed %d; saw %s, expected %s\n",
               role_name(role), about, role_name(ours), (unsigned long long)result->error_sent[ours],
               (unsigned long long)ours_sent, result->completed[ours], seen, expected_name);
        CU_FAIL("foreign peer");
    }
    handshake_free(pair);
}

static void test_foreign_peers(void)
{
    static const struct {
        foreign peer;
        uint64_t ours_sent;
        const char *name;
    } cases[] = {
        {.peer = {.certificate = NULL}, .name = "foreign"},
        {.peer = {.certificate = "long expired"}, .name = "expired"},
        {.peer = {.certificate = "not valid yet"}, .name = "future"},
        {.peer = {.certificate = "signed by another key"}, .ours_sent = ALERT_UNKNOWN_CA},
        {.peer = {.certificate = "a space in its name"}, .ours_sent = ALERT_UNKNOWN_CA},
        {.peer = {.certificate = "no common name"}, .ours_sent = ALERT_UNKNOWN_CA},
        {.peer = {.longer_chain = true}, .ours_sent = ALERT_UNKNOWN_CA},
        {.peer = {.no_alpn = true}, .ours_sent = ALERT_NO_APPLICATION_PROTOCOL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const foreign *peer = &cases[i].peer;
        const char *about = peer->certificate != NULL ? peer->certificate
                            : peer->longer_chain      ? "a chain of two"
                            : peer->no_alpn           ? "no protocol"
                                                      : "nothing wrong";

        check_foreign(about, peer, CORE_TLS_CLIENT, cases[i].ours_sent, cases[i].name);
        check_foreign(about, peer, CORE_TLS_SERVER, cases[i].ours_sent, cases[i].name);
    }
    check_foreign("no certificate", &(foreign){.no_certificate = true}, CORE_TLS_CLIENT,
                  ALERT_CERTIFICATE_REQUIRED, NULL);
}

static void test_wrong_protocol(void)
{
    handshake *pair = run(&(handshake_options){.seed = 1, .client_alpn = "h3"});
    const handshake_result *result = handshake_get(pair);

    CU_ASSERT_EQUAL(result->error_sent[CORE_TLS_SERVER], ALERT_NO_APPLICATION_PROTOCOL);
    CU_ASSERT_EQUAL(result->error_received[CORE_TLS_CLIENT], ALERT_NO_APPLICATION_PROTOCOL);
    CU_ASSERT_FALSE(result->completed[CORE_TLS_CLIENT]);
    CU_ASSERT_FALSE(result->completed[CORE_TLS_SERVER]);
    handshake_free(pair);
}

/* ---- Key log ----------------------------------------------------------------------------------------------
 */

enum { KEYLOG_LINES_MAX = 8, KEYLOG_LINE_MAX = 256 };

typedef struct keylog {
    char lines[KEYLOG_LINES_MAX][KEYLOG_LINE_MAX];
    size_t count;
} keylog;

static void on_keylog(void *user_data, const char *line)
{
    keylog *log = user_data;

    CU_ASSERT_FATAL(log->count < KEYLOG_LINES_MAX);
    CU_ASSERT_FATAL(strlen(line) < KEYLOG_LINE_MAX);
    memcpy(log->lines[log->count++], line, strlen(line) + 1);
}

static size_t hex_run(const char *text)
{
    return strspn(text, "0123456789abcdef");
}

/* "LABEL RANDOM SECRET", and nothing else. */
static void check_keylog_line(const char *line, const char *label)
{
    size_t label_len = strlen(label);
    const char *random = line + label_len + 1;

    if (strncmp(line, label, label_len) != 0 || line[label_len] != ' ' || hex_run(random) != 64 ||
        random[64] != ' ' || hex_run(random + 65) != 64 || random[65 + 64] != '\0') {
        printf("\n  line:     %s\n  expected: %s, 64 and 64 hexadecimal digits\n", line, label);
        CU_FAIL("key log");
    }
}

static void test_keylog(void)
{
    static const char *const labels[] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                         "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"};
    keylog *logs = calloc(2, sizeof *logs);
    const char *client_random;
    handshake *pair;

    CU_ASSERT_PTR_NOT_NULL_FATAL(logs);
    pair = run(&(handshake_options){.seed = 1, .keylog = on_keylog, .keylog_data = {&logs[0], &logs[1]}});
    client_random = logs[0].lines[0] + strlen(labels[0]) + 1;
    for (int role = 0; role < 2; role++) {
        CU_ASSERT_EQUAL(logs[role].count, 4);
        for (size_t i = 0; i < 4; i++) {
            const char *line = logs[role].lines[i];

            check_keylog_line(line, labels[i]);
            CU_ASSERT_EQUAL(strncmp(line + strlen(labels[i]) + 1, client_random, 64), 0);
            CU_ASSERT_STRING_EQUAL(line, logs[0].lines[i]);
        }
    }
    handshake_free(pair);
    free(logs);
}

/* Leaks in the strict sense are the sanitizer's to find; this finds what is still reachable and grows. A
 * block may be 16 bytes larger than what is asked for, hence the tolerance: less than the smallest block a
 * handshake. */
static void test_memory(void)
{
    enum { WARM_UP = 500, MEASURED = 500, TOLERANCE = MEASURED * 16 };
    for (uint64_t seed = 0; seed < WARM_UP; seed++)
        handshake_free(run(&(handshake_options){.seed = seed}));
    const size_t before = allocation_look().bytes;
    for (uint64_t seed = 0; seed < MEASURED; seed++)
        handshake_free(run(&(handshake_options){.seed = seed}));
    CHECK_BETWEEN(allocation_look().bytes, 0, before + TOLERANCE, "bytes after %d more handshakes", MEASURED);
}

/* What is kept for a connection, both ends and what the fixture has of them, when its handshake is over:
 * 71,200 bytes, and 952 more without that change of ngtcp2 which saves least. */
static void test_memory_of_a_pair(void)
{
#ifdef GCM_SMALL
    enum { PAIR_MAX = 71700 };
#else
    enum { PAIR_MAX = 73500 }; /* wolfSSL has a table of 256 bytes with each key */
#endif
    handshake_free(run(&(handshake_options){.seed = 1}));
    const size_t before = allocation_look().bytes;
    handshake *const pair = run(&(handshake_options){.seed = 1});
    CHECK_BETWEEN(allocation_look().bytes - before, 0, PAIR_MAX, "bytes of a pair");
    handshake_free(pair);
}

static const check_test TESTS[] = {{"a handshake completes and each end knows the other", test_completes},
                                   {"the seed decides every datagram, in any process", test_repeats},
                                   {"without a context entered there is no randomness", test_refuses_outside},
                                   {"scopes nest", test_scopes_nest},
                                   {"messages after the handshake", test_late_messages},
                                   {"foreign peers", test_foreign_peers},
                                   {"a wrong protocol is refused", test_wrong_protocol},
                                   {"key log", test_keylog},
                                   {"memory", test_memory},
                                   {"memory of a pair", test_memory_of_a_pair}};

int main(int argc, char **argv)
{
    if (argc == 2) {
        char text[64];
        digests_of(strtoull(argv[1], NULL, 10), text);
        puts(text);
        return 0;
    }
    return check_main("tls", TESTS, sizeof TESTS / sizeof TESTS[0]);
}
