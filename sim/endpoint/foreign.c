/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/foreign_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Calls of the adapter ---- */

/* After a fault what the adapter holds is freed, and nothing else is asked of it. */
bool foreign_enter_at(foreign *self, const char *function, uint64_t now_ns)
{
    if (self->failed && !strstr(function, "_free"))
        return false;
    self->call.function = function;
    self->call.now_ns = now_ns;
    self->events_of_call = 0;
    endpoint_call_enter(&self->call);
    return true;
}

bool foreign_enter(foreign *self, const char *function)
{
    return foreign_enter_at(self, function, self->options.now(self->options.ctx));
}

/* A connection that the node did not take: the library forgets it. */
static void free_refused(foreign *self)
{
    while (self->refused) {
        foreign_quic *const quic = self->refused;
        self->refused = quic->next_refused;
        quic->base.methods->free(&quic->base);
    }
}

void foreign_leave(foreign *self)
{
    const char *const broken = endpoint_call_leave();
    if (broken)
        foreign_fault(self, NULL, "%s", broken);
    self->call.function = NULL;
    free_refused(self);
}

void foreign_fault(foreign *self, const char *function, const char *format, ...)
{
    char rule[RUN_ERROR_TEXT_MAX];
    char place[ENDPOINT_CALL_PLACE_MAX];
    endpoint_call call = self->call;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(rule, sizeof rule, format, arguments);
    va_end(arguments);
    self->failed = true;
    call.function = function ? function : call.function ? call.function : "no call";
    call.now_ns = self->options.now(self->options.ctx);
    endpoint_call_place(&call, place);
    run_error_set(self->options.error, RUN_ERROR_ENDPOINT, "%s: %s%s%s", place, rule,
                  self->said[0] ? "; it said: " : "", self->said);
}

/* ---- Addresses ---- */

bool foreign_addr_from(const roam_endpoint_address *address, roam_addr *out)
{
    const size_t len = address->family == 4 ? 4 : 16;
    if (address->family != 4 && address->family != 6)
        return false;
    *out = (roam_addr){.family = address->family == 4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6,
                       .port = address->port};
    memcpy(out->bytes, address->bytes, len);
    return true;
}

roam_endpoint_address foreign_addr_to(const roam_addr *address)
{
    roam_endpoint_address out = {.family = (uint8_t)address->family, .port = address->port};
    memcpy(out.bytes, address->bytes, sizeof out.bytes);
    return out;
}

roam_endpoint_path foreign_path_to(const roam_addr *local, const roam_addr *remote)
{
    return (roam_endpoint_path){foreign_addr_to(local), foreign_addr_to(remote)};
}

/* ---- Connections ---- */

foreign_quic *foreign_find(foreign *self, const roam_endpoint_connection *connection)
{
    if (!self->latest || self->latest->connection != connection)
        self->latest = core_map_get(&self->connections, &connection, sizeof(connection));
    return self->latest;
}

foreign_quic *foreign_quic_new(foreign *self, roam_endpoint_connection *connection, const roam_addr *local,
                               const roam_addr *remote, bool dialled)
{
    if (foreign_find(self, connection))
        return NULL;
    foreign_quic *const quic = calloc(1, sizeof *quic);
    if (!quic)
        return NULL;
    *quic = (foreign_quic){
        .base = {.methods = &foreign_quic_methods, .dialled = dialled, .now_ns = self->call.now_ns},
        .begun_ns = self->call.now_ns,
        .owner = self,
        .connection = connection,
        .local = *local,
        .remote = *remote};
    if (core_map_add(&self->connections, &quic->connection, sizeof(quic->connection), quic) == 0)
        return quic;
    free(quic);
    return NULL;
}

/* ---- The library of a node ---- */

static int status_of(int endpoint_status)
{
    switch (endpoint_status) {
    case ROAM_ENDPOINT_OK:
        return 0;
    case ROAM_ENDPOINT_NO_MEMORY:
        return ROAM_ERR_NO_MEMORY;
    case ROAM_ENDPOINT_UNSUPPORTED:
        return ROAM_ERR_UNSUPPORTED;
    case ROAM_ENDPOINT_TLS:
        return ROAM_ERR_TLS;
    default:
        return ROAM_ERR_QUIC;
    }
}

const char *foreign_version(const foreign *self)
{
    return self->options.library->version;
}

static roam_endpoint_congestion congestion_of(roam_congestion congestion)
{
    switch (congestion) {
    case ROAM_CONGESTION_RENO:
        return ROAM_ENDPOINT_RENO;
    case ROAM_CONGESTION_BBR:
        return ROAM_ENDPOINT_BBR;
    case ROAM_CONGESTION_CUBIC:
        break;
    }
    return ROAM_ENDPOINT_CUBIC;
}

static int library_open(void *ctx, roam_node *node, const core_quic_options *options)
{
    foreign *const self = ctx;
    const roam_node_options *const settings = options->node;
    const core_der certificate = core_identity_certificate(self->options.identity);
    const core_der key = core_identity_private_key(self->options.identity);
    const roam_endpoint_options wanted = {
        .size = sizeof wanted,
        .calls = &self->calls,
        .host = &self->host,
        .node = self->options.node,
        .server = self->options.server,
        .alpn = settings->alpn ? settings->alpn : ROAM_ALPN,
        .certificate = certificate.bytes,
        .certificate_len = certificate.len,
        .key = key.bytes,
        .key_len = key.len,
        .options = self->options.options,
        .option_count = self->options.option_count,
        .idle_timeout_ns = settings->idle_timeout_ns,
        .handshake_timeout_ns = settings->handshake_timeout_ns,
        .initial_rtt_ns = settings->initial_rtt_ns,
        .stream_window = settings->initial_stream_window,
        .connection_window = settings->initial_connection_window,
        .max_window = settings->max_window,
        .max_streams_bidirectional = settings->max_user_streams + 1, /* and the control stream */
        .max_streams_unidirectional = CORE_UNI_STREAMS_MAX,
        .active_connection_id_limit = settings->active_connection_id_limit,
        .max_datagram = FOREIGN_MAX_DATAGRAM,
        .disable_active_migration = settings->disable_active_migration,
        .settings = self->options.settings & self->options.library->capabilities &
                    ~ROAM_ENDPOINT_SETS_CONNECTION_ID_LIMIT,
        .congestion = (uint32_t)congestion_of(settings->quic.congestion),
        .initial_window = settings->quic.initial_window,
        .ack_every = settings->quic.ack_every,
        .ack_delay_exponent = settings->quic.ack_delay_exponent,
        .max_ack_delay_ns = settings->quic.max_ack_delay_ns,
        .rotate_connection_ids_ns = settings->quic.rotate_connection_ids_ns,
        .retire_connection_ids_ns = settings->quic.retire_connection_ids_ns,
        .pmtud = settings->quic.pmtud,
        .ecn = settings->quic.ecn,
    };
    self->node = node;
    self->node_options = settings;
    self->random = *options->random;
    self->calls.qlog = settings->callbacks.qlog ? foreign_host_calls.qlog : NULL;
    if (!foreign_enter(self, "endpoint_new"))
        return ROAM_ERR_QUIC;
    const int status = self->options.library->endpoint_new(&wanted, &self->endpoint);
    foreign_leave(self);
    if (status)
        foreign_fault(self, "endpoint_new", "it refuses to be made: status %d", status);
    else if (!self->endpoint)
        foreign_fault(self, "endpoint_new", "it answers OK and gives no endpoint");
    return self->failed && status == 0 ? ROAM_ERR_QUIC : status_of(status);
}

static void library_close(void *ctx)
{
    foreign *const self = ctx;
    if (self->endpoint && foreign_enter(self, "endpoint_free")) {
        self->options.library->endpoint_free(self->endpoint);
        foreign_leave(self);
    }
    self->endpoint = NULL;
    self->node = NULL;
}

static int library_dial(void *ctx, const core_quic_options *options, const char *name, uint64_t now_ns,
                        core_quic **out)
{
    foreign *const self = ctx;
    const roam_endpoint_library *const library = self->options.library;
    const roam_endpoint_path path = foreign_path_to(&options->local, &options->remote);
    roam_endpoint_connection *connection = NULL;
    if (!foreign_can(self, ROAM_ENDPOINT_CLIENT))
        return ROAM_ERR_UNSUPPORTED;
    if (!foreign_enter(self, "connect"))
        return ROAM_ERR_QUIC;
    const int status = library->connect(self->endpoint, &path, name, &connection);
    foreign_leave(self);
    if (status)
        return status_of(status);
    if (!connection || foreign_find(self, connection)) {
        foreign_fault(self, "connect", "it answers OK and gives %s",
                      connection ? "a connection that is known" : "none");
        return ROAM_ERR_QUIC;
    }
    foreign_quic *const quic = foreign_quic_new(self, connection, &options->local, &options->remote, true);
    if (!quic)
        return ROAM_ERR_NO_MEMORY;
    quic->base.handlers = options->handlers;
    quic->base.owner = options->owner;
    quic->base.now_ns = now_ns;
    *out = &quic->base;
    return 0;
}

roam_endpoint_datagram foreign_datagram_to(const roam_addr *local, const roam_datagram *datagram)
{
    return (roam_endpoint_datagram){.path = foreign_path_to(local, &datagram->remote),
                                    .ecn = datagram->ecn,
                                    .data = datagram->data,
                                    .len = datagram->len};
}

static core_quic *library_route(void *ctx, const roam_addr *local, const roam_datagram *datagram)
{
    foreign *const self = ctx;
    const roam_endpoint_library *const library = self->options.library;
    const roam_endpoint_datagram given = foreign_datagram_to(local, datagram);
    if (!library->route || !foreign_enter(self, "route"))
        return NULL;
    const roam_endpoint_connection *const connection = library->route(self->endpoint, &given);
    foreign_leave(self);
    if (!connection)
        return NULL;
    foreign_quic *const quic = foreign_find(self, connection);
    if (!quic)
        foreign_fault(self, "route", "it names a connection that was never announced, or was freed");
    return quic ? &quic->base : NULL;
}

static core_quic *library_receive(void *ctx, const roam_addr *local, const roam_datagram *datagram,
                                  uint64_t now_ns)
{
    foreign *const self = ctx;
    const roam_endpoint_datagram given = foreign_datagram_to(local, datagram);
    if (!foreign_enter_at(self, "receive", now_ns))
        return NULL;
    roam_endpoint_connection *const connection = self->options.library->receive(self->endpoint, &given);
    foreign_quic *const quic = connection ? foreign_find(self, connection) : NULL;
    const bool refused = quic && !quic->base.owner; /* the node did not take it */
    foreign_leave(self);
    if (connection && !quic)
        foreign_fault(self, "receive", "it names a connection that was never announced, or was freed");
    if (!quic || refused)
        return NULL;
    quic->base.now_ns = now_ns;
    foreign_received(quic, local);
    return &quic->base;
}

static const core_quic_library_methods library_methods = {
    .open = library_open,
    .close = library_close,
    .dial = library_dial,
    .route = library_route,
    .receive = library_receive,
    .handle = foreign_handle,
};

/* ---- Beginning and end ---- */

static void call_random(void *ctx, uint8_t *bytes, size_t len)
{
    const foreign *const self = ctx;
    self->random.fill(self->random.user_data, bytes, len);
}

int foreign_new(const foreign_options *options, foreign **out)
{
    foreign *const self = calloc(1, sizeof *self);
    if (!self) {
        free(options->options);
        return ROAM_ERR_NO_MEMORY;
    }
    self->options = *options;
    self->options.server = options->server && foreign_can(self, ROAM_ENDPOINT_SERVER);
    self->calls = foreign_host_calls;
    self->host.self = self;
    self->call =
        (endpoint_call){.adapter = options->name, .node = options->node, .random = call_random, .ctx = self};
    core_map_init(&self->connections, 0);
    const uint8_t id_len = options->library->connection_id_len;
    self->quic_library =
        (core_quic_library){.methods = &library_methods,
                            .ctx = self,
                            .routes = options->library->route != NULL,
                            .connection_id_len = id_len <= ROAM_CONNECTION_ID_MAX ? id_len : 0};
    *out = self;
    return 0;
}

void foreign_free(foreign *self)
{
    if (!self)
        return;
    assert(!self->endpoint);
    core_map_fini(&self->connections);
    free(self->events);
    free(self->bytes);
    free(self->options.options);
    free(self);
}

bool foreign_can(const foreign *self, uint64_t capability)
{
    return (self->options.library->capabilities & capability) != 0;
}

int foreign_node_new(foreign *self, const roam_node_options *options, roam_node **out)
{
    return core_node_new_on(options, &self->quic_library, out);
}
