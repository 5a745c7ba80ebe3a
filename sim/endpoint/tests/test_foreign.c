/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of roam_endpoint.h that the host checks, broken once by a library that else does what is wanted.
 */
#include "sim/endpoint/foreign.h"

#include "core/tests/check.h"
#include "core/tls/identity.h"
#include "sim/endpoint/tests/fake_library.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* ---- The host ---- */

static uint64_t now_ns;

static uint64_t on_now(void *ctx)
{
    (void)ctx;
    return now_ns;
}

static char logged[64];

static void on_log(void *ctx, const char *text)
{
    (void)ctx;
    (void)snprintf(logged, sizeof logged, "%s", text);
}

static void on_random(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    memset(bytes, 7, len);
}

static int adapter_send(void *ctx, const roam_datagram *datagram, uint64_t at_ns)
{
    (void)ctx;
    (void)datagram;
    (void)at_ns;
    return 0;
}

static void adapter_close(void *ctx)
{
    (void)ctx;
}

static const roam_adapter_vtable ADAPTER = {.send = adapter_send, .close = adapter_close};
static const roam_addr HERE = {ROAM_FAMILY_IPV4, 5000, {10, 0, 0, 1}};
static const roam_addr THERE = {ROAM_FAMILY_IPV4, 4433, {10, 0, 0, 2}};

static roam_adapter *opened;

static int on_open_adapter(void *user_data, const roam_addr *local, const roam_addr *remote,
                           roam_adapter **out)
{
    (void)user_data;
    (void)local;
    (void)remote;
    const int status = roam_adapter_new(&ADAPTER, NULL, &HERE, out);
    opened = *out;
    return status;
}

/* A node dials, gets a datagram, and lives for a while. */
static void live(roam_node *node)
{
    const uint8_t bytes[40] = {0x40};
    const roam_datagram datagram = {
        .remote = THERE, .data = bytes, .len = sizeof bytes, .segment_len = sizeof bytes};
    roam_peer_id peer;
    opened = NULL;
    if (roam_dial(node, "server", &THERE, NULL, now_ns, &peer))
        return;
    for (int i = 0; i < 4; i++) {
        now_ns += MS;
        CHECK(roam_node_step(node, now_ns), 0, "roam_node_step");
        CHECK(roam_node_receive(node, opened, &datagram, now_ns), 0, "roam_node_receive");
        CHECK(roam_node_step(node, now_ns), 0, "roam_node_step");
    }
    if (roam_node_deadline(node) <= now_ns + 100 * MS) {
        now_ns += 100 * MS;
        CHECK(roam_node_step(node, now_ns), 0, "roam_node_step");
    }
}

static void run_fake(fake *self, bool server, run_error *error, uint64_t capabilities)
{
    roam_identity *identity;
    const uint8_t seed[ROAM_KEY_BYTES] = {1};
    roam_endpoint_library library = FAKE_LIBRARY;
    foreign *under = NULL;
    roam_node *node = NULL;
    roam_node_options options;
    library.capabilities |= capabilities;
    fake_current = self;
    now_ns = 0;
    CU_ASSERT_FATAL(roam_identity_new("server", seed, &identity) ==
                    0); /* its own peer: the certificate is at hand */
    const foreign_options wanted = {.library = &library,
                                    .name = "mine",
                                    .node = "laptop",
                                    .identity = identity,
                                    .server = server,
                                    .error = error,
                                    .now = on_now,
                                    .log = on_log};
    roam_node_options_default(&options);
    options.identity = identity;
    options.accept = server;
    options.callbacks.random = on_random;
    options.callbacks.open_adapter = on_open_adapter;
    options.trust = ROAM_TRUST_ANY;
    roam_identity *own;
    const uint8_t own_seed[ROAM_KEY_BYTES] = {2};
    CU_ASSERT_FATAL(roam_identity_new("laptop", own_seed, &own) == 0);
    options.identity = own;
    CU_ASSERT_FATAL(foreign_new(&wanted, &under) == 0);
    if (foreign_node_new(under, &options, &node) == 0)
        live(node);
    roam_node_free(node);
    foreign_free(under);
    roam_identity_free(identity);
    roam_identity_free(own);
}

/* ---- What is done wrong ---- */

static void tell(const fake *self, uint32_t kind, int64_t stream)
{
    const roam_endpoint_event event = {.kind = kind, .stream = stream};
    self->calls->event(self->host, &fake_current->client, &event);
}

static void established(fake *self)
{
    tell(self, ROAM_ENDPOINT_ESTABLISHED, -1);
}

static void say(fake *self)
{
    established(self);
    self->calls->log(self->host, &fake_current->client, "ERR_CRYPTO");
}

static void refuse(fake *self)
{
    self->calls->log(self->host, NULL, "no congestion controller 'bbr9'");
    self->answer = ROAM_ENDPOINT_INVALID;
}

static void give_none(fake *self)
{
    self->gives_none = true;
}

static void connect_none(fake *self)
{
    self->connected = NULL;
}

static void receive_unknown(fake *self)
{
    self->received = &self->other;
}

static void route_unknown(fake *self)
{
    self->routed = &self->other;
}

static void route_then_none(fake *self)
{
    self->routed = &self->client;
    self->in = "receive";
    self->act = receive_unknown;
}

static void event_of_unknown(fake *self)
{
    const roam_endpoint_event event = {.kind = ROAM_ENDPOINT_ESTABLISHED, .stream = -1};
    self->calls->event(self->host, &self->other, &event);
}

static void accept_in_flush(fake *self)
{
    const roam_endpoint_path path = {{.family = 4}, {.family = 4}};
    self->calls->accepted(self->host, &self->other, &path);
}

static void accept_known(fake *self)
{
    const roam_endpoint_path path = {{.family = 4}, {.family = 4}};
    self->calls->accepted(self->host, &self->client, &path);
}

static void accept_nowhere(fake *self)
{
    const roam_endpoint_path path = {{.family = 4}, {.family = 5}};
    self->calls->accepted(self->host, &self->other, &path);
}

static void send_bytes(const fake *self, roam_endpoint_connection *connection, uint8_t family, size_t len)
{
    static const uint8_t bytes[2000];
    const roam_endpoint_datagram datagram = {
        .path = {{.family = 4, .port = 5000, .bytes = {10, 0, 0, 1}}, {.family = family}},
        .data = bytes,
        .len = len};
    (void)self->calls->send(self->host, connection, &datagram);
}

static void send_nothing(fake *self)
{
    send_bytes(self, &self->client, 4, 0);
}

static void send_too_much(fake *self)
{
    send_bytes(self, &self->client, 4, 1453);
}

static void send_across(fake *self)
{
    send_bytes(self, &self->client, 6, 100);
}

static void send_known(fake *self)
{
    send_bytes(self, &self->client, 4, 100);
}

static void send_for_unknown(fake *self)
{
    send_bytes(self, &self->other, 4, 100);
}

static void flood(fake *self)
{
    for (int i = 0; i < ROAM_ENDPOINT_EVENTS_MAX + 1; i++)
        tell(self, ROAM_ENDPOINT_STREAMS_AVAILABLE, -1);
}

static void established_twice(fake *self)
{
    established(self);
    established(self);
}

static void confirmed_first(fake *self)
{
    tell(self, ROAM_ENDPOINT_CONFIRMED, -1);
}

static void confirmed_twice(fake *self)
{
    established(self);
    tell(self, ROAM_ENDPOINT_CONFIRMED, -1);
    tell(self, ROAM_ENDPOINT_CONFIRMED, -1);
}

static void unknown_event(fake *self)
{
    tell(self, 99, -1);
}

static void after_the_end(fake *self)
{
    const roam_endpoint_event closed = {.kind = ROAM_ENDPOINT_CLOSED_EVENT, .closed = {.kind = 2}};
    self->calls->event(self->host, &self->client, &closed);
    self->calls->event(self->host, &self->client, &closed);
}

static void closed_somehow(fake *self)
{
    const roam_endpoint_event closed = {.kind = ROAM_ENDPOINT_CLOSED_EVENT, .closed = {.kind = 9}};
    self->calls->event(self->host, &self->client, &closed);
}

static void own_stream_opened(fake *self)
{
    tell(self, ROAM_ENDPOINT_STREAM_OPENED, 4);
}

static void stream_opened_twice(fake *self)
{
    tell(self, ROAM_ENDPOINT_STREAM_OPENED, 1);
    tell(self, ROAM_ENDPOINT_STREAM_OPENED, 1);
}

static void no_stream(fake *self)
{
    tell(self, ROAM_ENDPOINT_STREAM_OPENED, -1);
}

static void unknown_stream(fake *self)
{
    tell(self, ROAM_ENDPOINT_STREAM_READABLE, 5);
}

static void acknowledge(fake *self)
{
    const roam_endpoint_event event = {.kind = ROAM_ENDPOINT_STREAM_ACKNOWLEDGED, .stream = 0, .bytes = 1};
    established(self);
    self->calls->event(self->host, &self->client, &event);
}

static void acknowledge_more(fake *self)
{
    const roam_endpoint_event event = {.kind = ROAM_ENDPOINT_STREAM_ACKNOWLEDGED, .stream = 0, .bytes = 1000};
    established(self);
    self->calls->event(self->host, &self->client, &event);
}

static void moved_nowhere(fake *self)
{
    tell(self, ROAM_ENDPOINT_MOVED, -1);
}

static void late(fake *self)
{
    self->deadline_ns = 1;
}

static void other_stream(fake *self)
{
    self->next_stream = 3;
    self->in = "receive";
    self->act = established;
}

static void fail_peer(fake *self)
{
    established(self);
    self->answer = ROAM_ENDPOINT_FAILED;
}

static void take_more(fake *self)
{
    self->taken_more = 1;
    established(self);
}

static void fail_write(fake *self)
{
    self->answer = ROAM_ENDPOINT_FAILED;
}

static void then_fail_write(fake *self)
{
    self->in = "stream_write";
    self->act = fail_write;
    established(self);
}

static void read_more(fake *self)
{
    self->read_more = 1;
    tell(self, ROAM_ENDPOINT_STREAM_OPENED, 1);
    tell(self, ROAM_ENDPOINT_STREAM_READABLE, 1);
}

static void log_lines(fake *self)
{
    self->calls->keylog(self->host, "CLIENT_RANDOM 00\nSERVER_RANDOM 00");
}

static void test_rules(void)
{
    static const struct {
        const char *in;
        fake_act *act;
        const char *text;
        bool server;
        uint64_t capabilities;
    } ROWS[] = {
        {"endpoint_new", refuse,
         "in endpoint_new: it refuses to be made: status -4; it said: no congestion controller 'bbr9'", false,
         0},
        {"endpoint_new", give_none, "in endpoint_new: it answers OK and gives no endpoint", false, 0},
        {"connect", connect_none, "in connect: it answers OK and gives none", false, 0},
        {"receive", receive_unknown,
         "in receive: it names a connection that was never announced, or was freed", false, 0},
        {"route", route_unknown, "in route: it names a connection that was never announced, or was freed",
         true, 0},
        {"route", route_then_none,
         "in receive: it gives the datagram to another connection than route had said", true, 0},
        {"receive", event_of_unknown,
         "in receive: an event is for a connection that was never announced, or was freed", false, 0},
        {"connect", event_of_unknown, "in connect: an event is for a connection that was never announced",
         false, 0},
        {"flush", accept_in_flush, "in flush: accepted() outside of receive", true, 0},
        {"receive", accept_in_flush, "in receive: accepted() at an endpoint that is no server", false, 0},
        {"receive", accept_known, "in receive: accepted() of a connection that is known", true, 0},
        {"receive", accept_nowhere, "in receive: accepted() without a path", true, 0},
        {"flush", send_nothing, "in flush: send of 0 bytes", false, 0},
        {"flush", send_too_much, "in flush: send of 1453 bytes: a datagram has 1 to max_datagram, 1452",
         false, 0},
        {"flush", send_across,
         "in flush: send without a path: both addresses must be there, and of one family", false, 0},
        {"flush", send_for_unknown, "in flush: send is for a connection that was never announced", false, 0},
        {"flush", flood, "in flush: more than 65536 events in one call", false, 0},
        {"receive", established_twice, "in event: ESTABLISHED comes twice", false, 0},
        {"receive", confirmed_first, "in event: CONFIRMED before ESTABLISHED", false, 0},
        {"receive", confirmed_twice, "in event: CONFIRMED comes twice", false, 0},
        {"receive", unknown_event, "in event: event 99, which there is not", false, 0},
        {"receive", after_the_end, "in event: event 13 follows CLOSED_EVENT", false, 0},
        {"receive", closed_somehow, "in event: CLOSED_EVENT of kind 9, which there is not", false, 0},
        {"receive", own_stream_opened, "in event: STREAM_OPENED of 4, which is one of this end", false, 0},
        {"receive", stream_opened_twice, "in event: STREAM_OPENED of 1, which is open", false, 0},
        {"receive", no_stream, "in event: STREAM_OPENED of -1, which is no stream", false, 0},
        {"receive", unknown_stream, "in event: event 4 is for stream 5, which is not open", false, 0},
        {"receive", acknowledge, "in event: STREAM_ACKNOWLEDGED without REPORTS_ACKNOWLEDGED", false, 0},
        {"receive", acknowledge_more, "in event: STREAM_ACKNOWLEDGED of more bytes than stream 0 took", false,
         ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED},
        {"receive", moved_nowhere, "in event: event 12 is for a path without addresses", false, 0},
        {"connect", late, "in deadline: its deadline stays in the past after expire and flush", false, 0},
        {"connect", other_stream, "in stream_open: stream 3 is not a new one of this end and kind", false, 0},
        {"receive", fail_peer, "in peer: after ESTABLISHED it answers with status -8", false, 0},
        {"receive", take_more, "in stream_write: it takes ", false, 0},
        {"receive", then_fail_write, "in stream_write: status -8 for stream 0, which is open", false, 0},
        {"receive", read_more, "in stream_read: status 0 and 16385 bytes for stream 1, which is open", false,
         0},
        {"connection_free", established, "in connection_free: event: the host has forgotten the connection",
         false, 0},
        {"connection_free", send_known, "in connection_free: send: the host has forgotten the connection",
         false, 0},
        {"flush", log_lines, "in flush: keylog() wants one line of at most 512 characters, without newline",
         false, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        fake self = {.in = ROWS[i].in, .act = ROWS[i].act, .deadline_ns = ROAM_ENDPOINT_NEVER};
        run_error error = {0};
        run_fake(&self, ROWS[i].server, &error, ROWS[i].capabilities);
        CHECK(error.code, RUN_ERROR_ENDPOINT, "%s", ROWS[i].text);
        CHECK_CONTAINS(error.text, " s: the adapter mine, in ");
        CHECK_CONTAINS(error.text, ROWS[i].text);
    }
}

static void test_good(void)
{
    fake self = {.in = "receive", .act = say, .deadline_ns = ROAM_ENDPOINT_NEVER};
    run_error error = {0};
    logged[0] = '\0';
    run_fake(&self, false, &error, 0);
    CHECK_STRING(logged, "ERR_CRYPTO", "what it said");
    CHECK_STRING(error.text, "");
    CHECK_STRING(self.in, "", "the library was asked");
    CHECK(self.options.max_datagram, 1452, "bytes");
    CHECK_STRING(self.options.alpn, ROAM_ALPN);
}

/* A call of the host that comes when none of the library is under way: from a thread, a signal, a destructor.
 */
static void test_call_from_outside(void)
{
    fake self = {.in = "receive", .act = established, .deadline_ns = ROAM_ENDPOINT_NEVER};
    roam_identity *identity;
    const uint8_t seed[ROAM_KEY_BYTES] = {1};
    uint8_t drawn[4] = {9, 9, 9, 9};
    run_error error = {0};
    foreign *under;
    roam_node *node;
    roam_node_options options;
    fake_current = &self;
    CU_ASSERT_FATAL(roam_identity_new("laptop", seed, &identity) == 0);
    const foreign_options wanted = {.library = &FAKE_LIBRARY,
                                    .name = "mine",
                                    .node = "laptop",
                                    .identity = identity,
                                    .error = &error,
                                    .now = on_now};
    roam_node_options_default(&options);
    options.identity = identity;
    options.callbacks.random = on_random;
    CU_ASSERT_FATAL(foreign_new(&wanted, &under) == 0);
    CU_ASSERT_FATAL(foreign_node_new(under, &options, &node) == 0);
    self.calls->random(self.host, drawn, sizeof drawn);
    CHECK_CONTAINS(error.text, "laptop at ");
    CHECK_CONTAINS(error.text,
                   " s: the adapter mine, in no call: it makes the host call random outside of a call "
                   "of its own endpoint");
    CHECK(drawn[0], 0, "nothing is left undefined");
    roam_node_free(node);
    foreign_free(under);
    roam_identity_free(identity);
}

static const check_test tests[] = {
    {"each rule, broken once", test_rules},
    {"a library that keeps them", test_good},
    {"a host call from outside of a call", test_call_from_outside},
};

CHECK_MAIN("sim/endpoint/foreign", tests)
