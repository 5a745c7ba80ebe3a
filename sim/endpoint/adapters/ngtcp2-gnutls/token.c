/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens of NEW_TOKEN, which ngtcp2 leaves to the application: RFC 9000 sections 8.1.3 and 9.3. */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <string.h>

#define TOKEN_LIFE_NS (UINT64_C(86400) * NGTCP2_SECONDS)

static uint64_t now_of(const roam_endpoint *endpoint)
{
    return endpoint->calls->now(endpoint->host);
}

int token_give(roam_endpoint_connection *c, const ngtcp2_addr *remote)
{
    uint8_t token[NGTCP2_CRYPTO_MAX_REGULAR_TOKENLEN];
    const roam_endpoint *const endpoint = c->endpoint;
    const ngtcp2_ssize len =
        ngtcp2_crypto_generate_regular_token(token, endpoint->token_secret, sizeof endpoint->token_secret,
                                             remote->addr, remote->addrlen, now_of(endpoint));
    if (len < 0 || ngtcp2_conn_submit_new_token(c->conn, token, (size_t)len))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    return 0;
}

bool token_proves(const roam_endpoint *endpoint, const ngtcp2_vec *token, const ngtcp2_addr *remote)
{
    return token->len > 0 && token->base[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_REGULAR &&
           ngtcp2_crypto_verify_regular_token(token->base, token->len, endpoint->token_secret,
                                              sizeof endpoint->token_secret, remote->addr, remote->addrlen,
                                              TOKEN_LIFE_NS, now_of(endpoint)) == 0;
}

int token_on_new(ngtcp2_conn *conn, const ngtcp2_vec *token, void *user_data)
{
    const roam_endpoint_connection *const c = user_data;
    roam_endpoint *const endpoint = c->endpoint;
    roam_endpoint_path path;
    path_from_ngtcp2(ngtcp2_conn_get_path(conn), &path);
    if (token->len > sizeof endpoint->token)
        return 0;
    memcpy(endpoint->token, token->base, token->len);
    endpoint->token_len = token->len;
    endpoint->token_from = path.remote;
    return 0;
}

size_t token_take(roam_endpoint *endpoint, const roam_endpoint_address *remote)
{
    const size_t len = address_equal(&endpoint->token_from, remote) ? endpoint->token_len : 0;
    if (len > 0)
        endpoint->token_len = 0; /* RFC 9000 section 8.1.3: not for two connections */
    return len;
}
