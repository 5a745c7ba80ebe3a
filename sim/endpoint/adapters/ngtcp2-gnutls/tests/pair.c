/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/tests/pair.h"

#include "core/hash.h"
#include "core/tls/identity.h"

#include <CUnit/CUnit.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct pair_packet {
    struct pair_packet *next;
    uint64_t arrives_ns;
    roam_endpoint_host *to;
    roam_endpoint_datagram datagram;
    uint8_t bytes[1500];
} pair_packet;

/* ---- What the host gives ---- */

static uint64_t on_now(roam_endpoint_host *host)
{
    return host->pair->now_ns;
}

static void on_random(roam_endpoint_host *host, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)check_random(&host->random);
}

static bool same(const roam_endpoint_address *a, const roam_endpoint_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, 16) == 0;
}

static int on_send(roam_endpoint_host *host, roam_endpoint_connection *connection,
                   const roam_endpoint_datagram *datagram)
{
    pair *const self = host->pair;
    (void)connection;
    if (datagram->len > self->largest)
        return ROAM_ENDPOINT_TOO_LARGE;
    host->sent++;
    if (host == &self->client)
        host->sent_from[datagram->path.local.bytes[3] % 8]++;
    memcpy(host->latest, datagram->data, datagram->len);
    self->hash = core_hash_bytes(self->hash, &self->now_ns, sizeof self->now_ns);
    self->hash = core_hash_bytes(self->hash, &datagram->path, sizeof datagram->path);
    self->hash = core_hash_bytes(self->hash, datagram->data, datagram->len);
    const bool lost = same(&datagram->path.local, &self->dead) || same(&datagram->path.remote, &self->dead);
    if (lost || (self->no_server && host == &self->client))
        return 0;
    pair_packet *const packet = malloc(sizeof *packet);
    assert(packet && datagram->len <= sizeof packet->bytes);
    *packet = (pair_packet){.arrives_ns = self->now_ns + PAIR_DELAY_NS,
                            .to = host == &self->client ? &self->server : &self->client,
                            .datagram = {.path = {datagram->path.remote, datagram->path.local},
                                         .ecn = datagram->ecn,
                                         .data = packet->bytes,
                                         .len = datagram->len}};
    memcpy(packet->bytes, datagram->data, datagram->len);
    pair_packet **at = &self->packets;
    while (*at)
        at = &(*at)->next; /* one delay: they arrive in the order in which they left */
    *at = packet;
    return 0;
}

static void on_accepted(roam_endpoint_host *host, roam_endpoint_connection *connection,
                        const roam_endpoint_path *path)
{
    (void)path;
    host->connection = connection;
    host->accepted++;
}

static void on_event(roam_endpoint_host *host, roam_endpoint_connection *connection,
                     const roam_endpoint_event *event)
{
    CHECK(connection == host->connection, true, "event %u: an announced connection", event->kind);
    if (host->event_count == host->event_capacity) {
        host->event_capacity = host->event_capacity ? 2 * host->event_capacity : 64;
        host->events = realloc(host->events, host->event_capacity * sizeof *host->events);
        assert(host->events);
    }
    if (event->kind == ROAM_ENDPOINT_STREAM_WRITABLE)
        host->blocked = false;
    host->events[host->event_count++] = (pair_event){host->pair->now_ns, *event};
}

static void on_keylog(roam_endpoint_host *host, const char *line)
{
    const size_t used = strlen(host->keylog);
    host->keylog_lines++;
    (void)snprintf(host->keylog + used, sizeof host->keylog - used, "%.*s ", (int)strcspn(line, " "), line);
}

static void on_qlog(roam_endpoint_host *host, roam_endpoint_connection *connection, const void *data,
                    size_t len, bool last)
{
    CHECK(connection == host->connection, true, "qlog: an announced connection");
    const size_t room = sizeof host->qlog_begin - 1;
    if (host->qlog_bytes < room)
        memcpy(host->qlog_begin + host->qlog_bytes, data,
               len < room - host->qlog_bytes ? len : room - host->qlog_bytes);
    host->qlog_bytes += len;
    host->qlog_ended = last;
}

static void on_log(roam_endpoint_host *host, roam_endpoint_connection *connection, const char *text)
{
    (void)connection;
    (void)snprintf(host->said, sizeof host->said, "%s", text);
}

const roam_endpoint_calls pair_calls = {.size = sizeof pair_calls,
                                        .now = on_now,
                                        .random = on_random,
                                        .send = on_send,
                                        .accepted = on_accepted,
                                        .event = on_event,
                                        .keylog = on_keylog,
                                        .qlog = on_qlog,
                                        .log = on_log};

/* ---- Beginning and end ---- */

const roam_endpoint_library *pair_library(void)
{
    const char *const build = getenv("ROAM_BUILD");
    char path[4096], text[ENDPOINT_LIBRARY_TEXT_MAX];
    (void)snprintf(path, sizeof path, "%s/endpoints/ngtcp2-gnutls.so", build ? build : ".");
    if (access(path, F_OK) != 0)
        return NULL;
    const endpoint_library *const library = endpoint_library_open(path, NULL, text, sizeof text);
    if (!library)
        fprintf(stderr, "%s\n", text);
    assert(library);
    return &library->table;
}

roam_endpoint_path pair_path(uint8_t client)
{
    return (roam_endpoint_path){.local = {.family = 4, .port = 1000, .bytes = {10, 0, 0, client}},
                                .remote = {.family = 4, .port = 4433, .bytes = {10, 9, 9, 9}}};
}

static void make_end(pair *self, roam_endpoint_host *end, const char *name, const pair_options *options)
{
    uint8_t seed[ROAM_KEY_BYTES] = {(uint8_t)name[0]};
    const bool server = end == &self->server;
    end->pair = self;
    end->random = options->seed * 2 + server;
    CHECK(roam_identity_new(name, seed, &end->identity), 0, "identity of %s", name);
    const core_der certificate = core_identity_certificate(end->identity);
    const core_der key = core_identity_private_key(end->identity);
    const roam_endpoint_options wanted = {
        .size = sizeof wanted,
        .calls = &pair_calls,
        .host = end,
        .node = name,
        .server = server,
        .alpn = !server && options->client_alpn ? options->client_alpn : "pair",
        .certificate = certificate.bytes,
        .certificate_len = certificate.len,
        .key = key.bytes,
        .key_len = key.len,
        .options = options->options,
        .option_count = options->option_count,
        .idle_timeout_ns = 30000 * PAIR_MS,
        .handshake_timeout_ns = 10000 * PAIR_MS,
        .initial_rtt_ns = 100 * PAIR_MS,
        .stream_window = 1 << 16,
        .connection_window = 1 << 17,
        .max_window = 1 << 20,
        .max_streams_bidirectional = 2,
        .max_streams_unidirectional = 2,
        .active_connection_id_limit = 8,
        .max_datagram = 1452,
        .disable_active_migration = server && options->disable_active_migration,
    };
    CHECK(self->library->endpoint_new(&wanted, &end->endpoint), 0, "endpoint of %s: %s", name, end->said);
}

void pair_connect(pair *self)
{
    const roam_endpoint_path path = pair_path(1);
    roam_endpoint_connection *made = NULL;
    if (self->client.connection)
        self->library->connection_free(self->client.connection);
    self->client.connection = NULL;
    CHECK(self->library->connect(self->client.endpoint, &path, "server", &made), 0, "connect: %s",
          self->client.said);
    self->client.connection = made;
    pair_flush(self);
}

pair *pair_new(const pair_options *options)
{
    pair *const self = calloc(1, sizeof *self);
    assert(self);
    self->library = pair_library();
    self->largest = SIZE_MAX;
    self->no_server = options->no_server;
    make_end(self, &self->client, "client", options);
    make_end(self, &self->server, "server", options);
    pair_connect(self);
    return self;
}

pair *pair_established(uint64_t seed)
{
    pair *const self = pair_new(&(pair_options){.seed = seed});
    pair_run(self, 200 * PAIR_MS);
    CHECK(pair_count(&self->client, ROAM_ENDPOINT_CONFIRMED), 1, "confirmed");
    return self;
}

static void free_end(const roam_endpoint_library *library, roam_endpoint_host *end)
{
    if (end->connection)
        library->connection_free(end->connection);
    library->endpoint_free(end->endpoint);
    roam_identity_free(end->identity);
    free(end->events);
}

void pair_free(pair *self)
{
    free_end(self->library, &self->client);
    free_end(self->library, &self->server);
    while (self->packets) {
        pair_packet *const packet = self->packets;
        self->packets = packet->next;
        free(packet);
    }
    free(self);
}

/* ---- The bulk: stream 0, echoed ---- */

static uint8_t bulk_byte(uint64_t offset)
{
    return (uint8_t)(offset * 31 + (offset >> 8));
}

static void read_bulk(roam_endpoint_host *end)
{
    uint8_t bytes[3000];
    size_t len = 1;
    while (len > 0 && !end->finished) {
        CHECK(end->pair->library->stream_read(end->connection, 0, bytes, sizeof bytes, &len, &end->finished),
              0, "stream_read");
        for (size_t i = 0; i < len; i++)
            end->wrong_bytes += bytes[i] != bulk_byte(end->read + i);
        end->read += len;
    }
}

static void write_bulk(roam_endpoint_host *end)
{
    uint8_t bytes[5000];
    size_t taken;
    while (end->to_send > 0 && !end->blocked) {
        const size_t len = end->to_send < sizeof bytes ? (size_t)end->to_send : sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = bulk_byte(end->written + i);
        const int status =
            end->pair->library->stream_write(end->connection, 0, bytes, len, len == end->to_send, &taken);
        CHECK(status == 0 || status == ROAM_ENDPOINT_BLOCKED, true, "stream_write: %d", status);
        end->blocked = taken < len;
        end->written += taken;
        end->to_send -= taken;
    }
}

static bool has_stream(const roam_endpoint_host *end)
{
    return end == &end->pair->client || pair_count(end, ROAM_ENDPOINT_STREAM_OPENED) > 0;
}

static void flush_end(roam_endpoint_host *end)
{
    if (!end->connection)
        return;
    if (end->bulk && has_stream(end)) {
        read_bulk(end);
        write_bulk(end);
    }
    end->pair->library->flush(end->connection);
}

void pair_flush(pair *self)
{
    flush_end(&self->client);
    flush_end(&self->server);
}

int pair_migrate(pair *self, uint8_t client, uint32_t mode)
{
    const roam_endpoint_path path = pair_path(client);
    const int status = self->library->migrate(self->client.connection, &path, mode);
    pair_flush(self);
    return status;
}

/* ---- Time ---- */

static uint64_t deadline_of(const pair *self, const roam_endpoint_host *end)
{
    return end->connection ? self->library->deadline(end->connection) : ROAM_ENDPOINT_NEVER;
}

static uint64_t next_time(const pair *self)
{
    const uint64_t client = deadline_of(self, &self->client), server = deadline_of(self, &self->server);
    uint64_t next = self->packets ? self->packets->arrives_ns : ROAM_ENDPOINT_NEVER;
    next = client < next ? client : next;
    next = server < next ? server : next;
    return next > self->now_ns ? next : self->now_ns;
}

static void receive_due(pair *self)
{
    while (self->packets && self->packets->arrives_ns <= self->now_ns) {
        pair_packet *const packet = self->packets;
        self->packets = packet->next;
        (void)self->library->receive(packet->to->endpoint, &packet->datagram);
        flush_end(packet->to);
        free(packet);
    }
}

static void expire_due(pair *self, roam_endpoint_host *end)
{
    if (deadline_of(self, end) > self->now_ns)
        return;
    self->library->expire(end->connection);
    flush_end(end);
}

void pair_run_until(pair *self, uint64_t until_ns)
{
    unsigned steps_at_once = 0;
    for (uint64_t next; (next = next_time(self)) <= until_ns;) {
        steps_at_once = next == self->now_ns ? steps_at_once + 1 : 0;
        if (!CHECK_AT_MOST(steps_at_once, 64, "a deadline stays in the past"))
            break;
        self->now_ns = next;
        receive_due(self);
        expire_due(self, &self->client);
        expire_due(self, &self->server);
    }
    self->now_ns = until_ns;
}

void pair_run(pair *self, uint64_t for_ns)
{
    pair_run_until(self, self->now_ns + for_ns);
}

/* ---- Events ---- */

unsigned pair_count(const roam_endpoint_host *end, uint32_t kind)
{
    unsigned count = 0;
    for (size_t i = 0; i < end->event_count; i++)
        count += end->events[i].event.kind == kind;
    return count;
}

const pair_event *pair_find(const roam_endpoint_host *end, uint32_t kind, uint64_t from_ns)
{
    for (size_t i = 0; i < end->event_count; i++)
        if (end->events[i].event.kind == kind && end->events[i].at_ns >= from_ns)
            return &end->events[i];
    return NULL;
}

uint64_t pair_time(const roam_endpoint_host *end, uint32_t kind, uint64_t from_ns)
{
    const pair_event *const found = pair_find(end, kind, from_ns);
    return found ? found->at_ns : 0;
}

int pair_main(const char *suite, const check_test *tests, size_t count)
{
    enum { CANNOT_RUN = 77 };
    if (!pair_library()) {
        fprintf(stderr, "the adapter was not built: tools/setup --endpoints\n");
        return CANNOT_RUN;
    }
    return check_main(suite, tests, count);
}
