/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/roam/internal.h"

#include "core/tls/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

roam_addr addr_from(const roam_endpoint_address *address)
{
    roam_addr out = {.family = address->family == 4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6,
                     .port = address->port};
    memcpy(out.bytes, address->bytes, sizeof out.bytes);
    return out;
}

static roam_endpoint_address addr_to(const roam_addr *address)
{
    roam_endpoint_address out = {.family = (uint8_t)address->family, .port = address->port};
    memcpy(out.bytes, address->bytes, sizeof out.bytes);
    return out;
}

roam_endpoint_path path_to(const roam_addr *local, const roam_addr *remote)
{
    return (roam_endpoint_path){addr_to(local), addr_to(remote)};
}

/* ---- Callbacks of TLS ---- */

static void on_random(void *user_data, uint8_t *bytes, size_t len)
{
    const roam_endpoint *const endpoint = user_data;
    endpoint->calls->random(endpoint->host, bytes, len);
}

static void on_keylog(void *user_data, const char *line)
{
    const roam_endpoint *const endpoint = user_data;
    endpoint->calls->keylog(endpoint->host, line);
}

static void on_certificate(void *user_data, core_der der)
{
    roam_endpoint_connection *const connection = ((const roam_endpoint *)user_data)->current;
    if (der.len > sizeof connection->certificate)
        return; /* the host takes it for none, and refuses the peer */
    memcpy(connection->certificate, der.bytes, der.len);
    connection->certificate_len = der.len;
}

/* What the node's options need to say that qlog is wanted; connections have a handler of their own. */
static void wants_qlog(void *user_data, uint32_t connection, bool dialled, const roam_qlog *told)
{
    (void)user_data;
    (void)connection;
    (void)dialled;
    (void)told;
}

/* ---- The endpoint ---- */

/* What both ends of a connection compute, for all endpoints that there are at a time: all calls come from one
 * thread (roam_endpoint.h). */
static roam_shared *common;
static size_t in_common; /* endpoints that use it */

static roam_shared *common_join(void)
{
    if (!common)
        common = roam_shared_new();
    in_common += common != NULL;
    return common;
}

static void common_leave(const roam_shared *shared)
{
    if (!shared || --in_common > 0)
        return;
    roam_shared_free(common);
    common = NULL;
}

static void endpoint_free(roam_endpoint *endpoint)
{
    while (endpoint->tokens) {
        kept_token *const next = endpoint->tokens->next;
        free(endpoint->tokens);
        endpoint->tokens = next;
    }
    core_tls_context_free(endpoint->tls);
    common_leave(endpoint->shared);
    roam_identity_free(endpoint->identity);
    core_map_fini(&endpoint->by_id);
    free(endpoint->latest);
    free(endpoint);
}

static int make_identity(roam_endpoint *endpoint, const roam_endpoint_options *options)
{
    const core_der certificate = {options->certificate, options->certificate_len};
    const core_der key = {options->key, options->key_len};
    const int status = core_identity_load(certificate, key, &endpoint->identity);
    return status == ROAM_ERR_NO_MEMORY ? ROAM_ENDPOINT_NO_MEMORY
           : status                     ? ROAM_ENDPOINT_TLS
                                        : ROAM_ENDPOINT_OK;
}

static int make_tls(roam_endpoint *endpoint)
{
    const core_tls_options tls = {.identity = endpoint->identity,
                                  .random = endpoint->random,
                                  .alpn = endpoint->alpn,
                                  .shared = endpoint->shared,
                                  .keylog = on_keylog,
                                  .certificate = on_certificate,
                                  .user_data = endpoint};
    const core_der key = core_identity_private_key(endpoint->identity);
    on_random(endpoint, endpoint->token_secret, sizeof endpoint->token_secret);
    if (core_tls_context_new(&tls, &endpoint->tls) ||
        core_quic_reset_secret(key.bytes, key.len, endpoint->reset_secret))
        return ROAM_ENDPOINT_TLS;
    return ROAM_ENDPOINT_OK;
}

static roam_congestion congestion_of(uint32_t congestion)
{
    return congestion == ROAM_ENDPOINT_RENO  ? ROAM_CONGESTION_RENO
           : congestion == ROAM_ENDPOINT_BBR ? ROAM_CONGESTION_BBR
                                             : ROAM_CONGESTION_CUBIC;
}

/* A host that knows no settings has a smaller structure. */
static void read_settings(const roam_endpoint_options *options, roam_quic_options *quic)
{
    const uint64_t asked = options->size >= sizeof *options ? options->settings : 0;
    if (asked & ROAM_ENDPOINT_SETS_CONGESTION)
        quic->congestion = congestion_of(options->congestion);
    if (asked & ROAM_ENDPOINT_SETS_INITIAL_WINDOW)
        quic->initial_window = options->initial_window;
    if (asked & ROAM_ENDPOINT_SETS_PMTUD)
        quic->pmtud = options->pmtud;
    if (asked & ROAM_ENDPOINT_SETS_ECN)
        quic->ecn = options->ecn;
    if (asked & ROAM_ENDPOINT_SETS_MAX_ACK_DELAY)
        quic->max_ack_delay_ns = options->max_ack_delay_ns;
    if (asked & ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT)
        quic->ack_delay_exponent = options->ack_delay_exponent;
    if (asked & ROAM_ENDPOINT_SETS_ACK_EVERY)
        quic->ack_every = options->ack_every;
    if (asked & ROAM_ENDPOINT_SETS_ROTATE_CONNECTION_IDS)
        quic->rotate_connection_ids_ns = options->rotate_connection_ids_ns;
    if (asked & ROAM_ENDPOINT_SETS_RETIRE_CONNECTION_IDS)
        quic->retire_connection_ids_ns = options->retire_connection_ids_ns;
}

/* The core makes room for the control stream of the dist protocol by itself. */
static roam_node_options settings_of(const roam_endpoint *endpoint, const roam_endpoint_options *options)
{
    roam_node_options node;
    roam_node_options_default(&node);
    node.identity = endpoint->identity;
    node.callbacks.qlog = options->calls->qlog ? wants_qlog : NULL;
    node.idle_timeout_ns = options->idle_timeout_ns;
    node.handshake_timeout_ns = options->handshake_timeout_ns;
    node.initial_rtt_ns = options->initial_rtt_ns;
    node.initial_stream_window = options->stream_window;
    node.initial_connection_window = options->connection_window;
    node.max_window = options->max_window;
    node.max_user_streams = options->max_streams_bidirectional - 1;
    node.active_connection_id_limit = options->active_connection_id_limit;
    node.disable_active_migration = options->disable_active_migration;
    read_settings(options, &node.quic);
    return node;
}

static int endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    char text[128];
    if (options->option_count > 0) {
        (void)snprintf(text, sizeof text, "unknown option '%s': the core has none", options->options[0].name);
        options->calls->log(options->host, NULL, text);
        return ROAM_ENDPOINT_INVALID;
    }
    roam_endpoint *const endpoint = calloc(1, sizeof *endpoint);
    latest_route *const latest = calloc(1, sizeof *latest);
    if (!endpoint || !latest) {
        free(endpoint);
        free(latest);
        return ROAM_ENDPOINT_NO_MEMORY;
    }
    endpoint->latest = latest;
    endpoint->calls = options->calls;
    endpoint->host = options->host;
    endpoint->server = options->server;
    (void)snprintf(endpoint->alpn, sizeof endpoint->alpn, "%s", options->alpn);
    endpoint->random = (core_random){.fill = on_random, .user_data = endpoint};
    core_map_init(&endpoint->by_id, 1);
    endpoint->shared = common_join();
    int status = make_identity(endpoint, options);
    if (status == 0)
        status = make_tls(endpoint);
    endpoint->node = settings_of(endpoint, options);
    if (status)
        endpoint_free(endpoint);
    else
        *out = endpoint;
    return status;
}

static int status_of(int core_status)
{
    return core_status == 0                    ? ROAM_ENDPOINT_OK
           : core_status == ROAM_ERR_NO_MEMORY ? ROAM_ENDPOINT_NO_MEMORY
           : core_status == ROAM_ERR_TLS       ? ROAM_ENDPOINT_TLS
                                               : ROAM_ENDPOINT_FAILED;
}

static void use_token(const roam_endpoint *endpoint, const char *name, core_token *out)
{
    for (kept_token *kept = endpoint->tokens; kept; kept = kept->next) {
        if (strcmp(kept->name, name) == 0) {
            *out = kept->token;
            kept->token.len = 0; /* once (RFC 9000 section 8.1.3) */
        }
    }
}

static int endpoint_connect(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                            roam_endpoint_connection **out)
{
    const roam_addr local = addr_from(&path->local), remote = addr_from(&path->remote);
    roam_endpoint_connection *const connection = connection_new(endpoint, &local, &remote);
    if (!connection)
        return ROAM_ENDPOINT_NO_MEMORY;
    (void)snprintf(connection->name, sizeof connection->name, "%s", server_name);
    core_quic_options options = connection_options(connection);
    use_token(endpoint, connection->name, &options.token);
    const core_tls_scope scope = connection_enter(connection);
    const int status = core_quic_dial(&options, now_of(endpoint), &connection->quic);
    core_tls_leave(scope);
    endpoint->current = NULL;
    if (status)
        connection_free(connection);
    else
        *out = connection;
    return status_of(status);
}

/* ---- Datagrams ---- */

static roam_endpoint_connection *find_by_id(const roam_endpoint *endpoint,
                                            const roam_endpoint_datagram *datagram)
{
    core_quic_header header;
    if (!core_quic_header_read(datagram->data, datagram->len, CORE_CONNECTION_ID_LEN, &header))
        return NULL;
    return core_map_get(&endpoint->by_id, header.destination.bytes, header.destination.len);
}

static roam_endpoint_connection *endpoint_route(const roam_endpoint *endpoint,
                                                const roam_endpoint_datagram *datagram)
{
    *endpoint->latest = (latest_route){datagram->data, find_by_id(endpoint, datagram)};
    return endpoint->latest->connection;
}

/* The connection of the client that uses the local address of the datagram: a stateless reset (RFC 9000
 * section 10.3.1) has no connection ID that is known. */
static roam_endpoint_connection *client_at(const roam_endpoint *endpoint,
                                           const roam_endpoint_datagram *datagram)
{
    const roam_addr local = addr_from(&datagram->path.local);
    for (roam_endpoint_connection *c = endpoint->connections; c; c = c->older)
        if (c->quic->dialled && (roam_addr_equal(&c->local, &local) || roam_addr_equal(&c->probing, &local)))
            return c;
    return NULL;
}

static void answer(const roam_endpoint *endpoint, const roam_endpoint_datagram *to, const uint8_t *packet,
                   size_t len)
{
    const roam_endpoint_datagram out = {.path = to->path, .data = packet, .len = len};
    if (len > 0)
        (void)endpoint->calls->send(endpoint->host, NULL, &out); /* lost as any may be */
}

static void answer_reset(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    uint8_t packet[64];
    core_quic_header header;
    if (!endpoint->server ||
        !core_quic_header_read(datagram->data, datagram->len, CORE_CONNECTION_ID_LEN, &header) ||
        header.long_header)
        return;
    answer(endpoint, datagram, packet,
           core_quic_stateless_reset(&header.destination, endpoint->reset_secret, &endpoint->random,
                                     datagram->len, packet));
}

/* A client's first datagram; NULL: refused, or answered with Retry. */
static roam_endpoint_connection *accept_connection(roam_endpoint *endpoint,
                                                   const roam_endpoint_datagram *datagram)
{
    uint8_t packet[CORE_UDP_PAYLOAD_MAX];
    const roam_addr local = addr_from(&datagram->path.local), remote = addr_from(&datagram->path.remote);
    roam_endpoint_connection *const connection = connection_new(endpoint, &local, &remote);
    if (!connection)
        return NULL;
    core_quic_options options = connection_options(connection);
    options.require_token = endpoint->half_open >= endpoint->node.max_half_open;
    const core_tls_scope scope = connection_enter(connection);
    const uint64_t now_ns = now_of(endpoint);
    const int status = core_quic_accept(&options, datagram->data, datagram->len, now_ns, &connection->quic);
    if (status == ROAM_ERR_WOULD_BLOCK)
        answer(endpoint, datagram, packet,
               core_quic_retry(&options, datagram->data, datagram->len, now_ns, packet));
    core_tls_leave(scope);
    endpoint->current = NULL;
    if (status) {
        connection_free(connection);
        return NULL;
    }
    connection->half_open = true;
    endpoint->half_open++;
    endpoint->calls->accepted(endpoint->host, connection, &datagram->path);
    connection_announced(connection);
    return connection;
}

static roam_endpoint_connection *endpoint_receive(roam_endpoint *endpoint,
                                                  const roam_endpoint_datagram *datagram)
{
    const bool routed = datagram->data && datagram->data == endpoint->latest->data;
    roam_endpoint_connection *connection =
        routed ? endpoint->latest->connection : find_by_id(endpoint, datagram);
    endpoint->latest->data = NULL;
    if (!connection)
        connection = client_at(endpoint, datagram);
    if (!connection && endpoint->server && core_quic_may_begin(datagram->data, datagram->len))
        connection = accept_connection(endpoint, datagram);
    else if (!connection)
        answer_reset(endpoint, datagram);
    if (connection)
        connection_read(connection, datagram);
    return connection;
}

/* ---- The table ---- */

static const roam_endpoint_library LIBRARY = {
    .abi = ROAM_ENDPOINT_ABI,
    .size = sizeof LIBRARY,
    .name = "roam-abi",
    .version = "roam's core, ngtcp2 1.11.0, wolfSSL 5.7.2",
    .capabilities = ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_SERVER | ROAM_ENDPOINT_CAN_PROBE_FIRST |
                    ROAM_ENDPOINT_CAN_FOLLOW_FIRST | ROAM_ENDPOINT_DETERMINISTIC |
                    ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED | ROAM_ENDPOINT_REPORTS_CHALLENGES |
                    ROAM_ENDPOINT_REPORTS_STATISTICS | ROAM_ENDPOINT_HONOURS_DISABLE |
                    ROAM_ENDPOINT_SETS_CONNECTION_ID_LIMIT | ROAM_ENDPOINT_SETS_CONGESTION |
                    ROAM_ENDPOINT_SETS_INITIAL_WINDOW | ROAM_ENDPOINT_SETS_PMTUD | ROAM_ENDPOINT_SETS_ECN |
                    ROAM_ENDPOINT_SETS_MAX_ACK_DELAY | ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT |
                    ROAM_ENDPOINT_SETS_ACK_EVERY | ROAM_ENDPOINT_SETS_ROTATE_CONNECTION_IDS |
                    ROAM_ENDPOINT_SETS_RETIRE_CONNECTION_IDS,
    .connection_id_len = CORE_CONNECTION_ID_LEN,
    .endpoint_new = endpoint_new,
    .endpoint_free = endpoint_free,
    .connect = endpoint_connect,
    .receive = endpoint_receive,
    .route = endpoint_route,
    .flush = connection_flush,
    .deadline = connection_deadline,
    .expire = connection_expire,
    .close = connection_close,
    .connection_free = connection_free,
    .peer = connection_peer,
    .path = connection_path,
    .statistics = connection_statistics,
    .stream_open = stream_open,
    .stream_write = stream_write,
    .stream_read = stream_read,
    .stream_reset = stream_reset,
    .stream_priority = stream_priority,
    .migrate = connection_migrate,
    .migrate_abandon = connection_abandon,
    .ping = connection_ping,
};

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    return abi == ROAM_ENDPOINT_ABI ? &LIBRARY : NULL;
}
