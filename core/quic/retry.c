/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address validation with Retry (RFC 9000 section 8.1.2). The token says what the client's first Initial was
 * addressed to and when; a MAC ties it to the client's address and to the connection ID of the Retry. It is
 * ours and not that of ngtcp2's crypto helpers, because those draw from the process's generator and so would
 * not replay.
 */
#include "core/quic/internal.h"
#include "core/tls/tls.h"

#include <string.h>

enum { TOKEN_TYPE = 0x72, MAC_BYTES = 16, TOKEN_MAX = 1 + 8 + 1 + NGTCP2_MAX_CIDLEN + MAC_BYTES };

#define TOKEN_LIFE_NS UINT64_C(10000000000)

static size_t put_u64(uint8_t *out, uint64_t value)
{
    for (size_t i = 8; i-- > 0; value >>= 8)
        out[i] = (uint8_t)value;
    return 8;
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}

/* The MAC over the token's bytes so far, the address and the connection ID that the token was given for. */
static int sign(const core_quic_options *options, const uint8_t *token, size_t len,
                const ngtcp2_cid *retry_scid, uint8_t mac[MAC_BYTES])
{
    uint8_t text[TOKEN_MAX + 1 + 16 + 2 + NGTCP2_MAX_CIDLEN], full[CORE_MAC_BYTES];
    size_t at = 0;
    memcpy(text, token, len);
    at += len;
    text[at++] = (uint8_t)options->remote.family;
    memcpy(text + at, options->remote.bytes, sizeof options->remote.bytes);
    at += sizeof options->remote.bytes;
    text[at++] = (uint8_t)(options->remote.port >> 8);
    text[at++] = (uint8_t)options->remote.port;
    memcpy(text + at, retry_scid->data, retry_scid->datalen);
    at += retry_scid->datalen;
    const int rv = core_tls_mac(options->token_secret, text, at, full);
    if (rv == 0)
        memcpy(mac, full, MAC_BYTES);
    return rv;
}

size_t core_quic_retry(const core_quic_options *options, const uint8_t *data, size_t len, uint64_t now_ns,
                       uint8_t out[CORE_UDP_PAYLOAD_MAX])
{
    ngtcp2_pkt_hd header;
    if (ngtcp2_accept(&header, data, len))
        return 0;
    ngtcp2_cid scid = {.datalen = CORE_CONNECTION_ID_LEN};
    options->random->fill(options->random->user_data, scid.data, scid.datalen);
    uint8_t token[TOKEN_MAX];
    size_t at = 0;
    token[at++] = TOKEN_TYPE;
    at += put_u64(token + at, now_ns);
    token[at++] = (uint8_t)header.dcid.datalen;
    memcpy(token + at, header.dcid.data, header.dcid.datalen);
    at += header.dcid.datalen;
    if (sign(options, token, at, &scid, token + at))
        return 0;
    at += MAC_BYTES;
    const ngtcp2_ssize n = ngtcp2_crypto_write_retry(out, CORE_UDP_PAYLOAD_MAX, header.version, &header.scid,
                                                     &scid, &header.dcid, token, at);
    return n > 0 ? (size_t)n : 0;
}

bool quic_token_read(const core_quic_options *options, const ngtcp2_pkt_hd *header, uint64_t now_ns,
                     ngtcp2_cid *original)
{
    const uint8_t *const token = header->token;
    const size_t len = header->tokenlen;
    if (len < 1 + 8 + 1 + MAC_BYTES || len > TOKEN_MAX || token[0] != TOKEN_TYPE)
        return false;
    const size_t id_len = token[9];
    if (len != 10 + id_len + MAC_BYTES)
        return false;
    uint8_t mac[MAC_BYTES], difference = 0;
    if (sign(options, token, 10 + id_len, &header->dcid, mac))
        return false;
    for (size_t i = 0; i < MAC_BYTES; i++)
        difference |= (uint8_t)(mac[i] ^ token[10 + id_len + i]);
    const uint64_t made_ns = get_u64(token + 1);
    if (difference || made_ns > now_ns || now_ns - made_ns > TOKEN_LIFE_NS)
        return false;
    ngtcp2_cid_init(original, token + 10, id_len);
    return true;
}
