/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/random_streams.h"

#include "core/hash.h"
#include "sim/ns3/ns3.h"

#include <string.h>

uint64_t random_stream(const random_consumer *consumer)
{
    /* The terminating NUL is hashed too: it keeps ("ab", "c") and ("a", "bc") apart. */
    uint64_t hash = core_hash_bytes(CORE_HASH_START, consumer->node, strlen(consumer->node) + 1);
    hash = core_hash_bytes(hash, consumer->network, strlen(consumer->network) + 1);
    hash = core_hash_mix(hash ^ core_hash_mix((uint64_t)consumer->purpose << 32 | consumer->attachment));
    if (consumer->use)
        hash = core_hash_mix(hash ^ core_hash_mix(consumer->use));
    return hash & N3_STREAM_MAX;
}

uint64_t random_stream_block(const random_consumer *consumer, uint64_t count)
{
    return random_stream(consumer) & ~(count - 1);
}

void random_node_key(uint64_t seed, const char *node, uint8_t key[ROAM_KEY_BYTES])
{
    uint64_t word = core_hash_mix(seed) ^ core_hash_bytes(CORE_HASH_START, node, strlen(node));
    for (size_t i = 0; i < ROAM_KEY_BYTES; i++) {
        if (i % 8 == 0)
            word = core_hash_mix(word + i);
        key[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
}
