/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: the first bytes of a datagram, before any key is known. */
#include <assert.h>

#include "core/quic/quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    core_quic_header header;
    const bool is_packet = core_quic_header_read(data, len, CORE_CONNECTION_ID_LEN, &header);
    if (is_packet) {
        assert(header.destination.len <= ROAM_CONNECTION_ID_MAX);
        assert(header.source.len <= ROAM_CONNECTION_ID_MAX);
        assert(header.long_header || header.source.len == 0);
    }
    if (core_quic_may_begin(data, len))
        assert(is_packet && header.long_header);
    return 0;
}
