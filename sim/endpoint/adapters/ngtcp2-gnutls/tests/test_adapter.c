/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "core/tls/identity.h"
#include "sim/endpoint/adapters/ngtcp2-gnutls/tests/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/* ---- Handshake ---- */

static void check_peer(const roam_endpoint_host *end, const roam_endpoint_host *other)
{
    roam_endpoint_peer peer = {.size = sizeof peer};
    const core_der expected = core_identity_certificate(other->identity);
    CHECK(end->pair->library->peer(end->connection, &peer), 0, "peer");
    CHECK(peer.certificate_len, expected.len, "length of the certificate");
    CHECK_BYTES(peer.certificate, expected.bytes, expected.len, "the certificate");
    CHECK(peer.disables_migration, false, "disable_active_migration");
}

static void handshake(void)
{
    pair *const p = pair_established(1);
    CHECK(p->server.accepted, 1, "accepted");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_ESTABLISHED), 1, "client established");
    CHECK(pair_count(&p->server, ROAM_ENDPOINT_ESTABLISHED), 1, "server established");
    CHECK(pair_count(&p->server, ROAM_ENDPOINT_CONFIRMED), 1, "server confirmed");
    CHECK(pair_time(&p->client, ROAM_ENDPOINT_ESTABLISHED, 0), 20 * PAIR_MS, "client established");
    CHECK(pair_time(&p->server, ROAM_ENDPOINT_ESTABLISHED, 0), 30 * PAIR_MS, "server established");
    CHECK(pair_time(&p->client, ROAM_ENDPOINT_CONFIRMED, 0), 40 * PAIR_MS, "client confirmed");
    check_peer(&p->client, &p->server);
    check_peer(&p->server, &p->client);
    CHECK_STRING(p->client.keylog, p->server.keylog);
    CHECK_STRING(p->client.keylog,
                 "CLIENT_HANDSHAKE_TRAFFIC_SECRET SERVER_HANDSHAKE_TRAFFIC_SECRET EXPORTER_SECRET "
                 "CLIENT_TRAFFIC_SECRET_0 SERVER_TRAFFIC_SECRET_0 ");
    pair_free(p);
}

static void handshake_times_out(void)
{
    pair *const p = pair_new(&(pair_options){.seed = 1, .no_server = true});
    pair_run(p, 60000 * PAIR_MS);
    const pair_event *const closed = pair_find(&p->client, ROAM_ENDPOINT_CLOSED_EVENT, 0);
    if (CHECK(closed != NULL, true, "it ends")) {
        CHECK(closed->at_ns, 10000 * PAIR_MS, "when");
        CHECK(closed->event.closed.kind, ROAM_ENDPOINT_CLOSED_HANDSHAKE, "why");
    }
    CHECK(p->library->deadline(p->client.connection), ROAM_ENDPOINT_NEVER, "deadline");
    roam_endpoint_statistics statistics = {.size = sizeof statistics};
    p->library->statistics(p->client.connection, &statistics);
    CHECK(statistics.min_rtt_ns, 0, "no sample");
    pair_free(p);
}

static void other_protocol(void)
{
    enum { NO_APPLICATION_PROTOCOL = 0x100 + 120 }; /* RFC 9001 section 8.1 */
    pair *const p = pair_new(&(pair_options){.seed = 25, .client_alpn = "other"});
    pair_run(p, 1000 * PAIR_MS);
    const pair_event *const client = pair_find(&p->client, ROAM_ENDPOINT_CLOSED_EVENT, 0);
    const pair_event *const server = pair_find(&p->server, ROAM_ENDPOINT_CLOSED_EVENT, 0);
    if (CHECK(client && server, true, "both end")) {
        CHECK(server->event.closed.kind, ROAM_ENDPOINT_CLOSED_HERE, "server");
        CHECK(server->event.closed.code, NO_APPLICATION_PROTOCOL, "server");
        CHECK(client->event.closed.kind, ROAM_ENDPOINT_CLOSED_THERE, "client");
        CHECK(client->event.closed.code, NO_APPLICATION_PROTOCOL, "client");
    }
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_ESTABLISHED), 0, "established");
    pair_free(p);
}

static void qlog(void)
{
    pair *const p = pair_established(31);
    CHECK_CONTAINS(p->client.qlog_begin, "{\"qlog_format", "the trace begins at its beginning");
    CHECK_CONTAINS(p->server.qlog_begin, "{\"qlog_format", "the trace begins at its beginning");
    CHECK_AT_LEAST(p->client.qlog_bytes, 1000, "bytes of the trace");
    CHECK(p->client.qlog_ended, false, "while the connection is there");
    p->library->connection_free(p->client.connection);
    p->client.connection = NULL;
    CHECK(p->client.qlog_ended, true, "with the connection");
    pair_free(p);
}

/* The token of the client's first packet: what comes behind its length, which is 0 without one. */
static void check_token(const pair *p, uint8_t len, const char *what)
{
    enum { AT = 1 + 4 + 1 + 8 + 1 + 8, MAGIC = 0x36 };
    CHECK(p->client.latest[0] & 0xf0, 0xc0, "%s: an Initial packet", what);
    CHECK(p->client.latest[AT], len, "%s: length of the token", what);
    if (len > 0)
        CHECK(p->client.latest[AT + 1], MAGIC, "%s: token", what);
}

static void token(void)
{
    pair *const p = pair_new(&(pair_options){.seed = 32});
    check_token(p, 0, "first connection");
    pair_run(p, 200 * PAIR_MS);
    pair_connect(p);
    check_token(p, 57, "second connection");
    pair_connect(p);
    check_token(p, 0, "no token twice (RFC 9000 section 8.1.3)");
    pair_free(p);
}

/* ---- Streams ---- */

static void check_bulk(const roam_endpoint_host *end, uint64_t bytes)
{
    CHECK(end->read, bytes, "bytes read");
    CHECK(end->wrong_bytes, 0, "bytes that are wrong");
    CHECK(end->finished, true, "the end was read");
    CHECK(pair_count(end, ROAM_ENDPOINT_STREAM_CLOSED), 1, "closed");
    const pair_event *const closed = pair_find(end, ROAM_ENDPOINT_STREAM_CLOSED, 0);
    CHECK(closed && closed->event.reset, false, "reset");
    uint64_t acknowledged = 0;
    for (size_t i = 0; i < end->event_count; i++)
        if (end->events[i].event.kind == ROAM_ENDPOINT_STREAM_ACKNOWLEDGED)
            acknowledged += end->events[i].event.bytes;
    CHECK(acknowledged, bytes, "bytes acknowledged");
    roam_endpoint_statistics statistics = {.size = sizeof statistics};
    end->pair->library->statistics(end->connection, &statistics);
    CHECK(statistics.unacknowledged, 0, "unacknowledged");
    CHECK_BETWEEN(statistics.srtt_ns, 2 * PAIR_DELAY_NS, 4 * PAIR_DELAY_NS, "srtt");
    CHECK(statistics.min_rtt_ns, 2 * PAIR_DELAY_NS, "min_rtt");
    CHECK_AT_LEAST(statistics.packets_received, 100, "packets received");
}

static void bulk_both_ways(void)
{
    enum { BYTES = 1 << 20 };
    pair *const p = pair_established(2);
    int64_t id = -1;
    CHECK(p->library->stream_open(p->client.connection, true, &id), 0, "stream_open");
    CHECK(id, 0, "id");
    p->client.bulk = p->server.bulk = true;
    p->client.to_send = p->server.to_send = BYTES;
    pair_flush(p);
    pair_run(p, 5000 * PAIR_MS);
    check_bulk(&p->client, BYTES);
    check_bulk(&p->server, BYTES);
    CHECK_AT_LEAST(pair_count(&p->client, ROAM_ENDPOINT_STREAM_WRITABLE), 1, "writable");
    pair_free(p);
}

/* A buffer that is full, and how much of it is free when the host hears of it. */
static void back_pressure(void)
{
    static const roam_endpoint_option small[] = {{"send_buffer", "4000"}};
    static uint8_t bytes[10000];
    pair *const p = pair_new(&(pair_options){.seed = 3, .options = small, .option_count = 1});
    pair_run(p, 200 * PAIR_MS);
    int64_t id = -1;
    size_t taken = 0;
    CHECK(p->library->stream_open(p->client.connection, false, &id), 0, "stream_open");
    CHECK(id, 2, "id");
    CHECK(p->library->stream_write(p->client.connection, id, bytes, sizeof bytes, true, &taken), 0, "first");
    CHECK(taken, 4000, "first");
    CHECK(p->library->stream_write(p->client.connection, id, bytes, 1, true, &taken), ROAM_ENDPOINT_BLOCKED,
          "second");
    CHECK(taken, 0, "second");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_STREAM_WRITABLE), 0, "before the flush");
    pair_flush(p);
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_STREAM_WRITABLE), 1, "after the flush");
    CHECK(p->library->stream_write(p->client.connection, id, bytes, 3000, true, &taken), 0, "third");
    CHECK(taken, 3000, "third");
    CHECK(p->library->stream_write(p->client.connection, id, bytes, 1, true, &taken), ROAM_ENDPOINT_CLOSED,
          "after the end");
    pair_free(p);
}

/* The host hears of room when half of it is free, though the congestion window holds the rest back. */
static void room(void)
{
    static const roam_endpoint_option large[] = {{"send_buffer", "20000"}};
    static uint8_t bytes[20001];
    pair *const p = pair_new(&(pair_options){.seed = 26, .options = large, .option_count = 1});
    pair_run(p, 200 * PAIR_MS);
    int64_t id = -1;
    size_t taken = 0;
    CHECK(p->library->stream_open(p->client.connection, false, &id), 0, "stream_open");
    CHECK(p->library->stream_write(p->client.connection, id, bytes, sizeof bytes, false, &taken), 0, "write");
    CHECK(taken, 20000, "taken");
    pair_flush(p);
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_STREAM_WRITABLE), 1, "writable");
    pair_free(p);
}

/* The urgent stream first, then the others in the order in which they were opened. */
static void priority(void)
{
    static const int64_t expected[] = {4, 0, 2};
    pair *const p = pair_established(27);
    const roam_endpoint_library *const l = p->library;
    for (size_t i = 0; i < 3; i++) {
        int64_t id = -1;
        size_t taken;
        CHECK(l->stream_open(p->client.connection, i < 2, &id), 0, "stream_open");
        CHECK(l->stream_write(p->client.connection, id, (const uint8_t *)"x", 1, true, &taken), 0, "write");
    }
    l->stream_priority(p->client.connection, 4, 0);
    pair_flush(p);
    pair_run(p, 50 * PAIR_MS);
    size_t at = 0;
    for (size_t i = 0; i < p->server.event_count; i++) {
        const roam_endpoint_event *const event = &p->server.events[i].event;
        if (event->kind != ROAM_ENDPOINT_STREAM_OPENED || at == 3)
            continue;
        CHECK(event->stream, expected[at], "number %zu", at);
        at++;
    }
    CHECK(at, 3, "streams");
    pair_free(p);
}

static void stream_limit(void)
{
    pair *const p = pair_established(4);
    const roam_endpoint_library *const l = p->library;
    int64_t id = -1;
    CHECK(l->stream_open(p->client.connection, true, &id), 0, "first");
    CHECK(l->stream_open(p->client.connection, true, &id), 0, "second");
    CHECK(l->stream_open(p->client.connection, true, &id), ROAM_ENDPOINT_BLOCKED, "third");
    for (int64_t stream = 0; stream <= 4; stream += 4) {
        size_t taken;
        CHECK(l->stream_write(p->client.connection, stream, (const uint8_t *)"x", 1, true, &taken), 0,
              "write");
    }
    pair_flush(p);
    pair_run(p, 50 * PAIR_MS);
    CHECK(pair_count(&p->server, ROAM_ENDPOINT_STREAM_OPENED), 2, "opened");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_STREAMS_AVAILABLE), 0, "while both are open");
    CHECK(l->stream_reset(p->server.connection, 0, 7), 0, "reset");
    pair_flush(p);
    pair_run(p, 100 * PAIR_MS);
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_STREAMS_AVAILABLE), 1, "when one is over");
    CHECK(l->stream_open(p->client.connection, true, &id), 0, "again");
    CHECK(id, 8, "again");
    pair_free(p);
}

static void reset(void)
{
    pair *const p = pair_established(5);
    const roam_endpoint_library *const l = p->library;
    int64_t id = -1;
    size_t taken = 0, len = 0;
    bool finished = false;
    uint8_t byte;
    CHECK(l->stream_open(p->client.connection, true, &id), 0, "stream_open");
    CHECK(l->stream_write(p->client.connection, id, (const uint8_t *)"abc", 3, false, &taken), 0, "write");
    pair_flush(p);
    pair_run(p, 50 * PAIR_MS);
    CHECK(l->stream_reset(p->client.connection, id, 9), 0, "stream_reset");
    pair_flush(p);
    pair_run(p, 10 * PAIR_MS);
    CHECK(l->stream_read(p->server.connection, id, &byte, 1, &len, &finished), ROAM_ENDPOINT_CLOSED,
          "reading what was reset");
    CHECK(l->stream_write(p->server.connection, id, &byte, 1, false, &taken), 0,
          "ngtcp2 has not said it yet");
    pair_flush(p);
    CHECK(l->stream_write(p->server.connection, id, &byte, 1, false, &taken), ROAM_ENDPOINT_CLOSED,
          "writing what was stopped");
    pair_run(p, 200 * PAIR_MS);
    roam_endpoint_host *const ends[] = {&p->client, &p->server};
    for (size_t i = 0; i < 2; i++) {
        const pair_event *const closed = pair_find(ends[i], ROAM_ENDPOINT_STREAM_CLOSED, 0);
        if (CHECK(closed != NULL, true, "end %zu: closed", i))
            CHECK(closed->event.reset, true, "end %zu: reset", i);
    }
    pair_free(p);
}

/* A link that takes no large datagram: what is lost goes again in small ones. */
static void mtu_shrinks(void)
{
    enum { BYTES = 1 << 18 };
    pair *const p = pair_established(15);
    int64_t id = -1;
    pair_run(p, 1000 * PAIR_MS); /* the path's MTU is known */
    p->largest = 1250;
    CHECK(p->library->stream_open(p->client.connection, true, &id), 0, "stream_open");
    p->client.bulk = p->server.bulk = true;
    p->client.to_send = p->server.to_send = BYTES;
    pair_flush(p);
    pair_run(p, 5000 * PAIR_MS);
    check_bulk(&p->client, BYTES);
    check_bulk(&p->server, BYTES);
    pair_free(p);
}

/* ngtcp2 0.12 does not close it at the receiving end: the adapter does. */
static void unidirectional_of_the_peer(bool cut)
{
    pair *const p = pair_established(33);
    const roam_endpoint_library *const l = p->library;
    for (int round = 0; round < 5; round++) {
        int64_t id = -1;
        size_t taken = 0, len = 0;
        bool finished = false;
        uint8_t bytes[10];
        CHECK(l->stream_open(p->client.connection, false, &id), 0, "round %d: stream_open", round);
        CHECK(l->stream_write(p->client.connection, id, (const uint8_t *)"abc", 3, !cut, &taken), 0, "write");
        pair_flush(p);
        pair_run(p, 10 * PAIR_MS);
        if (cut) {
            CHECK(l->stream_reset(p->client.connection, id, 4), 0, "stream_reset");
            pair_flush(p);
            pair_run(p, 10 * PAIR_MS);
        } else {
            CHECK(l->stream_read(p->server.connection, id, bytes, sizeof bytes, &len, &finished), 0, "read");
            CHECK(len == 3 && finished, true, "%zu bytes", len);
        }
        CHECK(pair_count(&p->server, ROAM_ENDPOINT_STREAM_CLOSED), round + 1, "closed");
        pair_flush(p);
        pair_run(p, 100 * PAIR_MS);
    }
    const pair_event *const closed = pair_find(&p->server, ROAM_ENDPOINT_STREAM_CLOSED, 0);
    CHECK(closed && closed->event.reset, cut, "reset");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_STREAM_CLOSED), 5, "closed at the client");
    pair_free(p);
}

static void unidirectional(void)
{
    unidirectional_of_the_peer(false);
    unidirectional_of_the_peer(true);
}

/* STOP_SENDING for a stream whose end was sent, and lost. */
static void stopped_after_the_end(void)
{
    pair *const p = pair_established(30);
    int64_t id = -1;
    size_t taken = 0;
    CHECK(p->library->stream_open(p->client.connection, false, &id), 0, "stream_open");
    CHECK(p->library->stream_write(p->client.connection, id, (const uint8_t *)"abc", 3, false, &taken), 0,
          "write");
    pair_flush(p);
    pair_run(p, 100 * PAIR_MS);
    CHECK(p->library->stream_write(p->client.connection, id, NULL, 0, true, &taken), 0, "end");
    p->dead = pair_path(1).local;
    pair_flush(p);
    p->dead = (roam_endpoint_address){0};
    CHECK(p->library->stream_reset(p->server.connection, id, 5), 0, "stream_reset");
    pair_flush(p);
    pair_run(p, 1000 * PAIR_MS);
    const pair_event *const closed = pair_find(&p->client, ROAM_ENDPOINT_STREAM_CLOSED, 0);
    if (CHECK(closed != NULL, true, "closed"))
        CHECK(closed->event.reset, true, "cut short");
    pair_free(p);
}

/* ---- The end ---- */

static void check_closed(const roam_endpoint_host *end, uint64_t at_ns, uint32_t kind, uint64_t code)
{
    CHECK(pair_count(end, ROAM_ENDPOINT_CLOSED_EVENT), 1, "kind %u: closed once", kind);
    const pair_event *const closed = pair_find(end, ROAM_ENDPOINT_CLOSED_EVENT, 0);
    if (!closed)
        return;
    CHECK(closed->at_ns, at_ns, "kind %u: time", kind);
    CHECK(closed->event.closed.kind, kind, "kind");
    CHECK(closed->event.closed.code, code, "kind %u: code", kind);
    CHECK(closed->event.closed.application, code != 0, "kind %u: application", kind);
}

static void closes(void)
{
    pair *const p = pair_established(16);
    const uint64_t at = p->now_ns;
    int64_t id = -1;
    p->library->close(p->client.connection, true, 42);
    p->library->close(p->client.connection, true, 43);
    check_closed(&p->client, at, ROAM_ENDPOINT_CLOSED_HERE, 42);
    pair_run(p, 100 * PAIR_MS);
    check_closed(&p->server, at + 10 * PAIR_MS, ROAM_ENDPOINT_CLOSED_THERE, 42);
    CHECK(p->library->stream_open(p->client.connection, true, &id), ROAM_ENDPOINT_CLOSED, "stream_open");
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), ROAM_ENDPOINT_CLOSED, "migrate");
    pair_free(p);
}

/* CONNECTION_CLOSE is lost: what comes afterwards is answered with it (RFC 9000 section 10.2.1). */
static void close_lost(void)
{
    pair *const p = pair_established(28);
    p->dead = pair_path(1).local;
    p->library->close(p->client.connection, true, 42);
    p->dead = (roam_endpoint_address){0};
    int64_t id = -1;
    size_t taken = 0;
    CHECK(p->library->stream_open(p->server.connection, true, &id), 0, "stream_open");
    CHECK(p->library->stream_write(p->server.connection, id, (const uint8_t *)"x", 1, true, &taken), 0,
          "write");
    const uint64_t at = p->now_ns;
    pair_flush(p);
    pair_run(p, 100 * PAIR_MS);
    check_closed(&p->server, at + 20 * PAIR_MS, ROAM_ENDPOINT_CLOSED_THERE, 42);
    pair_free(p);
}

/* What has arrived can be read after the end, and no event follows it. */
static void read_after_close(void)
{
    pair *const p = pair_established(29);
    const roam_endpoint_library *const l = p->library;
    int64_t id = -1;
    size_t taken = 0, len = 0;
    bool finished = false;
    uint8_t bytes[10];
    CHECK(l->stream_open(p->client.connection, true, &id), 0, "stream_open");
    CHECK(l->stream_write(p->client.connection, id, (const uint8_t *)"abc", 3, true, &taken), 0, "write");
    pair_flush(p);
    pair_run(p, 10 * PAIR_MS);
    CHECK(l->stream_write(p->server.connection, id, NULL, 0, true, &taken), 0, "end");
    pair_flush(p);
    pair_run(p, 100 * PAIR_MS);
    l->close(p->server.connection, true, 1);
    const size_t events = p->server.event_count;
    CHECK(l->stream_read(p->server.connection, id, bytes, sizeof bytes, &len, &finished), 0, "stream_read");
    CHECK(len == 3 && finished, true, "%zu bytes", len);
    CHECK(p->server.event_count, events, "events after CLOSED_EVENT");
    pair_free(p);
}

static void idle(void)
{
    pair *const p = pair_established(17);
    pair_run(p, 60000 * PAIR_MS);
    const pair_event *const closed = pair_find(&p->client, ROAM_ENDPOINT_CLOSED_EVENT, 0);
    if (CHECK(closed != NULL, true, "it ends"))
        CHECK(closed->event.closed.kind, ROAM_ENDPOINT_CLOSED_IDLE, "why");
    CHECK(pair_count(&p->server, ROAM_ENDPOINT_CLOSED_EVENT), 1, "the server too");
    pair_free(p);
}

static void reset_of(size_t len)
{
    pair *const p = pair_established(18);
    int64_t id = -1;
    size_t taken = 0;
    static uint8_t bytes[100];
    p->library->connection_free(p->server.connection);
    p->server.connection = NULL;
    const uint64_t at = p->now_ns;
    CHECK(p->library->stream_open(p->client.connection, true, &id), 0, "stream_open");
    CHECK(p->library->stream_write(p->client.connection, id, bytes, len, true, &taken), 0, "write");
    pair_flush(p);
    pair_run(p, 100 * PAIR_MS);
    check_closed(&p->client, at + 20 * PAIR_MS, ROAM_ENDPOINT_CLOSED_RESET, 0);
    pair_free(p);
}

static void stateless_reset(void)
{
    reset_of(100);
    reset_of(1); /* a packet of less than 38 bytes */
}

/* ---- Datagrams of others ---- */

static void other_version(void)
{
    pair *const p = pair_established(19);
    uint8_t bytes[1200] = {0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 2, 0xaa, 0xbb, 1, 0xcc};
    const roam_endpoint_path path = {.local = pair_path(1).remote, .remote = pair_path(9).local};
    const unsigned sent = p->server.sent;
    const roam_endpoint_datagram datagram = {.path = path, .data = bytes, .len = sizeof bytes};
    CHECK(p->library->receive(p->server.endpoint, &datagram) == NULL, true, "no connection");
    CHECK(p->server.sent, sent + 1, "one answer");
    const roam_endpoint_datagram cut = {.path = path, .data = bytes, .len = 1199};
    CHECK(p->library->receive(p->server.endpoint, &cut) == NULL, true, "no connection");
    CHECK(p->server.sent, sent + 1, "none to a small datagram (RFC 9000 section 6.1)");
    pair_free(p);
}

static void noise(void)
{
    pair *const p = pair_established(20);
    uint64_t state = 1;
    uint8_t bytes[1300];
    for (size_t round = 0; round < 3000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)check_random(&state);
        if (round % 3 == 0) { /* a long header of version 1 */
            bytes[0] |= 0xc0;
            memcpy(bytes + 1, "\0\0\0\1\10", 5);
        }
        const roam_endpoint_datagram datagram = {
            .path = {pair_path(1).remote, pair_path(9).local}, .data = bytes, .len = round % sizeof bytes};
        roam_endpoint_connection *const kept = p->server.connection;
        roam_endpoint_connection *const made = p->library->receive(p->server.endpoint, &datagram);
        if (made && made != kept) /* a packet that looks like a first one, and is none */
            p->library->connection_free(made);
        p->server.connection = kept;
    }
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_CLOSED_EVENT), 0, "the connection lives");
    pair_free(p);
}

/* ---- Replay ---- */

static uint64_t story(uint64_t seed)
{
    pair *const p = pair_established(seed);
    int64_t id = -1;
    CHECK(p->library->stream_open(p->client.connection, true, &id), 0, "stream_open");
    p->client.bulk = p->server.bulk = true;
    p->client.to_send = p->server.to_send = 30000;
    pair_flush(p);
    pair_run(p, 30 * PAIR_MS);
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), 0, "migrate");
    pair_run(p, 500 * PAIR_MS);
    const uint64_t hash = p->hash;
    pair_free(p);
    return hash;
}

static void replay(void)
{
    CHECK(pair_library()->capabilities & ROAM_ENDPOINT_DETERMINISTIC ? 1 : 0, 1, "GnuTLS asks the adapter");
    const uint64_t first = story(21), again = story(21), other = story(22);
    CHECK(first == again, true, "the same seed: the same datagrams");
    CHECK(first == other, false, "another seed");
}

/* ---- Refusals ---- */

static void refuse(const char *name, const char *value, const char *said)
{
    const roam_endpoint_option option = {name, value};
    pair *const p = pair_established(23);
    const core_der certificate = core_identity_certificate(p->client.identity);
    const core_der key = core_identity_private_key(p->client.identity);
    roam_endpoint *made = NULL;
    const roam_endpoint_options wanted = {.size = sizeof wanted,
                                          .calls = &pair_calls,
                                          .host = &p->client,
                                          .node = "node",
                                          .alpn = "pair",
                                          .certificate = certificate.bytes,
                                          .certificate_len = certificate.len,
                                          .key = key.bytes,
                                          .key_len = name ? key.len : 5,
                                          .options = &option,
                                          .option_count = name != NULL};
    const int expected = name ? ROAM_ENDPOINT_INVALID : ROAM_ENDPOINT_TLS;
    CHECK(p->library->endpoint_new(&wanted, &made), expected, "%s", said);
    CHECK_STRING(p->client.said, said);
    pair_free(p);
}

static void refusals(void)
{
    refuse("speed", "9",
           "there is no option 'speed'; there are congestion, pmtud, ack_threshold and send_buffer");
    refuse("congestion", "vegas", "option 'congestion' is 'vegas': it can be reno, cubic, bbr or bbr2");
    refuse("pmtud", "", "option 'pmtud' is '': it can be on or off");
    refuse("ack_threshold", "0", "option 'ack_threshold' is '0': it can be 1 to 100 packets");
    refuse("ack_threshold", "2x", "option 'ack_threshold' is '2x': it can be 1 to 100 packets");
    refuse("send_buffer", "-1", "option 'send_buffer' is '-1': it can be 1024 to 1073741824 bytes");
    refuse(NULL, NULL, "GnuTLS does not read the key: ASN1 parser: Error in DER parsing.");
}

static const check_test tests[] = {
    {"handshake", handshake},
    {"a handshake that times out", handshake_times_out},
    {"another protocol", other_protocol},
    {"qlog", qlog},
    {"token", token},
    {"bulk both ways", bulk_both_ways},
    {"back-pressure", back_pressure},
    {"room", room},
    {"priority", priority},
    {"stream limit", stream_limit},
    {"reset", reset},
    {"unidirectional streams", unidirectional},
    {"stopped after the end", stopped_after_the_end},
    {"MTU shrinks", mtu_shrinks},
    {"close", closes},
    {"CONNECTION_CLOSE lost", close_lost},
    {"read after close", read_after_close},
    {"idle", idle},
    {"stateless reset", stateless_reset},
    {"another version", other_version},
    {"noise", noise},
    {"replay", replay},
    {"refusals", refusals},
};

PAIR_MAIN("ngtcp2-gnutls", tests)
