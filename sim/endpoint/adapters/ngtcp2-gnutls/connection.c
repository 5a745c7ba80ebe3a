/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <stdlib.h>
#include <string.h>

void connection_event(roam_endpoint_connection *c, roam_endpoint_event event)
{
    if (!c->closed)
        c->endpoint->calls->event(c->endpoint->host, c, &event);
}

/* ---- Callbacks of ngtcp2 ---- */

static int on_handshake_completed(ngtcp2_conn *conn, void *user_data)
{
    roam_endpoint_connection *const c = user_data;
    c->no_protocol = !tls_protocol_chosen(c);
    if (c->no_protocol)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    connection_event(c, (roam_endpoint_event){.kind = ROAM_ENDPOINT_ESTABLISHED, .stream = -1});
    if (!ngtcp2_conn_is_server(conn))
        return 0;
    /* RFC 9001 section 4.1.2: confirmed too. ngtcp2 says so to clients alone. */
    connection_event(c, (roam_endpoint_event){.kind = ROAM_ENDPOINT_CONFIRMED, .stream = -1});
    return token_give(c, &ngtcp2_conn_get_path(conn)->remote);
}

static int on_handshake_confirmed(ngtcp2_conn *conn, void *user_data)
{
    (void)conn;
    connection_event(user_data, (roam_endpoint_event){.kind = ROAM_ENDPOINT_CONFIRMED, .stream = -1});
    return 0;
}

static int on_stateless_reset(ngtcp2_conn *conn, const ngtcp2_pkt_stateless_reset *reset, void *user_data)
{
    (void)conn, (void)reset;
    ((roam_endpoint_connection *)user_data)->reset_came = true;
    return 0;
}

static void draw(const roam_endpoint *endpoint, uint8_t *bytes, size_t len)
{
    endpoint->calls->random(endpoint->host, bytes, len);
}

static void on_rand(uint8_t *bytes, size_t len, const ngtcp2_rand_ctx *context)
{
    draw(context->native_handle, bytes, len);
}

static int on_challenge_data(ngtcp2_conn *conn, uint8_t *data, void *user_data)
{
    (void)conn;
    roam_endpoint_connection *const c = user_data;
    draw(c->endpoint, data, NGTCP2_PATH_CHALLENGE_DATALEN);
    c->challenge_drawn = true;
    return 0;
}

static int on_new_id(ngtcp2_conn *conn, ngtcp2_cid *id, uint8_t *token, size_t len, void *user_data)
{
    (void)conn;
    roam_endpoint_connection *const c = user_data;
    roam_endpoint *const endpoint = c->endpoint;
    id->datalen = len;
    draw(endpoint, id->data, len);
    if (ngtcp2_crypto_generate_stateless_reset_token(token, endpoint->reset_secret,
                                                     sizeof endpoint->reset_secret, id) ||
        ids_add(endpoint, id, c))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    return 0;
}

static int on_remove_id(ngtcp2_conn *conn, const ngtcp2_cid *id, void *user_data)
{
    roam_endpoint_connection *const c = user_data;
    ngtcp2_cid *const oldest = &c->retired_ids[c->retired_id_count++ % RETIRED_IDS_MAX];
    (void)conn;
    ids_remove(c->endpoint, oldest);
    *oldest = *id;
    return 0;
}

/* ngtcp2 does not say how many packets it took, nor here for which connection: one receives at a time. */
static uint64_t packets_opened;

uint64_t connection_packets_opened(void)
{
    return packets_opened;
}

static int on_decrypt(uint8_t *to, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *context,
                      const uint8_t *bytes, size_t len, const uint8_t *nonce, size_t nonce_len,
                      const uint8_t *aad, size_t aad_len)
{
    const int rv = ngtcp2_crypto_decrypt_cb(to, aead, context, bytes, len, nonce, nonce_len, aad, aad_len);
    packets_opened += rv == 0;
    return rv;
}

static void on_qlog(void *user_data, uint32_t flags, const void *data, size_t len)
{
    roam_endpoint_connection *const c = user_data;
    const roam_endpoint *const endpoint = c->endpoint;
    if (c->announced)
        endpoint->calls->qlog(endpoint->host, c, data, len, flags & NGTCP2_QLOG_WRITE_FLAG_FIN);
    else
        (void)chunks_add(&c->qlog, data, len); /* without memory the trace has a gap */
}

void connection_announced(roam_endpoint_connection *c)
{
    ngtcp2_vec piece;
    c->announced = true;
    while (chunks_from(&c->qlog, c->qlog.first, &piece, 1) > 0) {
        c->endpoint->calls->qlog(c->endpoint->host, c, piece.base, piece.len, false);
        chunks_drop(&c->qlog, c->qlog.first + piece.len);
    }
}

/* ---- Creation ---- */

static void fill_callbacks(ngtcp2_callbacks *callbacks)
{
    *callbacks = (ngtcp2_callbacks){
        .client_initial = ngtcp2_crypto_client_initial_cb,
        .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
        .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
        .handshake_completed = on_handshake_completed,
        .handshake_confirmed = on_handshake_confirmed,
        .encrypt = ngtcp2_crypto_encrypt_cb,
        .decrypt = on_decrypt,
        .hp_mask = ngtcp2_crypto_hp_mask_cb,
        .recv_stateless_reset = on_stateless_reset,
        .recv_retry = ngtcp2_crypto_recv_retry_cb,
        .recv_new_token = token_on_new,
        .rand = on_rand,
        .get_new_connection_id = on_new_id,
        .remove_connection_id = on_remove_id,
        .update_key = ngtcp2_crypto_update_key_cb,
        .path_validation = migration_on_validation,
        .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
        .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
        .get_path_challenge_data = on_challenge_data,
        .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
    };
    stream_callbacks(callbacks);
}

static void fill_settings(roam_endpoint *endpoint, ngtcp2_settings *settings)
{
    const roam_endpoint_options *const asked = &endpoint->asked;
    ngtcp2_settings_default(settings);
    settings->initial_ts = endpoint->calls->now(endpoint->host);
    if (asked->initial_rtt_ns > 0)
        settings->initial_rtt = asked->initial_rtt_ns;
    if (asked->handshake_timeout_ns > 0)
        settings->handshake_timeout = asked->handshake_timeout_ns;
    settings->max_window = asked->max_window;
    settings->max_stream_window = asked->max_window;
    if (asked->max_datagram < settings->max_tx_udp_payload_size)
        settings->max_tx_udp_payload_size = asked->max_datagram;
    settings->cc_algo = endpoint->options.congestion;
    settings->no_pmtud = !endpoint->options.pmtud;
    settings->ack_thresh = endpoint->options.ack_threshold;
    settings->rand_ctx.native_handle = endpoint;
    settings->qlog.write = endpoint->calls->qlog ? on_qlog : NULL;
}

static void fill_parameters(const roam_endpoint *endpoint, ngtcp2_transport_params *parameters)
{
    const roam_endpoint_options *const asked = &endpoint->asked;
    const adapter_options *const options = &endpoint->options;
    ngtcp2_transport_params_default(parameters);
    parameters->initial_max_stream_data_bidi_local = asked->stream_window;
    parameters->initial_max_stream_data_bidi_remote = asked->stream_window;
    parameters->initial_max_stream_data_uni = asked->stream_window;
    parameters->initial_max_data = asked->connection_window;
    parameters->initial_max_streams_bidi = asked->max_streams_bidirectional;
    parameters->initial_max_streams_uni = asked->max_streams_unidirectional;
    parameters->max_idle_timeout = asked->idle_timeout_ns;
    parameters->active_connection_id_limit = asked->active_connection_id_limit;
    parameters->disable_active_migration = asked->disable_active_migration;
    parameters->max_ack_delay = options->max_ack_delay_ns;
    parameters->ack_delay_exponent = options->ack_delay_exponent;
}

static int make_client(roam_endpoint_connection *c, const ngtcp2_path *path,
                       const ngtcp2_callbacks *callbacks, ngtcp2_settings *settings,
                       const ngtcp2_transport_params *parameters)
{
    ngtcp2_cid source = {.datalen = ID_LEN}, destination = {.datalen = NGTCP2_MIN_INITIAL_DCIDLEN};
    draw(c->endpoint, source.data, source.datalen);
    draw(c->endpoint, destination.data, destination.datalen);
    if (ids_add(c->endpoint, &source, c))
        return NGTCP2_ERR_NOMEM;
    settings->token.base = c->endpoint->token;
    settings->token.len = token_take(c->endpoint, &c->reported.remote);
    return ngtcp2_conn_client_new(&c->conn, &destination, &source, path, NGTCP2_PROTO_VER_V1, callbacks,
                                  settings, parameters, NULL, c);
}

static int make_server(roam_endpoint_connection *c, const ngtcp2_path *path,
                       const ngtcp2_callbacks *callbacks, ngtcp2_settings *settings,
                       ngtcp2_transport_params *parameters, const ngtcp2_pkt_hd *header)
{
    roam_endpoint *const endpoint = c->endpoint;
    ngtcp2_cid source = {.datalen = ID_LEN};
    draw(endpoint, source.data, source.datalen);
    settings->qlog.odcid = header->dcid;
    if (token_proves(endpoint, &header->token, &path->remote))
        settings->token = header->token;
    parameters->original_dcid = header->dcid;
    parameters->stateless_reset_token_present = 1;
    if (ngtcp2_crypto_generate_stateless_reset_token(parameters->stateless_reset_token,
                                                     endpoint->reset_secret, sizeof endpoint->reset_secret,
                                                     &source))
        return NGTCP2_ERR_INTERNAL;
    if (ids_add(endpoint, &source, c) || ids_add(endpoint, &header->dcid, c))
        return NGTCP2_ERR_NOMEM;
    return ngtcp2_conn_server_new(&c->conn, &header->scid, &source, path, header->version, callbacks,
                                  settings, parameters, NULL, c);
}

int connection_new(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                   const ngtcp2_pkt_hd *header, roam_endpoint_connection **out)
{
    roam_endpoint_connection *const c = calloc(1, sizeof *c);
    if (!c)
        return ROAM_ENDPOINT_NO_MEMORY;
    ngtcp2_callbacks callbacks;
    ngtcp2_settings settings;
    ngtcp2_transport_params parameters;
    quic_path address;
    c->endpoint = endpoint;
    c->next = endpoint->connections;
    endpoint->connections = c;
    c->reported = *path;
    fill_callbacks(&callbacks);
    fill_settings(endpoint, &settings);
    fill_parameters(endpoint, &parameters);
    quic_path_init(&address, path);
    const int made = header ? make_server(c, &address.path, &callbacks, &settings, &parameters, header)
                            : make_client(c, &address.path, &callbacks, &settings, &parameters);
    int rv = made == NGTCP2_ERR_NOMEM ? ROAM_ENDPOINT_NO_MEMORY : ROAM_ENDPOINT_FAILED;
    if (!made)
        rv = tls_session_new(c, header != NULL, server_name);
    else
        adapter_log(endpoint, NULL, "ngtcp2 makes no connection: %s", ngtcp2_strerror(made));
    if (rv) {
        connection_free(c);
        return rv;
    }
    *out = c;
    return 0;
}

void connection_free(roam_endpoint_connection *c)
{
    roam_endpoint_connection **at = &c->endpoint->connections;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    ids_remove_all(c->endpoint, c);
    ngtcp2_conn_del(c->conn); /* NULL is fine; writes the end of the qlog */
    if (c->tls)
        gnutls_deinit(c->tls);
    streams_free(c);
    chunks_clear(&c->qlog);
    free(c);
}
