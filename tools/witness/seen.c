/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/seen.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 1 << 12, WAYS = 4, WORD = 8 };

struct seen_table {
    seen_datagram places[SETS][WAYS];
    uint64_t clock;
};

seen_table *seen_new(void)
{
    return calloc(1, sizeof(seen_table));
}

void seen_free(seen_table *self)
{
    free(self);
}

static uint64_t hash_of(const uint8_t *payload, size_t len)
{
    uint64_t hash = core_hash_mix(len);
    for (size_t at = 0; at + WORD <= len; at += WORD) {
        uint64_t word;
        memcpy(&word, payload + at, sizeof word);
        hash = core_hash_mix(hash ^ word);
    }
    return core_hash_bytes(hash, payload + len / WORD * WORD, len % WORD);
}

seen_datagram *seen_entry(seen_table *self, const uint8_t *payload, size_t len)
{
    const uint64_t hash = hash_of(payload, len);
    seen_datagram *const set = self->places[hash % SETS], *oldest = set;
    for (seen_datagram *at = set; at < set + WAYS; at++) {
        if (at->len == len && at->hash == hash) {
            at->used = ++self->clock;
            return at;
        }
        if (at->used < oldest->used)
            oldest = at;
    }
    *oldest = (seen_datagram){.hash = hash, .len = len, .used = ++self->clock};
    return oldest;
}
