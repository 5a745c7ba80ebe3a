/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tls/tests/handshake.h"

#include "core/hash.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

enum { DATAGRAM_MAX = REFRAME_DATAGRAM_MAX, CONNECTION_ID_BYTES = 16, ROUNDS_MAX = 60 };

static const uint64_t leg_ns = 1000000;

typedef struct end {
    handshake *pair;
    core_tls_role role;
    uint64_t random_state;
    roam_identity *identity;
    core_tls_context *context;
    core_tls_session *session;
    void *foreign; /* in place of session */
    ngtcp2_crypto_conn_ref conn_ref;
    ngtcp2_conn *conn;
    struct sockaddr_in address;
    bool closed;
} end;

struct handshake {
    end ends[2];
    handshake_options options;
    handshake_result result;
    uint64_t now_ns;
    int64_t stream_id;
    size_t stream_sent;
};

static void fill_random(void *user_data, uint8_t *bytes, size_t len)
{
    end *self = user_data;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)core_hash_next(&self->random_state);
}

static void on_rand(uint8_t *bytes, size_t len, const ngtcp2_rand_ctx *ctx)
{
    fill_random(ctx->native_handle, bytes, len);
}

static int on_new_connection_id(ngtcp2_conn *conn, ngtcp2_cid *cid, uint8_t *token, size_t len,
                                void *user_data)
{
    (void)conn;
    cid->datalen = len;
    fill_random(user_data, cid->data, len);
    fill_random(user_data, token, NGTCP2_STATELESS_RESET_TOKENLEN);
    return 0;
}

static int on_path_challenge(ngtcp2_conn *conn, uint8_t *data, void *user_data)
{
    (void)conn;
    fill_random(user_data, data, NGTCP2_PATH_CHALLENGE_DATALEN);
    return 0;
}

static int on_stream_data(ngtcp2_conn *conn, uint32_t flags, int64_t stream_id, uint64_t offset,
                          const uint8_t *data, size_t len, void *user_data, void *stream_data)
{
    end *self = user_data;

    (void)conn, (void)flags, (void)stream_id, (void)offset, (void)data, (void)stream_data;
    self->pair->result.stream_bytes += len;
    return 0;
}

static ngtcp2_conn *get_conn(ngtcp2_crypto_conn_ref *ref)
{
    end *self = ref->user_data;

    return self->conn;
}

static const ngtcp2_callbacks callbacks = {
    .client_initial = ngtcp2_crypto_client_initial_cb,
    .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
    .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
    .encrypt = reframe_encrypt,
    .decrypt = ngtcp2_crypto_decrypt_cb,
    .hp_mask = reframe_hp_mask,
    .recv_stream_data = on_stream_data,
    .recv_retry = ngtcp2_crypto_recv_retry_cb,
    .rand = on_rand,
    .get_new_connection_id = on_new_connection_id,
    .update_key = ngtcp2_crypto_update_key_cb,
    .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
    .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
    .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
    .get_path_challenge_data = on_path_challenge,
};

static core_tls_scope enter(const end *self)
{
    if (self->pair->options.never_entered && self->role == CORE_TLS_CLIENT)
        return (core_tls_scope){NULL};
    return core_tls_enter(self->context);
}

static ngtcp2_path path_of(end *self)
{
    end *peer = &self->pair->ends[1 - self->role];

    return (ngtcp2_path){
        .local = {(ngtcp2_sockaddr *)&self->address, sizeof self->address},
        .remote = {(ngtcp2_sockaddr *)&peer->address, sizeof peer->address},
    };
}

static void settings_of(end *self, ngtcp2_settings *settings, ngtcp2_transport_params *params)
{
    ngtcp2_settings_default(settings);
    settings->initial_ts = self->pair->now_ns;
    settings->rand_ctx.native_handle = self;
    ngtcp2_transport_params_default(params);
    params->initial_max_streams_uni = 1;
    params->initial_max_stream_data_uni = 1 << 20;
    params->initial_max_data = 1 << 20;
}

static int open_session(end *self)
{
    const handshake_options *options = &self->pair->options;
    int status;

    self->conn_ref = (ngtcp2_crypto_conn_ref){get_conn, self};
    if (options->foreign_new != NULL && options->foreign_role == self->role) {
        self->foreign = options->foreign_new(self->role, &self->conn_ref, options->foreign_data);
        assert(self->foreign != NULL);
        ngtcp2_conn_set_tls_native_handle(self->conn, self->foreign);
        return ROAM_OK;
    }
    status = core_tls_session_new(self->context, self->role, &self->conn_ref, &self->session);
    if (status == ROAM_OK)
        ngtcp2_conn_set_tls_native_handle(self->conn, core_tls_session_native(self->session));
    return status;
}

static int open_client(end *self)
{
    ngtcp2_path path = path_of(self);
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_cid dcid = {.datalen = CONNECTION_ID_BYTES}, scid = {.datalen = CONNECTION_ID_BYTES};
    core_tls_scope scope = core_tls_enter(self->context);
    int status = ROAM_ERR_QUIC;

    settings_of(self, &settings, &params);
    fill_random(self, dcid.data, dcid.datalen);
    fill_random(self, scid.data, scid.datalen);
    if (ngtcp2_conn_client_new(&self->conn, &dcid, &scid, &path, NGTCP2_PROTO_VER_V1, &callbacks, &settings,
                               &params, NULL, self) == 0)
        status = open_session(self);
    core_tls_leave(scope);
    return status;
}

static int open_server(end *self, const uint8_t *datagram, size_t len)
{
    ngtcp2_path path = path_of(self);
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_pkt_hd hd;
    ngtcp2_cid scid = {.datalen = CONNECTION_ID_BYTES};

    if (ngtcp2_accept(&hd, datagram, len) != 0)
        return ROAM_ERR_QUIC;
    settings_of(self, &settings, &params);
    params.original_dcid = hd.dcid;
    params.original_dcid_present = 1;
    fill_random(self, scid.data, scid.datalen);
    if (ngtcp2_conn_server_new(&self->conn, &hd.scid, &scid, &path, hd.version, &callbacks, &settings,
                               &params, NULL, self) != 0)
        return ROAM_ERR_QUIC;
    return open_session(self);
}

static void deliver(end *to, const uint8_t *datagram, size_t len);

static void emit(end *from, const uint8_t *datagram, size_t len)
{
    handshake_result *result = &from->pair->result;

    result->digest[from->role] = core_hash_bytes(result->digest[from->role], datagram, len);
    result->datagrams++;
    deliver(&from->pair->ends[1 - from->role], datagram, len);
}

static void close_with(end *self, int error)
{
    ngtcp2_path path = path_of(self);
    ngtcp2_ccerr ccerr;
    uint8_t datagram[DATAGRAM_MAX];
    ngtcp2_ssize len;

    if (self->closed)
        return;
    self->closed = true;
    if (error == NGTCP2_ERR_CRYPTO)
        ngtcp2_ccerr_set_tls_alert(&ccerr, ngtcp2_conn_get_tls_alert(self->conn), NULL, 0);
    else
        ngtcp2_ccerr_set_liberr(&ccerr, error, NULL, 0);
    self->pair->result.error_sent[self->role] = ccerr.error_code;
    len = ngtcp2_conn_write_connection_close(self->conn, &path, NULL, datagram, sizeof datagram, &ccerr,
                                             self->pair->now_ns);
    if (len > 0)
        emit(self, datagram, (size_t)len);
}

static void deliver(end *to, const uint8_t *datagram, size_t len)
{
    ngtcp2_path path = path_of(to);
    core_tls_scope scope = enter(to);
    int rv;

    if (to->conn == NULL && open_server(to, datagram, len) != ROAM_OK)
        to->closed = true;
    if (!to->closed) {
        rv = ngtcp2_conn_read_pkt(to->conn, &path, NULL, datagram, len, to->pair->now_ns);
        if (rv == NGTCP2_ERR_DRAINING) {
            to->closed = true;
            to->pair->result.error_received[to->role] = ngtcp2_conn_get_ccerr(to->conn)->error_code;
        } else if (rv != 0) {
            close_with(to, rv);
        }
    }
    core_tls_leave(scope);
}

/* One datagram, with stream data once the client may send some. 0 when there is nothing to send. */
static ngtcp2_ssize write_datagram(end *self, uint8_t datagram[DATAGRAM_MAX])
{
    static const uint8_t payload[HANDSHAKE_STREAM_BYTES];
    handshake *pair = self->pair;
    ngtcp2_path path = path_of(self);
    bool stream =
        self->role == CORE_TLS_CLIENT && pair->stream_id >= 0 && pair->stream_sent < HANDSHAKE_STREAM_BYTES;
    reframe other = {.change = pair->options.frames[self->role], .user_data = pair->options.frames_data};
    ngtcp2_ssize taken = 0, len;

    if (other.change != NULL)
        reframe_begin(&other);
    len = ngtcp2_conn_write_stream(self->conn, &path, NULL, datagram, DATAGRAM_MAX, &taken,
                                   NGTCP2_WRITE_STREAM_FLAG_NONE, stream ? pair->stream_id : -1,
                                   payload + pair->stream_sent,
                                   stream ? HANDSHAKE_STREAM_BYTES - pair->stream_sent : 0, pair->now_ns);
    reframe_end();
    if (stream && taken > 0)
        pair->stream_sent += (size_t)taken;
    if (len > 0 && other.change != NULL) {
        memcpy(datagram, other.datagram, other.len);
        len = (ngtcp2_ssize)other.len;
    }
    return len;
}

static void flush(end *self)
{
    uint8_t datagram[DATAGRAM_MAX];

    while (self->conn != NULL && !self->closed) {
        core_tls_scope scope = enter(self);
        ngtcp2_ssize len = write_datagram(self, datagram);

        if (len < 0)
            close_with(self, (int)len);
        core_tls_leave(scope);
        if (len <= 0)
            return;
        emit(self, datagram, (size_t)len);
    }
}

static void step(handshake *pair)
{
    for (int role = 0; role < 2; role++) {
        end *self = &pair->ends[role];
        core_tls_scope scope;

        pair->now_ns += leg_ns;
        if (self->conn != NULL && !self->closed && ngtcp2_conn_get_expiry(self->conn) <= pair->now_ns) {
            int rv;

            scope = enter(self);
            rv = ngtcp2_conn_handle_expiry(self->conn, pair->now_ns);
            if (rv != 0)
                close_with(self, rv);
            core_tls_leave(scope);
        }
        flush(self);
    }
}

static void note(handshake *pair)
{
    for (int role = 0; role < 2; role++) {
        end *self = &pair->ends[role];

        if (self->conn != NULL) {
            pair->result.completed[role] = ngtcp2_conn_get_handshake_completed(self->conn) != 0;
            pair->result.open[role] = pair->result.completed[role] && !self->closed;
        }
        pair->result.peer[role] = self->session == NULL ? NULL : core_tls_session_peer(self->session);
    }
}

static bool decided(const handshake *pair)
{
    const end *client = &pair->ends[CORE_TLS_CLIENT], *server = &pair->ends[CORE_TLS_SERVER];

    return client->closed || server->closed ||
           (server->conn != NULL && ngtcp2_conn_get_handshake_completed(client->conn) &&
            ngtcp2_conn_get_handshake_completed(server->conn));
}

static void exchange(handshake *pair)
{
    end *client = &pair->ends[CORE_TLS_CLIENT];
    bool updated = false;

    for (int round = 0; round < ROUNDS_MAX; round++) {
        step(pair);
        if (pair->options.brief && decided(pair))
            break;
        if (!pair->options.brief && pair->stream_id < 0 &&
            ngtcp2_conn_get_handshake_completed(client->conn) &&
            ngtcp2_conn_open_uni_stream(client->conn, &pair->stream_id, NULL) != 0)
            pair->stream_id = -1;
        if (!updated && pair->result.stream_bytes > 0) {
            core_tls_scope scope = enter(client);

            updated = ngtcp2_conn_initiate_key_update(client->conn, pair->now_ns) == 0;
            pair->stream_sent = updated ? 0 : pair->stream_sent;
            core_tls_leave(scope);
        }
    }
    note(pair);
}

static int open_end(end *self, const handshake_options *options)
{
    static const char *const names[] = {"client", "server"};
    const char *alpn[] = {options->client_alpn, options->server_alpn};
    const char *name = self->role == CORE_TLS_CLIENT && options->client_name != NULL ? options->client_name
                                                                                     : names[self->role];
    uint8_t seed[ROAM_KEY_BYTES] = {(uint8_t)(self->role + 1)};
    core_tls_options tls = {
        .random = {fill_random, self},
        .alpn = alpn[self->role] != NULL ? alpn[self->role] : ROAM_ALPN,
        .keylog = options->keylog,
        .user_data = options->keylog_data[self->role],
        .shared = options->shared,
    };
    int status = roam_identity_new(name, seed, &self->identity);

    self->random_state = options->seed * 2 + (uint64_t)self->role;
    self->address.sin_family = AF_INET;
    self->address.sin_port = htons((uint16_t)(4433 + self->role));
    tls.identity = self->identity;
    return status != ROAM_OK ? status : core_tls_context_new(&tls, &self->context);
}

handshake *handshake_run(const handshake_options *options, int *status)
{
    handshake *pair = calloc(1, sizeof *pair);

    assert(pair != NULL);
    pair->options = *options;
    pair->now_ns = 1000 * leg_ns;
    pair->stream_id = -1;
    for (int role = 0; role < 2; role++) {
        pair->ends[role].pair = pair;
        pair->ends[role].role = (core_tls_role)role;
        pair->result.digest[role] = CORE_HASH_START;
        *status = open_end(&pair->ends[role], options);
        if (*status != ROAM_OK) {
            handshake_free(pair);
            return NULL;
        }
    }
    *status = open_client(&pair->ends[CORE_TLS_CLIENT]);
    if (*status != ROAM_OK) {
        handshake_free(pair);
        return NULL;
    }
    exchange(pair);
    return pair;
}

const handshake_result *handshake_get(const handshake *pair)
{
    return &pair->result;
}

void handshake_free(handshake *pair)
{
    if (pair == NULL)
        return;
    for (int role = 0; role < 2; role++) {
        ngtcp2_conn_del(pair->ends[role].conn);
        core_tls_session_free(pair->ends[role].session);
        if (pair->ends[role].foreign != NULL)
            pair->options.foreign_free(pair->ends[role].foreign);
        core_tls_context_free(pair->ends[role].context);
        roam_identity_free(pair->ends[role].identity);
    }
    free(pair);
}
