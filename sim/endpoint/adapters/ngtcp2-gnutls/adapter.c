/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The adapter as the host sees it (sim/endpoint/roam_endpoint.h): ngtcp2 0.12 with GnuTLS. */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Endpoints ---- */

static void endpoint_free(roam_endpoint *endpoint)
{
    if (endpoint->credentials)
        gnutls_certificate_free_credentials(endpoint->credentials);
    free(endpoint->alpn);
    free(endpoint);
}

static int endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    roam_endpoint *const endpoint = calloc(1, sizeof *endpoint);
    if (!endpoint)
        return ROAM_ENDPOINT_NO_MEMORY;
    endpoint->calls = options->calls;
    endpoint->host = options->host;
    endpoint->asked = *options;
    endpoint->alpn = strdup(options->alpn);
    int rv = endpoint->alpn ? 0 : ROAM_ENDPOINT_NO_MEMORY;
    if (!rv)
        rv = options_read(endpoint, options, &endpoint->options);
    if (!rv) {
        tls_speak_for(endpoint);
        rv = tls_endpoint_init(endpoint, options);
        tls_speak_for(NULL);
    }
    if (rv)
        endpoint_free(endpoint);
    else
        *out = endpoint;
    return rv;
}

/* ---- Datagrams ---- */

static int connect_to(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                      roam_endpoint_connection **out)
{
    tls_speak_for(endpoint);
    const int rv = connection_new(endpoint, path, server_name, NULL, out);
    tls_speak_for(NULL);
    return rv;
}

static roam_endpoint_connection *accept_from(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    ngtcp2_pkt_hd header;
    roam_endpoint_connection *c;
    if (ngtcp2_accept(&header, datagram->data, datagram->len) ||
        connection_new(endpoint, &datagram->path, NULL, &header, &c))
        return NULL;
    endpoint->calls->accepted(endpoint->host, c, &datagram->path);
    connection_announced(c);
    return c;
}

static void answer(const roam_endpoint *endpoint, const roam_endpoint_datagram *to, const uint8_t *packet,
                   ngtcp2_ssize len)
{
    const roam_endpoint_datagram datagram = {.path = to->path, .data = packet, .len = (size_t)len};
    if (len > 0)
        endpoint->calls->send(endpoint->host, NULL, &datagram);
}

static void negotiate_version(const roam_endpoint *endpoint, const roam_endpoint_datagram *datagram,
                              const ngtcp2_version_cid *header)
{
    static const uint32_t versions[] = {NGTCP2_PROTO_VER_V1};
    uint8_t packet[600], random; /* two connection IDs of 255 bytes, and less than 20 */
    endpoint->calls->random(endpoint->host, &random, 1);
    answer(endpoint, datagram, packet,
           ngtcp2_pkt_write_version_negotiation(packet, sizeof packet, random & 0x7f, header->scid,
                                                header->scidlen, header->dcid, header->dcidlen, versions, 1));
}

/* Shorter than what it answers, so that two ends cannot keep each other busy (RFC 9000 section 10.3.3). */
static void reset_statelessly(const roam_endpoint *endpoint, const roam_endpoint_datagram *datagram,
                              const ngtcp2_version_cid *header)
{
    enum {
        FILLER_MIN = NGTCP2_MIN_STATELESS_RESET_RANDLEN,
        FILLER_MAX = 22,
        TOKEN = NGTCP2_STATELESS_RESET_TOKENLEN
    };
    uint8_t packet[FILLER_MAX + TOKEN], token[TOKEN], filler[FILLER_MAX];
    ngtcp2_cid id;
    if (datagram->len <= FILLER_MIN + TOKEN)
        return;
    const size_t room = datagram->len - 1 - TOKEN, filler_len = room < FILLER_MAX ? room : FILLER_MAX;
    ngtcp2_cid_init(&id, header->dcid, header->dcidlen);
    if (ngtcp2_crypto_generate_stateless_reset_token(token, endpoint->reset_secret,
                                                     sizeof endpoint->reset_secret, &id))
        return;
    endpoint->calls->random(endpoint->host, filler, filler_len);
    answer(endpoint, datagram, packet,
           ngtcp2_pkt_write_stateless_reset(packet, sizeof packet, token, filler, filler_len));
}

static roam_endpoint_connection *dispatch(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    ngtcp2_version_cid header;
    if (datagram->len == 0)
        return NULL;
    const int rv = ngtcp2_pkt_decode_version_cid(&header, datagram->data, datagram->len, ID_LEN);
    const bool long_header = datagram->data[0] & 0x80;
    roam_endpoint_connection *c = NULL;
    if (rv == 0)
        c = ids_find(endpoint, header.dcid, header.dcidlen);
    if (!c && rv == 0 && long_header && endpoint->asked.server)
        c = accept_from(endpoint, datagram);
    if (!c && rv == 0 && !long_header)
        c = ids_find_reset(endpoint, datagram->data, datagram->len);
    if (c)
        exchange_receive(c, datagram);
    else if (rv == 0 && !long_header)
        reset_statelessly(endpoint, datagram, &header);
    else if (rv == NGTCP2_ERR_VERSION_NEGOTIATION && endpoint->asked.server)
        negotiate_version(endpoint, datagram, &header);
    return c;
}

static roam_endpoint_connection *receive(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    tls_speak_for(endpoint);
    roam_endpoint_connection *const c = dispatch(endpoint, datagram);
    tls_speak_for(NULL);
    return c;
}

static roam_endpoint_connection *route(const roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    ngtcp2_version_cid header;
    if (datagram->len == 0 ||
        ngtcp2_pkt_decode_version_cid(&header, datagram->data, datagram->len, ID_LEN) != 0)
        return NULL;
    return ids_find(endpoint, header.dcid, header.dcidlen);
}

/* ---- Connections ---- */

static void flush(roam_endpoint_connection *c)
{
    tls_speak_for(c->endpoint);
    if (!c->announced)
        connection_announced(c);
    exchange_flush(c);
    tls_speak_for(NULL);
}

static int peer(const roam_endpoint_connection *c, roam_endpoint_peer *out)
{
    unsigned count = 0;
    const gnutls_datum_t *const chain = gnutls_certificate_get_peers(c->tls, &count);
    const ngtcp2_transport_params *const parameters = ngtcp2_conn_get_remote_transport_params(c->conn);
    out->certificate = count > 0 ? chain[0].data : NULL;
    out->certificate_len = count > 0 ? chain[0].size : 0;
    out->disables_migration = parameters && parameters->disable_active_migration;
    return 0;
}

static void path_of(const roam_endpoint_connection *c, roam_endpoint_path *out)
{
    path_from_ngtcp2(ngtcp2_conn_get_path(c->conn), out);
}

static void statistics(const roam_endpoint_connection *c, roam_endpoint_statistics *out)
{
    ngtcp2_conn_stat stat;
    ngtcp2_conn_get_conn_stat(c->conn, &stat);
    const ngtcp2_cid *const id = ngtcp2_conn_get_dcid(c->conn);
    out->srtt_ns = stat.smoothed_rtt;
    out->rttvar_ns = stat.rttvar;
    out->latest_rtt_ns = stat.latest_rtt;
    out->min_rtt_ns = stat.min_rtt == UINT64_MAX ? 0 : stat.min_rtt; /* no sample yet */
    out->pto_ns = ngtcp2_conn_get_pto(c->conn);
    out->cwnd = stat.cwnd;
    out->bytes_in_flight = stat.bytes_in_flight;
    out->packets_received = c->packets_received;
    out->unacknowledged = c->unacknowledged;
    out->connection_id_len = (uint8_t)id->datalen;
    memcpy(out->connection_id, id->data, id->datalen);
}

/* ---- The library ---- */

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    static char version[64];
    static roam_endpoint_library library = {
        .abi = ROAM_ENDPOINT_ABI,
        .size = sizeof library,
        .name = "ngtcp2-gnutls",
        .version = version,
        .capabilities = ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_SERVER | ROAM_ENDPOINT_CAN_PROBE_FIRST |
                        ROAM_ENDPOINT_CAN_FOLLOW_FIRST | ROAM_ENDPOINT_CAN_REBIND |
                        ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED | ROAM_ENDPOINT_REPORTS_CHALLENGES |
                        ROAM_ENDPOINT_REPORTS_STATISTICS | ROAM_ENDPOINT_HONOURS_DISABLE |
                        ROAM_ENDPOINT_SETS_CONNECTION_ID_LIMIT | ROAM_ENDPOINT_SETS_CONGESTION |
                        ROAM_ENDPOINT_SETS_PMTUD | ROAM_ENDPOINT_SETS_ECN | ROAM_ENDPOINT_SETS_MAX_ACK_DELAY |
                        ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT | ROAM_ENDPOINT_SETS_ACK_EVERY,
        .connection_id_len = ID_LEN,
        .endpoint_new = endpoint_new,
        .endpoint_free = endpoint_free,
        .connect = connect_to,
        .receive = receive,
        .route = route,
        .flush = flush,
        .deadline = exchange_deadline,
        .expire = exchange_expire,
        .close = exchange_close,
        .connection_free = connection_free,
        .peer = peer,
        .path = path_of,
        .statistics = statistics,
        .stream_open = stream_open,
        .stream_write = stream_write,
        .stream_read = stream_read,
        .stream_reset = stream_reset,
        .stream_priority = stream_priority,
        .migrate = migration_begin,
        .migrate_abandon = migration_abandon,
    };
    if (abi != ROAM_ENDPOINT_ABI)
        return NULL;
    snprintf(version, sizeof version, "ngtcp2 %s, GnuTLS %s", ngtcp2_version(0)->version_str,
             gnutls_check_version(NULL));
    if (tls_asks_here())
        library.capabilities |= ROAM_ENDPOINT_DETERMINISTIC;
    return &library;
}
