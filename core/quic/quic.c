/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/tls/protection.h"

#define NS_PER_MS UINT64_C(1000000)
#define RESET_SECRET_BYTES 32

/* ---- Callbacks of ngtcp2 ---- */

static ngtcp2_conn *conn_of_ref(ngtcp2_crypto_conn_ref *ref)
{
    quic_ngtcp2 *const quic = ref->user_data;
    return quic->conn;
}

static void on_rand(uint8_t *dest, size_t len, const ngtcp2_rand_ctx *context)
{
    const core_random *const random = context->native_handle;
    random->fill(random->user_data, dest, len);
}

static int on_challenge_data(ngtcp2_conn *conn, uint8_t *data, void *user_data)
{
    (void)conn;
    quic_ngtcp2 *const quic = user_data;
    quic->random->fill(quic->random->user_data, data, NGTCP2_PATH_CHALLENGE_DATALEN);
    quic->challenge_drawn = true;
    return 0;
}

static void id_from_ngtcp2(const ngtcp2_cid *cid, core_connection_id *out)
{
    *out = (core_connection_id){.len = (uint8_t)cid->datalen};
    memcpy(out->bytes, cid->data, cid->datalen);
}

static void random_id(const core_random *random, ngtcp2_cid *cid, size_t len)
{
    cid->datalen = len;
    random->fill(random->user_data, cid->data, len);
}

int quic_new_id(const quic_ngtcp2 *quic, ngtcp2_cid *id, uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN])
{
    random_id(quic->random, id, CORE_CONNECTION_ID_LEN);
    quic_server_id_put(&quic->server_id, id);
    return ngtcp2_crypto_generate_stateless_reset_token(token, quic->reset_secret, RESET_SECRET_BYTES, id)
               ? ROAM_ERR_TLS
               : 0;
}

static int on_new_id(ngtcp2_conn *conn, ngtcp2_cid *cid, uint8_t *token, size_t len, void *user_data)
{
    (void)conn;
    quic_ngtcp2 *const quic = user_data;
    core_connection_id id;
    assert(len == CORE_CONNECTION_ID_LEN);
    if (quic_new_id(quic, cid, token))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    id_from_ngtcp2(cid, &id);
    return quic->base.handlers->connection_id_added(quic->base.owner, &id) ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_remove_id(ngtcp2_conn *conn, const ngtcp2_cid *cid, void *user_data)
{
    (void)conn;
    quic_ngtcp2 *const quic = user_data;
    core_connection_id id;
    id_from_ngtcp2(cid, &id);
    quic->base.handlers->connection_id_removed(quic->base.owner, &id);
    return 0;
}

static int on_handshake_confirmed(ngtcp2_conn *conn, void *user_data)
{
    (void)conn;
    quic_ngtcp2 *const quic = user_data;
    quic->base.confirmed = true;
    quic_rotations_begin(quic);
    quic->reject = quic->base.handlers->handshake_confirmed(quic->base.owner);
    return quic->reject.is_set ? NGTCP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_handshake_completed(ngtcp2_conn *conn, void *user_data)
{
    quic_ngtcp2 *const quic = user_data;
    quic->base.handlers->handshake_completed(quic->base.owner);
    /* For a server both are one (RFC 9001 section 4.1.2), and ngtcp2 has one callback for the two. */
    return ngtcp2_conn_is_server(conn) ? on_handshake_confirmed(conn, user_data) : 0;
}

/* RFC 9000 section 9.3: a server that has validated a new address of its client sends a token for it. Without
 * one the next connection alone has less, so that no failure ends this one. */
static void give_token(quic_ngtcp2 *quic, const roam_addr *remote)
{
    const core_quic_options options = {
        .random = quic->random, .token_secret = quic->token_secret, .remote = *remote};
    core_token token;
    if (quic_token_new(&options, quic->base.now_ns, &token) == 0)
        (void)ngtcp2_conn_submit_new_token(quic->conn, token.bytes, token.len);
}

static int on_new_token(ngtcp2_conn *conn, const uint8_t *bytes, size_t len, void *user_data)
{
    (void)conn;
    quic_ngtcp2 *const quic = user_data;
    core_token token = {.len = (uint8_t)len};
    if (len > sizeof token.bytes)
        return 0; /* none of ours */
    memcpy(token.bytes, bytes, len);
    quic->base.handlers->token_received(quic->base.owner, &token);
    return 0;
}

static bool is_same_host(const roam_addr *a, const roam_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static int on_path_validation(ngtcp2_conn *conn, uint32_t flags, const ngtcp2_path *path,
                              const ngtcp2_path *old_path, ngtcp2_path_validation_result result,
                              void *user_data)
{
    quic_ngtcp2 *const quic = user_data;
    core_validation validation = CORE_VALIDATION_ABORTED;
    if (result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS)
        validation = CORE_VALIDATED;
    else if (result == NGTCP2_PATH_VALIDATION_RESULT_FAILURE)
        validation = CORE_VALIDATION_FAILED;
    roam_addr local, remote;
    quic_addr_from_ngtcp2(&path->local, &local);
    quic_addr_from_ngtcp2(&path->remote, &remote);
    quic_trace_validation(quic, path, validation);
    if (validation == CORE_VALIDATED && ngtcp2_conn_is_server(conn)) {
        /* ngtcp2 compares it with the path to fall back on, which a move to a preferred address has not. */
        const bool moved = !old_path && !is_same_host(&remote, &quic->proved);
        if (moved || flags & NGTCP2_PATH_VALIDATION_FLAG_NEW_TOKEN)
            give_token(quic, &remote);
        quic->proved = remote;
    }
    quic->base.handlers->validation(quic->base.owner, &local, &remote, validation);
    return 0;
}

static int on_stateless_reset(ngtcp2_conn *conn, const ngtcp2_pkt_stateless_reset *reset, void *user_data)
{
    (void)conn;
    (void)reset;
    quic_ngtcp2 *const quic = user_data;
    quic->base.end = (core_quic_end){.kind = CORE_QUIC_RESET};
    return 0;
}

/* ---- Creation ---- */

static void fill_callbacks(ngtcp2_callbacks *callbacks)
{
    *callbacks = (ngtcp2_callbacks){
        .client_initial = ngtcp2_crypto_client_initial_cb,
        .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
        .recv_crypto_data = quic_crypto_data,
        .handshake_completed = on_handshake_completed,
        .handshake_confirmed = on_handshake_confirmed,
        .encrypt = core_tls_encrypt,
        .decrypt = core_tls_decrypt,
        .hp_mask = core_tls_header_mask,
        .recv_stateless_reset = on_stateless_reset,
        .recv_new_token = on_new_token,
        .recv_retry = ngtcp2_crypto_recv_retry_cb,
        .rand = on_rand,
        .get_new_connection_id = on_new_id,
        .remove_connection_id = on_remove_id,
        .update_key = ngtcp2_crypto_update_key_cb,
        .path_validation = on_path_validation,
        .select_preferred_addr = quic_preferred_select,
        .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
        .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
        .get_path_challenge_data = on_challenge_data,
        .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
    };
    quic_stream_callbacks(callbacks);
}

static void fill_settings(const core_quic_options *options, uint64_t now_ns, ngtcp2_settings *settings)
{
    const roam_node_options *const node = options->node;
    ngtcp2_settings_default(settings);
    settings->initial_ts = now_ns;
    settings->initial_rtt = node->initial_rtt_ns;
    settings->handshake_timeout = node->handshake_timeout_ns;
    settings->max_window = node->max_window;
    settings->max_stream_window = node->max_window;
    settings->max_tx_udp_payload_size = CORE_UDP_PAYLOAD_MAX;
    settings->rand_ctx.native_handle = (void *)(uintptr_t)options->random;
    settings->qlog_write = node->callbacks.qlog ? quic_trace_record : NULL;
}

static void fill_transport_params(const core_quic_options *options, core_tls_role role,
                                  ngtcp2_transport_params *params)
{
    const roam_node_options *const node = options->node;
    const bool control_comes = role == CORE_TLS_SERVER && node->protocol == ROAM_PROTOCOL_DIST;
    ngtcp2_transport_params_default(params);
    params->initial_max_streams_bidi = node->max_user_streams + (control_comes ? UINT64_C(1) : 0);
    params->initial_max_streams_uni = CORE_UNI_STREAMS_MAX;
    params->initial_max_stream_data_bidi_local = node->initial_stream_window;
    params->initial_max_stream_data_bidi_remote = node->initial_stream_window;
    params->initial_max_stream_data_uni = node->initial_stream_window;
    params->initial_max_data = node->initial_connection_window;
    params->max_idle_timeout = node->idle_timeout_ns;
    params->active_connection_id_limit = node->active_connection_id_limit;
    params->disable_active_migration = node->disable_active_migration;
}

/* len 0: none. At the accepting end the address is validated with it (RFC 9000 section 8.1). */
static void set_token(ngtcp2_settings *settings, const uint8_t *token, size_t len, ngtcp2_token_type type)
{
    settings->token = len > 0 ? token : NULL;
    settings->tokenlen = len;
    settings->token_type = type;
}

static const core_quic_methods quic_methods;

static void quic_free(core_quic *base)
{
    quic_ngtcp2 *const quic = quic_of(base);
    ngtcp2_conn_del(quic->conn); /* NULL is fine; writes the end of the qlog */
    quic_trace_free(quic);
    core_tls_session_free(quic->tls);
    while (base->newest)
        core_quic_stream_free(base, base->newest);
    free(quic->close_packet);
    free(quic);
}

static quic_ngtcp2 *quic_new(const core_quic_options *options)
{
    quic_ngtcp2 *const quic = calloc(1, sizeof *quic);
    if (!quic)
        return NULL;
    quic->base.handlers = options->handlers;
    quic->base.owner = options->owner;
    quic->base.methods = &quic_methods;
    quic->base.counts_challenges = true;
    quic->random = options->random;
    quic->reads_later = options->reads_later;
    quic->reset_secret = options->reset_secret;
    quic->token_secret = options->token_secret;
    quic->proved = options->remote;
    quic->conn_ref = (ngtcp2_crypto_conn_ref){.get_conn = conn_of_ref, .user_data = quic};
    if (quic_trace_new(quic, options))
        return quic;
    free(quic);
    return NULL;
}

/* Makes the TLS session and gives the owner the connection IDs, or cleans up. original: the one that the
 * client made up for its first packets, at the accepting end; NULL at the dialling one. */
static int finish_new(quic_ngtcp2 *quic, const core_quic_options *options, int ngtcp2_error,
                      const ngtcp2_cid *original, core_quic **out)
{
    const core_tls_role role = original ? CORE_TLS_SERVER : CORE_TLS_CLIENT;
    quic->base.dialled = !original;
    int rv = ngtcp2_error == 0 ? 0 : ngtcp2_error == NGTCP2_ERR_NOMEM ? ROAM_ERR_NO_MEMORY : ROAM_ERR_QUIC;
    if (rv) {
        quic->conn = NULL; /* ngtcp2 has freed it, and left the pointer */
        goto fail;
    }
    rv = core_tls_session_new(options->tls, role, &quic->conn_ref, &quic->tls);
    if (rv)
        goto fail;
    quic_options_begin(quic, &options->node->quic);
    ngtcp2_conn_set_tls_native_handle(quic->conn, core_tls_session_native(quic->tls));
    if (options->node->protocol == ROAM_PROTOCOL_RAW) /* the dist protocol ticks by itself */
        ngtcp2_conn_set_keep_alive_timeout(quic->conn, options->node->keep_alive_ns);
    ngtcp2_cid ids[3]; /* with that of a preferred address */
    assert(ngtcp2_conn_get_scid(quic->conn, NULL) <= 2);
    size_t count = ngtcp2_conn_get_scid(quic->conn, ids);
    if (original)
        ids[count++] = *original;
    for (size_t i = 0; i < count; i++) {
        core_connection_id id;
        id_from_ngtcp2(&ids[i], &id);
        rv = ROAM_ERR_NO_MEMORY;
        if (!quic->base.handlers->connection_id_added(quic->base.owner, &id))
            goto fail;
    }
    *out = &quic->base;
    return 0;
fail:
    quic_free(&quic->base);
    return rv;
}

int core_quic_dial(const core_quic_options *options, uint64_t now_ns, core_quic **out)
{
    quic_ngtcp2 *const quic = quic_new(options);
    if (!quic)
        return ROAM_ERR_NO_MEMORY;
    ngtcp2_callbacks callbacks;
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_cid source, destination;
    quic_path path;
    fill_callbacks(&callbacks);
    fill_settings(options, now_ns, &settings);
    fill_transport_params(options, CORE_TLS_CLIENT, &params);
    quic_options_apply(&options->node->quic, &settings, &params);
    set_token(&settings, options->token.bytes, options->token.len, NGTCP2_TOKEN_TYPE_NEW_TOKEN);
    quic_path_init(&path, &options->local, &options->remote);
    random_id(options->random, &source, CORE_CONNECTION_ID_LEN);
    random_id(options->random, &destination, NGTCP2_MIN_INITIAL_DCIDLEN);
    const int rv = ngtcp2_conn_client_new(&quic->conn, &destination, &source, &path.path, NGTCP2_PROTO_VER_V1,
                                          &callbacks, &settings, &params, NULL, quic);
    return finish_new(quic, options, rv, NULL, out);
}

int core_quic_accept(const core_quic_options *options, const uint8_t *data, size_t len, uint64_t now_ns,
                     core_quic **out)
{
    ngtcp2_pkt_hd header;
    if (ngtcp2_accept(&header, data, len))
        return ROAM_ERR_QUIC;
    ngtcp2_cid original = header.dcid;
    const ngtcp2_token_type token = quic_token_read(options, &header, now_ns, &original);
    if (options->require_token && token == NGTCP2_TOKEN_TYPE_UNKNOWN)
        return ROAM_ERR_WOULD_BLOCK;
    quic_ngtcp2 *const quic = quic_new(options);
    if (!quic)
        return ROAM_ERR_NO_MEMORY;
    ngtcp2_callbacks callbacks;
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_cid source;
    quic_path path;
    fill_callbacks(&callbacks);
    fill_settings(options, now_ns, &settings);
    fill_transport_params(options, CORE_TLS_SERVER, &params);
    quic_options_apply(&options->node->quic, &settings, &params);
    quic_path_init(&path, &options->local, &options->remote);
    quic->server_id = options->node->quic.server_id;
    const int status = quic_new_id(quic, &source, params.stateless_reset_token);
    if (token != NGTCP2_TOKEN_TYPE_UNKNOWN)
        set_token(&settings, header.token, header.tokenlen, token);
    params.retry_scid = header.dcid;
    params.retry_scid_present = token == NGTCP2_TOKEN_TYPE_RETRY;
    params.original_dcid = original;
    params.original_dcid_present = 1;
    params.stateless_reset_token_present = 1;
    if (status || quic_preferred_fill(quic, options, &params)) {
        quic_free(&quic->base);
        return ROAM_ERR_TLS;
    }
    const int rv = ngtcp2_conn_server_new(&quic->conn, &header.scid, &source, &path.path, header.version,
                                          &callbacks, &settings, &params, NULL, quic);
    return finish_new(quic, options, rv, &header.dcid, out);
}

/* ---- Headers ---- */

static void copy_id(core_connection_id *id, const uint8_t *bytes, size_t len)
{
    *id = (core_connection_id){.len = (uint8_t)len};
    memcpy(id->bytes, bytes, len);
}

bool core_quic_header_read(const uint8_t *data, size_t len, uint8_t id_len, core_quic_header *out)
{
    if (len == 0)
        return false; /* UDP allows it, ngtcp2 asserts */
    ngtcp2_version_cid header;
    const int rv = ngtcp2_pkt_decode_version_cid(&header, data, len, id_len);
    const bool known = rv == 0 || rv == NGTCP2_ERR_VERSION_NEGOTIATION;
    if (!known || header.dcidlen > ROAM_CONNECTION_ID_MAX || header.scidlen > ROAM_CONNECTION_ID_MAX)
        return false;
    *out = (core_quic_header){.long_header = data[0] & 0x80, .version = header.version};
    copy_id(&out->destination, header.dcid, header.dcidlen);
    if (out->long_header)
        copy_id(&out->source, header.scid, header.scidlen);
    return true;
}

bool core_quic_may_begin(const uint8_t *data, size_t len)
{
    ngtcp2_pkt_hd header;
    return len >= NGTCP2_MAX_UDP_PAYLOAD_SIZE && ngtcp2_accept(&header, data, len) == 0;
}

int core_quic_reset_secret(const uint8_t *private_key, size_t len, uint8_t out[RESET_SECRET_BYTES])
{
    static const uint8_t labels[2] = {0, 1};
    for (size_t i = 0; i < sizeof labels; i++) {
        ngtcp2_cid label;
        ngtcp2_cid_init(&label, &labels[i], 1);
        if (ngtcp2_crypto_generate_stateless_reset_token(out + i * NGTCP2_STATELESS_RESET_TOKENLEN,
                                                         private_key, len, &label))
            return ROAM_ERR_TLS;
    }
    return 0;
}

size_t core_quic_stateless_reset(const core_connection_id *id, const uint8_t *reset_secret,
                                 const core_random *random, size_t received_len, uint8_t out[64])
{
    /* Shorter than what it answers, so that two ends cannot keep each other busy (RFC 9000 section 10.3.3).
     */
    enum { SHORTEST = NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN };
    if (received_len <= SHORTEST)
        return 0;
    ngtcp2_cid cid;
    uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN], filler[NGTCP2_MIN_STATELESS_RESET_RANDLEN + 16];
    const size_t spare = received_len - 1 - SHORTEST;
    const size_t filler_len = NGTCP2_MIN_STATELESS_RESET_RANDLEN + (spare < 16 ? spare : 16);
    ngtcp2_cid_init(&cid, id->bytes, id->len);
    if (ngtcp2_crypto_generate_stateless_reset_token(token, reset_secret, RESET_SECRET_BYTES, &cid))
        return 0;
    random->fill(random->user_data, filler, filler_len);
    const ngtcp2_ssize n = ngtcp2_pkt_write_stateless_reset(out, 64, token, filler, filler_len);
    return n > 0 ? (size_t)n : 0;
}

/* ---- Paths ---- */

/* From core/ngtcp2; NULL with ngtcp2 as released, which cannot do it. */
int ngtcp2_conn_abort_path_validation(ngtcp2_conn *conn, ngtcp2_tstamp ts) __attribute__((weak));
void ngtcp2_conn_probe_path(ngtcp2_conn *conn, ngtcp2_tstamp ts) __attribute__((weak));
void ngtcp2_conn_ping(ngtcp2_conn *conn) __attribute__((weak));

static int migration_status(quic_ngtcp2 *quic, const roam_addr *local, int ngtcp2_error)
{
    quic->id_wanted = ngtcp2_error == NGTCP2_ERR_CONN_ID_BLOCKED;
    if (ngtcp2_error == 0)
        quic_trace_migration(quic, local);
    switch (ngtcp2_error) {
    case 0:
        return 0;
    case NGTCP2_ERR_CONN_ID_BLOCKED:
        return ROAM_ERR_WOULD_BLOCK;
    default:
        return ROAM_ERR_QUIC;
    }
}

static int quic_probe(core_quic *base, const roam_addr *local, const roam_addr *remote, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    quic_path path;
    quic_path_init(&path, local, remote);
    quic->base.now_ns = now_ns;
    return migration_status(quic, local, ngtcp2_conn_initiate_migration(quic->conn, &path.path, now_ns));
}

static int quic_follow(core_quic *base, const roam_addr *local, const roam_addr *remote, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    quic_path path;
    quic_path_init(&path, local, remote);
    quic->base.now_ns = now_ns;
    return migration_status(quic, local,
                            ngtcp2_conn_initiate_immediate_migration(quic->conn, &path.path, now_ns));
}

static void quic_abandon(core_quic *base, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    quic->base.now_ns = now_ns;
    if (quic->base.end.kind != CORE_QUIC_OPEN || !ngtcp2_conn_abort_path_validation)
        return;
    const int rv = ngtcp2_conn_abort_path_validation(quic->conn, now_ns);
    if (rv)
        quic_fail(quic, rv);
}

static void quic_revive(core_quic *base, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    quic->base.now_ns = now_ns;
    if (quic->base.end.kind == CORE_QUIC_OPEN && ngtcp2_conn_probe_path)
        ngtcp2_conn_probe_path(quic->conn, now_ns);
}

static void quic_ping(core_quic *base)
{
    quic_ngtcp2 *const quic = quic_of(base);
    if (quic->base.end.kind == CORE_QUIC_OPEN && ngtcp2_conn_ping)
        ngtcp2_conn_ping(quic->conn);
}

static bool quic_peer_disables_migration(const core_quic *base)
{
    const quic_ngtcp2 *const quic = quic_of_const(base);
    const ngtcp2_transport_params *const params = ngtcp2_conn_get_remote_transport_params(quic->conn);
    return params && params->disable_active_migration && !quic_preferred_in_use(quic);
}

static void path_in_use(const core_quic *base, roam_addr *local, roam_addr *remote)
{
    const quic_ngtcp2 *const quic = quic_of_const(base);
    const ngtcp2_path *const path = ngtcp2_conn_get_path(quic->conn);
    quic_addr_from_ngtcp2(&path->local, local);
    quic_addr_from_ngtcp2(&path->remote, remote);
}

static void quic_path_stats(const core_quic *base, roam_path_stats *stats)
{
    const quic_ngtcp2 *const quic = quic_of_const(base);
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info(quic->conn, &info);
    path_in_use(base, &stats->local, &stats->remote);
    stats->srtt_ns = info.smoothed_rtt;
    stats->rttvar_ns = info.rttvar;
    stats->latest_rtt_ns = info.latest_rtt;
    stats->min_rtt_ns = info.min_rtt;
    stats->pto_ns = ngtcp2_conn_get_pto(quic->conn);
    stats->cwnd = info.cwnd;
    stats->bytes_in_flight = info.bytes_in_flight;
}

static core_connection_id quic_destination(const core_quic *base)
{
    const quic_ngtcp2 *const quic = quic_of_const(base);
    core_connection_id id;
    id_from_ngtcp2(ngtcp2_conn_get_dcid(quic->conn), &id);
    return id;
}

static const core_certificate *quic_peer(const core_quic *base)
{
    const quic_ngtcp2 *const quic = quic_of_const(base);
    return core_tls_session_peer(quic->tls);
}

static const core_quic_methods quic_methods = {
    .free = quic_free,
    .read = quic_read,
    .expire = quic_expire,
    .expiry = quic_expiry,
    .write = quic_write,
    .close = quic_close,
    .close_again = quic_close_again,
    .probe = quic_probe,
    .follow = quic_follow,
    .abandon = quic_abandon,
    .revive = quic_revive,
    .ping = quic_ping,
    .too_large = quic_too_large,
    .peer_disables_migration = quic_peer_disables_migration,
    .path = path_in_use,
    .path_stats = quic_path_stats,
    .destination = quic_destination,
    .peer = quic_peer,
    .stream_open = quic_stream_open,
    .stream_append = quic_stream_append,
    .stream_finish = quic_stream_finish,
    .stream_reset = quic_stream_reset,
};
