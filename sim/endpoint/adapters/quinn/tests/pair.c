/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/quinn/tests/pair.h"

#include "core/tests/check.h"
#include "core/tls/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1000 };

typedef struct pair_datagram {
    struct pair_datagram *next;
    pair_end *to;
    uint64_t arrives_ns;
    roam_endpoint_path path; /* as the receiver sees it */
    uint8_t ecn;
    size_t len;
    uint8_t data[];
} pair_datagram;

/* The host's type is the end itself. */
static pair_end *end_of(roam_endpoint_host *host)
{
    return (pair_end *)(void *)host;
}

static uint8_t pattern(uint64_t offset)
{
    return (uint8_t)(offset * 31 + (offset >> 8));
}

/* ---- Calls of the host ---- */

static uint64_t on_now(roam_endpoint_host *host)
{
    return end_of(host)->pair->now_ns;
}

static void on_random(roam_endpoint_host *host, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)check_random(&end_of(host)->pair->random);
}

static int on_send(roam_endpoint_host *host, roam_endpoint_connection *connection,
                   const roam_endpoint_datagram *given)
{
    pair_end *const from = end_of(host);
    pair *const self = from->pair;
    pair_datagram *const datagram = malloc(sizeof *datagram + given->len);
    if (!datagram)
        abort();
    *datagram = (pair_datagram){.to = from == &self->client ? &self->server : &self->client,
                                .arrives_ns = self->now_ns + PAIR_DELAY_NS,
                                .path = {.local = given->path.remote, .remote = given->path.local},
                                .ecn = given->ecn,
                                .len = given->len};
    memcpy(datagram->data, given->data, given->len);
    CHECK_BETWEEN(given->len, 1, connection ? 1200 : PAIR_DATAGRAM_MAX, "bytes of a datagram of the %s",
                  from->what);
    from->datagrams_sent++;
    if (self->last)
        self->last->next = datagram;
    else
        self->first = datagram;
    self->last = datagram;
    return ROAM_ENDPOINT_OK;
}

static void on_accepted(roam_endpoint_host *host, roam_endpoint_connection *connection,
                        const roam_endpoint_path *path)
{
    pair_end *const end = end_of(host);
    CHECK(end->connection == NULL, true, "one connection is accepted");
    end->connection = connection;
    CHECK(path->local.port, end->address.port, "port of the path of accepted");
}

static void on_keylog(roam_endpoint_host *host, const char *line)
{
    pair_end *const end = end_of(host);
    const size_t len = strlen(end->keys);
    (void)snprintf(end->keys + len, sizeof end->keys - len, "%s\n", line);
}

static void on_log(roam_endpoint_host *host, roam_endpoint_connection *connection, const char *text)
{
    (void)connection;
    (void)snprintf(end_of(host)->said, sizeof end_of(host)->said, "%s", text);
}

/* ---- Streams ---- */

pair_stream *pair_stream_of(pair_end *end, int64_t id)
{
    for (size_t i = 0; i < end->stream_count; i++)
        if (end->streams[i].id == id)
            return &end->streams[i];
    return NULL;
}

static pair_stream *add_stream(pair_end *end, int64_t id)
{
    if (!CHECK(pair_stream_of(end, id) == NULL && end->stream_count < PAIR_STREAMS_MAX, true,
               "%s: stream %lld is new", end->what, (long long)id))
        abort();
    end->streams[end->stream_count] = (pair_stream){.id = id};
    return &end->streams[end->stream_count++];
}

static void push(pair_end *end, pair_stream *stream)
{
    const roam_endpoint_library *const library = end->pair->library;
    uint8_t bytes[PIECE];
    stream->blocked = false;
    while (stream->written < stream->to_write && !stream->blocked) {
        const uint64_t left = stream->to_write - stream->written;
        const size_t len = left < PIECE ? (size_t)left : PIECE;
        size_t taken = 0;
        for (size_t i = 0; i < len; i++)
            bytes[i] = pattern(stream->written + i);
        const int status = library->stream_write(end->connection, stream->id, bytes, len,
                                                 stream->finish && len == left, &taken);
        if (status != ROAM_ENDPOINT_BLOCKED)
            CHECK(status, 0, "stream_write of the %s", end->what);
        stream->blocked = taken < len;
        stream->written += taken;
    }
}

static void pull(pair_end *end, pair_stream *stream)
{
    uint8_t bytes[PIECE];
    size_t len = 1;
    while (len > 0 && !stream->finished) {
        const int status = end->pair->library->stream_read(end->connection, stream->id, bytes, sizeof bytes,
                                                           &len, &stream->finished);
        if (status == ROAM_ENDPOINT_CLOSED)
            return;
        CHECK(status, 0, "stream_read of the %s", end->what);
        size_t wrong = 0;
        for (size_t i = 0; i < len; i++)
            wrong += bytes[i] != pattern(stream->read + i);
        CHECK(wrong, 0, "wrong bytes at the %s from %llu on", end->what, (unsigned long long)stream->read);
        stream->read += len;
    }
}

pair_stream *pair_send(pair *self, pair_end *end, bool bidirectional, uint64_t bytes)
{
    int64_t id = -1;
    const int status = self->library->stream_open(end->connection, bidirectional, &id);
    if (status == ROAM_ENDPOINT_BLOCKED)
        return NULL;
    CHECK(status, 0, "stream_open of the %s", end->what);
    pair_stream *const stream = add_stream(end, id);
    stream->to_write = bytes;
    stream->finish = true;
    push(end, stream);
    self->library->flush(end->connection);
    return stream;
}

static void handle_stream(pair_end *end, const roam_endpoint_event *event)
{
    pair_stream *const stream = event->kind == ROAM_ENDPOINT_STREAM_OPENED
                                    ? add_stream(end, event->stream)
                                    : pair_stream_of(end, event->stream);
    if (!CHECK(stream && !stream->closed, true, "%s: event %u of an open stream", end->what, event->kind))
        return;
    if (event->kind == ROAM_ENDPOINT_STREAM_READABLE)
        pull(end, stream);
    if (event->kind == ROAM_ENDPOINT_STREAM_WRITABLE) {
        CHECK(stream->blocked, true, "STREAM_WRITABLE follows a write that was not taken whole");
        push(end, stream);
    }
    stream->closed = event->kind == ROAM_ENDPOINT_STREAM_CLOSED;
    stream->reset = event->reset;
}

/* ---- Events ---- */

static void once(uint64_t *at_ns, const pair_end *end, const char *event)
{
    CHECK(*at_ns, UINT64_MAX, "%s: %s comes once", end->what, event);
    *at_ns = end->pair->now_ns;
}

static void handle(pair_end *end, const roam_endpoint_event *event)
{
    CHECK(end->closed_ns, UINT64_MAX, "%s: the end, before event %u", end->what, event->kind);
    switch (event->kind) {
    case ROAM_ENDPOINT_ESTABLISHED:
        once(&end->established_ns, end, "ESTABLISHED");
        break;
    case ROAM_ENDPOINT_CONFIRMED:
        once(&end->confirmed_ns, end, "CONFIRMED");
        break;
    case ROAM_ENDPOINT_STREAM_OPENED:
    case ROAM_ENDPOINT_STREAM_READABLE:
    case ROAM_ENDPOINT_STREAM_WRITABLE:
    case ROAM_ENDPOINT_STREAM_CLOSED:
        handle_stream(end, event);
        break;
    case ROAM_ENDPOINT_STREAMS_AVAILABLE:
        end->streams_available++;
        break;
    case ROAM_ENDPOINT_CHALLENGE_SENT:
        end->challenges++;
        break;
    case ROAM_ENDPOINT_PATH_VALIDATED:
        end->validated = event->path;
        end->validated_ns = end->pair->now_ns;
        break;
    case ROAM_ENDPOINT_PATH_FAILED:
        end->failed = event->path;
        end->failed_ns = end->pair->now_ns;
        break;
    case ROAM_ENDPOINT_MOVED:
        end->moved = event->path;
        end->moved_ns = end->pair->now_ns;
        break;
    default:
        CHECK(event->kind, ROAM_ENDPOINT_CLOSED_EVENT, "%s: an event", end->what);
        end->closed = *event;
        end->closed_ns = end->pair->now_ns;
        break;
    }
}

static void on_event(roam_endpoint_host *host, roam_endpoint_connection *connection,
                     const roam_endpoint_event *event)
{
    pair_end *const end = end_of(host);
    pair *const self = end->pair;
    (void)connection;
    if (!CHECK(self->event_count < PAIR_EVENTS_MAX, true, "there is room for an event"))
        return;
    self->events[self->event_count++] = (pair_event){end, *event};
}

/* After a call of the adapter: what is handled may call it again. */
static void handle_events(pair *self)
{
    for (size_t i = 0; i < self->event_count; i++) {
        const pair_event event = self->events[i];
        handle(event.end, &event.event);
    }
    self->event_count = 0;
}

/* ---- Time ---- */

static void settle(pair *self)
{
    pair_end *const ends[] = {&self->client, &self->server};
    handle_events(self);
    for (size_t i = 0; i < 2; i++) {
        if (ends[i]->connection && ends[i]->closed_ns == UINT64_MAX)
            self->library->flush(ends[i]->connection);
        handle_events(self);
    }
}

static void deliver(pair *self)
{
    pair_datagram *const datagram = self->first;
    pair_end *const to = datagram->to;
    const roam_endpoint_datagram given = {
        .path = datagram->path, .ecn = datagram->ecn, .data = datagram->data, .len = datagram->len};
    self->first = datagram->next;
    if (!self->first)
        self->last = NULL;
    if (!to->deaf) {
        const roam_endpoint_connection *const connection = self->library->receive(to->endpoint, &given);
        CHECK(connection == NULL || connection == to->connection, true, "%s: receive names its connection",
              to->what);
    }
    free(datagram);
    settle(self);
}

static uint64_t deadline_of(const pair_end *end)
{
    const bool open = end->connection && end->closed_ns == UINT64_MAX;
    return open ? end->pair->library->deadline(end->connection) : UINT64_MAX;
}

void pair_run_until(pair *self, uint64_t end_ns)
{
    size_t rounds = 0; /* at one time */
    settle(self);
    while (CHECK(rounds < PAIR_ROUNDS_MAX, true, "time goes on after %llu ns",
                 (unsigned long long)self->now_ns)) {
        const uint64_t client_ns = deadline_of(&self->client), server_ns = deadline_of(&self->server);
        const uint64_t deadline_ns = client_ns < server_ns ? client_ns : server_ns;
        const uint64_t arrives_ns = self->first ? self->first->arrives_ns : UINT64_MAX;
        const uint64_t next_ns = arrives_ns < deadline_ns ? arrives_ns : deadline_ns;
        if (next_ns > end_ns)
            break;
        rounds = next_ns > self->now_ns ? 0 : rounds + 1;
        if (next_ns > self->now_ns)
            self->now_ns = next_ns;
        if (arrives_ns <= deadline_ns) {
            deliver(self);
            continue;
        }
        self->library->expire(client_ns <= server_ns ? self->client.connection : self->server.connection);
        settle(self);
    }
    self->now_ns = end_ns;
}

/* ---- Beginning and end ---- */

static void init_end(pair *self, pair_end *end, const char *what, uint8_t last_byte, uint16_t port)
{
    *end = (pair_end){.pair = self,
                      .what = what,
                      .established_ns = UINT64_MAX,
                      .confirmed_ns = UINT64_MAX,
                      .closed_ns = UINT64_MAX,
                      .moved_ns = UINT64_MAX,
                      .validated_ns = UINT64_MAX,
                      .failed_ns = UINT64_MAX};
    end->address = (roam_endpoint_address){.family = 4, .port = port, .bytes = {192, 0, 2, last_byte}};
}

void pair_init(pair *self, const roam_endpoint_library *library)
{
    *self = (pair){.library = library, .random = 1};
    self->calls = (roam_endpoint_calls){.size = sizeof self->calls,
                                        .now = on_now,
                                        .random = on_random,
                                        .send = on_send,
                                        .accepted = on_accepted,
                                        .event = on_event,
                                        .keylog = on_keylog,
                                        .log = on_log};
    init_end(self, &self->client, "client", 1, 1111);
    init_end(self, &self->server, "server", 2, 4433);
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t seed[ROAM_KEY_BYTES] = {i};
        if (roam_identity_new(i ? "server" : "client", seed, &self->identities[i]))
            abort();
    }
}

roam_endpoint_options pair_options(pair *self, pair_end *end)
{
    const roam_identity *const identity = self->identities[end == &self->server];
    const core_der certificate = core_identity_certificate(identity);
    const core_der key = core_identity_private_key(identity);
    return (roam_endpoint_options){.size = sizeof(roam_endpoint_options),
                                   .calls = &self->calls,
                                   .host = (roam_endpoint_host *)(void *)end,
                                   .node = end->what,
                                   .server = end == &self->server,
                                   .alpn = "roam-dist/1",
                                   .certificate = certificate.bytes,
                                   .key = key.bytes,
                                   .certificate_len = certificate.len,
                                   .key_len = key.len,
                                   .idle_timeout_ns = 30 * PAIR_S,
                                   .handshake_timeout_ns = 10 * PAIR_S,
                                   .initial_rtt_ns = PAIR_S / 10,
                                   .stream_window = 65536,
                                   .connection_window = 131072,
                                   .max_window = 1048576,
                                   .max_streams_bidirectional = 2,
                                   .max_streams_unidirectional = 4,
                                   .active_connection_id_limit = 8,
                                   .max_datagram = PAIR_DATAGRAM_MAX};
}

void pair_open(pair *self, const roam_endpoint_options *client, const roam_endpoint_options *server)
{
    const roam_endpoint_path path = {.local = self->client.address, .remote = self->server.address};
    CHECK(self->library->endpoint_new(client, &self->client.endpoint), 0, "endpoint_new of the client");
    CHECK(self->library->endpoint_new(server, &self->server.endpoint), 0, "endpoint_new of the server");
    CHECK(self->library->connect(self->client.endpoint, &path, "server", &self->client.connection), 0,
          "connect");
}

void pair_open_default(pair *self)
{
    const roam_endpoint_options client = pair_options(self, &self->client);
    const roam_endpoint_options server = pair_options(self, &self->server);
    pair_open(self, &client, &server);
}

int pair_move(pair *self, uint8_t last_byte, uint16_t port, roam_endpoint_migrate_mode mode)
{
    roam_endpoint_path path = {.local = self->client.address, .remote = self->server.address};
    path.local.bytes[3] = last_byte;
    path.local.port = port;
    const int status = self->library->migrate(self->client.connection, &path, mode);
    if (status == 0)
        self->client.address = path.local;
    settle(self);
    return status;
}

static void close_end(pair_end *end)
{
    const roam_endpoint_library *const library = end->pair->library;
    if (end->connection)
        library->connection_free(end->connection);
    if (end->endpoint)
        library->endpoint_free(end->endpoint);
}

void pair_fini(pair *self)
{
    close_end(&self->client);
    close_end(&self->server);
    while (self->first) {
        pair_datagram *const next = self->first->next;
        free(self->first);
        self->first = next;
    }
    roam_identity_free(self->identities[0]);
    roam_identity_free(self->identities[1]);
}
