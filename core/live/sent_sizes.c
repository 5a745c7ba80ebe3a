/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/sent_sizes.h"

#include "core/hash.h"

static uint64_t hash_of(const uint8_t *bytes)
{
    return core_hash_mix(core_hash_bytes(CORE_HASH_START, bytes, LIVE_SENT_KNOWN_BY));
}

void live_sent_sizes_note(live_sent_sizes *self, const roam_datagram *datagram)
{
    for (size_t at = 0; at < datagram->len && datagram->segment_len >= LIVE_SENT_LEAST;
         at += datagram->segment_len) {
        const size_t left = datagram->len - at;
        const size_t len = left < datagram->segment_len ? left : datagram->segment_len;
        if (len < LIVE_SENT_LEAST)
            break;
        const uint64_t hash = hash_of(datagram->data + at);
        self->slots[hash % LIVE_SENT_SLOTS] =
            (struct live_sent_size){.tag = (uint32_t)(hash >> 32), .len = (uint32_t)len};
    }
}

size_t live_sent_sizes_of(const live_sent_sizes *self, const uint8_t *quoted, size_t quoted_len)
{
    if (quoted_len < LIVE_SENT_KNOWN_BY)
        return 0;
    const uint64_t hash = hash_of(quoted);
    const struct live_sent_size *const found = &self->slots[hash % LIVE_SENT_SLOTS];
    return found->tag == (uint32_t)(hash >> 32) ? found->len : 0;
}
