/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/quinn/tests/pair.h"

#include "core/tests/check.h"
#include "core/tls/identity.h"
#include "sim/endpoint/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const roam_endpoint_library *library;

static void open_established(pair *self)
{
    pair_init(self, library);
    pair_open_default(self);
    pair_run_until(self, PAIR_S);
    CHECK(self->client.confirmed_ns != UINT64_MAX, true, "the client's handshake is confirmed");
}

static void check_peer(pair *self, pair_end *end, size_t of)
{
    roam_endpoint_peer peer = {.size = sizeof peer};
    const core_der certificate = core_identity_certificate(self->identities[of]);
    CHECK(library->peer(end->connection, &peer), 0, "peer of the %s", end->what);
    if (CHECK(peer.certificate_len, certificate.len, "bytes of the certificate"))
        CHECK_BYTES(peer.certificate, certificate.bytes, certificate.len, "certificate at the %s", end->what);
    CHECK(peer.disables_migration, false, "at the %s", end->what);
}

static void test_handshake(void)
{
    pair self;
    open_established(&self);
    CHECK(self.client.established_ns, 2 * PAIR_DELAY_NS, "client");
    CHECK(self.server.established_ns, 3 * PAIR_DELAY_NS, "server");
    CHECK(self.server.confirmed_ns, 3 * PAIR_DELAY_NS, "server");
    CHECK(self.client.confirmed_ns, 4 * PAIR_DELAY_NS, "client");
    check_peer(&self, &self.client, 1);
    check_peer(&self, &self.server, 0);
    CHECK_STRING(self.client.keys, self.server.keys, "the key log");
    CHECK_CONTAINS(self.client.keys, "CLIENT_HANDSHAKE_TRAFFIC_SECRET ");
    CHECK_CONTAINS(self.client.keys, "SERVER_HANDSHAKE_TRAFFIC_SECRET ");
    CHECK_CONTAINS(self.client.keys, "CLIENT_TRAFFIC_SECRET_0 ");
    CHECK_CONTAINS(self.client.keys, "SERVER_TRAFFIC_SECRET_0 ");
    pair_fini(&self);
}

static void test_statistics(void)
{
    pair self;
    roam_endpoint_statistics statistics = {.size = sizeof statistics};
    open_established(&self);
    library->statistics(self.client.connection, &statistics);
    CHECK_BETWEEN(statistics.srtt_ns, 2 * PAIR_DELAY_NS, 2 * PAIR_DELAY_NS + 1000000, "smoothed RTT");
    CHECK_AT_LEAST(statistics.cwnd, 12000, "congestion window");
    CHECK_BETWEEN(statistics.packets_received, 1, self.server.datagrams_sent, "packets received");
    CHECK(statistics.connection_id_len, library->connection_id_len, "connection ID of a peer of this kind");
    pair_fini(&self);
}

enum { MEBIBYTE = 1 << 20 };

static void check_whole(pair_end *end, int64_t id)
{
    const pair_stream *const stream = pair_stream_of(end, id);
    if (!CHECK(stream != NULL, true, "%s knows stream %lld", end->what, (long long)id))
        return;
    CHECK(stream->read, MEBIBYTE, "bytes at the %s", end->what);
    CHECK(stream->finished && stream->closed && !stream->reset, true, "%s: read to its end, closed",
          end->what);
}

/* The windows are far smaller: each write that is refused is announced again. */
static void test_streams(void)
{
    pair self;
    open_established(&self);
    const pair_stream *const up = pair_send(&self, &self.client, false, MEBIBYTE);
    const pair_stream *const down = pair_send(&self, &self.server, false, MEBIBYTE);
    CHECK_BETWEEN(up->written, 1, 65536, "a window at most is taken at once");
    pair_run_until(&self, 30 * PAIR_S);
    CHECK(up->written, MEBIBYTE, "bytes taken of the client");
    CHECK(up->closed && down->closed, true, "acknowledged to the end");
    check_whole(&self.server, up->id);
    check_whole(&self.client, down->id);
    pair_fini(&self);
}

static void test_bidirectional(void)
{
    pair self;
    open_established(&self);
    const pair_stream *const there = pair_send(&self, &self.client, true, 5000);
    CHECK(there->id, 0, "the first one");
    pair_run_until(&self, 2 * PAIR_S);
    pair_stream *const back = pair_stream_of(&self.server, there->id);
    CHECK(back && back->finished && !back->closed, true, "one direction is over, the other is not");
    size_t taken = 0;
    CHECK(library->stream_write(self.server.connection, 0, (const uint8_t *)"\0", 1, true, &taken), 0,
          "write");
    pair_run_until(&self, 3 * PAIR_S);
    CHECK(there->read, 1, "bytes that came back");
    CHECK(there->closed && back->closed, true, "both directions are over");
    CHECK(library->stream_write(self.server.connection, 0, (const uint8_t *)"\0", 1, true, &taken),
          ROAM_ENDPOINT_CLOSED, "a write after the end");
    pair_fini(&self);
}

static void test_reset(void)
{
    pair self;
    open_established(&self);
    const pair_stream *const stream = pair_send(&self, &self.client, false, MEBIBYTE);
    pair_run_until(&self, self.now_ns + PAIR_DELAY_NS);
    CHECK(library->stream_reset(self.client.connection, stream->id, 9), 0, "stream_reset");
    pair_run_until(&self, 3 * PAIR_S);
    const pair_stream *const there = pair_stream_of(&self.server, stream->id);
    CHECK(stream->closed && stream->reset, true, "cut short here");
    CHECK(there && there->closed && there->reset && !there->finished, true, "cut short there");
    pair_fini(&self);
}

/* The writer answers with RESET_STREAM: otherwise the reader allows no stream in the place of the one cut
 * short. */
static void test_stopped(void)
{
    pair self;
    open_established(&self);
    for (int i = 0; i < 8; i++) {
        const pair_stream *const stream = pair_send(&self, &self.client, false, MEBIBYTE);
        if (!CHECK(stream != NULL, true, "stream %d", i))
            break;
        pair_run_until(&self, self.now_ns + PAIR_DELAY_NS);
        CHECK(library->stream_reset(self.server.connection, stream->id, 9), 0, "stream_reset of the reader");
        pair_run_until(&self, self.now_ns + PAIR_S);
        CHECK(stream->closed && stream->reset, true, "cut short at the writer");
    }
    pair_fini(&self);
}

static void test_stream_limit(void)
{
    pair self;
    open_established(&self);
    for (int i = 0; i < 4; i++)
        CHECK(pair_send(&self, &self.client, false, 10) != NULL, true, "stream %d of 4", i);
    CHECK(pair_send(&self, &self.client, false, 10) == NULL, true, "the fifth is refused");
    pair_run_until(&self, 2 * PAIR_S);
    CHECK(self.client.streams_available, 1, "STREAMS_AVAILABLE");
    CHECK(pair_send(&self, &self.client, false, 10) != NULL, true, "the fifth, later");
    pair_fini(&self);
}

static void check_moved(uint8_t last_byte, uint16_t port)
{
    pair self;
    open_established(&self);
    const uint64_t at_ns = self.now_ns;
    CHECK(pair_move(&self, last_byte, port, ROAM_ENDPOINT_REBIND), 0, "migrate");
    CHECK(self.client.moved_ns, at_ns, "MOVED of the client");
    CHECK(self.client.moved.local.port, port, "port of it");
    const pair_stream *const up = pair_send(&self, &self.client, false, MEBIBYTE);
    pair_run_until(&self, 30 * PAIR_S);
    CHECK(self.server.moved_ns, at_ns + PAIR_DELAY_NS, "MOVED of the server");
    CHECK(self.server.moved.remote.bytes[3], last_byte, "address of it");
    CHECK(self.server.moved.remote.port, port, "port of it");
    CHECK(self.server.validated_ns, at_ns + 3 * PAIR_DELAY_NS, "PATH_VALIDATED");
    CHECK(memcmp(&self.server.validated, &self.server.moved, sizeof self.server.moved), 0, "of that path");
    CHECK_AT_LEAST(self.server.challenges, 2, "of the new path and of the old");
    CHECK(self.client.challenges, 0, "the client does not validate");
    check_whole(&self.server, up->id);
    pair_fini(&self);
}

static void test_rebind(void)
{
    check_moved(1, 2222);
    check_moved(7, 1111);
}

static void test_other_ways(void)
{
    pair self;
    open_established(&self);
    CHECK(pair_move(&self, 7, 1, ROAM_ENDPOINT_PROBE_FIRST), ROAM_ENDPOINT_UNSUPPORTED, "probe first");
    CHECK(pair_move(&self, 7, 1, ROAM_ENDPOINT_FOLLOW_FIRST), ROAM_ENDPOINT_UNSUPPORTED, "follow first");
    CHECK(self.client.moved_ns, UINT64_MAX, "nothing moved");
    pair_fini(&self);
}

/* The new path carries nothing back: the server gives it up after 3 PTO, and returns. */
static void test_validation_fails(void)
{
    pair self;
    open_established(&self);
    self.client.deaf = true;
    CHECK(pair_move(&self, 7, 2222, ROAM_ENDPOINT_REBIND), 0, "migrate");
    pair_run_until(&self, 5 * PAIR_S);
    CHECK(self.server.validated_ns, UINT64_MAX, "PATH_VALIDATED");
    CHECK_BETWEEN(self.server.failed_ns, PAIR_S, 5 * PAIR_S, "PATH_FAILED");
    CHECK(self.server.failed.remote.port, 2222, "of the new path");
    CHECK(self.server.moved_ns, self.server.failed_ns, "MOVED back");
    CHECK(self.server.moved.remote.port, 1111, "to the old path");
    pair_fini(&self);
}

static void check_disables(bool is_client)
{
    pair self;
    roam_endpoint_peer peer = {.size = sizeof peer};
    const pair_end *const of = is_client ? &self.client : &self.server;
    const pair_end *const at = is_client ? &self.server : &self.client;
    pair_init(&self, library);
    roam_endpoint_options client = pair_options(&self, &self.client);
    roam_endpoint_options server = pair_options(&self, &self.server);
    client.disable_active_migration = of == &self.client;
    server.disable_active_migration = of == &self.server;
    pair_open(&self, &client, &server);
    pair_run_until(&self, PAIR_S);
    CHECK(library->peer(at->connection, &peer), 0, "peer");
    CHECK(peer.disables_migration, true, "disable_active_migration of the %s", of->what);
    CHECK(library->peer(of->connection, &peer), 0, "peer");
    CHECK(peer.disables_migration, false, "disable_active_migration of the %s", at->what);
    pair_fini(&self);
}

static void test_disable(void)
{
    check_disables(false);
    check_disables(true);
}

static void test_close(void)
{
    pair self;
    open_established(&self);
    library->close(self.client.connection, true, 77);
    const unsigned sent = self.client.datagrams_sent;
    library->close(self.client.connection, true, 77);
    CHECK(self.client.datagrams_sent, sent + 1, "CONNECTION_CLOSE once more");
    pair_run_until(&self, 2 * PAIR_S);
    CHECK(self.client.closed.closed.kind, ROAM_ENDPOINT_CLOSED_HERE, "the client");
    CHECK(self.client.closed.closed.application && self.client.closed.closed.code == 77, true, "its code");
    CHECK(self.server.closed.closed.kind, ROAM_ENDPOINT_CLOSED_THERE, "the server");
    CHECK(self.server.closed.closed.application && self.server.closed.closed.code == 77, true, "its code");
    CHECK(self.server.closed_ns, PAIR_S + PAIR_DELAY_NS, "one delay later");
    pair_fini(&self);
}

static void test_timeouts(void)
{
    pair self;
    pair_init(&self, library);
    pair_open_default(&self);
    self.server.deaf = true;
    pair_run_until(&self, 60 * PAIR_S);
    CHECK(self.client.closed_ns, 10 * PAIR_S, "of the handshake");
    CHECK(self.client.closed.closed.kind, ROAM_ENDPOINT_CLOSED_HANDSHAKE, "its kind");
    pair_fini(&self);

    open_established(&self);
    self.client.deaf = self.server.deaf = true;
    pair_run_until(&self, 60 * PAIR_S);
    CHECK_BETWEEN(self.client.closed_ns, 30 * PAIR_S, 31 * PAIR_S, "of the idle connection");
    CHECK(self.client.closed.closed.kind, ROAM_ENDPOINT_CLOSED_IDLE, "its kind");
    pair_fini(&self);
}

/* Whatever comes, nothing ends but the datagram. */
static void test_garbage(void)
{
    pair self;
    uint8_t bytes[1400];
    open_established(&self);
    for (size_t round = 0; round < 2000; round++) {
        const size_t len = check_random(&self.random) % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)check_random(&self.random);
        const roam_endpoint_datagram datagram = {
            .path = {.local = self.server.address, .remote = self.client.address},
            .data = round == 0 ? NULL : bytes,
            .len = round == 0 ? 0 : len};
        library->receive(self.server.endpoint, &datagram);
    }
    const pair_stream *const stream = pair_send(&self, &self.client, false, MEBIBYTE);
    pair_run_until(&self, 30 * PAIR_S);
    check_whole(&self.server, stream->id);
    pair_fini(&self);
}

static void test_refused(void)
{
    pair self;
    roam_endpoint *endpoint = NULL;
    const roam_endpoint_option option = {"speed", "high"};
    pair_init(&self, library);
    roam_endpoint_options options = pair_options(&self, &self.client);
    options.options = &option;
    options.option_count = 1;
    CHECK(library->endpoint_new(&options, &endpoint), ROAM_ENDPOINT_INVALID, "an unknown option");
    CHECK_CONTAINS(self.client.said, "'speed'");
    options.option_count = 0;
    options.key = (const uint8_t *)"no key";
    options.key_len = 6;
    CHECK(library->endpoint_new(&options, &endpoint), ROAM_ENDPOINT_TLS, "no key");
    CHECK_CONTAINS(self.client.said, "rustls: ");
    options = pair_options(&self, &self.client);
    options.certificate_len /= 2;
    CHECK(library->endpoint_new(&options, &endpoint), ROAM_ENDPOINT_TLS, "half a certificate");
    CHECK_CONTAINS(self.client.said, "the certificate: BadDer");
    pair_fini(&self);
    open_established(&self);
    size_t taken = 0;
    CHECK(library->stream_write(self.client.connection, 3, NULL, 0, false, &taken), ROAM_ENDPOINT_CLOSED,
          "a stream that there is not");
    CHECK(library->stream_reset(self.client.connection, -1, 0), ROAM_ENDPOINT_CLOSED, "no stream");
    pair_fini(&self);
}

static const check_test tests[] = {
    {"the handshake takes one round trip", test_handshake},
    {"statistics", test_statistics},
    {"1 MiB each way", test_streams},
    {"both directions of a stream", test_bidirectional},
    {"a stream is cut short", test_reset},
    {"a stream is cut short by its reader", test_stopped},
    {"the limit of streams", test_stream_limit},
    {"a new port, a new address", test_rebind},
    {"ways to migrate that are not there", test_other_ways},
    {"a path that does not carry back", test_validation_fails},
    {"disable_active_migration", test_disable},
    {"close", test_close},
    {"timeouts", test_timeouts},
    {"garbage", test_garbage},
    {"what is refused", test_refused},
};

/* Skipped where the adapter is not built. */
int main(void)
{
    char path[4096], text[ENDPOINT_LIBRARY_TEXT_MAX];
    if (!endpoint_library_find("quinn", path, sizeof path, text, sizeof text)) {
        (void)printf("skipped: %s\n", text);
        return 77;
    }
    const endpoint_library *const opened = endpoint_library_open(path, NULL, text, sizeof text);
    if (!opened) {
        (void)printf("%s\n", text);
        return EXIT_FAILURE;
    }
    library = &opened->table;
    return check_main("sim/endpoint/adapters/quinn", tests, sizeof tests / sizeof tests[0]);
}
