/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An adapter that breaks no rule of roam_endpoint.h and does something else than it says: the core's own
 * (adapters/roam) behind functions that leave something out. Options: do: a name below; event: a kind that is
 * not told. In the environment UNTRUE_LACKS is a mask of capabilities that are not claimed, UNTRUE_ID_LEN the
 * connection_id_len of the table.
 */
#include "sim/endpoint/roam_endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* The build gives the core's adapter another name for its symbol. */
#undef roam_endpoint_library_get
__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi);

enum { LINES_MAX = 64, LINE_BYTES = 256, LEAKED_BYTES = 10000 };

/* What the inner adapter takes for its host. */
struct roam_endpoint_host {
    const roam_endpoint_calls *calls;
    roam_endpoint_host *outer;
    roam_endpoint_calls own;
    roam_endpoint *inner;
    uint64_t random;
    bool confirmed;                    /* a connection is */
    bool again;                        /* a server that was made after a server */
    bool moved;                        /* a connection has */
    char lines[LINES_MAX][LINE_BYTES]; /* of the key log, that wait */
    size_t line_count;
};

static const roam_endpoint_library *inner;
static char what[64];           /* of the endpoint that was made last: a process tests one thing */
static uint32_t event_left_out; /* 0: none */
static roam_endpoint_host *hosts[2];
static uint8_t first_bytes[2048];
static roam_endpoint_datagram last_sent; /* by the client before it was confirmed */
static bool server_was_last;
static roam_endpoint_connection *latest; /* that a datagram was for */

static bool is(const char *name)
{
    return strcmp(what, name) == 0;
}

/* ---- Host calls on their way out ---- */

static uint64_t on_now(roam_endpoint_host *self)
{
    struct timespec now;
    if (!is("wall-clock"))
        return self->calls->now(self->outer);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void on_random(roam_endpoint_host *self, uint8_t *bytes, size_t len)
{
    self->calls->random(self->outer, bytes, len);
    if (is("own-random") || (is("late-random") && self->confirmed))
        (void)getrandom(bytes, len, 0);
    for (size_t i = 0; is("same-random") && i < len; i++) {
        self->random = self->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(self->random >> 56);
    }
}

static int on_send(roam_endpoint_host *self, roam_endpoint_connection *connection,
                   const roam_endpoint_datagram *datagram)
{
    uint8_t bytes[2048];
    roam_endpoint_datagram other = *datagram;
    if (is("new-key") && self->again && !connection && datagram->len <= sizeof bytes) {
        memcpy(bytes, datagram->data, datagram->len);
        bytes[datagram->len - 1] ^= 1; /* of the token of a stateless reset */
        other.data = bytes;
    }
    if (!self->confirmed && other.len <= sizeof first_bytes && self == hosts[0]) {
        memcpy(first_bytes, other.data, other.len);
        last_sent = other;
        last_sent.data = first_bytes;
    }
    return self->calls->send(self->outer, connection, &other);
}

static void on_accepted(roam_endpoint_host *self, roam_endpoint_connection *connection,
                        const roam_endpoint_path *path)
{
    self->calls->accepted(self->outer, connection, path);
}

static void on_event(roam_endpoint_host *self, roam_endpoint_connection *connection,
                     const roam_endpoint_event *event)
{
    self->confirmed = self->confirmed || event->kind == ROAM_ENDPOINT_CONFIRMED;
    self->moved = self->moved || event->kind == ROAM_ENDPOINT_MOVED;
    if (event->kind != event_left_out)
        self->calls->event(self->outer, connection, event);
}

static void on_keylog(roam_endpoint_host *self, const char *line)
{
    if (is("late-keylog") && self->line_count < LINES_MAX)
        (void)snprintf(self->lines[self->line_count++], LINE_BYTES, "%s", line);
    else if (!is("no-keylog"))
        self->calls->keylog(self->outer, line);
}

static void on_log(roam_endpoint_host *self, roam_endpoint_connection *connection, const char *text)
{
    self->calls->log(self->outer, connection, text);
}

/* ---- Functions ---- */

static void give_lines(void)
{
    for (size_t i = 0; i < 2; i++)
        for (size_t line = 0; hosts[i] && line < hosts[i]->line_count; line++)
            hosts[i]->calls->keylog(hosts[i]->outer, hosts[i]->lines[line]);
    for (size_t i = 0; i < 2; i++)
        if (hosts[i])
            hosts[i]->line_count = 0;
}

/* Its own options are not for the inner adapter. */
static size_t take_options(const roam_endpoint_options *options, roam_endpoint_option *left)
{
    size_t count = 0;
    for (size_t i = 0; i < options->option_count; i++) {
        const roam_endpoint_option *const at = &options->options[i];
        if (strcmp(at->name, "do") == 0)
            (void)snprintf(what, sizeof what, "%s", at->value);
        else if (strcmp(at->name, "event") == 0)
            event_left_out = (uint32_t)strtoul(at->value, NULL, 10);
        else if (count == 0)
            left[count++] = *at;
    }
    return count;
}

static void change_settings(roam_endpoint_options *given)
{
    if (is("any-protocol"))
        given->alpn = "any";
    if (is("no-idle"))
        given->idle_timeout_ns *= 100;
    if (is("patient"))
        given->handshake_timeout_ns *= 100;
    if (is("other-window"))
        given->connection_window *= 2;
    if (is("own-ack-delay"))
        given->settings &= ~ROAM_ENDPOINT_SETS_MAX_ACK_DELAY;
    if (is("own-window"))
        given->connection_window = 500000;
    if (is("other-rtt"))
        given->initial_rtt_ns *= 2;
    if (is("migratable"))
        given->disable_active_migration = false;
}

static int endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    roam_endpoint_options given = *options;
    roam_endpoint_option left[1];
    roam_endpoint_host *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ENDPOINT_NO_MEMORY;
    self->calls = options->calls;
    self->outer = options->host;
    self->own = (roam_endpoint_calls){.size = sizeof self->own,
                                      .now = on_now,
                                      .random = on_random,
                                      .send = on_send,
                                      .accepted = on_accepted,
                                      .event = on_event,
                                      .keylog = on_keylog,
                                      .log = on_log};
    given.calls = &self->own;
    given.host = self;
    given.option_count = take_options(options, left);
    given.options = left;
    change_settings(&given);
    const int status = inner->endpoint_new(&given, &self->inner);
    if (status != ROAM_ENDPOINT_OK) {
        free(self);
        return status;
    }
    self->again = options->server && server_was_last;
    server_was_last = options->server;
    hosts[options->server ? 1 : 0] = self;
    *out = (roam_endpoint *)(void *)self;
    return ROAM_ENDPOINT_OK;
}

static roam_endpoint_host *of(roam_endpoint *endpoint)
{
    return (roam_endpoint_host *)(void *)endpoint;
}

static void endpoint_free(roam_endpoint *endpoint)
{
    roam_endpoint_host *const self = of(endpoint);
    inner->endpoint_free(self->inner);
    for (size_t i = 0; i < 2; i++)
        if (hosts[i] == self)
            hosts[i] = NULL;
    free(self);
}

static int connect_to(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                      roam_endpoint_connection **out)
{
    static void *volatile leaked;
    const int status = inner->connect(of(endpoint)->inner, path, server_name, out);
    if (is("print"))
        (void)puts("untrue: connect");
    if (status == ROAM_ENDPOINT_OK && is("early-flush"))
        inner->flush(*out);
    if (is("leak"))
        leaked = malloc(LEAKED_BYTES);
    (void)leaked;
    return status;
}

static bool has_forgotten(const roam_endpoint_host *self, const roam_endpoint_datagram *datagram)
{
    return is("forgetful") && self->moved && datagram->path.remote.port == 5001 && datagram->len > 1;
}

static roam_endpoint_connection *receive(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    roam_endpoint_host *const self = of(endpoint);
    roam_endpoint_datagram given = *datagram;
    if (is("no-ecn"))
        given.ecn = 0;
    uint8_t bytes[2048];
    if (has_forgotten(self, datagram) && given.len <= sizeof bytes) {
        memcpy(bytes, given.data, given.len);
        bytes[1] ^= 1; /* of the destination connection ID */
        given.data = bytes;
    }
    if (is("one-address") && given.path.remote.family == 4 && (given.path.remote.bytes[1] == 200))
        return NULL;
    roam_endpoint_connection *const connection = inner->receive(self->inner, &given);
    if (datagram->len < 21 && latest && is("fragile"))
        inner->close(latest, false, 1);
    if (connection && self == hosts[1] && is("refuse")) {
        self->calls->log(self->outer, connection, "ERR_CRYPTO");
        inner->close(connection, false, 0x130);
    }
    if (connection)
        latest = connection;
    if (!connection && datagram->len >= 40 && is("echo")) {
        given.len = 40;
        (void)self->calls->send(self->outer, NULL, &given);
    }
    return connection;
}

static roam_endpoint_connection *route(const roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    const roam_endpoint_host *const self = (const roam_endpoint_host *)(const void *)endpoint;
    return has_forgotten(self, datagram) ? NULL : inner->route(self->inner, datagram);
}

static void flush(roam_endpoint_connection *connection)
{
    inner->flush(connection);
    give_lines();
}

static void close_connection(roam_endpoint_connection *connection, bool application, uint64_t code)
{
    if (is("close-babble") && application && code == 2)
        (void)hosts[0]->calls->send(hosts[0]->outer, NULL, &last_sent);
    else if (!is("no-close"))
        inner->close(connection, application, is("no-code") ? 0 : code);
}

static void connection_free(roam_endpoint_connection *connection)
{
    const roam_endpoint_event event = {.kind = ROAM_ENDPOINT_STREAMS_AVAILABLE, .stream = -1};
    if (is("polite"))
        inner->close(connection, true, 0);
    if (is("obituary") && hosts[0])
        hosts[0]->calls->event(hosts[0]->outer, connection, &event);
    inner->connection_free(connection);
}

static int peer(const roam_endpoint_connection *connection, roam_endpoint_peer *out)
{
    const int status = inner->peer(connection, out);
    if (is("no-certificate"))
        out->certificate = NULL;
    return status;
}

static void statistics(const roam_endpoint_connection *connection, roam_endpoint_statistics *out)
{
    inner->statistics(connection, out);
    if (is("srtt-alone"))
        out->rttvar_ns = out->latest_rtt_ns = out->min_rtt_ns = out->pto_ns = 0;
    if (is("microseconds"))
        out->srtt_ns /= 1000;
}

static int stream_reset(roam_endpoint_connection *connection, int64_t stream, uint64_t code)
{
    return is("no-reset") ? ROAM_ENDPOINT_OK : inner->stream_reset(connection, stream, code);
}

static int stream_write(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data, size_t len,
                        bool finish, size_t *taken)
{
    return inner->stream_write(connection, stream, data, len, finish && !is("no-end"), taken);
}

static void stream_priority(roam_endpoint_connection *connection, int64_t stream, uint8_t urgency)
{
    if (!is("no-priority"))
        inner->stream_priority(connection, stream, is("other-priority") ? (uint8_t)(7 - urgency) : urgency);
}

static int migrate(roam_endpoint_connection *connection, const roam_endpoint_path *path, uint32_t mode)
{
    const int status = inner->migrate(connection, path, mode);
    return status != ROAM_ENDPOINT_OK && is("no-reason") ? ROAM_ENDPOINT_FAILED : status;
}

static void migrate_abandon(roam_endpoint_connection *connection)
{
    if (!is("no-abandon"))
        inner->migrate_abandon(connection);
}

static void ping(roam_endpoint_connection *connection, bool resume)
{
    if (!is("no-ping"))
        inner->ping(connection, resume);
}

const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    static roam_endpoint_library library;
    const char *const lacks = getenv("UNTRUE_LACKS"), *const id_len = getenv("UNTRUE_ID_LEN");
    inner = inner_library_get(abi);
    if (!inner)
        return NULL;
    library = *inner;
    library.name = "untrue";
    if (id_len)
        library.connection_id_len = (uint8_t)strtoul(id_len, NULL, 10);
    library.capabilities &= ~(lacks ? strtoull(lacks, NULL, 0) : 0);
    library.endpoint_new = endpoint_new;
    library.endpoint_free = endpoint_free;
    library.connect = connect_to;
    library.receive = receive;
    library.route = route;
    library.flush = flush;
    library.close = close_connection;
    library.connection_free = connection_free;
    library.peer = peer;
    library.statistics = statistics;
    library.stream_reset = stream_reset;
    library.stream_write = stream_write;
    library.stream_priority = stream_priority;
    library.migrate = migrate;
    library.migrate_abandon = migrate_abandon;
    library.ping = ping;
    return &library;
}
