/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens of address validation (RFC 9000 section 8.1). A MAC ties each to the client's address, and its first
 * byte says how the client got it (section 8.1.1). They are ours and not those of ngtcp2's crypto helpers,
 * because those draw from the process's generator and so would not replay.
 *
 * Retry:     type, time, length of the connection ID, connection ID that the first Initial went to, MAC
 * NEW_TOKEN: type, nonce, time, MAC
 *
 * The nonce makes each token of NEW_TOKEN unique, and its time is encrypted with it, as an observer is not to
 * link the token to the connection that it was sent on (section 8.1.3).
 */
#include "core/quic/internal.h"

#include <string.h>

enum {
    TYPE_RETRY = 0x72,
    TYPE_NEW_TOKEN = 0x6e,
    LABEL_TIME = 0x74, /* begins the text whose MAC encrypts a time: no token's first byte */
    TIME_BYTES = 8,
    MAC_BYTES = 16,
    RETRY_HEAD = 1 + TIME_BYTES + 1, /* before the connection ID */
    TIME_AT = 1 + CORE_TOKEN_NONCE_BYTES,
    NEW_TOKEN_HEAD = TIME_AT + TIME_BYTES,
};

_Static_assert(RETRY_HEAD + NGTCP2_MAX_CIDLEN + MAC_BYTES <= CORE_TOKEN_MAX, "room for one of Retry");
_Static_assert(NEW_TOKEN_HEAD + MAC_BYTES <= CORE_TOKEN_MAX, "room for one of NEW_TOKEN");

/* A client returns the token of a Retry at once, and that of NEW_TOKEN when it dials again. */
#define RETRY_LIFE_NS UINT64_C(10000000000)
#define NEW_TOKEN_LIFE_NS UINT64_C(86400000000000)

static void put_u64(uint8_t *out, uint64_t value)
{
    for (size_t i = TIME_BYTES; i-- > 0; value >>= 8)
        out[i] = (uint8_t)value;
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t value = 0;
    for (size_t i = 0; i < TIME_BYTES; i++)
        value = value << 8 | in[i];
    return value;
}

/* The MAC over the token's bytes so far and the client's address. retry_scid: the connection ID that the
 * token of a Retry is given for, which counts for the port as well; NULL: a token of NEW_TOKEN
 * (section 8.1.4). */
static int sign(const core_quic_options *options, const core_token *token, const ngtcp2_cid *retry_scid,
                uint8_t mac[MAC_BYTES])
{
    const roam_addr *const remote = &options->remote;
    uint8_t text[CORE_TOKEN_MAX + 1 + sizeof remote->bytes + 2 + NGTCP2_MAX_CIDLEN], full[CORE_MAC_BYTES];
    size_t at = token->len;
    memcpy(text, token->bytes, at);
    text[at++] = (uint8_t)remote->family;
    memcpy(text + at, remote->bytes, sizeof remote->bytes);
    at += sizeof remote->bytes;
    if (retry_scid) {
        text[at++] = (uint8_t)(remote->port >> 8);
        text[at++] = (uint8_t)remote->port;
        memcpy(text + at, retry_scid->data, retry_scid->datalen);
        at += retry_scid->datalen;
    }
    const int rv = core_tls_mac(options->token_secret, text, at, full);
    if (rv == 0)
        memcpy(mac, full, MAC_BYTES);
    return rv;
}

static int append_mac(const core_quic_options *options, const ngtcp2_cid *retry_scid, core_token *token)
{
    const int rv = sign(options, token, retry_scid, token->bytes + token->len);
    if (rv == 0)
        token->len += MAC_BYTES;
    return rv;
}

/* Whether the rest of the bytes is the MAC of the first len, in a time that does not tell how much of it is.
 */
static bool is_signed(const core_quic_options *options, const ngtcp2_pkt_hd *header, size_t len,
                      const ngtcp2_cid *retry_scid)
{
    core_token head = {.len = (uint8_t)len};
    uint8_t mac[MAC_BYTES], difference = 0;
    memcpy(head.bytes, header->token, len);
    if (sign(options, &head, retry_scid, mac))
        return false;
    for (size_t i = 0; i < MAC_BYTES; i++)
        difference |= (uint8_t)(mac[i] ^ header->token[len + i]);
    return difference == 0;
}

static bool is_fresh(uint64_t made_ns, uint64_t life_ns, uint64_t now_ns)
{
    return made_ns <= now_ns && now_ns - made_ns <= life_ns;
}

/* ---- Of Retry ---- */

int quic_token_retry(const core_quic_options *options, const ngtcp2_cid *original,
                     const ngtcp2_cid *retry_scid, uint64_t now_ns, core_token *out)
{
    core_token token = {.len = (uint8_t)(RETRY_HEAD + original->datalen), .bytes = {TYPE_RETRY}};
    put_u64(token.bytes + 1, now_ns);
    token.bytes[RETRY_HEAD - 1] = (uint8_t)original->datalen;
    memcpy(token.bytes + RETRY_HEAD, original->data, original->datalen);
    const int rv = append_mac(options, retry_scid, &token);
    if (rv == 0)
        *out = token;
    return rv;
}

static bool read_retry(const core_quic_options *options, const ngtcp2_pkt_hd *header, uint64_t now_ns,
                       ngtcp2_cid *original)
{
    if (header->tokenlen < RETRY_HEAD + MAC_BYTES)
        return false;
    const size_t id_len = header->token[RETRY_HEAD - 1];
    if (id_len > NGTCP2_MAX_CIDLEN || header->tokenlen != RETRY_HEAD + id_len + MAC_BYTES ||
        !is_signed(options, header, RETRY_HEAD + id_len, &header->dcid) ||
        !is_fresh(get_u64(header->token + 1), RETRY_LIFE_NS, now_ns))
        return false;
    ngtcp2_cid_init(original, header->token + RETRY_HEAD, id_len);
    return true;
}

/* ---- Of NEW_TOKEN ---- */

/* Encrypts and decrypts. */
static int mask_time(const uint8_t *secret, uint8_t token[NEW_TOKEN_HEAD])
{
    uint8_t text[TIME_AT], mask[CORE_MAC_BYTES];
    memcpy(text, token, sizeof text);
    text[0] = LABEL_TIME;
    const int rv = core_tls_mac(secret, text, sizeof text, mask);
    for (size_t i = 0; rv == 0 && i < TIME_BYTES; i++)
        token[TIME_AT + i] ^= mask[i];
    return rv;
}

int quic_token_new(const core_quic_options *options, uint64_t now_ns, core_token *out)
{
    core_token token = {.len = NEW_TOKEN_HEAD, .bytes = {TYPE_NEW_TOKEN}};
    options->random->fill(options->random->user_data, token.bytes + 1, CORE_TOKEN_NONCE_BYTES);
    put_u64(token.bytes + TIME_AT, now_ns);
    int rv = mask_time(options->token_secret, token.bytes);
    if (rv == 0)
        rv = append_mac(options, NULL, &token);
    if (rv == 0)
        *out = token;
    return rv;
}

/* Whether the token was not used before, after which it is (section 8.1.4). What cannot be told any more
 * counts as used. */
static bool use(core_used_tokens *used, const uint8_t nonce[CORE_TOKEN_NONCE_BYTES], uint64_t made_ns)
{
    if (made_ns < used->forgotten_ns)
        return false;
    for (size_t i = 0; i < used->count; i++)
        if (memcmp(used->items[i].nonce, nonce, CORE_TOKEN_NONCE_BYTES) == 0)
            return false;
    core_used_token *const item = &used->items[used->next];
    if (used->count < CORE_USED_TOKENS)
        used->count++;
    else if (item->made_ns >= used->forgotten_ns)
        used->forgotten_ns = item->made_ns + 1;
    used->next = (used->next + 1) % CORE_USED_TOKENS;
    item->made_ns = made_ns;
    memcpy(item->nonce, nonce, CORE_TOKEN_NONCE_BYTES);
    return true;
}

static bool read_new(const core_quic_options *options, const ngtcp2_pkt_hd *header, uint64_t now_ns)
{
    uint8_t token[NEW_TOKEN_HEAD];
    if (header->tokenlen != NEW_TOKEN_HEAD + MAC_BYTES || !is_signed(options, header, NEW_TOKEN_HEAD, NULL))
        return false;
    memcpy(token, header->token, sizeof token);
    if (mask_time(options->token_secret, token))
        return false;
    const uint64_t made_ns = get_u64(token + TIME_AT);
    return is_fresh(made_ns, NEW_TOKEN_LIFE_NS, now_ns) && use(options->used_tokens, token + 1, made_ns);
}

ngtcp2_token_type quic_token_read(const core_quic_options *options, const ngtcp2_pkt_hd *header,
                                  uint64_t now_ns, ngtcp2_cid *original)
{
    if (header->tokenlen == 0)
        return NGTCP2_TOKEN_TYPE_UNKNOWN;
    if (header->token[0] == TYPE_RETRY && read_retry(options, header, now_ns, original))
        return NGTCP2_TOKEN_TYPE_RETRY;
    if (header->token[0] == TYPE_NEW_TOKEN && read_new(options, header, now_ns))
        return NGTCP2_TOKEN_TYPE_NEW_TOKEN;
    return NGTCP2_TOKEN_TYPE_UNKNOWN;
}
