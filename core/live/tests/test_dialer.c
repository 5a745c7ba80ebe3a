/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* usleep */
#include "core/live/dialer.h"
#include "core/tests/check.h"

#include "core/live/address.h"
#include "core/live/tests/pair.h"

#include <CUnit/Basic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { ENDPOINTS = 4, TEXT_MAX = 128, PATIENCE_MS = 10000 };

/* One dialer of the client, and what it told. */
typedef struct dialling {
    live_dialer *dialer;
    live_dialer_options options;
    live_endpoint endpoints[ENDPOINTS];
    char failed[TEXT_MAX];
    bool busy;
} dialling;

static dialling current; /* on_unreachable has no data of its own */

static uint64_t handshake_timeout_ns = 10000 * MS;

static void on_failed(void *ctx, const char *endpoint, const char *why)
{
    dialling *const self = ctx;
    (void)snprintf(self->failed, sizeof self->failed, "%.40s: %.60s", endpoint, why);
}

static void on_unreachable(live_node *live, const roam_addr *remote, int error, uint64_t now_ns)
{
    (void)live;
    (void)error;
    (void)now_ns;
    if (current.dialer)
        live_dialer_unreachable(current.dialer, remote);
}

static void listen_to_icmp(live_node_options *options, bool is_client)
{
    if (!is_client)
        return;
    options->unreachable = on_unreachable;
    options->node.handshake_timeout_ns = handshake_timeout_ns;
}

static int start(live_node *live, void *data)
{
    dialling *const self = data;
    const int rv = live_dialer_new(live, &self->options, &self->dialer);
    if (rv == 0)
        live_dialer_start(self->dialer);
    return rv;
}

static int look(live_node *live, void *data)
{
    dialling *const self = data;
    (void)live;
    self->busy = live_dialer_is_busy(self->dialer);
    return 0;
}

static pair *fresh(uint64_t delay_ms)
{
    pair *const p = pair_new(&(pair_options){.change = listen_to_icmp});
    current = (dialling){.dialer = NULL};
    live_dialer_options_default(&current.options);
    current.options.name = "server";
    current.options.endpoints = current.endpoints;
    current.options.attempt_delay_ns = delay_ms * MS;
    current.options.failed = on_failed;
    current.options.ctx = &current;
    return p;
}

static void endpoint(const char *text)
{
    if (!live_endpoint_parse(text, &current.endpoints[current.options.endpoint_count++]))
        CU_FAIL_FATAL("an endpoint of the test's own does not parse");
}

static void endpoint_of(const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    endpoint(roam_addr_format(addr, text));
}

/* A socket that hears everything and answers nothing. */
static int sink(const char *host, roam_addr *at)
{
    struct sockaddr_storage storage = {0};
    CU_ASSERT_TRUE_FATAL(live_address_parse(host, at));
    socklen_t len = live_address_to_kernel(at, &storage);
    const int fd = socket(storage.ss_family, SOCK_DGRAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&storage, len), 0);
    len = sizeof storage;
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&storage, &len), 0);
    live_address_from_kernel(&storage, at);
    return fd;
}

static void test_endpoints(void)
{
    static const struct {
        const char *text, *host; /* NULL: it is none */
        uint16_t port;
        roam_family family;
    } cases[] = {
        {.text = "192.0.2.1:4433", .host = "192.0.2.1:4433", .port = 4433, .family = ROAM_FAMILY_IPV4},
        {.text = "[2001:db8::1]:1", .host = "[2001:db8::1]:1", .port = 1, .family = ROAM_FAMILY_IPV6},
        {.text = "example.org:65535", .host = "example.org", .port = 65535, .family = ROAM_FAMILY_NONE},
        {.text = "my_host-1:9", .host = "my_host-1", .port = 9, .family = ROAM_FAMILY_NONE},
        {.text = "example.org"},
        {.text = "example.org:"},
        {.text = "example.org:0"},
        {.text = "example.org:65536"},
        {.text = "example.org:1:2"},
        {.text = ":1"},
        {.text = "192.0.2.1"},
        {.text = "192.0.2.256:1"},
        {.text = "2001:db8::1"},
        {.text = "exa mple:1"},
        {.text = "a/b:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        live_endpoint got = {.port = 0};
        const bool parsed = live_endpoint_parse(cases[i].text, &got);
        if (parsed != (cases[i].host != NULL) ||
            (parsed && (strcmp(got.host, cases[i].host) != 0 || got.port != cases[i].port ||
                        got.addr.family != cases[i].family))) {
            (void)printf("\n  '%s': host '%s', port %u, family %d\n", cases[i].text, got.host, got.port,
                         (int)got.addr.family);
            CU_FAIL("endpoint");
        }
    }
}

/* The delay is longer than the test's patience: only what ICMP says moves on to the next address. */
static void test_dead_port(void)
{
    roam_addr dead;
    pair *const p = fresh(60000);
    (void)close(sink("127.0.0.1:0", &dead));
    endpoint_of(&dead);
    endpoint_of(&p->listening);
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_PEER_UP, 1));
    CU_ASSERT_EQUAL(p->client.events[ROAM_EVENT_PEER_DOWN], 0);
    pair_free(p);
}

static void test_silent_address(void)
{
    roam_addr silent;
    pair *const p = fresh(30);
    const int fd = sink("127.0.0.1:0", &silent);
    endpoint_of(&silent);
    endpoint_of(&p->listening);
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_PEER_UP, 1));
    CU_ASSERT_TRUE(pair_await_event(&p->server, ROAM_EVENT_PEER_UP, 1));
    CU_ASSERT_EQUAL(p->client.events[ROAM_EVENT_PEER_DOWN], 0);
    pair_free(p);
    (void)close(fd);
}

/* The delay is longer than a handshake may take: the next address is tried when the last attempt has failed.
 */
static void test_one_after_the_other(void)
{
    roam_addr silent;
    handshake_timeout_ns = 300 * MS;
    pair *const p = fresh(60000);
    handshake_timeout_ns = 10000 * MS;
    const int fd = sink("127.0.0.1:0", &silent);
    endpoint_of(&silent);
    endpoint_of(&p->listening);
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_PEER_UP, 1));
    CU_ASSERT_EQUAL(p->client.events[ROAM_EVENT_PEER_DOWN], 1);
    pair_free(p);
    (void)close(fd);
}

/* Given: two of IPv4, one of IPv6. Tried: IPv4, IPv6, IPv4. */
static void test_families_take_turns(void)
{
    static const char *const hosts[] = {"127.0.0.1:0", "127.0.0.2:0", "[::1]:0"};
    static const size_t expected[] = {0, 2, 1};
    struct pollfd sinks[3];
    size_t order[3];
    pair *const p = fresh(100);
    for (size_t i = 0; i < 3; i++) {
        roam_addr at;
        sinks[i] = (struct pollfd){.fd = sink(hosts[i], &at), .events = POLLIN};
        endpoint_of(&at);
    }
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    for (size_t n = 0; n < 3; n++) {
        CU_ASSERT_EQUAL(poll(sinks, 3, PATIENCE_MS), 1);
        for (size_t i = 0; i < 3; i++) {
            if (sinks[i].revents == 0)
                continue;
            order[n] = i;
            sinks[i].events = sinks[i].revents = 0;
        }
    }
    for (size_t n = 0; n < 3; n++)
        CU_ASSERT_EQUAL(order[n], expected[n]);
    pair_free(p);
    for (size_t i = 0; i < 3; i++)
        (void)close(sinks[i].fd);
}

static void test_names(void)
{
    char text[TEXT_MAX];
    pair *const p = fresh(60000);
    (void)snprintf(text, sizeof text, "localhost:%u", p->listening.port);
    endpoint(text);
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    CU_ASSERT_TRUE(pair_await_event(&p->client, ROAM_EVENT_PEER_UP, 1));
    pair_free(p);
}

/* No label of a name is longer than 63 bytes (RFC 1035 section 2.3.4): nobody is asked for this one. */
static void test_no_such_name(void)
{
    static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1";
    pair *const p = fresh(30);
    endpoint(name);
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    current.busy = true;
    for (int i = 0; i < PATIENCE_MS / 10 && current.busy; i++) {
        (void)usleep(10000);
        CU_ASSERT_EQUAL(live_call(p->client.live, look, &current), 0);
    }
    CU_ASSERT_FALSE(current.busy);
    if (strncmp(current.failed, "aaaa", 4) != 0) {
        (void)printf("\n  told was '%s'\n", current.failed);
        CU_FAIL("nothing was told of the name");
    }
    pair_free(p);
}

/* The node ends while a name is being looked up. */
static void test_end(void)
{
    pair *const p = fresh(30);
    endpoint("localhost:1");
    CU_ASSERT_EQUAL(live_call(p->client.live, start, &current), 0);
    pair_free(p);
}

static const check_test TESTS[] = {{"endpoints as text", test_endpoints},
                                   {"a port at which nobody listens is left at once", test_dead_port},
                                   {"a silent address does not keep the next one", test_silent_address},
                                   {"one address after the other", test_one_after_the_other},
                                   {"families take turns", test_families_take_turns},
                                   {"a name", test_names},
                                   {"a name that is none", test_no_such_name},
                                   {"the end while a name is looked up", test_end}};
CHECK_MAIN("dialer", TESTS)
