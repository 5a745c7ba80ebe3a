/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core against an endpoint that none of its code is in: Debian's ngtcp2-server and ngtcp2-client, which
 * are an older ngtcp2 with GnuTLS and a complete HTTP/3.
 */
#include "core/live/tests/http3_end.h"
#include "core/live/tests/program.h"
#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERVER "gtlsserver"
#define CLIENT "gtlsclient"

enum { CONTENT_BYTES = 4 << 20, PATIENCE_MS = 20000, STEP_MS = 5, PORT_TRIES = 5 };
enum { HANDSHAKE_FAILURE = 0x128, NO_APPLICATION_PROTOCOL = 0x178 }; /* RFC 9001 section 4.8 */
enum { H3_NO_ERROR = 0x100 };                                        /* RFC 9114 section 8.1 */

/* Bytes in which no part is like another, so that a piece out of place is seen. */
static uint8_t *content_new(void)
{
    uint8_t *const content = malloc(CONTENT_BYTES);
    uint64_t state = 1;
    if (!content)
        CU_FAIL_FATAL("no memory");
    for (size_t i = 0; content && i < CONTENT_BYTES; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        content[i] = (uint8_t)(state >> 56);
    }
    return content;
}

/* ---- The other end as server ---- */

typedef struct get_case {
    const char *about;
    const char *key_type, *key_option; /* of openssl req, for the server's certificate */
    const char *server_options[2];
    http3_end_options client;
    bool refused;
    uint64_t code; /* of the refusal */
} get_case;

static uint16_t free_port(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) || getsockname(fd, (struct sockaddr *)&addr, &len))
        CU_FAIL_FATAL("no free port");
    (void)close(fd);
    return ntohs(addr.sin_port);
}

static bool is_bound(uint16_t port)
{
    char line[256], wanted[32];
    bool found = false;
    FILE *const table = fopen("/proc/net/udp", "r");
    (void)snprintf(wanted, sizeof wanted, " %08X:%04X ", (unsigned)htonl(INADDR_LOOPBACK), port);
    while (table && !found && fgets(line, sizeof line, table))
        found = strstr(line, wanted) != NULL;
    if (table)
        (void)fclose(table);
    return found;
}

static bool await_bound(program *server, uint16_t port)
{
    for (unsigned waited = 0; waited < PATIENCE_MS && program_runs(server); waited += STEP_MS) {
        if (is_bound(port))
            return true;
        (void)nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000}, NULL);
    }
    return false;
}

static bool make_certificate(const get_case *c, const program *server)
{
    char key[PROGRAM_PATH_MAX], certificate[PROGRAM_PATH_MAX];
    program openssl;
    program_path(server, "key.pem", key);
    program_path(server, "certificate.pem", certificate);
    program_init(&openssl, "openssl");
    const char *const arguments[] = {"req",
                                     "-x509",
                                     "-nodes",
                                     "-newkey",
                                     c->key_type,
                                     "-keyout",
                                     key,
                                     "-out",
                                     certificate,
                                     "-days",
                                     "2",
                                     "-subj",
                                     "/CN=" HTTP3_SERVER_NAME,
                                     c->key_option ? "-pkeyopt" : NULL,
                                     c->key_option};
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        program_argument(&openssl, arguments[i]);
    const bool made = program_start(&openssl) && program_wait(&openssl, PATIENCE_MS) == 0;
    if (!made)
        program_show_log(&openssl);
    program_free(&openssl);
    return made;
}

static bool write_file(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *const file = fopen(path, "w");
    const bool written = file && fwrite(bytes, 1, len, file) == len;
    return file && fclose(file) == 0 && written;
}

/* The port; 0: it does not run. */
static uint16_t start_server(const get_case *c, program *server)
{
    char key[PROGRAM_PATH_MAX], certificate[PROGRAM_PATH_MAX], port_text[8];
    program_path(server, "key.pem", key);
    program_path(server, "certificate.pem", certificate);
    const char *const arguments[] = {
        "-q",      "-d", server->directory, c->server_options[0], c->server_options[1], "127.0.0.1",
        port_text, key,  certificate};
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        program_argument(server, arguments[i]);
    for (int i = 0; i < PORT_TRIES; i++) {
        const uint16_t port = free_port();
        (void)snprintf(port_text, sizeof port_text, "%u", port);
        if (program_start(server) && await_bound(server, port))
            return port;
        program_stop(server);
    }
    program_show_log(server);
    return 0;
}

static void check_moves(const get_case *c, const http3_end *client)
{
    CHECK(client->moves_done, c->client.moves, "%s: migrations done", c->about);
    for (uint32_t i = 0; i < client->moves_done; i++) {
        const roam_migration_record *const record = &client->moves[i];
        CHECK((uint64_t)-record->result, ROAM_OK, "%s: result of a migration", c->about);
        CHECK(record->new_local.bytes[3], 2 + i, "%s: last byte of its address", c->about);
        CHECK(record->connection_id_changed, true, "%s: connection ID changed", c->about);
        CHECK_AT_LEAST(record->challenges_sent, 1, "%s: challenges", c->about);
        CHECK(client->path_changed_ns[i] < record->response_ns, c->client.mode == ROAM_FOLLOW_FIRST,
              "%s: data moved before the response", c->about);
        CHECK_AT_LEAST(CONTENT_BYTES - client->received_at_move[i], 1, "%s: bytes still to come at its end",
                       c->about);
    }
    CHECK(client->events[ROAM_EVENT_PATH_CHANGED], c->client.moves, "%s: paths changed", c->about);
}

static void check_got(const get_case *c, const http3_end *client)
{
    CHECK(client->timed_out, false, "%s: timed out", c->about);
    if (c->refused) {
        CHECK(client->events[ROAM_EVENT_PEER_UP], 0, "%s: ups", c->about);
        CHECK(client->events[ROAM_EVENT_PEER_DOWN], 1, "%s: downs", c->about);
        CHECK(client->last_down.down.reason, ROAM_DOWN_REJECTED, "%s: reason", c->about);
        CHECK(client->last_down.down.code, c->code, "%s: code", c->about);
        return;
    }
    CHECK(client->events[ROAM_EVENT_PEER_UP], 1, "%s: ups", c->about);
    CHECK(client->events[ROAM_EVENT_PEER_DOWN], 1, "%s: downs, which we asked for", c->about);
    CHECK(client->last_down.down.reason, ROAM_DOWN_LEFT, "%s: reason", c->about);
    CHECK(client->events[ROAM_EVENT_KEY_PINNED], c->client.trust == ROAM_TRUST_TOFU, "%s: keys pinned",
          c->about);
    CHECK(http3_is_ok(&client->reader), true, "%s: :status 200", c->about);
    CHECK(client->received_all && http3_is_whole(&client->reader), true, "%s: whole message", c->about);
    CHECK(client->received, CONTENT_BYTES, "%s: bytes", c->about);
    CHECK(client->wrong, 0, "%s: wrong bytes", c->about);
    CHECK(client->opened_there, 3, "%s: streams the server opened (control, encoder, decoder)", c->about);
    check_moves(c, client);
}

static void get(const get_case *c)
{
    char path[PROGRAM_PATH_MAX];
    program server;
    http3_end client;
    http3_end_options options = c->client;
    uint8_t *const content = content_new();
    options.path = "/content";
    options.content = content;
    options.content_len = CONTENT_BYTES;
    program_init(&server, SERVER);
    program_path(&server, "content", path);
    const bool ready = write_file(path, content, CONTENT_BYTES) && make_certificate(c, &server);
    const uint16_t port = ready ? start_server(c, &server) : 0;
    CHECK_AT_LEAST(port, 1, "%s: %s", c->about, "port of " SERVER);
    if (port != 0) {
        const unsigned failures = CU_get_number_of_failures();
        http3_end_init(&client, &options);
        http3_end_get(&client, port);
        check_got(c, &client);
        CHECK(program_runs(&server), true, "%s: %s", c->about, SERVER " still runs");
        http3_end_fini(&client);
        if (CU_get_number_of_failures() > failures)
            program_show_log(&server);
    }
    program_free(&server);
    free(content);
}

#define P256 "ec", "ec_paramgen_curve:prime256v1"

static void test_handshakes(void)
{
    static const get_case cases[] = {
        {.about = "ECDSA certificate", P256, .client = {.trust = ROAM_TRUST_ANY}},
        {.about = "RSA certificate", "rsa:2048", NULL, .client = {.trust = ROAM_TRUST_ANY}},
        {.about = "Ed25519 certificate", "ed25519", NULL, .client = {.trust = ROAM_TRUST_ANY}},
        {.about = "a key seen for the first time", "ed25519", NULL, .client = {.trust = ROAM_TRUST_TOFU}},
        {.about = "Retry", P256, {"--validate-addr"}, {.trust = ROAM_TRUST_ANY}},
        {.about = "a certificate is asked for", P256, {"--verify-client"}, {.trust = ROAM_TRUST_ANY}},
        {.about = "HelloRetryRequest",
         P256,
         {"--groups=-GROUP-ALL:+GROUP-SECP256R1"},
         {.trust = ROAM_TRUST_ANY}},
        {.about = "ChaCha20",
         P256,
         {"--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305"},
         {.trust = ROAM_TRUST_ANY}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        get(&cases[i]);
}

static void test_refusals(void)
{
    static const get_case cases[] = {
        {.about = "another protocol",
         P256,
         .client = {.trust = ROAM_TRUST_ANY, .alpn = ROAM_ALPN},
         .refused = true,
         .code = NO_APPLICATION_PROTOCOL},
        {.about = "no certificate of a node",
         P256,
         .client = {.trust = ROAM_TRUST_TOFU},
         .refused = true,
         .code = HANDSHAKE_FAILURE},
        {.about = "no key that is pinned",
         "ed25519",
         .client = {.trust = ROAM_TRUST_STRICT},
         .refused = true,
         .code = ROAM_CLOSE_KEY_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        get(&cases[i]);
}

static void test_migrations(void)
{
    static const get_case cases[] = {
        {.about = "one move", P256, .client = {.trust = ROAM_TRUST_ANY, .moves = 1}},
        {.about = "six moves", P256, .client = {.trust = ROAM_TRUST_ANY, .moves = 6}},
        {.about = "six moves at once",
         P256,
         .client = {.trust = ROAM_TRUST_ANY, .moves = 6, .mode = ROAM_FOLLOW_FIRST}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        get(&cases[i]);
}

/* ---- The other end as client ---- */

typedef struct serve_case {
    const char *about;
    const char *client_options[3];
    http3_end_options server;
    uint32_t rebinds;
} serve_case;

static void check_file(const char *about, const char *path, const uint8_t *content)
{
    uint8_t block[65536];
    size_t len = 0, wrong = 0, n = 0;
    FILE *const file = fopen(path, "r");
    while (file && (n = fread(block, 1, sizeof block, file)) > 0) {
        for (size_t i = 0; i < n; i++)
            wrong += len + i >= CONTENT_BYTES || block[i] != content[len + i];
        len += n;
    }
    if (file)
        (void)fclose(file);
    CHECK(len, CONTENT_BYTES, "%s: bytes that the client has", about);
    CHECK(wrong, 0, "%s: wrong bytes", about);
}

static void check_served(const serve_case *c, const http3_end *server)
{
    CHECK(server->timed_out, false, "%s: timed out", c->about);
    CHECK(server->events[ROAM_EVENT_PEER_UP], 1, "%s: ups", c->about);
    CHECK(server->events[ROAM_EVENT_PEER_DOWN], 1, "%s: downs", c->about);
    CHECK(server->last_down.down.code, H3_NO_ERROR, "%s: code", c->about);
    CHECK(server->received_all && http3_is_whole(&server->reader), true, "%s: whole request", c->about);
    CHECK(server->events[ROAM_EVENT_PATH_CHANGED], c->server.path_changes, "%s: paths changed", c->about);
    CHECK(server->events[ROAM_EVENT_MIGRATION_DONE], 0, "%s: migrations", c->about);
    CHECK(server->events[ROAM_EVENT_REBOUND], c->rebinds, "%s: rebinds", c->about);
    if (c->rebinds == 0)
        return;
    CHECK(server->last_rebind.port_only, true, "%s: port only", c->about);
    CHECK(server->last_rebind.validated, true, "%s: validated", c->about);
    CHECK_AT_LEAST(server->last_rebind.challenges_sent, 1, "%s: challenges", c->about);
    CHECK_AT_LEAST(server->last_rebind.cwnd_after, server->last_rebind.cwnd_before, "%s: window after it",
                   c->about);
}

static void serve(const serve_case *c)
{
    char path[PROGRAM_PATH_MAX], port[8];
    program client;
    http3_end server;
    http3_end_options options = c->server;
    uint8_t *const content = content_new();
    const unsigned failures = CU_get_number_of_failures();
    options.accept = true;
    options.trust = ROAM_TRUST_ANY;
    options.content = content;
    options.content_len = CONTENT_BYTES;
    http3_end_init(&server, &options);
    (void)snprintf(port, sizeof port, "%u", http3_end_listen(&server).port);
    program_init(&client, CLIENT);
    program_path(&client, "content", path);
    char download[PROGRAM_PATH_MAX + sizeof "--download="];
    (void)snprintf(download, sizeof download, "--download=%s", client.directory);
    const char *const arguments[] = {"-q",
                                     "--exit-on-all-streams-close",
                                     download,
                                     c->client_options[0],
                                     c->client_options[1],
                                     c->client_options[2],
                                     "127.0.0.1",
                                     port,
                                     "https://localhost/content"};
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        program_argument(&client, arguments[i]);
    CHECK(program_start(&client), true, "%s: %s", c->about, CLIENT " starts");
    http3_end_serve(&server);
    const int status = program_wait(&client, PATIENCE_MS);
    CHECK((uint64_t)status, 0, "%s: %s", c->about, "status of " CLIENT);
    check_served(c, &server);
    check_file(c->about, path, content);
    http3_end_fini(&server);
    if (CU_get_number_of_failures() > failures)
        program_show_log(&client);
    program_free(&client);
    free(content);
}

static void test_serving(void)
{
    static const serve_case cases[] = {
        {.about = "a client that stays", {NULL}},
        {.about = "a client that changes its keys", {"--key-update=1ms"}},
        {.about = "a client without connection IDs", {"--scid="}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        serve(&cases[i]);
}

static void test_moving_clients(void)
{
    static const serve_case cases[] = {
        {.about = "a client that migrates in a transfer",
         {"--change-local-addr=50ms"},
         .server = {.path_changes = 1}},
        {.about = "a client that migrates before it asks",
         {"--change-local-addr=30ms", "--delay-stream=60ms"},
         .server = {.path_changes = 1}},
        /* It takes nothing more from its old address, so it must be the next to send. */
        {.about = "a client whose NAT rebinds",
         {"--change-local-addr=30ms", "--nat-rebinding", "--delay-stream=60ms"},
         .server = {.path_changes = 1},
         .rebinds = 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        serve(&cases[i]);
}

static const check_test TESTS[] = {
    {"handshakes with every kind of server, and a file from each", test_handshakes},
    {"protocol and certificates are checked as the options say", test_refusals},
    {"migrations during a transfer from a server of another make", test_migrations},
    {"a file to a client of another make", test_serving},
    {"its migration and its rebind are told apart", test_moving_clients}};

int main(void)
{
    static const char *const needed[] = {SERVER, CLIENT, "openssl"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!program_exists(needed[i])) {
            (void)printf("%s is not installed: run tools/setup\n", needed[i]);
            return 2;
        }
    }
    return check_main("interop", TESTS, sizeof TESTS / sizeof TESTS[0]);
}
