/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* mkdtemp */
#include "core/live/control.h"
#include "core/live/network.h"
#include "core/live/request.h"
#include "core/live/tests/pair.h"
#include "core/live/unix_socket.h"
#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

static char directory[64];
static char path[80];

static void test_requests(void)
{
    static const struct {
        const char *text;
        const char *why; /* part of it; NULL: good */
        live_request_kind kind;
        const char *peer;
        uint64_t timeout_ns;
    } cases[] = {
        {.text = "changed", .kind = LIVE_REQUEST_CHANGED, .peer = "", .timeout_ns = 5000 * MS},
        {.text = "changed\n", .kind = LIVE_REQUEST_CHANGED, .peer = "", .timeout_ns = 5000 * MS},
        {.text = "peers", .kind = LIVE_REQUEST_PEERS, .peer = "", .timeout_ns = 5000 * MS},
        {.text = "views", .kind = LIVE_REQUEST_VIEWS, .peer = "", .timeout_ns = 5000 * MS},
        {.text = "views server", .why = "a word too many", .peer = ""},
        {.text = "peers server", .why = "a word too many", .peer = ""},
        {.text = "migrate server", .kind = LIVE_REQUEST_MIGRATE, .peer = "server", .timeout_ns = 5000 * MS},
        {.text = "migrate  server  timeout=250ms ",
         .kind = LIVE_REQUEST_MIGRATE,
         .peer = "server",
         .timeout_ns = 250 * MS},
        {.text = "migrate server local=[::1]:9 timeout=1min",
         .kind = LIVE_REQUEST_MIGRATE,
         .peer = "server",
         .timeout_ns = 60000 * MS},
        {.text = "", .why = "none of", .peer = ""},
        {.text = "change", .why = "none of", .peer = ""},
        {.text = "changed now", .why = "a word too many", .peer = ""},
        {.text = "migrate", .why = "the name of a peer", .peer = ""},
        {.text = "migrate server timeout=5", .why = "timeout=", .peer = ""},
        {.text = "migrate server timeout=0s", .why = "timeout=", .peer = ""},
        {.text = "migrate server timeout=-1s", .why = "timeout=", .peer = ""},
        {.text = "migrate server timeout=99999999999999999999s", .why = "timeout=", .peer = ""},
        {.text = "migrate server local=nowhere", .why = "local=", .peer = ""},
        {.text = "migrate server local=127.0.0.1:65536", .why = "local=", .peer = ""},
        {.text = "migrate server colour=red", .why = "only", .peer = ""},
        {.text = "send server a b.txt", .kind = LIVE_REQUEST_SEND, .peer = "server", .timeout_ns = 5000 * MS},
        {.text = "send server /tmp/caf\xc3\xa9",
         .kind = LIVE_REQUEST_SEND,
         .peer = "server",
         .timeout_ns = 5000 * MS},
        {.text = "send server", .why = "the path", .peer = ""},
        {.text = "send", .why = "the name of a peer", .peer = ""},
        {.text = "send server a\tb", .why = "control character", .peer = ""},
        {.text = "migrate server remote=[::1]:9",
         .kind = LIVE_REQUEST_MIGRATE,
         .peer = "server",
         .timeout_ns = 5000 * MS},
        {.text = "migrate server remote=::1", .why = "remote=", .peer = ""},
        {.text = "migrate a\tb", .why = "printable", .peer = ""},
        {.text = "changed\nchanged\n", .why = "printable", .peer = ""},
        {.text = "migrate aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         .why = "name",
         .peer = ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        live_request request = {.kind = LIVE_REQUEST_PEERS};
        const char *const why = live_request_parse(cases[i].text, strlen(cases[i].text), &request);
        const bool as_expected = cases[i].why ? why && strstr(why, cases[i].why)
                                              : !why && request.kind == cases[i].kind &&
                                                    strcmp(request.peer, cases[i].peer) == 0 &&
                                                    request.options.timeout_ns == cases[i].timeout_ns;
        if (!as_expected) {
            (void)printf("\n  '%s': '%s', expected '%s'; peer '%s', timeout %llu\n", cases[i].text,
                         why ? why : "good", cases[i].why ? cases[i].why : "good", request.peer,
                         (unsigned long long)request.options.timeout_ns);
            CU_FAIL("request");
        }
    }
    char text[LIVE_REQUEST_MAX + 1];
    live_request request;
    memset(text, 'a', sizeof text);
    CU_ASSERT_PTR_NOT_NULL(live_request_parse(text, sizeof text, &request));
}

static void test_unix_sockets(void)
{
    live_unix_socket first, second;
    live_message message = {""};
    struct stat info;
    CU_ASSERT_EQUAL_FATAL(live_unix_socket_open(path, SOCK_DGRAM, &first, &message), 0);
    CU_ASSERT_EQUAL_FATAL(stat(path, &info), 0);
    CHECK(info.st_mode & 07777, 0600, "mode");
    CU_ASSERT_EQUAL(live_unix_socket_open(path, SOCK_DGRAM, &second, &message), ROAM_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(message.text, path);
    (void)close(first.fd); /* as a process that dies does */
    CU_ASSERT_EQUAL_FATAL(live_unix_socket_open(path, SOCK_DGRAM, &second, &message), 0);
    live_unix_socket_close(&second);
    CU_ASSERT_EQUAL(stat(path, &info), -1);
    FILE *const file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fclose(file);
    CU_ASSERT_EQUAL(live_unix_socket_open(path, SOCK_DGRAM, &second, &message), ROAM_ERR_INVALID_ARGUMENT);
    CU_ASSERT_EQUAL(stat(path, &info), 0); /* what is not ours stays */
    (void)unlink(path);
}

/* ---- With two nodes ---- */

static live_message said;

static int start_control(live_node *live, void *data)
{
    (void)data;
    return live_control_new(live, &(live_control_options){.path = path}, &said);
}

static int nothing(live_node *live, void *data)
{
    (void)live;
    (void)data;
    return 0;
}

typedef struct answers {
    char text[4096];
    uint32_t lines;
} answers;

static void on_answer(void *ctx, const char *key, const char *value)
{
    answers *const self = ctx;
    const size_t len = strlen(self->text);
    (void)snprintf(self->text + len, sizeof self->text - len, "%s=%s\n", key, value);
    self->lines++;
}

static void check_answer(const char *line, const char *expected)
{
    answers got = {.text = ""};
    live_message message = {""};
    const int rv = live_control_ask(path, line, 10000 * MS, on_answer, &got, &message);
    CHECK(rv, 0, "%s: %s", line, message.text);
    CHECK_CONTAINS(got.text, expected, "%s", line);
}

static void test_control(void)
{
    char long_line[LIVE_REQUEST_MAX + 100];
    answers got = {.text = ""};
    live_message message = {""};
    pair *const p = pair_new(NULL);
    CU_ASSERT_TRUE(pair_connect(p));
    CU_ASSERT_EQUAL_FATAL(live_call(p->client.live, start_control, NULL), 0);
    check_answer("migrate server local=127.0.0.2", "result=ok\npeer=server\n");
    check_answer("migrate server", "connection_id_changed=true\n");
    check_answer("migrate server local=192.0.2.1", "result=adapter\n");
    check_answer("migrate nobody", "result=not_connected\n");
    check_answer("peers", "peer=server 127.0.0.1:");
    check_answer("views", "error=this node takes part in no overlay\n");
    check_answer("changed", "error=this node has no triggers\n");
    check_answer("dance", "error=the request is none of");
    memset(long_line, 'a', sizeof long_line - 1);
    long_line[sizeof long_line - 1] = '\0';
    CU_ASSERT_EQUAL(live_control_ask(path, long_line, 1000 * MS, on_answer, &got, &message),
                    ROAM_ERR_INVALID_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(message.text, "the request is too long");
    const int fd = live_unix_socket_connect(path, SOCK_STREAM);
    CU_ASSERT_EQUAL(send(fd, long_line, sizeof long_line, MSG_NOSIGNAL), (ssize_t)sizeof long_line);
    (void)close(fd);
    check_answer("peers", "peer=server 127.0.0.1:");
    CU_ASSERT_EQUAL(p->client.events[ROAM_EVENT_MIGRATION_DONE], 4);
    pair_free(p);
    CU_ASSERT_EQUAL(live_control_ask(path, "peers", 1000 * MS, on_answer, &got, &message),
                    ROAM_ERR_INVALID_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(message.text, "No such file"));
}

/* More clients than are served at once, most of whom say nothing: the first to come gives way. */
static void test_control_crowd(void)
{
    int fds[LIVE_CONTROL_CLIENTS + 4];
    pair *const p = pair_new(NULL);
    CU_ASSERT_TRUE(pair_connect(p));
    CU_ASSERT_EQUAL_FATAL(live_call(p->client.live, start_control, NULL), 0);
    for (size_t i = 0; i < LIVE_CONTROL_CLIENTS; i++)
        fds[i] = live_unix_socket_connect(path, SOCK_STREAM);
    CU_ASSERT_EQUAL(send(fds[0], "pe", 2, MSG_NOSIGNAL), 2);
    for (int i = 0; i < 2; i++) /* turns of the loop: it has read that */
        CU_ASSERT_EQUAL(live_call(p->client.live, nothing, NULL), 0);
    check_answer("peers", "peer=server");
    check_answer("migrate server", "result=ok");
    char rest[64];
    CU_ASSERT_EQUAL(recv(fds[1], rest, sizeof rest, 0), 0);
    CU_ASSERT_EQUAL(send(fds[0], "ers\n", 4, MSG_NOSIGNAL), 4);
    CU_ASSERT_TRUE(recv(fds[0], rest, sizeof rest, 0) > 0);
    for (size_t i = 2; i < LIVE_CONTROL_CLIENTS; i++)
        CU_ASSERT_EQUAL(recv(fds[i], rest, sizeof rest, MSG_DONTWAIT), -1);
    pair_free(p);
    for (size_t i = 0; i < LIVE_CONTROL_CLIENTS; i++)
        (void)close(fds[i]);
}

typedef struct heard {
    live_network *network;
    live_network_round last;
    uint32_t rounds, refused;
} heard;

static void on_round(void *ctx, const live_network_round *round, uint64_t now_ns)
{
    heard *const self = ctx;
    (void)now_ns;
    self->last = *round;
    self->rounds++;
}

static void on_refused(void *ctx, const char *why, uint64_t now_ns)
{
    heard *const self = ctx;
    (void)why;
    (void)now_ns;
    self->refused++;
}

static int start_network(live_node *live, void *data)
{
    live_network_options options;
    heard *const self = data;
    live_network_options_default(&options);
    options.netlink = true;
    options.trigger_path = path;
    options.debounce_ns = 400 * MS;
    options.round = on_round;
    options.refused = on_refused;
    options.ctx = data;
    return live_network_new(live, &options, &self->network, &said);
}

static int copy_heard(live_node *live, void *data)
{
    heard **const both = data;
    (void)live;
    *both[1] = *both[0];
    return 0;
}

static heard look(live_node *live, heard *from)
{
    heard copy = {0};
    heard *both[] = {from, &copy};
    CU_ASSERT_EQUAL(live_call(live, copy_heard, both), 0);
    return copy;
}

static void say(const char *text)
{
    const int fd = live_unix_socket_connect(path, SOCK_DGRAM);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
    (void)close(fd);
}

static void test_trigger(void)
{
    heard client = {0};
    pair *const p = pair_new(NULL);
    CU_ASSERT_TRUE(pair_connect(p));
    CU_ASSERT_EQUAL_FATAL(live_call(p->client.live, start_network, &client), 0);
    for (int i = 0; i < 5; i++) {
        say("changed");
        (void)usleep(20 * 1000);
    }
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_MIGRATION_DONE, 1));
    heard now = look(p->client.live, &client);
    if (now.rounds != 1 || now.last.changes != 5 || now.last.migrating != 1 ||
        strcmp(now.last.trigger, "trigger_socket") != 0) {
        (void)printf("\n  %u rounds, expected 1; %u changes, expected 5; %u migrating, expected 1; '%s'\n",
                     now.rounds, now.last.changes, now.last.migrating, now.last.trigger);
        CU_FAIL("debounce");
    }
    say("migrate server timeout=1s local=127.0.0.2");
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_MIGRATION_DONE, 2));
    CU_ASSERT_EQUAL(p->client.last_path.path.local.bytes[3], 2);
    say("peers");
    say("views");
    say("migrate nobody");
    say("\x01\x02");
    say("migrate server");
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_MIGRATION_DONE, 3));
    now = look(p->client.live, &client);
    CU_ASSERT_EQUAL(now.refused, 4);
    pair_free(p);
}

/* The end that accepted learns once that it cannot migrate, and then leaves that peer alone. */
static void test_trigger_of_the_server(void)
{
    heard server = {0};
    pair *const p = pair_new(NULL);
    CU_ASSERT_TRUE(pair_connect(p));
    CU_ASSERT_EQUAL_FATAL(live_call(p->server.live, start_network, &server), 0);
    say("changed");
    CU_ASSERT_TRUE(pair_await_event(&p->server, ROAM_EVENT_MIGRATION_DONE, 1));
    say("changed");
    (void)usleep(900 * 1000);
    heard now = look(p->server.live, &server);
    CU_ASSERT_EQUAL(now.rounds, 1);
    CU_ASSERT_EQUAL(p->server.events[ROAM_EVENT_MIGRATION_DONE], 1);
    pair_free(p);
}

static const check_test TESTS[] = {
    {"requests, good and bad", test_requests},
    {"sockets by path: mode, stale ones, and what is not ours", test_unix_sockets},
    {"the control socket migrates and tells the record", test_control},
    {"more clients than places", test_control_crowd},
    {"the trigger socket, debounced", test_trigger},
    {"a trigger at the end that accepted", test_trigger_of_the_server}};

int main(void)
{
    (void)snprintf(directory, sizeof directory, "/tmp/roam-sockets-XXXXXX");
    if (!mkdtemp(directory))
        return 2;
    (void)snprintf(path, sizeof path, "%s/socket", directory);
    const int failed = check_main("sockets", TESTS, sizeof TESTS / sizeof TESTS[0]);
    (void)rmdir(directory);
    return failed;
}
