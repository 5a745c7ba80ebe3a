/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An adapter that breaks one rule of roam_endpoint.h: the core's own (adapters/roam) behind functions that go
 * wrong. Options: do: the row of `acts` below, or "any" (one drawn from seed at each call); at: the which-th
 * call of the row's function goes wrong (from 1; all later ones too); seed: of "any".
 */
#include "sim/endpoint/roam_endpoint.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The build gives the core's adapter another name for its symbol. */
#undef roam_endpoint_library_get
__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi);

enum { CONNECTIONS_MAX = 1024, OPTIONS_MAX = 16, MANY = 1000000 };

typedef struct act act;

/* Stands for a roam_endpoint of the host. */
typedef struct wrapped {
    roam_endpoint *inner;
    const roam_endpoint_calls *calls;
    roam_endpoint_host *host;
    const act *act;
    bool any;
    uint64_t seed, at, calls_so_far;
    roam_endpoint_path path; /* the latest that is known */
} wrapped;

static const roam_endpoint_library *inner;
static struct {
    roam_endpoint_connection *connection;
    wrapped *owner;
} owners[CONNECTIONS_MAX];
static size_t owner_count;
static wrapped *latest; /* the endpoint that was made last */

struct act {
    const char *name;
    const char *function; /* in which it happens */
    void (*run)(wrapped *self, roam_endpoint_connection *connection);
};

static uint64_t draw(wrapped *self)
{
    self->seed = self->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return self->seed >> 33;
}

static wrapped *owner_of(const roam_endpoint_connection *connection)
{
    for (size_t i = owner_count; i > 0; i--)
        if (owners[i - 1].connection == connection)
            return owners[i - 1].owner;
    return latest;
}

static void own(wrapped *self, roam_endpoint_connection *connection)
{
    owners[owner_count++ % CONNECTIONS_MAX].connection = connection;
    owners[(owner_count - 1) % CONNECTIONS_MAX].owner = self;
    if (owner_count > CONNECTIONS_MAX)
        owner_count = CONNECTIONS_MAX;
}

/* ---- Acts: host calls that are wrong ---- */

static void event(wrapped *self, roam_endpoint_connection *connection, uint32_t kind, int64_t stream)
{
    const roam_endpoint_event given = {.kind = kind, .stream = stream, .path = self->path};
    self->calls->event(self->host, connection, &given);
}

static void unknown_connection(wrapped *self, roam_endpoint_connection *connection)
{
    (void)connection;
    event(self, (roam_endpoint_connection *)(void *)self, ROAM_ENDPOINT_STREAMS_AVAILABLE, -1);
}

static void no_connection(wrapped *self, roam_endpoint_connection *connection)
{
    (void)connection;
    event(self, NULL, ROAM_ENDPOINT_ESTABLISHED, -1);
}

static void no_event(wrapped *self, roam_endpoint_connection *connection)
{
    self->calls->event(self->host, connection, NULL);
}

static void unknown_event(wrapped *self, roam_endpoint_connection *connection)
{
    event(self, connection, 99, -1);
}

static void established_twice(wrapped *self, roam_endpoint_connection *connection)
{
    event(self, connection, ROAM_ENDPOINT_ESTABLISHED, -1);
    event(self, connection, ROAM_ENDPOINT_ESTABLISHED, -1);
}

static void confirmed_first(wrapped *self, roam_endpoint_connection *connection)
{
    event(self, connection, ROAM_ENDPOINT_CONFIRMED, -1);
}

static void closed(wrapped *self, roam_endpoint_connection *connection, uint32_t kind)
{
    const roam_endpoint_event given = {
        .kind = ROAM_ENDPOINT_CLOSED_EVENT, .stream = -1, .closed = {.kind = kind}};
    self->calls->event(self->host, connection, &given);
}

static void after_closed(wrapped *self, roam_endpoint_connection *connection)
{
    closed(self, connection, ROAM_ENDPOINT_CLOSED_DROPPED);
    event(self, connection, ROAM_ENDPOINT_STREAMS_AVAILABLE, -1);
}

static void closed_how(wrapped *self, roam_endpoint_connection *connection)
{
    closed(self, connection, 42);
}

static void unknown_stream(wrapped *self, roam_endpoint_connection *connection)
{
    event(self, connection, ROAM_ENDPOINT_STREAM_READABLE, 4000);
}

static void stream_of_this_end(wrapped *self, roam_endpoint_connection *connection)
{
    event(self, connection, ROAM_ENDPOINT_STREAM_OPENED, 4000);
    event(self, connection, ROAM_ENDPOINT_STREAM_OPENED, 4001);
}

static void opened_twice(wrapped *self, roam_endpoint_connection *connection)
{
    for (int64_t id = 4000; id < 4002; id++) /* one of them is the peer's */
        for (int i = 0; i < 2; i++)
            event(self, connection, ROAM_ENDPOINT_STREAM_OPENED, id);
}

static void no_path(wrapped *self, roam_endpoint_connection *connection)
{
    const roam_endpoint_event given = {.kind = ROAM_ENDPOINT_MOVED, .stream = -1};
    self->calls->event(self->host, connection, &given);
}

static void million_events(wrapped *self, roam_endpoint_connection *connection)
{
    for (int i = 0; i < MANY; i++)
        event(self, connection, ROAM_ENDPOINT_STREAMS_AVAILABLE, -1);
}

static void datagram(wrapped *self, roam_endpoint_connection *connection, const roam_endpoint_path *path,
                     size_t len)
{
    static const uint8_t bytes[65536];
    const roam_endpoint_datagram given = {.path = *path, .data = bytes, .len = len};
    (void)self->calls->send(self->host, connection, &given);
}

static void datagram_over(wrapped *self, roam_endpoint_connection *connection)
{
    datagram(self, connection, &self->path, 65000);
}

static void datagram_of_zero(wrapped *self, roam_endpoint_connection *connection)
{
    datagram(self, connection, &self->path, 0);
}

static void datagram_without_path(wrapped *self, roam_endpoint_connection *connection)
{
    static const roam_endpoint_path none;
    datagram(self, connection, &none, 1200);
}

static void no_datagram(wrapped *self, roam_endpoint_connection *connection)
{
    (void)self->calls->send(self->host, connection, NULL);
}

static void datagram_of_stranger(wrapped *self, roam_endpoint_connection *connection)
{
    (void)connection;
    datagram(self, (roam_endpoint_connection *)(void *)self, &self->path, 1200);
}

static void accepted_in_flush(wrapped *self, roam_endpoint_connection *connection)
{
    static char made_up;
    (void)connection;
    self->calls->accepted(self->host, (roam_endpoint_connection *)(void *)&made_up, &self->path);
}

static void accepted_none(wrapped *self, roam_endpoint_connection *connection)
{
    (void)connection;
    self->calls->accepted(self->host, NULL, &self->path);
}

static void keylog_of_lines(wrapped *self, roam_endpoint_connection *connection)
{
    (void)connection;
    self->calls->keylog(self->host, "CLIENT_RANDOM 00 00\nCLIENT_RANDOM 01 01");
}

static void qlog_of_stranger(wrapped *self, roam_endpoint_connection *connection)
{
    (void)connection;
    if (self->calls->qlog)
        self->calls->qlog(self->host, (roam_endpoint_connection *)(void *)self, "{}", 2, false);
    else
        unknown_connection(self, connection);
}

/* With the host of the endpoint that was made last; one that is alone calls with none. */
static void other_host(wrapped *self, roam_endpoint_connection *connection)
{
    uint8_t byte;
    (void)connection;
    if (latest != self)
        self->calls->random(latest->host, &byte, 1);
}

static void *from_a_thread(void *ctx)
{
    wrapped *const self = ctx;
    uint8_t byte;
    self->calls->random(self->host, &byte, 1);
    return NULL;
}

static void thread(wrapped *self, roam_endpoint_connection *connection)
{
    pthread_t made;
    (void)connection;
    if (pthread_create(&made, NULL, from_a_thread, self) == 0)
        (void)pthread_join(made, NULL);
}

static void crash(wrapped *self, roam_endpoint_connection *connection)
{
    (void)self, (void)connection;
    abort();
}

static void leave(wrapped *self, roam_endpoint_connection *connection)
{
    (void)self, (void)connection;
    _exit(0);
}

static void hang(wrapped *self, roam_endpoint_connection *connection)
{
    (void)self, (void)connection;
    for (volatile int i = 0; i < 1; i = 0)
        continue;
}

/* Acts of the wrapped function itself, which looks for them with is_now. */
static void by_function(wrapped *self, roam_endpoint_connection *connection)
{
    (void)self, (void)connection;
}

static const act acts[] = {
    {"unknown-connection", "flush", unknown_connection},
    {"no-connection", "flush", no_connection},
    {"unknown-event", "flush", unknown_event},
    {"established-twice", "flush", established_twice},
    {"confirmed-first", "flush", confirmed_first},
    {"after-closed", "flush", after_closed},
    {"closed-how", "flush", closed_how},
    {"unknown-stream", "stream_write", unknown_stream},
    {"stream-of-this-end", "stream_write", stream_of_this_end},
    {"opened-twice", "stream_write", opened_twice},
    {"no-path", "flush", no_path},
    {"million-events", "flush", million_events},
    {"datagram-over", "flush", datagram_over},
    {"datagram-of-zero", "flush", datagram_of_zero},
    {"datagram-without-path", "flush", datagram_without_path},
    {"datagram-of-stranger", "flush", datagram_of_stranger},
    {"accepted-in-flush", "flush", accepted_in_flush},
    {"accepted-none", "receive", accepted_none},
    {"keylog-of-lines", "flush", keylog_of_lines},
    {"qlog-of-stranger", "flush", qlog_of_stranger},
    {"other-host", "flush", other_host},
    {"no-event", "flush", no_event},
    {"no-datagram", "flush", no_datagram},
    {"thread", "flush", thread},
    {"crash", "flush", crash},
    {"exit", "flush", leave},
    {"hang", "flush", hang},
    {"no-endpoint", "endpoint_new", by_function},
    {"no-status", "endpoint_new", by_function},
    {"connect-none", "connect", by_function},
    {"receive-stranger", "receive", by_function},
    {"deadline-past", "deadline", by_function},
    {"no-stream-id", "stream_open", by_function},
    {"taken-too-much", "stream_write", by_function},
    {"read-too-much", "stream_read", by_function},
    {"close-silent", "close", by_function},
    {"no-path-in-use", "path", by_function},
    {"peer-of-rubbish", "peer", by_function},
};

enum { ACTS = sizeof acts / sizeof acts[0], FIRST_DEADLY = 21 };

/* Counts the call, and does what is to be done in it. */
static void begin(wrapped *self, const char *function, roam_endpoint_connection *connection)
{
    if (!self)
        return;
    if (self->any && connection && draw(self) % 16 == 0)
        acts[draw(self) % FIRST_DEADLY].run(self, connection);
    if (!self->act || strcmp(self->act->function, function) != 0)
        return;
    self->calls_so_far++;
    if (self->calls_so_far >= self->at)
        self->act->run(self, connection);
}

static bool is_now(wrapped *self, const char *name)
{
    if (!self)
        return false;
    if (self->any && draw(self) % 64 == 0)
        return true;
    return self->act && strcmp(self->act->name, name) == 0 && self->calls_so_far >= self->at;
}

/* ---- The functions ---- */

/* Takes its own options out of what the inner adapter gets. */
static bool take_option(wrapped *self, const roam_endpoint_option *option)
{
    if (strcmp(option->name, "at") == 0)
        self->at = strtoull(option->value, NULL, 10);
    else if (strcmp(option->name, "seed") == 0)
        self->seed = strtoull(option->value, NULL, 10);
    else if (strcmp(option->name, "do") != 0)
        return false;
    for (size_t i = 0; strcmp(option->name, "do") == 0 && i < ACTS; i++)
        if (strcmp(acts[i].name, option->value) == 0)
            self->act = &acts[i];
    self->any = self->any || strcmp(option->value, "any") == 0;
    return true;
}

static int endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    roam_endpoint_options given = *options;
    roam_endpoint_option left[OPTIONS_MAX];
    wrapped *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ENDPOINT_NO_MEMORY;
    self->at = 1;
    self->calls = options->calls;
    self->host = options->host;
    given.option_count = 0;
    given.options = left;
    for (size_t i = 0; i < options->option_count; i++)
        if (!take_option(self, &options->options[i]) && given.option_count < OPTIONS_MAX)
            left[given.option_count++] = options->options[i];
    begin(self, "endpoint_new", NULL);
    const int status = inner->endpoint_new(&given, &self->inner);
    if (status != ROAM_ENDPOINT_OK || is_now(self, "no-endpoint") || is_now(self, "no-status")) {
        const bool wrong_status = self->act && strcmp(self->act->name, "no-status") == 0;
        if (status == ROAM_ENDPOINT_OK)
            inner->endpoint_free(self->inner);
        free(self);
        return status != ROAM_ENDPOINT_OK ? status : wrong_status ? 7 : ROAM_ENDPOINT_OK;
    }
    latest = self;
    *out = (roam_endpoint *)(void *)self;
    return ROAM_ENDPOINT_OK;
}

static void endpoint_free(roam_endpoint *endpoint)
{
    wrapped *const self = (wrapped *)(void *)endpoint;
    inner->endpoint_free(self->inner);
    for (size_t i = 0; i < owner_count; i++)
        if (owners[i].owner == self)
            owners[i].owner = NULL;
    if (latest == self)
        latest = NULL;
    free(self);
}

static int connect_to(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                      roam_endpoint_connection **out)
{
    wrapped *const self = (wrapped *)(void *)endpoint;
    self->path = *path;
    begin(self, "connect", NULL);
    const int status = inner->connect(self->inner, path, server_name, out);
    if (status != ROAM_ENDPOINT_OK)
        return status;
    own(self, *out);
    if (is_now(self, "connect-none"))
        *out = NULL;
    return status;
}

static roam_endpoint_connection *receive(roam_endpoint *endpoint, const roam_endpoint_datagram *given)
{
    wrapped *const self = (wrapped *)(void *)endpoint;
    self->path = given->path;
    begin(self, "receive", NULL);
    roam_endpoint_connection *const connection = inner->receive(self->inner, given);
    if (connection)
        own(self, connection);
    return is_now(self, "receive-stranger") ? (roam_endpoint_connection *)(void *)self : connection;
}

static roam_endpoint_connection *route(const roam_endpoint *endpoint, const roam_endpoint_datagram *given)
{
    return inner->route(((const wrapped *)(const void *)endpoint)->inner, given);
}

static void flush(roam_endpoint_connection *connection)
{
    inner->flush(connection);
    begin(owner_of(connection), "flush", connection);
}

static uint64_t deadline(const roam_endpoint_connection *connection)
{
    wrapped *const self = owner_of(connection);
    const uint64_t deadline_ns = inner->deadline(connection);
    if (!self || !self->act || strcmp(self->act->function, "deadline") != 0)
        return deadline_ns;
    self->calls_so_far++;
    return is_now(self, "deadline-past") ? 5 : deadline_ns;
}

static void expire(roam_endpoint_connection *connection)
{
    inner->expire(connection);
    begin(owner_of(connection), "expire", connection);
}

static void close_connection(roam_endpoint_connection *connection, bool application, uint64_t code)
{
    wrapped *const self = owner_of(connection);
    begin(self, "close", NULL);
    if (!is_now(self, "close-silent"))
        inner->close(connection, application, code);
}

static int peer(const roam_endpoint_connection *connection, roam_endpoint_peer *out)
{
    static const uint8_t rubbish[] = {0x30, 0x82, 0xff, 0xff, 1, 2, 3};
    wrapped *const self = owner_of(connection);
    begin(self, "peer", NULL);
    const int status = inner->peer(connection, out);
    if (is_now(self, "peer-of-rubbish")) {
        out->certificate = rubbish;
        out->certificate_len = sizeof rubbish;
    }
    return status;
}

static void path_in_use(const roam_endpoint_connection *connection, roam_endpoint_path *out)
{
    wrapped *const self = owner_of(connection);
    begin(self, "path", NULL);
    inner->path(connection, out);
    if (is_now(self, "no-path-in-use"))
        memset(out, 0, sizeof *out);
}

static int stream_open(roam_endpoint_connection *connection, bool bidirectional, int64_t *stream)
{
    wrapped *const self = owner_of(connection);
    begin(self, "stream_open", connection);
    const int status = inner->stream_open(connection, bidirectional, stream);
    if (is_now(self, "no-stream-id"))
        *stream = -7;
    return status;
}

static int stream_write(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data, size_t len,
                        bool finish, size_t *taken)
{
    wrapped *const self = owner_of(connection);
    begin(self, "stream_write", connection);
    const int status = inner->stream_write(connection, stream, data, len, finish, taken);
    if (is_now(self, "taken-too-much"))
        *taken = len + 1;
    return status;
}

static int stream_read(roam_endpoint_connection *connection, int64_t stream, uint8_t *data, size_t capacity,
                       size_t *len, bool *finished)
{
    wrapped *const self = owner_of(connection);
    begin(self, "stream_read", connection);
    const int status = inner->stream_read(connection, stream, data, capacity, len, finished);
    if (is_now(self, "read-too-much"))
        *len = capacity + 1;
    return status;
}

const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    static roam_endpoint_library library;
    inner = inner_library_get(abi);
    if (!inner)
        return NULL;
    library = *inner;
    library.name = "lawless";
    library.endpoint_new = endpoint_new;
    library.endpoint_free = endpoint_free;
    library.connect = connect_to;
    library.receive = receive;
    library.route = route;
    library.flush = flush;
    library.deadline = deadline;
    library.expire = expire;
    library.close = close_connection;
    library.peer = peer;
    library.path = path_in_use;
    library.stream_open = stream_open;
    library.stream_write = stream_write;
    library.stream_read = stream_read;
    return &library;
}
