/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address validation with Retry (RFC 9000 section 8.1.2). */
#include "core/quic/internal.h"

size_t core_quic_retry(const core_quic_options *options, const uint8_t *data, size_t len, uint64_t now_ns,
                       uint8_t out[CORE_UDP_PAYLOAD_MAX])
{
    ngtcp2_pkt_hd header;
    if (ngtcp2_accept(&header, data, len))
        return 0;
    ngtcp2_cid scid = {.datalen = CORE_CONNECTION_ID_LEN};
    options->random->fill(options->random->user_data, scid.data, scid.datalen);
    core_token token;
    if (quic_token_retry(options, &header.dcid, &scid, now_ns, &token))
        return 0;
    const ngtcp2_ssize n = ngtcp2_crypto_write_retry(out, CORE_UDP_PAYLOAD_MAX, header.version, &header.scid,
                                                     &scid, &header.dcid, token.bytes, token.len);
    return n > 0 ? (size_t)n : 0;
}
